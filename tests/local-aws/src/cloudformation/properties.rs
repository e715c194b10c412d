//! The properties of templates' resources, and how the calls that make these want them.

use super::custom::is_custom;
use crate::template::plain;
use crate::world::World;
use serde_json::{Map, Value, json};

/// Types that have no effect on this world: they are there, with their references, and that is all.
pub(super) const RECORDED: [&str; 3] = [
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Logs::LogGroup",
];

/// Types with the properties that are taken.
const MADE: [(&str, &[&str]); 9] = [
    ("AWS::AutoScaling::AutoScalingGroup", &GROUP),
    ("AWS::AutoScaling::LifecycleHook", &HOOK),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateName", "LaunchTemplateData"]),
    ("AWS::ECS::CapacityProvider", &["Name", "AutoScalingGroupProvider"]),
    ("AWS::ECS::Cluster", &["ClusterName", "ClusterSettings"]),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations",
        &["Cluster", "CapacityProviders", "DefaultCapacityProviderStrategy"],
    ),
    ("AWS::ECS::Service", &SERVICE),
    ("AWS::ECS::TaskDefinition", &DEFINITION),
    ("AWS::IAM::ManagedPolicy", &["ManagedPolicyName", "Path", "Description", "PolicyDocument"]),
];
const GROUP: [&str; 9] = [
    "AutoScalingGroupName",
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "VPCZoneIdentifier",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "LifecycleHookSpecificationList",
    "Tags",
];
const HOOK: [&str; 5] = [
    "AutoScalingGroupName",
    "LifecycleHookName",
    "LifecycleTransition",
    "HeartbeatTimeout",
    "DefaultResult",
];
const SERVICE: [&str; 8] = [
    "ServiceName",
    "Cluster",
    "TaskDefinition",
    "DesiredCount",
    "EnableExecuteCommand",
    "LaunchType",
    "DeploymentConfiguration",
    "PlacementStrategies",
];
const DEFINITION: [&str; 6] = [
    "Family",
    "RequiresCompatibilities",
    "NetworkMode",
    "TaskRoleArn",
    "ExecutionRoleArn",
    "ContainerDefinitions",
];

/// Whether there is such a type here.
pub(super) fn is_known(kind: &str) -> bool {
    is_custom(kind) || RECORDED.contains(&kind) || known(kind).is_some()
}

/// The properties that a type takes.
pub(super) fn known(kind: &str) -> Option<&'static [&'static str]> {
    MADE.iter().find(|(known, _)| *known == kind).map(|(_, properties)| *properties)
}

/// A group's properties as the call takes them: subnets in one text.
pub(super) fn group(properties: &Value) -> Value {
    let subnets = properties.get("VPCZoneIdentifier").and_then(Value::as_array);
    let subnets = subnets.map(|all| all.iter().map(plain).collect::<Vec<_>>().join(","));
    match subnets {
        Some(subnets) => with(properties, json!({ "VPCZoneIdentifier": subnets })),
        None => properties.clone(),
    }
}

/// A launch template's data, with the names that EC2's query protocol has.
pub(super) fn data(properties: &Value) -> Value {
    let data = properties.get("LaunchTemplateData").and_then(Value::as_object);
    let query = |name: &String| match name.as_str() {
        "SecurityGroupIds" => "SecurityGroupId".to_owned(),
        "BlockDeviceMappings" => "BlockDeviceMapping".to_owned(),
        _ => name.clone(),
    };
    let data = data.into_iter().flatten().map(|(name, value)| (query(name), value.clone()));
    json!({ "LaunchTemplateData": data.collect::<Map<_, _>>() })
}

/// A capacity provider's group may be named by its name; ECS keeps its ARN.
pub(super) fn provider(world: &World, properties: &Value) -> Value {
    let mut provider = camel(properties);
    remove(&mut provider, &["name"]);
    let group = provider.pointer_mut("/autoScalingGroupProvider/autoScalingGroupArn");
    if let Some(group) = group {
        let known = group.as_str().and_then(|name| world.autoscaling.group(name));
        let arn = known.map(|known| json!(known.arn));
        *group = arn.unwrap_or_else(|| group.clone());
    }
    provider
}

pub(super) fn service(properties: &Value) -> Value {
    let mut service = camel(properties);
    if let Some(members) = service.as_object_mut()
        && let Some(strategies) = members.remove("placementStrategies")
    {
        members.insert("placementStrategy".to_owned(), strategies);
    }
    service
}

/// The members of both; those of `more` win.
pub(super) fn with(value: &Value, more: Value) -> Value {
    let mut all = value.as_object().cloned().unwrap_or_default();
    if let Value::Object(more) = more {
        all.extend(more);
    }
    all.into()
}

pub(super) fn remove(value: &mut Value, names: &[&str]) {
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
}

/// With names as ECS has them: a small letter first.
pub(super) fn camel(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(camel).collect(),
        Value::Object(members) => {
            let small = |name: &str| {
                let mut letters = name.chars();
                let first = letters.next().map(|letter| letter.to_ascii_lowercase());
                first.into_iter().chain(letters).collect::<String>()
            };
            Value::Object(members.iter().map(|(name, it)| (small(name), camel(it))).collect())
        }
        scalar => scalar.clone(),
    }
}
