//! The policy documents: trusts and permissions, each as tight as IAM allows.
//!
//! Which action takes which resource is from the *Service Authorization Reference*; what each needs is from the
//! managed policy of AWS that it stands in for: see `docs/policies.md`.

use super::properties::{Infrastructure, Properties, TaskExecution};
use super::wanted::Owner;
use crate::names::ClusterName;
use serde_json::{Value, json};

pub(super) fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A statement that allows.
pub(super) fn allow(sid: &str, actions: &[&str], resources: &Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn only_if(mut statement: Value, condition: Value) -> Value {
    if let Value::Object(fields) = &mut statement {
        fields.insert("Condition".to_owned(), condition);
    }
    statement
}

/// Who may assume a role. With the confused-deputy conditions where AWS sends them: EC2 does not, for
/// instance profiles.
pub(super) fn trust(service: &str, conditions: Option<&Value>) -> Value {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
    });
    policy(&[match conditions {
        Some(conditions) => only_if(statement, conditions.clone()),
        None => statement,
    }])
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

/// The ARNs of an account, a region and a cluster.
pub(super) struct Arns<'a> {
    pub(super) owner: &'a Owner,
    pub(super) cluster: &'a ClusterName,
}

impl Arns<'_> {
    pub(super) fn of(&self, service: &str, rest: &str) -> String {
        let Owner { partition, account, region, .. } = self.owner;
        format!("arn:{partition}:{service}:{region}:{account}:{rest}")
    }

    fn in_cluster(&self, kind: &str) -> String {
        self.of("ecs", &format!("{kind}/{}/*", self.cluster))
    }

    fn cluster(&self) -> String {
        self.of("ecs", &format!("cluster/{}", self.cluster))
    }

    /// Buckets as their objects.
    pub(super) fn objects(&self, names: &[String]) -> Vec<String> {
        let partition = &self.owner.partition;
        let object = |name: &String| {
            // `bucket*` would be every bucket whose name begins so: it means the bucket's objects.
            let (name, key) = match name.split_once('/') {
                Some(_) => (name.as_str(), ""),
                None => (name.trim_end_matches('*'), "/*"),
            };
            format!("arn:{partition}:s3:::{name}{key}")
        };
        names.iter().map(object).collect()
    }

    /// A parameter's ARN has one slash, whether its name begins with one or not.
    pub(super) fn parameters(&self, names: &[String]) -> Vec<String> {
        let arn = |name: &String| {
            self.of("ssm", &format!("parameter/{}", name.strip_prefix('/').unwrap_or(name)))
        };
        names.iter().map(arn).collect()
    }

    /// A secret's ARN ends with six characters of Secrets Manager's own.
    pub(super) fn secrets(&self, names: &[String]) -> Vec<String> {
        let arn = |name: &String| {
            let end = if name.ends_with('*') { "" } else { "-??????" };
            self.of("secretsmanager", &format!("secret:{name}{end}"))
        };
        names.iter().map(arn).collect()
    }

    fn pull(&self, repositories: &[String]) -> [Value; 2] {
        let all = ["*".to_owned()];
        let names = if repositories.is_empty() { &all } else { repositories };
        let arns: Vec<String> =
            names.iter().map(|name| self.of("ecr", &format!("repository/{name}"))).collect();
        let actions =
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
        // The login takes no resource.
        let login = allow("Login", &["ecr:GetAuthorizationToken"], &json!("*"));
        [login, allow("Pull", &actions, &json!(arns))]
    }

    fn logs(&self, groups: &[String]) -> Value {
        let all = ["*".to_owned()];
        let names = if groups.is_empty() { &all } else { groups };
        let stream = |name: &String| self.of("logs", &format!("log-group:{name}:log-stream:*"));
        let arns: Vec<String> = names.iter().map(stream).collect();
        allow("Logs", &["logs:CreateLogStream", "logs:PutLogEvents"], &json!(arns))
    }
}

/// What the agent of a host needs: to register with this cluster, to poll, to report, to pull and to log.
pub(super) fn agent(arns: &Arns<'_>, asked: &Properties) -> Value {
    let hosts = arns.in_cluster("container-instance");
    let submit = [
        "ecs:RegisterContainerInstance",
        "ecs:SubmitAttachmentStateChanges",
        "ecs:SubmitContainerStateChange",
        "ecs:SubmitTaskStateChange",
    ];
    let mut statements = vec![
        // It is asked before the agent knows anything, and takes no resource.
        allow("Find", &["ecs:DiscoverPollEndpoint"], &json!("*")),
        allow("Join", &submit, &json!(arns.cluster())),
        allow("Work", &["ecs:Poll", "ecs:StartTelemetrySession"], &json!(hosts)),
        only_if(
            allow("TagAtRegistration", &["ecs:TagResource"], &json!(hosts)),
            json!({ "StringEquals": { "ecs:CreateAction": "RegisterContainerInstance" } }),
        ),
        allow("ReadTags", &["ecs:ListTagsForResource"], &json!([hosts, arns.in_cluster("task")])),
    ];
    statements.extend(arns.pull(&asked.repositories));
    statements.push(arns.logs(&asked.log_groups));
    if asked.spot_draining {
        let drain = ["ecs:UpdateContainerInstancesState"];
        statements.push(allow("DrainOnSpotWarning", &drain, &json!(hosts)));
    }
    if asked.session_manager {
        statements.extend(sessions(arns));
    }
    if asked.cloudwatch_agent {
        statements.extend(watching(arns));
    }
    policy(&statements)
}

/// Session Manager, without the rest of Systems Manager.
fn sessions(arns: &Arns<'_>) -> [Value; 2] {
    let channels = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    let hosts = arns.of("ec2", "instance/*");
    [
        allow("BeReachable", &["ssm:UpdateInstanceInformation"], &json!(hosts)),
        // These four take no resource.
        allow("Sessions", &channels, &json!("*")),
    ]
}

/// What the CloudWatch agent needs beside the log groups that are named anyway.
fn watching(arns: &Arns<'_>) -> [Value; 3] {
    let namespaces = ["CWAgent", "ECS/ContainerInsights"];
    let configuration = arns.of("ssm", "parameter/AmazonCloudWatch-*");
    [
        // These take no resource.
        only_if(
            allow("Measure", &["cloudwatch:PutMetricData"], &json!("*")),
            json!({ "StringEquals": { "cloudwatch:namespace": namespaces } }),
        ),
        allow("SeeTagsAndVolumes", &["ec2:DescribeTags", "ec2:DescribeVolumes"], &json!("*")),
        allow("Configuration", &["ssm:GetParameter"], &json!(configuration)),
    ]
}

/// What of `ec2:Describe*` and `elasticloadbalancing:Describe*` tells of targets and network interfaces: the wildcard
/// would also read instances' user data, and whatever AWS adds.
const SEE_NETWORK: [&str; 13] = [
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeInstanceHealth",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
];

/// What ECS needs to manage AWS resources on your behalf: load balancers' targets and network interfaces.
pub(super) fn service(arns: &Arns<'_>) -> Value {
    let classic = [
        "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
        "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
    ];
    let targets =
        ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"];
    let on = |rest: &str| json!(arns.of("elasticloadbalancing", rest));
    policy(&[
        // Descriptions take no resource.
        allow("See", &SEE_NETWORK, &json!("*")),
        allow("Targets", &targets, &on("targetgroup/*")),
        allow("ClassicLoadBalancers", &classic, &on("loadbalancer/*")),
        allow(
            "LetLoadBalancersIn",
            &["ec2:AuthorizeSecurityGroupIngress"],
            &json!(arns.of("ec2", "security-group/*")),
        ),
    ])
}

/// What ECS needs for what else it manages, where that was asked for.
pub(super) fn infrastructure(arns: &Arns<'_>, kind: Infrastructure) -> Value {
    match kind {
        Infrastructure::Volumes => volumes(arns),
        Infrastructure::LoadBalancers => load_balancers(arns),
    }
}

fn volumes(arns: &Arns<'_>) -> Value {
    let partition = &arns.owner.partition;
    let (volume, instance) = (arns.of("ec2", "volume/*"), arns.of("ec2", "instance/*"));
    let snapshot = format!("arn:{partition}:ec2:{}::snapshot/*", arns.owner.region);
    let by_ecs = |tag: &str| {
        json!({
            "StringEquals": { format!("aws:{tag}/AmazonECSManaged"): "true" },
            "ArnLike": { format!("aws:{tag}/AmazonECSCreated"): arns.in_cluster("task") },
        })
    };
    let mut tagging = by_ecs("RequestTag");
    if let Some(equals) = tagging.pointer_mut("/StringEquals").and_then(Value::as_object_mut) {
        equals.insert("ec2:CreateAction".to_owned(), json!("CreateVolume"));
    }
    let move_it = ["ec2:AttachVolume", "ec2:DetachVolume"];
    let see = ["ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeVolumes"];
    policy(&[
        only_if(allow("Create", &["ec2:CreateVolume"], &json!(volume)), by_ecs("RequestTag")),
        allow("CreateFromSnapshot", &["ec2:CreateVolume"], &json!(snapshot)),
        only_if(allow("TagAtCreation", &["ec2:CreateTags"], &json!(volume)), tagging),
        // Descriptions take no resource.
        allow("See", &see, &json!("*")),
        only_if(allow("Move", &move_it, &json!(volume)), by_ecs("ResourceTag")),
        allow("MoveToInstances", &move_it, &json!(instance)),
        only_if(allow("Delete", &["ec2:DeleteVolume"], &json!(volume)), by_ecs("ResourceTag")),
    ])
}

fn load_balancers(arns: &Arns<'_>) -> Value {
    let on = |rest: &str| arns.of("elasticloadbalancing", rest);
    let see = [
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
    ];
    let targets =
        ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"];
    let listeners = [on("listener/app/*"), on("listener/net/*")];
    policy(&[
        // Descriptions take no resource.
        allow("See", &see, &json!("*")),
        allow("Targets", &targets, &json!(on("targetgroup/*"))),
        allow("SwitchListeners", &["elasticloadbalancing:ModifyListener"], &json!(listeners)),
        allow(
            "SwitchRules",
            &["elasticloadbalancing:ModifyRule"],
            &json!(on("listener-rule/app/*")),
        ),
    ])
}

/// What starts a task: pull its image, write its log, read just the secrets that are named.
pub(super) fn execution(arns: &Arns<'_>, asked: &Properties) -> Value {
    let TaskExecution { secrets, parameters, keys } = &asked.execution;
    let mut statements = arns.pull(&asked.repositories).to_vec();
    statements.push(arns.logs(&asked.log_groups));
    if !secrets.is_empty() {
        let arns = json!(arns.secrets(secrets));
        statements.push(allow("Secrets", &["secretsmanager:GetSecretValue"], &arns));
    }
    if !parameters.is_empty() {
        let arns = json!(arns.parameters(parameters));
        statements.push(allow("Parameters", &["ssm:GetParameters"], &arns));
    }
    if !keys.is_empty() {
        let (region, domain) = (&arns.owner.region, arns.owner.domain());
        let through =
            ["secretsmanager", "ssm"].map(|service| format!("{service}.{region}.{domain}"));
        let all: Vec<String> =
            keys.iter().map(|key| arns.of("kms", &format!("key/{key}"))).collect();
        statements.push(only_if(
            allow("Decrypt", &["kms:Decrypt"], &json!(all)),
            json!({ "StringEquals": { "kms:ViaService": through } }),
        ));
    }
    policy(&statements)
}

/// What Application Auto Scaling needs: to read metrics and alarms, and to adjust this cluster's services.
pub(super) fn scaling(arns: &Arns<'_>) -> Value {
    let alarms = format!("alarm:TargetTracking-service/{}/*", arns.cluster);
    policy(&[
        // It takes no resource.
        allow("Measure", &["cloudwatch:GetMetricData"], &json!("*")),
        // Asked by name or by prefix, it is allowed for all alarms or for none.
        allow(
            "SeeAlarms",
            &["cloudwatch:DescribeAlarms"],
            &json!(arns.of("cloudwatch", "alarm:*")),
        ),
        allow(
            "Alarms",
            &["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
            &json!(arns.of("cloudwatch", &alarms)),
        ),
        allow(
            "Adjust",
            &["ecs:DescribeServices", "ecs:UpdateService"],
            &json!(arns.in_cluster("service")),
        ),
    ])
}
