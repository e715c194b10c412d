//! Task definitions: register, deregister, describe, list.

use super::render::Form;
use super::state::{Resources, TaskDefinition};
use super::{World, names, read, render};
use crate::world::{Answer, ApiError};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long a task takes to stop if its containers name no `stopTimeout`.
const STOP_TIME: SignedDuration = SignedDuration::from_secs(10);

/// By ARN.
pub(super) type TaskDefinitions = BTreeMap<String, TaskDefinition>;

pub(super) fn register(world: &mut World, input: &Value) -> Answer {
    let family = read::needed(input, "family")?;
    let containers = read::list(input, "containerDefinitions")?;
    if containers.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    for container in containers {
        read::needed(container, "name")?;
        read::needed(container, "image")?;
    }
    let awsvpc = read::text(input, "networkMode")? == Some("awsvpc");
    let takes = takes(input, containers, awsvpc)?;
    let tags = read::tags(input)?;
    let all = world.ecs.definitions.values().filter(|known| known.family == family);
    let revision = all.map(|known| known.revision).max().unwrap_or(0).saturating_add(1);
    let arn = names::arn(&world.core, "task-definition", &format!("{family}:{revision}"));
    let mut request = input.as_object().cloned().unwrap_or_default();
    request.remove("tags");
    let definition = TaskDefinition {
        arn: arn.clone(),
        family: family.to_owned(),
        revision,
        active: true,
        registered_at: world.core.now(),
        deregistered_at: None,
        takes,
        stop_time: stop_time(containers)?,
        containers: containers.to_vec(),
        request,
        tags,
    };
    let answer =
        json!({ "taskDefinition": shown(&definition), "tags": render::tags(&definition.tags) });
    world.ecs.definitions.insert(arn, definition);
    Ok(answer)
}

fn client(message: &str) -> ApiError {
    ApiError::client("ClientException", message)
}

/// The task's own CPU and memory if it names them, or else the sum of its containers'.
fn takes(input: &Value, containers: &[Value], awsvpc: bool) -> Result<Resources, ApiError> {
    let mut takes = Resources::default();
    for container in containers {
        let number = |name: &str| container.get(name).and_then(Value::as_i64);
        takes.cpu = takes.cpu.saturating_add(number("cpu").unwrap_or(0));
        let memory = number("memoryReservation").or_else(|| number("memory"));
        takes.memory = takes.memory.saturating_add(memory.unwrap_or(0));
        // An awsvpc task has an interface, and so ports, of its own.
        if !awsvpc {
            take_ports(&mut takes, container, read::text(input, "networkMode")?)?;
        }
    }
    takes.cpu = whole(input, "cpu")?.unwrap_or(takes.cpu);
    takes.memory = whole(input, "memory")?.unwrap_or(takes.memory);
    if takes.memory == 0 {
        return Err(client(
            "Invalid setting for container. At least one of 'memory' or 'memoryReservation' must \
             be specified.",
        ));
    }
    Ok(takes)
}

/// A number in a string.
fn whole(input: &Value, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = read::text(input, name)? else { return Ok(None) };
    let number = text.parse().ok().filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| client(&format!("Invalid '{name}' setting for task.")))
}

fn take_ports(
    takes: &mut Resources,
    container: &Value,
    network: Option<&str>,
) -> Result<(), ApiError> {
    for mapping in read::list(container, "portMappings")? {
        let name = if network == Some("host") { "containerPort" } else { "hostPort" };
        let port = u16::try_from(read::count(mapping, name)?.unwrap_or(0))
            .map_err(|_| client("Invalid port: it must be at most 65535."))?;
        let udp = read::text(mapping, "protocol")? == Some("udp");
        if port > 0 && udp {
            takes.udp.insert(port);
        } else if port > 0 {
            takes.tcp.insert(port);
        }
    }
    Ok(())
}

/// The longest `stopTimeout`: a task of this world uses all the time that it is given.
fn stop_time(containers: &[Value]) -> Result<SignedDuration, ApiError> {
    let mut longest = None;
    for container in containers {
        longest = longest.max(read::count(container, "stopTimeout")?);
    }
    let seconds = longest.and_then(|seconds| i64::try_from(seconds).ok());
    Ok(seconds.map_or(STOP_TIME, SignedDuration::from_secs))
}

fn shown(definition: &TaskDefinition) -> Value {
    let mut shown = definition.request.clone();
    let more = json!({
        "taskDefinitionArn": definition.arn,
        "revision": definition.revision,
        "status": if definition.active { "ACTIVE" } else { "INACTIVE" },
        "compatibilities": ["EC2"],
        "registeredAt": Form::Api.time(definition.registered_at),
    });
    shown.extend(more.as_object().cloned().unwrap_or_default());
    if let Some(at) = definition.deregistered_at {
        shown.insert("deregisteredAt".to_owned(), Form::Api.time(at));
    }
    for name in ["volumes", "placementConstraints"] {
        shown.entry(name).or_insert_with(|| json!([]));
    }
    shown.into()
}

/// The ARN of the task definition that `text` names: `family` (its newest active revision),
/// `family:revision`, or an ARN.
pub(super) fn find(world: &World, text: &str) -> Result<String, ApiError> {
    let all = &world.ecs.definitions;
    if all.contains_key(text) {
        return Ok(text.to_owned());
    }
    let full = names::arn(&world.core, "task-definition", text);
    if all.contains_key(&full) {
        return Ok(full);
    }
    let of_family = all.values().filter(|known| known.active && known.family == text);
    let newest = of_family.max_by_key(|known| known.revision);
    newest
        .map(|known| known.arn.clone())
        .ok_or_else(|| client("Unable to describe task definition."))
}

/// The same, for something that will run: it must be ACTIVE.
pub(super) fn find_active(world: &World, text: &str) -> Result<String, ApiError> {
    let arn = find(world, text).map_err(|_| client("TaskDefinition not found."))?;
    let active = world.ecs.definitions.get(&arn).is_some_and(|known| known.active);
    if active { Ok(arn) } else { Err(client("TaskDefinition is inactive")) }
}

pub(super) fn deregister(world: &mut World, input: &Value) -> Answer {
    let text = read::needed(input, "taskDefinition")?;
    if !text.contains(':') {
        return Err(client("A revision of the task definition must be given."));
    }
    let (arn, now) = (find(world, text)?, world.core.now());
    let definition = world.ecs.definitions.get_mut(&arn).ok_or_else(|| client("not found"))?;
    definition.active = false;
    definition.deregistered_at.get_or_insert(now);
    Ok(json!({ "taskDefinition": shown(definition) }))
}

pub(super) fn describe(world: &World, input: &Value) -> Answer {
    let arn = find(world, read::needed(input, "taskDefinition")?)?;
    let definition = world.ecs.definitions.get(&arn).ok_or_else(|| client("not found"))?;
    let mut answer = json!({ "taskDefinition": shown(definition) });
    if read::texts(input, "include")?.contains(&"TAGS")
        && let Some(members) = answer.as_object_mut()
    {
        members.insert("tags".to_owned(), render::tags(&definition.tags));
    }
    Ok(answer)
}

pub(super) fn list(world: &World, input: &Value) -> Answer {
    let prefix = read::text(input, "familyPrefix")?;
    let active = read::text(input, "status")?.unwrap_or("ACTIVE") == "ACTIVE";
    let known = world.ecs.definitions.values().filter(|known| known.active == active);
    let known = known.filter(|known| prefix.is_none_or(|family| known.family == family));
    let arns: Vec<String> = known.map(|known| known.arn.clone()).collect();
    Ok(read::page(input, &arns, 100)?.answer("taskDefinitionArns"))
}
