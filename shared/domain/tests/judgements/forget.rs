use crate::{actions, host, machine, only_waits, registration, throttled, with};
use domain::forget::judge;
use domain::host::{HostView, Lifecycle, MachineState, Registration, Seen};
use domain::plan::{Hold, Provided};

fn ghost() -> Registration {
    Registration { agent_connected: false, ..registration() }
}

fn seatless(state: MachineState, registration: Registration) -> HostView {
    let view = with(host(Lifecycle::InService), registration);
    HostView { seat: Seen::Known(None), machine: machine(state), ..view }
}

// Checks S1, S2.
#[test]
fn only_what_ec2_says_is_terminated_is_struck_off() {
    let states = [
        MachineState::Pending,
        MachineState::Running,
        MachineState::Stopping,
        MachineState::Stopped,
        MachineState::ShuttingDown,
        MachineState::NotFound,
        MachineState::Other("hibernating".into()),
    ];
    for state in states {
        assert!(matches!(only_waits(&judge(&seatless(state, ghost()))), Hold::NotGone { .. }));
    }
    let verdict = judge(&seatless(MachineState::Terminated, ghost()));
    assert_eq!(actions(&verdict), ["deregister abc (force)"]);
    assert_eq!(verdict.steps[0].provided, Provided::StillJudgedSo);
}

// Checks S1, S3.
#[test]
fn a_connected_registration_is_never_struck_off() {
    let verdict = judge(&seatless(MachineState::Terminated, registration()));
    assert_eq!(only_waits(&verdict), &Hold::StillConnected);
}

#[test]
fn two_registrations_of_one_instance_are_judged_each() {
    let other = Registration {
        arn: "arn:aws:ecs:us-west-2:111122223333:container-instance/prod/def".parse().unwrap(),
        ..registration()
    };
    let mut view = seatless(MachineState::Terminated, ghost());
    view.registrations = Seen::Known(vec![ghost(), other]);
    let verdict = judge(&view);
    assert_eq!(actions(&verdict), ["deregister abc (force)"]);
    assert_eq!(verdict.hold, Some(Hold::StillConnected));
}

// Checks S21.
#[test]
fn what_cannot_be_read_is_not_gone() {
    let mut view = seatless(MachineState::Terminated, ghost());
    view.machine = Seen::Unknown(throttled());
    assert!(matches!(only_waits(&judge(&view)), Hold::Unreadable { .. }));
    let mut view = seatless(MachineState::Terminated, ghost());
    view.registrations = Seen::Unknown(throttled());
    assert!(matches!(only_waits(&judge(&view)), Hold::Unreadable { .. }));
}

#[test]
fn nothing_registered_is_nothing_to_do() {
    let mut view = seatless(MachineState::Terminated, ghost());
    view.registrations = Seen::Known(Vec::new());
    assert_eq!(only_waits(&judge(&view)), &Hold::NothingLeft);
}
