//! What will be done, and for everything else that was looked at, why not.

mod action;
mod hold;
mod words;

pub use action::{Action, BATCH, HookOf};
pub use hold::{Hold, Thing};

use crate::fault::Fault;
use crate::host::Phase;
use crate::names::{GroupName, InstanceId};
use serde::Serialize;
use std::collections::BTreeMap;

/// An action, and what must still hold when it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// Why.
    pub because: String,
    /// What a second look must show right before.
    pub provided: Provided,
}

/// What a second look must show right before the action is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provided {
    /// The look that the plan rests on is enough: the action is guarded by AWS or can be undone.
    Always,
    /// Judging the same host anew still comes to this action (before what cannot be undone).
    StillJudgedSo,
}

/// The verdict on one host or group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Where the host is in its life; absent for a group.
    pub phase: Option<Phase>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Why nothing more is done now; absent if what is done settles it.
    pub hold: Option<Hold>,
}

impl Verdict {
    /// Nothing is done.
    #[must_use]
    pub fn hold(phase: Phase, hold: Hold) -> Self {
        Self { phase: Some(phase), steps: Vec::new(), hold: Some(hold) }
    }

    /// AWS could not be read.
    #[must_use]
    pub fn unreadable(what: Thing, fault: &Fault) -> Self {
        Self::hold(Phase::Stray, Hold::Unreadable { what, fault: fault.to_string() })
    }

    /// One guarded action settles it.
    #[must_use]
    pub fn act(phase: Phase, action: Action, because: impl Into<String>) -> Self {
        Self {
            phase: Some(phase),
            steps: vec![Step { action, because: because.into(), provided: Provided::Always }],
            hold: None,
        }
    }

    /// One action that cannot be undone settles it.
    #[must_use]
    pub fn act_if_still_so(phase: Phase, action: Action, because: impl Into<String>) -> Self {
        Self {
            phase: Some(phase),
            steps: vec![Step {
                action,
                because: because.into(),
                provided: Provided::StillJudgedSo,
            }],
            hold: None,
        }
    }
}

/// A round of work: what will be done, and for everything else, why not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Every host that was looked at.
    pub hosts: BTreeMap<InstanceId, Verdict>,
    /// Every group that was looked at.
    pub groups: BTreeMap<GroupName, Verdict>,
}

impl Plan {
    /// All steps: the groups' first, then the hosts', in the order of their names.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let groups = self.groups.values().flat_map(|verdict| &verdict.steps);
        groups.chain(self.hosts.values().flat_map(|verdict| &verdict.steps))
    }
}
