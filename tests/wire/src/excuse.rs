//! Fields whose loss changes a reading, and why that is borne.

use crate::line::Attempt;

/// Operations, fields, why.
pub type Excuse = (&'static [&'static str], &'static [&'static str], &'static str);

/// All of them.
pub const EXCUSED: &[Excuse] = &[
    (
        &["DescribeAutoScalingGroups", "DescribeAutoScalingInstances"],
        &[
            "DescribeAutoScalingGroupsResult.AutoScalingGroups[].MinSize",
            "DescribeAutoScalingGroupsResult.AutoScalingGroups[].MaxSize",
            "DescribeAutoScalingGroupsResult.AutoScalingGroups[].DesiredCapacity",
            "DescribeAutoScalingGroupsResult.AutoScalingGroups[].Instances[].ProtectedFromScaleIn",
            "DescribeAutoScalingInstancesResult.AutoScalingInstances[].ProtectedFromScaleIn",
        ],
        "Auto Scaling must send them, and the SDK puts 0 or false in the place of one that is not there",
    ),
    (
        &["DescribeAutoScalingGroups"],
        &["DescribeAutoScalingGroupsResult.AutoScalingGroups[].Tags[].Value"],
        "a tag's value may be empty: a host whose group names no cluster is nobody's, and is left alone",
    ),
    (
        &["DescribeContainerInstances"],
        &["containerInstances[].agentConnected", "containerInstances[].runningTasksCount"],
        "the SDK reads a flag that is not there as false, a number as 0: an agent that seems lost is watched for \
         minutes, and whether a host is empty is told by the lists of its tasks",
    ),
    (
        &["DescribeContainerInstances"],
        &["containerInstances[].attributes[].name", "containerInstances[].attributes[].value"],
        "an attribute may have no value; a mark that cannot be read is no mark, and a drain without one is a person's, \
         which is left alone",
    ),
    (
        &["DescribeContainerInstances"],
        &["containerInstances[].ec2InstanceId"],
        "an external instance has none, and is no host",
    ),
    (
        &["DescribeServices"],
        &["services[].desiredCount"],
        "the SDK reads it as 0: no host is added for it; a host goes only if its own tasks fit elsewhere",
    ),
    (
        &["DescribeTasks"],
        &["tasks[].containerInstanceArn"],
        "a task that waits for a place has none: it is asked for more room, within the bounds of a step",
    ),
    (
        &["DescribeTaskDefinition"],
        &[
            "taskDefinition.containerDefinitions[].cpu",
            "taskDefinition.containerDefinitions[].memory",
            "taskDefinition.networkMode",
        ],
        "each may be left out of a definition: the sizing is wrong by a task until the next look",
    ),
    (
        &["DescribeCapacityProviders"],
        &["capacityProviders[].autoScalingGroupProvider"],
        "AWS's own providers have none",
    ),
    (
        &["DescribeClusters"],
        &[
            "clusters[].defaultCapacityProviderStrategy[].base",
            "clusters[].defaultCapacityProviderStrategy[].weight",
        ],
        "the SDK reads it as 0, which is AWS's own default",
    ),
    (
        &["DescribeAutoScalingGroups", "DescribeLaunchTemplateVersions"],
        &[
            "DescribeAutoScalingGroupsResult.AutoScalingGroups[].LaunchTemplate",
            "DescribeAutoScalingGroupsResult.AutoScalingGroups[].LaunchTemplate.LaunchTemplateName",
            // An empty one is one that names no type.
            "launchTemplateVersionSet[].launchTemplateData",
            "launchTemplateVersionSet[].launchTemplateData.instanceType",
        ],
        "a group may name its types otherwise: then what a new host would be like is not known",
    ),
    (
        &["DescribeStacks"],
        &["DescribeStacksResult.Stacks[].Outputs"],
        "a stack may have none: then the command line says that it knows no log group",
    ),
    (
        &["GetRole"],
        &[
            "GetRoleResult.Role.PermissionsBoundary",
            "GetRoleResult.Role.PermissionsBoundary.PermissionsBoundaryArn",
        ],
        "a role may have none: it is set again",
    ),
    (
        &["GetInstanceProfile", "GetRole"],
        &["GetInstanceProfileResult.InstanceProfile.Path", "GetRoleResult.Role.Path"],
        "IAM must send them, and the SDK puts an empty text in the place of one that is not there: what has another path \
         is not ours, and is left alone",
    ),
];

/// Whether an attempt lost such a field.
#[must_use]
pub fn is(attempt: &Attempt) -> bool {
    let Some(edited) = &attempt.edited else { return false };
    EXCUSED.iter().any(|(operations, fields, _)| {
        let own = operations.is_empty() || operations.contains(&attempt.operation.as_str());
        own && fields.iter().any(|field| edited == field)
    })
}
