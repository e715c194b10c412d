//! From what Lambda hands over to the events inside: EventBridge, SQS, SNS, Scheduler, hook messages.
//!
//! Every record of a batch is read by itself: one poison body must not spoil its neighbours.

use crate::place::Place;
use crate::refusal::{Refusal, safe, shape};
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_lambda_events::event::sqs::SqsMessage;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How old an event may be until it causes reads only. Keeps S23.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// One thing that woke us.
#[derive(Clone, Debug, PartialEq)]
pub struct Wake {
    /// The SQS message id, where a batch must be answered record by record.
    pub message_id: Option<String>,
    /// The event, or why there is none.
    pub event: Result<Event, Refusal>,
}

/// An event in EventBridge's envelope, of this account and region.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: Option<String>,
    /// Its source, for example `aws.autoscaling`.
    pub source: String,
    /// Its detail-type.
    pub detail_type: String,
    /// When it happened; absent if it cannot be read.
    pub time: Option<Timestamp>,
    /// Whether an archive replays it.
    pub replayed: bool,
    /// What it says.
    pub detail: Value,
}

impl Event {
    /// Whether the event is too old, or replayed, to cause more than reads. Keeps S23.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.replayed || self.time.is_some_and(|at| now.duration_since(at) > STALE_AFTER)
    }
}

/// Takes a payload apart.
#[must_use]
pub fn open(payload: Value, place: Option<&Place>) -> Vec<Wake> {
    match batch(&payload) {
        Some(records) => records.iter().map(|record| open_record(record, place)).collect(),
        None => vec![Wake { message_id: None, event: read(payload, place) }],
    }
}

fn batch(payload: &Value) -> Option<&Vec<Value>> {
    payload.get("Records")?.as_array()
}

fn open_record(record: &Value, place: Option<&Place>) -> Wake {
    let text = |value: &Value| value.as_str().map(str::to_owned);

    if record.get("eventSource").and_then(Value::as_str) == Some("aws:sqs") {
        // Read leniently: an attribute that cannot be read is no reason to lose the body.
        let message_id = record.get("messageId").and_then(text);
        let body = serde_json::from_value::<SqsMessage>(record.clone())
            .ok()
            .and_then(|message| message.body)
            .or_else(|| record.get("body").and_then(text));
        return Wake { message_id, event: inner(body, "Records[].body", place) };
    }
    let message = record.pointer("/Sns/Message").and_then(text);
    Wake { message_id: None, event: inner(message, "Records[].Sns.Message", place) }
}

fn inner(
    text: Option<String>,
    field: &'static str,
    place: Option<&Place>,
) -> Result<Event, Refusal> {
    let expected = "a JSON text";
    let Some(text) = text else {
        return Err(Refusal::BadField { field, expected, shape: "missing".to_owned() });
    };
    let value: Value = serde_json::from_str(&text)
        .map_err(|fault| Refusal::NotJson { bytes: text.len(), told: fault.to_string() })?;

    // SNS to SQS without raw delivery: the notification document lies between.
    match (value.get("Type").and_then(Value::as_str), value.get("Message")) {
        (Some("Notification"), Some(Value::String(message))) => {
            let value = serde_json::from_str(message).map_err(|fault| Refusal::NotJson {
                bytes: message.len(),
                told: fault.to_string(),
            })?;
            read(value, place)
        }
        _ => read(value, place),
    }
}

fn read(payload: Value, place: Option<&Place>) -> Result<Event, Refusal> {
    let Value::Object(mut fields) = payload else {
        return Err(Refusal::NotAnEvent { shape: shape(&payload) });
    };
    if fields.get("Event").and_then(Value::as_str) == Some("autoscaling:TEST_NOTIFICATION") {
        return Err(Refusal::TestNotification);
    }
    if fields.contains_key("LifecycleTransition") && !fields.contains_key("detail-type") {
        return hook_message(Value::Object(fields), place);
    }
    if fields.contains_key("scheduleArn") || fields.contains_key("scheduledTime") {
        return Ok(tick(&Value::Object(fields)));
    }
    // The library refuses the whole event for a time that it cannot read; we only do without the time.
    let time = fields.remove("time").and_then(|time| time.as_str()?.parse().ok());
    let replayed = fields.contains_key("replay-name");
    let whole = Value::Object(fields);
    let shape = shape(&whole);
    let event: EventBridgeEvent<Value> =
        serde_json::from_value(whole).map_err(|_| Refusal::NotAnEvent { shape })?;

    here(event.account.as_deref(), event.region.as_deref(), place)?;
    let detail = match event.detail {
        // Scheduler's own envelope has the detail as a text.
        Value::String(text) if event.source == "aws.scheduler" => {
            serde_json::from_str(&text).unwrap_or(Value::Null)
        }
        detail => detail,
    };
    Ok(Event {
        id: event.id,
        source: event.source,
        detail_type: event.detail_type,
        time,
        replayed,
        detail,
    })
}

/// Keeps S19: an event of elsewhere is no hint about anything here.
fn here(account: Option<&str>, region: Option<&str>, place: Option<&Place>) -> Result<(), Refusal> {
    let Some(place) = place else {
        return Ok(());
    };
    match (account, region) {
        (Some(account), _) if account != place.account => {
            Err(Refusal::ForeignAccount(safe(account)))
        }
        (_, Some(region)) if region != place.region => Err(Refusal::ForeignRegion(safe(region))),
        _ => Ok(()),
    }
}

/// A hook's own message (its notification target is a queue or topic), told as the event that it stands for.
fn hook_message(message: Value, place: Option<&Place>) -> Result<Event, Refusal> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    here(text("AccountId"), None, place)?;
    let detail_type = match text("LifecycleTransition") {
        Some("autoscaling:EC2_INSTANCE_LAUNCHING") => "EC2 Instance-launch Lifecycle Action",
        Some("autoscaling:EC2_INSTANCE_TERMINATING") => "EC2 Instance-terminate Lifecycle Action",
        other => {
            let shape = other.map_or("missing".to_owned(), safe);
            let expected = "a lifecycle transition";
            return Err(Refusal::BadField { field: "LifecycleTransition", expected, shape });
        }
    };
    Ok(Event {
        id: text("RequestId").map(str::to_owned),
        source: "aws.autoscaling".to_owned(),
        detail_type: detail_type.to_owned(),
        time: text("Time").and_then(|time| time.parse().ok()),
        replayed: false,
        detail: message,
    })
}

/// A schedule with an input of its own: the input is all there is.
fn tick(input: &Value) -> Event {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    Event {
        id: text("executionId").map(str::to_owned),
        source: "aws.scheduler".to_owned(),
        detail_type: "Scheduled Event".to_owned(),
        time: text("scheduledTime").and_then(|time| time.parse().ok()),
        replayed: false,
        detail: json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: "us-west-2".into(),
        }
    }

    fn sample(name: &str) -> Value {
        let path = format!("{}/../../tests/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn only(payload: Value) -> Result<Event, Refusal> {
        let mut wakes = open(payload, Some(&place()));
        assert_eq!(wakes.len(), 1);
        wakes.remove(0).event
    }

    #[test]
    fn an_event_is_the_same_however_it_is_wrapped() {
        let plain = only(sample("asg-terminate-lifecycle-action")).unwrap();
        for wrapped in [
            "sqs-eventbridge-asg-terminate",
            "sns-eventbridge-asg-terminate",
            "sqs-sns-eventbridge-asg-terminate",
        ] {
            let event = only(sample(wrapped)).unwrap();
            assert_eq!(event.detail_type, plain.detail_type, "{wrapped}");
            assert!(event.detail.get("EC2InstanceId").is_some(), "{wrapped}");
        }
    }

    #[test]
    fn one_poison_body_does_not_spoil_its_neighbours() {
        let wakes = open(sample("sqs-eventbridge-batch-mixed"), Some(&place()));
        assert!(wakes.len() > 1);
        assert!(wakes.iter().all(|wake| wake.message_id.is_some()));
        assert!(wakes.iter().any(|wake| wake.event.is_ok()));
        assert!(wakes.iter().any(|wake| wake.event.is_err()));
    }

    #[test]
    fn a_hooks_own_message_is_told_as_its_event() {
        let event = only(sample("asg-hook-direct-body-terminating")).unwrap();
        assert_eq!(event.detail_type, "EC2 Instance-terminate Lifecycle Action");
        assert_eq!(
            only(sample("asg-hook-direct-body-test-notification")),
            Err(Refusal::TestNotification)
        );
        assert_eq!(
            only(sample("sqs-asg-hook-direct-test-notification")),
            Err(Refusal::TestNotification)
        );
    }

    #[test]
    fn every_kind_of_clock_tick_is_one() {
        for name in
            ["scheduler-default-payload", "scheduler-custom-input-context", "scheduled-rate-rule"]
        {
            let event = open(sample(name), None).remove(0).event.unwrap();
            assert_eq!(event.detail_type, "Scheduled Event", "{name}");
        }
    }

    #[test]
    fn a_schedules_input_is_known_by_either_of_its_fields_and_its_detail_is_read_from_a_text() {
        for field in ["scheduleArn", "scheduledTime"] {
            let event = only(json!({ field: "2026-03-04T05:06:07Z" })).unwrap();
            assert_eq!(event.detail_type, "Scheduled Event", "{field}");
        }
        let detail = |source: &str, detail: Value| {
            let event = json!({ "source": source, "detail-type": "x", "detail": detail });
            open(event, None).remove(0).event.unwrap().detail
        };
        assert_eq!(detail("aws.scheduler", json!("{\"a\":1}")), json!({ "a": 1 }));
        assert_eq!(detail("aws.scheduler", json!("a")), Value::Null);
        assert_eq!(detail("aws.ec2", json!("{\"a\":1}")), json!("{\"a\":1}"));
    }

    #[test]
    fn what_is_of_elsewhere_is_refused() {
        let mut event = sample("asg-launch-lifecycle-action");
        event["account"] = json!("999999999999");
        assert_eq!(only(event.clone()), Err(Refusal::ForeignAccount("999999999999".into())));
        event["account"] = json!("123456789012");
        event["region"] = json!("eu-west-1");
        assert_eq!(only(event), Err(Refusal::ForeignRegion("eu-west-1".into())));
    }

    // Checks S23.
    #[test]
    fn an_old_or_replayed_event_is_stale_and_an_unreadable_time_is_not() {
        let mut raw = sample("asg-launch-lifecycle-action");
        let event = only(raw.clone()).unwrap();
        let at = event.time.unwrap();
        assert!(!event.is_stale(at + STALE_AFTER));
        assert!(event.is_stale(at + STALE_AFTER + SignedDuration::from_secs(1)));
        assert!(!event.is_stale(at - SignedDuration::from_mins(10)));
        raw["time"] = json!("yesterday");
        assert!(!only(raw.clone()).unwrap().is_stale(at));
        raw["replay-name"] = json!("archive");
        assert!(only(raw).unwrap().is_stale(at));
    }

    #[test]
    fn what_is_no_event_is_told_by_its_shape() {
        for payload in
            [json!(null), json!([]), json!("x"), json!(7), json!({}), json!({"source": "aws.ec2"})]
        {
            assert!(matches!(only(payload), Err(Refusal::NotAnEvent { .. })));
        }
    }
}
