//! Capacity providers: made, described, attached to clusters. They steer nothing here.

use super::{World, names, read};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

/// AWS's own, which need not be made.
const BUILT_IN: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    let name = read::needed(input, "name")?.to_owned();
    if ["aws", "ecs", "fargate"].iter().any(|it| name.to_lowercase().starts_with(it)) {
        return Err(read::invalid("The specified capacity provider name is reserved."));
    }
    let provider = input.get("autoScalingGroupProvider").cloned().unwrap_or_default();
    read::needed(&provider, "autoScalingGroupArn")?;
    let arn = names::arn(&world.core, "capacity-provider", &name);
    let made = json!({
        "capacityProviderArn": arn,
        "name": name,
        "status": "ACTIVE",
        "autoScalingGroupProvider": provider,
        "tags": [],
    });
    world.ecs.providers.insert(name, made.clone());
    Ok(json!({ "capacityProvider": made }))
}

pub(super) fn describe(world: &World, input: &Value) -> Answer {
    let asked = read::texts(input, "capacityProviders")?;
    let all = || world.ecs.providers.values().cloned().collect::<Vec<_>>();
    if asked.is_empty() {
        return Ok(json!({ "capacityProviders": all(), "failures": [] }));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        let name = text.rsplit('/').next().unwrap_or(text);
        if BUILT_IN.contains(&name) {
            found.push(json!({ "name": name, "status": "ACTIVE", "tags": [] }));
        } else if let Some(made) = world.ecs.providers.get(name) {
            found.push(made.clone());
        } else {
            failures.push(names::failure(&world.core, "capacity-provider", "", text, "MISSING"));
        }
    }
    Ok(json!({ "capacityProviders": found, "failures": failures }))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    let text = read::needed(input, "capacityProvider")?;
    let name = text.rsplit('/').next().unwrap_or(text);
    let mut clusters = world.ecs.clusters.values().filter(|cluster| cluster.active);
    let holder = clusters.find(|cluster| cluster.providers.iter().any(|one| one == name));
    let Some(provider) = world.ecs.providers.get_mut(name).and_then(Value::as_object_mut) else {
        return Err(read::invalid("The specified capacity provider does not exist."));
    };
    // That it could not be deleted is no error of the call, but stands in the answer.
    let (status, reason) = match holder.map(|cluster| &cluster.name) {
        None => ("DELETE_IN_PROGRESS", None),
        Some(cluster) => {
            let text = format!(
                "The capacity provider cannot be deleted because it is associated with cluster: \
                 {cluster}. Remove the capacity provider from the cluster and try again."
            );
            ("DELETE_FAILED", Some(text))
        }
    };
    provider.insert("updateStatus".to_owned(), json!(status));
    provider.insert("updateStatusReason".to_owned(), json!(reason));
    let shown = json!({ "capacityProvider": provider });
    if reason.is_none() {
        world.ecs.providers.remove(name);
    }
    Ok(shown)
}

/// Replaces the whole list.
pub(super) fn put(world: &mut World, input: &Value) -> Answer {
    read::needed(input, "cluster")?;
    let names: Vec<String> =
        read::texts(input, "capacityProviders")?.into_iter().map(str::to_owned).collect();
    let known =
        |name: &String| BUILT_IN.contains(&name.as_str()) || world.ecs.providers.contains_key(name);
    if !names.iter().all(known) {
        return Err(read::invalid("The specified capacity provider does not exist."));
    }
    let Some(strategy) = input.get("defaultCapacityProviderStrategy").filter(|it| it.is_array())
    else {
        return Err(read::invalid("defaultCapacityProviderStrategy must not be null."));
    };
    let attached = |item: &Value| {
        let name = item.get("capacityProvider").and_then(Value::as_str);
        name.is_some_and(|name| names.iter().any(|one| one == name))
    };
    if !strategy.as_array().into_iter().flatten().all(attached) {
        return Err(ApiError::client(
            "InvalidParameterException",
            "The default strategy names a capacity provider that is not attached.",
        ));
    }
    let cluster = world.ecs.cluster_of_mut(input)?;
    cluster.providers = names;
    cluster.strategy = Some(strategy.clone());
    Ok(json!({ "cluster": super::clusters::shown(cluster, false) }))
}
