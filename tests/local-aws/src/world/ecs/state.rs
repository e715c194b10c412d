//! What Amazon ECS knows, as plain values.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names one container instance or one task: the cluster's name and the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The cluster's short name.
    pub cluster: String,
    /// The last part of the ARN.
    pub id: String,
}

/// Tags, by key.
pub(super) type Tags = BTreeMap<String, String>;

#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) tags: Tags,
    pub(super) settings: Value,
    pub(super) providers: Vec<String>,
    pub(super) strategy: Option<Value>,
    pub(super) instances: BTreeMap<String, Instance>,
    pub(super) tasks: BTreeMap<String, Task>,
    pub(super) services: BTreeMap<String, Service>,
    /// When the scheduler will next look at this cluster.
    pub(super) next_pass: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InstanceStatus {
    Active,
    Draining,
    Inactive,
}

impl InstanceStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// Ports by protocol; what is registered, or what a task takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resources {
    /// CPU units, 1024 a vCPU.
    pub(super) cpu: i64,
    /// MiB.
    pub(super) memory: i64,
    pub(super) tcp: BTreeSet<u16>,
    pub(super) udp: BTreeSet<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) value: Option<String>,
    /// Put by `PutAttributes`, not by the agent.
    pub(super) custom: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) arn: String,
    pub(super) ec2: String,
    pub(super) status: InstanceStatus,
    pub(super) connected: bool,
    /// The host behind it is stopped or gone: there is no agent to connect.
    pub(super) down: bool,
    /// Since when the container runtime on it fails its health check.
    pub(super) impaired_since: Option<Timestamp>,
    pub(super) version: i64,
    pub(super) registered_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) deregistered_at: Option<Timestamp>,
    pub(super) registered: Resources,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) version_info: Value,
    pub(super) tags: Tags,
}

impl Instance {
    pub(super) fn zone(&self) -> &str {
        self.attribute("ecs.availability-zone").unwrap_or_default()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.value.as_deref()
    }

    /// May take new tasks.
    pub(super) fn takes_tasks(&self) -> bool {
        self.status == InstanceStatus::Active && self.connected
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TaskStatus {
    Provisioning,
    Pending,
    Running,
    Deactivating,
    Stopping,
    Stopped,
}

impl TaskStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// Why a task was told to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) arn: String,
    pub(super) definition: String,
    /// The container instance's id.
    pub(super) instance: String,
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) last: TaskStatus,
    pub(super) stop: Option<Stop>,
    /// Still runs on its host, though ECS has let go of it.
    pub(super) orphaned: bool,
    /// Its next step waits for the agent to come back.
    pub(super) waiting: bool,
    pub(super) version: i64,
    pub(super) takes: Resources,
    pub(super) stop_time: SignedDuration,
    pub(super) containers: Vec<Container>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) stopping_at: Option<Timestamp>,
    pub(super) stopped_at: Option<Timestamp>,
    pub(super) protected_until: Option<Timestamp>,
    pub(super) tags: Tags,
    pub(super) zone: String,
}

impl Task {
    /// ECS wants it to run.
    pub(super) fn wanted(&self) -> bool {
        self.stop.is_none()
    }

    pub(super) fn running(&self) -> bool {
        self.wanted() && self.last == TaskStatus::Running
    }

    pub(super) fn pending(&self) -> bool {
        self.wanted() && self.last < TaskStatus::Running
    }

    pub(super) fn stopped(&self) -> bool {
        self.last == TaskStatus::Stopped
    }

    pub(super) fn protected(&self, now: Timestamp) -> bool {
        self.protected_until.is_some_and(|until| until > now)
    }

    /// The service that it belongs to.
    pub(super) fn service(&self) -> Option<&str> {
        self.group.strip_prefix("service:")
    }
}

#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) arn: String,
    pub(super) runtime_id: String,
    pub(super) definition: Value,
}

#[derive(Clone, Debug)]
pub(super) struct TaskDefinition {
    pub(super) arn: String,
    pub(super) family: String,
    pub(super) revision: u32,
    pub(super) active: bool,
    pub(super) registered_at: Timestamp,
    pub(super) deregistered_at: Option<Timestamp>,
    pub(super) takes: Resources,
    pub(super) stop_time: SignedDuration,
    pub(super) containers: Vec<Value>,
    /// The request as it came, without the tags.
    pub(super) request: serde_json::Map<String, Value>,
    pub(super) tags: Tags,
}

impl TaskDefinition {
    pub(super) fn awsvpc(&self) -> bool {
        self.request.get("networkMode").and_then(Value::as_str) == Some("awsvpc")
    }
}

#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) definition: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) complete: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) status: &'static str,
    pub(super) daemon: bool,
    pub(super) desired: usize,
    pub(super) minimum_percent: usize,
    pub(super) maximum_percent: usize,
    pub(super) constraints: Vec<Value>,
    /// What is stored and shown, and changes nothing.
    pub(super) shown: serde_json::Map<String, Value>,
    /// The newest first; the first is PRIMARY.
    pub(super) deployments: Vec<Deployment>,
    /// The newest first: id, time, message.
    pub(super) events: Vec<(String, Timestamp, String)>,
    pub(super) created_at: Timestamp,
    pub(super) deleted_at: Option<Timestamp>,
    pub(super) steady: bool,
    pub(super) failure_said_at: Option<Timestamp>,
    pub(super) tags: Tags,
}

impl Service {
    pub(super) fn group(&self) -> String {
        format!("service:{}", self.name)
    }
}
