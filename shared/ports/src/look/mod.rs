//! Looks: what the judgements look at, put together from the reads.
//!
//! Every page is read, or the look fails; what could not be read is [`domain::Seen::Unknown`] or a
//! [`domain::Fault`], never absent and never zero (keeps S21). Every look is fresh (keeps S20).

mod capacity;
mod cluster;
mod complete;
mod fleet;
mod host;
mod machines;
mod registrations;

pub use capacity::{before, capacity, example, is_old};
pub use cluster::{groups, hosts};
pub use complete::{Read, lacking, read_again};
pub use fleet::{Fleet, Turn};
pub use host::host;
pub use machines::troubles_of;
pub use registrations::{WHY_SLOW, registrations, services};

pub(crate) use crate::reads::Troubles;

use domain::{ClusterName, GroupName, GroupView, HostView};
use std::collections::BTreeMap;

/// Groups by name.
pub type Groups = BTreeMap<GroupName, GroupView>;

/// A host, and the group that it sits in, as one look showed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The host.
    pub host: HostView,
    /// Its group, if it has one that carries our tag.
    pub group: Option<GroupView>,
}

/// The groups of each cluster. A group whose tag names no cluster belongs to none.
#[must_use]
pub fn by_cluster(groups: Groups) -> BTreeMap<ClusterName, Groups> {
    let mut clusters: BTreeMap<ClusterName, Groups> = BTreeMap::new();
    for (name, group) in groups {
        if let Some(cluster) = group.cluster() {
            clusters.entry(cluster).or_default().insert(name, group);
        }
    }
    clusters
}
