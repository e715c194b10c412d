use crate::{
    LIFECYCLES, actions, at, does, draining, host, machine, only_waits, registration, throttled,
    with,
};
use domain::drain::{Occasion, judge};
use domain::group::Hook;
use domain::host::{HostView, Lifecycle, MachineState, Registration, RegistrationStatus, Seen};
use domain::marks::{Leaving, Marks, Watched};
use domain::plan::{Hold, Provided, Thing, Verdict};
use domain::{Action, Policy};
use std::time::Duration;

const TICK: Occasion = Occasion::Tick { hook: None };

fn event(view: &HostView) -> Verdict {
    judge(view, Occasion::Event, &Policy::default(), at(60))
}

fn leaving(registration: Registration) -> HostView {
    with(host(Lifecycle::TerminatingWait), registration)
}

fn marked(why: Leaving, since: i64, registration: Registration) -> Registration {
    let marks = Marks { draining: Some((at(since), why)), ..registration.marks.clone() };
    Registration { marks, ..registration }
}

// Checks S4.
#[test]
fn a_host_that_its_group_terminates_is_marked_and_drained() {
    let verdict = event(&leaving(registration()));
    assert_eq!(actions(&verdict), ["mark abc as draining (terminate)", "drain abc"]);
    assert_eq!(verdict.hold, Some(Hold::DrainBegun));
}

// Checks S4: the table over every lifecycle state.
#[test]
fn nothing_else_is_drained_or_let_go() {
    for state in LIFECYCLES {
        let verdict = event(&host(Lifecycle::read(state)));
        let held = ["Terminating:Wait", "Warmed:Terminating:Wait"].contains(&state);
        // On its way into the warm pool it needs its tasks read first.
        assert_eq!(!verdict.steps.is_empty(), held || state == "Warmed:Pending:Wait", "{state}");
    }
}

// Checks S8.
#[test]
fn an_empty_host_is_let_go_after_a_second_look() {
    let verdict = event(&leaving(draining(&[])));
    let end = actions(&verdict).pop();
    assert_eq!(end.as_deref(), Some("let i-0a1b2c3d go from web"));
    assert_eq!(verdict.steps[verdict.steps.len() - 1].provided, Provided::StillJudgedSo);
}

// Checks S8: a task that is told to stop goes from one list to the other, and one look may miss it in both.
#[test]
fn one_look_without_tasks_is_not_enough() {
    let seen = |empty: Option<i64>| {
        let marks = Marks { empty: empty.map(at), ..Marks::default() };
        leaving(marked(Leaving::Terminate, 0, Registration { marks, ..draining(&[]) }))
    };
    let judged = |empty, now| judge(&seen(empty), Occasion::Event, &Policy::default(), at(now));
    let first = judged(None, 60);
    assert_eq!(actions(&first), ["mark abc as empty (terminate)"]);
    assert_eq!(first.hold, Some(Hold::EmptyOnce));
    let mark = first.steps[0].action.clone();
    assert!(
        matches!(mark, Action::MarkDraining { since, empty: Some(it), .. } if since == at(0) && it == at(60))
    );
    assert_eq!(only_waits(&judged(Some(60), 65)), &Hold::EmptyOnce);
    assert_eq!(actions(&judged(Some(60), 70)), ["let i-0a1b2c3d go from web"]);
    // A task that shows again takes the mark away, so that the next empty look is a first one.
    let marks = Marks { empty: Some(at(60)), ..Marks::default() };
    let again = Registration { marks, ..draining(&["service:web"]) };
    let verdict = event(&leaving(marked(Leaving::Terminate, 0, again)));
    assert_eq!(actions(&verdict), ["mark abc as draining (terminate)"]);
    // Whatever EC2 says does not run any more has no tasks to cut.
    let mut stopped = seen(None);
    stopped.machine = machine(MachineState::Stopped);
    assert_eq!(actions(&event(&stopped)), ["let i-0a1b2c3d go from web"]);
}

// Checks S8.
#[test]
fn a_task_of_any_kind_holds_it() {
    let busy = draining(&["service:web", "service:web", "family:batch"]);
    let verdict = event(&leaving(marked(Leaving::Terminate, 0, busy)));
    let groups = vec!["service:web".to_owned(), "family:batch".to_owned()];
    assert_eq!(only_waits(&verdict), &Hold::TasksLeaving { left: 3, groups, stuck: Vec::new() });
    // Counted but not listed: two reads of a changing thing.
    let marks = Marks::default();
    let pending = Registration { pending: 1, marks, ..draining(&[]) };
    assert!(matches!(
        only_waits(&event(&leaving(marked(Leaving::Terminate, 0, pending)))),
        Hold::TasksLeaving { left: 1, .. }
    ));
    // Listed but not counted: told to stop, and still stopping.
    let stopping = Registration { running: 0, ..draining(&["service:web"]) };
    assert!(matches!(
        only_waits(&event(&leaving(marked(Leaving::Terminate, 0, stopping)))),
        Hold::TasksLeaving { left: 1, .. }
    ));
}

// Checks S8, S21.
#[test]
fn what_cannot_be_read_is_never_empty() {
    let hidden = Registration { tasks: Some(Seen::Unknown(throttled())), ..draining(&[]) };
    let unasked = Registration { tasks: None, ..draining(&[]) };
    let drained = |one| leaving(marked(Leaving::Terminate, 0, one));
    let verdict = event(&drained(hidden.clone()));
    assert!(matches!(only_waits(&verdict), Hold::Unreadable { what: Thing::Tasks, .. }));
    assert_eq!(only_waits(&event(&drained(unasked.clone()))), &Hold::InLine);
    // The hook does not time out meanwhile, which would cut what runs; but not without end, and not unmarked.
    let hook = Hook {
        heartbeat: Duration::from_mins(5),
        in_all: Duration::from_hours(5),
        continues: true,
    };
    let tick = |view: &HostView, now| {
        judge(view, Occasion::Tick { hook: Some(hook) }, &Policy::default(), at(now))
    };
    for one in [hidden, unasked] {
        let asks = tick(&drained(one.clone()), 300);
        assert!(matches!(asks.steps[0].action, Action::Heartbeat { .. }), "{asks:?}");
        only_waits(&tick(&drained(one.clone()), 3_600));
        let other = marked(Leaving::Spot, 0, one);
        let unmarked = Registration { marks: Marks::default(), ..other };
        assert!(
            tick(&leaving(unmarked), 300)
                .steps
                .iter()
                .all(|step| { !matches!(step.action, Action::Heartbeat { .. }) })
        );
    }
    let blind =
        HostView { registrations: Seen::Unknown(throttled()), ..host(Lifecycle::TerminatingWait) };
    assert!(matches!(only_waits(&event(&blind)), Hold::Unreadable { .. }));
}

// Checks S8: EC2 forgets a terminated machine; what it does not find once may be there.
#[test]
fn a_machine_that_is_missing_for_long_has_no_tasks_left() {
    let missing = |seconds: Option<i64>| {
        let not_found = seconds.map(|it| Watched { since: at(60 - it), seen: at(30) });
        let one = marked(Leaving::Terminate, 0, draining(&["family:batch"]));
        let marks = Marks { not_found, ..one.marks.clone() };
        let mut view = leaving(Registration { marks, ..one });
        view.machine = machine(MachineState::NotFound);
        event(&view)
    };
    assert_eq!(actions(&missing(Some(300))), ["let i-0a1b2c3d go from web"]);
    assert!(matches!(only_waits(&missing(Some(290))), Hold::TasksLeaving { .. }));
    let told = actions(&missing(None));
    assert!(told.len() == 1 && told[0].starts_with("mark abc: EC2 does not find it"), "{told:?}");
}

// Checks S8.
#[test]
fn a_registration_in_an_unknown_state_is_not_drained() {
    let odd =
        Registration { status: RegistrationStatus::Other("DEREGISTERING".into()), ..draining(&[]) };
    assert!(matches!(only_waits(&event(&leaving(odd))), Hold::NotGone { .. }));
}

#[test]
fn a_host_that_never_registered_or_is_gone_may_go() {
    let unregistered =
        HostView { registrations: Seen::Known(Vec::new()), ..host(Lifecycle::TerminatingWait) };
    let gone = HostView {
        machine: machine(MachineState::Terminated),
        ..leaving(draining(&["service:web"]))
    };
    for view in [unregistered, gone] {
        let verdict = judge(&view, Occasion::Event, &Policy::default(), at(900));
        assert_eq!(actions(&verdict), ["let i-0a1b2c3d go from web"]);
    }
}

#[test]
fn only_the_clock_asks_for_more_time() {
    let view = leaving(marked(Leaving::Terminate, 0, draining(&["service:web"])));
    assert!(event(&view).steps.is_empty());
    let verdict = judge(&view, TICK, &Policy::default(), at(60));
    assert_eq!(actions(&verdict), ["ask for more time for i-0a1b2c3d"]);
}

// Checks S12.
#[test]
fn beyond_patience_no_more_time_is_asked_for() {
    let view = leaving(marked(Leaving::Terminate, 0, draining(&["family:batch"])));
    let last = judge(&view, TICK, &Policy::default(), at(3_599));
    assert!(!last.steps.is_empty());
    let over = judge(&view, TICK, &Policy::default(), at(3_600));
    assert_eq!(only_waits(&over), &Hold::OutOfPatience { left: 1, stuck: Vec::new() });
}

// Checks S9.
#[test]
fn a_terminating_host_is_never_abandoned() {
    for registration in [registration(), draining(&[]), draining(&["service:web"])] {
        for occasion in [Occasion::Event, TICK, Occasion::Rebalance] {
            for seconds in [0, 60, 1_000_000] {
                let view = leaving(registration.clone());
                let verdict = judge(&view, occasion, &Policy::default(), at(seconds));
                assert!(!does(&verdict, |action| matches!(action, Action::Abandon { .. })));
            }
        }
    }
}

// Checks S5.
#[test]
fn what_a_person_drains_is_the_persons() {
    let by_hand = with(host(Lifecycle::InService), draining(&[]));
    assert_eq!(only_waits(&event(&by_hand)), &Hold::DrainedByHand);
}
