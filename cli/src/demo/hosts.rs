//! What became of each host, gathered from AWS's events, also from those that never arrived.

use jiff::{SignedDuration, Timestamp};
use local_aws::Happening;
use serde_json::Value;
use std::collections::BTreeMap;

/// The life of one host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life {
    pub(crate) group: String,
    pub(crate) launched: Option<Timestamp>,
    pub(crate) connected: Option<Timestamp>,
    pub(crate) in_service: Option<Timestamp>,
    pub(crate) leaving: Option<Timestamp>,
    pub(crate) draining: Option<Timestamp>,
    pub(crate) empty: Option<Timestamp>,
    pub(crate) terminated: Option<Timestamp>,
    pub(crate) lost_agent: bool,
    pub(crate) abandoned: bool,
    /// Why it did not join: the word of the check that found it.
    pub(crate) cause: Option<String>,
    pub(crate) spot: bool,
    pub(crate) phase: String,
}

impl Life {
    /// How long from one point to another.
    pub(crate) fn between(
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Option<SignedDuration> {
        Some(to?.duration_since(from?))
    }
}

/// Every host that ever lived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    pub(crate) lives: BTreeMap<String, Life>,
    order: Vec<String>,
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

impl Hosts {
    /// The hosts in the order in which they were first seen.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&str, &Life)> {
        self.order.iter().filter_map(|id| Some((id.as_str(), self.lives.get(id)?)))
    }

    fn life(&mut self, id: &str) -> &mut Life {
        if !self.lives.contains_key(id) {
            self.order.push(id.to_owned());
        }
        self.lives.entry(id.to_owned()).or_default()
    }

    pub(crate) fn hear(&mut self, happening: &Happening) {
        match happening {
            Happening::EventSaid { at, event, .. } | Happening::EventDropped { at, event } => {
                self.event(*at, event);
            }
            Happening::Log { line, .. } => self.record(line),
            Happening::Invoked { .. }
            | Happening::Finished { .. }
            | Happening::Call { .. }
            | Happening::DeadLetter { .. }
            | Happening::Discarded { .. }
            | Happening::Retried { .. }
            | Happening::Traced { .. } => {}
        }
    }

    fn event(&mut self, at: Timestamp, event: &Value) {
        let Some(detail) = event.get("detail") else { return };
        let fields = ["EC2InstanceId", "instance-id", "ec2InstanceId"];
        let Some(id) =
            fields.into_iter().map(|field| text(detail, field)).find(|id| !id.is_empty())
        else {
            return;
        };
        let group = text(detail, "AutoScalingGroupName").to_owned();
        let life = self.life(id);
        if !group.is_empty() {
            life.group = group;
        }
        let first = |moment: &mut Option<Timestamp>| *moment = moment.or(Some(at));
        match text(event, "detail-type") {
            "EC2 Instance State-change Notification" => match text(detail, "state") {
                "pending" => first(&mut life.launched),
                "terminated" => first(&mut life.terminated),
                _ => {}
            },
            "EC2 Instance Launch Successful" => first(&mut life.in_service),
            "EC2 Instance-terminate Lifecycle Action" => first(&mut life.leaving),
            "EC2 Spot Instance Interruption Warning" => {
                life.spot = true;
                first(&mut life.leaving);
            }
            "ECS Container Instance State Change" => registration(life, at, detail),
            _ => {}
        }
    }

    fn record(&mut self, record: &Value) {
        let nothing = Vec::new();
        let list = |value: &Value| value.get("actions").and_then(Value::as_array).cloned();
        let lines = record.get("lines").and_then(Value::as_array).unwrap_or(&nothing);
        for line in lines {
            if let Some(check) = line.pointer("/cause/check").and_then(Value::as_str) {
                self.life(text(line, "name")).cause = Some(check.to_owned());
            }
        }
        let actions = lines.iter().chain([record]).filter_map(list).flatten();
        for action in actions.filter(|action| text(action, "action") == "abandon") {
            self.life(text(&action, "instance")).abandoned = true;
        }
    }
}

fn registration(life: &mut Life, at: Timestamp, detail: &Value) {
    let connected = detail.get("agentConnected").and_then(Value::as_bool) == Some(true);
    let running = detail.get("runningTasksCount").and_then(Value::as_u64);
    match (text(detail, "status"), connected) {
        ("ACTIVE", true) => life.connected = life.connected.or(Some(at)),
        ("ACTIVE", false) => life.lost_agent = life.connected.is_some(),
        ("DRAINING", _) => {
            life.draining = life.draining.or(Some(at));
            if running == Some(0) {
                life.empty = life.empty.or(Some(at));
            }
        }
        _ => {}
    }
}
