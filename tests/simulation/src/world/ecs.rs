//! ECS: agents and their registrations.

use super::{
    Boot, Due, HostNo, Machine, Registration, RegistrationNo, Stage, State, Step, Told, tasks,
};
use crate::checks;
use crate::versioned::Versioned;
use crate::weather::{self, Event};
use domain::names::RegistrationArn;
use std::collections::BTreeMap;

/// An agent registers, connects, or loses its connection.
pub(super) fn agent(state: &mut State, host: HostNo, turn: u32, step: Step) {
    if state.hosts[host].machine_turn != turn {
        return;
    }
    match step {
        Step::Registers => register(state, host),
        Step::Connects => {
            if let Some(&one) = state.hosts[host].registrations.last() {
                connect(state, one);
            }
        }
        _ => {
            if let Some(&one) = state.hosts[host].registrations.last() {
                disconnect(state, one);
            }
        }
    }
}

/// Registers a host, where its boot says.
pub fn register(state: &mut State, host: HostNo) {
    if *state.hosts[host].machine.get() != Machine::Running {
        return;
    }
    let home = state.groups[state.hosts[host].group].cluster;
    let boot = state.hosts[host].boot;
    let elsewhere = matches!(boot, Boot::Elsewhere(_));
    let cluster = if elsewhere { state.clusters.len() - 1 } else { home };
    let number = state.registrations.len();
    let tail = state.rng.u64(..);
    let name = format!("{number:08x}{tail:016x}");
    let text = format!(
        "arn:aws:ecs:us-west-2:111122223333:container-instance/{}/{name}",
        state.clusters[cluster].name
    );
    let Ok(arn) = RegistrationArn::try_from(text) else {
        return;
    };
    let now = state.now;
    let mut told = Versioned::new(Told {
        status: "ACTIVE",
        connected: false,
        attributes: BTreeMap::new(),
        there: false,
    });
    told.change(now, |told| told.there = true);
    state.registrations.push(Registration {
        arn,
        host,
        cluster,
        at: now,
        told,
        lost_since: Some(now),
        held_off_until: 0,
        dead: matches!(boot, Boot::NeverConnects(_)),
        drained_by_us: false,
        tasks: Vec::new(),
    });
    state.hosts[host].registrations.push(number);
    state.tell(|it| format!("{} registers", it.hosts[host].id), (6, key(host)));
    let turn = state.hosts[host].machine_turn;
    let after = state.rng.i64(500..4_000);
    state.due(now + after, Due::Host(host, turn, Step::Connects));
}

/// An agent connects, if it can.
pub fn connect(state: &mut State, one: RegistrationNo) {
    let now = state.now;
    let registration = &mut state.registrations[one];
    let host = registration.host;
    let gone = registration.told.get().status == "INACTIVE";
    let runs = *state.hosts[host].machine.get() == Machine::Running;
    if registration.dead || gone || !runs || registration.told.get().connected {
        return;
    }
    if now < registration.held_off_until {
        let (until, turn) = (registration.held_off_until, state.hosts[host].machine_turn);
        return state.due(until, Due::Host(host, turn, Step::Connects));
    }
    registration.told.change(now, |told| told.connected = true);
    registration.lost_since = None;
    state.tell(|it| format!("the agent of {} connects", it.hosts[host].id), (7, key(host)));
    weather::emit(state, Event::Registration(one));
    checks::crowds(state);
}

/// An agent loses its connection.
pub fn disconnect(state: &mut State, one: RegistrationNo) {
    let now = state.now;
    let registration = &mut state.registrations[one];
    if !registration.told.get().connected {
        return;
    }
    registration.told.change(now, |told| told.connected = false);
    registration.lost_since = Some(now);
    let host = registration.host;
    state.tell(|it| format!("the agent of {} is lost", it.hosts[host].id), (8, key(host)));
    weather::emit(state, Event::Registration(one));
    checks::crowds(state);
}

/// A machine goes for good, or is stopped.
pub(super) fn machine_goes(state: &mut State, host: HostNo, for_good: bool) {
    for one in state.hosts[host].registrations.clone() {
        let connected = state.registrations[one].told.get().connected;
        disconnect(state, one);
        if for_good && connected {
            strike(state, one);
        }
    }
}

fn strike(state: &mut State, one: RegistrationNo) {
    let now = state.now;
    state.registrations[one].told.change(now, |told| {
        told.status = "INACTIVE";
        told.connected = false;
    });
    for task in state.registrations[one].tasks.clone() {
        tasks::set_task(state, task, |told| {
            told.stage = Stage::Stopped;
            told.told_to_stop = true;
            told.moved_at = Some(now);
        });
    }
    let host = state.registrations[one].host;
    state.tell(
        |it| format!("the registration of {} is struck off", it.hosts[host].id),
        (9, key(host)),
    );
    checks::crowds(state);
}

/// Sets a registration DRAINING; `false` if it is INACTIVE.
pub fn drain(state: &mut State, one: RegistrationNo, by_us: bool) -> bool {
    let now = state.now;
    let status = state.registrations[one].told.get().status;
    if status == "INACTIVE" {
        return false;
    }
    if status == "ACTIVE" {
        state.registrations[one].told.change(now, |told| told.status = "DRAINING");
        state.registrations[one].drained_by_us = by_us;
        let host = state.registrations[one].host;
        state.tell(
            |it| format!("{} is DRAINING (by us: {by_us})", it.hosts[host].id),
            (10, key(host)),
        );
        weather::emit(state, Event::Registration(one));
    }
    true
}

/// AWS's managed draining drains a terminating host.
pub(super) fn managed_drain(state: &mut State, host: HostNo) {
    for one in state.hosts[host].registrations.clone() {
        drain(state, one, false);
    }
}

/// Sets a registration ACTIVE again; `false` if it is INACTIVE.
pub fn activate(state: &mut State, one: RegistrationNo) -> bool {
    let now = state.now;
    if state.registrations[one].told.get().status == "INACTIVE" {
        return false;
    }
    state.registrations[one].told.change(now, |told| told.status = "ACTIVE");
    state.registrations[one].drained_by_us = false;
    let host = state.registrations[one].host;
    state.tell(|it| format!("{} is set ACTIVE again", it.hosts[host].id), (12, key(host)));
    weather::emit(state, Event::Registration(one));
    true
}

/// Strikes a registration off; `false` if it is off already.
pub fn deregister(state: &mut State, one: RegistrationNo) -> bool {
    if state.registrations[one].told.get().status == "INACTIVE" {
        return false;
    }
    strike(state, one);
    true
}

/// Puts a mark on a registration.
pub fn mark(state: &mut State, one: RegistrationNo, name: &str, value: String) {
    let now = state.now;
    state.registrations[one].told.change(now, |told| {
        told.attributes.insert(name.to_owned(), value);
    });
}

/// Takes a mark away.
pub fn forget_mark(state: &mut State, one: RegistrationNo, name: &str) {
    let now = state.now;
    state.registrations[one].told.change(now, |told| {
        told.attributes.remove(name);
    });
}

pub(super) fn key(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
