//! What a run of many seeds came to, in words.

use crate::planted::Bug;
use crate::run::{Outcome, Setup, run};
use crate::swarm::Swarm;
use crate::weather::Controller;
use crate::world::Tally;

/// The sum of many outcomes.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many seeds.
    pub seeds: u64,
    /// The seeds in which a promise was broken, with the first of them.
    pub failed: Vec<(u64, String)>,
    /// What was counted.
    pub tally: Tally,
}

impl Summary {
    /// Adds a seed's outcome.
    pub fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.seeds += 1;
        if let Some(first) = outcome.violations.first() {
            self.failed.push((seed, format!("{}: {}", first.promise, first.told)));
        }
        let (sum, one) = (&mut self.tally, &outcome.tally);
        for (class, count) in &one.faults {
            *sum.faults.entry(class).or_default() += count;
        }
        sum.calls += one.calls;
        sum.invocations += one.invocations;
        sum.launches += one.launches;
        sum.launch_time_outs += one.launch_time_outs;
        sum.terminations += one.terminations;
        sum.terminate_time_outs += one.terminate_time_outs;
        sum.idle_time_outs += one.idle_time_outs;
        sum.healthy_drained += one.healthy_drained;
        sum.tasks_cut += one.tasks_cut;
        sum.ghosts += one.ghosts;
        sum.dead_letters += one.dead_letters;
    }
}

/// Runs seeds one after another.
pub fn many(from: u64, seeds: u64, setup: &Setup) -> Summary {
    let mut summary = Summary::default();
    for seed in from..from + seeds {
        summary.add(seed, &run(&Setup { seed, ..*setup }));
    }
    summary
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

/// Looks for every planted bug, in so many seeds at most.
#[must_use]
pub fn planted(within: u64) -> Vec<Found> {
    let find = |bug: Bug| {
        (0..within).find_map(|seed| {
            let outcome = run(&Setup { seed, bug: Some(bug), ..Setup::default() });
            Some((seed, outcome.violations.first()?.promise))
        })
    };
    Bug::ALL
        .iter()
        .filter(|(bug, _)| {
            std::env::var("ONLY").map_or(true, |it| it.contains(&format!("{bug:?}")))
        })
        .map(|(bug, what)| Found { bug: *bug, what: what.trim(), first: find(*bug) })
        .collect()
}

/// The same worlds under the three controllers.
#[must_use]
pub fn baselines(seeds: u64) -> Vec<(&'static str, Summary)> {
    let of = |controller| {
        let mut summary = Summary::default();
        for seed in 0..seeds {
            let outcome = run(&Setup { seed, controller, ..Setup::default() });
            summary.add(seed, &outcome);
        }
        summary
    };
    vec![
        ("Muster", of(Controller::Muster)),
        ("CDK drain hook", of(Controller::Cdk)),
        ("node-termination-handler", of(Controller::Nth)),
    ]
}
