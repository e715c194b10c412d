//! What can be seen of a group.

use crate::host::{Lifecycle, Seat, Seen};
use crate::names::{CLUSTER_TAG, ClusterName, GroupName, InstanceId};
use crate::taking::{self, Taking};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The tag of a group that says since when, and why, nothing is taken away from it.
pub const BREAKER_TAG: &str = "muster:breaker";

/// An Auto Scaling group, with the seats of its hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its name.
    pub name: GroupName,
    /// The least number of hosts.
    pub min: u32,
    /// The greatest number of hosts.
    pub max: u32,
    /// How many it should have.
    pub desired: u32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Processes that someone suspended, for example `Launch`.
    pub suspended: Vec<String>,
    /// Whether it has a warm pool.
    pub warm_pool: bool,
    /// Whether its sizes count something else than hosts: the weights of its instance types, vCPUs or memory.
    pub weighted: bool,
    /// Its hosts.
    pub seats: BTreeMap<InstanceId, Seat>,
    /// Its hooks of ours; looked at only where a host may be held by one.
    pub hooks: Option<Seen<Hooks>>,
}

/// Our hooks of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// `muster-launch`
    pub launch: Option<Hook>,
    /// `muster-terminate`
    pub terminate: Option<Hook>,
}

/// A lifecycle hook (`LifecycleHook` in the EC2 Auto Scaling API reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// How long AWS waits for a completion or a heartbeat.
    pub heartbeat: Duration,
    /// How long AWS waits in all, heartbeats or not: 48 hours, or a hundred times `heartbeat`, whichever is less.
    pub in_all: Duration,
    /// Whether AWS goes on with CONTINUE when the time is over; else with ABANDON.
    pub continues: bool,
}

impl GroupView {
    /// The cluster that the group belongs to. No tag, no action.
    #[must_use]
    pub fn cluster(&self) -> Option<ClusterName> {
        self.tags.get(CLUSTER_TAG).and_then(|name| ClusterName::of(name).ok())
    }

    /// Who else steers its size: AWS's own managed scaling marks its groups with this tag
    /// (*Amazon ECS cluster auto scaling* in the ECS developer guide).
    #[must_use]
    pub fn steered_by_another(&self) -> bool {
        self.tags.contains_key("AmazonECSManaged")
    }

    /// What was chosen to be taken away from it in the last hour, the oldest first.
    #[must_use]
    pub fn takings(&self) -> Vec<Taking> {
        self.tags.get(taking::TAG).map(|text| taking::read(text)).unwrap_or_default()
    }

    /// Since when, and why, its breaker was marked as open.
    #[must_use]
    pub fn breaker_mark(&self) -> Option<(Option<Timestamp>, &str)> {
        let text = self.tags.get(BREAKER_TAG)?;
        let (since, why) = text.split_once(' ').unwrap_or(("", text));
        Some((since.parse().ok(), why))
    }

    /// Whether a host of it may be held by a hook of ours now.
    #[must_use]
    pub fn holds_any(&self) -> bool {
        self.seats.values().any(|seat| {
            seat.lifecycle == Lifecycle::PendingWait || seat.lifecycle.is_held_leaving()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(lifecycles: &[&str]) -> GroupView {
        let seat = |lifecycle: &&str| Seat {
            group: "web".parse().unwrap(),
            lifecycle: Lifecycle::read(lifecycle),
            healthy: true,
            protected: false,
        };
        let ids = (0..).map(|it| format!("i-{it:08x}").parse().unwrap());
        GroupView {
            name: "web".parse().unwrap(),
            min: 0,
            max: 1,
            desired: 0,
            tags: BTreeMap::new(),
            suspended: Vec::new(),
            warm_pool: false,
            weighted: false,
            seats: ids.zip(lifecycles.iter().map(seat)).collect(),
            hooks: None,
        }
    }

    #[test]
    fn a_group_with_the_tag_of_managed_scaling_is_steered_by_another() {
        let mut group = group(&[]);
        group.tags.insert("AmazonECS".to_owned(), String::new());
        assert!(!group.steered_by_another());
        group.tags.insert("AmazonECSManaged".to_owned(), String::new());
        assert!(group.steered_by_another());
    }

    #[test]
    fn our_hooks_hold_what_waits_on_its_way_in_or_out_and_nothing_else() {
        for held in ["Pending:Wait", "Terminating:Wait", "Warmed:Pending:Wait"] {
            assert!(group(&["InService", held]).holds_any(), "{held}");
        }
        assert!(!group(&[]).holds_any());
        assert!(!group(&["InService", "Pending", "Terminating", "Warmed:Stopped"]).holds_any());
    }
}
