//! Container instances: list, describe, drain, deregister.

use super::filter::Expression;
use super::life::{self, Release};
use super::placement::Asked;
use super::render::{self, Form};
use super::state::{Cluster, InstanceStatus, Key};
use super::{World, events, health, names, read};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

/// One container instance as the API shows it.
pub(super) fn shown(cluster: &Cluster, id: &str, include: &[&str]) -> Value {
    let Some(mut shown) = render::instance(cluster, id, Form::Api) else { return Value::Null };
    let Some(instance) = cluster.instances.get(id) else { return Value::Null };
    let tags = if include.contains(&"TAGS") { render::tags(&instance.tags) } else { json!([]) };
    shown.insert("tags".to_owned(), tags);
    if include.contains(&"CONTAINER_INSTANCE_HEALTH") {
        shown.insert("healthStatus".to_owned(), health::shown(instance));
    }
    shown.into()
}

pub(super) fn list(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let status = read::text(input, "status")?;
    let known = ["ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"];
    if status.is_some_and(|status| !known.contains(&status)) {
        return Err(read::invalid("Invalid container instance status."));
    }
    let filter = match read::text(input, "filter")?.filter(|text| !text.trim().is_empty()) {
        None => None,
        Some(text) => Some(
            Expression::parse(text)
                .map_err(|why| read::invalid(format!("Invalid cluster query expression: {why}")))?,
        ),
    };
    let there = cluster.instances.iter().filter(|(id, instance)| {
        instance.status != InstanceStatus::Inactive
            && status.is_none_or(|status| instance.status.name() == status)
            && filter.as_ref().is_none_or(|filter| filter.matches(&Asked { cluster, id }))
    });
    let arns: Vec<String> = there.map(|(_, instance)| instance.arn.clone()).collect();
    Ok(read::page(input, &arns, 100)?.answer("containerInstanceArns"))
}

pub(super) fn describe(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let include = read::texts(input, "include")?;
    let asked = read::batch(input, "containerInstances", "Container instances", 100)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        match cluster.instance_key(text) {
            Ok(key) => found.push(shown(cluster, &key.id, &include)),
            Err(_) => failures.push(missing(world, cluster, text, "MISSING")),
        }
    }
    Ok(json!({ "containerInstances": found, "failures": failures }))
}

fn missing(world: &World, cluster: &Cluster, text: &str, reason: &str) -> Value {
    names::failure(&world.core, "container-instance", &cluster.name, text, reason)
}

pub(super) fn update_state(world: &mut World, input: &Value) -> Answer {
    let wanted = match read::needed(input, "status")? {
        "ACTIVE" => InstanceStatus::Active,
        "DRAINING" => InstanceStatus::Draining,
        _ => {
            return Err(read::invalid(
                "Container instance status should be one of [DRAINING, ACTIVE]",
            ));
        }
    };
    let asked = read::batch(input, "containerInstances", "Container instances", 10)?;
    let cluster = world.ecs.cluster_of(input)?;
    let (mut keys, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        match cluster.instance_key(text) {
            Err(_) => failures.push(missing(world, cluster, text, "MISSING")),
            Ok(key) if is(cluster, &key, InstanceStatus::Inactive) => {
                failures.push(missing(world, cluster, text, "INACTIVE"));
            }
            Ok(key) => keys.push(key),
        }
    }
    for key in &keys {
        set_status(world, key, wanted);
    }
    let cluster = world.ecs.cluster_of(input)?;
    let changed: Vec<Value> = keys.iter().map(|key| shown(cluster, &key.id, &[])).collect();
    Ok(json!({ "containerInstances": changed, "failures": failures }))
}

fn is(cluster: &Cluster, key: &Key, status: InstanceStatus) -> bool {
    cluster.instances.get(&key.id).is_some_and(|instance| instance.status == status)
}

fn set_status(world: &mut World, key: &Key, wanted: InstanceStatus) {
    let Some(instance) = world.ecs.instance_mut(key) else { return };
    if instance.status != wanted {
        instance.status = wanted;
        events::instance_changed(world, key);
    }
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Answer {
    let force = read::flag(input, "force")?;
    let cluster = world.ecs.cluster_of(input)?;
    let key = cluster.instance_key(read::needed(input, "containerInstance")?)?;
    if is(cluster, &key, InstanceStatus::Inactive) {
        return Err(read::invalid("The container instance is already deregistered."));
    }
    let busy = cluster.tasks.values().any(|task| task.instance == key.id && !task.stopped());
    if busy && !force {
        return Err(read::invalid("Found running tasks on the instance."));
    }
    leave(world, &key, Release::Orphaned);
    let cluster = world.ecs.cluster_of(input)?;
    Ok(json!({ "containerInstance": shown(cluster, &key.id, &[]) }))
}

/// The container instance becomes INACTIVE, and ECS lets go of its tasks.
pub(super) fn leave(world: &mut World, key: &Key, how: Release) {
    let now = world.core.now();
    let Some(instance) = world.ecs.instance_mut(key) else { return };
    if instance.status == InstanceStatus::Inactive {
        return;
    }
    instance.status = InstanceStatus::Inactive;
    instance.connected = false;
    instance.deregistered_at = Some(now);
    // What was on a host that is down cannot run on.
    let how = if instance.down { Release::HostGone } else { how };
    life::release_all(world, key, how);
    events::instance_changed(world, key);
}

/// The error for an attribute's or a tag's target that is not there.
pub(super) fn no_target(text: &str) -> ApiError {
    ApiError::client("TargetNotFoundException", format!("Could not find target with ID: {text}"))
}
