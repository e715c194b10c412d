//! Every write, at its instant.

use super::whose::{host_of, registration_of};
use super::{broken, sizes, took};
use crate::versioned::Ms;
use crate::world::{
    Completed, HostNo, Kind, Life, Machine, RegistrationNo, Stage, State, Told, seconds,
};
use domain::Action;

/// How long ago a write may rest on what was read: half a minute, a lag, and the call itself.
pub(super) const REST: Ms = 45_000;

/// What an invocation read, and when.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// When it first read of the whole cluster or group in bulk.
    pub bulk: Option<Ms>,
    /// When it last read a host by itself.
    pub hosts: std::collections::BTreeMap<HostNo, Ms>,
}

/// A write is about to have an effect: everything that can be told from its instant.
pub fn act(state: &mut State, action: &Action, reads: &Reads, event_at: Option<Ms>) {
    ours(state, action);
    fresh(state, action, reads, event_at);
    match action {
        Action::LetIn { instance, .. } => with_host(state, instance, let_in),
        Action::Abandon { instance, .. } => with_host(state, instance, abandon),
        Action::LetGo { instance, .. } => with_host(state, instance, let_go),
        Action::Heartbeat { instance, .. } => with_host(state, instance, heartbeat),
        Action::MarkUnhealthy { instance, .. } => with_host(state, instance, unhealthy),
        Action::Replace { instance, .. } => with_host(state, instance, replace),
        Action::Drain { registration, .. } => with_registration(state, registration, drain),
        Action::Activate { registration, .. } => with_registration(state, registration, activate),
        Action::Deregister { registration, force, .. } => {
            let force = *force;
            with_registration(state, registration, |state, one| deregister(state, one, force));
        }
        Action::StopTask { task, .. } => stop_task(state, task),
        Action::SetDesired { group, to, .. } => sizes::set_desired(state, group, *to),
        Action::ScaleIn { instance, .. } => with_host(state, instance, sizes::scale_in),
        Action::Protect { instance, protected: false, .. } => {
            with_host(state, instance, sizes::release);
        }
        _ => {}
    }
}

fn with_host(state: &mut State, id: &domain::InstanceId, check: impl Fn(&mut State, HostNo)) {
    match state.host_no(id) {
        Some(host) => check(state, host),
        None => broken(state, "S19", format!("{id} is nobody's")),
    }
}

fn with_registration(
    state: &mut State,
    arn: &domain::RegistrationArn,
    check: impl Fn(&mut State, RegistrationNo),
) {
    if let Some(one) = registration_of(state, arn) {
        check(state, one);
    }
}

/// Checks S18, S19: nothing foreign is written.
fn ours(state: &mut State, action: &Action) {
    let cluster = match action {
        Action::MarkDraining { cluster, .. }
        | Action::ForgetDraining { cluster, .. }
        | Action::Activate { cluster, .. }
        | Action::StopTask { cluster, .. }
        | Action::Drain { cluster, .. }
        | Action::DetachProviders { cluster, .. }
        | Action::Deregister { cluster, .. }
        | Action::MarkAgentLost { cluster, .. }
        | Action::MarkNotFound { cluster, .. }
        | Action::ForgetNotFound { cluster, .. }
        | Action::MarkProtected { cluster, .. }
        | Action::ForgetProtected { cluster, .. }
        | Action::ForgetAgentLost { cluster, .. } => {
            state.clusters.iter().any(|one| one.name == *cluster && one.ours)
        }
        Action::LetIn { group, .. }
        | Action::Abandon { group, .. }
        | Action::Heartbeat { group, .. }
        | Action::LetGo { group, .. }
        | Action::MarkUnhealthy { group, .. }
        | Action::Replace { group, .. }
        | Action::Choose { group, .. }
        | Action::MarkBreaker { group, .. }
        | Action::Protect { group, .. }
        | Action::Empty { group }
        | Action::MarkSpare { group, .. }
        | Action::ScaleIn { group, .. }
        | Action::SetDesired { group, .. } => {
            state.groups.iter().any(|one| one.name == *group && one.ours)
        }
    };
    if !cluster {
        broken(state, "S19", format!("{action} is foreign"));
    }
}

/// Checks S20, S23.
fn fresh(state: &mut State, action: &Action, reads: &Reads, event_at: Option<Ms>) {
    let now = state.now;
    if event_at.is_some_and(|at| now - at > 16 * 60_000) {
        broken(state, "S23", format!("{action} for an event of long ago"));
    }
    let own = host_of(state, action).and_then(|host| reads.hosts.get(&host).copied());
    let read = own.max(reads.bulk);
    if read.is_none_or(|at| now - at > 31_000) {
        let told =
            read.map_or("nothing".to_owned(), |at| format!("{:.0} s ago", seconds(now - at)));
        broken(state, "S20", format!("{action} rests on what was read {told}"));
    }
}

/// Checks S6.
fn let_in(state: &mut State, host: HostNo) {
    let then = state.now - REST;
    let one = &state.hosts[host];
    if one.seat.get().life != Life::PendingWait || one.completed {
        return;
    }
    let home = state.groups[one.group].cluster;
    let runs = one.machine.held_since(then, |it| *it == Machine::Running);
    let joined = one.registrations.iter().any(|it| {
        let it = &state.registrations[*it];
        let is = |told: &Told| told.there && told.status == "ACTIVE" && told.connected;
        it.cluster == home && it.told.held_since(then, is)
    });
    if !(runs && joined) {
        let id = one.id.clone();
        broken(state, "S6", format!("{id} is let in and has not joined"));
    }
}

/// Checks S7.
fn abandon(state: &mut State, host: HostNo) {
    let now = state.now;
    let one = &state.hosts[host];
    if one.seat.get().life != Life::PendingWait || one.completed {
        return;
    }
    let (id, group) = (one.id.clone(), &state.groups[one.group]);
    let patience = i64::try_from(group.policy.join_patience.as_millis()).unwrap_or(i64::MAX);
    let age = now - one.launched_at;
    let connected = one.registrations.iter().any(|it| {
        let it = &state.registrations[*it];
        it.cluster == group.cluster && it.told.holds_since(now - REST, |told| told.connected)
    });
    let chosen = group.tags.holds_since(now - 30_000, |tags| {
        tags.get(domain::taking::TAG).is_some_and(|text| text.contains(id.as_str()))
    });
    if age < patience {
        broken(state, "S7", format!("{id} is abandoned after {:.0} s", seconds(age)));
    }
    if connected {
        broken(state, "S7", format!("{id} is abandoned and its agent is connected"));
    }
    if !chosen {
        broken(state, "S7", format!("{id} is abandoned at the first look"));
    }
}

/// Checks S8.
fn let_go(state: &mut State, host: HostNo) {
    let one = &state.hosts[host];
    if one.seat.get().life != Life::TerminatingWait || one.completed {
        return;
    }
    let id = one.id.clone();
    let runs = *one.machine.get() == Machine::Running;
    let alive = live(state, host);
    let standing = at_home(state, host).any(|it| {
        let told = &state.registrations[it].told;
        // Whoever sets it ACTIVE again at this very moment is not seen.
        told.holds_since(state.now - REST, |told| told.there && told.status == "ACTIVE")
    });
    if runs && alive > 0 {
        state.tally.tasks_cut += u64::try_from(alive).unwrap_or(0);
        broken(state, "S8", format!("{id} is let go with {alive} tasks"));
    } else if runs && standing {
        broken(state, "S8", format!("{id} is let go and is ACTIVE"));
    }
}

/// A host's registrations in the cluster of its group. What a host does in another cluster, in which it should not
/// be, is nobody's to wait for.
fn at_home(state: &State, host: HostNo) -> impl Iterator<Item = RegistrationNo> {
    let home = state.groups[state.hosts[host].group].cluster;
    let all = state.hosts[host].registrations.iter().copied();
    all.filter(move |it| state.registrations[*it].cluster == home)
}

/// The tasks that run on a host.
pub(crate) fn live(state: &State, host: HostNo) -> usize {
    let tasks = at_home(state, host).flat_map(|it| &state.registrations[it].tasks);
    tasks.filter(|it| state.tasks[**it].told.get().stage != Stage::Stopped).count()
}

/// Whether a task that should run is on a host. One that was told to stop is none to protect.
pub(super) fn wanted(state: &State, host: HostNo) -> bool {
    let mut tasks = at_home(state, host).flat_map(|it| &state.registrations[it].tasks);
    tasks.any(|it| {
        let told = state.tasks[*it].told.get();
        told.stage != Stage::Stopped && !told.told_to_stop
    })
}

/// Checks S12.
fn heartbeat(state: &mut State, host: HostNo) {
    let one = &state.hosts[host];
    let Some((held, _)) = one.held.filter(|_| !one.completed) else {
        return;
    };
    let policy = &state.groups[one.group].policy;
    let launching = one.seat.get().life == Life::PendingWait;
    let marks = at_home(state, host).filter_map(|it| {
        let attributes = &state.registrations[it].told.get().attributes;
        domain::marks::Marks::read(attributes).draining.map(|(since, _)| since)
    });
    let drained_for = marks.min().map(|since| state.timestamp().duration_since(since).as_secs());
    let (waited, most) = if launching {
        ((state.now - held) / 1000, policy.join_patience.as_secs() + 7_200)
    } else {
        (drained_for.unwrap_or(0), policy.drain_patience.as_secs())
    };
    if u64::try_from(waited).unwrap_or(0) > most + 90 {
        let id = one.id.clone();
        broken(state, "S12", format!("{id} is kept alive after {waited} s"));
    }
}

/// Checks S3, S16.
fn unhealthy(state: &mut State, host: HostNo) {
    let now = state.now;
    let one = &state.hosts[host];
    let id = one.id.clone();
    if one.seat.get().life == Life::Gone {
        return;
    }
    let group = &state.groups[one.group];
    let patience = i64::try_from(group.policy.lost_patience.as_millis()).unwrap_or(i64::MAX);
    let in_service = one.seat.held_since(now - REST, |seat| seat.life == Life::InService);
    let protected = one.seat.holds_since(now - REST, |seat| seat.protected);
    let protected = protected && wanted(state, host);
    let registered = one.registrations.iter().map(|it| &state.registrations[*it]);
    let connected =
        registered.clone().any(|it| it.told.holds_since(now - REST, |told| told.connected));
    let lost = registered.filter_map(|it| it.lost_since).min();
    // Looks come a minute apart and may lag: two of them are what is missed at most.
    let long = lost.is_some_and(|since| now - since >= patience - 150_000);
    if !in_service || protected {
        broken(state, "S16", format!("{id} is marked unhealthy where it stands"));
    }
    if connected {
        broken(state, "S3", format!("{id} is marked unhealthy and its agent is connected"));
    } else if !long {
        let since = lost.map_or(0, |since| now - since);
        broken(state, "S16", format!("{id} is marked unhealthy after {:.0} s", seconds(since)));
    }
    // Time in which ECS could not be read counts against nobody, if it was longer than two ticks.
    let outage = state.last_outage;
    if outage.1 - outage.0 > 240_000 && now < outage.1 + patience - 60_000 {
        broken(state, "S16", format!("{id} is marked unhealthy right after ECS was away"));
    }
    if !state.hosts[host].marked_unhealthy {
        took(state, host, "marked unhealthy");
    }
}

/// Checks S3.
fn replace(state: &mut State, host: HostNo) {
    let one = &state.hosts[host];
    if one.seat.get().life.leaves() {
        return;
    }
    if live(state, host) > 0 {
        let id = one.id.clone();
        broken(state, "S3", format!("{id} is terminated with tasks"));
    }
    took(state, host, "terminated");
}

/// An abandoned launch counts too, once it has an effect.
pub(crate) fn abandoned(state: &mut State, host: HostNo, completed: Completed) {
    if completed == Completed::Effect {
        took(state, host, "abandoned");
    }
}

/// Checks S4.
fn drain(state: &mut State, one: RegistrationNo) {
    let registration = &state.registrations[one];
    if registration.told.get().status != "ACTIVE" {
        return;
    }
    let host = &state.hosts[registration.host];
    let trouble = host.trouble.get();
    let spot = trouble.taken_back;
    let planned = trouble.scheduled.is_some();
    let advised =
        host.recommended_at.is_some() && state.groups[host.group].policy.drain_on_rebalance;
    let leaves = host.seat.get().life.leaves();
    if !(leaves || spot || planned || advised) {
        let id = host.id.clone();
        state.tally.healthy_drained += 1;
        broken(
            state,
            "S4",
            format!(
                "{id} is drained in {}",
                state.hosts[state.registrations[one].host].seat.get().life.word()
            ),
        );
    }
}

/// Checks S5.
fn activate(state: &mut State, one: RegistrationNo) {
    let registration = &state.registrations[one];
    if registration.told.get().status != "DRAINING" {
        return;
    }
    let host = &state.hosts[registration.host];
    let id = host.id.clone();
    if host.ever_left {
        broken(state, "S5", format!("{id} is set ACTIVE and leaves"));
    } else if !registration.drained_by_us {
        broken(state, "S5", format!("{id} is set ACTIVE and another drained it"));
    }
}

/// Checks S1, S2, S3.
fn deregister(state: &mut State, one: RegistrationNo, force: bool) {
    let registration = &state.registrations[one];
    if registration.told.get().status == "INACTIVE" {
        return;
    }
    let host = registration.host;
    let busy = registration.told.get().connected && live(state, host) > 0;
    let (id, machine) = (state.hosts[host].id.clone(), *state.hosts[host].machine.get());
    if !machine.is_gone() {
        broken(state, "S1", format!("{id} is struck off and its machine is {machine:?}"));
    }
    if force && !matches!(machine, Machine::Terminated | Machine::Forgotten) {
        broken(state, "S2", format!("{id} is struck off by force and its machine is {machine:?}"));
    }
    if busy {
        broken(state, "S3", format!("{id} is struck off and its agent is connected"));
    }
}

/// Only a standalone task on a leaving host, and only if the policy says so.
fn stop_task(state: &mut State, arn: &str) {
    let Some(task) = state.task_no(arn) else {
        return;
    };
    let registration = &state.registrations[state.tasks[task].registration];
    let host = &state.hosts[registration.host];
    let allowed = state.groups[host.group].policy.standalone_grace.is_some();
    let drains = registration.told.get().status != "ACTIVE";
    if !(allowed && drains && state.tasks[task].kind == Kind::Standalone) {
        broken(state, "S3", format!("task {task} is stopped"));
    }
}
