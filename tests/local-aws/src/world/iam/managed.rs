//! AWS's own managed policies, by name: those about ECS, Systems Manager, `CloudWatch` and Lambda.

use serde_json::{Value, json};

const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// Below `policy/`.
const POLICIES: [&str; 39] = [
    "AWSXRayDaemonWriteAccess",
    "AdministratorAccess",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    "AmazonECSInfrastructureRolePolicyForManagedInstances",
    "AmazonECSInfrastructureRolePolicyForVpcLattice",
    "AmazonECSInstanceRolePolicyForManagedInstances",
    "AmazonECS_FullAccess",
    "AmazonSSMFullAccess",
    "AmazonSSMManagedEC2InstanceDefaultPolicy",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchAgentAdminPolicy",
    "CloudWatchAgentServerPolicy",
    "CloudWatchFullAccess",
    "CloudWatchLogsFullAccess",
    "CloudWatchLogsReadOnlyAccess",
    "CloudWatchReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "aws-service-role/AWSApplicationAutoscalingECSServicePolicy",
    "aws-service-role/AWSEC2SpotServiceRolePolicy",
    "aws-service-role/AmazonECSComputeServiceRolePolicy",
    "aws-service-role/AmazonECSServiceRolePolicy",
    "aws-service-role/AutoScalingServiceRolePolicy",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AmazonEC2ContainerServiceAutoscaleRole",
    "service-role/AmazonEC2ContainerServiceEventsRole",
    "service-role/AmazonEC2ContainerServiceRole",
    "service-role/AmazonEC2ContainerServiceforEC2Role",
    "service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
    "service-role/AmazonECSInfrastructureRolePolicyForVolumes",
    "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices",
    "service-role/AmazonECSTaskExecutionRolePolicy",
    "service-role/AutoScalingNotificationAccessRole",
];

/// The ARN of one of AWS's policies.
pub(super) fn arn(path: &str, name: &str) -> String {
    format!("{PREFIX}{path}{name}")
}

/// Whether it is one of AWS's policies that are known here.
pub(super) fn exists(arn: &str) -> bool {
    arn.strip_prefix(PREFIX).is_some_and(|name| POLICIES.contains(&name))
}

/// The document of one of AWS's policies, in essence; null if it is not known here.
pub(super) fn document(arn: &str) -> Value {
    let actions = match arn.strip_prefix(PREFIX) {
        Some("AdministratorAccess") => ["*"].as_slice(),
        Some("service-role/AmazonEC2ContainerServiceforEC2Role") => HOST.as_slice(),
        _ => return Value::Null,
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    })
}

/// What a container instance may do
/// (docs: `aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html`).
const HOST: [&str; 15] = [
    "ec2:DescribeTags",
    "ecs:CreateCluster",
    "ecs:DeregisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:UpdateContainerInstancesState",
    "ecs:Submit*",
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];
