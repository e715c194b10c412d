//! `DescribeInstanceStatus`: status checks and scheduled events.
//!
//! Docs: `AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html` and
//! `AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html`.

use super::describe::pick;
use super::life::state;
use super::{Ec2, Instance, State};
use crate::world::World;
use crate::world::core::whole_seconds;
use crate::world::{Answer, input};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Something that EC2 plans to do to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledEvent {
    /// `instance-event-…`.
    pub id: String,
    /// `instance-retirement`, `instance-reboot`, `system-reboot` and the like.
    pub code: String,
    /// The earliest time at which EC2 will do it.
    pub not_before: Timestamp,
    /// Whether it is done; EC2 goes on describing it for a week.
    pub completed: bool,
}

impl ScheduledEvent {
    /// EC2's words for people; what is done begins with `[Completed]`.
    #[must_use]
    pub fn description(&self) -> String {
        let text = match self.code.as_str() {
            "instance-retirement" => "The instance is running on degraded hardware",
            "instance-stop" => "The instance will be stopped",
            "instance-reboot" => "The instance is scheduled for a reboot",
            "system-reboot" => "The system is scheduled for a reboot",
            _ => "The system is scheduled for maintenance",
        };
        if self.completed { format!("[Completed] {text}") } else { text.to_owned() }
    }
}

const FILTERS: [&str; 8] = [
    "availability-zone",
    "instance-state-name",
    "instance-status.status",
    "instance-status.reachability",
    "system-status.status",
    "system-status.reachability",
    "event.code",
    "event.instance-event-id",
];

impl Instance {
    /// The status of its checks: `ok`, `impaired`, or `not-applicable` while it does not run.
    #[must_use]
    pub fn check_status(&self) -> &'static str {
        match (self.state, self.impaired_since) {
            (State::Running, None) => "ok",
            (State::Running, Some(_)) => "impaired",
            _ => "not-applicable",
        }
    }
}

fn field(instance: &Instance, name: &str) -> Vec<String> {
    let events = |of: fn(&ScheduledEvent) -> &String| instance.events.iter().map(of).cloned();
    let reachability = match instance.check_status() {
        "ok" => "passed",
        "impaired" => "failed",
        _ => "",
    };
    match name {
        "availability-zone" => vec![instance.zone.clone()],
        "instance-state-name" => vec![instance.state.to_string()],
        "instance-status.status" => vec![instance.check_status().to_owned()],
        "instance-status.reachability" => vec![reachability.to_owned()],
        // The system under an instance that is impaired here is well: the fault is the instance's.
        "system-status.status" => vec![system(instance).to_owned()],
        "system-status.reachability" => vec!["passed".to_owned()],
        "event.code" => events(|event| &event.code).collect(),
        _ => events(|event| &event.id).collect(),
    }
}

fn system(instance: &Instance) -> &'static str {
    if instance.state == State::Running { "ok" } else { "not-applicable" }
}

/// `DescribeInstanceStatus`: running instances only, unless asked for all.
pub(super) fn describe(ec2: &Ec2, input: &Value) -> Answer {
    input::only(
        input,
        &["InstanceId", "Filter", "MaxResults", "NextToken", "IncludeAllInstances"],
    )?;
    let all = input::opt_bool(input, "IncludeAllInstances")?.unwrap_or_default();
    let page = pick(ec2, input, (&FILTERS, field), |instance| {
        (all || instance.state == State::Running).then(|| written(instance))
    })?;
    Ok(page.answer("instanceStatusSet", "nextToken"))
}

fn written(instance: &Instance) -> Value {
    let events = instance.events.iter().map(|event| {
        json!({
            "instanceEventId": event.id,
            "code": event.code,
            "description": event.description(),
            "notBefore": whole_seconds(event.not_before).to_string(),
        })
    });
    json!({
        "instanceId": instance.id,
        "availabilityZone": instance.zone,
        "eventsSet": events.collect::<Vec<_>>(),
        "instanceState": state(instance.state),
        "systemStatus": summary(system(instance), None),
        "instanceStatus": summary(instance.check_status(), instance.impaired_since),
    })
}

fn summary(status: &str, impaired_since: Option<Timestamp>) -> Value {
    let details = match status {
        "ok" => json!([{"name": "reachability", "status": "passed"}]),
        "impaired" => json!([{
            "name": "reachability",
            "status": "failed",
            "impairedSince": impaired_since.map(|since| whole_seconds(since).to_string()),
        }]),
        _ => json!([]),
    };
    json!({"status": status, "details": details})
}

/// What happens to the checks of an instance. No API: the demo and the tests call it.
impl World {
    /// The instance status check of an instance fails from now on.
    ///
    /// The agent and the tasks on it are as they were, and Auto Scaling does not act on it here.
    /// Nothing happens if the instance is unknown, gone or going.
    pub fn impair(&mut self, instance: &str) {
        let now = self.core.now();
        let live = self.ec2.instances.get_mut(instance).filter(|one| !one.state.is_going());
        if let Some(instance) = live {
            instance.impaired_since.get_or_insert(now);
        }
    }

    /// The instance status check of an instance passes again.
    pub fn recover(&mut self, instance: &str) {
        if let Some(instance) = self.ec2.instances.get_mut(instance) {
            instance.impaired_since = None;
        }
    }
}
