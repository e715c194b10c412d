use crate::states::group;
use crate::{at, draining, host, registration, with};
use domain::group::{Hook, Hooks};
use domain::host::{HostView, Lifecycle, Registration, Seen};
use domain::{Action, GroupView, Policy, sweep};
use std::collections::BTreeMap;
use std::time::Duration;

fn cluster(hosts: &[HostView]) -> BTreeMap<domain::GroupName, GroupView> {
    let group = group(hosts);
    BTreeMap::from([(group.name.clone(), group)])
}

fn named(number: u32, host: HostView) -> HostView {
    HostView { instance: format!("i-{number:08x}").parse().unwrap(), ..host }
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

#[test]
fn judging_again_what_was_done_asks_for_nothing() {
    let judged = |registration, seconds| {
        let hosts = [with(host(Lifecycle::TerminatingWait), registration)];
        let plan = sweep::judge(&cluster(&hosts), &hosts, &Policy::default(), at(seconds));
        plan.steps().map(|step| step.action.clone()).collect::<Vec<Action>>()
    };
    assert_eq!(judged(registration(), 60).len(), 2);
    let after = judged(draining(&["service:web"]), 61);
    assert!(!after.iter().any(|action| matches!(action, Action::Drain { .. })));
}

// Checks L9.
#[test]
fn a_sweep_begins_with_what_hooks_hold_and_with_another_host_each_minute() {
    let mut hosts: Vec<HostView> = (0..10).map(|n| named(n, host(Lifecycle::InService))).collect();
    hosts[7] = named(7, host(Lifecycle::PendingWait));
    let order = |minute: i64| -> Vec<String> {
        let order = sweep::in_order(&hosts, at(minute * 60));
        order.into_iter().map(ToString::to_string).collect()
    };
    let (first, then) = (order(0), order(1));
    assert_eq!(
        (first.len(), &first[0], &then[0]),
        (10, &"i-00000007".into(), &"i-00000007".into())
    );
    assert_ne!(first[1], then[1]);
    let beginnings: std::collections::BTreeSet<String> =
        (0..9).map(|it| order(it)[1].clone()).collect();
    assert_eq!(beginnings.len(), 9, "after as many minutes each was once the first");
}

#[test]
fn a_second_look_knows_the_same_change_by_its_words_and_a_choice_by_its_all() {
    let hosts = [with(host(Lifecycle::TerminatingWait), registration())];
    let judged = |seconds| {
        sweep::judge(&cluster(&hosts), &hosts, &Policy::default(), at(seconds)).hosts
            [&hosts[0].instance]
            .clone()
    };
    let (first, later) = (judged(60), judged(90));
    assert_ne!(first.steps[0].action, later.steps[0].action, "the mark carries another time");
    assert!(first.steps.iter().all(|step| sweep::still_judged_so(&step.action, &later)));
    let choose = |seconds| Action::Choose {
        group: "web".parse().unwrap(),
        instance: hosts[0].instance.clone(),
        takings: vec![domain::taking::Taking {
            at: at(seconds),
            instance: hosts[0].instance.clone(),
            way: domain::taking::Way::Service,
        }],
    };
    let fresh = domain::plan::Verdict::act(domain::Phase::Active, choose(90), "x");
    assert!(!sweep::still_judged_so(&choose(60), &fresh));
}

// Checks L5, S12.
#[test]
fn a_launch_hook_is_kept_alive_until_patience_ends_and_not_for_ever() {
    let policy = Policy { require_health: true, ..Policy::default() };
    let unwell = Registration { health: domain::host::Health::Unknown, ..registration() };
    let hosts = [with(host(Lifecycle::PendingWait), unwell)];
    let mut groups = cluster(&hosts);
    let launch = Hook {
        heartbeat: Duration::from_mins(5),
        in_all: Duration::from_hours(8),
        continues: false,
    };
    for group in groups.values_mut() {
        group.hooks = Some(Seen::Known(Hooks { launch: Some(launch), terminate: None }));
    }
    let asks = |minute: i64| {
        let plan = sweep::judge(&groups, &hosts, &policy, at(minute * 60));
        plan.steps().any(|step| matches!(step.action, Action::Heartbeat { .. }))
    };
    let patience = i64::try_from(policy.join_patience.as_secs() / 60).unwrap();
    assert!((1..patience).any(asks), "else it would time out before patience does");
    assert!(!(patience..600).any(asks), "what it lacks does not come any more");
}
