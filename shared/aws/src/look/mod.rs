//! Reads: pages, joins and translates AWS's answers into what the judgements look at.

mod cluster;
pub(crate) mod complete;
mod demand;
mod group;
pub(crate) mod machine;
mod registration;
mod supply;
mod tasks;

use crate::config::Aws;
use domain::host::{Machine, Registration, Seat};
use domain::names::CLUSTER_TAG;
use domain::size::{Demand, Supply};
use domain::{ClusterName, Fault, GroupName, GroupView, HostView, InstanceId, Seen};
use jiff::Timestamp;
use machine::Known;
use ports::{Look, Sighting};
use std::collections::BTreeMap;

impl Look for Aws {
    async fn host(&self, instance: &InstanceId) -> Sighting {
        // Boxed: what the SDK keeps for its calls is too large for every caller's stack.
        Box::pin(self.sighting(instance)).await
    }

    async fn seat(&self, instance: &InstanceId) -> Seen<Option<Seat>> {
        Seen::from(self.seat_of(instance).await)
    }

    async fn group(&self, name: &GroupName) -> Result<Option<GroupView>, Fault> {
        self.group_by_name(name).await
    }

    async fn groups(&self) -> Result<BTreeMap<GroupName, GroupView>, Fault> {
        self.tagged_groups().await
    }

    async fn hosts(
        &self,
        cluster: &ClusterName,
        groups: &BTreeMap<GroupName, GroupView>,
    ) -> Result<Vec<HostView>, Fault> {
        Box::pin(self.cluster_hosts(cluster, groups)).await
    }

    async fn demand(&self, cluster: &ClusterName) -> Seen<Demand> {
        Seen::from(Box::pin(self.cluster_demand(cluster)).await)
    }

    async fn supply(&self, cluster: &ClusterName, group: &GroupView) -> Seen<Supply> {
        Seen::from(Box::pin(self.group_supply(cluster, group)).await)
    }

    fn now(&self) -> Timestamp {
        self.session.now()
    }
}

impl Aws {
    async fn sighting(&self, instance: &InstanceId) -> Sighting {
        let (seat, known) = tokio::join!(self.seat_of(instance), self.machine(instance));
        let group = self.group_of(&seat, &known).await;
        let cluster = group.as_ref().ok().and_then(|group| group.as_ref()?.cluster());
        // A group that could not be read hides whether the host is ours, and where it would be registered.
        let (seat, registrations) = match (&group, &cluster) {
            (Err(fault), _) => (Err(fault.clone()), Err(fault.clone())),
            (Ok(_), Some(cluster)) => (seat, self.registrations_of(cluster, instance).await),
            (Ok(_), None) => (seat, Ok(Vec::new())),
        };
        Sighting {
            host: HostView {
                instance: instance.clone(),
                seat: Seen::from(seat),
                cluster,
                machine: Seen::from(known.map(|known| known.machine)),
                registrations: Seen::from(registrations),
            },
            group: group.unwrap_or_default(),
        }
    }

    /// The host's group, by its seat or, when it has left the group, by the tag that Auto Scaling put on
    /// the instance; `None` if there is none of ours.
    async fn group_of(
        &self,
        seat: &Result<Option<Seat>, Fault>,
        known: &Result<Known, Fault>,
    ) -> Result<Option<GroupView>, Fault> {
        let seated = match seat {
            Ok(seat) => seat.as_ref().map(|seat| seat.group.clone()),
            Err(fault) => return Err(fault.clone()),
        };
        let name = match (seated, known) {
            (Some(name), _) => name,
            (None, Ok(Known { group: Some(name), .. })) => name.clone(),
            (None, Ok(_)) => return Ok(None),
            (None, Err(fault)) => return Err(fault.clone()),
        };
        let group = self.group_by_name(&name).await?;
        Ok(group.filter(|group| group.tags.contains_key(CLUSTER_TAG)))
    }

    /// A host's registrations in a cluster, with the tasks of those that drain.
    async fn registrations_of(
        &self,
        cluster: &ClusterName,
        instance: &InstanceId,
    ) -> Result<Vec<Registration>, Fault> {
        // The id is checked by its type, so it can be put into the filter.
        let filter = format!("ec2InstanceId == {instance}");
        let mut found = self.registrations(cluster, Some(&filter)).await?;
        // An endpoint that ignores the filter would hand us another host's registration.
        found.retain(|one| one.instance == *instance);
        self.with_tasks(cluster, &mut found).await;
        Ok(found)
    }
}

/// A machine that a bulk look did not ask about, because its host is plainly settled.
fn not_asked() -> Seen<Machine> {
    Seen::Unknown(Fault::Partial {
        call: "ec2:DescribeInstances".to_owned(),
        told: "not asked: the host is settled".to_owned(),
    })
}

#[cfg(test)]
mod tests;
