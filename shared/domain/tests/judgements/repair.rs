use crate::{LIFECYCLES, actions, at, host, machine, only_waits, registration, with};
use domain::breaker::Crowd;
use domain::host::{HostView, Lifecycle, MachineState, Registration, Seen};
use domain::marks::Marks;
use domain::plan::{Hold, Verdict};
use domain::{Policy, repair};

const CALM: Crowd = Crowd { hosts: 10, failing: 1 };

fn lost_since(seconds: i64) -> Registration {
    let marks = Marks { agent_lost: Some(at(seconds)), ..Marks::default() };
    Registration { agent_connected: false, marks, ..registration() }
}

fn judge(view: &HostView, seconds: i64) -> Verdict {
    repair::judge(view, CALM, &Policy::default(), at(seconds))
}

fn in_service(registration: Registration) -> HostView {
    with(host(Lifecycle::InService), registration)
}

#[test]
fn a_lost_agent_is_remembered_where_people_see_it_and_forgotten_when_it_returns() {
    let lost = Registration { agent_connected: false, ..registration() };
    assert_eq!(
        actions(&judge(&in_service(lost), 0)),
        ["mark abc: agent lost since 2026-03-04T05:00:00Z"]
    );
    let back = Registration { agent_connected: true, ..lost_since(0) };
    assert_eq!(actions(&judge(&in_service(back), 60)), ["unmark abc: agent is back"]);
}

// Checks S16.
#[test]
fn a_host_is_given_up_only_after_patience() {
    let view = in_service(lost_since(0));
    assert!(matches!(only_waits(&judge(&view, 599)), Hold::AgentLost { .. }));
    assert_eq!(actions(&judge(&view, 600)), ["mark i-0a1b2c3d unhealthy in web"]);
}

// Checks S16: the table over every lifecycle state.
#[test]
fn only_a_host_in_service_is_given_up() {
    for state in LIFECYCLES {
        let view = with(host(Lifecycle::read(state)), lost_since(0));
        assert_eq!(!judge(&view, 100_000).steps.is_empty(), state == "InService", "{state}");
    }
}

// Checks S13, S16.
#[test]
fn it_is_not_given_up_when_in_doubt() {
    let crowd = Crowd { hosts: 3, failing: 2 };
    let verdict = repair::judge(&in_service(lost_since(0)), crowd, &Policy::default(), at(900));
    assert!(matches!(only_waits(&verdict), Hold::BreakerOpen { .. }));

    let stopped = HostView { machine: machine(MachineState::Stopped), ..in_service(lost_since(0)) };
    assert!(matches!(only_waits(&judge(&stopped, 900)), Hold::NotGone { .. }));

    let mut protected = in_service(Registration { running: 1, ..lost_since(0) });
    if let Seen::Known(Some(seat)) = &mut protected.seat {
        seat.protected = true;
    }
    assert!(matches!(only_waits(&judge(&protected, 900)), Hold::HandsOff { .. }));
}
