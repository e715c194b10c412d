//! AWS's own managed policies, by name: those about ECS, Systems Manager, `CloudWatch` and Lambda.

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
