//! A whole cluster in bulk: seats from its groups, registrations 100 at a time, EC2 for the suspicious only.

use super::machine::{self, Known};
use super::not_asked;
use crate::config::Aws;
use domain::host::{Lifecycle, Machine, Registration, RegistrationStatus, Seat, Seen};
use domain::{ClusterName, Fault, GroupName, GroupView, HostView, InstanceId};
use std::collections::{BTreeMap, BTreeSet};

impl Aws {
    pub(super) async fn cluster_hosts(
        &self,
        cluster: &ClusterName,
        groups: &BTreeMap<GroupName, GroupView>,
    ) -> Result<Vec<HostView>, Fault> {
        let mut all = self.registrations(cluster, None).await?;
        self.with_tasks(cluster, &mut all).await;

        let seats: BTreeMap<InstanceId, Seat> =
            groups.values().flat_map(|group| group.seats.clone()).collect();
        let mut registered: BTreeMap<InstanceId, Vec<Registration>> = BTreeMap::new();
        for one in all {
            registered.entry(one.instance.clone()).or_default().push(one);
        }
        let ids: BTreeSet<InstanceId> = seats.keys().chain(registered.keys()).cloned().collect();
        let suspicious: BTreeSet<InstanceId> = ids
            .iter()
            .filter(|id| is_suspicious(seats.get(id), registered.get(id)))
            .cloned()
            .collect();
        let machines = self.machines(&suspicious).await;

        let view = |instance: InstanceId| HostView {
            seat: Seen::Known(seats.get(&instance).cloned()),
            cluster: Some(cluster.clone()),
            machine: match &machines {
                _ if !suspicious.contains(&instance) => not_asked(),
                Ok(found) => Seen::Known(machine_in(found, &instance)),
                // What ECS and Auto Scaling say is still worth judging.
                Err(fault) => Seen::Unknown(fault.clone()),
            },
            registrations: Seen::Known(registered.get(&instance).cloned().unwrap_or_default()),
            instance,
        };
        Ok(ids.into_iter().map(view).collect())
    }
}

fn machine_in(found: &BTreeMap<InstanceId, Known>, instance: &InstanceId) -> Machine {
    found.get(instance).cloned().unwrap_or_else(machine::not_found).machine
}

/// Whether anything but "in service, registered once, connected, ACTIVE and unmarked" is seen of a host.
fn is_suspicious(seat: Option<&Seat>, registrations: Option<&Vec<Registration>>) -> bool {
    let in_service = seat.is_some_and(|seat| seat.lifecycle == Lifecycle::InService);
    match registrations.map(Vec::as_slice) {
        Some([one]) => {
            !in_service
                || !one.agent_connected
                || one.status != RegistrationStatus::Active
                || one.marks.draining.is_some()
        }
        _ => true,
    }
}
