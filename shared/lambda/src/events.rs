//! The details that AWS's events carry, read into what they name: a host to look at.
//!
//! Nothing but names is taken from an event. The lifecycle token is not even read: hooks are
//! completed by instance id, so the token can end up in no log.

use crate::envelope::Event;
use crate::refusal::{Refusal, safe, shape};
use domain::InstanceId;
use domain::names::{LAUNCH_HOOK, TERMINATE_HOOK};
use serde_json::Value;

/// `EC2 Instance-launch Lifecycle Action`.
pub const LAUNCH: (&str, &str) = ("aws.autoscaling", "EC2 Instance-launch Lifecycle Action");
/// `EC2 Instance-terminate Lifecycle Action`.
pub const TERMINATE: (&str, &str) = ("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action");
/// `ECS Container Instance State Change`.
pub const REGISTRATION: (&str, &str) = ("aws.ecs", "ECS Container Instance State Change");
/// `EC2 Spot Instance Interruption Warning`.
pub const SPOT_WARNING: (&str, &str) = ("aws.ec2", "EC2 Spot Instance Interruption Warning");
/// `EC2 Instance Rebalance Recommendation`.
pub const REBALANCE: (&str, &str) = ("aws.ec2", "EC2 Instance Rebalance Recommendation");
/// `AWS Health Event`.
pub const HEALTH: (&str, &str) = ("aws.health", "AWS Health Event");
/// `EC2 Instance State-change Notification`.
pub const MACHINE: (&str, &str) = ("aws.ec2", "EC2 Instance State-change Notification");
/// `ECS Service Action`.
pub const SERVICE: (&str, &str) = ("aws.ecs", "ECS Service Action");
/// EventBridge Scheduler's, and a schedule rule's, `Scheduled Event`.
pub const TICK: &str = "Scheduled Event";

impl Event {
    /// Source and detail-type, to match on.
    #[must_use]
    pub fn kind(&self) -> (&str, &str) {
        (&self.source, &self.detail_type)
    }

    /// Whether the clock woke us.
    #[must_use]
    pub fn is_tick(&self) -> bool {
        self.detail_type == TICK && matches!(self.source.as_str(), "aws.scheduler" | "aws.events")
    }

    /// The refusal of a kind that a function does not know.
    #[must_use]
    pub fn unknown(&self) -> Refusal {
        Refusal::UnknownEvent {
            event_source: safe(&self.source),
            detail_type: safe(&self.detail_type),
        }
    }

    /// A text field of the detail.
    ///
    /// # Errors
    /// [`Refusal::BadField`] that names the field and what it is like.
    pub fn text(&self, field: &'static str) -> Result<&str, Refusal> {
        let expected = "a text";
        match self.detail.get(field) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(Refusal::BadField { field, expected, shape: shape(other) }),
            None => Err(Refusal::BadField { field, expected, shape: "missing".to_owned() }),
        }
    }
}

/// The host that a launch lifecycle action of our hook names.
///
/// # Errors
/// Why it is not one.
pub fn launching(event: &Event) -> Result<InstanceId, Refusal> {
    hooked(event, LAUNCH_HOOK, "autoscaling:EC2_INSTANCE_LAUNCHING")
}

/// The host that a terminate lifecycle action of our hook names.
///
/// # Errors
/// Why it is not one.
pub fn terminating(event: &Event) -> Result<InstanceId, Refusal> {
    hooked(event, TERMINATE_HOOK, "autoscaling:EC2_INSTANCE_TERMINATING")
}

fn hooked(event: &Event, ours: &str, transition: &str) -> Result<InstanceId, Refusal> {
    let told = event.text("LifecycleTransition")?;
    if told != transition {
        let detail_type = &event.detail_type;
        return Err(Refusal::Inconsistent(format!("{detail_type} with {}", safe(told))));
    }
    // Keeps S11.
    let hook = event.text("LifecycleHookName")?;
    if hook != ours {
        return Err(Refusal::ForeignHook(safe(hook)));
    }
    instance(event, "EC2InstanceId")
}

/// The host that a container instance's event names.
///
/// # Errors
/// Why it names none: an external instance (`mi-…`) is no EC2 host.
pub fn registered(event: &Event) -> Result<InstanceId, Refusal> {
    instance(event, "ec2InstanceId")
}

/// The host that an EC2 event names, in the detail: the ARN in `resources` differs from EC2's own format.
///
/// # Errors
/// Why it names none.
pub fn machine(event: &Event) -> Result<InstanceId, Refusal> {
    instance(event, "instance-id")
}

/// The hosts that AWS Health names in a plan of EC2's.
///
/// Read leniently, for its fields differ from sample to sample: an entity may be an instance id or an ARN, and what
/// is no instance is left out (*AWS Health event schema* in the AWS Health user guide). What EC2 has really
/// planned, EC2 is asked.
///
/// # Errors
/// Why it names none: a backup copy of another region's event, one that is over, one of something else.
pub fn maintained(event: &Event) -> Result<Vec<InstanceId>, Refusal> {
    let text = |field: &str| event.detail.get(field).and_then(Value::as_str).unwrap_or_default();
    let nothing = |told: &str| Err(Refusal::NothingFollows(told.to_owned()));
    let code = text("eventTypeCode");
    let plans = ["RETIREMENT", "REBOOT", "STOP", "MAINTENANCE"];

    if text("backupEvent") == "true" {
        return nothing("a backup copy of an event");
    }
    if text("service") != "EC2" || !plans.iter().any(|plan| code.contains(plan)) {
        return nothing(&format!("AWS Health says {}", safe(code)));
    }
    if text("statusCode") == "closed" {
        return nothing("an event that is over");
    }
    let entities = event.detail.get("affectedEntities").and_then(Value::as_array);
    let values = entities.into_iter().flatten().filter_map(|it| it.get("entityValue")?.as_str());
    let ids = values.map(|value| value.rsplit('/').next().unwrap_or(value));
    let mut hosts: Vec<InstanceId> = ids.filter_map(|id| id.parse().ok()).collect();
    hosts.sort();
    hosts.dedup();
    if hosts.is_empty() {
        let (field, expected) = ("affectedEntities", "instances");
        let shape = event.detail.get(field).map_or("missing".to_owned(), shape);
        return Err(Refusal::BadField { field, expected, shape });
    }
    Ok(hosts)
}

fn instance(event: &Event, field: &'static str) -> Result<InstanceId, Refusal> {
    Ok(InstanceId::try_from(event.text(field)?.to_owned())?)
}
