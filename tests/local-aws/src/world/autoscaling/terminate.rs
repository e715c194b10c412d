//! How an instance leaves a group.

use super::activity::{self, ActivityStatus, Beginning};
use super::{Journey, LifecycleState, actions, events, launch, reconcile, warm_requests};
use crate::world::World;
use crate::world::ec2::{self, StateReason};

/// Begins to terminate an instance, unless that has begun already: the terminating hooks hold it.
pub(super) fn begin(world: &mut World, group: &str, id: &str, cause: &str) {
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    if member.state.is_leaving() {
        return;
    }
    member.actions.clear();
    let journey = if member.state.is_warm() { Journey::Discard } else { Journey::Terminate };
    let arriving =
        member.state.is_arriving() || journey == Journey::Discard && !member.state.is_warmed();
    let (zone, subnet) = (member.zone.clone(), member.subnet.clone());
    if arriving {
        give_up_launch(world, group, id);
    }
    let beginning = Beginning {
        description: format!("Terminating EC2 instance: {id}"),
        cause,
        status: ActivityStatus::InProgress,
        instance: id,
        zone: &zone,
        subnet: &subnet,
    };
    let activity = activity::begin(world, group, beginning);
    if let Some(member) = world.autoscaling.member_mut(group, id) {
        member.activity = activity;
        member.journey = journey;
        member.state = journey.begins();
    }
    if !actions::hold(world, group, id) {
        terminate_instance(world, group, id);
    }
    reconcile::soon(world, group);
}

/// The launch that is under way is cancelled, unless it has failed already.
fn give_up_launch(world: &mut World, group: &str, id: &str) {
    let Some(found) = world.autoscaling.group(group) else { return };
    let Some(member) = found.members.get(id) else { return };
    let running = found.activities.iter().any(|one| one.id == member.activity && one.end.is_none());
    if running {
        actions::note(world, group, id, ActivityStatus::Cancelled, "");
    }
}

/// Nothing holds the instance any more: EC2 is told, unless it is gone already.
pub(super) fn terminate_instance(world: &mut World, group: &str, id: &str) {
    let gone = world.ec2.instance(id).is_none_or(|it| it.state == ec2::State::Terminated);
    if gone {
        return finish(world, group, id);
    }
    let reason = StateReason::new("Client.UserInitiatedShutdown", "User initiated shutdown");
    ec2::terminate(world, id, reason);
}

/// EC2 says that an instance is gone.
pub(crate) fn instance_terminated(world: &mut World, id: &str) {
    let Some(group) = world.autoscaling.group_of(id) else { return };
    let Some(member) = world.autoscaling.member(&group, id) else { return };
    match member.state {
        LifecycleState::Terminating
        | LifecycleState::TerminatingProceed
        | LifecycleState::WarmedTerminating
        | LifecycleState::WarmedTerminatingProceed => finish(world, &group, id),
        // The hooks hold what is left of it until they are done.
        LifecycleState::TerminatingWait
        | LifecycleState::Terminated
        | LifecycleState::WarmedTerminatingWait
        | LifecycleState::WarmedTerminated => {}
        LifecycleState::Pending
        | LifecycleState::PendingWait
        | LifecycleState::PendingProceed
        | LifecycleState::InService
        | LifecycleState::EnteringStandby
        | LifecycleState::Standby
        | LifecycleState::WarmedPending
        | LifecycleState::WarmedPendingWait
        | LifecycleState::WarmedPendingProceed
        | LifecycleState::WarmedStopped
        | LifecycleState::WarmedRunning => reconcile::check_soon(world, &group),
    }
}

fn finish(world: &mut World, group: &str, id: &str) {
    let Some(member) = world.autoscaling.member(group, id) else { return };
    let journey = member.journey;
    if let Some(activity) = actions::note(world, group, id, ActivityStatus::Successful, "") {
        events::ended(world, group, &activity, journey, true);
    }
    let gone = match journey {
        Journey::Discard => LifecycleState::WarmedTerminated,
        _ => LifecycleState::Terminated,
    };
    actions::pass_through(world, group, id, gone);
}

/// A terminated instance is no longer in the group, and a deleted group goes with its last.
pub(super) fn leave(world: &mut World, name: &str, id: &str) {
    let Some(group) = world.autoscaling.groups.get_mut(name) else { return };
    group.members.remove(id);
    warm_requests::end_if_empty(group);
    if group.deleting && group.members.is_empty() {
        world.autoscaling.groups.remove(name);
    } else {
        reconcile::soon(world, name);
    }
}

/// Terminates an instance with its group, which has no hooks any more.
pub(super) fn by_force(world: &mut World, group: &str, id: &str) {
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    member.actions.clear();
    if !member.state.is_leaving() {
        return begin(world, group, id, "the group was deleted by force.");
    }
    let gone =
        matches!(member.state, LifecycleState::Terminated | LifecycleState::WarmedTerminated);
    if !gone {
        member.state = member.journey.begins();
        terminate_instance(world, group, id);
    }
}

/// Terminates an instance past all hooks.
pub(super) fn at_once(world: &mut World, group: &str, id: &str) {
    begin(world, group, id, "the warm pool was deleted by force.");
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    let held = !member.actions.is_empty();
    member.actions.clear();
    if held {
        member.state = member.journey.begins();
        terminate_instance(world, group, id);
    }
}

/// A health check found an instance gone or unhealthy.
pub(super) fn replace(world: &mut World, group: &str, id: &str, cause: &str, reason: &str) {
    let arriving =
        world.autoscaling.member(group, id).is_some_and(|member| member.state.is_arriving());
    if arriving {
        let message = format!(
            "Instance became unhealthy while waiting for instance to be in InService state. \
             Termination Reason: {reason}"
        );
        launch::fail(world, group, id, &message);
    } else {
        begin(world, group, id, cause);
    }
}
