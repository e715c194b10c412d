//! Lifecycle hooks, and the actions by which they hold instances.

use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// Longest time that hooks can hold an instance: 48 hours.
const MOST: i64 = 172_800;

/// Which way a hook's instances go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transition {
    /// Into service.
    Launching,
    /// Out of it.
    Terminating,
}

impl Transition {
    /// Reads AWS's name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "autoscaling:EC2_INSTANCE_LAUNCHING" => Some(Self::Launching),
            "autoscaling:EC2_INSTANCE_TERMINATING" => Some(Self::Terminating),
            _ => None,
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Launching => "autoscaling:EC2_INSTANCE_LAUNCHING",
            Self::Terminating => "autoscaling:EC2_INSTANCE_TERMINATING",
        })
    }
}

/// What an action ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionResult {
    /// The instance goes on.
    Continue,
    /// A launching instance is terminated; a terminating one skips the hooks that are left.
    Abandon,
}

impl ActionResult {
    /// Reads AWS's word.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "CONTINUE" => Some(Self::Continue),
            "ABANDON" => Some(Self::Abandon),
            _ => None,
        }
    }
}

impl fmt::Display for ActionResult {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Continue => "CONTINUE",
            Self::Abandon => "ABANDON",
        })
    }
}

/// A lifecycle hook of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// Which way its instances go.
    pub transition: Transition,
    /// `HeartbeatTimeout`, seconds.
    pub heartbeat: i64,
    /// What happens when nobody completes the action.
    pub default_result: ActionResult,
    /// `NotificationMetadata`.
    pub metadata: Option<String>,
    /// `NotificationTargetARN`.
    pub target: Option<String>,
    /// `RoleARN`.
    pub role: Option<String>,
}

impl Hook {
    /// `GlobalTimeout`, seconds: heartbeats cannot hold an instance longer than this.
    #[must_use]
    pub fn global_timeout(&self) -> i64 {
        self.heartbeat.saturating_mul(100).min(MOST)
    }
}

/// One hook holding one instance.
///
/// It keeps the hook as it was when the action began: changing the hook changes later actions only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The hook.
    pub hook: Hook,
    /// `LifecycleActionToken`.
    pub token: String,
    /// When it times out unless a heartbeat comes.
    pub expires: Timestamp,
    /// When it times out in any case.
    pub ends: Timestamp,
}

impl Action {
    /// An action that begins now.
    #[must_use]
    pub fn begin(hook: &Hook, token: String, now: Timestamp) -> Self {
        let ends = after(now, hook.global_timeout());
        let mut action = Self { hook: hook.clone(), token, expires: ends, ends };
        action.beat(now);
        action
    }

    /// A heartbeat starts the whole window anew, within the global timeout.
    pub fn beat(&mut self, now: Timestamp) {
        self.expires = after(now, self.hook.heartbeat).min(self.ends);
    }
}

/// The time so many seconds after `at`.
#[must_use]
pub(super) fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
