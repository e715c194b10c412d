use crate::{LIFECYCLES, actions, at, host, machine, only_waits, registration, throttled, with};
use domain::host::{HostView, Lifecycle, MachineState, Registration, RegistrationStatus, Seen};
use domain::join::{self, Asker};
use domain::marks::{Leaving, Marks};
use domain::plan::{Hold, Provided, Thing, Verdict};
use domain::{Policy, host::Health};

fn judge(view: &HostView, seconds: i64) -> Verdict {
    join::judge(view, Asker::Sweep, &Policy::default(), at(seconds))
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

// Checks S7.
#[test]
fn nothing_is_abandoned_by_who_does_not_see_the_crowd_and_nobody_whose_agent_is_connected() {
    let verdict = join::judge(&absent(), Asker::Event, &Policy::default(), at(900));
    assert!(matches!(only_waits(&verdict), Hold::NotJoinedYet { .. }));
    let draining = Registration { status: RegistrationStatus::Draining, ..registration() };
    let verdict = judge(&with(host(Lifecycle::PendingWait), draining), 900);
    assert!(matches!(only_waits(&verdict), Hold::NotJoinedYet { .. }));
}

// Checks S6: the group's own checks.
#[test]
fn a_host_that_lacks_what_the_policy_asks_for_waits() {
    let asks = |change: fn(&mut Policy), registration: Registration| {
        let mut policy = Policy::default();
        change(&mut policy);
        let view = with(host(Lifecycle::PendingWait), registration);
        join::judge(&view, Asker::Sweep, &policy, at(900))
    };
    let newer = |policy: &mut Policy| policy.least_agent = "1.106.0".parse().ok();
    let linux = |policy: &mut Policy| {
        policy.required_attributes = vec![("ecs.os-type".into(), Some("linux".into()))];
    };
    let any_gpu = |policy: &mut Policy| policy.required_attributes = vec![("gpu".into(), None)];
    let healthy = |policy: &mut Policy| policy.require_health = true;
    let unwell = Registration { health: Health::Unknown, ..registration() };
    for verdict in [
        asks(newer, registration()),
        asks(newer, Registration { agent_version: None, ..registration() }),
        asks(linux, registration()),
        asks(any_gpu, registration()),
        asks(healthy, unwell),
    ] {
        assert!(matches!(only_waits(&verdict), Hold::NotJoinedYet { .. }), "{verdict:?}");
    }
    let mut fit = Registration { agent_version: Some("v1.106.0".into()), ..registration() };
    fit.attributes = [("ecs.os-type", "linux"), ("gpu", "")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    for change in [newer, linux, any_gpu, healthy] {
        assert_eq!(actions(&asks(change, fit.clone())).len(), 1);
    }
}

// Checks S5: what we drained on its way into the warm pool is ours to lift when it comes out.
#[test]
fn a_host_out_of_the_warm_pool_is_set_active_and_then_verified_again() {
    let marked = |why| Registration {
        status: RegistrationStatus::Draining,
        marks: Marks { draining: Some((at(0), why)), ..Marks::default() },
        ..registration()
    };
    let verdict = judge(&with(host(Lifecycle::PendingWait), marked(Leaving::Pool)), 60);
    assert_eq!(
        actions(&verdict),
        ["set abc ACTIVE again", "unmark abc: it is not drained any more"]
    );
    let others = judge(&with(host(Lifecycle::PendingWait), marked(Leaving::Spot)), 60);
    assert!(matches!(only_waits(&others), Hold::NotJoinedYet { .. }));
}

// Checks S19.
#[test]
fn a_host_of_no_group_of_ours_is_left_alone() {
    let foreign = HostView { cluster: None, ..host(Lifecycle::PendingWait) };
    assert_eq!(only_waits(&judge(&foreign, 900)), &Hold::NotOurs);
    let seatless = HostView { seat: Seen::Known(None), ..host(Lifecycle::PendingWait) };
    assert_eq!(only_waits(&judge(&seatless, 900)), &Hold::NotOurs);
}
