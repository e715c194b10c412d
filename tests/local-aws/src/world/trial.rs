//! A world with its events, for the tests.

use super::core::Config;
use super::{ApiError, Service, World};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A world whose events are kept.
pub(crate) struct Trial {
    pub(crate) world: World,
    said: Vec<Value>,
}

impl Trial {
    /// An empty world.
    pub(crate) fn new() -> Self {
        Self { world: World::new(Config::default()), said: Vec::new() }
    }

    /// A world with the group `web` of up to six instances in two zones.
    pub(crate) fn with_group(desired: u32, more: &Value) -> Self {
        let mut trial = Self::new();
        let mut group = json!({
            "AutoScalingGroupName": "web",
            "MinSize": "0",
            "MaxSize": "6",
            "DesiredCapacity": desired.to_string(),
            "AvailabilityZones": ["us-west-2a", "us-west-2b"],
            "LaunchTemplate": {"LaunchTemplateName": "host", "Version": "1"},
        });
        let members = group.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        trial.asg("CreateAutoScalingGroup", &group);
        trial
    }

    /// The same, with the policy of `more` in place of the launch template.
    pub(crate) fn with_mixed_group(desired: u32, more: &Value) -> Self {
        let mut more = more.clone();
        more["LaunchTemplate"] = Value::Null;
        Self::with_group(desired, &more)
    }

    /// A hook on `web`.
    pub(crate) fn hook(&mut self, name: &str, terminating: bool, more: &Value) {
        let way = if terminating { "TERMINATING" } else { "LAUNCHING" };
        let mut hook = json!({
            "AutoScalingGroupName": "web",
            "LifecycleHookName": name,
            "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{way}"),
        });
        hook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.asg("PutLifecycleHook", &hook);
    }

    /// A call that must succeed.
    pub(crate) fn asg(&mut self, operation: &str, input: &Value) -> Value {
        self.world.call(Service::AutoScaling, operation, input).unwrap()
    }

    /// A call that must fail.
    pub(crate) fn asg_error(&mut self, operation: &str, input: &Value) -> ApiError {
        self.world.call(Service::AutoScaling, operation, input).unwrap_err()
    }

    /// A call that must succeed.
    pub(crate) fn ec2(&mut self, operation: &str, input: &Value) -> Value {
        self.world.call(Service::Ec2, operation, input).unwrap()
    }

    /// A call that must fail.
    pub(crate) fn ec2_error(&mut self, operation: &str, input: &Value) -> ApiError {
        self.world.call(Service::Ec2, operation, input).unwrap_err()
    }

    /// A call that must succeed.
    pub(crate) fn iam(&mut self, operation: &str, input: &Value) -> Value {
        self.world.call(Service::Iam, operation, input).unwrap()
    }

    /// The code and the status of the error of a call that must fail.
    pub(crate) fn iam_error(&mut self, operation: &str, input: &Value) -> (String, u16) {
        let error = self.world.call(Service::Iam, operation, input).unwrap_err();
        (error.code, error.status)
    }

    /// Lets seconds pass.
    pub(crate) fn pass(&mut self, seconds: i64) {
        let until = self.world.core.now() + SignedDuration::from_secs(seconds);
        self.world.advance_to(until);
        self.said.extend(self.world.core.take_events());
    }

    /// The events of a kind so far.
    pub(crate) fn events(&mut self, detail_type: &str) -> Vec<Value> {
        self.pass(0);
        self.said.iter().filter(|event| event["detail-type"] == detail_type).cloned().collect()
    }

    /// The instances of `web` in the order of their launch, with their states.
    pub(crate) fn members(&self) -> Vec<(String, String)> {
        let group = self.world.autoscaling.group("web").unwrap();
        let mut members: Vec<_> = group.members.values().collect();
        members.sort_by_key(|member| (member.launched, member.id.clone()));
        members.iter().map(|member| (member.id.clone(), member.state.to_string())).collect()
    }

    /// The states of the instances of `web`, sorted.
    pub(crate) fn states(&self) -> Vec<String> {
        let mut states: Vec<String> = self.members().into_iter().map(|(_, state)| state).collect();
        states.sort();
        states
    }

    /// The instances of `web` in a state.
    pub(crate) fn in_state(&self, wanted: &str) -> Vec<String> {
        let members = self.members().into_iter();
        members.filter(|(_, state)| state == wanted).map(|(id, _)| id).collect()
    }
}

/// Compares an event with one of AWS's, by which members it has.
pub(crate) fn assert_shaped_like(event: &Value, file: &str) {
    let path = format!("{}/../events/{file}", env!("CARGO_MANIFEST_DIR"));
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(shape(event), shape(&sample), "{file}");
    for member in ["detail-type", "source"] {
        assert_eq!(event[member], sample[member], "{file}");
    }
}

/// The paths of all members, and what kind of value each is.
fn shape(value: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    collect("", value, &mut paths);
    paths.sort();
    paths
}

fn collect(path: &str, value: &Value, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, value)| collect(&format!("{path}/{name}"), value, paths));
        }
        Value::Array(items) => paths.push(format!("{path} [{}]", items.len())),
        Value::String(_) => paths.push(format!("{path} text")),
        other => paths.push(format!("{path} {other}")),
    }
}
