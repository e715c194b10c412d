//! The time, as AWS's answers tell it.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Answers whose times are held against one another.
const WITNESSES: usize = 5;
/// How many there must be for a time that is not taken back.
const ENOUGH: usize = 3;
/// Answers of one moment are less apart: a call takes 15 s at most, and AWS's clocks are all but the same.
const APART: SignedDuration = SignedDuration::from_mins(1);

/// Every timer is measured with it, and marks are written by it: one answer with a wrong `Date` must not make all hosts
/// overdue, or put a mark into the next decade. So the time is what most of the latest answers say.
#[derive(Debug, Default)]
pub(crate) struct AwsClock {
    heard: VecDeque<Timestamp>,
    /// The latest time that most answers bear out.
    pub(crate) agreed: Option<Timestamp>,
    is_firm: bool,
}

impl AwsClock {
    /// Hears an answer's `Date`. One that goes back is passed over: another connection's answer was later.
    pub(crate) fn hear(&mut self, at: Timestamp) {
        if self.heard.len() == WITNESSES {
            self.heard.pop_front();
        }
        self.heard.push_back(at);
        let mut sorted: Vec<Timestamp> = self.heard.iter().copied().collect();
        sorted.sort_unstable();
        let Some(median) = sorted.get(sorted.len().saturating_sub(1) / 2).copied() else { return };
        let near = |one: &&Timestamp| one.duration_since(median).abs() <= APART;
        let latest = sorted.iter().filter(near).max().copied();
        if sorted.iter().filter(near).count().saturating_mul(2) <= sorted.len() {
            return;
        }
        self.agreed = if self.is_firm { self.agreed.max(latest) } else { latest };
        self.is_firm = self.is_firm || sorted.len() >= ENOUGH;
    }
}

/// Whether a time can be now: 2000 to 2199. What another one tells is no time.
pub(crate) fn is_of_our_age(at: Timestamp) -> bool {
    (946_684_800..7_258_118_400).contains(&at.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(minutes: &[i64]) -> Option<i64> {
        let mut clock = AwsClock::default();
        for minute in minutes {
            clock.hear(Timestamp::from_second(minute * 60).unwrap());
        }
        clock.agreed.map(|at| at.as_second() / 60)
    }

    #[test]
    fn a_date_of_another_age_is_none() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", false),
            ("1999-12-31T23:59:59Z", false),
            ("2000-01-01T00:00:00Z", true),
            ("2026-03-04T05:06:07Z", true),
            ("2199-12-31T23:59:59Z", true),
            ("2200-01-01T00:00:00Z", false),
            ("9999-12-30T00:00:00Z", false),
        ] {
            assert_eq!(is_of_our_age(text.parse().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn the_time_is_what_most_of_the_latest_answers_say() {
        for (heard, expected) in [
            (&[][..], None),
            (&[10], Some(10)),
            (&[10, 11], Some(11)),
            // One of them is wrong, and nobody knows which.
            (&[10, 9_999_999], Some(10)),
            (&[9_999_999, 10], Some(9_999_999)),
            // Two know.
            (&[9_999_999, 10, 10], Some(10)),
            (&[10, 10, 10, 9_999_999], Some(10)),
            (&[10, 9_999_999, 10, 0, 10, 9_999_999, 11], Some(11)),
            // A function that waits long sees the time go on.
            (&[10, 10, 10, 10, 10, 70, 70], Some(10)),
            (&[10, 10, 10, 10, 10, 70, 70, 70], Some(70)),
            (&[70, 70, 70, 10, 10, 10, 10, 10], Some(70)),
        ] {
            assert_eq!(told(heard), expected, "{heard:?}");
        }
    }
}
