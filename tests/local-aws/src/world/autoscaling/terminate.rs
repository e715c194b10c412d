//! How an instance leaves a group.

use super::activity::{self, ActivityStatus, Beginning};
use super::{LifecycleState, Transition, actions, events, launch, reconcile};
use crate::world::World;
use crate::world::ec2::{self, StateReason};

/// Begins to terminate an instance, unless that has begun already: the terminating hooks hold it.
pub(super) fn begin(world: &mut World, group: &str, id: &str, cause: &str) {
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    if member.state.is_leaving() {
        return;
    }
    member.actions.clear();
    let (arriving, zone, subnet) =
        (member.state.is_arriving(), member.zone.clone(), member.subnet.clone());
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
        member.state = LifecycleState::Terminating;
    }
    if !actions::hold(world, group, id, Transition::Terminating) {
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
        LifecycleState::Terminating | LifecycleState::TerminatingProceed => {
            finish(world, &group, id);
        }
        // The hooks hold what is left of it until they are done.
        LifecycleState::TerminatingWait | LifecycleState::Terminated => {}
        LifecycleState::Pending
        | LifecycleState::PendingWait
        | LifecycleState::PendingProceed
        | LifecycleState::InService
        | LifecycleState::EnteringStandby
        | LifecycleState::Standby => reconcile::check_soon(world, &group),
    }
}

fn finish(world: &mut World, group: &str, id: &str) {
    if let Some(activity) = actions::note(world, group, id, ActivityStatus::Successful, "") {
        events::ended(world, group, &activity, Transition::Terminating, true);
    }
    actions::pass_through(world, group, id, LifecycleState::Terminated);
}

/// A terminated instance is no longer in the group, and a deleted group goes with its last.
pub(super) fn leave(world: &mut World, name: &str, id: &str) {
    let Some(group) = world.autoscaling.groups.get_mut(name) else { return };
    group.members.remove(id);
    if group.deleting && group.members.is_empty() {
        world.autoscaling.groups.remove(name);
    } else {
        reconcile::soon(world, name);
    }
}

/// Terminates an instance with its group, past all hooks.
pub(super) fn by_force(world: &mut World, group: &str, id: &str) {
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    member.actions.clear();
    match member.state {
        LifecycleState::Terminated => {}
        LifecycleState::Terminating | LifecycleState::TerminatingProceed => {
            terminate_instance(world, group, id);
        }
        LifecycleState::TerminatingWait => {
            actions::enter(world, group, id, LifecycleState::Terminating);
            terminate_instance(world, group, id);
        }
        _ => begin(world, group, id, "the group was deleted by force."),
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
