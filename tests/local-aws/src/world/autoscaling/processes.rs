//! `SuspendProcesses` and `ResumeProcesses`.

use super::{Group, reconcile};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};

/// All processes of a group. The ones that nothing here does can be suspended all the same.
const PROCESSES: [&str; 9] = [
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
];

/// The processes that a request names; none named is all of them.
fn named(input: &Value) -> Result<Vec<&str>, ApiError> {
    input::only(input, &["AutoScalingGroupName", "ScalingProcesses"])?;
    let named = input::texts(input, "ScalingProcesses")?;
    match named.iter().find(|name| !PROCESSES.contains(name)) {
        Some(name) => Err(invalid(format!("Invalid scaling process: {name}"))),
        None if named.is_empty() => Ok(PROCESSES.to_vec()),
        None => Ok(named),
    }
}

fn group<'a>(world: &'a mut World, input: &Value) -> Result<&'a mut Group, ApiError> {
    world.autoscaling.known_mut(input::text(input, "AutoScalingGroupName")?)
}

/// `SuspendProcesses`.
pub(super) fn suspend(world: &mut World, input: &Value) -> Answer {
    let names = named(input)?;
    let reason = format!("User suspended at {}", world.core.now_text());
    let group = group(world, input)?;
    for name in names {
        group.suspended.insert(name.to_owned(), reason.clone());
    }
    Ok(json!({}))
}

/// `ResumeProcesses`.
pub(super) fn resume(world: &mut World, input: &Value) -> Answer {
    let names = named(input)?;
    let group = group(world, input)?;
    group.suspended.retain(|name, _| !names.contains(&name.as_str()));
    let name = group.name.clone();
    reconcile::soon(world, &name);
    reconcile::check_soon(world, &name);
    Ok(json!({}))
}
