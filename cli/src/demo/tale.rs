//! What happens, told in a line.

use crate::out::{BAD, DID, DIM};
use jiff::{SignedDuration, Timestamp};
use local_aws::Happening;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) at: Timestamp,
    who: String,
    what: String,
    tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Aws,
    Function,
    Bad,
}

/// World time since the beginning, as `+mm:ss`.
pub(crate) fn clock(passed: SignedDuration) -> String {
    let seconds = passed.as_secs();
    format!("+{:02}:{:02}", seconds / 60, seconds % 60)
}

impl Told {
    pub(crate) fn line(&self, passed: SignedDuration) -> String {
        let style = match self.tone {
            Tone::Aws => DIM,
            Tone::Function => DID,
            Tone::Bad => BAD,
        };
        let (clock, who, what) = (clock(passed), &self.who, &self.what);
        format!("  {DIM}{clock}{DIM:#} {style}{who:<17}{style:#} {what}")
    }

    pub(crate) fn json(&self, passed: SignedDuration) -> Value {
        json!({ "at": passed.as_secs(), "who": self.who, "what": self.what })
    }
}

/// Tells a happening, if a reader of the story wants to know it.
pub(crate) fn tell(happening: &Happening) -> Option<Told> {
    let told = |at: &Timestamp, who: &str, what: String, tone| {
        Some(Told { at: *at, who: who.to_owned(), what, tone })
    };
    match happening {
        Happening::EventSaid { at, event, .. } => told(at, "AWS", event_line(event)?, Tone::Aws),
        Happening::EventDropped { at, event } => {
            let what = format!("{} (the event is lost)", event_line(event)?);
            told(at, "AWS", what, Tone::Aws)
        }
        Happening::Log { at, function, line } => match record_line(line) {
            Some((what, bad)) => {
                told(at, function, what, if bad { Tone::Bad } else { Tone::Function })
            }
            None => stray_line(line).and_then(|what| told(at, function, what, Tone::Bad)),
        },
        Happening::DeadLetter { at, queue, .. } => {
            told(at, "AWS", format!("a dead letter in {queue}"), Tone::Bad)
        }
        Happening::Discarded { at, function, .. } => {
            told(at, "AWS", format!("{function} gave up on an event"), Tone::Bad)
        }
        Happening::Retried { at, function, .. } => {
            told(at, "AWS", format!("{function} failed and will be tried again"), Tone::Bad)
        }
        Happening::Invoked { .. }
        | Happening::Finished { .. }
        | Happening::Call { .. }
        | Happening::Traced { .. } => None,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn event_line(event: &Value) -> Option<String> {
    let detail = event.get("detail")?;
    let (host, group) = (text(detail, "EC2InstanceId"), text(detail, "AutoScalingGroupName"));
    Some(match text(event, "detail-type") {
        "EC2 Instance-launch Lifecycle Action" => {
            format!("{host} is held at {} in {group}", text(detail, "LifecycleHookName"))
        }
        "EC2 Instance-terminate Lifecycle Action" => {
            format!("{host} is leaving {group}, held at {}", text(detail, "LifecycleHookName"))
        }
        "EC2 Instance Launch Successful" => format!("{host} is in service in {group}"),
        "EC2 Instance Terminate Successful" => format!("{host} has left {group}"),
        "EC2 Spot Instance Interruption Warning" => {
            format!("{} will be taken back in two minutes", text(detail, "instance-id"))
        }
        "EC2 Instance State-change Notification" if text(detail, "state") == "terminated" => {
            format!("{} is terminated", text(detail, "instance-id"))
        }
        "ECS Service Action" if text(detail, "eventName") == "SERVICE_TASK_PLACEMENT_FAILURE" => {
            format!("a task finds no place ({})", text(detail, "reason"))
        }
        _ => return None,
    })
}

/// What a function decided, if it did or could not do something; whether it is bad news.
fn record_line(line: &Value) -> Option<(String, bool)> {
    if text(line, "record") != "decision" {
        return None;
    }
    let because = text(line, "because");
    match text(line, "decision") {
        "act" => {
            let mut what = actions(line);
            if what.is_empty() {
                return Some((because.to_owned(), false));
            }
            what.dedup();
            Some((what.join("; "), false))
        }
        "fail" => Some((format!("failed: {because}"), true)),
        "hold" => {
            let hold = line.get("hold").map(|hold| text(hold, "hold")).unwrap_or_default();
            let telling = matches!(hold, "tasks-leaving" | "breaker-open" | "out-of-patience");
            telling.then(|| (format!("{}: {because}", text(line, "host")), false))
        }
        _ => None,
    }
}

fn actions(record: &Value) -> Vec<String> {
    let empty = Vec::new();
    let list = |value: &Value, field: &str| {
        value.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let mut all: Vec<Value> = list(record, "actions");
    let mut causes = Vec::new();
    for line in record.get("lines").and_then(Value::as_array).unwrap_or(&empty) {
        all.extend(list(line, "actions"));
        if let Some(cause) = line.get("cause") {
            let (evidence, remedy) = (text(cause, "evidence"), text(cause, "remedy"));
            causes
                .push(format!("{} did not join: {evidence}. Remedy: {remedy}", text(line, "name")));
        }
    }
    let done =
        all.iter().filter(|one| matches!(text(one, "outcome"), "done" | "already-so")).map(|one| {
            let registration = text(one, "registration").rsplit('/').next().unwrap_or_default();
            let thing = [text(one, "instance"), registration, text(one, "group")];
            let thing = thing.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
            let to = one.get("to").map(|to| format!(" to {to}")).unwrap_or_default();
            format!("{} {thing}{to}: {}", text(one, "action"), text(one, "because"))
        });
    done.chain(causes).collect()
}

/// A line that is no record: a warning or an error of the function's.
fn stray_line(line: &Value) -> Option<String> {
    match line {
        Value::String(text) => Some(text.clone()),
        other => {
            let level = text(other, "level");
            matches!(level, "WARN" | "ERROR").then(|| other.to_string())
        }
    }
}

/// What is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    /// Invocations of each function.
    pub(crate) wakes: BTreeMap<String, u32>,
    /// Calls that functions made, of each service.
    pub(crate) calls: BTreeMap<String, u32>,
    /// Invocations that failed.
    pub(crate) errors: u32,
    /// Retries of events.
    pub(crate) retries: u32,
    /// Events that ended in a queue, or nowhere.
    pub(crate) dead_letters: u32,
}

impl Totals {
    pub(crate) fn count(&mut self, happening: &Happening) {
        let more = |count: &mut u32| *count = count.saturating_add(1);
        match happening {
            Happening::Invoked { function, .. } => {
                more(self.wakes.entry(function.clone()).or_default());
            }
            Happening::Call { service, .. } => more(self.calls.entry(service.clone()).or_default()),
            Happening::Finished { ok: false, .. } => more(&mut self.errors),
            Happening::Retried { .. } => more(&mut self.retries),
            Happening::DeadLetter { .. } | Happening::Discarded { .. } => {
                more(&mut self.dead_letters);
            }
            Happening::Finished { .. }
            | Happening::Log { .. }
            | Happening::EventSaid { .. }
            | Happening::EventDropped { .. }
            | Happening::Traced { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_minutes_and_seconds() {
        assert_eq!(clock(SignedDuration::from_secs(3_725)), "+62:05");
    }

    #[test]
    fn what_was_done_is_told_with_its_reason() {
        let record = json!({
            "record": "decision", "decision": "act", "because": "x",
            "lines": [{ "name": "i-1", "actions": [
                { "action": "let-go", "instance": "i-1", "group": "demo", "because": "it is empty", "outcome": "done" },
                { "action": "drain", "registration": "a/b/c", "because": "y", "outcome": "failed: z" },
            ]}],
        });
        assert_eq!(record_line(&record), Some(("let-go i-1: it is empty".to_owned(), false)));
    }

    #[test]
    fn a_hold_is_told_only_if_it_tells_something() {
        let hold = |kind: &str| json!({ "record": "decision", "decision": "hold", "because": "b", "host": "i-1", "hold": { "hold": kind } });
        assert_eq!(record_line(&hold("settled")), None);
        assert_eq!(record_line(&hold("breaker-open")), Some(("i-1: b".to_owned(), false)));
    }
}
