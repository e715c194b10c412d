//! Clusters: create, describe, list, delete.

use super::state::{Cluster, InstanceStatus};
use super::{World, names, read, render};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    let name = read::text(input, "clusterName")?.unwrap_or("default");
    let good = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    if name.is_empty() || name.len() > 255 || !name.chars().all(good) {
        return Err(read::invalid(
            "Identifiers must be 1 to 255 letters, numbers, hyphens and underscores.",
        ));
    }
    let tags = read::tags(input)?;
    let arn = names::arn(&world.core, "cluster", name);
    let cluster = world.ecs.clusters.entry(name.to_owned()).or_default();
    // Creating an active cluster again answers with the one that is there.
    if !cluster.active {
        let settings = input.get("settings").filter(|s| s.is_array()).cloned();
        *cluster = Cluster {
            arn,
            name: name.to_owned(),
            active: true,
            tags,
            settings: settings
                .unwrap_or_else(|| json!([{ "name": "containerInsights", "value": "disabled" }])),
            ..Cluster::default()
        };
    }
    Ok(json!({ "cluster": shown(cluster, true) }))
}

pub(super) fn shown(cluster: &Cluster, with_tags: bool) -> Value {
    let there = cluster.instances.values().filter(|i| i.status != InstanceStatus::Inactive);
    let tasks = || cluster.tasks.values();
    json!({
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": if cluster.active { "ACTIVE" } else { "INACTIVE" },
        "registeredContainerInstancesCount": there.count(),
        "runningTasksCount": tasks().filter(|task| task.running()).count(),
        "pendingTasksCount": tasks().filter(|task| task.pending()).count(),
        "activeServicesCount": active_services(cluster),
        "statistics": [],
        "tags": if with_tags { render::tags(&cluster.tags) } else { json!([]) },
        "settings": cluster.settings,
        "capacityProviders": cluster.providers,
        "defaultCapacityProviderStrategy": cluster.strategy.clone().unwrap_or_else(|| json!([])),
    })
}

fn active_services(cluster: &Cluster) -> usize {
    cluster.services.values().filter(|service| service.status == "ACTIVE").count()
}

pub(super) fn describe(world: &World, input: &Value) -> Answer {
    let asked = read::texts(input, "clusters")?;
    if asked.len() > 100 {
        return Err(read::invalid("Clusters can have at most 100 items."));
    }
    let asked = if asked.is_empty() { vec!["default"] } else { asked };
    let with_tags = read::texts(input, "include")?.contains(&"TAGS");
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        match world.ecs.clusters.get(names::cluster_name(Some(text))) {
            Some(cluster) => found.push(shown(cluster, with_tags)),
            None => failures.push(names::failure(&world.core, "cluster", "", text, "MISSING")),
        }
    }
    Ok(json!({ "clusters": found, "failures": failures }))
}

pub(super) fn list(world: &World, input: &Value) -> Answer {
    let active = world.ecs.clusters.values().filter(|cluster| cluster.active);
    let arns: Vec<String> = active.map(|cluster| cluster.arn.clone()).collect();
    Ok(read::page(input, &arns, 100)?.answer("clusterArns"))
}

pub(super) fn update_settings(world: &mut World, input: &Value) -> Answer {
    read::needed(input, "cluster")?;
    read::there(input, "settings")?;
    let settings = read::list(input, "settings")?.to_vec();
    let cluster = world.ecs.cluster_of_mut(input)?;
    cluster.settings = settings.into();
    Ok(json!({ "cluster": shown(cluster, true) }))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    read::needed(input, "cluster")?;
    let cluster = world.ecs.cluster_of_mut(input)?;
    let refuse = |code: &str, what: &str| {
        Err(ApiError::client(code, format!("The Cluster cannot be deleted while {what}.")))
    };
    if cluster.instances.values().any(|i| i.status != InstanceStatus::Inactive) {
        return refuse(
            "ClusterContainsContainerInstancesException",
            "Container Instances are active or draining",
        );
    }
    if cluster.services.values().any(|service| service.status != "INACTIVE") {
        return refuse("ClusterContainsServicesException", "Services are active");
    }
    if cluster.tasks.values().any(|task| !task.stopped()) {
        return refuse("ClusterContainsTasksException", "Tasks are active");
    }
    cluster.active = false;
    Ok(json!({ "cluster": shown(cluster, true) }))
}
