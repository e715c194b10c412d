//! Amazon ECS: clusters, container instances, tasks, services, and what they do by themselves.

use super::{Answer, ApiError, World};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use state::Cluster;
use std::collections::BTreeMap;

mod agent;
mod attributes;
mod clusters;
mod container_instances;
mod daemons;
mod events;
mod filter;
mod health;
mod life;
mod names;
mod placement;
mod providers;
mod read;
mod registration;
mod render;
mod scheduler;
mod services;
mod state;
mod tagging;
mod task_definitions;
mod tasks;
pub mod view;

#[cfg(test)]
mod tests;

pub use agent::{
    Host, agent_back, agent_lost, agent_registers_twice, host_boots, host_running, host_stopped,
    host_terminated,
};
pub use life::Step;
pub use state::Key;

/// How long what is gone can still be described.
const MEMORY: SignedDuration = SignedDuration::from_hours(1);

/// Clusters with all that is in them, task definitions, and the hosts whose agents are here.
#[derive(Clone, Debug, Default)]
pub struct Ecs {
    clusters: BTreeMap<String, Cluster>,
    providers: BTreeMap<String, Value>,
    definitions: task_definitions::TaskDefinitions,
    hosts: BTreeMap<String, Host>,
}

/// What happens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// The agent on a host registers.
    Register {
        /// The EC2 instance.
        instance_id: String,
    },
    /// The agent of a container instance connects.
    Connect {
        /// The container instance.
        instance: Key,
    },
    /// A task goes on to its next status.
    Step {
        /// The task.
        task: Key,
        /// Where to.
        to: Step,
    },
    /// The scheduler looks at the services of a cluster.
    Pass {
        /// The cluster's short name.
        cluster: String,
    },
}

/// One API call.
pub(super) fn call(world: &mut World, operation: &str, input: &Value) -> Answer {
    world.ecs.forget(world.core.now());
    match operation {
        "CreateCluster" => clusters::create(world, input),
        "DescribeClusters" => clusters::describe(world, input),
        "ListClusters" => clusters::list(world, input),
        "UpdateClusterSettings" => clusters::update_settings(world, input),
        "DeleteCluster" => clusters::delete(world, input),
        "CreateCapacityProvider" => providers::create(world, input),
        "DescribeCapacityProviders" => providers::describe(world, input),
        "DeleteCapacityProvider" => providers::delete(world, input),
        "PutClusterCapacityProviders" => providers::put(world, input),
        "RegisterContainerInstance" => registration::register(world, input),
        "DeregisterContainerInstance" => container_instances::deregister(world, input),
        "ListContainerInstances" => container_instances::list(world, input),
        "DescribeContainerInstances" => container_instances::describe(world, input),
        "UpdateContainerInstancesState" => container_instances::update_state(world, input),
        "PutAttributes" => attributes::put(world, input),
        "DeleteAttributes" => attributes::delete(world, input),
        "ListAttributes" => attributes::list(world, input),
        "RegisterTaskDefinition" => task_definitions::register(world, input),
        "DeregisterTaskDefinition" => task_definitions::deregister(world, input),
        "DescribeTaskDefinition" => task_definitions::describe(world, input),
        "ListTaskDefinitions" => task_definitions::list(world, input),
        _ => call_for_tasks(world, operation, input),
    }
}

fn call_for_tasks(world: &mut World, operation: &str, input: &Value) -> Answer {
    match operation {
        "CreateService" => services::create(world, input),
        "UpdateService" => services::update(world, input),
        "DescribeServices" => services::describe(world, input),
        "ListServices" => services::list(world, input),
        "DeleteService" => services::delete(world, input),
        "RunTask" => tasks::run(world, input),
        "StartTask" => tasks::start(world, input),
        "StopTask" => tasks::stop(world, input),
        "ListTasks" => tasks::list(world, input),
        "DescribeTasks" => tasks::describe(world, input),
        "UpdateTaskProtection" => tasks::protect(world, input),
        "GetTaskProtection" => tasks::protection(world, input),
        "TagResource" => tagging::tag(world, input),
        "UntagResource" => tagging::untag(world, input),
        "ListTagsForResource" => tagging::list(world, input),
        _ => Err(ApiError::client(
            "UnknownOperationException",
            format!("The operation {operation} is not known here."),
        )),
    }
}

/// A timer has come due.
pub(super) fn happen(world: &mut World, due: Due) {
    match due {
        Due::Register { instance_id } => agent::register(world, &instance_id),
        Due::Connect { instance } => agent::connect(world, &instance),
        Due::Step { task, to: Step(to) } => life::step(world, &task, to),
        Due::Pass { cluster } => scheduler::pass(world, &cluster),
    }
}

impl Ecs {
    /// Drops what was gone an hour ago. A task that secretly runs on stays.
    fn forget(&mut self, now: Timestamp) {
        let old = |at: Option<Timestamp>| at.is_some_and(|at| now.duration_since(at) > MEMORY);
        for cluster in self.clusters.values_mut() {
            cluster.tasks.retain(|_, task| task.orphaned || !old(task.stopped_at));
            let tasks = &cluster.tasks;
            cluster.instances.retain(|id, instance| {
                let gone = old(instance.deregistered_at);
                !gone || tasks.values().any(|task| task.orphaned && &task.instance == id)
            });
            cluster.services.retain(|_, s| s.status != "INACTIVE" || !old(s.deleted_at));
        }
    }
}
