//! One host, by its instance id.

use super::registrations::{registrations, with_services, with_tasks};
use super::{Sighting, machines, troubles_of};
use crate::{Instance, Reads};
use domain::host::{Lifecycle, Registration, Seat};
use domain::names::CLUSTER_TAG;
use domain::{ClusterName, Fault, GroupView, HostView, InstanceId, Seen};
use futures_lite::future::zip;
use std::collections::BTreeSet;

/// Looks at one host: its seat, its group's tags, its machine, its registrations, and, where it leaves, its tasks.
///
/// `troubles` says whether EC2 is asked too if it takes the machine back or has plans for it. `of` is a cluster of
/// ours that it may be registered in although nothing else tells so any more: EC2 forgets a terminated instance, its
/// tags and its group after an hour, and ECS does not.
pub async fn host<R: Reads>(
    reads: &R,
    instance: &InstanceId,
    troubles: bool,
    of: Option<&ClusterName>,
) -> Sighting {
    let (seat, known) = zip(reads.seat(instance), known(reads, instance, troubles)).await;
    let group = group_of(reads, &seat, &known).await;
    let cluster = match &group {
        Ok(Some(group)) => group.cluster(),
        Ok(None) => of.cloned(),
        Err(_) => None,
    };
    // A group that could not be read hides whether the host is ours, and where it would be registered.
    let (seat, registrations) = match (&group, &cluster) {
        (Err(fault), _) => (Err(fault.clone()), Err(fault.clone())),
        (Ok(_), Some(cluster)) => {
            let found = registrations_of(reads, cluster, instance, &seat).await;
            (seat, found)
        }
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

async fn known<R: Reads>(
    reads: &R,
    instance: &InstanceId,
    troubles: bool,
) -> Result<Instance, Fault> {
    let mut found = machines::machines(reads, &BTreeSet::from([instance.clone()])).await?;
    let mut one = found.remove(instance).unwrap_or_else(machines::not_found);
    if troubles {
        let all = troubles_of(reads).await?;
        one.machine.trouble = Some(all.get(instance).cloned().unwrap_or_default());
    }
    Ok(one)
}

/// The host's group, by its seat or, when it has left the group, by the tag that Auto Scaling put on
/// the instance; `None` if there is none of ours.
async fn group_of<R: Reads>(
    reads: &R,
    seat: &Result<Option<Seat>, Fault>,
    known: &Result<Instance, Fault>,
) -> Result<Option<GroupView>, Fault> {
    let seated = match seat {
        Ok(seat) => seat.as_ref().map(|seat| seat.group.clone()),
        Err(fault) => return Err(fault.clone()),
    };
    let name = match (seated, known) {
        (Some(name), _) => name,
        (None, Ok(Instance { group: Some(name), .. })) => name.clone(),
        (None, Ok(_)) => return Ok(None),
        (None, Err(fault)) => return Err(fault.clone()),
    };
    let group = reads.group(&name).await?;
    Ok(group.filter(|group| group.tags.contains_key(CLUSTER_TAG)))
}

async fn registrations_of<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    instance: &InstanceId,
    seat: &Result<Option<Seat>, Fault>,
) -> Result<Vec<Registration>, Fault> {
    // Whether such a host is idle is asked before it is drained.
    let pooled = Lifecycle::WarmedPendingWait;
    let leaves = matches!(seat, Ok(Some(seat)) if seat.lifecycle == pooled);
    let mut found = registrations(reads, cluster, Some(instance)).await?;
    with_tasks(reads, cluster, &mut found, |_| leaves).await;
    with_services(reads, cluster, &mut found, reads.now()).await;
    Ok(found)
}
