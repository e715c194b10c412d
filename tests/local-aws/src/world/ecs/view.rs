//! What tests and demonstrations look at: the truth, what ECS does not know included.

use super::Ecs;
use super::state::Cluster;
use jiff::Timestamp;

/// A container instance as it truly is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerInstance {
    /// The cluster's short name.
    pub cluster: String,
    /// The container instance's ARN.
    pub arn: String,
    /// The EC2 instance behind it.
    pub ec2_instance_id: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: &'static str,
    /// Whether ECS hears from the agent.
    pub agent_connected: bool,
    /// Whether the EC2 instance is stopped or gone: ACTIVE and gone is a ghost.
    pub host_down: bool,
    /// `runningTasksCount` of the API.
    pub running: usize,
    /// `pendingTasksCount` of the API.
    pub pending: usize,
    /// The attributes that people put there, by name.
    pub attributes: Vec<(String, Option<String>)>,
}

/// A task as it truly is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The cluster's short name.
    pub cluster: String,
    /// The task's ARN.
    pub arn: String,
    /// The container instance's ARN.
    pub container_instance: String,
    /// The EC2 instance that it is on.
    pub ec2_instance_id: String,
    /// `service:NAME`, `family:NAME`, or what `RunTask` was told.
    pub group: String,
    /// `PROVISIONING`, `PENDING`, `RUNNING`, `DEACTIVATING`, `STOPPING` or `STOPPED`.
    pub last_status: &'static str,
    /// `RUNNING` or `STOPPED`.
    pub desired_status: &'static str,
    /// When it became RUNNING.
    pub started_at: Option<Timestamp>,
    /// When it became STOPPED.
    pub stopped_at: Option<Timestamp>,
    /// Whether it belongs to a daemon service.
    pub daemon: bool,
    /// Whether it still runs though ECS says STOPPED: its container instance was deregistered by
    /// force while its host lived.
    pub orphaned: bool,
}

/// A service as ECS knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The cluster's short name.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: &'static str,
    /// Whether it is a daemon service.
    pub daemon: bool,
    /// How many tasks it should have; 0 for a daemon service.
    pub desired: usize,
    /// How many of its tasks are RUNNING and shall run.
    pub running: usize,
    /// How many of its tasks are on their way to RUNNING.
    pub pending: usize,
    /// Whether it is in a steady state.
    pub steady: bool,
}

impl Ecs {
    /// Every container instance of every cluster, INACTIVE ones while they can be described.
    #[must_use]
    pub fn container_instances(&self) -> Vec<ContainerInstance> {
        self.clusters.values().flat_map(Cluster::view_instances).collect()
    }

    /// Every task of every cluster, STOPPED ones while they can be described.
    #[must_use]
    pub fn tasks(&self) -> Vec<Task> {
        self.clusters.values().flat_map(Cluster::view_tasks).collect()
    }

    /// The capacity providers that are attached to a cluster, and its default strategy.
    #[must_use]
    pub fn providers_of(&self, cluster: &str) -> Option<(Vec<String>, Option<serde_json::Value>)> {
        let found = self.clusters.get(cluster)?;
        Some((found.providers.clone(), found.strategy.clone()))
    }

    /// Every service of every cluster.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        self.clusters.values().flat_map(Cluster::view_services).collect()
    }
}

impl Cluster {
    fn view_instances(&self) -> impl Iterator<Item = ContainerInstance> {
        self.instances.iter().map(|(id, instance)| {
            let usage = self.usage(id);
            let custom = instance.attributes.iter().filter(|(_, attribute)| attribute.custom);
            ContainerInstance {
                cluster: self.name.clone(),
                arn: instance.arn.clone(),
                ec2_instance_id: instance.ec2.clone(),
                status: instance.status.name(),
                agent_connected: instance.connected,
                host_down: instance.down,
                running: usage.running,
                pending: usage.pending,
                attributes: custom.map(|(name, a)| (name.clone(), a.value.clone())).collect(),
            }
        })
    }

    fn view_tasks(&self) -> impl Iterator<Item = Task> {
        self.tasks.values().map(|task| {
            let instance = self.instances.get(&task.instance);
            let service = task.service().and_then(|name| self.services.get(name));
            Task {
                cluster: self.name.clone(),
                arn: task.arn.clone(),
                container_instance: instance.map(|i| i.arn.clone()).unwrap_or_default(),
                ec2_instance_id: instance.map(|i| i.ec2.clone()).unwrap_or_default(),
                group: task.group.clone(),
                last_status: task.last.name(),
                desired_status: if task.wanted() { "RUNNING" } else { "STOPPED" },
                started_at: task.started_at,
                stopped_at: task.stopped_at,
                daemon: service.is_some_and(|service| service.daemon),
                orphaned: task.orphaned,
            }
        })
    }

    fn view_services(&self) -> impl Iterator<Item = Service> {
        self.services.values().map(|service| {
            let group = service.group();
            let own = || self.tasks.values().filter(|task| task.group == group);
            Service {
                cluster: self.name.clone(),
                name: service.name.clone(),
                status: service.status,
                daemon: service.daemon,
                desired: service.desired,
                running: own().filter(|task| task.running()).count(),
                pending: own().filter(|task| task.pending()).count(),
                steady: service.steady,
            }
        })
    }
}
