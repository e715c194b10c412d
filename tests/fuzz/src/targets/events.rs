//! What wakes a function: EventBridge's events, by themselves or in SQS, SNS and Scheduler, read by each function.

use super::{is_fit_to_print, json};
use domain::{ClusterName, InstanceId};
use lambda::envelope::open;
use lambda::{Event, Place, Record, Refusal};
use serde_json::{Value, json};

fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
    }
}

pub(crate) fn run(data: &[u8]) {
    let Some(payload) = json(data) else { return };
    let place = place();
    let wakes = open(payload.clone(), Some(&place));
    let batch = payload.get("Records").and_then(Value::as_array);
    assert_eq!(wakes.len(), batch.map_or(1, Vec::len), "a record is lost or made up");
    for wake in &wakes {
        match &wake.event {
            Ok(event) => woken(event),
            Err(refusal) => refused(refusal),
        }
    }
    let anywhere = open(payload.clone(), None);
    for (here, anywhere) in wakes.iter().zip(&anywhere) {
        assert!(here.event.is_err() || here == anywhere, "a place changes what is read");
    }
    if let ([only], None) = (wakes.as_slice(), batch) {
        wrapped(&payload, &only.event, &place);
    }
}

/// An event is the same however it is wrapped.
fn wrapped(payload: &Value, plain: &Result<Event, Refusal>, place: &Place) {
    let text = payload.to_string();
    let notification = payload.get("Type") == Some(&json!("Notification"));
    // Not every number is the same when it is written and read again.
    if serde_json::from_str::<Value>(&text).ok().as_ref() != Some(payload) || notification {
        return;
    }
    let sqs = |body: &str| json!({ "messageId": "m-1", "eventSource": "aws:sqs", "body": body });
    let raw = json!({ "Type": "Notification", "Message": text }).to_string();
    let sns = json!({ "Sns": { "Message": text } });
    let batch = json!({ "Records": [sqs(&text), sns, sqs(&raw)] });
    let wakes = open(batch, Some(place));
    assert_eq!(wakes.len(), 3);
    for wake in wakes {
        assert_eq!(&wake.event, plain, "what is wrapped is another");
    }
}

fn woken(event: &Event) {
    let said = event.detail.to_string();
    let named = |instance: &InstanceId| {
        assert!(said.contains(instance.as_str()), "{instance} is named by nobody");
    };
    let of = |cluster: &ClusterName| {
        assert!(said.contains(cluster.as_str()), "{cluster} is named by nobody");
    };
    match agent_verifier::event::read(event) {
        Ok(trigger) => named(&trigger.instance),
        Err(refusal) => refused(&refusal),
    }
    match host_drainer::event::read(event) {
        Ok(trigger) => {
            assert!(!trigger.instances.is_empty());
            trigger.instances.iter().for_each(named);
        }
        Err(refusal) => refused(&refusal),
    }
    match host_deregisterer::event::read(event) {
        Ok(instance) => named(&instance),
        Err(refusal) => refused(&refusal),
    }
    match capacity_adjuster::event::read(event) {
        Ok(capacity_adjuster::event::Trigger::Cluster(cluster)) => of(&cluster),
        Ok(capacity_adjuster::event::Trigger::Tick) => assert!(event.is_tick()),
        Err(refusal) => refused(&refusal),
    }
    match reconciler::event::read(event) {
        Ok(reconciler::event::Trigger::Part(tags, slice)) => {
            assert!(!tags.is_empty() && tags.len() <= 100);
            assert!(tags.iter().all(|tag| domain::ClusterName::of(tag).is_ok()));
            assert!(slice.index < slice.of);
        }
        Ok(reconciler::event::Trigger::Tick) => assert!(event.is_tick()),
        Err(refusal) => refused(&refusal),
    }
}

/// A refusal is told in a record, whose size nobody outside decides.
pub(super) fn refused(refusal: &Refusal) {
    is_fit_to_print(refusal, 2_600);
    let mut record = Record::default();
    record.refuse(refusal);
    let written = serde_json::to_string(&record).unwrap_or_default();
    assert!(!written.is_empty() && written.len() <= 8_192, "{} bytes", written.len());
}
