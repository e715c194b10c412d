//! `EnterStandby` and `ExitStandby`.

use super::activity::{self, ActivityStatus, Beginning};
use super::state::Group;
use super::{LifecycleState, actions, reconcile};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};

fn ids_in<'a>(
    group: &Group,
    input: &'a Value,
    wanted: LifecycleState,
) -> Result<Vec<&'a str>, ApiError> {
    let ids = input::texts(input, "InstanceIds")?;
    for id in &ids {
        let member = group.members.get(*id).ok_or_else(|| {
            let name = &group.name;
            invalid(format!("The instance {id} is not part of Auto Scaling group {name}."))
        })?;
        if member.state != wanted {
            return Err(invalid(format!("The instance {id} is not in {wanted}.")));
        }
    }
    Ok(ids)
}

/// `EnterStandby`.
pub(super) fn enter(world: &mut World, input: &Value) -> Answer {
    let known = ["AutoScalingGroupName", "InstanceIds", "ShouldDecrementDesiredCapacity"];
    input::only(input, &known)?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let decrement = input::opt_bool(input, "ShouldDecrementDesiredCapacity")?
        .ok_or_else(|| invalid("ShouldDecrementDesiredCapacity is required."))?;
    let group = world.autoscaling.known_mut(name)?;
    let ids = ids_in(group, input, LifecycleState::InService)?;
    if decrement {
        let fewer = group.size.desired.saturating_sub(units(group, &ids));
        if fewer < group.size.min {
            return Err(invalid(format!(
                "AutoScalingGroup {name} has min-size={}, and placing {} instances into standby \
                 would violate this.",
                group.size.min,
                ids.len()
            )));
        }
        group.size.desired = fewer;
    }
    let mut activities = Vec::new();
    for id in ids {
        actions::pass_through(world, name, id, LifecycleState::EnteringStandby);
        activities.extend(note(world, name, id, "Moving EC2 instance to Standby"));
    }
    reconcile::soon(world, name);
    Ok(json!({"Activities": activities}))
}

/// `ExitStandby`: no hooks run, and the desired capacity grows.
pub(super) fn exit(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "InstanceIds"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let now = world.core.now();
    let group = world.autoscaling.known_mut(name)?;
    let ids = ids_in(group, input, LifecycleState::Standby)?;
    let more = group.size.desired.saturating_add(units(group, &ids));
    if more > group.size.max {
        return Err(invalid(format!(
            "AutoScalingGroup {name} has max-size={}, and moving {} instances out of standby would \
             violate this.",
            group.size.max,
            ids.len()
        )));
    }
    group.size.desired = more;
    for id in &ids {
        if let Some(member) = group.members.get_mut(*id) {
            member.state = LifecycleState::InService;
            member.in_service = Some(now);
        }
    }
    let notes = ids
        .into_iter()
        .filter_map(|id| note(world, name, id, "Moving EC2 instance out of Standby"));
    let activities: Vec<Value> = notes.collect();
    reconcile::check_soon(world, name);
    Ok(json!({"Activities": activities}))
}

/// How much of the desired capacity these instances are.
fn units(group: &Group, ids: &[&str]) -> i64 {
    let members = ids.iter().filter_map(|id| group.members.get(*id));
    members.fold(0, |sum, member| sum.saturating_add(member.units()))
}

/// An activity that is done as soon as it is begun.
fn note(world: &mut World, name: &str, id: &str, what: &str) -> Option<Value> {
    let member = world.autoscaling.member(name, id)?;
    let (zone, subnet) = (member.zone.clone(), member.subnet.clone());
    let beginning = Beginning {
        description: format!("{what}: {id}"),
        cause: "an instance was moved in response to a user request.",
        status: ActivityStatus::InProgress,
        instance: id,
        zone: &zone,
        subnet: &subnet,
    };
    let activity = activity::begin(world, name, beginning);
    let activity = activity::reach(world, name, &activity, ActivityStatus::Successful, "")?;
    world.autoscaling.group(name).map(|group| activity.written(group))
}
