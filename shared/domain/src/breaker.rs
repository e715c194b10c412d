//! May anything be taken away now, given how the group and its cluster fare?

use crate::taking::Taking;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a group or a cluster fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// Hosts that are launching or in service.
    pub hosts: u32,
    /// Of these, the ones in trouble: agent lost, unhealthy, or late to join.
    pub failing: u32,
    /// Hosts in service.
    pub in_service: u32,
    /// Of these, the ones whose agent is not connected.
    pub lost: u32,
    /// Of those in service, the ones that were there before the window of takings began.
    pub settled: u32,
    /// Hosts that leave, or were marked unhealthy, by anyone's doing but our takings'.
    pub leaving: u32,
}

/// Why nothing is taken away. Keeps L7: it follows from what is seen, so it closes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "open", rename_all = "kebab-case")]
pub enum Open {
    /// More hosts are in trouble than one, or than a fifth (S13).
    TooManyFailing {
        /// How many.
        failing: u32,
        /// Of how many.
        hosts: u32,
    },
    /// More than half of the hosts in service lost their agents: that is no trouble of theirs (S15).
    LostTogether {
        /// How many.
        lost: u32,
        /// Of how many.
        hosts: u32,
    },
    /// Launch after launch was given up and none joined: a bad image must not burn money.
    LaunchLoop {
        /// How many were given up in the last hour.
        abandoned: u32,
    },
    /// As many as may be were taken away in the last quarter of an hour (S14).
    BudgetSpent {
        /// How many were, or are about to be.
        taken: u32,
        /// How many may be.
        budget: u32,
    },
}

impl Open {
    /// The word for tags, metrics and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooManyFailing { .. } => "too-many-failing",
            Self::LostTogether { .. } => "correlated-loss",
            Self::LaunchLoop { .. } => "launch-loop",
            Self::BudgetSpent { .. } => "budget-spent",
        }
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyFailing { failing, hosts } => {
                write!(f, "{failing} of {hosts} hosts are in trouble")
            }
            Self::LostTogether { lost, hosts } => {
                write!(f, "{lost} of {hosts} hosts in service lost their agents together")
            }
            Self::LaunchLoop { abandoned } => {
                write!(f, "{abandoned} launches were given up in the last hour and none joined")
            }
            Self::BudgetSpent { taken, budget } => {
                write!(f, "{taken} of at most {budget} hosts are being taken away")
            }
        }
    }
}

impl Crowd {
    /// Why nothing at all may be taken away, if so.
    ///
    /// Keeps S13, S15. A group's only host counts as half and more, unless the policy says otherwise.
    #[must_use]
    pub const fn open(self, repair_lone_host: bool) -> Option<Open> {
        let Self { hosts, failing, in_service, lost, .. } = self;
        let lone = repair_lone_host && in_service == 1;

        if lost.saturating_mul(2) > in_service && !lone {
            return Some(Open::LostTogether { lost, hosts: in_service });
        }
        if failing > a_fifth_or_one(hosts) {
            return Some(Open::TooManyFailing { failing, hosts });
        }
        None
    }

    /// How many hosts may be taken away in a window.
    #[must_use]
    pub const fn budget(self) -> u32 {
        a_fifth_or_one(self.settled)
    }

    /// The place that one more taking, or this one of the standing takings, has in the window; `None` if it
    /// has none, with the reason.
    ///
    /// Keeps S14. The order of takings is the same for everyone who reads them.
    ///
    /// # Errors
    /// [`Open::BudgetSpent`].
    pub fn place(
        self,
        takings: &[Taking],
        of: Option<&Taking>,
        now: Timestamp,
    ) -> Result<(), Open> {
        let mut counting: Vec<&Taking> = takings.iter().filter(|one| one.counts(now)).collect();
        counting.sort();
        // A host that was chosen again after its choice lapsed is one host.
        let mut seen = Vec::new();
        counting.retain(|one| {
            let first = !seen.contains(&&one.instance);
            seen.push(&one.instance);
            first
        });
        let before = match of {
            Some(of) => counting.iter().take_while(|one| one.instance != of.instance).count(),
            None => counting.len(),
        };
        let before = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(self.leaving);
        let budget = self.budget();
        if before < budget { Ok(()) } else { Err(Open::BudgetSpent { taken: before, budget }) }
    }
}

const fn a_fifth_or_one(of: u32) -> u32 {
    match of / 5 {
        0 => 1,
        fifth => fifth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taking::Way;
    use jiff::SignedDuration;

    #[test]
    fn each_reason_has_a_word_for_metrics_and_a_sentence_for_people() {
        let table = [
            (
                Open::TooManyFailing { failing: 3, hosts: 10 },
                "too-many-failing: 3 of 10 hosts are in trouble",
            ),
            (
                Open::LostTogether { lost: 6, hosts: 10 },
                "correlated-loss: 6 of 10 hosts in service lost their agents together",
            ),
            (
                Open::LaunchLoop { abandoned: 3 },
                "launch-loop: 3 launches were given up in the last hour and none joined",
            ),
            (
                Open::BudgetSpent { taken: 2, budget: 2 },
                "budget-spent: 2 of at most 2 hosts are being taken away",
            ),
        ];
        for (open, told) in table {
            assert_eq!(format!("{}: {open}", open.word()), told);
        }
    }

    // Checks S13.
    #[test]
    fn one_or_a_fifth_is_bearable_and_no_more() {
        let table = [
            (0, 0, false),
            (1, 1, false),
            (2, 1, false),
            (2, 2, true),
            (9, 2, true),
            (10, 2, false),
            (10, 3, true),
            (100, 20, false),
            (100, 21, true),
        ];
        for (hosts, failing, open) in table {
            let crowd = Crowd { hosts, failing, ..Crowd::default() };
            assert_eq!(crowd.open(false).is_some(), open, "{failing} of {hosts}");
        }
    }

    // Checks S15.
    #[test]
    fn agents_that_are_lost_together_are_no_trouble_of_their_hosts() {
        let table =
            [(0, 0, false), (1, 1, true), (2, 1, false), (2, 2, true), (4, 2, false), (5, 3, true)];
        for (in_service, lost, open) in table {
            let crowd = Crowd { hosts: 100, in_service, lost, ..Crowd::default() };
            assert_eq!(crowd.open(false).is_some(), open, "{lost} of {in_service}");
        }
        let lone = Crowd { hosts: 1, in_service: 1, lost: 1, failing: 1, ..Crowd::default() };
        assert_eq!(lone.open(true), None);
    }

    // Checks S14.
    #[test]
    fn the_window_holds_as_many_as_the_budget_and_everyone_agrees_on_whom() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        let taking = |id: u32, minutes: i64| Taking {
            at: now - SignedDuration::from_mins(minutes),
            instance: format!("i-{id:08x}").parse().unwrap(),
            way: Way::Service,
        };
        let ten = Crowd { settled: 10, ..Crowd::default() };
        let all = [taking(1, 2), taking(2, 3), taking(3, 1)];
        assert!(ten.place(&all[..1], None, now).is_ok());
        assert!(ten.place(&all, None, now).is_err());
        assert!(ten.place(&all, Some(&all[1]), now).is_ok());
        assert!(ten.place(&all, Some(&all[0]), now).is_ok());
        assert!(ten.place(&all, Some(&all[2]), now).is_err());
        // Hosts that leave anyhow are taken too, and an old taking is over.
        assert!(Crowd { leaving: 1, ..ten }.place(&all, Some(&all[0]), now).is_err());
        assert!(ten.place(&[taking(1, 20), taking(2, 21), taking(3, 1)], None, now).is_ok());
        // The same host, chosen again, is one host.
        assert!(ten.place(&[taking(1, 8), taking(1, 2)], None, now).is_ok());
    }
}
