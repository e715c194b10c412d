//! The life of a task: started, running, told to stop, stopped. Only a connected agent moves it on.

use super::render::Form;
use super::state::{Cluster, Container, Key, Stop, Tags, Task, TaskDefinition, TaskStatus};
use super::{Due, World, events, names};
use crate::world::core;
use jiff::SignedDuration;
use serde_json::Value;

/// From PENDING to RUNNING: the image is pulled and the containers start.
const START_TIME: SignedDuration = SignedDuration::from_secs(5);
/// Between two small steps of a task.
const STEP_TIME: SignedDuration = SignedDuration::from_secs(1);

/// What a new task is told.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) definition: String,
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) tags: Tags,
}

/// Starts a task on a container instance; nothing if its task definition is not there.
pub(super) fn start(world: &mut World, instance: &Key, order: Order) -> Option<Key> {
    let definition = world.ecs.definitions.get(&order.definition)?;
    let awsvpc = definition.awsvpc();
    let key = Key { cluster: instance.cluster.clone(), id: world.core.hex(32) };
    let task = new_task(&mut world.core, definition, &key, instance, order);
    let cluster = world.ecs.clusters.get_mut(&key.cluster)?;
    let zone = cluster.instances.get(&instance.id)?.zone().to_owned();
    cluster.tasks.insert(key.id.clone(), Task { zone, ..task });
    events::task_changed(world, &key);
    events::instance_changed(world, instance);
    if awsvpc {
        step_after(world, &key, STEP_TIME, TaskStatus::Pending);
    } else {
        step_after(world, &key, START_TIME, TaskStatus::Running);
    }
    Some(key)
}

fn new_task(
    core: &mut core::Core,
    definition: &TaskDefinition,
    key: &Key,
    instance: &Key,
    order: Order,
) -> Task {
    let first = if definition.awsvpc() { TaskStatus::Provisioning } else { TaskStatus::Pending };
    Task {
        arn: names::arn(core, "task", &format!("{}/{}", key.cluster, key.id)),
        definition: order.definition,
        instance: instance.id.clone(),
        group: order.group,
        started_by: order.started_by,
        last: first,
        stop: None,
        orphaned: false,
        waiting: false,
        version: 0,
        takes: definition.takes.clone(),
        stop_time: definition.stop_time,
        containers: definition.containers.iter().map(|c| new_container(core, key, c)).collect(),
        created_at: core.now(),
        updated_at: core.now(),
        started_at: None,
        stopping_at: None,
        stopped_at: None,
        protected_until: None,
        tags: order.tags,
        zone: String::new(),
    }
}

fn new_container(core: &mut core::Core, key: &Key, definition: &Value) -> Container {
    let id = core.uuid();
    let path = format!("{}/{}/{id}", key.cluster, key.id);
    Container {
        arn: names::arn(core, "container", &path),
        runtime_id: core.hex(64),
        definition: definition.clone(),
    }
}

fn step_after(world: &mut World, key: &Key, after: SignedDuration, to: TaskStatus) {
    world.core.set_timer(after, core::Due::Ecs(Due::Step { task: key.clone(), to: Step(to) }));
}

/// The status that a task's timer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub(super) TaskStatus);

/// A task's timer has come due: it goes on, unless it was told otherwise meanwhile.
pub(super) fn step(world: &mut World, key: &Key, to: TaskStatus) {
    let connected = connected(world, key);
    let Some(task) = world.ecs.task_mut(key) else { return };
    let now_next = match to {
        TaskStatus::Pending => task.wanted() && task.last == TaskStatus::Provisioning,
        TaskStatus::Running => task.pending(),
        TaskStatus::Stopping => task.last == TaskStatus::Deactivating,
        TaskStatus::Stopped => !task.wanted() && !task.stopped(),
        TaskStatus::Provisioning | TaskStatus::Deactivating => false,
    };
    if !now_next {
        return;
    }
    if !connected {
        task.waiting = true;
        return;
    }
    set(world, key, to);
    if to == TaskStatus::Pending {
        step_after(world, key, START_TIME, TaskStatus::Running);
    }
}

fn connected(world: &World, key: &Key) -> bool {
    let Some(cluster) = world.ecs.clusters.get(&key.cluster) else { return false };
    let Some(task) = cluster.tasks.get(&key.id) else { return false };
    cluster.instances.get(&task.instance).is_some_and(|instance| instance.connected)
}

/// Sets the last status, with its time and its events.
fn set(world: &mut World, key: &Key, to: TaskStatus) {
    let now = world.core.now();
    let Some(task) = world.ecs.task_mut(key) else { return };
    task.last = to;
    match to {
        TaskStatus::Running => task.started_at = Some(now),
        TaskStatus::Stopped => task.stopped_at = Some(now),
        _ => {}
    }
    let instance = Key { cluster: key.cluster.clone(), id: task.instance.clone() };
    events::task_changed(world, key);
    if to == TaskStatus::Stopped {
        // Its CPU, memory and ports are free again.
        events::instance_changed(world, &instance);
    }
}

/// Tells a task to stop; a second time changes nothing.
pub(super) fn stop(world: &mut World, key: &Key, stop: Stop) {
    let (now, connected) = (world.core.now(), connected(world, key));
    let Some(task) = world.ecs.task_mut(key) else { return };
    if !task.wanted() || task.stopped() {
        return;
    }
    task.stop = Some(stop);
    task.stopping_at = Some(now);
    let (ran, stop_time) = (task.last == TaskStatus::Running, task.stop_time);
    if !connected {
        task.waiting = true;
    } else if ran {
        task.last = TaskStatus::Deactivating;
    }
    events::task_changed(world, key);
    if connected && ran {
        step_after(world, key, STEP_TIME.min(stop_time), TaskStatus::Stopping);
        step_after(world, key, stop_time, TaskStatus::Stopped);
    } else if connected {
        step_after(world, key, STEP_TIME, TaskStatus::Stopped);
    }
}

/// The agent is back: what waited for it goes on.
pub(super) fn resume(world: &mut World, instance: &Key) {
    let Some(cluster) = world.ecs.clusters.get_mut(&instance.cluster) else { return };
    let waiting: Vec<(String, TaskStatus, SignedDuration)> = cluster
        .tasks
        .iter_mut()
        .filter(|(_, task)| task.instance == instance.id && task.waiting)
        .map(|(id, task)| {
            task.waiting = false;
            let next = if task.wanted() {
                (TaskStatus::Running, STEP_TIME)
            } else if task.last == TaskStatus::Running {
                (TaskStatus::Stopped, task.stop_time)
            } else {
                (TaskStatus::Stopped, STEP_TIME)
            };
            (id.clone(), next.0, next.1)
        })
        .collect();
    for (id, to, after) in waiting {
        step_after(world, &Key { cluster: instance.cluster.clone(), id }, after, to);
    }
}

/// How ECS lets go of all the tasks of a container instance at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// Their host is gone, and they with it.
    HostGone,
    /// The container instance was deregistered by force: what ran runs on, unknown to ECS.
    Orphaned,
}

/// Every task of a container instance is STOPPED in the eyes of ECS.
pub(super) fn release_all(world: &mut World, instance: &Key, how: Release) {
    let Some(cluster) = world.ecs.clusters.get(&instance.cluster) else { return };
    let ec2 = cluster.instances.get(&instance.id).map_or("", |i| i.ec2.as_str());
    let why = match how {
        Release::HostGone => Stop {
            code: "TerminationNotice",
            reason: format!("Host EC2 (instance {ec2}) terminated."),
        },
        Release::Orphaned => Stop {
            code: "UserInitiated",
            reason: "Container instance deregistration forced by user.".to_owned(),
        },
    };
    for id in unstopped(cluster, &instance.id) {
        let key = Key { cluster: instance.cluster.clone(), id };
        let now = world.core.now();
        let Some(task) = world.ecs.task_mut(&key) else { continue };
        task.stop.get_or_insert_with(|| why.clone());
        task.stopping_at.get_or_insert(now);
        task.stopped_at = Some(now);
        task.orphaned = how == Release::Orphaned && task.last >= TaskStatus::Running;
        task.last = TaskStatus::Stopped;
        events::task_changed(world, &key);
    }
}

fn unstopped(cluster: &Cluster, instance: &str) -> Vec<String> {
    let there = |task: &Task| task.instance == instance && !task.stopped();
    cluster.tasks.iter().filter(|(_, t)| there(t)).map(|(id, _)| id.clone()).collect()
}

/// `protectedTasks` of one task.
pub(super) fn protection(cluster: &Cluster, id: &str, now: jiff::Timestamp) -> Option<Value> {
    let task = cluster.tasks.get(id)?;
    let mut shown = serde_json::Map::new();
    shown.insert("taskArn".to_owned(), task.arn.as_str().into());
    shown.insert("protectionEnabled".to_owned(), task.protected(now).into());
    if let Some(until) = task.protected_until.filter(|until| *until > now) {
        shown.insert("expirationDate".to_owned(), Form::Api.time(until));
    }
    Some(shown.into())
}
