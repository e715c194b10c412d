//! The ECS side of a host.

use super::Seen;
use crate::marks::Marks;
use crate::names::{InstanceId, RegistrationArn};
use crate::pack::Amount;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A registration's status (`ContainerInstance.status` in the ECS API reference; an open set).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum RegistrationStatus {
    /// It takes tasks if its agent is connected.
    Active,
    /// It takes no new tasks and its service tasks leave.
    Draining,
    /// It is struck off.
    Inactive,
    /// Registering, deregistering, failed, or unknown to us: neither joined nor drained.
    Other(String),
}

impl RegistrationStatus {
    /// Reads AWS's word.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "ACTIVE" => Self::Active,
            "DRAINING" => Self::Draining,
            "INACTIVE" => Self::Inactive,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// What a host can hold, or has left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Room {
    /// How much.
    #[serde(flatten)]
    pub amount: Amount,
    /// TCP and UDP ports in use (not free), sorted.
    pub ports: Vec<u16>,
}

/// An ECS container instance as its cluster knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its ARN.
    pub arn: RegistrationArn,
    /// The instance it says it is. Host-controlled only at registration; checked against the one asked for.
    pub instance: InstanceId,
    /// Its status.
    pub status: RegistrationStatus,
    /// Whether its agent is connected now.
    pub agent_connected: bool,
    /// Tasks that should run and do.
    pub running: u32,
    /// Tasks that should run and do not yet.
    pub pending: u32,
    /// What it has in all.
    pub registered: Room,
    /// What is left of it.
    pub remaining: Room,
    /// When it was registered, if ECS says so.
    pub registered_at: Option<Timestamp>,
    /// The version of its agent, for example `1.105.1`.
    pub agent_version: Option<String>,
    /// What ECS says of the health of its agent and container runtime (`ContainerInstance.healthStatus`).
    pub health: Health,
    /// Its attributes, also those that ECS set; a bulk look keeps them only of hosts on their way in.
    pub attributes: BTreeMap<String, String>,
    /// What Muster wrote on it.
    pub marks: Marks,
    /// Its tasks; looked at only where a judgement needs it.
    pub tasks: Option<Seen<Tasks>>,
}

/// What ECS says of the health of a registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// `OK`
    Ok,
    /// `IMPAIRED`
    Impaired,
    /// Not told, not enough data, or a word that we do not know.
    #[default]
    Unknown,
}

impl Health {
    /// Reads AWS's word.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "OK" => Self::Ok,
            "IMPAIRED" => Self::Impaired,
            _ => Self::Unknown,
        }
    }
}

/// The tasks of a registration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// Those whose last status is not STOPPED, also those that were told to stop.
    pub left: Vec<TaskView>,
    /// When one of its tasks last stopped or began to stop; ECS lists stopped ones for about an hour.
    pub moved_at: Option<Timestamp>,
    /// The services that these tasks belong to, where a judgement asked why they do not leave.
    pub services: Vec<ServiceView>,
}

/// What decides whether a service can give up a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServiceView {
    /// Its name.
    pub name: String,
    /// `minimumHealthyPercent` of its deployment configuration.
    pub min_healthy_percent: u32,
    /// `maximumPercent` of it.
    pub max_percent: u32,
    /// How many tasks it wants.
    pub desired: u32,
    /// How many of them run.
    pub running: u32,
}

impl ServiceView {
    /// Why the service can neither stop a task before its successor runs nor start one beside it
    /// (*Container instance draining* in the ECS developer guide); `None` if it can.
    #[must_use]
    pub fn stuck(&self) -> Option<String> {
        let desired = u64::from(self.desired);
        let least = desired.saturating_mul(self.min_healthy_percent.into()).div_ceil(100);
        let most = desired.saturating_mul(self.max_percent.into()).checked_div(100).unwrap_or(0);
        let may_stop = u64::from(self.running) > least;
        let may_start = u64::from(self.running) < most;
        (!may_stop && !may_start && desired > 0).then(|| {
            format!(
                "service {} keeps at least {} % and at most {} % of {} tasks, so none can move",
                self.name, self.min_healthy_percent, self.max_percent, self.desired
            )
        })
    }
}

/// A task on a host that has not stopped yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskView {
    /// Its ARN.
    pub arn: String,
    /// `service:NAME` for a service's task, `family:NAME` for a standalone one.
    pub group: String,
    /// Its last known status, for example `RUNNING`.
    pub last_status: String,
    /// Whether it was told to stop.
    pub told_to_stop: bool,
}

impl TaskView {
    /// The service that it belongs to, if it does.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.group.strip_prefix("service:")
    }
}
