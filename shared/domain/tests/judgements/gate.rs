//! What is taken away: chosen in one sweep, done in a later one, within the budget of group and cluster.

use crate::states::group;
use crate::{at, host, registration, throttled, with};
use domain::breaker::Open;
use domain::host::{HostView, Lifecycle, Machine, MachineState, Registration, Seen};
use domain::marks::{Marks, Watched};
use domain::plan::Hold;
use domain::taking::{self, Taking, Way};
use domain::{Action, GroupName, GroupView, Plan, Policy, sweep};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A quarter past the first hour: every host is settled.
pub(crate) const NOW: i64 = 4_500;

pub(crate) fn named(number: u32, host: HostView) -> HostView {
    HostView { instance: format!("i-{number:08x}").parse().unwrap(), ..host }
}

pub(crate) fn settled(number: u32) -> HostView {
    named(number, host(Lifecycle::InService))
}

pub(crate) fn lost(number: u32) -> HostView {
    let watched = Watched { since: at(0), seen: at(NOW - 20) };
    let marks = Marks { agent_lost: Some(watched), ..Marks::default() };
    named(
        number,
        with(
            host(Lifecycle::InService),
            Registration { agent_connected: false, marks, ..registration() },
        ),
    )
}

pub(crate) fn never_joined(number: u32) -> HostView {
    let registrations = Seen::Known(Vec::new());
    named(number, HostView { registrations, ..host(Lifecycle::PendingWait) })
}

pub(crate) fn machine_of(launched_at: Timestamp) -> Seen<Machine> {
    let state = MachineState::Running;
    Seen::Known(Machine { state, launched_at: Some(launched_at), spot: false, trouble: None })
}

pub(crate) fn chosen(number: u32, seconds_ago: i64, way: Way) -> Taking {
    Taking { at: at(NOW - seconds_ago), instance: format!("i-{number:08x}").parse().unwrap(), way }
}

pub(crate) fn groups(hosts: &[HostView], takings: &[Taking]) -> BTreeMap<GroupName, GroupView> {
    let mut group = group(hosts);
    group.tags.insert(taking::TAG.to_owned(), taking::write(takings));
    BTreeMap::from([(group.name.clone(), group)])
}

pub(crate) fn judge(hosts: &[HostView], takings: &[Taking]) -> Plan {
    sweep::judge(&groups(hosts, takings), hosts, &Policy::default(), at(NOW))
}

pub(crate) fn taken(plan: &Plan) -> usize {
    plan.steps().filter(|step| step.action.takes().is_some()).count()
}

pub(crate) fn choices(plan: &Plan) -> Vec<String> {
    let chooses = |action: &Action| matches!(action, Action::Choose { .. });
    plan.steps().filter(|step| chooses(&step.action)).map(|step| step.action.to_string()).collect()
}

pub(crate) fn hold(plan: &Plan, number: u32) -> Option<Hold> {
    let id = format!("i-{number:08x}").parse().unwrap();
    plan.hosts.get(&id).and_then(|verdict| verdict.hold.clone())
}

pub(crate) fn ten_but(bad: u32, make: fn(u32) -> HostView) -> Vec<HostView> {
    (0..10).map(|n| if n < bad { make(n) } else { settled(n) }).collect()
}

// Checks S7, S16: two looks, in two sweeps.
#[test]
fn what_is_wanted_is_first_chosen_and_done_when_the_choice_is_ripe() {
    type Make = fn(u32) -> HostView;
    let cases: [(Make, Way); 2] = [(lost, Way::Service), (never_joined, Way::Launch)];
    for (make, way) in cases {
        let hosts = ten_but(1, make);
        let first = judge(&hosts, &[]);
        assert_eq!((taken(&first), choices(&first).len()), (0, 1));
        let soon = judge(&hosts, &[chosen(0, 60, way)]);
        assert_eq!((taken(&soon), choices(&soon).len()), (0, 0));
        assert!(matches!(hold(&soon, 0), Some(Hold::Chosen { .. })));
        assert_eq!(taken(&judge(&hosts, &[chosen(0, 120, way)])), 1);
        // A choice that lapsed is made anew, and the window still counts it as the same host.
        let lapsed = judge(&hosts, &[chosen(0, 400, way)]);
        assert_eq!((taken(&lapsed), choices(&lapsed).len()), (0, 1));
        // Another's choice is not this one's.
        assert_eq!(taken(&judge(&hosts, &[chosen(5, 120, way)])), 0);
    }
}

// Checks S13.
#[test]
fn more_than_a_fifth_in_trouble_opens_the_breaker() {
    assert_eq!(choices(&judge(&ten_but(2, lost), &[])).len(), 1, "one in a sweep");
    let open = judge(&ten_but(3, lost), &[chosen(0, 120, Way::Service)]);
    assert_eq!((taken(&open), choices(&open).len()), (0, 0));
    assert!(matches!(hold(&open, 0), Some(Hold::AgentLost { .. })), "frozen: {:?}", hold(&open, 0));
    let marks = |plan: &Plan| {
        let marks = |action: &Action| matches!(action, Action::MarkBreaker { open: Some(_), .. });
        plan.steps().filter(|step| marks(&step.action)).count()
    };
    assert_eq!(marks(&open), 1, "and says so where people see it");
}

// Checks S14.
#[test]
fn the_window_is_full_after_a_fifth_or_one() {
    let hosts = ten_but(1, lost);
    let one_before = [chosen(7, 600, Way::Service)];
    assert_eq!(choices(&judge(&hosts, &one_before)).len(), 1);
    let two_before = [chosen(7, 600, Way::Service), chosen(8, 700, Way::Service)];
    let full = judge(&hosts, &two_before);
    assert_eq!(choices(&full).len(), 0);
    let spent = |hold: Option<Hold>| {
        matches!(hold, Some(Hold::BreakerOpen { open: Open::BudgetSpent { .. } }))
    };
    assert!(spent(hold(&full, 0)), "{:?}", hold(&full, 0));
    let long_ago = [chosen(7, 1_200, Way::Service), chosen(8, 1_300, Way::Service)];
    assert_eq!(choices(&judge(&hosts, &long_ago)).len(), 1);
    // Hosts that leave by anyone's doing count too.
    let mut leaving = hosts;
    leaving[8] = named(8, host(Lifecycle::TerminatingWait));
    leaving[9] = named(9, host(Lifecycle::Terminating));
    assert!(spent(hold(&judge(&leaving, &[]), 0)));
}

// Checks S14: hosts that came during the window do not widen it.
#[test]
fn young_hosts_give_no_budget() {
    let young = |n: u32| {
        let one = Registration { registered_at: Some(at(NOW - 600)), ..registration() };
        named(n, with(host(Lifecycle::InService), one))
    };
    let mut hosts: Vec<HostView> = (0..20).map(young).collect();
    hosts[0] = lost(0);
    assert_eq!(choices(&judge(&hosts, &[])).len(), 1);
    assert_eq!(choices(&judge(&hosts, &[chosen(7, 600, Way::Service)])).len(), 0);
}

// Checks S14: two groups share their cluster's budget, and every sweep agrees on whose turn it is.
#[test]
fn two_groups_of_a_cluster_share_its_budget() {
    let other = |host: HostView| {
        let mut host = host;
        if let Seen::Known(Some(seat)) = &mut host.seat {
            seat.group = "batch".parse().unwrap();
        }
        host
    };
    let web = vec![lost(0), settled(1), settled(2)];
    let batch = vec![other(lost(10)), other(settled(11)), other(settled(12))];
    let mut both = groups(&web, &[chosen(0, 120, Way::Service)]);
    let mut second = group(&batch);
    second.name = "batch".parse().unwrap();
    second.tags.insert(taking::TAG.to_owned(), taking::write(&[chosen(10, 110, Way::Service)]));
    both.insert(second.name.clone(), second);
    let hosts: Vec<HostView> = web.into_iter().chain(batch).collect();
    let policy = Policy::default();
    let plan = sweep::judge(&both, &hosts, &policy, at(NOW));
    // Two of six are lost, more than the one that is bearable: nothing at all.
    assert_eq!(taken(&plan), 0);
    let calm: Vec<HostView> = hosts.iter().cloned().chain((20..24).map(settled)).collect();
    for host in &calm[6..] {
        let web = both.get_mut(&"web".parse().unwrap()).unwrap();
        web.seats.insert(host.instance.clone(), host.seat.known().unwrap().clone().unwrap());
    }
    let plan = sweep::judge(&both, &calm, &policy, at(NOW));
    let done: Vec<String> = plan
        .steps()
        .filter(|step| step.action.takes().is_some())
        .map(|step| step.action.to_string())
        .collect();
    assert_eq!(done.len(), 2, "a fifth of ten is two: {done:?}");
}

// A bad image must not burn money.
#[test]
fn a_launch_loop_is_held_until_a_host_joins_or_an_hour_is_over() {
    let before = |ago: [i64; 3]| {
        let ids = 20..;
        ids.zip(ago).map(|(id, ago)| chosen(id, ago, Way::Launch)).collect::<Vec<_>>()
    };
    let hosts = ten_but(1, never_joined);
    let old = at(0);
    let stay = |hosts: &[HostView], takings: &[Taking]| hold(&judge(hosts, takings), 0);
    let looping = stay(&hosts, &before([1_300, 2_400, 3_400]));
    assert!(
        matches!(looping, Some(Hold::BreakerOpen { open: Open::LaunchLoop { abandoned: 3 } })),
        "{looping:?}"
    );
    let over = stay(&hosts, &before([1_300, 2_400, 3_700]));
    assert!(matches!(over, Some(Hold::Chosen { .. })), "{over:?}");
    let mut joined = hosts;
    let fresh = Registration { registered_at: Some(at(NOW - 900)), ..registration() };
    assert!(fresh.registered_at > Some(old));
    joined[9] = named(9, with(host(Lifecycle::InService), fresh));
    let over = stay(&joined, &before([1_300, 2_400, 3_400]));
    assert!(matches!(over, Some(Hold::Chosen { .. })), "{over:?}");
}

// A choice that lapsed was not carried out: its host is still held.
#[test]
fn a_host_that_was_chosen_again_and_again_is_no_launch_loop() {
    let hosts = ten_but(1, never_joined);
    let lapsed = [400, 1_300, 2_400].map(|ago| chosen(0, ago, Way::Launch));
    let hold = hold(&judge(&hosts, &lapsed), 0);
    assert!(matches!(hold, Some(Hold::Chosen { .. })), "{hold:?}");
    // One launch that was given up is one, however often it was chosen.
    let twice = [1_300, 2_000, 2_400].map(|ago| chosen(20, ago, Way::Launch));
    let hold = self::hold(&judge(&hosts, &twice), 0);
    assert!(matches!(hold, Some(Hold::Chosen { .. })), "{hold:?}");
}

// Checks L7: what joined after all was not given up, and is forgotten before it leaves for another reason.
#[test]
fn launches_that_were_chosen_and_joined_after_all_are_no_launch_loop() {
    let hosts = ten_but(1, never_joined);
    let joined: Vec<Taking> = [1_300, 2_400, 3_400]
        .into_iter()
        .zip(5..)
        .map(|(ago, id)| chosen(id, ago, Way::Launch))
        .collect();
    let plan = judge(&hosts, &joined);
    assert!(matches!(hold(&plan, 0), Some(Hold::Chosen { .. })), "{:?}", hold(&plan, 0));
    let kept = plan.steps().find_map(|step| match &step.action {
        Action::Choose { takings, .. } => Some(takings.clone()),
        _ => None,
    });
    let kept: Vec<String> = kept.unwrap().iter().map(|one| one.instance.to_string()).collect();
    assert_eq!(kept, ["i-00000000"]);
}

// Checks S13, S21: what cannot be read does not close the breaker.
#[test]
fn a_launch_of_unknown_age_counts_as_late() {
    let in_time = |number| HostView { machine: machine_of(at(NOW - 60)), ..never_joined(number) };
    let hidden = |number| HostView { machine: Seen::Unknown(throttled()), ..never_joined(number) };
    let hosts = |make: fn(u32) -> HostView, other: &dyn Fn(u32) -> HostView| {
        let few = (1..4).map(other);
        std::iter::once(make(0)).chain(few).chain((4..10).map(settled)).collect::<Vec<_>>()
    };
    let open = |hosts: &[HostView]| {
        matches!(
            hold(&judge(hosts, &[]), 0),
            Some(Hold::BreakerOpen { open: Open::TooManyFailing { .. } })
        )
    };
    assert!(!open(&hosts(never_joined, &in_time)));
    assert!(open(&hosts(never_joined, &hidden)));
    assert!(open(&hosts(never_joined, &never_joined)));
}

// Checks S15: a group's only host.
#[test]
fn a_lone_host_is_given_up_only_if_the_policy_says_so() {
    let hosts = [lost(0)];
    assert_eq!(choices(&judge(&hosts, &[])).len(), 0);
    let policy = Policy { repair_lone_host: true, ..Policy::default() };
    let plan = sweep::judge(&groups(&hosts, &[]), &hosts, &policy, at(NOW));
    assert_eq!(choices(&plan).len(), 1);
}

// Checks L7: it closes by itself, and says so.
#[test]
fn a_breaker_whose_cause_is_gone_is_unmarked() {
    let hosts = ten_but(0, lost);
    let mut groups = groups(&hosts, &[]);
    for group in groups.values_mut() {
        let tag = domain::group::BREAKER_TAG.to_owned();
        group.tags.insert(tag, "2026-03-04T05:00:00Z too-many-failing".to_owned());
    }
    let plan = sweep::judge(&groups, &hosts, &Policy::default(), at(NOW));
    let told: Vec<String> = plan.steps().map(|step| step.action.to_string()).collect();
    assert_eq!(told, ["unmark web: its breaker is closed"]);
}
