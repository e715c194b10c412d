//! Where a task can go: CPU, memory, ports, constraints; spread over zones, then packed by memory.

use super::filter::{Expression, Field, Subject};
use super::render::{Usage, remaining};
use super::state::{Cluster, Instance, InstanceStatus, Resources, TaskDefinition};
use serde_json::Value;

/// Why an instance does not take a task; a later one is the closer match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    Constraint,
    Agent,
    Cpu,
    Memory,
    Ports,
}

impl Lack {
    /// As `failures[].reason` and the service action event say it.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Constraint => "ATTRIBUTE",
            Self::Agent => "AGENT",
            Self::Cpu => "RESOURCE:CPU",
            Self::Memory => "RESOURCE:MEMORY",
            Self::Ports => "RESOURCE:PORTS",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Constraint => "does not satisfy a placement constraint",
            Self::Agent => "has its agent disconnected",
            Self::Cpu => "has insufficient CPU units available",
            Self::Memory => "has insufficient memory available",
            Self::Ports => "is already using a port required by your task",
        }
    }
}

/// Nothing takes the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unplaced {
    /// The closest lack; none if the cluster has no instance to ask.
    pub(super) lack: Option<Lack>,
    /// The ids of the instances with that lack.
    pub(super) instances: Vec<String>,
}

impl Unplaced {
    /// The line in the service's events.
    pub(super) fn message(&self) -> String {
        let why = match (self.lack, self.instances.first()) {
            (Some(lack), Some(id)) => {
                format!("The closest matching (container-instance {id}) {}.", lack.words())
            }
            _ => "Reason: No Container Instances were found in your cluster.".to_owned(),
        };
        format!(
            "was unable to place a task because no container instance met all of its \
             requirements. {why}"
        )
    }
}

/// What is to be placed.
pub(super) struct Wish<'a> {
    pub(super) definition: &'a TaskDefinition,
    pub(super) group: &'a str,
    pub(super) constraints: &'a [Value],
}

/// The id of the instance that takes the task.
pub(super) fn choose(cluster: &Cluster, wish: &Wish) -> Result<String, Unplaced> {
    let mut usages = cluster.usages();
    let mut fits = Vec::new();
    let mut lacks = Vec::new();
    let asked = cluster.instances.iter().filter(|(_, i)| i.status == InstanceStatus::Active);
    for (id, instance) in asked {
        let usage = usages.remove(id.as_str()).unwrap_or_default();
        match lack(cluster, id, instance, &usage, wish) {
            Some(lack) => lacks.push((lack, id)),
            None => fits.push((id, instance, remaining(instance, &usage).memory)),
        }
    }
    let best = fits.into_iter().min_by_key(|(id, instance, memory)| {
        (in_zone(cluster, instance.zone(), wish.group), *memory, *id)
    });
    if let Some((id, ..)) = best {
        return Ok(id.clone());
    }
    let closest = lacks.iter().map(|(lack, _)| *lack).max();
    let near = lacks.into_iter().filter(|(lack, _)| Some(*lack) == closest);
    Err(Unplaced { lack: closest, instances: near.map(|(_, id)| id.clone()).collect() })
}

fn in_zone(cluster: &Cluster, zone: &str, group: &str) -> usize {
    let there = |task: &&super::state::Task| task.wanted() && task.zone == zone;
    cluster.tasks.values().filter(there).filter(|task| task.group == group).count()
}

/// What this instance lacks for the task, if it lacks something.
pub(super) fn lack(
    cluster: &Cluster,
    id: &str,
    instance: &Instance,
    usage: &Usage,
    wish: &Wish,
) -> Option<Lack> {
    if !constraints_hold(cluster, id, wish) {
        return Some(Lack::Constraint);
    }
    if !instance.connected {
        return Some(Lack::Agent);
    }
    resource_lack(&remaining(instance, usage), &wish.definition.takes)
}

fn resource_lack(left: &Resources, takes: &Resources) -> Option<Lack> {
    if takes.cpu > left.cpu {
        Some(Lack::Cpu)
    } else if takes.memory > left.memory {
        Some(Lack::Memory)
    } else if !takes.tcp.is_disjoint(&left.tcp) || !takes.udp.is_disjoint(&left.udp) {
        Some(Lack::Ports)
    } else {
        None
    }
}

/// `distinctInstance` and `memberOf`, of the service and of the task definition.
pub(super) fn constraints_hold(cluster: &Cluster, id: &str, wish: &Wish) -> bool {
    let own = wish.definition.request.get("placementConstraints").and_then(Value::as_array);
    let mut all = wish.constraints.iter().chain(own.into_iter().flatten());
    all.all(|constraint| {
        let text = |name: &str| constraint.get(name).and_then(Value::as_str);
        match (text("type"), text("expression")) {
            (Some("distinctInstance"), _) => !has_group(cluster, id, wish.group),
            (_, Some(expression)) => Expression::parse(expression)
                .is_ok_and(|expression| expression.matches(&Asked { cluster, id })),
            _ => true,
        }
    })
}

fn has_group(cluster: &Cluster, instance: &str, group: &str) -> bool {
    let mut tasks = cluster.tasks.values().filter(|task| task.instance == instance);
    tasks.any(|task| !task.stopped() && task.group == group)
}

/// A container instance, for the query language.
pub(super) struct Asked<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) id: &'a str,
}

impl Subject for Asked<'_> {
    fn values(&self, field: &Field) -> Vec<String> {
        let Some(instance) = self.cluster.instances.get(self.id) else { return Vec::new() };
        let usage = || self.cluster.usage(self.id);
        match field {
            Field::AgentConnected => vec![instance.connected.to_string()],
            Field::AgentVersion => {
                let version = instance.version_info.get("agentVersion").and_then(Value::as_str);
                version.map(str::to_owned).into_iter().collect()
            }
            Field::Ec2InstanceId => vec![instance.ec2.clone()],
            Field::RegisteredAt => vec![instance.registered_at.to_string()],
            Field::RunningTasksCount => vec![usage().running.to_string()],
            Field::PendingTasksCount => vec![usage().pending.to_string()],
            Field::Status => vec![instance.status.name().to_owned()],
            Field::TaskGroup => self
                .cluster
                .tasks
                .values()
                .filter(|task| task.instance == self.id && !task.stopped())
                .map(|task| task.group.clone())
                .collect(),
            Field::Attribute(name) => {
                let attribute = instance.attributes.get(name);
                attribute.map(|a| a.value.clone().unwrap_or_default()).into_iter().collect()
            }
        }
    }
}
