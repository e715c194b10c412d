//! What Muster writes on a registration, so that people can see it and a later look can read it.
//!
//! ECS attribute names allow letters, digits, hyphens, underscores, slashes and full stops, but no
//! colon (`Attribute` in the ECS API reference), so the marks are named `muster.*` there.

use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The attribute that says since when, and why, we drain a host: `2026-03-04T05:06:07Z spot`.
pub const DRAINING: &str = "muster.draining";
/// The attribute that says since when its agent is lost.
pub const AGENT_LOST: &str = "muster.agent-lost";

/// Why a host is drained by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Leaving {
    /// Its group terminates it.
    Terminate,
    /// EC2 takes the Spot instance back in two minutes.
    Spot,
}

impl Leaving {
    /// The word in the mark.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminate => "terminate",
            Self::Spot => "spot",
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "terminate" => Some(Self::Terminate),
            "spot" => Some(Self::Spot),
            _ => None,
        }
    }
}

/// The marks found on a registration. One that cannot be read is no mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Since when, and why, we drain it.
    pub draining: Option<(Timestamp, Leaving)>,
    /// Since when its agent is lost.
    pub agent_lost: Option<Timestamp>,
}

impl Marks {
    /// Reads the marks from a registration's attributes.
    #[must_use]
    pub fn read(attributes: &BTreeMap<String, String>) -> Self {
        let draining = attributes.get(DRAINING).and_then(|text| {
            let (since, why) = text.split_once(' ')?;
            Some((since.parse().ok()?, Leaving::read(why)?))
        });
        let agent_lost = attributes.get(AGENT_LOST).and_then(|text| text.parse().ok());

        Self { draining, agent_lost }
    }

    /// The value of the draining mark. Whole seconds: the attribute's alphabet has no more.
    #[must_use]
    pub fn draining_value(since: Timestamp, why: Leaving) -> String {
        format!("{} {}", whole_seconds(since), why.as_str())
    }

    /// The value of the agent-lost mark.
    #[must_use]
    pub fn agent_lost_value(since: Timestamp) -> String {
        whole_seconds(since).to_string()
    }
}

fn whole_seconds(at: Timestamp) -> Timestamp {
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
            (AGENT_LOST.to_owned(), Marks::agent_lost_value(at)),
        ]);
        let marks = Marks::read(&attributes);
        let whole: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        assert_eq!(marks.draining, Some((whole, Leaving::Spot)));
        assert_eq!(marks.agent_lost, Some(whole));
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
