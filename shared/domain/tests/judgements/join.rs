use crate::{LIFECYCLES, actions, at, host, machine, only_waits, registration, throttled, with};
use domain::breaker::Crowd;
use domain::host::{HostView, Lifecycle, MachineState, Registration, RegistrationStatus, Seen};
use domain::plan::{Hold, Provided, Thing, Verdict};
use domain::{Policy, join};

const CALM: Option<Crowd> = Some(Crowd { hosts: 10, failing: 1 });

fn judge(view: &HostView, seconds: i64) -> Verdict {
    join::judge(view, CALM, &Policy::default(), at(seconds))
}

fn absent() -> HostView {
    HostView { registrations: Seen::Known(Vec::new()), ..host(Lifecycle::PendingWait) }
}

// Checks S6.
#[test]
fn a_connected_host_is_let_in() {
    let verdict = judge(&host(Lifecycle::PendingWait), 30);
    assert_eq!(actions(&verdict), ["let i-0a1b2c3d into service in web"]);
}

// Checks S6.
#[test]
fn registered_is_not_enough() {
    let waiting = host(Lifecycle::PendingWait);
    let silent = Registration { agent_connected: false, ..registration() };
    let draining = Registration { status: RegistrationStatus::Draining, ..registration() };
    for not_joined in [silent, draining] {
        let verdict = judge(&with(waiting.clone(), not_joined), 30);
        assert!(matches!(only_waits(&verdict), Hold::NotJoinedYet { .. }), "{verdict:?}");
    }
    for state in [MachineState::Pending, MachineState::Stopped, MachineState::Other("odd".into())] {
        let view = HostView { machine: machine(state), ..waiting.clone() };
        assert!(matches!(only_waits(&judge(&view, 30)), Hold::NotJoinedYet { .. }));
    }
}

// Checks S6, S16: the table over every lifecycle state.
#[test]
fn only_a_host_that_waits_at_a_launch_hook_is_let_in() {
    for state in LIFECYCLES {
        let verdict = judge(&host(Lifecycle::read(state)), 30);
        assert_eq!(!verdict.steps.is_empty(), state == "Pending:Wait", "{state}");
    }
}

// Checks S7.
#[test]
fn the_last_second_of_patience_is_still_patience() {
    assert!(matches!(only_waits(&judge(&absent(), 599)), Hold::NotJoinedYet { .. }));
    let verdict = judge(&absent(), 600);
    assert_eq!(actions(&verdict), ["abandon the launch of i-0a1b2c3d in web"]);
    assert_eq!(verdict.steps[0].provided, Provided::StillJudgedSo);
    assert_eq!(verdict.steps[0].because, "no registration in its cluster after 600 s");
}

// Checks S7, S21.
#[test]
fn what_cannot_be_read_is_waited_for_and_never_abandoned() {
    let unreadable = [
        HostView { registrations: Seen::Unknown(throttled()), ..absent() },
        HostView { machine: Seen::Unknown(throttled()), ..absent() },
        HostView { seat: Seen::Unknown(throttled()), ..absent() },
    ];
    for (view, thing) in unreadable.iter().zip([Thing::Registrations, Thing::Machine, Thing::Seat])
    {
        let verdict = judge(view, 100_000);
        assert!(matches!(only_waits(&verdict), Hold::Unreadable { what, .. } if *what == thing));
    }
}

// Checks S7, S13.
#[test]
fn nothing_is_abandoned_while_the_breaker_is_open_or_nobody_counted() {
    let open = Some(Crowd { hosts: 4, failing: 2 });
    let verdict = join::judge(&absent(), open, &Policy::default(), at(900));
    assert!(matches!(only_waits(&verdict), Hold::BreakerOpen { failing: 2, hosts: 4 }));
    let verdict = join::judge(&absent(), None, &Policy::default(), at(900));
    assert!(matches!(only_waits(&verdict), Hold::NotJoinedYet { .. }));
}

// Checks S19.
#[test]
fn a_host_of_no_group_of_ours_is_left_alone() {
    let foreign = HostView { cluster: None, ..host(Lifecycle::PendingWait) };
    assert_eq!(only_waits(&judge(&foreign, 900)), &Hold::NotOurs);
    let seatless = HostView { seat: Seen::Known(None), ..host(Lifecycle::PendingWait) };
    assert_eq!(only_waits(&judge(&seatless, 900)), &Hold::NotOurs);
}
