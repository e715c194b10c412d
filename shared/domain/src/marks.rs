//! What Muster writes on a registration, so that people can see it and a later look can read it.
//!
//! ECS attribute names allow letters, digits, hyphens, underscores, slashes and full stops, but no
//! colon (`Attribute` in the ECS API reference), so the marks are named `muster.*` there.

use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The attribute that says since when, and why, we drain a host: `2026-03-04T05:06:07Z spot`.
pub const DRAINING: &str = "muster.draining";
/// The attribute that says since when its agent is lost, and when that was last seen:
/// `2026-03-04T05:06:07Z 2026-03-04T05:09:07Z`.
pub const AGENT_LOST: &str = "muster.agent-lost";
/// The attribute that says since when EC2 does not find its instance.
pub const NOT_FOUND: &str = "muster.not-found";

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

/// An agent that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Since when.
    pub since: Timestamp,
    /// When a sweep last saw it lost. A gap means that nobody looked, and time nobody watched does not count.
    pub seen: Timestamp,
}

/// The marks found on a registration. One that cannot be read is no mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Since when, and why, we drain it.
    pub draining: Option<(Timestamp, Leaving)>,
    /// Since when its agent is lost.
    pub agent_lost: Option<Lost>,
    /// Since when EC2 does not find its instance.
    pub not_found: Option<Timestamp>,
}

impl Marks {
    /// Reads the marks from a registration's attributes.
    #[must_use]
    pub fn read(attributes: &BTreeMap<String, String>) -> Self {
        let draining = attributes.get(DRAINING).and_then(|text| {
            let (since, why) = text.split_once(' ')?;
            Some((since.parse().ok()?, Leaving::read(why)?))
        });
        let agent_lost = attributes.get(AGENT_LOST).and_then(|text| {
            let (since, seen) = text.split_once(' ')?;
            Some(Lost { since: since.parse().ok()?, seen: seen.parse().ok()? })
        });
        let not_found = attributes.get(NOT_FOUND).and_then(|text| text.parse().ok());

        Self { draining, agent_lost, not_found }
    }

    /// The value of the draining mark. Whole seconds: the attribute's alphabet has no more.
    #[must_use]
    pub fn draining_value(since: Timestamp, why: Leaving) -> String {
        format!("{} {}", whole_seconds(since), why.as_str())
    }

    /// The value of the agent-lost mark.
    #[must_use]
    pub fn agent_lost_value(lost: Lost) -> String {
        format!("{} {}", whole_seconds(lost.since), whole_seconds(lost.seen))
    }

    /// The value of the not-found mark.
    #[must_use]
    pub fn not_found_value(since: Timestamp) -> String {
        whole_seconds(since).to_string()
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
            (DRAINING.to_owned(), Marks::draining_value(at, Leaving::Spot)),
            (AGENT_LOST.to_owned(), Marks::agent_lost_value(Lost { since: at, seen: at })),
            (NOT_FOUND.to_owned(), Marks::not_found_value(at)),
        ]);
        let marks = Marks::read(&attributes);
        let whole: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        assert_eq!(marks.draining, Some((whole, Leaving::Spot)));
        assert_eq!(marks.agent_lost, Some(Lost { since: whole, seen: whole }));
        assert_eq!(marks.not_found, Some(whole));
    }

    #[test]
    fn a_mark_that_cannot_be_read_is_no_mark() {
        for value in ["", "yesterday spot", "2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z because"]
        {
            let attributes = BTreeMap::from([(DRAINING.to_owned(), value.to_owned())]);
            assert_eq!(Marks::read(&attributes), Marks::default(), "{value}");
        }
    }
}
