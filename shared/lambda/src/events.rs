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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOST: &str = "i-0123456789abcdef0";

    fn event((source, detail_type): (&str, &str), detail: Value) -> Event {
        let (source, detail_type) = (source.to_owned(), detail_type.to_owned());
        Event { id: None, source, detail_type, time: None, replayed: false, detail }
    }

    fn hook(name: &str, transition: &str) -> Value {
        json!({ "LifecycleHookName": name, "LifecycleTransition": transition, "EC2InstanceId": HOST })
    }

    #[test]
    fn the_clock_is_the_schedulers_or_a_schedule_rules() {
        for (kind, is) in [
            (("aws.scheduler", TICK), true),
            (("aws.events", TICK), true),
            (("aws.ecs", TICK), false),
            (("aws.events", "AWS API Call via CloudTrail"), false),
        ] {
            assert_eq!(event(kind, json!({})).is_tick(), is, "{kind:?}");
            assert_eq!(event(kind, json!({})).kind(), kind);
        }
        let unknown = event(("a\n", "b"), json!({})).unknown().to_string();
        assert_eq!(unknown, "nothing here knows b from a\\n");
    }

    // Checks S11.
    #[test]
    fn only_our_hook_in_its_own_direction_names_a_host() {
        let (into, out) =
            ("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING");
        let launch = |name, transition| launching(&event(LAUNCH, hook(name, transition)));
        let terminate = |name, transition| terminating(&event(TERMINATE, hook(name, transition)));
        let host: InstanceId = HOST.parse().unwrap();
        assert_eq!(launch("muster-launch", into), Ok(host.clone()));
        assert_eq!(terminate("muster-terminate", out), Ok(host));
        for foreign in [launch("muster-terminate", into), terminate("muster-launch", out)] {
            assert!(matches!(foreign, Err(Refusal::ForeignHook(_))), "{foreign:?}");
        }
        for odd in [launch("muster-launch", out), terminate("muster-terminate", into)] {
            assert!(matches!(odd, Err(Refusal::Inconsistent(_))), "{odd:?}");
        }
    }

    #[test]
    fn a_field_that_is_missing_or_no_text_is_named() {
        let told = |detail| machine(&event(MACHINE, detail)).unwrap_err().to_string();
        assert_eq!(told(json!({})), "instance-id is missing, not a text");
        assert_eq!(told(json!({ "instance-id": 7 })), "instance-id is a number, not a text");
        assert!(told(json!({ "instance-id": "mi-0123456789abcdef0" })).contains("instance id"));
        let of = json!({ "instance-id": HOST, "ec2InstanceId": "i-0a1b2c3d" });
        let names = |id: Result<InstanceId, Refusal>| id.map(|id| id.to_string());
        assert_eq!(names(machine(&event(MACHINE, of.clone()))), Ok(HOST.to_owned()));
        assert_eq!(names(registered(&event(REGISTRATION, of))), Ok("i-0a1b2c3d".to_owned()));
    }

    #[test]
    fn of_aws_health_only_ec2s_own_plans_that_are_not_over_name_hosts() {
        let plan = json!({
            "service": "EC2",
            "eventTypeCode": "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
            "statusCode": "upcoming",
            "affectedEntities": [
                { "entityValue": HOST },
                { "entityValue": format!("arn:aws:ec2:us-west-2:111122223333:instance/{HOST}") },
                { "entityValue": "vol-1" },
                {},
            ],
        });
        let with = |field: &str, value: Value| {
            let mut plan = plan.clone();
            plan[field] = value;
            maintained(&event(HEALTH, plan))
        };
        let hosts: Vec<InstanceId> = vec![HOST.parse().unwrap()];
        assert_eq!(maintained(&event(HEALTH, plan.clone())), Ok(hosts.clone()));
        for code in ["AWS_EC2_PERSISTENT_INSTANCE_STOP", "X_REBOOT_X", "X_MAINTENANCE_X"] {
            assert_eq!(with("eventTypeCode", json!(code)), Ok(hosts.clone()), "{code}");
        }
        for (field, value) in [
            ("backupEvent", json!("true")),
            ("service", json!("RDS")),
            ("eventTypeCode", json!("AWS_EC2_OPERATIONAL_ISSUE")),
            ("statusCode", json!("closed")),
        ] {
            let told = with(field, value);
            assert!(matches!(told, Err(Refusal::NothingFollows(_))), "{field}: {told:?}");
        }
        let none = with("affectedEntities", json!([{ "entityValue": "vol-1" }]));
        assert!(matches!(none, Err(Refusal::BadField { field: "affectedEntities", .. })));
    }
}
