//! What the adjuster does to sizes, hosts and protection.

use super::acts::REST;
use super::broken;
use super::crowd::bearable;
use crate::versioned::Ms;
use crate::world::{HostNo, Kind, Life, Stage, State, TaskTold};
use domain::GroupName;

/// The quarter of an hour in which a fifth may be moved.
const WINDOW: Ms = 15 * 60_000;
/// Half an hour, in which the direction is changed once at most.
const SWING: Ms = 30 * 60_000;

/// Checks S17: within Min and Max, a step at most, and never down.
pub(super) fn set_desired(state: &mut State, group: &GroupName, to: u32) {
    let Some(number) = state.groups.iter().position(|one| one.name == *group) else {
        return;
    };
    let now = state.now;
    let one = &mut state.groups[number];
    let (min, max, desired, step) = (one.min, one.max, one.desired, one.policy.step_hosts);
    // A person's change in the very last seconds is not seen.
    let by_hand = one.sized_by_hand_at.is_some_and(|at| now - at < 10_000);
    let within = (min..=max).contains(&to) || by_hand;
    if !within || to.saturating_sub(desired) > step {
        broken(state, "S17", format!("{group} is set from {desired} to {to}, in {min} to {max}"));
    }
    if to < desired && !by_hand {
        broken(state, "S17", format!("{group} is lowered from {desired} to {to}"));
    }
    turned(state, number, true);
}

/// Checks S3, S13, S14, S17: a host that leaves is in service, and neither needed below Min nor held by its tasks.
pub(super) fn scale_in(state: &mut State, host: HostNo) {
    let then = state.now - REST;
    let now = state.now;
    let one = &state.hosts[host];
    let (id, number) = (one.id.clone(), one.group);
    if one.seat.get().life.leaves() {
        return;
    }
    let group = &state.groups[number];
    let in_service = one.seat.held_since(then, |seat| seat.life == Life::InService);
    let protected = one.seat.holds_since(then, |seat| seat.protected);
    let by_hand = group.sized_by_hand_at.is_some_and(|at| now - at < 45_000);
    if !in_service || protected {
        broken(state, "S17", format!("{id} is scaled in where it stands"));
    }
    if state.groups[number].desired <= state.groups[number].min && !by_hand {
        broken(state, "S17", format!("{id} is scaled in below Min"));
    }
    if held(state, host, then) {
        broken(state, "S3", format!("{id} is scaled in with a standalone task"));
    }
    let group = &state.groups[number];
    if group.alarm.over_since.is_some_and(|since| now - since >= 60_000) {
        let who = super::crowd::in_trouble(state, host);
        broken(state, "S13", format!("{id} is scaled in while these are in trouble: {who}"));
    }
    turned(state, number, false);
    if super::acts::wanted(state, host) {
        moved(state, number, host);
    }
}

fn moved(state: &mut State, number: usize, host: HostNo) {
    let now = state.now;
    let group = &mut state.groups[number];
    group.moved.push((now, host));
    let of_late = group.moved.iter().filter(|(at, _)| now - *at < WINDOW).count();
    let in_service = super::crowd::size_at(&group.sizes, now - WINDOW).max(group.desired);
    if u32::try_from(of_late).unwrap_or(u32::MAX) > bearable(in_service) {
        let id = state.hosts[host].id.clone();
        broken(state, "S14", format!("{id} is the {of_late}. of {in_service} to be moved"));
    }
}

/// Whether a standalone task that is not too old was on a host all the time.
fn held(state: &State, host: HostNo, since: Ms) -> bool {
    let home = state.groups[state.hosts[host].group].cluster;
    let all = state.hosts[host].registrations.iter().map(|one| &state.registrations[*one]);
    let mut tasks = all.filter(|one| one.cluster == home).flat_map(|one| &one.tasks);
    tasks.any(|task| {
        let task = &state.tasks[*task];
        let alive =
            |told: &TaskTold| told.there && !told.told_to_stop && told.stage != Stage::Stopped;
        task.kind == Kind::Standalone && task.told.holds_since(since, alive)
    })
}

/// A host loses its protection only when no task of it was there to be held for, or with its stack: then it is drained.
pub(super) fn release(state: &mut State, host: HostNo) {
    let one = &state.hosts[host];
    let stays = one.seat.get().life == Life::InService && one.seat.get().protected;
    if stays && state.deleted_since.is_none() && held(state, host, state.now - REST) {
        let id = one.id.clone();
        broken(state, "S3", format!("{id} loses its protection with a standalone task"));
    }
}

/// Checks L12: with the faults over and the work at rest, a direction is changed once in half an hour at most.
fn turned(state: &mut State, number: usize, up: bool) {
    let now = state.now;
    let calm = !state.faults_on;
    let group = &mut state.groups[number];
    if !calm {
        return;
    }
    if group.turns.last().is_none_or(|(_, last)| *last != up) {
        group.turns.push((now, up));
    }
    let of_late = group.turns.iter().filter(|(at, _)| now - *at < SWING).count();
    // Two turns are one change. Hooks that time out and hosts that are repaired change the work still, once.
    if of_late > 4 {
        let name = group.name.clone();
        broken(state, "L12", format!("{name} swings: {of_late} turns in half an hour"));
    }
}
