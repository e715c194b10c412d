//! Machines, from EC2. Asked by filter: one unknown id would fail a call by ids as a whole.

use super::complete::listed;
use crate::config::Aws;
use crate::limits::FILTER_VALUES;
use crate::pages;
use aws_sdk_ec2::types::{Filter, Instance, InstanceLifecycleType};
use domain::host::{Machine, MachineState};
use domain::{Fault, GroupName, InstanceId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const CALL: &str = "ec2:DescribeInstances";
/// The tag that Auto Scaling puts on every instance that it launches; it outlives the seat.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// What EC2 knows of a host.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) machine: Machine,
    pub(super) group: Option<GroupName>,
}

impl Aws {
    pub(super) async fn machine(&self, instance: &InstanceId) -> Result<Known, Fault> {
        let mut found = self.machines(&BTreeSet::from([instance.clone()])).await?;
        Ok(found.remove(instance).unwrap_or_else(not_found))
    }

    /// What EC2 knows of these hosts; those that it does not know are left out.
    pub(super) async fn machines(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<BTreeMap<InstanceId, Known>, Fault> {
        let mut all = BTreeMap::new();
        let ids: Vec<String> = instances.iter().map(ToString::to_string).collect();
        for batch in ids.chunks(FILTER_VALUES) {
            let ids = Some(batch.to_vec());
            let filter = Filter::builder().name("instance-id").set_values(ids).build();
            let found = pages::all(CALL, async |token| {
                let request = self.ec2.describe_instances().filters(filter.clone());
                let answer = self.send(CALL, request.set_next_token(token).send()).await?;
                let all = listed(CALL, "reservationSet", answer.reservations)?.into_iter();
                let instances = all.flat_map(|one| one.instances.unwrap_or_default()).collect();
                Ok((instances, answer.next_token))
            })
            .await?;
            for instance in &found {
                let (id, known) = known(instance)?;
                all.insert(id, known);
            }
        }
        all.retain(|id, _| instances.contains(id));
        Ok(all)
    }
}

/// EC2 knows nothing: too new to be seen, or gone for about an hour.
pub(super) fn not_found() -> Known {
    let state = MachineState::NotFound;
    Known { machine: Machine { state, launched_at: None, spot: false }, group: None }
}

fn known(instance: &Instance) -> Result<(InstanceId, Known), Fault> {
    let missing = |field: &str| Fault::Partial {
        call: CALL.to_owned(),
        told: format!("{field} is missing or out of range"),
    };
    let id = instance.instance_id().and_then(|id| id.parse().ok());
    let state = instance.state().and_then(|state| state.name());
    let launched = instance.launch_time();
    let tags = instance.tags().iter();
    let group = tags.filter(|tag| tag.key() == Some(GROUP_TAG)).find_map(|tag| tag.value());

    let machine = Machine {
        state: read_state(state.ok_or_else(|| missing("instanceState"))?.as_str()),
        launched_at: launched.and_then(|at| Timestamp::from_second(at.secs()).ok()),
        spot: instance.instance_lifecycle() == Some(&InstanceLifecycleType::Spot),
    };
    let group = group.and_then(|name| name.parse().ok());
    Ok((id.ok_or_else(|| missing("instanceId"))?, Known { machine, group }))
}

/// Reads AWS's word.
pub(crate) fn read_state(text: &str) -> MachineState {
    match text {
        "pending" => MachineState::Pending,
        "running" => MachineState::Running,
        "stopping" => MachineState::Stopping,
        "stopped" => MachineState::Stopped,
        "shutting-down" => MachineState::ShuttingDown,
        "terminated" => MachineState::Terminated,
        other => MachineState::Other(other.to_owned()),
    }
}
