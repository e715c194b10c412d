//! The managed policies of AWS that ours stand in for, action by action.

use super::{Wanted, texts};
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use domain::roles::WantedRole;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A policy of AWS beside the role of ours that stands in for it.
struct Compared {
    policy: &'static str,
    role: &'static str,
    /// The documents of the role that are compared.
    documents: &'static [&'static str],
    /// Every action of AWS's policy that ours has.
    kept: &'static [&'static str],
    /// Every other, with the reason.
    left_out: &'static [(&'static str, &'static str)],
    /// What ours has beyond it, with the reason.
    added: &'static [(&'static str, &'static str)],
}

const SESSIONS: [(&str, &str); 5] = [
    ("ssm:UpdateInstanceInformation", "only with SessionManager"),
    ("ssmmessages:CreateControlChannel", "only with SessionManager"),
    ("ssmmessages:CreateDataChannel", "only with SessionManager"),
    ("ssmmessages:OpenControlChannel", "only with SessionManager"),
    ("ssmmessages:OpenDataChannel", "only with SessionManager"),
];
const MAINTENANCE: &str =
    "Run Command, State Manager, Inventory and Patch Manager: sessions need none of it";
const XRAY: &str = "traces are the task's business, and have a role of their own";
const SPLIT: &str = "AWS's wildcard, written out";

const ALL: &[Compared] = &[
    Compared {
        policy: "AmazonEC2ContainerServiceforEC2Role",
        role: "EC2Role",
        documents: &["agent"],
        kept: &[
            "ecs:DiscoverPollEndpoint",
            "ecs:Poll",
            "ecs:RegisterContainerInstance",
            "ecs:StartTelemetrySession",
            "ecs:TagResource",
            "ecs:ListTagsForResource",
            "ecs:UpdateContainerInstancesState",
            "ec2:DescribeTags",
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
        left_out: &[
            (
                "ecs:CreateCluster",
                "the cluster is there; a host with a wrong name must fail, not make another cluster",
            ),
            (
                "ecs:DeregisterContainerInstance",
                "the agent never calls it; a host could strike off any other",
            ),
            ("ecs:Submit*", "the three that there are, by name"),
        ],
        added: &[
            ("ecs:SubmitAttachmentStateChanges", SPLIT),
            ("ecs:SubmitContainerStateChange", SPLIT),
            ("ecs:SubmitTaskStateChange", SPLIT),
            ("ec2:DescribeVolumes", "only with CloudWatchAgent"),
            ("cloudwatch:PutMetricData", "only with CloudWatchAgent"),
            ("ssm:GetParameter", "only with CloudWatchAgent"),
            SESSIONS[0],
            SESSIONS[1],
            SESSIONS[2],
            SESSIONS[3],
            SESSIONS[4],
        ],
    },
    Compared {
        policy: "AmazonEC2ContainerServiceRole",
        role: "ECSRole",
        documents: &["manage"],
        kept: &[
            "ec2:AuthorizeSecurityGroupIngress",
            "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
            "elasticloadbalancing:DeregisterTargets",
            "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
            "elasticloadbalancing:RegisterTargets",
        ],
        left_out: &[
            (
                "ec2:Describe*",
                "what tells of targets and interfaces, by name: the rest reads user data and more",
            ),
            ("elasticloadbalancing:Describe*", "what tells of targets, by name"),
        ],
        added: &[
            ("ec2:DescribeAccountAttributes", SPLIT),
            ("ec2:DescribeAvailabilityZones", SPLIT),
            ("ec2:DescribeInstances", SPLIT),
            ("ec2:DescribeNetworkInterfaces", SPLIT),
            ("ec2:DescribeSecurityGroups", SPLIT),
            ("ec2:DescribeSubnets", SPLIT),
            ("ec2:DescribeVpcs", SPLIT),
            ("elasticloadbalancing:DescribeInstanceHealth", SPLIT),
            ("elasticloadbalancing:DescribeListeners", SPLIT),
            ("elasticloadbalancing:DescribeLoadBalancers", SPLIT),
            ("elasticloadbalancing:DescribeRules", SPLIT),
            ("elasticloadbalancing:DescribeTargetGroups", SPLIT),
            ("elasticloadbalancing:DescribeTargetHealth", SPLIT),
        ],
    },
    Compared {
        policy: "AmazonECSInfrastructureRolePolicyForVolumes",
        role: "ECSRole",
        documents: &["volumes"],
        kept: &[
            "ec2:CreateVolume",
            "ec2:CreateTags",
            "ec2:DescribeVolumes",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInstances",
            "ec2:AttachVolume",
            "ec2:DetachVolume",
            "ec2:DeleteVolume",
        ],
        left_out: &[],
        added: &[],
    },
    Compared {
        policy: "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        role: "ECSRole",
        documents: &["loadbalancers"],
        kept: &[
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:RegisterTargets",
            "elasticloadbalancing:DeregisterTargets",
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyRule",
        ],
        left_out: &[],
        added: &[],
    },
    Compared {
        policy: "AmazonECSTaskExecutionRolePolicy",
        role: "ECSTaskExecutionRole",
        documents: &["start"],
        kept: &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
        left_out: &[],
        added: &[
            ("secretsmanager:GetSecretValue", "only the secrets that TaskExecution names"),
            ("ssm:GetParameters", "only the parameters that TaskExecution names"),
            (
                "kms:Decrypt",
                "only the keys that TaskExecution names, and only through the two services",
            ),
        ],
    },
    Compared {
        policy: "AWSApplicationAutoscalingECSServicePolicy",
        role: "AutoScalingRole",
        documents: &["scale"],
        kept: &[
            "ecs:DescribeServices",
            "ecs:UpdateService",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetMetricData",
            "cloudwatch:DeleteAlarms",
        ],
        left_out: &[(
            "ecs:DescribeServiceRevisions",
            "predictive scaling alone asks for it, and uses the service-linked role",
        )],
        added: &[],
    },
    Compared {
        policy: "AmazonSSMManagedInstanceCore",
        role: "EC2Role",
        documents: &[],
        kept: &[
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
            "ssm:GetParameter",
        ],
        left_out: &[
            ("ssm:DescribeAssociation", MAINTENANCE),
            ("ssm:GetDeployablePatchSnapshotForInstance", MAINTENANCE),
            ("ssm:GetDocument", MAINTENANCE),
            ("ssm:DescribeDocument", MAINTENANCE),
            ("ssm:GetManifest", MAINTENANCE),
            ("ssm:GetParameters", "it would read every parameter of the account"),
            ("ssm:ListAssociations", MAINTENANCE),
            ("ssm:ListInstanceAssociations", MAINTENANCE),
            ("ssm:PutInventory", MAINTENANCE),
            ("ssm:PutComplianceItems", MAINTENANCE),
            ("ssm:PutConfigurePackageResult", MAINTENANCE),
            ("ssm:UpdateAssociationStatus", MAINTENANCE),
            ("ssm:UpdateInstanceAssociationStatus", MAINTENANCE),
            ("ec2messages:AcknowledgeMessage", MAINTENANCE),
            ("ec2messages:DeleteMessage", MAINTENANCE),
            ("ec2messages:FailMessage", MAINTENANCE),
            ("ec2messages:GetEndpoint", MAINTENANCE),
            ("ec2messages:GetMessages", MAINTENANCE),
            ("ec2messages:SendReply", MAINTENANCE),
        ],
        added: &[],
    },
    Compared {
        policy: "CloudWatchAgentServerPolicy",
        role: "EC2Role",
        documents: &[],
        kept: &[
            "cloudwatch:PutMetricData",
            "ec2:DescribeVolumes",
            "ec2:DescribeTags",
            "logs:PutLogEvents",
            "logs:CreateLogStream",
            "ssm:GetParameter",
        ],
        left_out: &[
            (
                "logs:PutRetentionPolicy",
                "groups and their retention belong to the stack, not to a host",
            ),
            ("logs:DescribeLogStreams", "the agent makes its streams without looking"),
            ("logs:DescribeLogGroups", "the groups are named"),
            (
                "logs:CreateLogGroup",
                "groups and their retention belong to the stack, not to a host",
            ),
            ("xray:PutTraceSegments", XRAY),
            ("xray:PutTelemetryRecords", XRAY),
            ("xray:GetSamplingRules", XRAY),
            ("xray:GetSamplingTargets", XRAY),
            ("xray:GetSamplingStatisticSummaries", XRAY),
        ],
        added: &[],
    },
];

fn actions(role: &WantedRole, documents: &[&str]) -> BTreeSet<String> {
    let named = role.policies.iter().filter(|(name, _)| {
        documents.is_empty() || documents.iter().any(|document| document == name)
    });
    let statements = named.flat_map(|(_, policy)| policy["Statement"].as_array().unwrap());
    statements.flat_map(|one| texts(&one["Action"])).map(str::to_owned).collect()
}

/// What is kept, left out and added, for each of AWS's policies; and that this is so.
pub(super) fn compared(wanted: &Wanted) -> String {
    let mut told = String::new();
    for Compared { policy, role, documents, kept, left_out, added } in ALL {
        let ours = wanted.roles.iter().find(|it| it.attribute == *role).unwrap();
        let ours = actions(ours, documents);
        let has = |action: &str| ours.contains(action);
        for action in *kept {
            assert!(has(action), "{policy}: {action} is not in {role}");
        }
        for (action, _) in *left_out {
            assert!(!has(action), "{policy}: {action} is in {role}");
        }
        if !documents.is_empty() {
            let told = kept.iter().copied().chain(added.iter().map(|(action, _)| *action));
            let told: BTreeSet<String> = told.map(str::to_owned).collect();
            assert_eq!(ours, told, "{policy} and {role}");
        }
        let scope = if documents.is_empty() { "with its options" } else { "" };
        writeln!(told, "### {policy}: `{role}` {scope}\n").unwrap();
        writeln!(told, "Kept, each on what the table above tells: {}.\n", kept.join(", ")).unwrap();
        for (word, list) in [("Left out", left_out), ("Added", added)] {
            if !list.is_empty() {
                let mut table = Table::new();
                table.load_preset(ASCII_MARKDOWN).set_header([word, "Why"]);
                for (action, why) in *list {
                    table.add_row([action, why]);
                }
                writeln!(told, "{table}\n").unwrap();
            }
        }
    }
    told.trim_end().to_owned()
}
