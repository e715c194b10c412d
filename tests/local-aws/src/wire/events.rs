//! EventBridge's `PutEvents`: what anybody says on an event bus goes through the rules like AWS's own events.
//!
//! A bus exists as soon as it is named: AWS too takes events for a bus that is not there, and loses them.

use crate::engine::Shared;
use crate::world::core::whole_seconds;
use crate::world::{Answer, ApiError};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries of one request (`PutEvents` in the EventBridge API reference).
const MOST_ENTRIES: usize = 10;

/// Bytes of all entries, counted as in *Calculating `PutEvents` event entry size* (EventBridge user guide).
const MOST_BYTES: usize = 256 * 1024;

/// Why one entry is not taken: AWS's code and text.
type Refusal = (&'static str, String);

pub(super) fn put_events(shared: &Arc<Shared>, input: &Value) -> Answer {
    let entries = input.get("Entries").and_then(Value::as_array).map(Vec::as_slice);
    let entries = entries.unwrap_or_default();
    if !(1..=MOST_ENTRIES).contains(&entries.len()) {
        return Err(ApiError::client(
            "ValidationException",
            format!("'entries' must have 1 to {MOST_ENTRIES} members, not {}", entries.len()),
        ));
    }
    if entries.iter().map(size).sum::<usize>() >= MOST_BYTES {
        let told = "Total size of the entries in the request is over the limit.";
        return Err(ApiError::client("ValidationException", told));
    }

    let mut failed: u32 = 0;
    let mut answers = Vec::new();
    for entry in entries {
        let id = shared.ids.uuid();
        match event(shared, entry, &id) {
            Ok((bus, event)) => {
                shared.put_event_on(&bus, event);
                answers.push(json!({ "EventId": id }));
            }
            Err((code, told)) => {
                failed = failed.saturating_add(1);
                answers.push(json!({ "ErrorCode": code, "ErrorMessage": told }));
            }
        }
    }
    Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
}

fn text<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    entry.get(name).and_then(Value::as_str)
}

fn resources(entry: &Value) -> &[Value] {
    entry.get("Resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn size(entry: &Value) -> usize {
    let texts = ["Source", "DetailType", "Detail"].into_iter().filter_map(|one| text(entry, one));
    let texts = texts.chain(resources(entry).iter().filter_map(Value::as_str));
    let time = if entry.get("Time").is_some() { 14 } else { 0 };
    texts.map(str::len).sum::<usize>().saturating_add(time)
}

/// The bus and the event in its envelope.
fn event(shared: &Arc<Shared>, entry: &Value, id: &str) -> Result<(String, Value), Refusal> {
    let needed = |name: &str| {
        text(entry, name).filter(|text| !text.is_empty()).ok_or_else(|| {
            let told =
                format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
            ("InvalidArgument", told)
        })
    };
    let (source, detail_type, detail) =
        (needed("Source")?, needed("DetailType")?, needed("Detail")?);
    if source.starts_with("aws.") {
        let told = "Not authorized for the source.".to_owned();
        return Err(("NotAuthorizedForSourceException", told));
    }
    let detail = serde_json::from_str::<Value>(detail).ok().filter(Value::is_object);
    let detail = detail.ok_or_else(|| ("MalformedDetail", "Detail is malformed.".to_owned()))?;

    let (account, region, now) = shared.world(|world| {
        let core = &world.core;
        (core.account().to_owned(), core.region().to_owned(), core.now())
    });
    // awsJson writes a time as seconds since 1970, with or without a fraction.
    let said = entry.get("Time").and_then(|time| {
        let seconds = time.to_string();
        seconds.split('.').next()?.parse().ok().and_then(|s| Timestamp::from_second(s).ok())
    });
    let event = json!({
        "version": "0",
        "id": id,
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": whole_seconds(said.unwrap_or(now)).to_string(),
        "region": region,
        "resources": resources(entry),
        "detail": detail,
    });
    // A bus is named by its name or by its ARN.
    let bus = text(entry, "EventBusName").unwrap_or("default");
    let bus = bus.split_once(":event-bus/").map_or(bus, |(_, name)| name);
    Ok((bus.to_owned(), event))
}

#[cfg(test)]
mod tests;
