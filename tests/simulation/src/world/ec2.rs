//! EC2: machines that come and go.

use super::{Boot, Due, HostNo, Life, Machine, State, Step, asg, ecs};
use crate::checks;
use crate::town;
use crate::weather::{self, Event};

/// When EC2 forgets a terminated machine. In truth an hour; shorter, so that a world sees it.
const FORGETS: i64 = 15 * 60_000;

/// A machine reaches its next state.
pub(super) fn go_on(state: &mut State, host: HostNo, turn: u32, step: Step) {
    if state.hosts[host].machine_turn != turn {
        return;
    }
    let machine = *state.hosts[host].machine.get();
    match (step, machine) {
        (Step::Machine, Machine::Pending) => {
            set(state, host, Machine::Running);
            let (registers, turn) = match state.hosts[host].boot {
                Boot::Joins(after) | Boot::Elsewhere(after) | Boot::NeverConnects(after) => {
                    (Some(after), state.hosts[host].machine_turn)
                }
                Boot::Never => (None, 0),
            };
            if let Some(after) = registers {
                state.due(state.now + after, Due::Host(host, turn, Step::Registers));
            }
        }
        (Step::Machine, Machine::Stopping) => set(state, host, Machine::Stopped),
        (Step::Machine, Machine::ShuttingDown) => {
            set(state, host, Machine::Terminated);
            let turn = state.hosts[host].machine_turn;
            state.due(state.now + FORGETS, Due::Host(host, turn, Step::Forgotten));
            if state.hosts[host].seat.get().life == Life::TerminatingProceed {
                asg::leave(state, host);
            }
        }
        (Step::Forgotten, Machine::Terminated) => set(state, host, Machine::Forgotten),
        (Step::TakenBack, Machine::Running | Machine::Pending) => shut_down(state, host),
        (Step::Retired, Machine::Running) => stop(state, host),
        _ => {}
    }
}

fn set(state: &mut State, host: HostNo, machine: Machine) {
    let now = state.now;
    state.hosts[host].machine.set(now, machine);
    town::machine(state, host, machine);
    state.hosts[host].machine_turn += 1;
    let key = (5, u64::try_from(host).unwrap_or(u64::MAX));
    state.tell(|it| format!("the machine of {} is {machine:?}", it.hosts[host].id), key);
    if machine != Machine::Forgotten {
        weather::emit(state, Event::Machine(host, machine));
    }
    checks::crowds(state);
}

/// Shuts a machine down. With a connected agent ECS strikes it off; without, its registration is left behind.
pub fn shut_down(state: &mut State, host: HostNo) {
    if state.hosts[host].machine.get().is_gone() {
        return;
    }
    set(state, host, Machine::ShuttingDown);
    ecs::machine_goes(state, host, true);
    let turn = state.hosts[host].machine_turn;
    let takes = state.rng.i64(5_000..40_000);
    state.due(state.now + takes, Due::Host(host, turn, Step::Machine));
}

/// Stops a machine; its registration stays, and its agent goes silent.
pub fn stop(state: &mut State, host: HostNo) {
    if *state.hosts[host].machine.get() != Machine::Running {
        return;
    }
    set(state, host, Machine::Stopping);
    ecs::machine_goes(state, host, false);
    let turn = state.hosts[host].machine_turn;
    state.due(state.now + 20_000, Due::Host(host, turn, Step::Machine));
}

/// `SetInstanceHealth(Unhealthy)`.
pub fn mark_unhealthy(state: &mut State, host: HostNo) -> bool {
    let now = state.now;
    let seat = *state.hosts[host].seat.get();
    if seat.life == Life::Gone {
        return false;
    }
    state.hosts[host].seat.change(now, |seat| seat.healthy = false);
    state.hosts[host].marked_unhealthy = true;
    checks::crowds(state);
    true
}

/// `TerminateInstanceInAutoScalingGroup` without decrement.
pub fn replace(state: &mut State, host: HostNo) -> bool {
    if state.hosts[host].seat.get().life == Life::Gone {
        return false;
    }
    asg::terminate(state, host);
    true
}
