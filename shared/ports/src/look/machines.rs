//! Machines, and what EC2 says is wrong with them.

use super::Troubles;
use crate::{Ask, FILTER_VALUES, Instance, Reads, pages};
use domain::host::{Machine, MachineState};
use domain::{Fault, InstanceId};
use futures_lite::future::zip;
use std::collections::{BTreeMap, BTreeSet};

const INSTANCES: &str = "ec2:DescribeInstances";
const SPOT: &str = "ec2:DescribeSpotInstanceRequests";
const STATUS: &str = "ec2:DescribeInstanceStatus";

/// What EC2 knows of these instances; those that it does not know are left out.
pub(super) async fn machines<R: Reads>(
    reads: &R,
    instances: &BTreeSet<InstanceId>,
) -> Result<BTreeMap<InstanceId, Instance>, Fault> {
    let ids: Vec<InstanceId> = instances.iter().cloned().collect();
    let mut all = BTreeMap::new();
    for batch in ids.chunks(FILTER_VALUES) {
        let found =
            pages::all(INSTANCES, async |token| reads.instances(batch, token).await).await?;
        all.extend(found);
    }
    all.retain(|id, _| instances.contains(id));
    Ok(all)
}

/// EC2 knows nothing: too new to be seen, or gone for about an hour.
pub(super) fn not_found() -> Instance {
    let machine =
        Machine { state: MachineState::NotFound, launched_at: None, spot: false, trouble: None };
    Instance { machine, group: None }
}

/// What EC2 says is wrong with any instance of the account: four calls, however many hosts there are.
///
/// # Errors
/// The first fault.
pub async fn troubles_of<R: Reads>(reads: &R) -> Result<Troubles, Fault> {
    let troubled =
        async |ask| pages::all(STATUS, async |token| reads.troubled(ask, token).await).await;
    let taken_back = pages::all(SPOT, async |token| reads.taken_back(token).await);
    let statuses = zip(troubled(Ask::InstanceStatus), troubled(Ask::SystemStatus));
    let plans = zip(taken_back, troubled(Ask::Scheduled));
    let ((instance, system), (taken_back, scheduled)) = zip(statuses, plans).await;
    let mut all = Troubles::new();
    for instance in taken_back? {
        all.entry(instance).or_default().taken_back = true;
    }
    for one in instance?.into_iter().chain(system?).chain(scheduled?) {
        let trouble = all.entry(one.instance).or_default();
        // The check that fails longest, and the plan that comes first.
        trouble.impaired_since = earlier(trouble.impaired_since, one.impaired_since);
        trouble.scheduled = trouble.scheduled.or(one.scheduled);
    }
    Ok(all)
}

fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
