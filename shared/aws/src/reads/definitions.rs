//! What a task definition says that a task takes.

use crate::config::Aws;
use crate::limits::DEFINITIONS;
use aws_sdk_ecs::types::{
    ContainerDefinition, NetworkMode, PortMapping, ResourceType, TaskDefinition,
    TaskDefinitionPlacementConstraintType,
};
use domain::Fault;
use domain::pack::{Amount, Job};
use ports::Definition;

const CALL: &str = "ecs:DescribeTaskDefinition";

impl Aws {
    /// What a task definition says; asked for once, as a revision never changes.
    pub(super) async fn definition_of(&self, name: &str) -> Result<Definition, Fault> {
        let kept = self.definitions.lock().ok().and_then(|all| all.get(name).cloned());
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let sending = self.ecs.describe_task_definition().task_definition(name).send();
        let answer = self.send(CALL, sending).await?;
        let found = answer.task_definition().ok_or_else(|| Fault::Partial {
            call: CALL.to_owned(),
            told: "taskDefinition is missing".to_owned(),
        })?;
        // A task that takes nothing is none: its containers are not told, or not their sizes.
        if found.container_definitions().is_empty() && found.memory().is_none() {
            let told = "containerDefinitions is missing".to_owned();
            return Err(Fault::Partial { call: CALL.to_owned(), told });
        }
        let definition = read(found);
        // A family alone, without its revision, may come to mean another one.
        let is_revision = name.rsplit('/').next().is_some_and(|name| name.contains(':'));
        if let Ok(mut all) = self.definitions.lock()
            && is_revision
        {
            if all.len() >= DEFINITIONS {
                all.clear();
            }
            all.insert(name.to_owned(), definition.clone());
        }
        Ok(definition)
    }
}

fn read(definition: &TaskDefinition) -> Definition {
    let member_of = definition
        .placement_constraints()
        .iter()
        .filter(|one| one.r#type() == Some(&TaskDefinitionPlacementConstraintType::MemberOf));
    let constraints = member_of.filter_map(|one| Some(one.expression()?.to_owned())).collect();
    Definition { job: job(definition), constraints }
}

/// What one task takes from a host: its own size, or the sum of its containers'.
fn job(definition: &TaskDefinition) -> Job {
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
    use aws_sdk_ecs::types::{ResourceRequirement, TaskDefinitionPlacementConstraint};

    #[test]
    fn what_a_definition_says_of_its_hosts_is_told() {
        let constraint = TaskDefinitionPlacementConstraint::builder()
            .r#type(TaskDefinitionPlacementConstraintType::MemberOf)
            .expression("attribute:stack == web");
        let whole = TaskDefinition::builder().placement_constraints(constraint.build()).build();
        assert_eq!(read(&whole).constraints, ["attribute:stack == web"]);
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
        let summed = job(&plain.clone().build());
        assert_eq!((summed.each.cpu, summed.each.memory), (266, 812));
        let own = job(&plain.cpu("1024").memory("2048").build());
        assert_eq!((own.each.cpu, own.each.memory), (1024, 2048));
    }

    #[test]
    fn gpus_and_interfaces_are_counted() {
        let gpu = ResourceRequirement::builder().value("2").r#type(ResourceType::Gpu);
        let one = ContainerDefinition::builder().resource_requirements(gpu.build().unwrap());
        let whole = TaskDefinition::builder()
            .container_definitions(one.build())
            .network_mode(NetworkMode::Awsvpc);
        let job = job(&whole.build());
        assert_eq!((job.each.gpus, job.each.interfaces), (2, 1));
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
