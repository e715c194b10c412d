use crate::{at, draining, host, registration, with};
use domain::host::{HostView, Lifecycle, Registration, Seen};
use domain::marks::Marks;
use domain::plan::Hold;
use domain::{Action, GroupView, Policy, sweep};
use std::collections::BTreeMap;

fn cluster(hosts: &[HostView]) -> BTreeMap<domain::GroupName, GroupView> {
    let seats = hosts.iter().filter_map(|host| match &host.seat {
        Seen::Known(Some(seat)) => Some((host.instance.clone(), seat.clone())),
        Seen::Known(None) | Seen::Unknown(_) => None,
    });
    let group = GroupView {
        name: "web".parse().unwrap(),
        min: 0,
        max: 10,
        desired: 3,
        tags: BTreeMap::from([("muster:cluster".into(), "prod".into())]),
        suspended: Vec::new(),
        seats: seats.collect(),
    };
    BTreeMap::from([(group.name.clone(), group)])
}

fn named(number: u32, host: HostView) -> HostView {
    HostView { instance: format!("i-{number:08x}").parse().unwrap(), ..host }
}

fn disruptions(hosts: &[HostView], seconds: i64) -> usize {
    let plan = sweep::judge(&cluster(hosts), hosts, &Policy::default(), at(seconds));
    assert_eq!(plan.hosts.len(), hosts.len(), "every host is accounted for");
    plan.steps().filter(|step| step.action.is_disruption()).count()
}

#[test]
fn a_settled_cluster_asks_for_nothing() {
    let hosts: Vec<HostView> = (0..20).map(|n| named(n, host(Lifecycle::InService))).collect();
    let plan = sweep::judge(&cluster(&hosts), &hosts, &Policy::default(), at(0));
    assert_eq!(plan.steps().count(), 0);
    assert_eq!(plan.hosts.len(), 20);
}

#[test]
fn every_phase_gets_its_own_judgement() {
    let joins = named(1, host(Lifecycle::PendingWait));
    let leaves = named(2, with(host(Lifecycle::TerminatingWait), draining(&[])));
    let hosts = [joins, leaves];
    let plan = sweep::judge(&cluster(&hosts), &hosts, &Policy::default(), at(30));
    let actions: Vec<&Action> = plan.steps().map(|step| &step.action).collect();
    assert!(matches!(actions[..], [Action::LetIn { .. }, Action::LetGo { .. }]), "{actions:?}");
}

// Checks S13.
#[test]
fn one_bad_host_is_given_up_and_many_are_not() {
    let marks = Marks { agent_lost: Some(at(0)), ..Marks::default() };
    let lost = Registration { agent_connected: false, marks, ..registration() };
    let crowd = |bad: u32| -> Vec<HostView> {
        (0..10)
            .map(|n| {
                let one = host(Lifecycle::InService);
                named(n, if n < bad { with(one, lost.clone()) } else { one })
            })
            .collect()
    };
    assert_eq!(disruptions(&crowd(1), 900), 1);
    assert_eq!(disruptions(&crowd(2), 900), 1, "one in a sweep");
    assert_eq!(disruptions(&crowd(3), 900), 0);
    assert_eq!(disruptions(&crowd(10), 900), 0);
}

// Checks S13.
#[test]
fn a_bad_image_does_not_make_a_launch_loop() {
    let absent = |n| {
        let view = host(Lifecycle::PendingWait);
        named(n, HostView { registrations: Seen::Known(Vec::new()), ..view })
    };
    let hosts: Vec<HostView> = (0..3).map(absent).collect();
    assert_eq!(disruptions(&hosts, 900), 0);
    let plan = sweep::judge(&cluster(&hosts), &hosts, &Policy::default(), at(900));
    let open = |hold: &Option<Hold>| matches!(hold, Some(Hold::BreakerOpen { .. }));
    assert!(plan.hosts.values().all(|verdict| open(&verdict.hold)));
}

#[test]
fn judging_again_what_was_done_asks_for_nothing() {
    let began = with(host(Lifecycle::TerminatingWait), registration());
    let first =
        sweep::judge_host(&began, domain::breaker::Crowd::default(), &Policy::default(), at(60));
    assert_eq!(first.steps.len(), 2);
    let after = with(host(Lifecycle::TerminatingWait), draining(&["service:web"]));
    let again =
        sweep::judge_host(&after, domain::breaker::Crowd::default(), &Policy::default(), at(61));
    assert!(!again.steps.iter().any(|step| matches!(step.action, Action::Drain { .. })));
}
