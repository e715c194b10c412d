use crate::{actions, at, host, machine, only_waits, registration, throttled, with};
use domain::forget;
use domain::host::{HostView, Lifecycle, MachineState, Registration, Seen};
use domain::marks::{Marks, Watched};
use domain::plan::Verdict;
use domain::plan::{Hold, Provided};

fn judge(view: &HostView) -> Verdict {
    forget::judge(view, at(900))
}

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

// Checks S2: two reads, five minutes apart, and watched all the time between.
#[test]
fn what_ec2_does_not_find_is_struck_off_only_when_it_is_not_found_for_long() {
    let missing = |marks: Option<(i64, i64)>| {
        let watched = marks.map(|(since, seen)| Watched { since: at(since), seen: at(seen) });
        let marks = Marks { not_found: watched, ..Marks::default() };
        actions(&judge(&seatless(MachineState::NotFound, Registration { marks, ..ghost() })))
    };
    assert!(missing(None)[0].starts_with("mark abc: EC2 does not find it"));
    assert!(missing(Some((601, 840)))[0].starts_with("mark abc"), "not for long enough yet");
    assert_eq!(missing(Some((600, 880))), ["deregister abc (force)"]);
    assert_eq!(
        missing(Some((0, 700))),
        ["mark abc: EC2 does not find it since 2026-03-04T05:15:00Z"]
    );
    assert_eq!(missing(Some((700, 880))), [""; 0]);
}

#[test]
fn what_ec2_finds_again_is_unmarked() {
    let watched = Some(Watched { since: at(0), seen: at(890) });
    let marks = Marks { not_found: watched, ..Marks::default() };
    let found = seatless(MachineState::Running, Registration { marks, ..ghost() });
    assert_eq!(actions(&judge(&found)), ["unmark abc: EC2 finds it again"]);
}
