//! Requests about single instances.

use super::{Group, LifecycleState, Member, activity, hook, reconcile, terminate as termination};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};

fn group_of(world: &World, instance: &str) -> Result<String, ApiError> {
    world.autoscaling.group_of(instance).ok_or_else(|| {
        let text = format!(
            "Instance Id not found - No managed instance found for instance ID: {instance}"
        );
        invalid(text)
    })
}

/// `SetInstanceHealth`. Within the grace period it does nothing, unless told not to respect that.
pub(super) fn set_health(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "HealthStatus", "ShouldRespectGracePeriod"])?;
    let id = input::text(input, "InstanceId")?;
    let healthy = match input::text(input, "HealthStatus")? {
        "Healthy" => true,
        "Unhealthy" => false,
        other => {
            return Err(invalid(format!(
                "Valid instance health states are: [Healthy, Unhealthy]. Got: {other}"
            )));
        }
    };
    let respects = input::opt_bool(input, "ShouldRespectGracePeriod")?.unwrap_or(true);
    let (name, now) = (group_of(world, id)?, world.core.now());
    let Ok(group) = world.autoscaling.known_mut(&name) else { return Ok(json!({})) };
    let grace = group.grace;
    if let Some(member) = group.members.get_mut(id) {
        let spared =
            member.in_service.is_some_and(|since| respects && now < hook::after(since, grace));
        if !spared || healthy {
            member.healthy = healthy;
        }
    }
    reconcile::check_soon(world, &name);
    Ok(json!({}))
}

/// `SetInstanceProtection`. All instances are checked before any is changed.
pub(super) fn set_protection(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "InstanceIds", "ProtectedFromScaleIn"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    input::needed(input, "InstanceIds")?;
    let ids = input::texts(input, "InstanceIds")?;
    let protected = input::opt_bool(input, "ProtectedFromScaleIn")?
        .ok_or_else(|| invalid("ProtectedFromScaleIn is required."))?;
    if ids.len() > 50 {
        return Err(invalid("At most 50 instances can be protected in one call."));
    }
    let group = world.autoscaling.known_mut(name)?;
    for id in &ids {
        let member = group.members.get(*id).ok_or_else(|| {
            invalid(format!("The instance {id} is not part of Auto Scaling group {name}."))
        })?;
        if member.state != LifecycleState::InService && !member.state.is_standby() {
            let text =
                format!("The instance {id} is not in InService or EnteringStandby or Standby.");
            return Err(invalid(text));
        }
    }
    for id in ids {
        if let Some(member) = group.members.get_mut(id) {
            member.protected = protected;
        }
    }
    reconcile::soon(world, name);
    Ok(json!({}))
}

/// `TerminateInstanceInAutoScalingGroup`. An instance that is leaving already keeps its activity.
pub(super) fn terminate(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["InstanceId", "ShouldDecrementDesiredCapacity"])?;
    let id = input::text(input, "InstanceId")?;
    let decrement = input::opt_bool(input, "ShouldDecrementDesiredCapacity")?
        .ok_or_else(|| invalid("ShouldDecrementDesiredCapacity is required."))?;
    let name = group_of(world, id)?;
    if world.autoscaling.is_warm(id) {
        let text =
            format!("Instance {id} is in a warm pool and cannot be terminated by this call.");
        return Err(invalid(text));
    }
    let counts = world.autoscaling.group(&name).is_some_and(|group| counts(group, id));
    if decrement && counts {
        let group = world.autoscaling.known_mut(&name)?;
        let units = group.members.get(id).map_or(1, Member::units);
        shrink(group, units)?;
    }
    let cause = if decrement {
        "an instance was taken out of service in response to a user request, shrinking the capacity."
    } else {
        "an instance was taken out of service in response to a user request."
    };
    termination::begin(world, &name, id, cause);
    activity_of(world, &name, id)
}

fn counts(group: &Group, id: &str) -> bool {
    group
        .members
        .get(id)
        .is_some_and(|member| !member.state.is_leaving() && !member.state.is_standby())
}

/// Takes what one instance is from the desired capacity.
fn shrink(group: &mut Group, units: i64) -> Result<(), ApiError> {
    let left = group.size.desired.saturating_sub(units);
    if left < group.size.min {
        return Err(invalid(format!(
            "Currently, desiredSize equals minSize ({}). Terminating instance without replacement \
             will violate group's min size constraint. Either set shouldDecrementDesiredCapacity \
             flag to false or lower group's min size.",
            group.size.min
        )));
    }
    group.size.desired = left;
    Ok(())
}

fn activity_of(world: &World, name: &str, id: &str) -> Answer {
    let group = world.autoscaling.known(name)?;
    let activity = group.members.get(id).and_then(|member| {
        group.activities.iter().rev().find(|activity| activity.id == member.activity)
    });
    let activity: Option<&activity::Activity> = activity;
    Ok(json!({"Activity": activity.map(|activity| activity.written(group))}))
}
