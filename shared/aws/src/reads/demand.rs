//! The tasks that want a place.

use super::complete::listed;
use super::registration::reasons;
use crate::config::Aws;
use crate::limits::ECS_PAGE;
use aws_sdk_ecs::types::{
    ContainerDefinition, LaunchType, NetworkMode, PlacementConstraintType, PortMapping,
    ResourceType, SchedulingStrategy, Service, TaskDefinition,
};
use domain::pack::{Amount, Job};
use domain::size::{Demand, Missing};
use domain::{ClusterName, Fault};
use ports::{Page, SERVICES_BATCH, pages};
use std::collections::BTreeMap;

const LIST: &str = "ecs:ListServices";
const DESCRIBE: &str = "ecs:DescribeServices";
const DEFINITION: &str = "ecs:DescribeTaskDefinition";

impl Aws {
    pub(super) async fn cluster_demand(&self, cluster: &ClusterName) -> Result<Demand, Fault> {
        let (mut all, mut daemons) = (Vec::new(), Vec::new());
        // Services often share a task definition; what one needs is asked once in a look.
        let mut needs: BTreeMap<String, Job> = BTreeMap::new();
        let arns = self.service_arns(cluster).await?;
        for batch in arns.chunks(SERVICES_BATCH) {
            for service in self.services(cluster, batch).await? {
                if is_daemon(&service) {
                    daemons.push(definition_of(&service)?.to_owned());
                }
                let count = shortage(&service);
                if count == 0 {
                    continue;
                }
                let definition = definition_of(&service)?;
                let need = match needs.get(definition) {
                    Some(need) => need.clone(),
                    None => self.need(definition).await?,
                };
                needs.insert(definition.to_owned(), need.clone());
                all.push(missing_of(&service, need, count));
            }
        }
        let mut demand = Demand { missing: all, daemons: Vec::new() };
        for definition in daemons {
            let need = match needs.get(&definition) {
                Some(need) => need.clone(),
                None => self.need(&definition).await?,
            };
            demand.daemons.push(need.clone());
            needs.insert(definition, need);
        }
        Ok(demand)
    }

    async fn service_arns(&self, cluster: &ClusterName) -> Result<Vec<String>, Fault> {
        pages::all(LIST, async |token| {
            let request = self.ecs.list_services().cluster(cluster.as_str()).max_results(ECS_PAGE);
            let answer = self.send(LIST, request.set_next_token(token).send()).await?;
            let items = listed(LIST, "serviceArns", answer.service_arns)?;
            Ok(Page { items, next: answer.next_token })
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
        let found = answer.services().len();
        // Keeps S17: a demand that is seen in part is not known.
        if let Some(reason) = reasons(answer.failures()).first() {
            let told = format!("a service failed: {reason}");
            return Err(Fault::Partial { call: DESCRIBE.to_owned(), told });
        }
        if found < arns.len() {
            let told = format!("{found} of {} are in the answer", arns.len());
            return Err(Fault::Partial { call: DESCRIBE.to_owned(), told });
        }
        Ok(answer.services.unwrap_or_default())
    }

    async fn need(&self, definition: &str) -> Result<Job, Fault> {
        let sending = self.ecs.describe_task_definition().task_definition(definition).send();
        let answer = self.send(DEFINITION, sending).await?;
        let found =
            answer.task_definition().ok_or_else(|| missing(DEFINITION, "taskDefinition"))?;
        Ok(need(found))
    }
}

/// Whether it runs a task on every host.
fn is_daemon(service: &Service) -> bool {
    let daemon = service.scheduling_strategy() == Some(&SchedulingStrategy::Daemon);
    daemon && service.status() == Some("ACTIVE")
}

/// How many tasks a service lacks on EC2 hosts. Daemons come with their hosts; Fargate needs none.
fn shortage(service: &Service) -> u32 {
    let replica = !is_daemon(service);
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

/// A service's task definition; where another than ECS deploys it, that of its primary task set.
fn definition_of(service: &Service) -> Result<&str, Fault> {
    let sets = service.task_sets().iter();
    let mut primary = sets.filter(|set| set.status() == Some("PRIMARY"));
    let of_set = || primary.find_map(|set| set.task_definition());
    service.task_definition().or_else(of_set).ok_or_else(|| missing(DESCRIBE, "taskDefinition"))
}

fn missing(call: &str, field: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: format!("{field} is missing") }
}

/// What one task takes from a host: its own size, or the sum of its containers'.
fn need(definition: &TaskDefinition) -> Job {
    let whole = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u32>().ok());
    let containers = definition.container_definitions();
    let sum = |of: fn(&ContainerDefinition) -> i32| {
        let sizes = containers.iter().map(|one| u32::try_from(of(one)).unwrap_or(0));
        sizes.fold(0, u32::saturating_add)
    };
    // ECS sets the reservation aside, and the limit where there is none.
    let memory = |one: &ContainerDefinition| one.memory_reservation().or(one.memory()).unwrap_or(0);

    let own = definition.network_mode() == Some(&NetworkMode::Awsvpc);
    Job {
        each: Amount {
            cpu: whole(definition.cpu()).unwrap_or_else(|| sum(ContainerDefinition::cpu)),
            memory: whole(definition.memory()).unwrap_or_else(|| sum(memory)),
            gpus: gpus(containers),
            interfaces: u32::from(own),
        },
        ports: host_ports(definition),
        ..Job::default()
    }
}

/// The GPUs that a task's containers ask for (`ResourceRequirement` in the ECS API reference).
fn gpus(containers: &[ContainerDefinition]) -> u32 {
    let all = containers.iter().flat_map(ContainerDefinition::resource_requirements);
    let gpus = all.filter(|one| *one.r#type() == ResourceType::Gpu);
    gpus.filter_map(|one| one.value().parse::<u32>().ok()).fold(0, u32::saturating_add)
}

/// What a service lacks. Where no two of its tasks may share a host, those that have one close it to the others.
fn missing_of(service: &Service, need: Job, count: u32) -> Missing {
    let apart = service
        .placement_constraints()
        .iter()
        .any(|one| one.r#type() == Some(&PlacementConstraintType::DistinctInstance));
    let there = service.running_count().saturating_add(service.pending_count());
    Missing {
        service: service.service_name().unwrap_or_default().to_owned(),
        job: Job { count, apart, settled: u32::try_from(there).unwrap_or(0), ..need },
    }
}

/// The ports of its host that a task takes (`PortMapping.hostPort` in the ECS API reference): with `awsvpc`
/// none, its ports are its own; with `host` the containers'; else those that are named, for 0 lets ECS choose.
fn host_ports(definition: &TaskDefinition) -> Vec<u16> {
    let mode = definition.network_mode();
    let port = |mapping: &PortMapping| {
        let named = mapping.host_port().filter(|port| *port != 0);
        match mode {
            Some(NetworkMode::Awsvpc | NetworkMode::None) => None,
            Some(NetworkMode::Host) => named.or(mapping.container_port()),
            _ => named,
        }
    };
    let mappings =
        definition.container_definitions().iter().flat_map(ContainerDefinition::port_mappings);
    mappings.filter_map(|mapping| u16::try_from(port(mapping)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ecs::types::builders::ServiceBuilder;
    use aws_sdk_ecs::types::{
        CapacityProviderStrategyItem, PlacementConstraint, ResourceRequirement, TaskSet,
    };

    fn service(change: fn(ServiceBuilder) -> ServiceBuilder) -> Service {
        let plain = Service::builder().status("ACTIVE").desired_count(5);
        change(plain.running_count(2).pending_count(1)).build()
    }

    #[test]
    fn a_service_lacks_what_neither_runs_nor_starts() {
        let fargate = |name: &str| {
            CapacityProviderStrategyItem::builder().capacity_provider(name).build().unwrap()
        };
        assert_eq!(shortage(&service(|one| one)), 2);
        assert_eq!(shortage(&service(|one| one.launch_type(LaunchType::Ec2))), 2);
        assert_eq!(shortage(&service(|one| one.running_count(9))), 0);
        assert_eq!(shortage(&service(|one| one.launch_type(LaunchType::Fargate))), 0);
        assert_eq!(shortage(&service(|one| one.launch_type(LaunchType::External))), 0);
        let daemon = service(|one| one.scheduling_strategy(SchedulingStrategy::Daemon));
        assert_eq!(shortage(&daemon), 0);
        assert_eq!(shortage(&service(|one| one.status("DRAINING"))), 0);
        let mut on_provider = service(|one| one);
        on_provider.capacity_provider_strategy = Some(vec![fargate("FARGATE_SPOT")]);
        assert_eq!(shortage(&on_provider), 0);
        on_provider.capacity_provider_strategy = Some(vec![fargate("ours")]);
        assert_eq!(shortage(&on_provider), 2);
    }

    #[test]
    fn a_service_that_others_deploy_needs_what_its_primary_task_set_does() {
        let set = |status: &str, definition: &str| {
            TaskSet::builder().status(status).task_definition(definition).build()
        };
        let sets =
            Service::builder().task_sets(set("ACTIVE", "a:1")).task_sets(set("PRIMARY", "b:2"));
        assert_eq!(definition_of(&sets.build()), Ok("b:2"));
        // Checks S17: nothing is made of a demand that cannot be read.
        let none = definition_of(&Service::builder().build()).map(str::to_owned);
        assert!(matches!(none, Err(Fault::Partial { .. })));
    }

    fn container() -> ContainerDefinition {
        let port = |host| PortMapping::builder().container_port(80).host_port(host).build();
        ContainerDefinition::builder()
            .cpu(256)
            .memory(512)
            .memory_reservation(300)
            .port_mappings(port(8080))
            .port_mappings(port(0))
            .build()
    }

    #[test]
    fn a_task_needs_its_own_size_or_the_sum_of_its_containers() {
        let limited = ContainerDefinition::builder().cpu(10).memory(512).build();
        let plain = TaskDefinition::builder()
            .container_definitions(container())
            .container_definitions(limited);
        let summed = need(&plain.clone().build());
        assert_eq!((summed.each.cpu, summed.each.memory), (266, 812));
        let own = need(&plain.cpu("1024").memory("2048").build());
        assert_eq!((own.each.cpu, own.each.memory), (1024, 2048));
    }

    #[test]
    fn gpus_and_interfaces_are_counted_and_tasks_that_must_be_apart_are_told() {
        let gpu = ResourceRequirement::builder().value("2").r#type(ResourceType::Gpu);
        let one = ContainerDefinition::builder().resource_requirements(gpu.build().unwrap());
        let whole = TaskDefinition::builder()
            .container_definitions(one.build())
            .network_mode(NetworkMode::Awsvpc);
        let need = need(&whole.build());
        assert_eq!((need.each.gpus, need.each.interfaces), (2, 1));

        let distinct =
            PlacementConstraint::builder().r#type(PlacementConstraintType::DistinctInstance);
        let service = service(|one| one).clone();
        let mut apart = service.clone();
        apart.placement_constraints = Some(vec![distinct.build()]);
        let told = missing_of(&apart, need.clone(), 2).job;
        assert_eq!((told.apart, told.settled, told.count), (true, 3, 2));
        assert!(!missing_of(&service, need, 2).job.apart);
    }

    #[test]
    fn a_task_takes_the_host_ports_that_its_network_mode_gives_it() {
        let ports = |mode: Option<NetworkMode>| {
            let one = TaskDefinition::builder().container_definitions(container());
            host_ports(&one.set_network_mode(mode).build())
        };
        assert_eq!(ports(None), [8080]);
        assert_eq!(ports(Some(NetworkMode::Bridge)), [8080]);
        assert_eq!(ports(Some(NetworkMode::Host)), [8080, 80]);
        assert_eq!(ports(Some(NetworkMode::Awsvpc)), [0; 0]);
    }
}
