//! The ports: one to look through, one to act through, and the flow that joins them.
//!
//! A port is a sentence, not an implementation: `shared/aws` says it with the SDK, the simulation
//! with a model.

mod examine;
mod flow;
mod roles;

pub use examine::Examine;
pub use flow::{Done, Outcome, perform};
pub use roles::{ActRoles, LookRoles, PutAnswer};

use domain::host::Seat;
use domain::size::{Demand, Supply};
use domain::{Action, ClusterName, Fault, GroupName, GroupView, HostView, InstanceId, Seen};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Instant;

/// A host, and the group that it sits in, as one look showed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The host.
    pub host: HostView,
    /// Its group, if it has one that carries our tag.
    pub group: Option<GroupView>,
}

/// Reads. The futures need not be `Send`: a function runs on one thread.
///
/// Obligations of an implementation:
///
/// * it only reads;
/// * it reads every page, or fails;
/// * what it could not read is [`Seen::Unknown`] or a [`Fault`], never absent and never zero (keeps S21);
/// * every look is fresh: nothing is kept from an earlier invocation (keeps S20).
pub trait Look {
    /// One host, by its instance id: its seat, its group's tags, its machine, its registrations,
    /// and, where it is DRAINING, its tasks that have not stopped.
    fn host(&self, instance: &InstanceId) -> impl Future<Output = Sighting>;

    /// Just the seat of one host: a single call, for events that mostly mean nothing.
    fn seat(&self, instance: &InstanceId) -> impl Future<Output = Seen<Option<Seat>>>;

    /// One group by its exact name; `None` if there is none.
    fn group(&self, name: &GroupName) -> impl Future<Output = Result<Option<GroupView>, Fault>>;

    /// Every group with the tag `muster:cluster`.
    fn groups(&self) -> impl Future<Output = Result<BTreeMap<GroupName, GroupView>, Fault>>;

    /// Every host of a cluster: the seats of these groups and all registrations, read in bulk, EC2 only
    /// where a host is not plainly settled.
    fn hosts(
        &self,
        cluster: &ClusterName,
        groups: &BTreeMap<GroupName, GroupView>,
    ) -> impl Future<Output = Result<Vec<HostView>, Fault>>;

    /// The tasks of a cluster's services that want a place on an EC2 host and have none.
    fn demand(&self, cluster: &ClusterName) -> impl Future<Output = Seen<Demand>>;

    /// Where tasks of a cluster can go, and what an empty host of this group offers.
    fn supply(
        &self,
        cluster: &ClusterName,
        group: &GroupView,
    ) -> impl Future<Output = Seen<Supply>>;

    /// The time by AWS's own clock, as its latest answer told it; the machine's before the first answer.
    ///
    /// Ages are differences of AWS's times, so they are measured with AWS's clock.
    fn now(&self) -> Timestamp;
}

/// Writes: one method, so that rehearsing, recording, counting and refusing have one place each.
pub trait Act {
    /// Performs one action. [`domain::Standing::Moot`] faults mean that it was done already.
    fn perform(&self, action: &Action) -> impl Future<Output = Result<(), Fault>>;
}

/// The budget and the bookkeeping of one invocation.
pub trait Session {
    /// Begins anew: no calls made yet, and none may end after this point of the monotonic clock.
    fn begin(&self, deadline: Instant);

    /// The calls made since then, by IAM action, attempts counted.
    fn calls(&self) -> BTreeMap<String, u32>;
}

/// Acts on nothing and agrees to everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rehearsal;

impl Act for Rehearsal {
    async fn perform(&self, _: &Action) -> Result<(), Fault> {
        Ok(())
    }
}

/// The groups of each cluster. A group whose tag names no cluster belongs to none.
#[must_use]
pub fn by_cluster(
    groups: &BTreeMap<GroupName, GroupView>,
) -> BTreeMap<ClusterName, BTreeMap<GroupName, GroupView>> {
    let mut clusters: BTreeMap<ClusterName, BTreeMap<GroupName, GroupView>> = BTreeMap::new();
    for (name, group) in groups {
        if let Some(cluster) = group.cluster() {
            clusters.entry(cluster).or_default().insert(name.clone(), group.clone());
        }
    }
    clusters
}
