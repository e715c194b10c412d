//! The policy documents: trusts and permissions, each as tight as IAM allows.
//!
//! Which action takes which resource is from the *Service Authorization Reference*; what the agent needs,
//! from *Amazon ECS container instance IAM role* in the ECS developer guide.

use super::properties::Grants;
use super::wanted::Owner;
use crate::names::ClusterName;
use serde_json::{Value, json};

fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Who may assume a role. With the confused-deputy conditions where AWS sends them: EC2 does not, for
/// instance profiles.
pub(super) fn trust(service: &str, conditions: Option<&Value>) -> Value {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
    });
    if let (Some(conditions), Value::Object(fields)) = (conditions, &mut statement) {
        fields.insert("Condition".to_owned(), conditions.clone());
    }
    policy(&json!([statement]))
}

/// For services of ECS: only for our account, and only for its own ECS. A cluster's ARN is not supported
/// there (*IAM roles for tasks* in the ECS developer guide).
pub(super) fn for_our_ecs(owner: &Owner) -> Value {
    let Owner { partition, account, region, .. } = owner;
    json!({
        "StringEquals": { "aws:SourceAccount": account },
        "ArnLike": { "aws:SourceArn": format!("arn:{partition}:ecs:{region}:{account}:*") },
    })
}

pub(super) fn for_our_account(owner: &Owner) -> Value {
    json!({ "StringEquals": { "aws:SourceAccount": owner.account } })
}

struct Arns<'a> {
    owner: &'a Owner,
    cluster: &'a ClusterName,
}

impl Arns<'_> {
    fn of(&self, service: &str, rest: &str) -> String {
        let Owner { partition, account, region, .. } = self.owner;
        format!("arn:{partition}:{service}:{region}:{account}:{rest}")
    }

    fn in_cluster(&self, kind: &str) -> String {
        self.of("ecs", &format!("{kind}/{}/*", self.cluster))
    }

    fn cluster(&self) -> String {
        self.of("ecs", &format!("cluster/{}", self.cluster))
    }

    fn pull(&self) -> [Value; 2] {
        [
            json!({ "Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" }),
            json!({
                "Sid": "Pull",
                "Effect": "Allow",
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                "Resource": self.of("ecr", "repository/*"),
            }),
        ]
    }

    fn logs(&self) -> Value {
        json!({
            "Sid": "Logs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": self.of("logs", "log-group:*:log-stream:*"),
        })
    }
}

/// What the agent of a host needs: to register with this cluster, to poll, to report, to pull and to log.
pub(super) fn agent(owner: &Owner, cluster: &ClusterName) -> Value {
    let arns = Arns { owner, cluster };
    let [login, pull] = arns.pull();
    policy(&json!([
        { "Sid": "Find", "Effect": "Allow", "Action": "ecs:DiscoverPollEndpoint", "Resource": "*" },
        {
            "Sid": "Join",
            "Effect": "Allow",
            "Action": [
                "ecs:DeregisterContainerInstance",
                "ecs:RegisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitContainerStateChange",
                "ecs:SubmitTaskStateChange",
            ],
            "Resource": arns.cluster(),
        },
        {
            "Sid": "Work",
            "Effect": "Allow",
            "Action": ["ecs:Poll", "ecs:StartTelemetrySession"],
            "Resource": arns.in_cluster("container-instance"),
        },
        {
            "Sid": "TagAtRegistration",
            "Effect": "Allow",
            "Action": "ecs:TagResource",
            "Resource": arns.in_cluster("container-instance"),
            "Condition": { "StringEquals": { "ecs:CreateAction": "RegisterContainerInstance" } },
        },
        login,
        pull,
        arns.logs(),
    ]))
}

/// What ECS needs to manage AWS resources on your behalf: to register tasks with load balancers.
pub(super) fn service(owner: &Owner, cluster: &ClusterName) -> Value {
    let arns = Arns { owner, cluster };
    policy(&json!([
        {
            "Sid": "See",
            "Effect": "Allow",
            "Action": ["ec2:Describe*", "elasticloadbalancing:Describe*"],
            "Resource": "*",
        },
        {
            "Sid": "Targets",
            "Effect": "Allow",
            "Action": [
                "elasticloadbalancing:DeregisterTargets",
                "elasticloadbalancing:RegisterTargets",
            ],
            "Resource": arns.of("elasticloadbalancing", "targetgroup/*"),
        },
        {
            "Sid": "ClassicLoadBalancers",
            "Effect": "Allow",
            "Action": [
                "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
                "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
            ],
            "Resource": arns.of("elasticloadbalancing", "loadbalancer/*"),
        },
    ]))
}

/// What starts a task: pull its image, write its log.
pub(super) fn execution(owner: &Owner, cluster: &ClusterName) -> Value {
    let arns = Arns { owner, cluster };
    let [login, pull] = arns.pull();
    policy(&json!([login, pull, arns.logs()]))
}

/// What Application Auto Scaling needs: to read metrics and alarms, and to adjust this cluster's services.
pub(super) fn scaling(owner: &Owner, cluster: &ClusterName) -> Value {
    let arns = Arns { owner, cluster };
    let alarms = format!("alarm:TargetTracking-service/{cluster}/*");
    policy(&json!([
        {
            "Sid": "Measure",
            "Effect": "Allow",
            "Action": ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
            "Resource": "*",
        },
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Action": ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
            "Resource": arns.of("cloudwatch", &alarms),
        },
        {
            "Sid": "Adjust",
            "Effect": "Allow",
            "Action": ["ecs:DescribeServices", "ecs:UpdateService"],
            "Resource": arns.in_cluster("service"),
        },
    ]))
}

/// What a task's own role may do.
pub(super) fn task(owner: &Owner, cluster: &ClusterName, grants: &Grants) -> Value {
    let arns = Arns { owner, cluster };
    let partition = &owner.partition;
    let objects = |names: &[String]| -> Vec<String> {
        let object = |name: &String| {
            let key = if name.contains('/') || name.ends_with('*') { "" } else { "/*" };
            format!("arn:{partition}:s3:::{name}{key}")
        };
        names.iter().map(object).collect()
    };
    let mut statements = Vec::new();
    let mut allow = |sid: &str, actions: &Value, resources: Vec<String>| {
        if !resources.is_empty() {
            statements.push(json!({
                "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources,
            }));
        }
    };
    allow("ReadObjects", &json!(["s3:GetObject"]), objects(&grants.s3_read));
    allow("WriteObjects", &json!(["s3:DeleteObject", "s3:PutObject"]), objects(&grants.s3_write));
    allow(
        "Queues",
        &json!([
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ]),
        grants.sqs.iter().map(|name| arns.of("sqs", name)).collect(),
    );
    if grants.exec {
        let channels = json!([
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ]);
        // These four take no resource.
        allow("Exec", &channels, vec!["*".to_owned()]);
    }
    policy(&Value::Array(statements))
}
