//! How hooks hold an instance, and how it goes on.

use super::activity::{self, ActivityStatus};
use super::{
    Action, ActionResult, Due, Hook, LifecycleState, Transition, events, launch, terminate, warm,
};
use crate::world::World;
use jiff::SignedDuration;

/// How long an instance stays in a state that it only passes through.
const MOMENT: SignedDuration = SignedDuration::from_secs(2);

/// Lets all hooks on an instance's way hold it, side by side. False if the group has none.
pub(super) fn hold(world: &mut World, group: &str, id: &str) -> bool {
    let Some(member) = world.autoscaling.member(group, id) else { return false };
    let (journey, transition) = (member.journey, member.journey.transition());
    let hooks: Vec<Hook> = world
        .autoscaling
        .group(group)
        .into_iter()
        .flat_map(|group| group.hooks.values())
        .filter(|hook| hook.transition == transition)
        .cloned()
        .collect();
    let status = match transition {
        Transition::Launching => ActivityStatus::MidLifecycleAction,
        Transition::Terminating => ActivityStatus::MidTerminatingLifecycleAction,
    };
    if hooks.is_empty() {
        return false;
    }
    enter(world, group, id, journey.waits());
    note(world, group, id, status, "");
    for hook in hooks {
        begin(world, group, id, &hook);
    }
    true
}

fn begin(world: &mut World, group: &str, id: &str, hook: &Hook) {
    let (token, now) = (world.core.uuid(), world.core.now());
    let action = Action::begin(hook, token.clone(), now);
    let expires = action.expires;
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    member.actions.insert(hook.name.clone(), action);
    let journey = member.journey;
    events::held(world, (group, id), journey, hook, &token);
    let due = Due::Expires { group: group.to_owned(), instance: id.to_owned(), token };
    world.core.set_timer_at(expires, crate::world::core::Due::AutoScaling(due));
}

/// Puts an instance of a group into a state.
pub(super) fn enter(world: &mut World, group: &str, id: &str, state: LifecycleState) {
    if let Some(member) = world.autoscaling.member_mut(group, id) {
        member.state = state;
    }
}

/// Notes how far the instance's activity got.
pub(super) fn note(
    world: &mut World,
    group: &str,
    id: &str,
    status: ActivityStatus,
    message: &str,
) -> Option<super::Activity> {
    let activity = world.autoscaling.member(group, id)?.activity.clone();
    activity::reach(world, group, &activity, status, message)
}

/// Ends an action: `why` is what AWS says of one that was abandoned.
pub(super) fn end(
    world: &mut World,
    (group, id): (&str, &str),
    hook: &str,
    result: ActionResult,
    why: &str,
) {
    let Some(member) = world.autoscaling.member_mut(group, id) else { return };
    let Some(action) = member.actions.remove(hook) else { return };
    if result == ActionResult::Abandon {
        member.actions.clear();
    }
    if !member.actions.is_empty() {
        return;
    }
    let journey = member.journey;
    match (action.hook.transition, result) {
        (Transition::Launching, ActionResult::Abandon) => {
            let message = format!(
                "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token \
                 {} was abandoned: {why}",
                action.token
            );
            launch::fail(world, group, id, &message);
        }
        (Transition::Launching, ActionResult::Continue) | (Transition::Terminating, _) => {
            pass_through(world, group, id, journey.proceeds());
        }
    }
}

/// Puts an instance into a state that it leaves after a moment.
pub(super) fn pass_through(world: &mut World, group: &str, id: &str, state: LifecycleState) {
    enter(world, group, id, state);
    Due::Proceeds { group: group.to_owned(), instance: id.to_owned() }.set(world, MOMENT);
}

/// An instance goes on from a state that lasts only a moment.
pub(super) fn proceed(world: &mut World, group: &str, id: &str) {
    let Some(member) = world.autoscaling.member(group, id) else { return };
    match member.state {
        LifecycleState::PendingProceed => launch::enter_service(world, group, id),
        LifecycleState::WarmedPendingProceed => warm::settle(world, group, id),
        LifecycleState::TerminatingProceed | LifecycleState::WarmedTerminatingProceed => {
            terminate::terminate_instance(world, group, id);
        }
        LifecycleState::EnteringStandby => enter(world, group, id, LifecycleState::Standby),
        LifecycleState::Terminated | LifecycleState::WarmedTerminated => {
            terminate::leave(world, group, id);
        }
        LifecycleState::Pending
        | LifecycleState::PendingWait
        | LifecycleState::InService
        | LifecycleState::Terminating
        | LifecycleState::TerminatingWait
        | LifecycleState::Standby
        | LifecycleState::WarmedPending
        | LifecycleState::WarmedPendingWait
        | LifecycleState::WarmedStopped
        | LifecycleState::WarmedRunning
        | LifecycleState::WarmedTerminating
        | LifecycleState::WarmedTerminatingWait => {}
    }
}

/// An action may have timed out; a heartbeat since then gives it more time.
pub(super) fn expire(world: &mut World, group: &str, id: &str, token: &str) {
    let Some(member) = world.autoscaling.member(group, id) else { return };
    let Some(action) = member.actions.values().find(|action| action.token == token) else { return };
    if action.expires > world.core.now() {
        let due = Due::Expires {
            group: group.to_owned(),
            instance: id.to_owned(),
            token: token.to_owned(),
        };
        let at = action.expires;
        world.core.set_timer_at(at, crate::world::core::Due::AutoScaling(due));
        return;
    }
    let (hook, result) = (action.hook.name.clone(), action.hook.default_result);
    end(world, (group, id), &hook, result, "Heartbeat Timeout");
}
