//! The worlds that are gone through.

use crate::check::Setup;
use crate::planted::Bug;
use crate::world::Moves;

/// Nothing but launches, agents, scale-in, hooks that time out, and machines that go when they are let go.
const PLAIN: Moves = Moves {
    deaths: false,
    people: false,
    spot: false,
    reboots: false,
    stops: false,
    hidden: false,
    tasks: false,
    losses: false,
};

/// A world: what befalls its hosts, and how much of it is gone through.
pub type World = (&'static str, Setup);

const fn world(hosts: usize, moves: Moves, faults: bool, in_flight: usize) -> Setup {
    Setup { hosts, moves, faults, in_flight, bound: None, bug: None }
}

const fn bounded(setup: Setup, bound: usize) -> Setup {
    Setup { bound: Some(bound), ..setup }
}

/// Launches, agents that are lost, what is given up and marked unhealthy, and the crowd.
const LOSSES: Moves = Moves { losses: true, ..PLAIN };
/// Tasks, and drains of every kind.
const DRAINS: Moves = Moves { tasks: true, people: true, ..PLAIN };

/// More states than the small worlds have: they are gone through to their ends.
const WHOLE: usize = 100_000_000;

/// The worlds of the short form, or of the long one.
#[must_use]
pub fn all(full: bool) -> Vec<World> {
    let everything = "everything";
    let bound = if full { 20_000_000 } else { 1_000_000 };
    let tasks = Moves { tasks: true, ..PLAIN };
    vec![
        ("launches, tasks", bounded(world(1, tasks, true, 2), WHOLE)),
        (
            "launches, tasks, plans of EC2's, people",
            bounded(world(1, Moves { reboots: true, ..DRAINS }, false, 2), WHOLE),
        ),
        ("launches, lost agents", bounded(world(2, LOSSES, false, 1), WHOLE)),
        ("launches, tasks", bounded(world(2, tasks, false, 1), bound)),
        ("launches, lost agents", bounded(world(2, LOSSES, false, 2), 20_000_000)),
        (everything, bounded(world(1, Moves::ALL, true, 2), bound)),
        (everything, bounded(world(2, Moves::ALL, true, 2), bound)),
        (everything, bounded(world(3, Moves::ALL, true, 2), bound)),
    ]
}

/// The world in which a planted bug shows soonest.
#[must_use]
pub const fn of(bug: Bug) -> Setup {
    let moves = match bug {
        Bug::StoppedIsTerminated => Moves { stops: true, tasks: true, ..PLAIN },
        Bug::NotFoundOnce => Moves { hidden: true, tasks: true, ..PLAIN },
        Bug::ShuttingDownIsTerminated
        | Bug::IgnoresGhosts
        | Bug::AbandonsEarly
        | Bug::RegisteredIsConnected
        | Bug::NeverLooksAgain => PLAIN,
        Bug::LiftsOthersDrains => Moves { people: true, ..PLAIN },
        Bug::NeverLifts => Moves { reboots: true, ..PLAIN },
        Bug::NoBreaker
        | Bug::NoWindow
        | Bug::NotChosenBefore
        | Bug::NobodyWatches
        | Bug::GivesUpEarly => LOSSES,
        _ => Moves { tasks: true, ..PLAIN },
    };
    let hosts = match bug {
        Bug::NoBreaker | Bug::NoWindow => 2,
        _ => 1,
    };
    // What needs no fault but the bug is found sooner without.
    let faults = !matches!(bug, Bug::NoWindow | Bug::NoBreaker);
    let setup = world(hosts, moves, faults, 1);
    Setup { bug: Some(bug), ..bounded(setup, 3_000_000) }
}
