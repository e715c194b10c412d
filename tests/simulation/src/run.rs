//! One seed, from its first second to its rest.

use crate::baseline;
use crate::checks::{self, Violation};
use crate::crash::{Method, Side};
use crate::exec::{Shared, Tasks};
use crate::hand::{self, Hand};
use crate::planted::Bug;
use crate::secrets;
use crate::swarm::Swarm;
use crate::town;
use crate::versioned::Ms;
use crate::weather::{Controller, Function, Wake};
use crate::world::{self, Due, Invocation, State, Tally};
use agent_verifier::Verifier;
use capacity_adjuster::Adjuster;
use domain::Policy;
use domain::plan::Hold;
use host_deregisterer::Deregisterer;
use host_drainer::Drainer;
use lambda::{Place, Record};
use reconciler::Reconciler;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

const MINUTE: Ms = 60_000;

/// What is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// The seed.
    pub seed: u64,
    /// The faults; drawn from the seed if absent.
    pub swarm: Option<Swarm>,
    /// What is wrong with the controller on purpose.
    pub bug: Option<Bug>,
    /// Whose controller it is.
    pub controller: Controller,
    /// How long faults last, in minutes of the world; [`Setup::MINUTES`] if absent.
    pub minutes: Option<i64>,
    /// Whether the history is kept.
    pub history: bool,
}

impl Setup {
    /// How long faults last if it is not said.
    pub const MINUTES: i64 = 25;
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was broken.
    pub violations: Vec<Violation>,
    /// What was counted.
    pub tally: Tally,
    /// The hash of every change: the same for the same seed.
    pub hash: u64,
    /// What happened, if it was kept.
    pub history: Vec<String>,
    /// The faults that there were.
    pub swarm: Swarm,
    /// Which function came to which method of a port.
    pub used: BTreeSet<(Function, Method)>,
}

/// How long a world without faults is given to come to rest.
const REST: Ms = 45 * MINUTE;

/// Runs a seed.
#[must_use]
pub fn run(setup: &Setup) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(setup.seed ^ 0x5eed);
    let swarm = setup.swarm.unwrap_or_else(|| Swarm::draw(&mut rng));
    let mut state = State::new(setup.seed, swarm);
    state.controller = setup.controller;
    state.history = setup.history.then(Vec::new);
    world::draw(&mut state);
    state.due(10_000, Due::Tick);
    let faults = setup.minutes.unwrap_or(Setup::MINUTES) * MINUTE;
    let mut driver = Driver::of(state, setup.bug);
    let shared = Rc::clone(&driver.shared);

    driver.run_until(faults);
    {
        let mut state = shared.borrow_mut();
        state.faults_on = false;
        state.last_outage.1 = state.last_outage.1.min(faults);
    }
    driver.run_until(faults + REST);
    let mut state = shared.borrow_mut();
    let state = &mut *state;
    if setup.controller == Controller::Muster {
        checks::at_rest(state);
    } else {
        baseline::at_rest(state);
    }
    Outcome {
        used: std::mem::take(&mut state.used),
        violations: std::mem::take(&mut state.violations),
        tally: std::mem::take(&mut state.tally),
        hash: state.hash,
        history: state.history.take().unwrap_or_default(),
        swarm,
    }
}

/// Runs a world and the functions in it.
pub(crate) struct Driver {
    pub(crate) shared: Shared,
    tasks: Tasks,
    bug: Option<Bug>,
    /// The records, if anybody wants them.
    records: Option<Rc<RefCell<Vec<Record>>>>,
}

impl Driver {
    pub(crate) fn of(state: State, bug: Option<Bug>) -> Self {
        let shared = Rc::new(RefCell::new(state));
        Self { shared, tasks: Tasks::default(), bug, records: None }
    }

    pub(crate) fn keeps_records(&mut self) {
        self.records = Some(Rc::default());
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.records.as_ref().map(|all| all.borrow().clone()).unwrap_or_default()
    }

    pub(crate) fn run_until(&mut self, end: Ms) {
        loop {
            let due = self.shared.borrow_mut().next(end);
            match due {
                None => return,
                Some(Due::Wake(task)) => self.poll(task),
                Some(Due::TimeOut(task)) => self.time_out(task),
                Some(Due::Deliver(wake)) => self.invoke(&wake),
                Some(Due::Tick) => self.tick(),
                Some(due) => self.shared.borrow_mut().happen(&due),
            }
        }
    }

    fn poll(&mut self, task: usize) {
        self.tasks.poll(&self.shared, task);
        let died = {
            let mut state = self.shared.borrow_mut();
            let invocation = &mut state.invocations[task];
            let died = invocation.over && invocation.wake.is_some();
            if died { invocation.wake.take() } else { None }
        };
        if let Some(wake) = died {
            self.tasks.drop(task);
            retry(&mut self.shared.borrow_mut(), &wake);
        }
    }

    fn time_out(&mut self, task: usize) {
        let wake = self.shared.borrow_mut().invocations[task].wake.take();
        if let Some(wake) = wake {
            self.tasks.drop(task);
            let mut state = self.shared.borrow_mut();
            state.count("time_out");
            retry(&mut state, &wake);
        }
    }

    fn tick(&mut self) {
        let lost = {
            let mut state = self.shared.borrow_mut();
            let at = state.now + MINUTE;
            state.due(at, Due::Tick);
            let rate = state.swarm.drop_tick;
            state.fault("drop_tick", rate, 600_000)
        };
        if !lost {
            self.tick_once();
        }
        // The adjuster's clock is its own, and ticks in between.
        let lost = {
            let mut state = self.shared.borrow_mut();
            let rate = state.swarm.drop_tick;
            state.fault("drop_tick", rate, 600_000)
        };
        if !lost && self.shared.borrow().controller == Controller::Muster {
            let at = self.shared.borrow().now + MINUTE / 2;
            let wake = Rc::new(clock(Function::Adjuster));
            self.shared.borrow_mut().due(at, Due::Deliver(wake));
        }
    }

    pub(crate) fn tick_once(&mut self) {
        let wake = {
            let controller = self.shared.borrow().controller;
            if controller != Controller::Muster || self.bug == Some(Bug::NoReconciler) {
                return;
            }
            Rc::new(clock(Function::Reconciler))
        };
        self.invoke(&wake);
    }

    pub(crate) fn invoke(&mut self, wake: &Rc<Wake>) {
        let number = {
            let mut state = self.shared.borrow_mut();
            state.tally.invocations += 1;
            town::woken(&mut state, wake.function);
            let rate = state.swarm.crash;
            let dies = rate > 0 && state.faults_on && state.fault_rng.u32(0..1_000_000) < 60 * rate;
            let dies_after = if dies { Some(state.fault_rng.u32(0..30)) } else { None };
            let dies_after = state.next_dies_after.take().or(dies_after);
            let number = state.invocations.len();
            state.invocations.push(Invocation {
                dies_after,
                function: Some(wake.function),
                wake: Some(Rc::clone(wake)),
                ..Invocation::default()
            });
            // A Lambda function of theirs, and the teardown, may take all that Lambda gives; others of ours take a minute.
            let all = matches!(wake.function, Function::Baseline | Function::Teardown);
            let longest = if all { 15 * MINUTE } else { MINUTE };
            let end = state.now + longest;
            state.due(end, Due::TimeOut(number));
            number
        };
        let hand = Hand {
            shared: Rc::clone(&self.shared),
            invocation: number,
            function: wake.function,
            bug: self.bug,
            // A request of CloudFormation's stands until it is answered, however old it is.
            event_at: wake.at.filter(|_| wake.function != Function::Teardown),
            event_host: wake.host,
            reads: RefCell::default(),
            kept: RefCell::default(),
        };
        let wake = Rc::clone(wake);
        let kept = self.records.clone();
        self.tasks.add(number, async move {
            if wake.function == Function::Baseline {
                let again = baseline::handle(&hand, &wake).await;
                return finish(&hand, again);
            }
            if wake.function == Function::Teardown {
                let again = hand::teardown(&hand, &wake.payload, &place()).await;
                hand.await_once("the reply to Lambda", Side::Before).await;
                return finish(&hand, again);
            }
            let records = pass(&hand, &wake).await;
            let again = records.iter().any(Record::should_be_retried);
            checks_of_records(&hand, &records, &wake);
            if let Some(kept) = kept {
                kept.borrow_mut().extend(records);
            }
            hand.await_once("the reply to Lambda", Side::Before).await;
            finish(&hand, again);
        });
        self.poll(number);
    }
}

/// A tick of the clock for a function.
fn clock(function: Function) -> Wake {
    let payload =
        json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}" });
    Wake { function, payload, at: None, attempt: 0, host: None }
}

fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "us-west-2".to_owned(),
    }
}

/// The real functions, from the payload to the records.
async fn pass(hand: &Hand, wake: &Wake) -> Vec<Record> {
    let settings = Policy::default();
    let settings = match hand.bug {
        Some(bug) => bug.settings(settings),
        None => settings,
    };
    let mut payload = wake.payload.clone();
    if hand.bug == Some(Bug::ActsOnOldEvents) && payload.is_object() {
        payload["time"] = json!(format!("{:.0}", hand.with(|state| state.timestamp())));
    }
    let place = place();
    macro_rules! run {
        ($function:expr) => {
            lambda::frame::records(&$function, hand, || (), payload, Some(&place), "request").await
        };
    }
    let records = match wake.function {
        Function::Verifier => run!(Verifier { world: hand, settings }),
        Function::Drainer => run!(Drainer { world: hand, settings }),
        Function::Deregisterer => run!(Deregisterer { world: hand, settings }),
        Function::Adjuster => run!(Adjuster { world: hand, settings }),
        // The last two never come here.
        Function::Reconciler | Function::Baseline | Function::Teardown => {
            run!(Reconciler { world: hand, settings })
        }
    };
    records.into_iter().map(|(_, record)| record).collect()
}

/// What an invocation thought, line by line, in the history of a world that keeps one.
fn note(state: &mut State, function: Function, record: &Record) {
    let at = world::seconds(state.now);
    let Some(history) = state.history.as_mut() else {
        return;
    };
    let holds = record.lines.iter().filter_map(|line| Some((&line.name, line.hold.as_ref()?)));
    let notable = holds.filter(|(_, hold)| !matches!(hold, Hold::Settled { .. }));
    history.extend(
        notable.map(|(name, hold)| format!("{at:>8.1}s      {function:?} on {name}: {hold}")),
    );
    if let Some(hold) = &record.hold {
        let host = record.host.as_ref().map(ToString::to_string).unwrap_or_default();
        history.push(format!("{at:>8.1}s      {function:?} on {host}: {hold}"));
    }
}

/// Checks S24, S36, S37.
fn checks_of_records(hand: &Hand, records: &[Record], wake: &Wake) {
    if hand.with(|state| town::thought(state, records)) {
        return;
    }
    for record in records {
        hand.with(|state| note(state, wake.function, record));
        let mut text = Vec::new();
        record.write_to(&mut text);
        let mut text = String::from_utf8(text).unwrap_or_default();
        if hand.bug == Some(Bug::RecordsTheEvent) {
            text.push_str(&wake.payload.to_string());
        }
        if record.decision == lambda::record::Decision::Fail {
            let because = record.because.clone();
            hand.with(|state| {
                state.tell(|_| format!("    {:?} says: {because}", wake.function), (31, 0));
            });
        }
        let control = text.lines().any(|line| line.chars().any(char::is_control));
        hand.with(|state| {
            secrets::search(state, "a record", &text);
            if control {
                checks::broken(state, "S37", "a record holds a control character".to_owned());
            }
        });
    }
    hand.with(|state| {
        let invocation = &state.invocations[hand.invocation];
        let calls: u32 = invocation.calls.values().sum();
        let hosts = u32::try_from(
            state.hosts.iter().filter(|host| host.seat.get().life != world::Life::Gone).count(),
        );
        let touched = if matches!(wake.function, Function::Reconciler | Function::Adjuster) {
            hosts.unwrap_or(u32::MAX)
        } else {
            1
        };
        if calls > 60 + 25 * touched {
            let told = format!("{:?} makes {calls} calls for {touched} hosts", wake.function);
            checks::broken(state, "S24", told);
        }
    });
}

fn finish(hand: &Hand, again: bool) {
    hand.with(|state| {
        let invocation = &mut state.invocations[hand.invocation];
        invocation.over = true;
        let wake = invocation.wake.take();
        invocation.calls.clear();
        state.claims.retain(|_, claimed| *claimed != hand.invocation);
        if let Some(wake) = wake.filter(|_| again) {
            retry(state, &wake);
        }
    });
}

/// Lambda's asynchronous retries: after one minute and two, and then the queue. The clock's ticks are handed over again
/// only where that is asked for: the next one makes good what one missed.
fn retry(state: &mut State, wake: &Wake) {
    if wake.at.is_none() && !state.ticks_come_again {
        return;
    }
    if wake.attempt >= 2 {
        state.tally.dead_letters += 1;
        return;
    }
    let again = Wake { attempt: wake.attempt + 1, ..wake.clone() };
    state.again += 1;
    let at = state.now + MINUTE * i64::from(again.attempt);
    state.due(at, Due::Deliver(Rc::new(again)));
}
