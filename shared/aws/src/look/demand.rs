//! The tasks that want a place, and the places that there are.

use super::pages;
use crate::config::Aws;
use crate::limits::SERVICES_BATCH;
use aws_sdk_ecs::types::{
    ContainerDefinition, LaunchType, NetworkMode, SchedulingStrategy, Service, TaskDefinition,
};
use domain::host::{Registration, RegistrationStatus};
use domain::size::{Demand, Need, Supply};
use domain::{ClusterName, Fault, GroupView};

const LIST: &str = "ecs:ListServices";
const DESCRIBE: &str = "ecs:DescribeServices";
const DEFINITION: &str = "ecs:DescribeTaskDefinition";

impl Aws {
    pub(super) async fn cluster_demand(&self, cluster: &ClusterName) -> Result<Demand, Fault> {
        let mut missing = Vec::new();
        let arns = self.service_arns(cluster).await?;
        for batch in arns.chunks(SERVICES_BATCH) {
            for service in self.services(cluster, batch).await? {
                let count = lacking(&service);
                if let (1.., Some(definition)) = (count, service.task_definition()) {
                    missing.push((self.need(definition).await?, count));
                }
            }
        }
        Ok(Demand { missing })
    }

    pub(super) async fn group_supply(
        &self,
        cluster: &ClusterName,
        group: &GroupView,
    ) -> Result<Supply, Fault> {
        let arns = self.registration_arns(cluster, None).await?;
        let all = self.registrations(cluster, &arns).await?;
        let takes_tasks = |one: &&Registration| {
            one.status == RegistrationStatus::Active && one.agent_connected
        };
        let of_group = all.iter().find(|one| group.seats.contains_key(&one.instance));
        Ok(Supply {
            rooms: all.iter().filter(takes_tasks).map(|one| one.remaining.clone()).collect(),
            empty_host: of_group.map(|one| one.registered.clone()),
        })
    }

    async fn service_arns(&self, cluster: &ClusterName) -> Result<Vec<String>, Fault> {
        pages::all(LIST, async |token| {
            let request = self.ecs.list_services().cluster(cluster.as_str()).max_results(100);
            let answer = self.send(LIST, request.set_next_token(token).send()).await?;
            let next = answer.next_token().map(str::to_owned);
            Ok((answer.service_arns.unwrap_or_default(), next))
        })
        .await
    }

    async fn services(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Vec<Service>, Fault> {
        let request = self.ecs.describe_services().cluster(cluster.as_str());
        let answer = self.send(DESCRIBE, request.set_services(Some(arns.to_vec())).send()).await?;
        // Keeps S17: a demand that is seen in part is not known.
        if let Some(failure) = answer.failures().first() {
            let told = failure.reason().unwrap_or("no reason").to_owned();
            return Err(Fault::Partial { call: DESCRIBE.to_owned(), told });
        }
        Ok(answer.services.unwrap_or_default())
    }

    async fn need(&self, definition: &str) -> Result<Need, Fault> {
        let sending = self.ecs.describe_task_definition().task_definition(definition).send();
        let answer = self.send(DEFINITION, sending).await?;
        let found = answer.task_definition().ok_or_else(|| Fault::Partial {
            call: DEFINITION.to_owned(),
            told: "taskDefinition is missing".to_owned(),
        })?;
        Ok(need(found))
    }
}

/// How many tasks a service lacks on EC2 hosts. Daemons come with their hosts; Fargate needs none.
fn lacking(service: &Service) -> u32 {
    let replica = service.scheduling_strategy() != Some(&SchedulingStrategy::Daemon);
    let on_ec2 = service.launch_type().is_none_or(|kind| *kind == LaunchType::Ec2);
    let fargate = service
        .capacity_provider_strategy()
        .iter()
        .any(|one| one.capacity_provider().starts_with("FARGATE"));
    let active = service.status() == Some("ACTIVE");

    let there = service.running_count().saturating_add(service.pending_count());
    let lack = service.desired_count().saturating_sub(there);
    let counts = replica && on_ec2 && !fargate && active;
    u32::try_from(lack).ok().filter(|_| counts).unwrap_or(0)
}

/// What one task takes from a host: its own size, or the sum of its containers'.
fn need(definition: &TaskDefinition) -> Need {
    let whole = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u32>().ok());
    let containers = definition.container_definitions();
    let sum = |of: fn(&ContainerDefinition) -> i32| {
        containers.iter().map(|one| u32::try_from(of(one)).unwrap_or(0)).fold(0, u32::saturating_add)
    };
    // ECS sets the reservation aside, and the limit where there is none.
    let memory = |one: &ContainerDefinition| one.memory_reservation().or(one.memory()).unwrap_or(0);
    let shared = definition.network_mode() == Some(&NetworkMode::Awsvpc);
    let ports = containers.iter().flat_map(ContainerDefinition::port_mappings);

    Need {
        cpu: whole(definition.cpu()).unwrap_or_else(|| sum(ContainerDefinition::cpu)),
        memory: whole(definition.memory()).unwrap_or_else(|| sum(memory)),
        // With awsvpc the ports are the task's own; port 0 lets ECS choose one.
        ports: ports
            .filter(|_| !shared)
            .filter_map(|port| u16::try_from(port.host_port()?).ok().filter(|port| *port != 0))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ecs::types::PortMapping;

    #[test]
    fn a_service_lacks_what_neither_runs_nor_starts() {
        let service = |builder: fn(aws_sdk_ecs::types::builders::ServiceBuilder) -> aws_sdk_ecs::types::builders::ServiceBuilder| {
            let plain = Service::builder().status("ACTIVE").desired_count(5).running_count(2).pending_count(1);
            builder(plain).build()
        };
        assert_eq!(lacking(&service(|one| one)), 2);
        assert_eq!(lacking(&service(|one| one.running_count(9))), 0);
        assert_eq!(lacking(&service(|one| one.launch_type(LaunchType::Fargate))), 0);
        assert_eq!(lacking(&service(|one| one.scheduling_strategy(SchedulingStrategy::Daemon))), 0);
        assert_eq!(lacking(&service(|one| one.status("DRAINING"))), 0);
    }

    #[test]
    fn a_task_needs_its_own_size_or_the_sum_of_its_containers() {
        let container = ContainerDefinition::builder()
            .cpu(256)
            .memory(512)
            .memory_reservation(300)
            .port_mappings(PortMapping::builder().host_port(8080).build())
            .port_mappings(PortMapping::builder().host_port(0).build())
            .build();
        let plain = TaskDefinition::builder()
            .container_definitions(container.clone())
            .container_definitions(container);
        let summed = need(&plain.clone().build());
        assert_eq!((summed.cpu, summed.memory), (512, 600));
        assert_eq!(summed.ports, [8080, 8080]);
        let own = need(&plain.cpu("1024").memory("2048").network_mode(NetworkMode::Awsvpc).build());
        assert_eq!((own.cpu, own.memory, own.ports.len()), (1024, 2048, 0));
    }
}
