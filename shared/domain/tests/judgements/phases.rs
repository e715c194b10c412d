//! Where a host is in its life, by what EC2, ECS and its group say of it.

use crate::{at, host, machine, registration, throttled, with};
use domain::Phase;
use domain::host::{HostView, Lifecycle, MachineState, Registration, RegistrationStatus, Seen};

fn seated(lifecycle: &str, one: Registration) -> HostView {
    with(host(Lifecycle::read(lifecycle)), one)
}

fn unregistered(lifecycle: &str, state: MachineState) -> Phase {
    let registrations = Seen::Known(Vec::new());
    let machine = machine(state);
    HostView { registrations, machine, ..host(Lifecycle::read(lifecycle)) }.phase()
}

#[test]
fn a_registered_host_is_in_the_phase_that_its_registration_shows() {
    let silent = Registration { agent_connected: false, ..registration() };
    let draining = |running, pending| Registration {
        status: RegistrationStatus::Draining,
        running,
        pending,
        ..registration()
    };
    let odd = Registration { status: RegistrationStatus::read("REGISTERING"), ..registration() };
    for (lifecycle, one, phase) in [
        ("InService", registration(), Phase::Active),
        ("Pending:Wait", registration(), Phase::Active),
        ("Pending:Wait", silent.clone(), Phase::Registering),
        ("InService", silent, Phase::AgentLost),
        ("InService", draining(0, 0), Phase::Drained),
        ("InService", draining(1, 0), Phase::Draining),
        ("InService", draining(0, 1), Phase::Draining),
        ("InService", draining(1, 1), Phase::Draining),
        ("InService", odd, Phase::Registering),
    ] {
        assert_eq!(seated(lifecycle, one.clone()).phase(), phase, "{lifecycle} {one:?}");
    }
}

#[test]
fn a_host_without_a_registration_is_launching_departed_or_none_of_ours() {
    for (lifecycle, state, phase) in [
        ("Pending", MachineState::Running, Phase::Launching),
        ("Pending:Wait", MachineState::Running, Phase::Launching),
        ("Pending:Wait", MachineState::Terminated, Phase::Departed),
        ("Terminating:Wait", MachineState::Running, Phase::Departed),
        ("Terminated", MachineState::ShuttingDown, Phase::Departed),
        ("InService", MachineState::Running, Phase::Stray),
        ("InService", MachineState::Stopped, Phase::Stray),
        ("Standby", MachineState::ShuttingDown, Phase::Departed),
    ] {
        assert_eq!(unregistered(lifecycle, state.clone()), phase, "{lifecycle} {state:?}");
    }
}

#[test]
fn a_registration_without_its_machine_is_a_ghost_and_what_is_struck_off_does_not_stand() {
    for state in [MachineState::Terminated, MachineState::ShuttingDown] {
        let ghost = HostView { machine: machine(state), ..seated("InService", registration()) };
        assert_eq!(ghost.phase(), Phase::Ghost);
    }
    let struck = Registration { status: RegistrationStatus::Inactive, ..registration() };
    assert_eq!(seated("InService", struck).phase(), Phase::Stray);
}

// Checks S21.
#[test]
fn a_host_whose_registrations_cannot_be_read_is_in_no_phase_that_anything_is_done_in() {
    let blind =
        HostView { registrations: Seen::Unknown(throttled()), ..host(Lifecycle::InService) };
    assert_eq!(blind.phase(), Phase::Stray);
}

#[test]
fn where_an_agent_registered_twice_the_connected_one_counts() {
    let old = Registration { agent_connected: false, registered_at: Some(at(0)), ..registration() };
    for pair in [[old.clone(), registration()], [registration(), old]] {
        let view =
            HostView { registrations: Seen::Known(pair.into()), ..host(Lifecycle::InService) };
        assert_eq!(view.phase(), Phase::Active);
    }
}
