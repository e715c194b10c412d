//! Groups and instances as the describe calls write them.

use super::{Group, Member, MixedInstancesPolicy, Tag, TemplateRef, warm_requests};
use crate::world::core::whole_seconds;
use serde_json::{Value, json};

/// A `LaunchTemplateSpecification`.
pub(super) fn template(template: &TemplateRef) -> Value {
    json!({
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "Version": template.version,
    })
}

fn health(healthy: bool) -> &'static str {
    if healthy { "Healthy" } else { "Unhealthy" }
}

fn weight(member: &Member) -> Option<String> {
    member.weight.map(|weight| weight.to_string())
}

/// A tag.
pub(super) fn tag(group: &Group, key: &str, tag: &Tag) -> Value {
    json!({
        "ResourceId": group.name,
        "ResourceType": "auto-scaling-group",
        "Key": key,
        "Value": tag.value,
        "PropagateAtLaunch": tag.propagate,
    })
}

/// An instance, as a group lists it.
pub(super) fn instance(member: &Member) -> Value {
    json!({
        "InstanceId": member.id,
        "InstanceType": member.instance_type,
        "WeightedCapacity": weight(member),
        "AvailabilityZone": member.zone,
        "LifecycleState": member.state.to_string(),
        "HealthStatus": health(member.healthy),
        "LaunchTemplate": template(&member.template),
        "ProtectedFromScaleIn": member.protected,
    })
}

/// An instance, as `DescribeAutoScalingInstances` lists it: with its group, and with the health in
/// capitals.
pub(super) fn instance_in(group: &Group, member: &Member) -> Value {
    json!({
        "InstanceId": member.id,
        "InstanceType": member.instance_type,
        "WeightedCapacity": weight(member),
        "AutoScalingGroupName": group.name,
        "AvailabilityZone": member.zone,
        "LifecycleState": member.state.to_string(),
        "HealthStatus": health(member.healthy).to_uppercase(),
        "LaunchTemplate": template(&member.template),
        "ProtectedFromScaleIn": member.protected,
    })
}

/// A group. The instances of its warm pool are not listed.
pub(super) fn group(group: &Group) -> Value {
    let members = group.members.values().filter(|member| !member.state.is_warm());
    let zones: Vec<&str> = group.places.iter().map(|place| place.zone.as_str()).collect();
    let suspended = group.suspended.iter();
    let suspended =
        suspended.map(|(name, why)| json!({"ProcessName": name, "SuspensionReason": why}));
    json!({
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "LaunchTemplate": group.mixed.is_none().then(|| template(&group.template)),
        "MixedInstancesPolicy": group.mixed.as_ref().map(MixedInstancesPolicy::written),
        "MinSize": group.size.min,
        "MaxSize": group.size.max,
        "DesiredCapacity": group.size.desired,
        "DefaultCooldown": group.cooldown,
        "AvailabilityZones": zones,
        "VPCZoneIdentifier": (!group.subnets.is_empty()).then_some(&group.subnets),
        "HealthCheckType": group.health_check_type,
        "HealthCheckGracePeriod": group.grace,
        "Instances": members.map(instance).collect::<Vec<_>>(),
        "WarmPoolConfiguration": group.warm.map(warm_requests::configuration),
        "WarmPoolSize": group.warm.map(|_| group.warm_members().count()),
        "CreatedTime": whole_seconds(group.created).to_string(),
        "SuspendedProcesses": suspended.collect::<Vec<_>>(),
        "Status": group.deleting.then_some("Delete in progress"),
        "Tags": group.tags.iter().map(|(key, value)| tag(group, key, value)).collect::<Vec<_>>(),
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": group.protects_new,
        "CapacityRebalance": group.rebalances,
    })
}
