//! Registrations, from ECS.

use super::complete::listed;
use crate::config::Aws;
use crate::limits::ECS_PAGE;
use aws_sdk_ecs::types::{ContainerInstance, ContainerInstanceField, Failure, Resource};
use domain::host::{Health, Registration, RegistrationStatus, Room};
use domain::marks::Marks;
use domain::names::RegistrationArn;
use domain::{ClusterName, Fault, InstanceId};
use jiff::Timestamp;
use ports::{Described, Page};
use std::collections::BTreeMap;

const LIST: &str = "ecs:ListContainerInstances";
const DESCRIBE: &str = "ecs:DescribeContainerInstances";

impl Aws {
    pub(super) async fn listed_registrations(
        &self,
        cluster: &ClusterName,
        of: Option<&InstanceId>,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        // The id is checked by its type, so it can be put into the filter.
        let filter = of.map(|instance| format!("ec2InstanceId == {instance}"));
        let sending = self
            .ecs
            .list_container_instances()
            .cluster(cluster.as_str())
            .set_filter(filter)
            .max_results(ECS_PAGE)
            .set_next_token(token)
            .send();
        let answer = self.send(LIST, sending).await?;
        let items = listed(LIST, "containerInstanceArns", answer.container_instance_arns)?;
        Ok(Page { items, next: answer.next_token })
    }

    pub(super) async fn described_registrations(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Option<Registration>>, Fault> {
        let sending = self
            .ecs
            .describe_container_instances()
            .cluster(cluster.as_str())
            .set_container_instances(Some(arns.to_vec()))
            .include(ContainerInstanceField::ContainerInstanceHealth)
            .send();
        let answer = self.send(DESCRIBE, sending).await?;
        let found = answer.container_instances().iter().map(read).collect::<Result<_, _>>()?;
        Ok(Described { found, failures: reasons(answer.failures()) })
    }
}

/// The reasons of `failures[]` (ECS API reference, *API failure reasons*).
pub(crate) fn reasons(failures: &[Failure]) -> Vec<String> {
    failures.iter().map(|one| one.reason().unwrap_or("no reason").to_owned()).collect()
}

fn partial(told: String) -> Fault {
    Fault::Partial { call: DESCRIBE.to_owned(), told }
}

fn read(instance: &ContainerInstance) -> Result<Option<Registration>, Fault> {
    let missing = |field: &str| partial(format!("{field} is missing or out of range"));
    let arn =
        instance.container_instance_arn().map(|arn| RegistrationArn::try_from(arn.to_owned()));
    let Some(Ok(arn)) = arn else {
        return Err(missing("containerInstanceArn"));
    };
    let Some(Ok(id)) = instance.ec2_instance_id().map(str::parse) else {
        return Ok(None);
    };
    let count = |value: i32, field| u32::try_from(value).map_err(|_| missing(field));
    // ECS lists them all, also where there are none: what is not there says nothing.
    let told = instance.attributes.as_ref().ok_or_else(|| missing("attributes"))?;
    let remaining =
        instance.remaining_resources.as_ref().ok_or_else(|| missing("remainingResources"))?;
    let attributes: BTreeMap<String, String> = told
        .iter()
        .map(|one| (one.name().to_owned(), one.value().unwrap_or_default().to_owned()))
        .collect();

    Ok(Some(Registration {
        arn,
        instance: id,
        status: RegistrationStatus::read(instance.status().ok_or_else(|| missing("status"))?),
        agent_connected: instance.agent_connected(),
        running: count(instance.running_tasks_count(), "runningTasksCount")?,
        pending: count(instance.pending_tasks_count(), "pendingTasksCount")?,
        registered: room(instance.registered_resources()),
        remaining: room(remaining),
        registered_at: instance
            .registered_at()
            .and_then(|at| Timestamp::from_second(at.secs()).ok()),
        agent_version: instance
            .version_info()
            .and_then(|info| Some(info.agent_version()?.to_owned())),
        health: health(instance),
        marks: Marks::read(&attributes),
        attributes,
        tasks: None,
    }))
}

fn health(instance: &ContainerInstance) -> Health {
    let told = instance.health_status().and_then(|health| health.overall_status());
    told.map_or(Health::Unknown, |status| Health::read(status.as_str()))
}

/// What there is, or is left. An unknown kind of resource is passed over.
fn room(resources: &[Resource]) -> Room {
    let mut room = Room::default();
    // ECS does not count them: what has none left says so when a task is placed.
    room.amount.interfaces = u32::MAX;
    for resource in resources {
        let number = || u32::try_from(resource.integer_value()).unwrap_or(0);
        match resource.name() {
            Some("CPU") => room.amount.cpu = number(),
            Some("MEMORY") => room.amount.memory = number(),
            Some("GPU") => {
                room.amount.gpus =
                    u32::try_from(resource.string_set_value().len()).unwrap_or(u32::MAX);
            }
            Some("PORTS" | "PORTS_UDP") => {
                let taken = resource.string_set_value().iter();
                room.ports.extend(taken.filter_map(|port| port.parse::<u16>().ok()));
            }
            _ => {}
        }
    }
    room.ports.sort_unstable();
    room
}
