//! Registrations, from ECS.

use super::complete::{Read, lacking, listed, read_again};
use crate::config::Aws;
use crate::limits::{ECS_BATCH, ECS_PAGE};
use crate::pages;
use aws_sdk_ecs::types::{ContainerInstance, Resource};
use domain::host::{Registration, RegistrationStatus, Room};
use domain::marks::Marks;
use domain::names::RegistrationArn;
use domain::{ClusterName, Fault};
use std::collections::BTreeMap;

const LIST: &str = "ecs:ListContainerInstances";
const DESCRIBE: &str = "ecs:DescribeContainerInstances";

impl Aws {
    /// The registrations of a cluster, of any status but INACTIVE, narrowed by ECS's query language. One that
    /// ECS lists and cannot describe makes the look partial, not shorter. An external instance (`mi-…`) is no
    /// EC2 host and is left out.
    pub(super) async fn registrations(
        &self,
        cluster: &ClusterName,
        filter: Option<&str>,
    ) -> Result<Vec<Registration>, Fault> {
        read_again(async || {
            let arns = self.registration_arns(cluster, filter).await?;
            self.described(cluster, &arns).await
        })
        .await
    }

    async fn registration_arns(
        &self,
        cluster: &ClusterName,
        filter: Option<&str>,
    ) -> Result<Vec<String>, Fault> {
        pages::all(LIST, async |token| {
            let sending = self
                .ecs
                .list_container_instances()
                .cluster(cluster.as_str())
                .set_filter(filter.map(str::to_owned))
                .max_results(ECS_PAGE)
                .set_next_token(token)
                .send();
            let answer = self.send(LIST, sending).await?;
            let arns = answer.container_instance_arns;
            Ok((listed(LIST, "containerInstanceArns", arns)?, answer.next_token))
        })
        .await
    }

    async fn described(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Read<Registration>, Fault> {
        let mut all = Vec::new();
        for batch in arns.chunks(ECS_BATCH) {
            let sending = self
                .ecs
                .describe_container_instances()
                .cluster(cluster.as_str())
                .set_container_instances(Some(batch.to_vec()))
                .send();
            let answer = self.send(DESCRIBE, sending).await?;
            let found = answer.container_instances();
            // Keeps S21.
            if let Some(fault) = lacking(DESCRIBE, batch.len(), found.len(), answer.failures()) {
                return Ok(Read::Lacking(fault));
            }
            for instance in found {
                all.extend(read(instance)?);
            }
        }
        Ok(Read::Whole(all))
    }
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
    let attributes: BTreeMap<String, String> = instance
        .attributes()
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
        remaining: room(instance.remaining_resources()),
        marks: Marks::read(&attributes),
        unstopped: None,
    }))
}

/// What there is, or is left. An unknown kind of resource is passed over.
fn room(resources: &[Resource]) -> Room {
    let mut room = Room::default();
    for resource in resources {
        let number = || u32::try_from(resource.integer_value()).unwrap_or(0);
        match resource.name() {
            Some("CPU") => room.cpu = number(),
            Some("MEMORY") => room.memory = number(),
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
