//! What can be seen of a group.

use crate::host::Seat;
use crate::names::{CLUSTER_TAG, ClusterName, GroupName, InstanceId};
use std::collections::BTreeMap;

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
    /// Its hosts.
    pub seats: BTreeMap<InstanceId, Seat>,
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
}
