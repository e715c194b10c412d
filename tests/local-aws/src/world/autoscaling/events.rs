//! What Auto Scaling says on the event bus.

use super::{Activity, Hook, Journey, Transition};
use crate::world::World;
use crate::world::core::whole_seconds;
use serde_json::{Map, Value, json};

fn group_arn(world: &World, group: &str) -> Option<String> {
    world.autoscaling.group(group).map(|group| group.arn.clone())
}

/// A hook holds an instance.
pub(super) fn held(
    world: &mut World,
    (group, instance): (&str, &str),
    journey: Journey,
    hook: &Hook,
    token: &str,
) {
    let Some(arn) = group_arn(world, group) else { return };
    let (origin, destination) = journey.ends();
    let mut detail = Map::new();
    let mut member = |name: &str, value: &str| {
        detail.insert(name.to_owned(), json!(value));
    };
    member("LifecycleActionToken", token);
    member("AutoScalingGroupName", group);
    member("LifecycleHookName", &hook.name);
    member("EC2InstanceId", instance);
    member("LifecycleTransition", &hook.transition.to_string());
    if let Some(metadata) = &hook.metadata {
        member("NotificationMetadata", metadata);
    }
    member("Origin", origin);
    member("Destination", destination);
    let detail_type = match hook.transition {
        Transition::Launching => "EC2 Instance-launch Lifecycle Action",
        Transition::Terminating => "EC2 Instance-terminate Lifecycle Action",
    };
    world.core.say("aws.autoscaling", detail_type, &[arn], Value::Object(detail));
}

/// A launch or a termination ended, well or not.
pub(super) fn ended(
    world: &mut World,
    group: &str,
    activity: &Activity,
    journey: Journey,
    well: bool,
) {
    let Some(arn) = group_arn(world, group) else { return };
    let mut detail = detail(world, group, activity, journey);
    // AWS says "InProgress" for what ended well, and describes only that.
    if well {
        detail.insert("Description".to_owned(), json!(activity.description));
    }
    detail.insert("StatusCode".to_owned(), json!(if well { "InProgress" } else { "Failed" }));
    let what = match journey.transition() {
        Transition::Launching => "Launch",
        Transition::Terminating => "Terminate",
    };
    let detail_type =
        format!("EC2 Instance {what} {}", if well { "Successful" } else { "Unsuccessful" });
    let (region, account) = (world.core.region(), world.core.account());
    let mut resources = vec![arn];
    if !activity.instance.is_empty() {
        resources.push(format!("arn:aws:ec2:{region}:{account}:instance/{}", activity.instance));
    }
    world.core.say("aws.autoscaling", &detail_type, &resources, Value::Object(detail));
}

fn detail(
    world: &mut World,
    group: &str,
    activity: &Activity,
    journey: Journey,
) -> Map<String, Value> {
    let (origin, destination) = journey.ends();
    let end = activity.end.unwrap_or(activity.start);
    let detail = json!({
        "AutoScalingGroupName": group,
        "ActivityId": activity.id,
        "Details": {"Availability Zone": activity.zone, "Subnet ID": activity.subnet},
        "RequestId": world.core.uuid(),
        "StatusMessage": activity.message,
        "StartTime": whole_seconds(activity.start).to_string(),
        "EndTime": whole_seconds(end).to_string(),
        "EC2InstanceId": activity.instance,
        "Cause": activity.cause,
        "Origin": origin,
        "Destination": destination,
    });
    detail.as_object().cloned().unwrap_or_default()
}
