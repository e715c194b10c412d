//! What counts as a launch that is late or was given up, whose takings count, and who is kept alive meanwhile.

use crate::gate::{
    NOW, choices, chosen, groups, hold, judge, lost, machine_of, named, never_joined, settled,
    taken, ten_but,
};
use crate::states::group;
use crate::{at, host, registration, with};
use domain::breaker::Open;
use domain::group::{Hook, Hooks};
use domain::host::{HostView, Lifecycle, Registration, Seen};
use domain::plan::{Hold, HookOf};
use domain::taking::{self, Taking, Way};
use domain::{Action, Policy, sweep};
use std::time::Duration;

fn in_trouble(hosts: &[HostView]) -> bool {
    let plan = judge(hosts, &[]);
    let holds = plan.groups.values().filter_map(|verdict| verdict.hold.clone());
    holds.into_iter().any(|hold| {
        matches!(hold, Hold::BreakerOpen { open: Open::TooManyFailing { failing: 3, .. } })
    })
}

fn three(make: impl Fn(u32) -> HostView) -> Vec<HostView> {
    (0..10).map(|n| if n < 3 { make(n) } else { settled(n) }).collect()
}

// Checks S13.
#[test]
fn a_launch_is_late_from_the_moment_that_patience_ends() {
    let launched = |seconds_ago| {
        three(|n| HostView { machine: machine_of(at(NOW - seconds_ago)), ..never_joined(n) })
    };
    assert!(in_trouble(&launched(600)));
    assert!(!in_trouble(&launched(599)));
}

// Checks S13.
#[test]
fn a_host_that_no_hook_of_ours_holds_or_whose_agent_is_connected_is_not_late() {
    let unheld = |n| {
        named(n, HostView { registrations: Seen::Known(Vec::new()), ..host(Lifecycle::Pending) })
    };
    assert!(!in_trouble(&three(unheld)));
    assert!(!in_trouble(&three(|n| named(n, host(Lifecycle::PendingWait)))));
    assert!(in_trouble(&three(never_joined)));
}

fn three_takings(ago: [i64; 3], way: Way) -> Vec<Taking> {
    (20..).zip(ago).map(|(id, ago)| chosen(id, ago, way)).collect()
}

fn loops(hosts: &[HostView], takings: &[Taking]) -> bool {
    let hold = hold(&judge(hosts, takings), 0);
    matches!(hold, Some(Hold::BreakerOpen { open: Open::LaunchLoop { .. } }))
}

#[test]
fn only_launches_that_were_given_up_within_the_hour_make_a_launch_loop() {
    let hosts = ten_but(1, never_joined);
    let given_up = |ago| three_takings(ago, Way::Launch);
    assert!(loops(&hosts, &given_up([1_300, 2_400, 3_599])));
    assert!(!loops(&hosts, &given_up([1_300, 2_400, 3_600])), "an hour ago");
    assert!(!loops(&hosts, &given_up([100, 110, 120])), "they may be done, or not");
    let served = three_takings([1_300, 2_400, 3_400], Way::Service);
    assert!(!loops(&hosts, &served), "they were no launches");
}

#[test]
fn only_a_host_that_joined_after_the_first_was_given_up_ends_a_launch_loop() {
    let joined = |seconds_ago| {
        let fresh = Registration { registered_at: Some(at(NOW - seconds_ago)), ..registration() };
        let mut hosts = ten_but(1, never_joined);
        hosts[9] = named(9, with(host(Lifecycle::InService), fresh));
        loops(&hosts, &three_takings([1_300, 2_400, 3_400], Way::Launch))
    };
    assert!(joined(3_400) && !joined(3_399));
}

// Checks S14.
#[test]
fn what_was_taken_from_another_group_counts_in_the_clusters_budget() {
    let other = |host: HostView| {
        let mut host = host;
        if let Seen::Known(Some(seat)) = &mut host.seat {
            seat.group = "batch".parse().unwrap();
        }
        host
    };
    let web = vec![lost(0), settled(1), settled(2), settled(3), settled(4)];
    let batch: Vec<HostView> = (10..15).map(|n| other(settled(n))).collect();
    let judged = |of_batch: &[Taking]| {
        let mut both = groups(&web, &[]);
        let mut second = group(&batch);
        second.name = "batch".parse().unwrap();
        second.tags.insert(taking::TAG.to_owned(), taking::write(of_batch));
        both.insert(second.name.clone(), second);
        let hosts: Vec<HostView> = web.iter().chain(&batch).cloned().collect();
        sweep::judge(&both, &hosts, &Policy::default(), at(NOW))
    };
    let one = [chosen(20, 600, Way::Service)];
    assert_eq!(choices(&judged(&one)).len(), 1);
    let two = [chosen(20, 600, Way::Service), chosen(21, 700, Way::Service)];
    let spent = Open::BudgetSpent { taken: 2, budget: 2 };
    assert_eq!(hold(&judged(&two), 0), Some(Hold::BreakerOpen { open: spent }));
}

// Checks S14.
#[test]
fn a_choice_keeps_what_was_taken_from_service_and_launches_that_did_not_join() {
    let hosts = ten_but(1, lost);
    let before = [chosen(7, 600, Way::Service), chosen(20, 2_400, Way::Launch)];
    let plan = judge(&hosts, &before);
    let kept = plan.steps().find_map(|step| match &step.action {
        Action::Choose { takings, .. } => Some(takings.len()),
        _ => None,
    });
    assert_eq!(kept, Some(3), "these two and the new one");
}

/// Whom a sweep asks for more time at the launch hook, whose third is five minutes.
fn kept_alive(hosts: &[HostView], takings: &[Taking], now: i64) -> usize {
    let mut groups = groups(hosts, takings);
    let launch = Hook {
        heartbeat: Duration::from_mins(15),
        in_all: Duration::from_hours(25),
        continues: false,
    };
    for group in groups.values_mut() {
        group.hooks = Some(Seen::Known(Hooks { launch: Some(launch), terminate: None }));
    }
    let plan = sweep::judge(&groups, hosts, &Policy::default(), at(now));
    assert_eq!(taken(&plan), 0);
    let asks = |action: &Action| matches!(action, Action::Heartbeat { hook: HookOf::Launch, .. });
    plan.steps().filter(|step| asks(&step.action)).count()
}

// Checks S13, L5: a time-out of the hook would give up what the breaker protects.
#[test]
fn while_the_breaker_is_open_late_launches_are_kept_alive_for_two_hours() {
    let late = ten_but(3, never_joined);
    assert_eq!(kept_alive(&late, &[], NOW), 3);
    assert_eq!(kept_alive(&late, &[], NOW + 60), 0, "once in a third of the time-out");
    // Patience, and two hours.
    assert_eq!(kept_alive(&late, &[], 7_500), 3);
    assert_eq!(kept_alive(&late, &[], 7_800), 0);
}

#[test]
fn a_launch_that_waits_for_its_turn_is_kept_alive_and_one_of_a_launch_loop_is_not() {
    let late = ten_but(1, never_joined);
    assert_eq!(kept_alive(&late, &[chosen(0, 60, Way::Launch)], NOW), 1);
    let looping = three_takings([1_300, 2_400, 3_400], Way::Launch);
    assert_eq!(kept_alive(&late, &looping, NOW), 0);
}

#[test]
fn a_host_in_service_has_no_launch_hook_to_be_kept_alive_at() {
    let spent = [chosen(7, 600, Way::Service), chosen(8, 700, Way::Service)];
    assert_eq!(kept_alive(&ten_but(1, lost), &spent, NOW), 0);
}
