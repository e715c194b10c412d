//! The flow from a plan's steps to what came of them.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use domain::marks::Leaving;
use domain::plan::Provided;
use domain::{Action, Fault, RegistrationArn, Step};
use jiff::Timestamp;
use muster_ports::{Act, Done, Outcome, perform, perform_all};
use pollster::block_on;
use std::cell::{Cell, RefCell};

/// Does what it is told, in the calls that it would take, except for one registration.
#[derive(Default)]
struct Hands {
    calls: RefCell<Vec<Vec<String>>>,
    fails_for: Option<u32>,
    /// How many of the calls were for several at once.
    together: Cell<u32>,
}

impl Hands {
    fn result(&self, action: &Action) -> Result<(), Fault> {
        let hit = self.fails_for.is_some_and(|it| action.to_string().contains(&short(it)));
        let call = action.call().to_owned();
        if hit { Err(Fault::Partial { call, told: "MISSING".to_owned() }) } else { Ok(()) }
    }
}

impl Act for Hands {
    async fn perform(&self, action: &Action) -> Result<(), Fault> {
        self.calls.borrow_mut().push(vec![action.to_string()]);
        self.result(action)
    }

    async fn perform_together(&self, actions: &[Action]) -> Vec<Result<(), Fault>> {
        self.together.set(self.together.get() + 1);
        self.calls.borrow_mut().push(actions.iter().map(ToString::to_string).collect());
        actions.iter().map(|action| self.result(action)).collect()
    }
}

fn short(number: u32) -> String {
    format!("{number:08x}")
}

fn arn(number: u32) -> RegistrationArn {
    let text = "arn:aws:ecs:eu-west-1:111122223333:container-instance/web/";
    format!("{text}{}", short(number)).try_into().unwrap()
}

fn step(action: Action, provided: Provided) -> Step {
    Step { action, because: "it must".to_owned(), provided }
}

/// Marked, and then drained.
fn drained(number: u32) -> (u32, Vec<Step>) {
    let (cluster, registration) = (|| "web".parse().unwrap(), arn(number));
    let mark = Action::MarkDraining {
        cluster: cluster(),
        registration: registration.clone(),
        since: Timestamp::UNIX_EPOCH,
        why: Leaving::Terminate,
        empty: None,
    };
    let drain = Action::Drain { cluster: cluster(), registration };
    (number, vec![step(mark, Provided::Always), step(drain, Provided::Always)])
}

fn let_go() -> Step {
    let action =
        Action::LetGo { group: "web".parse().unwrap(), instance: "i-0a1b2c3d".parse().unwrap() };
    step(action, Provided::StillJudgedSo)
}

fn outcomes(done: &[Done]) -> Vec<&'static str> {
    done.iter().map(|one| one.outcome.label()).collect()
}

#[test]
fn what_aws_takes_in_one_call_is_done_in_one_ten_at_most_and_each_host_in_its_order() {
    let hands = Hands::default();
    let jobs = (0..25).map(drained).collect();
    let done = block_on(perform_all(jobs, &hands, || true, async |_, _| true));
    assert!(done.iter().all(|(_, done)| outcomes(done) == ["done", "done"]));
    let calls = hands.calls.borrow();
    assert_eq!(calls.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10, 10, 5, 5]);
    for number in 0..25 {
        let place = |word: &str| {
            let told = |it: &String| it.starts_with(word) && it.contains(&short(number));
            calls.iter().position(|call| call.iter().any(told))
        };
        assert!(place("mark") < place("drain"), "{number}");
    }
}

// A batch of which one entry fails: it alone is not done, and its later steps are not tried.
#[test]
fn of_a_batch_only_what_failed_is_left_undone() {
    let hands = Hands { fails_for: Some(3), ..Hands::default() };
    let jobs = (0..6).map(drained).collect();
    let done = block_on(perform_all(jobs, &hands, || true, async |_, _| true));
    for (number, done) in done {
        let expected = if number == 3 { ["failed", "not-tried"] } else { ["done", "done"] };
        assert_eq!(outcomes(&done), expected, "{number}");
    }
}

// Checks S20: what cannot be undone is looked at again, and so is everything once the first look is old.
#[test]
fn before_what_cannot_be_undone_and_when_the_look_is_old_there_is_a_second_look() {
    let looks = Cell::new(0);
    let run = |steps: Vec<Step>, fresh: bool, still: bool| {
        looks.set(0);
        let hands = Hands::default();
        let look = async |(), _: &Action| {
            looks.set(looks.get() + 1);
            still
        };
        let mut done = block_on(perform_all(vec![((), steps)], &hands, || fresh, look));
        let made = hands.calls.borrow().len();
        (outcomes(&done.remove(0).1), looks.get(), made)
    };
    assert_eq!(run(vec![let_go()], true, true), (vec!["done"], 1, 1));
    assert_eq!(run(vec![let_go()], true, false), (vec!["changed-meanwhile"], 1, 0));
    let drained = drained(1).1;
    assert_eq!(run(drained.clone(), true, false), (vec!["done", "done"], 0, 2));
    assert_eq!(run(drained.clone(), false, true), (vec!["done", "done"], 2, 2));
    let stopped = vec!["changed-meanwhile", "not-tried"];
    assert_eq!(run(drained, false, false), (stopped, 1, 0));
}

// Checks S20.
#[test]
fn only_what_needs_no_second_look_is_put_together() {
    let run = |jobs: Vec<(u32, Vec<Step>)>, fresh: bool| {
        let (hands, looks) = (Hands::default(), Cell::new(0));
        let look = async |_, _: &Action| {
            looks.set(looks.get() + 1);
            true
        };
        let done = block_on(perform_all(jobs, &hands, || fresh, look));
        assert!(done.iter().all(|(_, done)| outcomes(done).iter().all(|one| *one == "done")));
        (hands.calls.borrow().len(), hands.together.get(), looks.get())
    };
    assert_eq!(run(vec![drained(1), drained(2)], true), (2, 2, 0));
    assert_eq!(run(vec![drained(1), drained(2)], false), (4, 0, 4), "the look is old");
    assert_eq!(run(vec![drained(1)], true), (2, 0, 0), "one alone is no batch");
    let (number, mut steps) = drained(2);
    for step in &mut steps {
        step.provided = Provided::StillJudgedSo;
    }
    assert_eq!(run(vec![drained(1), (number, steps)], true), (4, 0, 2));
    let (number, mut steps) = drained(2);
    steps.remove(0);
    assert_eq!(run(vec![drained(1), (number, steps)], true), (2, 1, 0), "the same change only");
}

#[test]
fn what_was_so_already_is_done_and_a_fault_ends_the_hosts_steps() {
    struct Says(Fault);
    impl Act for Says {
        async fn perform(&self, _: &Action) -> Result<(), Fault> {
            Err(self.0.clone())
        }
    }
    let call = || "autoscaling:CompleteLifecycleAction".to_owned();
    let already = Fault::AlreadySo { call: call(), told: "No active Lifecycle Action".to_owned() };
    let steps = [let_go(), let_go()];
    let run = |fault| block_on(perform(&steps, &Says(fault), async |_| true));
    assert_eq!(outcomes(&run(already)), ["already-so", "already-so"]);
    let done = run(Fault::Throttled { call: call() });
    assert_eq!(outcomes(&done), ["failed", "not-tried"]);
    assert!(matches!(&done[0].outcome, Outcome::Failed(fault) if fault.label() == "throttled"));
}
