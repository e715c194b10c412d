//! What ECS says on the event bus. Every change of a container instance or a task passes here.

use super::render::{self, Form};
use super::state::{InstanceStatus, Key};
use super::{World, scheduler};
use serde_json::{Map, Value, json};

/// A container instance changed: its version goes up, the event is said, the scheduler looks.
pub(super) fn instance_changed(world: &mut World, key: &Key) {
    let now = world.core.now();
    let Some(instance) = world.ecs.instance_mut(key) else { return };
    instance.version = instance.version.saturating_add(1);
    instance.updated_at = now;
    let Some(cluster) = world.ecs.clusters.get(&key.cluster) else { return };
    let Some(instance) = cluster.instances.get(&key.id) else { return };
    let Some(mut detail) = render::instance(cluster, &key.id, Form::Event) else { return };
    detail.insert("clusterArn".to_owned(), cluster.arn.as_str().into());
    detail.insert("updatedAt".to_owned(), Form::Event.time(now));
    detail.insert("accountType".to_owned(), "default".into());
    if instance.status == InstanceStatus::Inactive {
        detail.remove("attributes");
    }
    let about = [instance.arn.clone()];
    world.core.say("aws.ecs", "ECS Container Instance State Change", &about, detail.into());
    scheduler::wake(world, &key.cluster);
}

/// A task changed: its version goes up, the event is said, the scheduler looks.
pub(super) fn task_changed(world: &mut World, key: &Key) {
    let now = world.core.now();
    let Some(task) = world.ecs.task_mut(key) else { return };
    task.version = task.version.saturating_add(1);
    task.updated_at = now;
    let about = [task.arn.clone()];
    let Some(cluster) = world.ecs.clusters.get(&key.cluster) else { return };
    let Some(mut detail) = render::task(cluster, &key.id, Form::Event) else { return };
    detail.insert("updatedAt".to_owned(), Form::Event.time(now));
    world.core.say("aws.ecs", "ECS Task State Change", &about, detail.into());
    scheduler::wake(world, &key.cluster);
}

/// What a service action is about.
pub(super) struct Action {
    /// `INFO`, `WARN` or `ERROR`.
    pub(super) kind: &'static str,
    /// For example `SERVICE_STEADY_STATE`.
    pub(super) name: &'static str,
    /// More members of the detail.
    pub(super) more: Map<String, Value>,
}

/// The service did something.
pub(super) fn service_action(world: &mut World, cluster: &str, service: &str, action: Action) {
    let Some((arn, cluster_arn)) = arns(world, cluster, service) else { return };
    let Action { kind, name, more: mut detail } = action;
    detail.insert("eventType".to_owned(), kind.into());
    detail.insert("eventName".to_owned(), name.into());
    detail.insert("clusterArn".to_owned(), cluster_arn.into());
    detail.insert("createdAt".to_owned(), Form::Event.time(world.core.now()));
    world.core.say("aws.ecs", "ECS Service Action", &[arn], detail.into());
}

/// A deployment of a service began or ended.
pub(super) fn deployment(world: &mut World, cluster: &str, service: &str, id: &str, done: bool) {
    let Some((arn, _)) = arns(world, cluster, service) else { return };
    let (name, state) =
        if done { ("COMPLETED", "completed") } else { ("IN_PROGRESS", "in progress") };
    let detail = json!({
        "eventType": "INFO",
        "eventName": format!("SERVICE_DEPLOYMENT_{name}"),
        "deploymentId": id,
        "updatedAt": Form::Event.time(world.core.now()),
        "reason": format!("ECS deployment {id} {state}."),
    });
    world.core.say("aws.ecs", "ECS Deployment State Change", &[arn], detail);
}

fn arns(world: &World, cluster: &str, service: &str) -> Option<(String, String)> {
    let cluster = world.ecs.clusters.get(cluster)?;
    Some((cluster.services.get(service)?.arn.clone(), cluster.arn.clone()))
}

/// Writes a line in the service's own list of events, the newest first, a hundred at most.
pub(super) fn service_message(world: &mut World, cluster: &str, service: &str, text: &str) {
    let (id, now) = (world.core.uuid(), world.core.now());
    let Some(cluster) = world.ecs.clusters.get_mut(cluster) else { return };
    let Some(state) = cluster.services.get_mut(service) else { return };
    state.events.insert(0, (id, now, format!("(service {service}) {text}")));
    state.events.truncate(100);
}
