//! Tasks: run, start, stop, list, describe, protect.

use super::life::{self, Order};
use super::placement::{self, Lack, Unplaced, Wish};
use super::render::{self, Form};
use super::state::{Cluster, InstanceStatus, Key, Stop, Task, TaskStatus};
use super::{World, names, read, services, task_definitions};
use crate::world::{Answer, ApiError};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn shown(cluster: &Cluster, id: &str, with_tags: bool) -> Value {
    let Some(mut shown) = render::task(cluster, id, Form::Api) else { return Value::Null };
    let tags = cluster.tasks.get(id).filter(|_| with_tags).map(|task| render::tags(&task.tags));
    shown.insert("tags".to_owned(), tags.unwrap_or_else(|| json!([])));
    shown.into()
}

fn order(world: &World, input: &Value) -> Result<Order, ApiError> {
    let text = read::needed(input, "taskDefinition")?;
    let definition = task_definitions::find_active(world, text)?;
    let family = world.ecs.definitions.get(&definition).map(|known| known.family.as_str());
    let group = match read::text(input, "group")? {
        Some(group) if group.starts_with("service:") => {
            return Err(read::invalid("The group of a task must not begin with service:."));
        }
        Some(group) => group.to_owned(),
        None => format!("family:{}", family.unwrap_or_default()),
    };
    let started_by = read::text(input, "startedBy")?.map(str::to_owned);
    Ok(Order { definition, group, started_by, tags: read::tags(input)? })
}

pub(super) fn run(world: &mut World, input: &Value) -> Answer {
    let order = order(world, input)?;
    let count = read::count(input, "count")?.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(read::invalid("count must be between 1 and 10."));
    }
    services::ec2_only(input)?;
    let constraints = services::constraints(input)?;
    let (mut started, mut failures) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let cluster = world.ecs.cluster_of(input)?;
        let Some(definition) = world.ecs.definitions.get(&order.definition) else { break };
        let wish = Wish { definition, group: &order.group, constraints: &constraints };
        match placement::choose(cluster, &wish) {
            Ok(id) => {
                let instance = cluster.key(&id);
                started.extend(life::start(world, &instance, order.clone()));
            }
            Err(Unplaced { lack: None, .. }) => {
                return Err(read::invalid("No Container Instances were found in your cluster."));
            }
            Err(Unplaced { lack: Some(lack), instances }) => {
                failures.extend(instances.iter().map(|id| refused(world, cluster, id, lack)));
                break;
            }
        }
    }
    started_answer(world, input, &started, &failures)
}

fn refused(world: &World, cluster: &Cluster, id: &str, lack: Lack) -> Value {
    let reason = match lack {
        Lack::Constraint => "MemberOf placement constraint unsatisfied.",
        _ => lack.reason(),
    };
    names::failure(&world.core, "container-instance", &cluster.name, id, reason)
}

fn started_answer(world: &World, input: &Value, started: &[Key], failures: &[Value]) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let tasks: Vec<Value> = started.iter().map(|key| shown(cluster, &key.id, true)).collect();
    Ok(json!({ "tasks": tasks, "failures": failures }))
}

pub(super) fn start(world: &mut World, input: &Value) -> Answer {
    let order = order(world, input)?;
    let (mut started, mut failures) = (Vec::new(), Vec::new());
    for text in read::batch(input, "containerInstances", "Container instances", 10)? {
        let cluster = world.ecs.cluster_of(input)?;
        let fail = |reason: &str| {
            names::failure(&world.core, "container-instance", &cluster.name, text, reason)
        };
        let Ok(key) = cluster.instance_key(text) else {
            failures.push(fail("MISSING"));
            continue;
        };
        let Some(definition) = world.ecs.definitions.get(&order.definition) else { break };
        let Some(instance) = cluster.instances.get(&key.id) else { continue };
        if instance.status == InstanceStatus::Inactive {
            failures.push(fail("INACTIVE"));
            continue;
        }
        let wish = Wish { definition, group: &order.group, constraints: &[] };
        match placement::lack(cluster, &key.id, instance, &cluster.usage(&key.id), &wish) {
            Some(lack) => failures.push(fail(lack.reason())),
            None => started.extend(life::start(world, &key, order.clone())),
        }
    }
    started_answer(world, input, &started, &failures)
}

pub(super) fn stop(world: &mut World, input: &Value) -> Answer {
    let key = world.ecs.cluster_of(input)?.task_key(read::needed(input, "task")?)?;
    let reason = read::text(input, "reason")?.unwrap_or("Task stopped by user").to_owned();
    life::stop(world, &key, Stop { code: "UserInitiated", reason });
    Ok(json!({ "task": shown(world.ecs.cluster_of(input)?, &key.id, false) }))
}

/// Whether `desiredStatus` of the request is STOPPED; the default is RUNNING.
fn wants_stopped(input: &Value) -> Result<Option<bool>, ApiError> {
    match read::text(input, "desiredStatus")? {
        None | Some("RUNNING") => Ok(Some(false)),
        Some("STOPPED") => Ok(Some(true)),
        // The filter exists, but ECS never sets this desired status.
        Some("PENDING") => Ok(None),
        Some(_) => Err(read::invalid("desiredStatus must be RUNNING, PENDING or STOPPED.")),
    }
}

pub(super) fn list(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let stopped = wants_stopped(input)?;
    let on = read::text(input, "containerInstance")?;
    let on = on.map(|text| cluster.instance_key(text)).transpose()?;
    let service = read::text(input, "serviceName")?;
    let service = service.map(|text| cluster.service_name(text)).transpose()?;
    let started_by = read::text(input, "startedBy")?;
    let family = read::text(input, "family")?;
    let family = family.map(|family| format!(":task-definition/{family}:"));
    let meant = |task: &&Task| {
        stopped == Some(!task.wanted())
            && on.as_ref().is_none_or(|key| key.id == task.instance)
            && service.as_ref().is_none_or(|name| task.service() == Some(name))
            && started_by.is_none_or(|by| task.started_by.as_deref() == Some(by))
            && family.as_ref().is_none_or(|family| task.definition.contains(family))
    };
    let arns: Vec<String> =
        cluster.tasks.values().filter(meant).map(|task| task.arn.clone()).collect();
    Ok(read::page(input, &arns, 100)?.answer("taskArns"))
}

pub(super) fn describe(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let with_tags = read::texts(input, "include")?.contains(&"TAGS");
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in read::batch(input, "tasks", "Tasks", 100)? {
        match cluster.task_key(text) {
            Ok(key) => found.push(shown(cluster, &key.id, with_tags)),
            Err(_) => failures.push(no_task(world, cluster, text)),
        }
    }
    Ok(json!({ "tasks": found, "failures": failures }))
}

fn no_task(world: &World, cluster: &Cluster, text: &str) -> Value {
    names::failure(&world.core, "task", &cluster.name, text, "MISSING")
}

/// Minutes of protection: two hours if not said, two days at most.
const PROTECTION: (usize, usize) = (120, 2880);

pub(super) fn protect(world: &mut World, input: &Value) -> Answer {
    read::there(input, "protectionEnabled")?;
    let on = read::flag(input, "protectionEnabled")?;
    let minutes = read::count(input, "expiresInMinutes")?.unwrap_or(PROTECTION.0);
    if !(1..=PROTECTION.1).contains(&minutes) {
        return Err(read::invalid("expiresInMinutes must be between 1 and 2880."));
    }
    let length = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or_default());
    let until = world.core.now().saturating_add(length).unwrap_or_default();
    let asked = read::batch(input, "tasks", "Tasks", 10)?;
    let cluster = world.ecs.cluster_of_mut(input)?;
    for text in &asked {
        let key = cluster.task_key(text).ok();
        if let Some(task) =
            key.and_then(|key| cluster.tasks.get_mut(&key.id)).filter(|t| protectable(t))
        {
            task.protected_until = on.then_some(until);
        }
    }
    protections(world, input, &asked)
}

fn protectable(task: &Task) -> bool {
    task.service().is_some() && task.last != TaskStatus::Stopped
}

pub(super) fn protection(world: &World, input: &Value) -> Answer {
    protections(world, input, &read::batch(input, "tasks", "Tasks", 100)?)
}

fn protections(world: &World, input: &Value, asked: &[&str]) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        let Ok(key) = cluster.task_key(text) else {
            failures.push(no_task(world, cluster, text));
            continue;
        };
        match cluster.tasks.get(&key.id) {
            Some(task) if protectable(task) => {
                found.extend(life::protection(cluster, &key.id, world.core.now()));
            }
            _ => failures.push(names::failure(
                &world.core,
                "task",
                &cluster.name,
                text,
                "TASK_NOT_VALID",
            )),
        }
    }
    Ok(json!({ "protectedTasks": found, "failures": failures }))
}
