//! Runs the checker, and tells what it found.

use crate::controller::Controller;
use crate::host::{By, Life, Machine, Status, Task};
use crate::model::{Hosts, Move};
use crate::planted::Bug;
use crate::rules;
use crate::state::{Act, Run, State};
use crate::world::Moves;
use stateright::{Checker, HasDiscoveries, Model};
use std::time::Duration;

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// How many hosts.
    pub hosts: usize,
    /// What befalls them.
    pub moves: Moves,
    /// Whether reads lag and fail.
    pub faults: bool,
    /// How many invocations may be in flight at a time.
    pub in_flight: usize,
    /// How many states are generated at most; all of them, if absent.
    pub bound: Option<usize>,
    /// A bug that is planted.
    pub bug: Option<Bug>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// States that were generated, those that were known already among them.
    pub generated: usize,
    /// Different ones.
    pub unique: usize,
    /// How many moves the longest history has that was followed.
    pub depth: usize,
    /// Whether there are no other states.
    pub complete: bool,
    /// How long it took a processor.
    pub took: Duration,
    /// The promise that is broken, with the shortest history.
    pub broken: Option<(&'static str, Vec<Move>)>,
    /// States of interest that were not reached.
    pub not_reached: Vec<&'static str>,
    /// How often each change was made with effect.
    pub done: Vec<(&'static str, u64)>,
    /// The most sweeps that it took until everything was at rest.
    pub slowest: u8,
}

/// Checks; `None` if the model's names are none.
#[must_use]
pub fn check(setup: Setup) -> Option<Found> {
    let Setup { hosts, moves, faults, in_flight, bound, bug } = setup;
    let controller = Controller::new(bug, hosts == 1)?;
    let model = Hosts::new(hosts, moves, faults, in_flight, controller);
    let from = processor_time();
    let checker = model.checker().threads(1).finish_when(HasDiscoveries::AnyFailures);
    // A bound of more states than there are is none.
    let checker = checker.target_state_count(bound.unwrap_or(usize::MAX)).spawn_bfs().join();
    let took = processor_time().saturating_sub(from);
    let found = checker.discoveries();
    let failed = |name: &str| name == PROMISED || name == RESTS;
    let broken = found.iter().find(|(name, _)| failed(name)).map(|(_, path)| {
        let last = path.last_state();
        let rule = last.broken.or_else(|| checker.model().rests(last).err()).unwrap_or("-");
        (rule, path.clone().into_actions())
    });
    let names = REACHED.iter().map(|(name, _)| *name);
    let not_reached = names.filter(|name| !found.contains_key(name)).collect();
    let generated = checker.state_count();
    Some(Found {
        generated,
        unique: checker.unique_state_count(),
        depth: checker.max_depth().saturating_sub(1),
        complete: broken.is_none() && bound.is_none_or(|bound| generated < bound),
        took,
        broken,
        not_reached,
        done: checker.model().done(),
        slowest: checker.model().slowest(),
    })
}

/// The time that this process took of processors; of the clock where the system does not tell.
fn processor_time() -> Duration {
    // The 14th and 15th word, counted in hundredths of a second (`proc_pid_stat(5)`); the second one may hold spaces.
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let words = told.rsplit_once(") ").map_or("", |(_, words)| words).split(' ').skip(11).take(2);
    let ticks: u64 = words.filter_map(|word| word.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The property that no promise is broken at a change.
pub(crate) const PROMISED: &str = "no change breaks a promise";
/// The property that everything comes to rest.
pub(crate) const RESTS: &str = "everything comes to rest when the faults are over";

/// A state of interest: what is so in it, and how it is known.
type Interesting = (&'static str, fn(&Hosts, &State) -> bool);

fn any(state: &State, is: impl Fn(&crate::host::Host) -> bool) -> bool {
    state.hosts.iter().any(is)
}

/// States that must be reached, so that the model is not empty of what it is about.
pub(crate) const REACHED: [Interesting; 13] = [
    (
        "two invocations are in flight, and both are about to take something away or choose it",
        |_, it| it.runs.iter().flatten().filter(|run| run.takes()).count() == 2,
    ),
    ("two in flight choose different hosts", |_, it| {
        let places = it.runs.iter().flatten().filter_map(Run::chooses);
        let places: Vec<usize> = places.collect();
        matches!(places[..], [a, b] if a != b)
    }),
    ("a choice is ripe", |_, it| it.tag.hosts.iter().any(|one| one.is_ripe())),
    ("a choice has lapsed, and its host was chosen again", |_, it| {
        it.tag.hosts.iter().any(|one| one.lapsed && one.standing.is_some())
    }),
    ("too many are in trouble, and one of them is chosen", |_, it| {
        it.failing() > 1 && it.tag.hosts.iter().any(|one| one.standing.is_some())
    }),
    ("a host that was seen empty has a task again", |_, it| {
        any(it, |host| host.ecs.empty.is_some() && host.task != Task::None)
    }),
    ("a task starts on a host that is DRAINING already", |_, it| {
        any(it, |host| host.ecs.status == Status::Draining && host.task == Task::Runs)
    }),
    ("a person drains a host that carries no mark", |_, it| {
        any(it, |host| {
            host.seat.life == Life::InService
                && host.ecs.status == Status::Draining
                && host.ecs.by == By::Person
        })
    }),
    ("a host is ACTIVE again and carries our mark still", |_, it| {
        any(it, |host| host.ecs.status == Status::Active && host.ecs.drain.is_some())
    }),
    ("EC2 does not find a machine that runs and is registered", |_, it| {
        any(it, |host| {
            matches!(host.ec2.machine, Machine::Hidden(_)) && host.ecs.status != Status::None
        })
    }),
    ("EC2 has forgotten a machine that is registered still", |_, it| {
        any(it, |host| host.ec2.machine == Machine::Forgotten && host.ecs.status != Status::None)
    }),
    ("an agent that was lost for long, and is marked so, is connected again", |_, it| {
        any(it, |host| {
            host.ecs.connected && host.ecs.lost.is_some_and(|lost| lost.since >= 3 && lost.seen < 2)
        })
    }),
    ("a host was taken away, and another is late or lost", |_, it| {
        any(it, |host| host.taken.is_some()) && any(it, |host| host.fails() && host.taken.is_none())
    }),
];

/// The changes, by name.
pub(crate) const ACTS: [&str; 15] = [
    "let in",
    "given up",
    "let go",
    "marked as draining",
    "unmarked as draining",
    "set DRAINING",
    "set ACTIVE again",
    "struck off",
    "marked as lost",
    "unmarked as lost",
    "marked as not found",
    "unmarked as not found",
    "marked unhealthy",
    "chosen",
    "not done, as a second look came to something else",
];

/// The number of a change in [`ACTS`].
pub(crate) const fn number(act: Act) -> usize {
    match act {
        Act::LetIn => 0,
        Act::Abandon => 1,
        Act::LetGo => 2,
        Act::MarkDraining(..) => 3,
        Act::ForgetDraining => 4,
        Act::Drain => 5,
        Act::Activate => 6,
        Act::Deregister => 7,
        Act::MarkLost(_) => 8,
        Act::ForgetLost => 9,
        Act::MarkMissing(_) => 10,
        Act::ForgetMissing => 11,
        Act::MarkUnhealthy => 12,
        Act::Choose(_) => 13,
    }
}

/// What is promised, for people.
#[must_use]
pub fn promise(rule: &str) -> &'static str {
    let all = rules::PROMISES.iter().chain([&rules::TOGETHER, &rules::UNKNOWN]);
    all.clone().find(|(name, _)| *name == rule).map_or(RESTS, |(_, told)| told)
}
