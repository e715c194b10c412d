//! What keeps a group at its size and its instances healthy.

use super::{Due, Group, Journey, LifecycleState, Member, launch, rebalance, terminate, warm};
use crate::world::{World, ec2};
use jiff::SignedDuration;

const SOON: SignedDuration = SignedDuration::from_secs(1);
/// From something happening to an instance until the group's health check sees it.
const CHECK: SignedDuration = SignedDuration::from_secs(10);

/// The group will compare its size with what it should be.
pub(super) fn soon(world: &mut World, group: &str) {
    Due::Reconcile { group: group.to_owned() }.set(world, SOON);
}

/// The group will look at the health of its instances.
pub(super) fn check_soon(world: &mut World, group: &str) {
    Due::HealthCheck { group: group.to_owned() }.set(world, CHECK);
}

/// EC2 says that an instance no longer runs, or soon will not.
pub(crate) fn instance_failing(world: &mut World, id: &str) {
    if let Some(group) = world.autoscaling.group_of(id) {
        check_soon(world, &group);
    }
}

/// Compares a group's size with what it should be, and launches or terminates.
pub(super) fn reconcile(world: &mut World, name: &str) {
    rebalance::release_replaced(world, name);
    let Some(group) = world.autoscaling.group(name).filter(|group| !group.deleting) else { return };
    let (counted, desired) = (group.capacity(), group.size.desired);
    if counted < desired && group.runs("Launch") {
        let cause = format!(
            "an instance was started in response to a difference between desired and actual \
             capacity, increasing the capacity from {counted} to {desired}."
        );
        while surplus(world, name) < 0 {
            let came = warm::take(world, name, &cause)
                || launch::launch(world, name, &cause, Journey::Launch);
            if !came {
                break;
            }
        }
    } else if counted > desired && group.runs("Terminate") {
        let cause = format!(
            "an instance was taken out of service in response to a difference between desired and \
             actual capacity, shrinking the capacity from {counted} to {desired}."
        );
        while scale_in(world, name, &cause) {}
    }
    warm::fill(world, name);
}

/// By how much a group is above its desired capacity; negative if it is below.
fn surplus(world: &World, name: &str) -> i64 {
    let group = world.autoscaling.group(name);
    group.map_or(0, |group| group.capacity().saturating_sub(group.size.desired))
}

/// Takes one instance out of a group that has too many; false if none may go.
fn scale_in(world: &mut World, name: &str, cause: &str) -> bool {
    let surplus = surplus(world, name);
    let Some(group) = world.autoscaling.group(name) else { return false };
    let reuses = group.reuses();
    match choose(group, surplus).map(|member| member.id.clone()) {
        Some(id) if reuses => warm::put_back(world, name, &id, cause),
        Some(id) => terminate::begin(world, name, &id, cause),
        None => return false,
    }
    true
}

/// The oldest unprotected instance of the fullest zone that has one, and that is no more than the surplus.
fn choose(group: &Group, surplus: i64) -> Option<&Member> {
    let zone_size = |zone: &str| group.counted().filter(|member| member.zone == zone).count();
    group
        .counted()
        .filter(|member| member.state == LifecycleState::InService && !member.protected)
        .filter(|member| member.units() <= surplus)
        .min_by_key(|member| {
            (std::cmp::Reverse(zone_size(&member.zone)), member.launched, member.id.clone())
        })
}

/// Looks at the health of a group's instances, and replaces those that fail.
pub(super) fn check_health(world: &mut World, name: &str) {
    let Some(group) = world.autoscaling.group(name).filter(|group| !group.deleting) else { return };
    let (checks, replaces) =
        (group.runs("HealthCheck"), group.runs("ReplaceUnhealthy") && group.runs("Terminate"));
    let checked: Vec<String> = group
        .members
        .values()
        .filter(|member| !member.state.is_leaving() && !member.state.is_standby())
        .map(|member| member.id.clone())
        .collect();
    for id in checked {
        let failure = ec2_failure(world, &id).filter(|_| checks);
        let Some(member) = world.autoscaling.member_mut(name, &id) else { continue };
        member.healthy &= failure.is_none();
        if !member.healthy && replaces {
            let (cause, reason) = words(failure);
            terminate::replace(world, name, &id, cause, &reason);
        }
    }
}

/// Why EC2 no longer runs an instance; `None` if it does.
fn ec2_failure(world: &World, id: &str) -> Option<String> {
    let Some(instance) = world.ec2.instance(id) else {
        return Some("the instance does not exist".to_owned());
    };
    // An instance in the warm pool may be stopped; one that is gone is gone there too.
    let runs = matches!(instance.state, ec2::State::Pending | ec2::State::Running)
        || world.autoscaling.is_warm(id) && !instance.state.is_going();
    let reason = || instance.reason.as_ref().map(|reason| reason.message.clone());
    (!runs).then(|| reason().unwrap_or_else(|| instance.state.to_string()))
}

fn words(failure: Option<String>) -> (&'static str, String) {
    match failure {
        Some(reason) => (
            "an instance was taken out of service in response to an EC2 health check indicating it \
             has been terminated or stopped.",
            reason,
        ),
        None => (
            "an instance was taken out of service in response to a user health-check.",
            "user health-check".to_owned(),
        ),
    }
}
