//! What Muster writes on a registration, so that people can see it and a later look can read it.
//!
//! ECS attribute names allow letters, digits, hyphens, underscores, slashes and full stops, but no
//! colon (`Attribute` in the ECS API reference), so the marks are named `muster.*` there.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// The attribute that says since when, and why, we drain a host, and when a look first showed no task on it:
/// `2026-03-04T05:06:07Z spot empty 2026-03-04T05:08:01Z`.
pub const DRAINING: &str = "muster.draining";
/// The attribute that says since when its agent is lost, and when that was last seen:
/// `2026-03-04T05:06:07Z 2026-03-04T05:09:07Z`.
pub const AGENT_LOST: &str = "muster.agent-lost";
/// The attribute that says since when EC2 does not find its instance, and when that was last seen.
pub const NOT_FOUND: &str = "muster.not-found";

/// The attribute that says since when, and why, a host's protection from scale-in is ours: `2026-03-04T05:06:07Z tasks`.
pub const PROTECTED: &str = "muster.protected";

/// Why a host's protection from scale-in is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protected {
    /// We protected it for its tasks.
    Tasks,
    /// Others protect it, and it has no task.
    Idle,
}

impl Protected {
    /// The word in the mark.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Idle => "idle",
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "tasks" => Some(Self::Tasks),
            "idle" => Some(Self::Idle),
            _ => None,
        }
    }
}

/// Why a host is drained by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Leaving {
    /// Its group terminates it.
    Terminate,
    /// EC2 takes the Spot instance back in two minutes.
    Spot,
    /// EC2 says that the Spot instance is likely to be taken back, and the policy says to act on it.
    Rebalance,
    /// EC2 retires or stops the instance soon.
    Retirement,
    /// EC2 reboots the instance soon.
    Reboot,
    /// It goes back into the warm pool.
    Pool,
}

impl Leaving {
    /// The word in the mark.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "terminate",
            Self::Spot => "spot",
            Self::Rebalance => "rebalance",
            Self::Retirement => "retirement",
            Self::Reboot => "reboot",
            Self::Pool => "pool",
        }
    }

    /// Why, for people.
    #[must_use]
    pub const fn because(self) -> &'static str {
        match self {
            Self::Terminate => "its group terminates it",
            Self::Spot => "EC2 takes the Spot instance back",
            Self::Rebalance => "EC2 recommends to replace the Spot instance",
            Self::Retirement => "EC2 retires the instance soon",
            Self::Reboot => "EC2 reboots the instance soon",
            Self::Pool => "it goes back into the warm pool",
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "terminate" => Some(Self::Terminate),
            "spot" => Some(Self::Spot),
            "rebalance" => Some(Self::Rebalance),
            "retirement" => Some(Self::Retirement),
            "reboot" => Some(Self::Reboot),
            "pool" => Some(Self::Pool),
            _ => None,
        }
    }
}

/// Something that is wrong, and watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// Since when.
    pub since: Timestamp,
    /// When a sweep last saw it so. A gap means that nobody looked, and time that nobody watched does not count.
    pub seen: Timestamp,
}

/// A mark that no sweep renewed for so long tells nothing of the time between: the clock starts anew.
pub const UNWATCHED: SignedDuration = SignedDuration::from_secs(150);
/// A mark is renewed by every sweep, but not by two that overlap.
const RENEWED: SignedDuration = SignedDuration::from_secs(40);

impl Watched {
    /// The watch that begins or goes on now; nothing if it need not be written.
    #[must_use]
    pub fn renewed(before: Option<Self>, now: Timestamp) -> Option<Self> {
        match before {
            None => Some(Self { since: now, seen: now }),
            Some(it) if !it.is_kept(now) => Some(Self { since: now, seen: now }),
            Some(it) if now.duration_since(it.seen) >= RENEWED => Some(Self { seen: now, ..it }),
            Some(_) => None,
        }
    }

    /// Whether it was watched without a gap until now.
    #[must_use]
    pub fn is_kept(self, now: Timestamp) -> bool {
        now.duration_since(self.seen) <= UNWATCHED
    }

    /// Whether it is so for this long, and was watched all the time.
    #[must_use]
    pub fn lasts(self, long: SignedDuration, now: Timestamp) -> bool {
        self.is_kept(now) && now.duration_since(self.since) >= long
    }
}

/// The marks found on a registration. One that cannot be read is no mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Since when, and why, we drain it.
    pub draining: Option<(Timestamp, Leaving)>,
    /// Since when no look showed a task on it.
    pub empty: Option<Timestamp>,
    /// Since when its agent is lost.
    pub agent_lost: Option<Watched>,
    /// Since when EC2 does not find its instance.
    pub not_found: Option<Watched>,
    /// Since when, and why, its protection is watched.
    pub protected: Option<(Timestamp, Protected)>,
}

impl Marks {
    /// Reads the marks from a registration's attributes.
    #[must_use]
    pub fn read(attributes: &BTreeMap<String, String>) -> Self {
        let drained = attributes.get(DRAINING).and_then(|text| {
            let (since, why) = text.split_once(' ')?;
            let (why, empty) = match why.split_once(" empty ") {
                Some((why, empty)) => (why, Some(empty.parse().ok()?)),
                None => (why, None),
            };
            Some(((since.parse().ok()?, Leaving::read(why)?), empty))
        });
        let (draining, empty) = drained.map_or((None, None), |(mark, empty)| (Some(mark), empty));
        let watched = |name| {
            let (since, seen) = attributes.get(name)?.split_once(' ')?;
            Some(Watched { since: since.parse().ok()?, seen: seen.parse().ok()? })
        };
        let (agent_lost, not_found) = (watched(AGENT_LOST), watched(NOT_FOUND));
        let protected = attributes.get(PROTECTED).and_then(|text| {
            let (since, why) = text.split_once(' ')?;
            Some((since.parse().ok()?, Protected::read(why)?))
        });

        Self { draining, empty, agent_lost, not_found, protected }
    }

    /// The value of the draining mark. Whole seconds: the attribute's alphabet has no more.
    #[must_use]
    pub fn draining_value(since: Timestamp, why: Leaving, empty: Option<Timestamp>) -> String {
        let empty = empty.map(|at| format!(" empty {}", whole_seconds(at))).unwrap_or_default();
        format!("{} {}{empty}", whole_seconds(since), why.as_str())
    }

    /// The value of the protection mark.
    #[must_use]
    pub fn protected_value(since: Timestamp, why: Protected) -> String {
        format!("{} {}", whole_seconds(since), why.as_str())
    }

    /// The value of a mark of something watched.
    #[must_use]
    pub fn watched_value(watched: Watched) -> String {
        format!("{} {}", whole_seconds(watched.since), whole_seconds(watched.seen))
    }
}

pub(crate) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_again() {
        let at: Timestamp = "2026-03-04T05:06:07.9Z".parse().unwrap();
        let attributes = BTreeMap::from([
            (DRAINING.to_owned(), Marks::draining_value(at, Leaving::Spot, Some(at))),
            (AGENT_LOST.to_owned(), Marks::watched_value(Watched { since: at, seen: at })),
            (NOT_FOUND.to_owned(), Marks::watched_value(Watched { since: at, seen: at })),
        ]);
        let marks = Marks::read(&attributes);
        let whole: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        assert_eq!((marks.draining, marks.empty), (Some((whole, Leaving::Spot)), Some(whole)));
        let full = Marks::draining_value(at, Leaving::Pool, None);
        let marks_of_full = Marks::read(&BTreeMap::from([(DRAINING.to_owned(), full)]));
        assert_eq!(
            (marks_of_full.draining, marks_of_full.empty),
            (Some((whole, Leaving::Pool)), None)
        );
        assert_eq!(marks.agent_lost, Some(Watched { since: whole, seen: whole }));
        assert_eq!(marks.not_found, marks.agent_lost);
    }

    #[test]
    fn each_reason_for_a_drain_has_a_word_that_is_read_again_and_a_sentence() {
        let at: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        for (why, word, because) in [
            (Leaving::Terminate, "terminate", "its group terminates it"),
            (Leaving::Spot, "spot", "EC2 takes the Spot instance back"),
            (Leaving::Rebalance, "rebalance", "EC2 recommends to replace the Spot instance"),
            (Leaving::Retirement, "retirement", "EC2 retires the instance soon"),
            (Leaving::Reboot, "reboot", "EC2 reboots the instance soon"),
            (Leaving::Pool, "pool", "it goes back into the warm pool"),
        ] {
            let value = Marks::draining_value(at, why, None);
            assert_eq!(value, format!("2026-03-04T05:06:07Z {word}"));
            let marks = Marks::read(&BTreeMap::from([(DRAINING.to_owned(), value)]));
            assert_eq!(marks.draining, Some((at, why)));
            assert_eq!(why.because(), because);
        }
    }

    #[test]
    fn whose_protection_it_is_is_written_and_read_again() {
        let at: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        let read = |value: &str| {
            let attributes = BTreeMap::from([(PROTECTED.to_owned(), value.to_owned())]);
            Marks::read(&attributes).protected
        };
        for (why, value) in [
            (Protected::Tasks, "2026-03-04T05:06:07Z tasks"),
            (Protected::Idle, "2026-03-04T05:06:07Z idle"),
        ] {
            assert_eq!(Marks::protected_value(at, why), value);
            assert_eq!(read(value), Some((at, why)));
        }
        assert_eq!(read("2026-03-04T05:06:07Z because"), None);
    }

    #[test]
    fn a_watch_is_renewed_when_due_keeps_its_beginning_and_begins_anew_after_a_gap() {
        let began: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        let after = |seconds| began + SignedDuration::from_secs(seconds);
        let renewed =
            |seconds| Watched::renewed(Some(Watched { since: began, seen: began }), after(seconds));
        assert_eq!(renewed(39), None);
        assert_eq!(renewed(40), Some(Watched { since: began, seen: after(40) }));
        assert_eq!(renewed(150), Some(Watched { since: began, seen: after(150) }));
        assert_eq!(renewed(151), Some(Watched { since: after(151), seen: after(151) }));
    }

    #[test]
    fn a_mark_that_cannot_be_read_is_no_mark() {
        for value in [
            "",
            "yesterday spot",
            "2026-03-04T05:06:07Z",
            "2026-03-04T05:06:07Z because",
            "2026-03-04T05:06:07Z spot empty soon",
        ] {
            let attributes = BTreeMap::from([(DRAINING.to_owned(), value.to_owned())]);
            assert_eq!(Marks::read(&attributes), Marks::default(), "{value}");
        }
    }
}
