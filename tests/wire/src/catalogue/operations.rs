//! The operations that Muster calls.

use crate::words::Protocol;

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// EC2 Auto Scaling.
    AutoScaling,
    /// CloudFormation.
    CloudFormation,
    /// EC2.
    Ec2,
    /// ECS.
    Ecs,
    /// EventBridge.
    Events,
    /// IAM.
    Iam,
    /// CloudWatch Logs.
    Logs,
}

impl Service {
    /// How it answers.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::AutoScaling | Self::CloudFormation | Self::Iam => Protocol::Query,
            Self::Ec2 => Protocol::Ec2,
            Self::Ecs | Self::Events | Self::Logs => Protocol::Json,
        }
    }

    /// Its prefix in IAM's actions.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::AutoScaling => "autoscaling",
            Self::CloudFormation => "cloudformation",
            Self::Ec2 => "ec2",
            Self::Ecs => "ecs",
            Self::Events => "events",
            Self::Iam => "iam",
            Self::Logs => "logs",
        }
    }
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its service.
    pub service: Service,
    /// Its name.
    pub name: &'static str,
}

const fn of(service: Service, name: &'static str) -> Operation {
    Operation { service, name }
}

use Service::{AutoScaling, CloudFormation, Ec2, Ecs, Events, Iam, Logs};

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    of(AutoScaling, "CompleteLifecycleAction"),
    of(AutoScaling, "CreateOrUpdateTags"),
    of(AutoScaling, "DeleteLifecycleHook"),
    of(AutoScaling, "DeleteTags"),
    of(AutoScaling, "DescribeAutoScalingGroups"),
    of(AutoScaling, "DescribeAutoScalingInstances"),
    of(AutoScaling, "DescribeInstanceRefreshes"),
    of(AutoScaling, "DescribeLifecycleHooks"),
    of(AutoScaling, "DescribeScalingActivities"),
    of(AutoScaling, "DescribeWarmPool"),
    of(AutoScaling, "PutLifecycleHook"),
    of(AutoScaling, "RecordLifecycleActionHeartbeat"),
    of(AutoScaling, "SetDesiredCapacity"),
    of(AutoScaling, "SetInstanceHealth"),
    of(AutoScaling, "SetInstanceProtection"),
    of(AutoScaling, "TerminateInstanceInAutoScalingGroup"),
    of(AutoScaling, "UpdateAutoScalingGroup"),
    of(CloudFormation, "DescribeStackResource"),
    of(CloudFormation, "DescribeStacks"),
    of(Ec2, "DescribeInstanceAttribute"),
    of(Ec2, "DescribeInstanceStatus"),
    of(Ec2, "DescribeInstanceTypes"),
    of(Ec2, "DescribeInstances"),
    of(Ec2, "DescribeLaunchTemplateVersions"),
    of(Ec2, "DescribeRouteTables"),
    of(Ec2, "DescribeSecurityGroups"),
    of(Ec2, "DescribeSpotInstanceRequests"),
    of(Ec2, "DescribeVpcEndpoints"),
    of(Ec2, "GetConsoleOutput"),
    of(Ecs, "DeleteAttributes"),
    of(Ecs, "DeregisterContainerInstance"),
    of(Ecs, "DescribeCapacityProviders"),
    of(Ecs, "DescribeClusters"),
    of(Ecs, "DescribeContainerInstances"),
    of(Ecs, "DescribeServices"),
    of(Ecs, "DescribeTaskDefinition"),
    of(Ecs, "DescribeTasks"),
    of(Ecs, "GetTaskProtection"),
    of(Ecs, "ListClusters"),
    of(Ecs, "ListContainerInstances"),
    of(Ecs, "ListServices"),
    of(Ecs, "ListTasks"),
    of(Ecs, "PutAttributes"),
    of(Ecs, "PutClusterCapacityProviders"),
    of(Ecs, "StopTask"),
    of(Ecs, "UpdateContainerInstancesState"),
    of(Events, "PutEvents"),
    of(Iam, "AddRoleToInstanceProfile"),
    of(Iam, "CreateInstanceProfile"),
    of(Iam, "CreateRole"),
    of(Iam, "CreateServiceLinkedRole"),
    of(Iam, "DeleteInstanceProfile"),
    of(Iam, "DeleteRole"),
    of(Iam, "DeleteRolePermissionsBoundary"),
    of(Iam, "DeleteRolePolicy"),
    of(Iam, "DetachRolePolicy"),
    of(Iam, "GetInstanceProfile"),
    of(Iam, "GetRole"),
    of(Iam, "GetRolePolicy"),
    of(Iam, "ListAttachedRolePolicies"),
    of(Iam, "ListInstanceProfiles"),
    of(Iam, "ListInstanceProfilesForRole"),
    of(Iam, "ListRolePolicies"),
    of(Iam, "ListRoles"),
    of(Iam, "PutRolePermissionsBoundary"),
    of(Iam, "PutRolePolicy"),
    of(Iam, "RemoveRoleFromInstanceProfile"),
    of(Iam, "SimulatePrincipalPolicy"),
    of(Iam, "TagRole"),
    of(Iam, "UpdateAssumeRolePolicy"),
    of(Iam, "UpdateRole"),
    of(Logs, "FilterLogEvents"),
];
