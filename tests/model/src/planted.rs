//! Bugs on purpose, in the wiring between the world and the judgements: what code that lacks one rule would see.

use crate::host::{Host, Life, MOST, Machine, Status, Task, Why};
use crate::state::Who;
use crate::tag::{Choice, Tag, Way};
use crate::time::{LONG, Watch};
use domain::Policy;
use std::time::Duration;

macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $name:ident: $rules:literal),* $(,)?) => {
        /// A bug that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bug { $($(#[doc = $doc])* $name,)* }

        impl Bug {
            /// Their names, in the order of [`Self::ALL`].
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];
            /// All of them, each with what is wrong and the promises of which it breaks one.
            pub const ALL: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$name, concat!($($doc),*).trim_ascii_start(), $rules),)*];
        }
    };
}

bugs! {
    /// one empty look is enough to let a host go
    OneEmptyLook: "S8",
    /// tasks that were told to stop are not counted
    IgnoresStoppingTasks: "S8",
    /// a terminating host is let go without waiting for its tasks
    GoesWithoutDraining: "S8",
    /// what cannot be read is taken for absent
    UnreadableIsAbsent: "S1 S8",
    /// a registration is struck off without a look at EC2
    StrikesOffWithoutAsking: "S1",
    /// a stopped machine is taken for a terminated one
    StoppedIsTerminated: "S1 S8",
    /// a machine that is shutting down is taken for a terminated one
    ShuttingDownIsTerminated: "S2",
    /// a machine that EC2 does not find is struck off, or let go, at the first look
    NotFoundOnce: "S1 S8",
    /// registered is taken for connected
    RegisteredIsConnected: "S6",
    /// a launch is given up too early
    AbandonsEarly: "S7",
    /// a host is given up too early
    GivesUpEarly: "S16",
    /// an agent's time runs on while nobody looks
    NobodyWatches: "S16",
    /// a disruption is done in the sweep that first wants it
    NotChosenBefore: "S7 S16",
    /// nothing that cannot be undone is looked at again
    NeverLooksAgain: "S3 S5 S7 S8",
    /// each host is judged by itself, without the crowd
    NoBreaker: "S13 S15",
    /// what was taken lately is forgotten
    NoWindow: "S14",
    /// a host is drained on any terminate event
    DrainsOnAnyEvent: "S4",
    /// a Spot warning is believed without EC2's own mark
    BelievesSpotEvents: "S4",
    /// a person's drain is taken for ours
    LiftsOthersDrains: "S5",
    /// there is no reconciler
    NoReconciler: "L1 L2 L3 L4",
    /// our own drain is never lifted
    NeverLifts: "L4",
    /// registrations that are left behind are not looked for
    IgnoresGhosts: "L3",
}

impl Bug {
    /// What this bug does to the settings.
    pub(crate) fn settings(self, mut policy: Policy) -> Policy {
        match self {
            Self::AbandonsEarly => policy.join_patience = Duration::ZERO,
            Self::GivesUpEarly => policy.lost_patience = Duration::from_secs(100),
            _ => {}
        }
        policy
    }
}

/// Twists what is seen.
pub(crate) fn lie(
    bug: Option<Bug>,
    who: Who,
    of: Option<usize>,
    hosts: &mut [Host; MOST],
    tag: &mut Tag,
) {
    let Some(bug) = bug else {
        return;
    };
    match bug {
        Bug::NoBreaker => {
            // One is seen in trouble, and the others are not looked at.
            for host in hosts.iter_mut().filter(|host| host.fails()).skip(1) {
                host.age = 0;
                host.ecs.connected |= host.seat.life == Life::InService;
            }
        }
        Bug::NoWindow => {
            for (host, choice) in hosts.iter().zip(&mut tag.hosts) {
                let waits = host.fails() && !host.seat.unhealthy;
                *choice = Choice { lapsed: false, standing: choice.standing.filter(|_| waits) };
            }
            tag.former = Choice::default();
        }
        Bug::NotChosenBefore => {
            for (host, choice) in hosts.iter().zip(&mut tag.hosts) {
                let way = if host.seat.life == Life::Pending { Way::Launch } else { Way::Service };
                if host.fails() {
                    *choice = Choice { lapsed: false, standing: Some((1, way)) };
                }
            }
        }
        _ => {}
    }
    for (place, host) in hosts.iter_mut().enumerate() {
        if host.seat.life != Life::Free && of.is_none_or(|of| of == place) {
            lie_of_one(bug, who, host);
        }
    }
}

fn lie_of_one(bug: Bug, who: Who, host: &mut Host) {
    let registered = host.ecs.status != Status::None;
    let ecs = &mut host.ecs;
    let machine = host.ec2.machine;
    match bug {
        Bug::OneEmptyLook if ecs.status == Status::Draining => ecs.empty = Some(1),
        Bug::IgnoresStoppingTasks if host.task == Task::Stops => host.task = Task::None,
        Bug::GoesWithoutDraining => host.task = Task::None,
        Bug::StrikesOffWithoutAsking if who == Who::Deregisterer => {
            host.ec2.machine = Machine::Terminated;
            ecs.connected = false;
        }
        Bug::StoppedIsTerminated if machine == Machine::Stopped => {
            host.ec2.machine = Machine::Terminated;
        }
        Bug::ShuttingDownIsTerminated if machine == Machine::ShuttingDown => {
            host.ec2.machine = Machine::Terminated;
        }
        Bug::NotFoundOnce if registered => ecs.missing = Some(Watch { since: LONG, seen: 0 }),
        Bug::RegisteredIsConnected if who == Who::Verifier => ecs.connected = registered,
        Bug::NobodyWatches => ecs.lost = ecs.lost.map(|lost| Watch { seen: 0, ..lost }),
        Bug::DrainsOnAnyEvent if who == Who::Drainer => host.seat.life = Life::Terminating,
        Bug::BelievesSpotEvents if who == Who::Warned => host.ec2.taken_back = true,
        Bug::LiftsOthersDrains if ecs.status == Status::Draining => {
            ecs.drain = ecs.drain.or(Some((Why::Spot, true)));
        }
        Bug::NeverLifts => ecs.drain = ecs.drain.map(|(why, _)| (why, false)),
        Bug::IgnoresGhosts if machine.is_over() => host.ec2.machine = Machine::ShuttingDown,
        _ => {}
    }
}
