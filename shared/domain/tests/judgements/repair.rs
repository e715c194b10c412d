use crate::{LIFECYCLES, actions, at, host, machine, only_waits, registration, troubled, with};
use domain::host::{
    HostView, Lifecycle, MachineState, Registration, RegistrationStatus, Seen, Trouble,
};
use domain::marks::{Marks, Watched};
use domain::plan::{Hold, Verdict};
use domain::{Policy, repair};

/// An agent lost since then, and last seen so then.
fn lost(since: i64, seen: i64) -> Registration {
    let watched = Watched { since: at(since), seen: at(seen) };
    let marks = Marks { agent_lost: Some(watched), ..Marks::default() };
    Registration { agent_connected: false, marks, ..registration() }
}

fn judge(view: &HostView, seconds: i64) -> Verdict {
    repair::judge(view, false, &Policy::default(), at(seconds))
}

fn in_service(registration: Registration) -> HostView {
    with(host(Lifecycle::InService), registration)
}

#[test]
fn a_lost_agent_is_remembered_where_people_see_it_and_forgotten_when_it_returns() {
    let fresh = Registration { agent_connected: false, ..registration() };
    assert_eq!(
        actions(&judge(&in_service(fresh), 0)),
        ["mark abc: agent lost since 2026-03-04T05:00:00Z"]
    );
    let back = Registration { agent_connected: true, ..lost(0, 0) };
    assert_eq!(actions(&judge(&in_service(back), 60)), ["unmark abc: agent is back"]);
}

// Checks S16.
#[test]
fn a_host_is_given_up_only_after_patience() {
    assert!(matches!(only_waits(&judge(&in_service(lost(0, 580)), 599)), Hold::AgentLost { .. }));
    let given_up = judge(&in_service(lost(0, 580)), 600);
    assert_eq!(actions(&given_up), ["mark i-0a1b2c3d unhealthy in web"]);
    // While it waits for its turn, its mark is kept alive.
    let kept = actions(&judge(&in_service(lost(0, 540)), 600));
    assert_eq!(kept[0], "mark abc: agent lost since 2026-03-04T05:00:00Z");
    assert_eq!(kept.len(), 2);
}

// Checks S16: time that nobody watched counts against no host.
#[test]
fn the_clock_starts_anew_after_a_gap_and_stands_still_while_the_breaker_is_open() {
    let anew = judge(&in_service(lost(0, 100)), 700);
    assert_eq!(actions(&anew), ["mark abc: agent lost since 2026-03-04T05:11:40Z"]);
    let frozen = repair::judge(&in_service(lost(0, 690)), true, &Policy::default(), at(700));
    assert!(matches!(only_waits(&frozen), Hold::AgentLost { .. }));
    let unmarked = Registration { agent_connected: false, ..registration() };
    let frozen = repair::judge(&in_service(unmarked), true, &Policy::default(), at(700));
    assert!(matches!(only_waits(&frozen), Hold::AgentLost { .. }));
}

// Checks S16: the table over every lifecycle state.
#[test]
fn only_a_host_in_service_is_given_up() {
    for state in LIFECYCLES {
        let view = with(host(Lifecycle::read(state)), lost(0, 99_990));
        assert_eq!(!judge(&view, 100_000).steps.is_empty(), state == "InService", "{state}");
    }
}

// Checks S16.
#[test]
fn it_is_not_given_up_when_in_doubt() {
    let stopped = HostView { machine: machine(MachineState::Stopped), ..in_service(lost(0, 890)) };
    assert!(matches!(only_waits(&judge(&stopped, 900)), Hold::NotGone { .. }));

    let mut protected = in_service(Registration { running: 1, ..lost(0, 890) });
    let mut marked = in_service(lost(0, 890));
    if let (Seen::Known(Some(one)), Seen::Known(Some(other))) =
        (&mut protected.seat, &mut marked.seat)
    {
        one.protected = true;
        other.healthy = false;
    }
    assert!(matches!(only_waits(&judge(&protected, 900)), Hold::HandsOff { .. }));
    // Also by a task that the agent left behind when it registered anew.
    let old = Registration { running: 1, ..lost(0, 890) };
    protected.registrations = Seen::Known(vec![old, lost(0, 890)]);
    assert!(matches!(only_waits(&judge(&protected, 900)), Hold::HandsOff { .. }));
    assert!(matches!(only_waits(&judge(&marked, 900)), Hold::AgentLost { .. }), "marked already");
    let bare = HostView { registrations: Seen::Known(Vec::new()), ..host(Lifecycle::InService) };
    assert_eq!(only_waits(&judge(&bare, 900)), &Hold::NotRegistered);
}

// Checks S16: protection guards the work on a host, and not an idle host without an agent.
#[test]
fn a_lost_host_is_given_up_though_it_is_protected_or_though_it_is_busy() {
    let mut idle = in_service(lost(0, 890));
    if let Seen::Known(Some(seat)) = &mut idle.seat {
        seat.protected = true;
    }
    let busy = in_service(Registration { running: 1, ..lost(0, 890) });
    for view in [idle, busy] {
        assert_eq!(actions(&judge(&view, 900)), ["mark i-0a1b2c3d unhealthy in web"]);
    }
}

#[test]
fn what_is_waited_for_says_until_when() {
    let until = |view: &HostView, seconds| match judge(view, seconds).hold {
        Some(Hold::AgentLost { until }) => Some(until),
        _ => None,
    };
    assert_eq!(until(&in_service(lost(0, 560)), 570), Some(at(600)));
    let fresh = Registration { agent_connected: false, ..registration() };
    assert_eq!(until(&in_service(fresh), 30), Some(at(630)));
}

// Checks S5.
#[test]
fn a_connected_host_that_a_person_drains_is_told_as_the_persons() {
    let drained = Registration { status: RegistrationStatus::Draining, ..registration() };
    assert_eq!(only_waits(&judge(&in_service(drained), 60)), &Hold::DrainedByHand);
}

// Checks S3: status checks that fail under a connected agent.
#[test]
fn an_impaired_host_is_given_up_only_if_it_is_idle_and_the_policy_says_so() {
    let trouble = Trouble { impaired_since: Some(at(0)), ..Trouble::default() };
    let view = troubled(host(Lifecycle::InService), false, trouble);
    assert!(matches!(only_waits(&judge(&view, 900)), Hold::Settled { .. }));
    let policy = Policy { repair_impaired: true, ..Policy::default() };
    assert_eq!(repair::judge(&view, false, &policy, at(599)).steps.len(), 0);
    assert_eq!(repair::judge(&view, false, &policy, at(600)).steps.len(), 1);
    let busy = with(view, Registration { running: 1, ..registration() });
    assert_eq!(repair::judge(&busy, false, &policy, at(900)).steps.len(), 0);
}
