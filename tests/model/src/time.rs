//! Time is coarse and relative: only ages that a judgement can tell apart are told apart.

use domain::marks::Watched;
use jiff::{SignedDuration, Timestamp};

/// How long something has been so: a number of ticks up to two, [`LONG`] or [`OLD`].
pub type Age = u8;

/// Three ticks or more: a choice has lapsed, patience is over; but all within the window of takings.
pub const LONG: Age = 3;
/// Beyond every window.
pub const OLD: Age = 4;

/// A tick in seconds: a choice of one tick is ripe (90 s), a watch of one is kept and of two is not (150 s),
/// and a look is fresh, and an invocation alive, for less (30 s, 60 s).
const TICK: i64 = 100;

/// The time that it always is, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_772_600_400).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// When something of this age began.
pub(crate) fn at(age: Age) -> Timestamp {
    let ticks = if age >= OLD { 13 } else { i64::from(age) };
    now().saturating_sub(SignedDuration::from_secs(ticks * TICK)).unwrap_or(Timestamp::MIN)
}

/// The age of what began then.
pub(crate) fn age_of(at: Timestamp) -> Age {
    match now().duration_since(at).as_secs() / TICK {
        12.. => OLD,
        3.. => LONG,
        ticks => Age::try_from(ticks).unwrap_or(0),
    }
}

/// The age a tick later.
pub(crate) const fn older(age: Age, most: Age) -> Age {
    if age < most { age + 1 } else { most }
}

/// A mark of something watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Watch {
    /// Since when.
    pub since: Age,
    /// When it was last seen so; of two ticks the mark tells nothing any more.
    pub seen: Age,
}

impl Watch {
    /// A mark that nobody renewed.
    const DEAD: Self = Self { since: LONG, seen: 2 };

    pub(crate) const fn older(self) -> Self {
        if self.seen >= 1 {
            return Self::DEAD;
        }
        Self { since: older(self.since, LONG), seen: self.seen + 1 }
    }

    pub(crate) fn read(self) -> Watched {
        Watched { since: at(self.since), seen: at(self.seen) }
    }

    pub(crate) fn of(watched: Watched) -> Self {
        let one = Self { since: age_of(watched.since).min(LONG), seen: age_of(watched.seen) };
        if one.seen >= 2 { Self::DEAD } else { one }
    }
}
