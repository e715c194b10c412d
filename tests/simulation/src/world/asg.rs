//! Auto Scaling: sizes, health, and hooks that hold.

use super::{
    Boot, Due, GroupNo, Host, HostNo, Life, Machine, Seat, State, Step, Trouble, ec2, make,
};
use crate::checks;
use crate::versioned::Versioned;
use crate::weather::{self, Controller, Event};
use domain::names::{GroupName, InstanceId, LAUNCH_HOOK, TERMINATE_HOOK};

/// How often a group looks after itself.
const EVERY: i64 = 15_000;

/// What came of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completed {
    /// The action was active.
    Effect,
    /// There was none.
    NoAction,
}

/// Replaces what is unhealthy, and grows or shrinks to its size.
pub(super) fn look_after(state: &mut State, group: GroupNo) {
    let all: Vec<HostNo> = of(state, group).collect();
    for host in all {
        let Seat { life, healthy, .. } = *state.hosts[host].seat.get();
        let machine = *state.hosts[host].machine.get();
        let bad = !healthy || machine.is_gone() || matches!(machine, Machine::Stopped);
        if life == Life::InService && bad {
            terminate(state, host);
        }
    }
    let stays: Vec<HostNo> =
        of(state, group).filter(|host| state.hosts[*host].seat.get().life.stays()).collect();
    let count = u32::try_from(stays.len()).unwrap_or(u32::MAX);
    let desired = state.groups[group].desired;
    if count < desired {
        for _ in 0..(desired - count).min(state.groups[group].make.at_once) {
            launch(state, group);
        }
    } else if count > desired {
        let free = |host: &HostNo| {
            let seat = state.hosts[*host].seat.get();
            seat.life == Life::InService && !seat.protected
        };
        if let Some(host) = stays.into_iter().find(free) {
            terminate(state, host);
        }
    }
    state.due(state.now + EVERY, Due::Group(group));
}

fn of(state: &State, group: GroupNo) -> impl Iterator<Item = HostNo> {
    let all = state.hosts.iter().enumerate();
    all.filter(move |(_, host)| host.group == group && host.seat.get().life != Life::Gone)
        .map(|(number, _)| number)
}

/// Launches a host.
pub fn launch(state: &mut State, group: GroupNo) {
    let number = state.hosts.len();
    let tail = state.rng.u32(..);
    let id: Result<InstanceId, _> = format!("i-{number:09x}{tail:08x}").parse();
    let Ok(id) = id else { return };
    let boot = boot(state, group);
    let protected = state.town.is_none() && state.rng.u32(0..20) == 0;
    let (zone, spot) = make::place(state, group);
    state.hosts.push(Host {
        id,
        group,
        seat: Versioned::new(Seat { life: Life::Pending, healthy: true, protected }),
        machine: Versioned::new(Machine::Pending),
        trouble: Versioned::new(Trouble::default()),
        zone,
        spot,
        launched_at: state.now,
        boot,
        turn: 0,
        machine_turn: 0,
        held: None,
        completed: false,
        managed_holds: false,
        ever_left: false,
        recommended_at: None,
        hidden_until: 0,
        marked_unhealthy: false,
        registrations: Vec::new(),
    });
    let runs_in = state.rng.i64(5_000..20_000);
    state.due(state.now + 1_000, Due::Host(number, 0, Step::Held));
    state.due(state.now + runs_in, Due::Host(number, 0, Step::Machine));
    state.tell(
        |it| format!("{} is launched in {}", it.hosts[number].id, it.groups[group].name),
        (1, at(number)),
    );
    checks::crowds(state);
}

fn boot(state: &mut State, group: GroupNo) -> Boot {
    let make = &state.groups[group].make;
    let (from, to, never) = (make.boots.0, make.boots.1, make.never_joins);
    let joins = state.rng.i64(from..to);
    if never > 0 && state.faults_on && state.fault_rng.u32(0..1_000_000) < never {
        return Boot::Never;
    }
    let bad_image = state.now < state.groups[group].bad_image_until;
    let rate = state.swarm.bad_boot;
    if bad_image {
        return Boot::Never;
    }
    if state.fault("bad_boot", rate, 150_000) {
        return match state.rng.u32(0..5) {
            0 | 1 => Boot::Never,
            2 => Boot::Elsewhere(joins),
            3 => Boot::NeverConnects(joins),
            _ => Boot::Joins(joins + state.rng.i64(60_000..400_000)),
        };
    }
    Boot::Joins(joins)
}

/// Takes a host out of its group, through its terminate hook.
pub fn terminate(state: &mut State, host: HostNo) {
    let life = state.hosts[host].seat.get().life;
    if life.leaves() {
        return;
    }
    change(state, host, Life::Terminating);
    state.hosts[host].ever_left = true;
    let turn = state.hosts[host].turn;
    state.due(state.now + 1_000, Due::Host(host, turn, Step::Held));
}

/// `SetDesiredCapacity`; `false` if it is so already.
pub fn set_desired(state: &mut State, group: &GroupName, to: u32) -> bool {
    let Some(one) = state.groups.iter_mut().find(|one| one.name == *group) else {
        return false;
    };
    std::mem::replace(&mut one.desired, to) != to
}

/// `TerminateInstanceInAutoScalingGroup` with decrement; `false` if it is on its way out already.
pub fn scale_in(state: &mut State, host: HostNo) -> bool {
    if state.hosts[host].seat.get().life.leaves() {
        return false;
    }
    let group = &mut state.groups[state.hosts[host].group];
    group.desired = group.desired.saturating_sub(1);
    terminate(state, host);
    true
}

/// Sets where a host stands, and ends the turn that it was in.
pub fn change(state: &mut State, host: HostNo, life: Life) {
    let now = state.now;
    let one = &mut state.hosts[host];
    one.seat.change(now, |seat| seat.life = life);
    one.turn += 1;
    one.held = None;
    one.completed = false;
    state.tell(|it| format!("{} is {}", it.hosts[host].id, life.word()), (2, at(host)));
    checks::crowds(state);
}

/// A hook takes hold, times out, or lets go.
pub(super) fn go_on(state: &mut State, host: HostNo, turn: u32, step: Step) {
    if state.hosts[host].turn != turn {
        return;
    }
    let life = state.hosts[host].seat.get().life;
    match (step, life) {
        // A baseline has no launch hook: its hosts enter service as they are.
        (Step::Held, Life::Pending) if state.controller != Controller::Muster => {
            change(state, host, Life::InService);
        }
        (Step::Held, Life::Pending) => hold(state, host, Life::PendingWait),
        (Step::Held, Life::Terminating) => hold(state, host, Life::TerminatingWait),
        (Step::HookOver, Life::PendingWait | Life::TerminatingWait) => over(state, host),
        (Step::Proceed, Life::PendingProceed) => change(state, host, Life::InService),
        (Step::Proceed, Life::TerminatingProceed) => {
            if state.hosts[host].machine.get().is_gone() {
                leave(state, host);
            } else {
                ec2::shut_down(state, host);
            }
        }
        _ => {}
    }
}

fn hold(state: &mut State, host: HostNo, life: Life) {
    change(state, host, life);
    let group = state.hosts[host].group;
    let hook = if life == Life::PendingWait {
        state.groups[group].launch_hook
    } else {
        state.groups[group].terminate_hook
    };
    let until = state.now + hook.time_out;
    let managed = state.groups[group].managed && life == Life::TerminatingWait;
    let one = &mut state.hosts[host];
    one.held = Some((state.now, until));
    one.managed_holds = managed;
    let turn = one.turn;
    state.due(until, Due::Host(host, turn, Step::HookOver));
    if life == Life::PendingWait {
        weather::emit(state, Event::Launch(host));
    } else {
        if managed {
            super::ecs::managed_drain(state, host);
            weather::emit(state, Event::ManagedHook(host));
        }
        weather::emit(state, Event::Terminate(host));
    }
}

fn over(state: &mut State, host: HostNo) {
    let Some((_, until)) = state.hosts[host].held else {
        return;
    };
    let turn = state.hosts[host].turn;
    if until > state.now {
        return state.due(until, Due::Host(host, turn, Step::HookOver));
    }
    let launching = state.hosts[host].seat.get().life == Life::PendingWait;
    let group = &state.groups[state.hosts[host].group];
    let (ours, continues) = (group.ours, group.launch_hook.continues);
    if ours {
        checks::timed_out(state, host, launching);
    }
    state.tell(|it| format!("the hook of {} times out", it.hosts[host].id), (3, at(host)));
    state.hosts[host].managed_holds = false;
    let_go(state, host, launching, continues);
}

fn let_go(state: &mut State, host: HostNo, launching: bool, continues: bool) {
    if launching && !continues {
        return terminate(state, host);
    }
    let next = if launching { Life::PendingProceed } else { Life::TerminatingProceed };
    change(state, host, next);
    let turn = state.hosts[host].turn;
    state.due(state.now + 1_000, Due::Host(host, turn, Step::Proceed));
}

/// Completes a hook of ours.
pub fn complete(state: &mut State, host: HostNo, hook: &str, continues: bool) -> Completed {
    let life = state.hosts[host].seat.get().life;
    let launching = life == Life::PendingWait && hook == LAUNCH_HOOK;
    let leaving = life == Life::TerminatingWait && hook == TERMINATE_HOOK;
    if state.hosts[host].completed || !(launching || leaving) {
        return Completed::NoAction;
    }
    if launching {
        state.tally.launches += 1;
    } else {
        state.tally.terminations += 1;
    }
    state.hosts[host].completed = true;
    state.tell(
        |it| format!("{hook} of {} is completed ({continues})", it.hosts[host].id),
        (4, at(host)),
    );
    // ABANDON skips AWS's own hook beside ours; CONTINUE waits for it.
    if leaving && continues && state.hosts[host].managed_holds {
        return Completed::Effect;
    }
    let_go(state, host, launching, continues);
    Completed::Effect
}

/// AWS's own hook beside ours lets go.
pub(super) fn managed_lets_go(state: &mut State, host: HostNo) {
    if !state.hosts[host].managed_holds {
        return;
    }
    state.hosts[host].managed_holds = false;
    if state.hosts[host].completed {
        let_go(state, host, false, true);
    }
}

/// Gives a hook of ours its full time again.
pub fn heartbeat(state: &mut State, host: HostNo, hook: &str) -> Completed {
    let life = state.hosts[host].seat.get().life;
    let group = state.hosts[host].group;
    let time_out = match (life, hook) {
        (Life::PendingWait, LAUNCH_HOOK) => state.groups[group].launch_hook.time_out,
        (Life::TerminatingWait, TERMINATE_HOOK) => state.groups[group].terminate_hook.time_out,
        _ => return Completed::NoAction,
    };
    let (now, completed) = (state.now, state.hosts[host].completed);
    match &mut state.hosts[host].held {
        Some((since, until)) if !completed => {
            *until = (now + time_out).min(*since + time_out * 100);
            Completed::Effect
        }
        _ => Completed::NoAction,
    }
}

/// A host leaves its group for good.
pub(super) fn leave(state: &mut State, host: HostNo) {
    change(state, host, Life::Gone);
}

fn at(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
