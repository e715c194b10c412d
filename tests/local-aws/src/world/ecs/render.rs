//! Container instances and tasks as JSON, for the API and for events, which differ in their times.

use super::state::{Attribute, Cluster, Container, Instance, Resources, Tags, Task, TaskStatus};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How a point in time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Seconds since 1970, with a fraction.
    Api,
    /// ISO 8601.
    Event,
}

impl Form {
    pub(super) fn time(self, at: Timestamp) -> Value {
        match self {
            Self::Api => at.as_duration().as_secs_f64().into(),
            Self::Event => at.to_string().into(),
        }
    }
}

/// What the tasks of a container instance take, and how many they are.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) taken: Resources,
    pub(super) running: usize,
    pub(super) pending: usize,
}

impl Usage {
    pub(super) fn add(&mut self, task: &Task) {
        if task.stopped() {
            return;
        }
        self.taken.cpu = self.taken.cpu.saturating_add(task.takes.cpu);
        self.taken.memory = self.taken.memory.saturating_add(task.takes.memory);
        self.taken.tcp.extend(&task.takes.tcp);
        self.taken.udp.extend(&task.takes.udp);
        self.running = self.running.saturating_add(usize::from(task.running()));
        self.pending = self.pending.saturating_add(usize::from(task.pending()));
    }
}

impl Cluster {
    /// What is in use on every container instance that has tasks.
    pub(super) fn usages(&self) -> BTreeMap<&str, Usage> {
        let mut usages: BTreeMap<&str, Usage> = BTreeMap::new();
        for task in self.tasks.values().filter(|task| !task.stopped()) {
            usages.entry(&task.instance).or_default().add(task);
        }
        usages
    }

    /// What is in use on a container instance.
    pub(super) fn usage(&self, instance: &str) -> Usage {
        let mut usage = Usage::default();
        self.tasks.values().filter(|task| task.instance == instance).for_each(|t| usage.add(t));
        usage
    }
}

fn resource(name: &str, value: i64) -> Value {
    json!({
        "name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value,
    })
}

fn ports(name: &str, ports: &BTreeSet<u16>) -> Value {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    json!({
        "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0,
        "stringSetValue": ports,
    })
}

fn resources(of: &Resources) -> Value {
    json!([
        resource("CPU", of.cpu),
        resource("MEMORY", of.memory),
        ports("PORTS", &of.tcp),
        ports("PORTS_UDP", &of.udp),
    ])
}

/// What is left; of the ports, those in use, as ECS says it.
pub(super) fn remaining(instance: &Instance, usage: &Usage) -> Resources {
    let registered = &instance.registered;
    Resources {
        cpu: registered.cpu.saturating_sub(usage.taken.cpu),
        memory: registered.memory.saturating_sub(usage.taken.memory),
        tcp: registered.tcp.union(&usage.taken.tcp).copied().collect(),
        udp: registered.udp.union(&usage.taken.udp).copied().collect(),
    }
}

pub(super) fn attribute(name: &str, attribute: &Attribute) -> Value {
    match &attribute.value {
        Some(value) => json!({ "name": name, "value": value }),
        None => json!({ "name": name }),
    }
}

pub(super) fn tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// A container instance, without its tags.
pub(super) fn instance(cluster: &Cluster, id: &str, form: Form) -> Option<Map<String, Value>> {
    let instance = cluster.instances.get(id)?;
    let usage = cluster.usage(id);
    let attributes: Vec<Value> =
        instance.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    let shown = json!({
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.ec2,
        "version": instance.version,
        "versionInfo": instance.version_info,
        "remainingResources": resources(&remaining(instance, &usage)),
        "registeredResources": resources(&instance.registered),
        "status": instance.status.name(),
        "agentConnected": instance.connected,
        "runningTasksCount": usage.running,
        "pendingTasksCount": usage.pending,
        "attributes": attributes,
        "registeredAt": form.time(instance.registered_at),
        "attachments": [],
    });
    shown.as_object().cloned()
}

/// A task, without its tags.
pub(super) fn task(cluster: &Cluster, id: &str, form: Form) -> Option<Map<String, Value>> {
    let task = cluster.tasks.get(id)?;
    let names = |container: &Container| json!({ "name": container.definition.get("name") });
    let overrides: Vec<Value> = task.containers.iter().map(names).collect();
    let containers: Vec<Value> = task.containers.iter().map(|c| container(task, c)).collect();
    let shown = json!({
        "attachments": [],
        "attributes": [{ "name": "ecs.cpu-architecture", "value": "x86_64" }],
        "availabilityZone": task.zone,
        "clusterArn": cluster.arn,
        "containerInstanceArn": cluster.instances.get(&task.instance).map(|i| i.arn.as_str()),
        "containers": containers,
        "cpu": task.takes.cpu.to_string(),
        "createdAt": form.time(task.created_at),
        "desiredStatus": if task.wanted() { "RUNNING" } else { "STOPPED" },
        "enableExecuteCommand": false,
        "group": task.group,
        "launchType": "EC2",
        "lastStatus": task.last.name(),
        "memory": task.takes.memory.to_string(),
        "overrides": { "containerOverrides": overrides },
        "taskArn": task.arn,
        "taskDefinitionArn": task.definition,
        "version": task.version,
    });
    let mut shown = shown.as_object().cloned()?;
    shown.extend(moments(task, form));
    if let Some(stop) = &task.stop {
        shown.insert("stopCode".to_owned(), stop.code.into());
        shown.insert("stoppedReason".to_owned(), stop.reason.as_str().into());
    }
    if let Some(started_by) = &task.started_by {
        shown.insert("startedBy".to_owned(), started_by.as_str().into());
    }
    Some(shown)
}

/// The times that a task has reached.
fn moments(task: &Task, form: Form) -> Map<String, Value> {
    let times = [
        ("connectivityAt", task.started_at),
        ("pullStartedAt", task.started_at),
        ("pullStoppedAt", task.started_at),
        ("startedAt", task.started_at),
        ("stoppingAt", task.stopping_at),
        ("executionStoppedAt", task.stopped_at),
        ("stoppedAt", task.stopped_at),
    ];
    let reached = times.into_iter().filter_map(|(name, at)| Some((name, at?)));
    let mut shown: Map<String, Value> =
        reached.map(|(name, at)| (name.to_owned(), form.time(at))).collect();
    if task.started_at.is_some() {
        shown.insert("connectivity".to_owned(), "CONNECTED".into());
    }
    shown
}

fn container(task: &Task, container: &Container) -> Value {
    let of = |name: &str| container.definition.get(name);
    let mut shown = json!({
        "containerArn": container.arn,
        "taskArn": task.arn,
        "name": of("name"),
        "image": of("image"),
        "lastStatus": task.last.max(TaskStatus::Pending).name(),
        "networkBindings": bindings(task, container),
        "networkInterfaces": [],
        "cpu": of("cpu").and_then(Value::as_i64).unwrap_or(0).to_string(),
    });
    let Some(members) = shown.as_object_mut() else { return shown };
    if let Some(memory) = of("memory").and_then(Value::as_i64) {
        members.insert("memory".to_owned(), memory.to_string().into());
    }
    if task.started_at.is_some() {
        members.insert("runtimeId".to_owned(), container.runtime_id.as_str().into());
    }
    if task.stopped() && task.started_at.is_some() {
        members.insert("exitCode".to_owned(), 143.into());
    }
    shown
}

fn bindings(task: &Task, container: &Container) -> Value {
    if task.started_at.is_none() {
        return json!([]);
    }
    let mappings = container.definition.get("portMappings").and_then(Value::as_array);
    let fixed = |mapping: &&Value| mapping.get("hostPort").and_then(Value::as_i64).unwrap_or(0) > 0;
    let binding = |mapping: &Value| {
        json!({
            "bindIP": "0.0.0.0",
            "containerPort": mapping.get("containerPort"),
            "hostPort": mapping.get("hostPort"),
            "protocol": mapping.get("protocol").and_then(Value::as_str).unwrap_or("tcp"),
        })
    };
    mappings.into_iter().flatten().filter(fixed).map(binding).collect()
}
