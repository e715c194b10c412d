//! Many seeds, and what they came to.

use crate::crash::Method;
use crate::planted::Bug;
use crate::run::{Outcome, Setup, run};
use crate::swarm::Swarm;
use crate::weather::{Controller, Function};
use crate::world::Tally;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The sum of many outcomes.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many seeds.
    pub seeds: u64,
    /// The seeds in which a promise was broken, with the first of them.
    pub failed: Vec<(u64, String)>,
    /// What was counted.
    pub tally: Tally,
    /// The time of all threads together.
    pub busy: Duration,
}

impl Summary {
    /// Adds a seed's outcome.
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.seeds += 1;
        if let Some(first) = outcome.violations.first() {
            self.failed.push((seed, format!("{}: {}", first.promise, first.told)));
        }
        self.tally.add(&outcome.tally);
    }

    fn merge(mut self, other: Self) -> Self {
        self.seeds += other.seeds;
        self.failed.extend(other.failed);
        self.tally.add(&other.tally);
        self.busy += other.busy;
        self
    }
}

/// As many threads as the machine has.
#[must_use]
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs seeds on all processors. Of each world nothing is kept but what it came to.
#[must_use]
pub fn many(from: u64, seeds: u64, setup: &Setup) -> Summary {
    let next = AtomicU64::new(from);
    let work = || {
        let began = Instant::now();
        let mut summary = Summary::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                summary.busy = began.elapsed();
                return summary;
            }
            summary.add(seed, &run(&Setup { seed, ..*setup }));
        }
    };
    let mut all = thread::scope(|scope| {
        let working: Vec<_> = (0..threads()).map(|_| scope.spawn(work)).collect();
        // A world that panics must not pass for one in which nothing was broken.
        working.into_iter().fold(Summary::default(), |sum, one| match one.join() {
            Ok(summary) => sum.merge(summary),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    });
    all.failed.sort();
    all
}

/// Which function came to which method of a port, in so many seeds.
#[must_use]
pub fn used(from: u64, seeds: u64) -> BTreeSet<(Function, Method)> {
    (from..from + seeds).flat_map(|seed| run(&Setup { seed, ..Setup::default() }).used).collect()
}

/// Makes a failing seed as small as it can be: each class of faults off that is not needed, and the time as short.
#[must_use]
pub fn shrink(setup: &Setup) -> (Setup, Outcome) {
    let mut best = *setup;
    let mut outcome = run(&best);
    let Some(promise) = outcome.violations.first().map(|one| one.promise) else {
        return (best, outcome);
    };
    let still = |outcome: &Outcome| outcome.violations.iter().any(|one| one.promise == promise);
    let mut swarm = outcome.swarm;
    for place in 0..Swarm::NAMES.len() {
        let mut smaller = swarm;
        if smaller.rate_mut(place).is_some_and(|rate| std::mem::take(rate) > 0) {
            let tried = Setup { swarm: Some(smaller), ..best };
            let came = run(&tried);
            if still(&came) {
                (best, outcome, swarm) = (tried, came, smaller);
            }
        }
    }
    for minutes in [1, 2, 3, 5, 8, 12, 18] {
        let tried = Setup { minutes: Some(minutes), ..best };
        let came = run(&tried);
        if still(&came) {
            (best, outcome) = (tried, came);
            break;
        }
    }
    (best, outcome)
}

/// A planted bug, and the seed that finds it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The bug.
    pub bug: Bug,
    /// What is wrong.
    pub what: &'static str,
    /// The first seed in which a promise is broken, and which.
    pub first: Option<(u64, &'static str)>,
}

/// Looks for every planted bug, in so many seeds at most for each.
#[must_use]
pub fn planted(within: u64) -> Vec<Found> {
    let next = AtomicU64::new(0);
    let find = |bug: Bug| {
        (0..within).find_map(|seed| {
            let outcome = run(&Setup { seed, bug: Some(bug), ..Setup::default() });
            Some((seed, outcome.violations.first()?.promise))
        })
    };
    let work = || {
        let mut found = Vec::new();
        loop {
            let place = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
            let Some((bug, what)) = Bug::ALL.get(place) else {
                return found;
            };
            found.push(Found { bug: *bug, what: what.trim(), first: find(*bug) });
        }
    };
    let mut all: Vec<Found> = thread::scope(|scope| {
        let working: Vec<_> = (0..threads()).map(|_| scope.spawn(work)).collect();
        let joined = working.into_iter().map(|one| match one.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    });
    all.sort_by_key(|found| found.bug);
    all
}

/// The same worlds under the three controllers.
#[must_use]
pub fn baselines(seeds: u64) -> Vec<(&'static str, Summary)> {
    let of = |controller| many(0, seeds, &Setup { controller, ..Setup::default() });
    vec![
        ("Muster", of(Controller::Muster)),
        ("CDK's drain hook", of(Controller::Cdk)),
        ("node-termination-handler", of(Controller::Nth)),
    ]
}
