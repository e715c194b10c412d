//! The resource types of templates: which calls make, change and delete each.

use super::properties::{RECORDED, camel, data, group, known, provider, remove, service, with};
use super::template_stack::Resource;
use crate::template::{Made, plain};
use crate::world::input::{self, member};
use crate::world::{ApiError, Service, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).map(plain).unwrap_or_default()
}

fn made(physical_id: impl Into<String>, attributes: &[(&str, String)]) -> Made {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Made { physical_id: physical_id.into(), attributes: attributes.collect() }
}

/// Makes a resource. `name` is what it is called unless it has a name of its own.
pub(super) fn create(
    world: &mut World,
    kind: &str,
    name: &str,
    properties: &Value,
) -> Result<Made, ApiError> {
    if let Some(known) = known(kind) {
        input::only(properties, known)?;
    }
    let named =
        |property: &str| member(properties, property).map_or_else(|| name.to_owned(), plain);
    match kind {
        "AWS::AutoScaling::AutoScalingGroup" => {
            let name = named("AutoScalingGroupName");
            let input = with(&group(properties), json!({ "AutoScalingGroupName": name }));
            world.call(Service::AutoScaling, "CreateAutoScalingGroup", &input)?;
            Ok(made(name, &[]))
        }
        "AWS::AutoScaling::LifecycleHook" => {
            let name = named("LifecycleHookName");
            let input = with(properties, json!({ "LifecycleHookName": name }));
            world.call(Service::AutoScaling, "PutLifecycleHook", &input)?;
            Ok(made(name, &[]))
        }
        "AWS::EC2::LaunchTemplate" => {
            let input = json!({ "LaunchTemplateName": named("LaunchTemplateName") });
            let answer = world.call(
                Service::Ec2,
                "CreateLaunchTemplate",
                &with(&input, data(properties)),
            )?;
            let id = text(&answer, "/launchTemplate/launchTemplateId");
            Ok(launch_template(id, text(&answer, "/launchTemplate/latestVersionNumber")))
        }
        "AWS::ECS::CapacityProvider" => {
            let input = with(&provider(world, properties), json!({ "name": named("Name") }));
            world.call(Service::Ecs, "CreateCapacityProvider", &input)?;
            Ok(made(named("Name"), &[]))
        }
        "AWS::ECS::Cluster" => {
            let name = named("ClusterName");
            let settings = camel(&properties.get("ClusterSettings").cloned().unwrap_or_default());
            let input = json!({ "clusterName": name, "settings": settings });
            let answer = world.call(Service::Ecs, "CreateCluster", &input)?;
            Ok(made(name, &[("Arn", text(&answer, "/cluster/clusterArn"))]))
        }
        "AWS::ECS::ClusterCapacityProviderAssociations" => {
            world.call(Service::Ecs, "PutClusterCapacityProviders", &camel(properties))?;
            Ok(made(text(properties, "/Cluster"), &[]))
        }
        "AWS::ECS::Service" => {
            let name = named("ServiceName");
            let input = with(&service(properties), json!({ "serviceName": name }));
            let answer = world.call(Service::Ecs, "CreateService", &input)?;
            let arn = text(&answer, "/service/serviceArn");
            Ok(made(arn.clone(), &[("Name", name), ("ServiceArn", arn)]))
        }
        "AWS::ECS::TaskDefinition" => {
            let input = with(&json!({ "family": named("Family") }), camel(properties));
            let answer = world.call(Service::Ecs, "RegisterTaskDefinition", &input)?;
            Ok(made(text(&answer, "/taskDefinition/taskDefinitionArn"), &[]))
        }
        "AWS::IAM::ManagedPolicy" => {
            let document = text(properties, "/PolicyDocument");
            let mut input = with(properties, json!({ "PolicyDocument": document }));
            let name = named("ManagedPolicyName");
            remove(&mut input, &["ManagedPolicyName"]);
            let input = with(&input, json!({ "PolicyName": name }));
            let answer = world.call(Service::Iam, "CreatePolicy", &input)?;
            let arn = text(&answer, "/Policy/Arn");
            Ok(made(arn.clone(), &[("PolicyArn", arn)]))
        }
        _ => Ok(made(named("LogGroupName"), &[("Arn", format!("arn:of:{name}"))])),
    }
}

/// Changes a resource where it is; `None` if it must be replaced.
pub(super) fn update(
    world: &mut World,
    old: &Resource,
    properties: &Value,
) -> Result<Option<Made>, ApiError> {
    let (id, same) = (&old.made.physical_id, Some(old.made.clone()));
    let keeps = |name: &str| old.properties.get(name) == properties.get(name);
    match old.kind.as_str() {
        "AWS::AutoScaling::AutoScalingGroup" if keeps("AutoScalingGroupName") => {
            change_group(world, old, properties)?;
            Ok(same)
        }
        "AWS::AutoScaling::LifecycleHook"
            if keeps("AutoScalingGroupName") && keeps("LifecycleHookName") =>
        {
            let input = with(properties, json!({ "LifecycleHookName": id }));
            world.call(Service::AutoScaling, "PutLifecycleHook", &input)?;
            Ok(same)
        }
        "AWS::EC2::LaunchTemplate" if keeps("LaunchTemplateName") => {
            let input = with(&json!({ "LaunchTemplateId": id }), data(properties));
            let answer = world.call(Service::Ec2, "CreateLaunchTemplateVersion", &input)?;
            let latest = text(&answer, "/launchTemplateVersion/versionNumber");
            Ok(Some(launch_template(id.clone(), latest)))
        }
        "AWS::ECS::Cluster" if keeps("ClusterName") => {
            let settings = camel(&properties.get("ClusterSettings").cloned().unwrap_or_default());
            let input = json!({ "cluster": id, "settings": settings });
            world.call(Service::Ecs, "UpdateClusterSettings", &input)?;
            Ok(same)
        }
        "AWS::ECS::ClusterCapacityProviderAssociations" if keeps("Cluster") => {
            world.call(Service::Ecs, "PutClusterCapacityProviders", &camel(properties))?;
            Ok(same)
        }
        "AWS::ECS::Service" if keeps("ServiceName") && keeps("Cluster") && keeps("LaunchType") => {
            let mut input = with(&service(properties), json!({ "service": id }));
            remove(&mut input, &["serviceName", "launchType"]);
            world.call(Service::Ecs, "UpdateService", &input)?;
            Ok(same)
        }
        kind if RECORDED.contains(&kind) => Ok(same),
        _ => Ok(None),
    }
}

/// Whether what was made or changed has come to rest.
pub(super) fn is_stable(world: &mut World, resource: &Resource) -> bool {
    let id = &resource.made.physical_id;
    match resource.kind.as_str() {
        "AWS::AutoScaling::AutoScalingGroup" => {
            world.autoscaling.group(id).is_some_and(|group| group.capacity() >= group.size.desired)
        }
        "AWS::ECS::Service" => {
            let shown = describe_service(world, resource);
            let one = shown.pointer("/deployments/1").is_none();
            one && shown.get("runningCount") == shown.get("desiredCount")
        }
        _ => true,
    }
}

/// Begins to delete a resource.
pub(super) fn begin_delete(world: &mut World, resource: &Resource) -> Result<(), ApiError> {
    let id = &resource.made.physical_id;
    match resource.kind.as_str() {
        // The group is deleted once its hosts have left, each through its hooks.
        "AWS::AutoScaling::AutoScalingGroup" => {
            let none = json!({
                "AutoScalingGroupName": id, "MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0,
            });
            world.call(Service::AutoScaling, "UpdateAutoScalingGroup", &none)
        }
        "AWS::ECS::Service" => {
            let cluster = resource.properties.get("Cluster");
            let input = json!({ "cluster": cluster, "service": id, "force": true });
            world.call(Service::Ecs, "DeleteService", &input)
        }
        _ => Ok(Value::Null),
    }
    .map(drop)
}

/// Whether nothing holds a resource that is being deleted.
pub(super) fn may_go(world: &mut World, resource: &Resource) -> bool {
    let id = &resource.made.physical_id;
    match resource.kind.as_str() {
        "AWS::AutoScaling::AutoScalingGroup" => {
            world.autoscaling.group(id).is_none_or(|group| group.members.is_empty())
        }
        "AWS::ECS::Service" => {
            describe_service(world, resource).get("status") == Some(&json!("INACTIVE"))
        }
        _ => true,
    }
}

/// Deletes a resource that nothing holds any more.
pub(super) fn end_delete(world: &mut World, resource: &Resource) -> Result<(), ApiError> {
    let id = &resource.made.physical_id;
    let (service, operation, input) = match resource.kind.as_str() {
        "AWS::AutoScaling::AutoScalingGroup" => {
            (Service::AutoScaling, "DeleteAutoScalingGroup", json!({ "AutoScalingGroupName": id }))
        }
        "AWS::AutoScaling::LifecycleHook" => {
            let group = resource.properties.get("AutoScalingGroupName");
            let input = json!({ "AutoScalingGroupName": group, "LifecycleHookName": id });
            (Service::AutoScaling, "DeleteLifecycleHook", input)
        }
        "AWS::EC2::LaunchTemplate" => {
            (Service::Ec2, "DeleteLaunchTemplate", json!({ "LaunchTemplateId": id }))
        }
        "AWS::ECS::CapacityProvider" => {
            (Service::Ecs, "DeleteCapacityProvider", json!({ "capacityProvider": id }))
        }
        "AWS::ECS::Cluster" => (Service::Ecs, "DeleteCluster", json!({ "cluster": id })),
        "AWS::ECS::ClusterCapacityProviderAssociations" => {
            let none = json!({
                "cluster": id, "capacityProviders": [], "defaultCapacityProviderStrategy": [],
            });
            (Service::Ecs, "PutClusterCapacityProviders", none)
        }
        "AWS::ECS::TaskDefinition" => {
            (Service::Ecs, "DeregisterTaskDefinition", json!({ "taskDefinition": id }))
        }
        "AWS::IAM::ManagedPolicy" => (Service::Iam, "DeletePolicy", json!({ "PolicyArn": id })),
        _ => return Ok(()),
    };
    let answer = world.call(service, operation, &input)?;
    if text(&answer, "/capacityProvider/updateStatus") == "DELETE_FAILED" {
        let reason = text(&answer, "/capacityProvider/updateStatusReason");
        return Err(ApiError::client("ResourceInUse", reason));
    }
    Ok(())
}

fn change_group(world: &mut World, old: &Resource, properties: &Value) -> Result<(), ApiError> {
    let id = &old.made.physical_id;
    let mut input = with(&group(properties), json!({ "AutoScalingGroupName": id }));
    // As `IgnoreUnmodifiedGroupSizeProperties` has it: a size that did not change is not sent.
    for size in ["MinSize", "MaxSize", "DesiredCapacity"] {
        if old.properties.get(size) == properties.get(size) {
            remove(&mut input, &[size]);
        }
    }
    remove(&mut input, &["Tags", "LifecycleHookSpecificationList"]);
    world.call(Service::AutoScaling, "UpdateAutoScalingGroup", &input)?;
    let tags = tags_of(id, properties)?;
    let gone = tags_of(id, &old.properties)?.into_iter().filter(|(key, _)| !tags.contains_key(key));
    let gone: Vec<Value> = gone.map(|(_, tag)| tag).collect();
    world.call(Service::AutoScaling, "DeleteTags", &json!({ "Tags": gone }))?;
    let tags: Vec<Value> = tags.into_values().collect();
    world.call(Service::AutoScaling, "CreateOrUpdateTags", &json!({ "Tags": tags }))?;
    for hook in input::list(properties, "LifecycleHookSpecificationList")? {
        let hook = with(hook, json!({ "AutoScalingGroupName": id }));
        world.call(Service::AutoScaling, "PutLifecycleHook", &hook)?;
    }
    Ok(())
}

fn tags_of(group: &str, properties: &Value) -> Result<BTreeMap<String, Value>, ApiError> {
    let tags = input::list(properties, "Tags")?.iter();
    let of = json!({ "ResourceId": group, "ResourceType": "auto-scaling-group" });
    Ok(tags.map(|tag| (text(tag, "/Key"), with(tag, of.clone()))).collect())
}

/// The default version stays the first one.
fn launch_template(id: String, latest: String) -> Made {
    made(id, &[("LatestVersionNumber", latest), ("DefaultVersionNumber", "1".to_owned())])
}

fn describe_service(world: &mut World, resource: &Resource) -> Value {
    let cluster = resource.properties.get("Cluster");
    let input = json!({ "cluster": cluster, "services": [resource.made.physical_id] });
    let answer = world.call(Service::Ecs, "DescribeServices", &input).unwrap_or_default();
    answer.pointer("/services/0").cloned().unwrap_or_default()
}
