//! Whose turn it is in a sweep, and what an event leaves to it.

use crate::states::group;
use crate::{actions, at, host, troubled, with};
use domain::breaker::Open;
use domain::group::BREAKER_TAG;
use domain::host::{HostView, Lifecycle, Maintenance, Registration, Scheduled, Trouble};
use domain::marks::{Leaving, Marks};
use domain::plan::{Hold, HookOf, Provided, Step, Verdict};
use domain::taking::{Taking, Way};
use domain::{Action, Phase, Plan, Policy, sweep};
use std::collections::BTreeMap;

const HOUR: i64 = 3_600;

fn named(number: u32, host: HostView) -> HostView {
    HostView { instance: format!("i-{number:08x}").parse().unwrap(), ..host }
}

fn planned(kind: Maintenance, hours: i64) -> Trouble {
    let not_before = Some(at(hours * HOUR));
    Trouble { scheduled: Some(Scheduled { kind, not_before }), ..Trouble::default() }
}

fn retired(number: u32, hours: i64) -> HostView {
    let plan = planned(Maintenance::Retirement, hours);
    named(number, troubled(host(Lifecycle::InService), false, plan))
}

fn sweep(hosts: &[HostView]) -> Plan {
    let group = group(hosts);
    let groups = BTreeMap::from([(group.name.clone(), group)]);
    sweep::judge(&groups, hosts, &Policy::default(), at(0))
}

fn told(plan: &Plan) -> Vec<String> {
    plan.steps().map(|step| step.action.to_string()).collect()
}

// Checks S4, L4: a lost warning costs a minute.
#[test]
fn the_sweep_drains_what_spot_takes_back_and_what_ec2_retires_within_a_day() {
    let taken = Trouble { taken_back: true, ..Trouble::default() };
    let spot = troubled(host(Lifecycle::InService), true, taken);
    assert_eq!(told(&sweep(&[spot])), ["mark abc as draining (spot)", "drain abc"]);
    for (hours, drained) in [(24, true), (25, false)] {
        assert_eq!(told(&sweep(&[retired(0, hours)])).is_empty(), !drained, "{hours} h ahead");
    }
    let at_any_time = Trouble {
        scheduled: Some(Scheduled { kind: Maintenance::Reboot, not_before: None }),
        ..Trouble::default()
    };
    let reboots = troubled(host(Lifecycle::InService), false, at_any_time);
    assert_eq!(told(&sweep(&[reboots])).len(), 2);
}

// Checks S1: a machine that is gone has no agent to wait for.
#[test]
fn the_sweep_strikes_off_a_host_in_service_whose_machine_is_gone() {
    let ghost = Registration { agent_connected: false, ..crate::registration() };
    let mut host = with(host(Lifecycle::InService), ghost);
    host.machine = crate::machine(domain::host::MachineState::Terminated);
    let plan = sweep(std::slice::from_ref(&host));
    assert_eq!(actions(&plan.hosts[&host.instance]), ["deregister abc (force)"]);
}

#[test]
fn hosts_that_ec2_retires_leave_one_at_a_time_unless_it_is_urgent() {
    let later = sweep(&[retired(1, 20), retired(2, 20), retired(3, 20)]);
    assert_eq!(told(&later).len(), 2, "one is marked and drained: {:?}", told(&later));
    let waits =
        |plan: &Plan| plan.hosts.values().filter(|it| it.hold == Some(Hold::InLine)).count();
    assert_eq!(waits(&later), 2);
    let soon = sweep(&[retired(1, 1), retired(2, 1), retired(3, 1)]);
    assert_eq!((told(&soon).len(), waits(&soon)), (6, 0));
    let both = sweep(&[retired(1, 2), retired(2, 1)]);
    assert_eq!((told(&both).len(), waits(&both)), (4, 0), "the urgent one does not wait");
}

#[test]
fn a_retirement_waits_for_the_one_that_is_drained_already_and_that_one_goes_on() {
    let marks = Marks { draining: Some((at(-60), Leaving::Retirement)), ..Marks::default() };
    let begun = Registration { marks, ..crate::registration() };
    let plan = sweep(&[retired(1, 20), with(retired(2, 20), begun)]);
    assert_eq!(told(&plan), ["mark abc as draining (retirement)", "drain abc"]);
    let spot = Registration {
        marks: Marks { draining: Some((at(-60), Leaving::Spot)), ..Marks::default() },
        ..crate::registration()
    };
    let other = with(named(2, host(Lifecycle::InService)), spot);
    let plan = sweep(&[retired(1, 20), other]);
    assert!(told(&plan).contains(&"mark abc as draining (retirement)".to_owned()));
}

#[test]
fn a_breaker_is_marked_when_it_opens_and_again_only_for_another_reason() {
    let lost = |number| {
        let one = Registration { agent_connected: false, ..crate::registration() };
        named(number, with(host(Lifecycle::InService), one))
    };
    let hosts: Vec<HostView> = (0..10)
        .map(|n| if n < 3 { lost(n) } else { named(n, host(Lifecycle::InService)) })
        .collect();
    let mark = |tag: Option<&str>| {
        let mut group = group(&hosts);
        group.tags.extend(tag.map(|tag| (BREAKER_TAG.to_owned(), tag.to_owned())));
        let groups = BTreeMap::from([(group.name.clone(), group.clone())]);
        let plan = sweep::judge(&groups, &hosts, &Policy::default(), at(60));
        let verdict = plan.groups[&group.name].clone();
        let open = Open::TooManyFailing { failing: 3, hosts: 10 };
        assert_eq!(verdict.hold, Some(Hold::BreakerOpen { open }));
        actions(&verdict)
    };
    let marked = ["mark web: nothing is taken from it (too-many-failing)"];
    assert_eq!(mark(None), marked);
    assert_eq!(mark(Some("2026-03-04T05:00:00Z launch-loop")), marked);
    assert_eq!(mark(Some("2026-03-04T05:00:00Z too-many-failing")), [""; 0]);
}

// Checks S13: an event about one host does not see the crowd.
#[test]
fn what_takes_a_host_away_is_left_to_the_sweep_and_the_rest_is_not() {
    let (group, instance) = ("web".parse().unwrap(), "i-0a1b2c3d".parse().unwrap());
    let step = |action| Step { action, because: String::new(), provided: Provided::Always };
    let taken = step(Action::MarkUnhealthy { group, instance });
    let (group, instance) = ("web".parse().unwrap(), "i-0a1b2c3d".parse().unwrap());
    let kept = step(Action::Heartbeat { group, instance, hook: HookOf::Launch });
    let hold = Some(Hold::Empty);
    let verdict = |steps| Verdict { phase: Some(Phase::Active), steps, hold: hold.clone() };
    let left = sweep::but_for_the_sweep(verdict(vec![taken, kept.clone()]));
    assert_eq!((left.steps, left.hold), (vec![kept.clone()], Some(Hold::InLine)));
    let whole = verdict(vec![kept]);
    assert_eq!(sweep::but_for_the_sweep(whole.clone()), whole);
}

#[test]
fn only_the_same_action_is_judged_so_still() {
    let instance: domain::InstanceId = "i-0a1b2c3d".parse().unwrap();
    let takings = vec![Taking { at: at(60), instance: instance.clone(), way: Way::Service }];
    let choice = Action::Choose { group: "web".parse().unwrap(), instance, takings };
    let fresh = Verdict::act(Phase::Active, choice.clone(), "x");
    assert!(sweep::still_judged_so(&choice, &fresh));
    let (group, instance) = ("web".parse().unwrap(), "i-0a1b2c3d".parse().unwrap());
    let let_go = Action::LetGo { group, instance };
    assert!(!sweep::still_judged_so(&let_go, &fresh));
    assert!(sweep::still_judged_so(&let_go, &Verdict::act(Phase::Drained, let_go.clone(), "x")));
}
