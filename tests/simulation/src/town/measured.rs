//! What came of a town.

use crate::checks::Violation;
use crate::versioned::Ms;
use std::collections::{BTreeMap, BTreeSet};

/// How many events are kept for people to see.
const KEPT: usize = 2_000;

/// What was measured, from the end of the first hour on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How long each task waited that takes no other's place, from wanted to running, in seconds and in order.
    pub waits: Vec<u32>,
    /// What each group was billed for, in milliseconds of a host: On-Demand, and Spot.
    pub billed: Vec<(Ms, Ms)>,
    /// The least of hosts that the work could do with, in milliseconds of a host.
    pub bound: Ms,
    /// The most hosts at one time.
    pub peak: u32,
    /// Calls of AWS's API, by the call.
    pub calls: BTreeMap<&'static str, u64>,
    /// Invocations, by the function.
    pub invocations: BTreeMap<&'static str, u64>,
    /// Hosts launched.
    pub launched: u64,
    /// Hosts that were let go because the work fits without them.
    pub scaled_in: u64,
    /// Tasks of services that moved, as their host was drained.
    pub moved: u64,
    /// Tasks of services whose host went under them.
    pub cut: u64,
    /// Standalone tasks whose host went under them.
    pub cut_standalone: u64,
    /// Launches given up.
    pub abandoned: u64,
    /// Hosts in service given up.
    pub given_up: u64,
    /// How often the breaker of a group opened.
    pub openings: u64,
    /// Hosts that never joined.
    pub never_joined: u64,
    /// Agents lost for good.
    pub agents_lost: u64,
    /// Spot Interruptions.
    pub interruptions: u64,
    /// Retirements by EC2.
    pub retirements: u64,
    /// Work that no host of any group could hold.
    pub nowhere: BTreeSet<String>,
    /// How it was, minute by minute.
    pub samples: Vec<Sample>,
    /// What happened, as much as is kept.
    pub events: Vec<(Ms, What)>,
    /// The promises of Muster that were broken: none ever should be.
    pub broken: Vec<Violation>,
}

/// How it was in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Hosts in service that take tasks.
    pub serving: u32,
    /// Hosts that launch.
    pub joining: u32,
    /// Hosts that leave.
    pub leaving: u32,
    /// No packing of what is wanted needs fewer.
    pub bound: u32,
    /// Tasks that run or start.
    pub placed: u32,
    /// Tasks that wait for a place.
    pub waiting: u32,
}

impl Sample {
    /// All hosts that are there.
    #[must_use]
    pub const fn hosts(&self) -> u32 {
        self.serving + self.joining + self.leaving
    }
}

/// What can happen that people should see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A launch was given up.
    Abandoned,
    /// A host in service was given up.
    GivenUp,
    /// A breaker opened.
    Opened,
    /// An agent was lost.
    AgentLost,
    /// A Spot Interruption.
    Interrupted,
    /// EC2 retires a host.
    Retired,
    /// Tasks were cut.
    Cut,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Abandoned,
        Self::GivenUp,
        Self::Opened,
        Self::AgentLost,
        Self::Interrupted,
        Self::Retired,
        Self::Cut,
    ];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Abandoned => "launch abandoned",
            Self::GivenUp => "host given up",
            Self::Opened => "breaker opened",
            Self::AgentLost => "agent lost",
            Self::Interrupted => "Spot Interruption",
            Self::Retired => "EC2 retirement",
            Self::Cut => "tasks cut",
        }
    }
}

impl Measured {
    /// Keeps an event.
    pub(super) fn happened(&mut self, at: Ms, what: What) {
        if self.events.len() < KEPT {
            self.events.push((at, what));
        }
    }

    /// How long so many of a hundred tasks waited at most, in seconds.
    #[must_use]
    pub fn waited(&self, percent: usize) -> u32 {
        let at = self.waits.len().saturating_sub(1) * percent / 100;
        self.waits.get(at).copied().unwrap_or(0)
    }

    /// Host-hours of all groups.
    #[must_use]
    pub fn host_hours(&self) -> f64 {
        hours(self.billed.iter().map(|(on_demand, spot)| on_demand + spot).sum())
    }
}

/// Hours of milliseconds.
#[must_use]
pub fn hours(long: Ms) -> f64 {
    std::time::Duration::from_millis(long.unsigned_abs()).as_secs_f64() / 3_600.0
}
