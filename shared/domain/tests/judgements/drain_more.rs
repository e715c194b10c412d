//! Drains that are more than a terminate hook: Spot, plans of EC2's, warm pools, standalone tasks, stuck services.

use crate::{
    actions, at, does, draining, host, machine, only_waits, registration, throttled, troubled, with,
};
use domain::drain::{Occasion, heartbeat_is_due, judge};
use domain::group::Hook;
use domain::host::{
    HostView, Lifecycle, MachineState, Maintenance, Registration, Scheduled, Seen, ServiceView,
    Trouble,
};
use domain::marks::{Leaving, Marks};
use domain::plan::{Hold, Provided, Verdict};
use domain::{Action, Policy};
use jiff::SignedDuration;
use std::time::Duration;

const TICK: Occasion = Occasion::Tick { hook: None };

fn tick(view: &HostView, seconds: i64) -> Verdict {
    judge(view, TICK, &Policy::default(), at(seconds))
}

fn marked(why: Leaving, since: i64, registration: Registration) -> Registration {
    let marks = Marks { draining: Some((at(since), why)), ..registration.marks.clone() };
    Registration { marks, ..registration }
}

fn planned(kind: Maintenance, in_seconds: i64) -> Trouble {
    let not_before = Some(at(in_seconds));
    Trouble { scheduled: Some(Scheduled { kind, not_before }), ..Trouble::default() }
}

// Checks S4: EC2's own mark, and on a Spot instance.
#[test]
fn a_spot_host_is_drained_when_ec2_has_marked_it_and_not_for_a_word() {
    let taken = Trouble { taken_back: true, ..Trouble::default() };
    let serves = || host(Lifecycle::InService);
    let event = |view: &HostView| judge(view, Occasion::Event, &Policy::default(), at(60));
    let warned = event(&troubled(serves(), true, taken.clone()));
    assert_eq!(actions(&warned), ["mark abc as draining (spot)", "drain abc"]);
    assert!(event(&troubled(serves(), true, Trouble::default())).steps.is_empty());
    assert!(event(&troubled(serves(), false, taken.clone())).steps.is_empty());
    assert!(event(&serves()).steps.is_empty(), "not asked is no reason");

    let empty = with(troubled(serves(), true, taken), marked(Leaving::Spot, 60, draining(&[])));
    assert_eq!(only_waits(&event(&empty)), &Hold::Empty);
}

// Checks S4.
#[test]
fn a_recommendation_is_followed_only_if_the_policy_says_so_and_ends_in_a_replacement() {
    let view = troubled(host(Lifecycle::InService), true, Trouble::default());
    let follow = Policy { drain_on_rebalance: true, ..Policy::default() };
    let asked = |policy: &Policy| judge(&view, Occasion::Rebalance, policy, at(60));
    assert!(asked(&Policy::default()).steps.is_empty());
    assert_eq!(actions(&asked(&follow)), ["mark abc as draining (rebalance)", "drain abc"]);
    let empty = with(view.clone(), marked(Leaving::Rebalance, 0, draining(&[])));
    assert_eq!(actions(&judge(&empty, TICK, &follow, at(900))), ["replace i-0a1b2c3d in web"]);
}

#[test]
fn a_plan_of_ec2s_is_begun_a_day_ahead_by_the_sweep_and_an_hour_ahead_by_anyone() {
    let serves = |in_seconds| {
        troubled(host(Lifecycle::InService), false, planned(Maintenance::Retirement, in_seconds))
    };
    let event = |view: &HostView| judge(view, Occasion::Event, &Policy::default(), at(0));
    assert!(tick(&serves(90_000), 0).steps.is_empty(), "more than a day ahead");
    assert_eq!(actions(&tick(&serves(80_000), 0)).len(), 2);
    assert_eq!(only_waits(&event(&serves(80_000))), &Hold::InLine);
    assert_eq!(actions(&event(&serves(3_000))).len(), 2);

    let empty = |kind, why| {
        let view = troubled(host(Lifecycle::InService), false, planned(kind, 3_000));
        tick(&with(view, marked(why, 0, draining(&[]))), 60)
    };
    let retired = empty(Maintenance::Retirement, Leaving::Retirement);
    assert_eq!(actions(&retired), ["replace i-0a1b2c3d in web"]);
    assert_eq!(only_waits(&empty(Maintenance::Reboot, Leaving::Reboot)), &Hold::Empty);
}

// Checks S5, L4.
#[test]
fn our_drain_is_lifted_when_its_reason_is_gone_and_not_when_it_is_not_seen() {
    let serves = troubled(host(Lifecycle::InService), true, Trouble::default());
    let view = with(serves, marked(Leaving::Spot, 0, draining(&[])));
    assert!(tick(&view, 599).steps.is_empty(), "too fresh: a read may lag behind");
    let lifted = tick(&view, 600);
    assert_eq!(
        actions(&lifted),
        ["set abc ACTIVE again", "unmark abc: it is not drained any more"]
    );
    // The model checker's finding: a new mark that another sweep has written meanwhile would be taken away.
    assert!(lifted.steps.iter().all(|step| step.provided == Provided::StillJudgedSo));
    let unasked = HostView { machine: machine(MachineState::Running), ..view.clone() };
    assert!(tick(&unasked, 900).steps.is_empty());
    let leaving = HostView { seat: host(Lifecycle::TerminatingWait).seat, ..view };
    assert!(!does(&tick(&leaving, 900), |it| matches!(it, Action::Activate { .. })));
}

// Checks S4: the model checker's finding. A sweep that saw a plan which was called off meanwhile wrote its mark and no more.
#[test]
fn a_mark_alone_is_no_reason_to_set_a_host_draining() {
    let active = with(host(Lifecycle::InService), marked(Leaving::Reboot, 0, registration()));
    let throttled = HostView { machine: Seen::Unknown(throttled()), ..active.clone() };
    for view in [&active, &throttled] {
        for occasion in [Occasion::Event, TICK] {
            let verdict = judge(view, occasion, &Policy::default(), at(60));
            assert!(verdict.steps.is_empty(), "{occasion:?}: {verdict:?}");
        }
    }
    let planned = troubled(active, false, planned(Maintenance::Reboot, 3_000));
    // The model checker's finding, too: another sweep that saw no plan may be about to take the old mark away.
    let steps = tick(&planned, 60).steps;
    assert!(matches!(steps[0].action, Action::MarkDraining { since, .. } if since == at(60)));
    assert!(matches!(steps[1].action, Action::Drain { .. }));
    assert_eq!(steps[1].provided, Provided::StillJudgedSo);
}

// Checks S8.
#[test]
fn a_host_on_which_nothing_runs_may_go_and_a_young_one_may_still_register() {
    let busy = with(host(Lifecycle::TerminatingWait), draining(&["service:web"]));
    let off = |state| tick(&HostView { machine: machine(state), ..busy.clone() }, 900);
    for state in [MachineState::Stopped, MachineState::ShuttingDown, MachineState::Terminated] {
        assert_eq!(actions(&off(state)), ["let i-0a1b2c3d go from web"]);
    }
    assert!(!does(&off(MachineState::Stopping), |it| matches!(it, Action::LetGo { .. })));
    let absent =
        HostView { registrations: Seen::Known(Vec::new()), ..host(Lifecycle::TerminatingWait) };
    assert!(matches!(only_waits(&tick(&absent, 299)), Hold::MayRegister { .. }));
    assert_eq!(actions(&tick(&absent, 300)), ["let i-0a1b2c3d go from web"]);
}

#[test]
fn standalone_tasks_wait_or_are_stopped_after_their_grace() {
    let tasks = marked(Leaving::Terminate, 0, draining(&["family:batch", "service:web"]));
    let view = with(host(Lifecycle::TerminatingWait), tasks);
    let stops = |policy: &Policy, seconds| {
        let verdict = judge(&view, Occasion::Event, policy, at(seconds));
        verdict.steps.iter().filter(|it| matches!(it.action, Action::StopTask { .. })).count()
    };
    let grace = Policy { standalone_grace: Some(Duration::from_mins(5)), ..Policy::default() };
    assert_eq!(stops(&Policy::default(), 3_000), 0);
    assert_eq!((stops(&grace, 299), stops(&grace, 300)), (0, 1));
}

#[test]
fn a_service_that_cannot_move_its_tasks_is_named() {
    let service = |least, most| ServiceView {
        name: "web".into(),
        min_healthy_percent: least,
        max_percent: most,
        desired: 4,
        running: 4,
    };
    let mut one = marked(Leaving::Terminate, 0, draining(&["service:web"]));
    if let Some(Seen::Known(tasks)) = &mut one.tasks {
        tasks.services = vec![service(100, 100)];
    }
    let verdict = tick(&with(host(Lifecycle::TerminatingWait), one), 600);
    let told = verdict.hold.map(|hold| hold.to_string()).unwrap_or_default();
    assert!(told.contains("service web keeps at least 100 % and at most 100 % of 4"), "{told}");
    for (least, most) in [(50, 100), (100, 200), (0, 100)] {
        assert_eq!(service(least, most).stuck(), None, "{least} {most}");
    }
}

// Checks S12.
#[test]
fn heartbeats_follow_the_hooks_time_out_and_end_where_nothing_moves() {
    let hook = |heartbeat, in_all| Hook {
        heartbeat: Duration::from_secs(heartbeat),
        in_all: Duration::from_secs(in_all),
        continues: true,
    };
    let due =
        |seconds| heartbeat_is_due(SignedDuration::from_secs(seconds), Some(hook(3_600, 172_800)));
    let beats: Vec<i64> = (0..60).map(|minute| minute * 60).filter(|it| due(*it)).collect();
    assert_eq!(beats, [0, 1_200, 2_400]);
    assert!(heartbeat_is_due(SignedDuration::from_secs(77), Some(hook(120, 12_000))));

    let tasks = marked(Leaving::Terminate, 0, draining(&["service:web"]));
    let view = with(host(Lifecycle::TerminatingWait), tasks.clone());
    let long = Policy { drain_patience: Duration::from_hours(5), ..Policy::default() };
    let beats = |view: &HostView, hook: Hook, seconds| {
        let verdict = judge(view, Occasion::Tick { hook: Some(hook) }, &long, at(seconds));
        does(&verdict, |it| matches!(it, Action::Heartbeat { .. }))
    };
    assert!(beats(&view, hook(300, 30_000), 1_700));
    assert!(!beats(&view, hook(300, 30_000), 1_800), "no task of a service moved for half an hour");
    assert!(!beats(&view, hook(30, 1_500), 1_600), "beyond AWS's own limit");
    let mut batch = marked(Leaving::Terminate, 0, draining(&["family:batch"]));
    batch.running = 1;
    let batch = with(host(Lifecycle::TerminatingWait), batch);
    assert!(beats(&batch, hook(300, 30_000), 9_000), "a standalone task moves by running");
}

// Checks S5: what others drained is marked only when its group terminates it, so that it is known since when.
#[test]
fn anothers_drain_is_marked_when_the_host_leaves_and_never_before() {
    let by_hand = draining(&["service:web"]);
    let leaves = tick(&with(host(Lifecycle::TerminatingWait), by_hand.clone()), 60);
    assert!(does(&leaves, |it| matches!(it, Action::MarkDraining { .. })));
    let taken = Trouble { taken_back: true, ..Trouble::default() };
    let spot = troubled(with(host(Lifecycle::InService), by_hand), true, taken);
    assert!(!does(&tick(&spot, 60), |it| matches!(it, Action::MarkDraining { .. })));
}

// Checks S12: the simulation found it, in one world of ten thousand.
#[test]
fn a_terminating_host_that_somebody_made_active_again_keeps_the_mark_that_its_patience_runs_from() {
    let busy = Registration { running: 1, ..marked(Leaving::Terminate, -60, registration()) };
    assert_eq!(actions(&tick(&with(host(Lifecycle::TerminatingWait), busy), 0)), ["drain abc"]);
}
