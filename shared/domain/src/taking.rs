//! What is taken away from a group: chosen in one sweep, done in a later one, remembered on the group.
//!
//! A disruption is never done in the sweep that first wants it. That sweep writes the host's name into a tag
//! of the group; a later one reads the tag, judges anew, and takes just what stands there. So
//!
//! * every disruption rests on two reads, a minute and more apart (S7, S16);
//! * sweeps that overlap agree on whom to take, as the tag has one value (S14, L11);
//! * what was taken lately is known to every sweep, and people see it (S14).
//!
//! Why that is safe without a lock: a tag is written within [`crate::sweep::FRESH`] (30 s) of the read that it
//! rests on, so a write that does not know of a choice ends at most 30 s after it. [`RIPE`] is longer than that
//! and than any read lags behind, so what is still in the tag when it is ripe is in every later value too.

use crate::marks::whole_seconds;
use crate::names::InstanceId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// The tag of a group that holds its takings: `2026-03-04T05:06:07Z i-0a1b2c3d launch; …`.
pub const TAG: &str = "muster:taking";
/// How old a choice must be before it may be done.
pub const RIPE: SignedDuration = SignedDuration::from_secs(90);
/// How old a choice may be to be done still; then it has lapsed, and the host may be chosen anew.
pub const LAPSED: SignedDuration = SignedDuration::from_mins(5);
/// The window in which takings count (S14): a quarter of an hour, from the last moment that a choice may be done at.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(20);
/// How long a launch given up is remembered, to know a launch loop by.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);
/// How many takings a tag's 256 characters hold (`Tag` in the EC2 Auto Scaling API reference), with room to spare:
/// so many hosts a window are taken from a group at most, however large it is.
pub const MOST: usize = 5;

/// How a host is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Its launch is given up.
    Launch,
    /// It is marked unhealthy, or terminated when it is empty.
    Service,
}

impl Way {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Service => "service",
        }
    }
}

/// A host chosen to be taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Taking {
    /// When it was chosen.
    pub at: Timestamp,
    /// The host.
    pub instance: InstanceId,
    /// How.
    pub way: Way,
}

impl Taking {
    fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.at)
    }

    /// Whether it counts as taken in the window before `now`, done or not.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.age(now) < WINDOW
    }

    /// Whether it may be done now.
    #[must_use]
    pub fn is_ripe(&self, now: Timestamp) -> bool {
        (RIPE..LAPSED).contains(&self.age(now))
    }

    /// Whether it stands: done lately, about to be done, or to ripen.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.age(now) < LAPSED
    }
}

/// Reads the tag, the oldest first. What cannot be read is left out.
#[must_use]
pub fn read(text: &str) -> Vec<Taking> {
    let mut all: Vec<Taking> = text.split("; ").filter_map(read_one).collect();
    all.sort();
    all.dedup();
    all
}

fn read_one(text: &str) -> Option<Taking> {
    let mut words = text.split(' ');
    let (at, instance, way) = (words.next()?, words.next()?, words.next()?);
    let way = match way {
        "launch" => Way::Launch,
        "service" => Way::Service,
        _ => return None,
    };
    Some(Taking { at: at.parse().ok()?, instance: instance.parse().ok()?, way })
}

/// The value of the tag.
#[must_use]
pub fn write(all: &[Taking]) -> String {
    let texts: Vec<String> = all
        .iter()
        .map(|one| format!("{} {} {}", whole_seconds(one.at), one.instance, one.way.as_str()))
        .collect();
    texts.join("; ")
}

/// These takings and one more; `None` if the window is full. What is no longer needed falls out.
#[must_use]
pub fn with(all: &[Taking], one: Taking, now: Timestamp) -> Option<Vec<Taking>> {
    let remembered = |taking: &&Taking| match taking.way {
        Way::Launch => taking.age(now) < REMEMBERED,
        Way::Service => taking.counts(now),
    };
    let mut kept: Vec<Taking> = all.iter().filter(remembered).cloned().collect();
    while kept.len() >= MOST {
        // The oldest first; one that still counts must not be forgotten.
        if kept.first().is_none_or(|oldest| oldest.counts(now)) {
            return None;
        }
        kept.remove(0);
    }
    kept.push(one);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_772_600_400).unwrap() + SignedDuration::from_mins(minutes)
    }

    fn taking(minutes: i64, way: Way) -> Taking {
        Taking { at: at(minutes), instance: "i-1234567890abcdef0".parse().unwrap(), way }
    }

    #[test]
    fn what_is_written_can_be_read_and_fits_into_a_tag() {
        let all: Vec<Taking> = (0..5).map(|n| taking(n, Way::Service)).collect();
        let text = write(&all);
        assert!(text.len() <= 256, "{} characters", text.len());
        assert_eq!(read(&text), all);
        assert_eq!(read("yesterday i-0 launch; x; 2026-03-04T05:06:07Z i-0a1b2c3d maybe"), []);
    }

    // Checks S14.
    #[test]
    fn a_choice_ripens_lapses_and_counts_longer_than_it_can_be_done() {
        let one = taking(0, Way::Service);
        let after = |seconds| at(0) + SignedDuration::from_secs(seconds);
        assert!(!one.is_ripe(after(89)) && one.is_ripe(after(90)));
        assert!(one.is_ripe(after(299)) && !one.is_ripe(after(300)));
        assert!(LAPSED + SignedDuration::from_mins(15) <= WINDOW);
        assert!(one.stands(after(299)) && !one.stands(after(300)));
        assert!(one.counts(after(1199)) && !one.counts(after(1200)));
    }

    #[test]
    fn a_full_window_takes_no_more_and_what_is_old_makes_room() {
        let full: Vec<Taking> = (0..5).map(|n| taking(n, Way::Service)).collect();
        assert_eq!(with(&full, taking(10, Way::Service), at(10)), None);
        let kept = with(&full, taking(22, Way::Service), at(22)).unwrap();
        assert_eq!(kept.len(), 3, "{kept:?}");
        let abandoned: Vec<Taking> = (0..5).map(|n| taking(n, Way::Launch)).collect();
        let kept = with(&abandoned, taking(30, Way::Launch), at(30)).unwrap();
        assert_eq!(kept.len(), 5, "abandoned launches are remembered for an hour");
        let kept = with(&abandoned[..2], taking(60, Way::Launch), at(60)).unwrap();
        assert_eq!(kept.len(), 2, "and not a moment longer: {kept:?}");
    }
}
