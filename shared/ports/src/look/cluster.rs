//! A whole cluster in bulk: seats from its groups, registrations 100 at a time, EC2 for the suspicious only.

use super::machines::{machines, not_found};
use super::registrations::{registrations, with_services, with_tasks};
use super::{Groups, Troubles};
use crate::{Instance, Reads, pages};
use domain::host::{Lifecycle, Machine, Registration, RegistrationStatus, Seat, Seen};
use domain::names::CLUSTER_TAG;
use domain::told::Slice;
use domain::{ClusterName, Fault, GroupView, HostView, InstanceId};
use std::collections::{BTreeMap, BTreeSet};

const GROUPS: &str = "autoscaling:DescribeAutoScalingGroups";
const WARM_POOL: &str = "autoscaling:DescribeWarmPool";

/// Every group with the tag `muster:cluster`; if there are `tags`, only those whose tag has one of these values.
///
/// # Errors
/// The first fault.
pub async fn groups<R: Reads>(reads: &R, tags: &[String]) -> Result<Groups, Fault> {
    let all = pages::all(GROUPS, async |token| reads.groups(tags, token).await).await?;
    // Keeps S18, S19: an endpoint that ignores the filter does not widen what is ours.
    let asked = |group: &GroupView| {
        tags.is_empty() || group.tags.get(CLUSTER_TAG).is_some_and(|value| tags.contains(value))
    };
    let ours = all.into_iter().filter(|group| group.cluster().is_some() && asked(group));
    Ok(ours.map(|group| (group.name.clone(), group)).collect())
}

/// Every host of a cluster: the seats of its groups and all registrations. Tasks are looked at only of hosts in
/// the slice; hooks and warm pools are added to the groups where they matter.
///
/// # Errors
/// The first fault that hides who is there. What only some judgements need is `Unknown` in the views.
pub async fn hosts<R: Reads>(
    reads: &R,
    cluster: &ClusterName,
    groups: &mut Groups,
    troubles: &Seen<Troubles>,
    slice: Slice,
) -> Result<Vec<HostView>, Fault> {
    let all = registrations(reads, cluster, None).await?;
    for group in groups.values_mut() {
        if group.warm_pool {
            let pool =
                pages::all(WARM_POOL, async |token| reads.warm_pool(&group.name, token).await);
            group.seats.extend(pool.await?);
        }
        if group.holds_any() {
            group.hooks = Some(Seen::from(reads.hooks(&group.name).await));
        }
    }
    let seats: BTreeMap<&InstanceId, &Seat> =
        groups.values().flat_map(|group| &group.seats).collect();
    let leaves = |one: &Registration| {
        seats.get(&one.instance).is_some_and(|seat| seat.lifecycle == Lifecycle::WarmedPendingWait)
    };
    let (mut ours, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| slice.has(&one.instance));
    with_tasks(reads, cluster, &mut ours, leaves).await;
    with_services(reads, cluster, &mut ours, reads.now()).await;

    let mut registered: BTreeMap<InstanceId, Vec<Registration>> = BTreeMap::new();
    for mut one in ours.into_iter().chain(others) {
        let joins =
            seats.get(&one.instance).is_some_and(|it| it.lifecycle == Lifecycle::PendingWait);
        if !joins {
            one.attributes.clear();
        }
        registered.entry(one.instance.clone()).or_default().push(one);
    }
    let ids: BTreeSet<InstanceId> =
        seats.keys().copied().chain(registered.keys()).cloned().collect();
    let suspicious: BTreeSet<InstanceId> = ids
        .iter()
        .filter(|id| is_suspicious(id, seats.get(id).copied(), registered.get(id), troubles))
        .cloned()
        .collect();
    let found = if suspicious.is_empty() {
        Ok(BTreeMap::new())
    } else {
        machines(reads, &suspicious).await
    };
    let mut view = |instance: InstanceId| HostView {
        seat: Seen::Known(seats.get(&instance).copied().cloned()),
        cluster: Some(cluster.clone()),
        machine: match (&found, troubles) {
            _ if !suspicious.contains(&instance) => not_asked(),
            (Ok(found), troubles) => machine(found, &instance, troubles),
            // What ECS and Auto Scaling say is still worth judging.
            (Err(fault), _) => Seen::Unknown(fault.clone()),
        },
        registrations: Seen::Known(registered.remove(&instance).unwrap_or_default()),
        instance,
    };
    Ok(ids.into_iter().map(&mut view).collect())
}

fn machine(
    found: &BTreeMap<InstanceId, Instance>,
    instance: &InstanceId,
    troubles: &Seen<Troubles>,
) -> Seen<Machine> {
    let mut one = found.get(instance).cloned().unwrap_or_else(not_found).machine;
    if let Seen::Known(troubles) = troubles {
        one.trouble = Some(troubles.get(instance).cloned().unwrap_or_default());
    }
    Seen::Known(one)
}

/// A machine that a bulk look did not ask about, because its host is plainly settled.
fn not_asked() -> Seen<Machine> {
    Seen::Unknown(Fault::Partial {
        call: "ec2:DescribeInstances".to_owned(),
        told: "not asked: the host is settled".to_owned(),
    })
}

/// Whether anything but "in service, registered once, connected, ACTIVE, unmarked and out of trouble" is seen of a
/// host. One that rests, in standby or in a warm pool, is none.
fn is_suspicious(
    id: &InstanceId,
    seat: Option<&Seat>,
    registrations: Option<&Vec<Registration>>,
    troubles: &Seen<Troubles>,
) -> bool {
    let in_trouble = matches!(troubles, Seen::Known(all) if all.contains_key(id));
    let in_service = seat.is_some_and(|seat| seat.lifecycle == Lifecycle::InService);
    match registrations.map(Vec::as_slice) {
        Some([one]) => {
            in_trouble
                || !in_service
                || !one.agent_connected
                || one.status != RegistrationStatus::Active
                || one.marks.draining.is_some()
        }
        Some(_) => true,
        None => seat.is_some_and(|seat| !matches!(seat.lifecycle, Lifecycle::Other(_))),
    }
}
