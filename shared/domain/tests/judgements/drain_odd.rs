//! What a drain is not begun for, and what comes out of the warm pool or goes into it.

use crate::{actions, at, draining, host, only_waits, registration, troubled, with};
use domain::drain::{Occasion, judge};
use domain::host::{HostView, Lifecycle, Registration, Seen, Tasks, Trouble};
use domain::marks::{Leaving, Marks};
use domain::plan::{Hold, Provided, Verdict};
use domain::{Action, Policy, join};

fn event(view: &HostView) -> Verdict {
    judge(view, Occasion::Event, &Policy::default(), at(60))
}

fn marked(why: Leaving, registration: Registration) -> Registration {
    let marks = Marks { draining: Some((at(0), why)), ..registration.marks.clone() };
    Registration { marks, ..registration }
}

fn settled(lifecycle: &str) -> Hold {
    Hold::Settled { lifecycle: lifecycle.to_owned() }
}

// Checks S4.
#[test]
fn a_host_that_nothing_is_the_matter_with_stays_and_says_so() {
    assert_eq!(only_waits(&event(&host(Lifecycle::InService))), &settled("InService"));
    let standby = host(Lifecycle::read("Standby"));
    assert_eq!(only_waits(&event(&standby)), &settled("Standby"));
    let seatless = HostView { seat: Seen::Known(None), ..host(Lifecycle::InService) };
    assert_eq!(only_waits(&event(&seatless)), &Hold::NotOurs);
}

// Checks S5.
#[test]
fn a_drain_of_ours_that_may_not_be_lifted_yet_is_not_held_for_a_persons() {
    let serves = troubled(host(Lifecycle::InService), true, Trouble::default());
    let ours = with(serves, marked(Leaving::Spot, draining(&[])));
    assert_eq!(only_waits(&event(&ours)), &settled("InService"));
}

#[test]
fn a_host_that_is_launched_into_the_warm_pool_is_let_in_without_a_drain_if_it_has_no_task() {
    let newcomer = |tasks: Tasks, running| {
        let tasks = Some(Seen::Known(tasks));
        let one = Registration { tasks, running, ..registration() };
        event(&with(host(Lifecycle::WarmedPendingWait), one))
    };
    let idle = newcomer(Tasks::default(), 0);
    assert_eq!(
        actions(&idle),
        ["let i-0a1b2c3d into service in web", "let i-0a1b2c3d go from web"]
    );
    assert!(idle.steps.iter().all(|step| step.provided == Provided::StillJudgedSo));
    let busy = newcomer(Tasks::default(), 1);
    assert_eq!(actions(&busy), ["mark abc as draining (pool)", "drain abc"]);
    // Nor while an older registration of it still has some.
    let new = Registration { tasks: Some(Seen::Known(Tasks::default())), ..registration() };
    let arn = "arn:aws:ecs:us-west-2:111122223333:container-instance/prod/def".parse().unwrap();
    let old = Registration { arn, ..marked(Leaving::Pool, draining(&["service:web"])) };
    let registrations = Seen::Known(vec![new, old]);
    let both = event(&HostView { registrations, ..host(Lifecycle::WarmedPendingWait) });
    assert!(matches!(only_waits(&both), Hold::TasksLeaving { left: 1, .. }));
}

// Checks S8: what another drained is marked first, and only then does an empty look count.
#[test]
fn a_look_counts_only_of_what_is_draining_by_us_or_by_its_groups_will_and_held() {
    let empty = |lifecycle, marks: Marks| {
        let one = Registration { marks, ..draining(&[]) };
        event(&with(host(lifecycle), one))
    };
    // Unmarked and terminated: marked, with the time of this first look.
    let first = empty(Lifecycle::TerminatingWait, Marks::default());
    assert_eq!(actions(&first), ["mark abc as empty (terminate)"]);
    assert_eq!(first.hold, Some(Hold::EmptyOnce));
    // Into the pool: what another drained carries no mark of ours, and gets none.
    let by_hand = empty(Lifecycle::WarmedPendingWait, Marks::default());
    assert_eq!(actions(&by_hand).len(), 2, "{by_hand:?}");
    assert!(
        by_hand
            .steps
            .iter()
            .all(|step| matches!(step.action, Action::LetIn { .. } | Action::LetGo { .. }))
    );
    let ours = Marks { draining: Some((at(0), Leaving::Pool)), ..Marks::default() };
    assert_eq!(actions(&empty(Lifecycle::WarmedPendingWait, ours)), ["mark abc as empty (pool)"]);
    // In service nothing holds it: EC2 or the gate takes it, and no look is written.
    let taken = Trouble { taken_back: true, ..Trouble::default() };
    let spot = troubled(host(Lifecycle::InService), true, taken);
    let ours = Marks { draining: Some((at(0), Leaving::Spot)), ..Marks::default() };
    let spot = event(&with(spot, Registration { marks: ours, ..draining(&[]) }));
    assert_eq!(only_waits(&spot), &Hold::Empty);
}

#[test]
fn of_two_registrations_each_is_marked_empty_once() {
    let named = |id: &str| {
        let arn = format!("arn:aws:ecs:us-west-2:111122223333:container-instance/prod/{id}");
        Registration { arn: arn.parse().unwrap(), marks: Marks::default(), ..draining(&[]) }
    };
    let registrations = Seen::Known(vec![named("abc"), named("def")]);
    let view = HostView { registrations, ..host(Lifecycle::TerminatingWait) };
    let verdict = event(&view);
    assert_eq!(
        actions(&verdict),
        ["mark abc as empty (terminate)", "mark def as empty (terminate)"]
    );
    assert_eq!(verdict.hold, Some(Hold::EmptyOnce));
}

#[test]
fn what_is_not_held_by_a_hook_asks_for_no_more_time() {
    let taken = Trouble { taken_back: true, ..Trouble::default() };
    let spot = troubled(host(Lifecycle::InService), true, taken);
    let busy = with(spot, marked(Leaving::Spot, draining(&["service:web"])));
    let tick = judge(&busy, Occasion::Tick { hook: None }, &Policy::default(), at(60));
    assert!(matches!(only_waits(&tick), Hold::TasksLeaving { .. }));
}

// Checks S4.
#[test]
fn only_a_spot_instance_is_drained_for_a_recommendation() {
    let on_demand = troubled(host(Lifecycle::InService), false, Trouble::default());
    let follow = Policy { drain_on_rebalance: true, ..Policy::default() };
    let verdict = judge(&on_demand, Occasion::Rebalance, &follow, at(60));
    assert_eq!(only_waits(&verdict), &settled("InService"));
}

// Checks S5.
#[test]
fn what_comes_out_of_the_warm_pool_is_set_active_only_if_it_is_draining_and_connected() {
    let back = |one| {
        let view = with(host(Lifecycle::PendingWait), marked(Leaving::Pool, one));
        join::judge(&view, join::Asker::Event, &Policy::default(), at(60))
    };
    let lifted = back(draining(&[]));
    let provided: Vec<Provided> = lifted.steps.iter().map(|step| step.provided).collect();
    // The mark goes though the registration is ACTIVE by then, and would be judged otherwise.
    assert_eq!(provided, [Provided::StillJudgedSo, Provided::Always]);
    assert_eq!(lifted.hold, Some(Hold::DrainLifted));
    assert_eq!(actions(&back(registration())), ["let i-0a1b2c3d into service in web"]);
    let silent = Registration { agent_connected: false, ..draining(&[]) };
    assert!(matches!(only_waits(&back(silent)), Hold::NotJoinedYet { .. }));
}

#[test]
fn a_launch_that_is_waited_for_says_what_it_lacks() {
    let lacks = |registrations: Vec<Registration>| {
        let registrations = Seen::Known(registrations);
        let view = HostView { registrations, ..host(Lifecycle::PendingWait) };
        match only_waits(&join::judge(&view, join::Asker::Event, &Policy::default(), at(60))) {
            Hold::NotJoinedYet { missing, .. } => missing.clone(),
            other => other.to_string(),
        }
    };
    assert_eq!(lacks(Vec::new()), "no registration in its cluster");
    assert_eq!(lacks(vec![draining(&[])]), "its registration is Draining");
    let silent = Registration { agent_connected: false, ..registration() };
    assert_eq!(lacks(vec![silent]), "its agent is not connected");
}
