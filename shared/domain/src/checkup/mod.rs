//! What is not well: of a host in its cluster, and of a group. Why a host never joined is the diagnosis' to say.
//!
//! A finding blames what can be seen; what could not be read blames nobody.

mod group;
mod host;

pub use crate::diagnosis::Verdict;
pub use group::of_group;
pub use host::{Case, of_host};

use serde::Serialize;
use std::fmt;

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Do the services of its tasks let them move?
    ServiceStuck,
    /// Are its tasks free to go?
    TaskProtection,
    /// Does it run tasks that nobody moves?
    StandaloneTasks,
    /// Do tasks end that were told to?
    Stopping,
    /// Does a hook that is not ours hold it?
    OtherHook,
    /// Was it emptied in time?
    Patience,
    /// Did a person drain it?
    DrainedByHand,
    /// Has it all that the policy asks of a host?
    Requirements,
    /// Does EC2 take it back, or plan something for it?
    Machine,
    /// Does ECS say that its agent is well?
    Health,
    /// Is it registered for nothing?
    Ghost,
    /// Is it registered where it serves?
    Registered,
    /// Is its agent connected?
    AgentLost,
    /// Is its side of the story readable?
    Readable,
    /// Has the group our launch hook, as it should be?
    LaunchHook,
    /// Has the group our terminate hook, as it should be?
    TerminateHook,
    /// Do the group's processes go on?
    Suspended,
    /// Are its tags settings?
    Tags,
    /// May anything be taken away from it?
    Breaker,
}

impl Check {
    /// The word for people and scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServiceStuck => "service-stuck",
            Self::TaskProtection => "task-protection",
            Self::StandaloneTasks => "standalone-tasks",
            Self::Stopping => "stopping",
            Self::OtherHook => "other-hook",
            Self::Patience => "patience",
            Self::DrainedByHand => "drained-by-hand",
            Self::Requirements => "requirements",
            Self::Machine => "machine",
            Self::Health => "health",
            Self::Ghost => "ghost",
            Self::Registered => "registered",
            Self::AgentLost => "agent-lost",
            Self::Readable => "readable",
            Self::LaunchHook => "launch-hook",
            Self::TerminateHook => "terminate-hook",
            Self::Suspended => "suspended",
            Self::Tags => "tags",
            Self::Breaker => "breaker",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is not well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How sure it is; the surest first.
    pub verdict: Verdict,
    /// What was checked.
    pub check: Check,
    /// What was seen.
    pub evidence: String,
    /// What to do about it.
    pub remedy: String,
}

fn finding(
    verdict: Verdict,
    check: Check,
    evidence: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding { verdict, check, evidence: evidence.into(), remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_has_its_word() {
        for (check, word) in [
            (Check::ServiceStuck, "service-stuck"),
            (Check::Ghost, "ghost"),
            (Check::Tags, "tags"),
            (Check::Breaker, "breaker"),
        ] {
            assert_eq!((check.as_str(), check.to_string().as_str()), (word, word));
        }
    }
}
