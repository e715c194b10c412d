//! What each function may call: the whole list, so that a wider policy is a change that people see.

use crate::tree::{functions, template, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Actions that know no resource, so that `*` is the narrowest there is.
const WITHOUT_RESOURCE: [&str; 19] = [
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeInstanceRefreshes",
    "autoscaling:DescribeLifecycleHooks",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeWarmPool",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotInstanceRequests",
    "ec2:DescribeVpcEndpoints",
    "ecs:DescribeTaskDefinition",
    "ecs:ListClusters",
    "ecs:ListServices",
    "iam:ListInstanceProfiles",
    "iam:ListRoles",
];

/// Action, resource, condition.
type Calls = &'static [(&'static str, &'static str, &'static str)];

/// One call that a function may make: the function, the action, what on, on which condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    function: String,
    action: String,
    resource: String,
    condition: String,
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    }
}

fn grants() -> BTreeSet<Grant> {
    let template = template();
    let mut grants = BTreeSet::new();
    for (id, function) in functions(&template) {
        for policy in function["Policies"].as_array().unwrap() {
            if granting(policy) == "TracesPolicy" {
                continue;
            }
            for statement in granting(policy)["Statement"].as_array().unwrap() {
                assert_eq!(statement["Effect"], "Allow", "{id}");
                let condition = statement.get("Condition").map(Value::to_string);
                for action in list(&statement["Action"]) {
                    for resource in list(&statement["Resource"]) {
                        grants.insert(Grant {
                            function: id.to_owned(),
                            action: action.clone(),
                            resource: short(&resource),
                            condition: condition.clone().unwrap_or_default(),
                        });
                    }
                }
            }
        }
    }
    grants
}

/// The policy itself where it is granted on a condition: `!If [CONDITION, POLICY, !Ref AWS::NoValue]`.
fn granting(policy: &Value) -> &Value {
    let Some(choice) = policy.as_array() else { return policy };
    let none = Value::from("AWS::NoValue");
    assert_eq!((choice.len(), choice.contains(&none)), (3, true));
    if choice[1] == none { &choice[2] } else { &choice[1] }
}

/// The resource without what is the same for all: partition, service, region and account.
fn short(arn: &str) -> String {
    arn.rsplit_once("${AWS::AccountId}:").map_or(arn, |(_, resource)| resource).to_owned()
}

const GROUP: &str = "autoScalingGroup:*:autoScalingGroupName/*";
const CLUSTER: &str = "cluster/*";
const HOST: &str = "container-instance/*";
const ROLE: &str = "role/muster/*";
const PROFILE: &str = "instance-profile/muster/*";
const SERVICE_LINKED: &str = "role/aws-service-role/*";
const ANY_ROLE: &str = "role/*";
const ANY_PROFILE: &str = "instance-profile/*";

const TAGGED: &str = r#"{"Null":{"aws:ResourceTag/muster:cluster":"false"}}"#;
/// Only these tags of a group of ours.
const REMEMBERED: &str = r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["muster:breaker","muster:taking"]},"Null":{"aws:ResourceTag/muster:cluster":"false"}}"#;
/// The same, of the one that tells which hosts can be spared.
const SPARED: &str = r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["muster:spare"]},"Null":{"aws:ResourceTag/muster:cluster":"false"}}"#;
const TO_NOTHING: &str = r#"{"Null":{"aws:ResourceTag/muster:cluster":"false"},"NumericEquals":{"autoscaling:MinSize":"0"}}"#;
const TO_EC2: &str = r#"{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#;
/// Only roles inside the boundary, where one is told.
const BOUNDED: &str = r#"["BoundsRoles",{"StringEquals":{"iam:PermissionsBoundary":"RolesBoundaryArn"}},"AWS::NoValue"]"#;
const LINKED: &str = r#"{"StringEquals":{"iam:AWSServiceName":["ecs.amazonaws.com","ecs.application-autoscaling.amazonaws.com"]}}"#;
const OURS: &str = r#"{"StringEquals":{"events:source":"muster"}}"#;
const BUS: &str = "event-bus/${EventBusName}";
/// How a function that does something to a host tells others.
const TELL: (&str, &str, &str) = ("events:PutEvents", BUS, OURS);

/// What a function that looks at hosts may read.
const HOST_READS: Calls = &[
    ("autoscaling:DescribeAutoScalingGroups", "*", ""),
    ("autoscaling:DescribeAutoScalingInstances", "*", ""),
    ("ec2:DescribeInstances", "*", ""),
    ("ecs:DescribeContainerInstances", HOST, ""),
    ("ecs:DescribeServices", "service/*", ""),
    ("ecs:DescribeTasks", "task/*", ""),
    ("ecs:ListContainerInstances", CLUSTER, ""),
    ("ecs:ListTasks", HOST, ""),
];

/// Function, what it shares with others, what is its own.
const EXPECTED: &[(&str, Calls, Calls)] = &[
    (
        "AgentVerifier",
        HOST_READS,
        &[
            TELL,
            ("autoscaling:CompleteLifecycleAction", GROUP, TAGGED),
            ("ecs:DeleteAttributes", HOST, ""),
            ("ecs:UpdateContainerInstancesState", HOST, ""),
        ],
    ),
    (
        "CapacityAdjuster",
        &[],
        &[
            ("autoscaling:CreateOrUpdateTags", GROUP, SPARED),
            ("autoscaling:DeleteTags", GROUP, SPARED),
            ("autoscaling:DescribeAutoScalingGroups", "*", ""),
            ("autoscaling:DescribeAutoScalingInstances", "*", ""),
            ("autoscaling:DescribeInstanceRefreshes", "*", ""),
            ("autoscaling:DescribeLifecycleHooks", "*", ""),
            ("autoscaling:DescribeScalingActivities", "*", ""),
            ("autoscaling:SetDesiredCapacity", GROUP, TAGGED),
            ("autoscaling:SetInstanceProtection", GROUP, TAGGED),
            ("autoscaling:TerminateInstanceInAutoScalingGroup", GROUP, TAGGED),
            ("ec2:DescribeInstanceTypes", "*", ""),
            ("ec2:DescribeLaunchTemplateVersions", "*", ""),
            ("ecs:DeleteAttributes", HOST, ""),
            ("ecs:DescribeCapacityProviders", "capacity-provider/*", ""),
            ("ecs:DescribeContainerInstances", HOST, ""),
            ("ecs:DescribeServices", "service/*", ""),
            ("ecs:DescribeTaskDefinition", "*", ""),
            ("ecs:DescribeTasks", "task/*", ""),
            ("ecs:GetTaskProtection", "task/*", ""),
            ("ecs:ListContainerInstances", CLUSTER, ""),
            ("ecs:ListServices", "*", ""),
            ("ecs:ListTasks", HOST, ""),
            ("ecs:PutAttributes", HOST, ""),
        ],
    ),
    (
        "ClusterRoles",
        &[],
        &[
            ("cloudformation:DescribeStacks", "stack/*", ""),
            ("ec2:DescribeInstances", "*", ""),
            ("iam:AddRoleToInstanceProfile", PROFILE, ""),
            ("iam:CreateInstanceProfile", PROFILE, ""),
            ("iam:CreateRole", ROLE, BOUNDED),
            ("iam:CreateServiceLinkedRole", SERVICE_LINKED, LINKED),
            ("iam:DeleteInstanceProfile", PROFILE, ""),
            ("iam:DeleteRole", ROLE, BOUNDED),
            ("iam:DeleteRolePermissionsBoundary", ROLE, ""),
            ("iam:DeleteRolePolicy", ROLE, BOUNDED),
            ("iam:DetachRolePolicy", ROLE, BOUNDED),
            ("iam:GetInstanceProfile", ANY_PROFILE, ""),
            ("iam:GetRole", ANY_ROLE, ""),
            ("iam:GetRolePolicy", ANY_ROLE, ""),
            ("iam:ListAttachedRolePolicies", ANY_ROLE, ""),
            ("iam:ListInstanceProfiles", "*", ""),
            ("iam:ListInstanceProfilesForRole", ANY_ROLE, ""),
            ("iam:ListRolePolicies", ANY_ROLE, ""),
            ("iam:ListRoles", "*", ""),
            ("iam:PassRole", ROLE, TO_EC2),
            ("iam:PutRolePermissionsBoundary", ROLE, BOUNDED),
            ("iam:PutRolePolicy", ROLE, BOUNDED),
            ("iam:RemoveRoleFromInstanceProfile", PROFILE, ""),
            ("iam:TagInstanceProfile", PROFILE, ""),
            ("iam:TagRole", ROLE, ""),
            ("iam:UpdateAssumeRolePolicy", ROLE, BOUNDED),
            ("iam:UpdateRole", ROLE, ""),
        ],
    ),
    (
        "ClusterTeardown",
        &[],
        &[
            ("autoscaling:CompleteLifecycleAction", GROUP, TAGGED),
            ("autoscaling:DescribeAutoScalingGroups", "*", ""),
            ("autoscaling:DescribeLifecycleHooks", "*", ""),
            ("autoscaling:DescribeWarmPool", "*", ""),
            ("autoscaling:RecordLifecycleActionHeartbeat", GROUP, TAGGED),
            ("autoscaling:SetInstanceProtection", GROUP, TAGGED),
            ("autoscaling:UpdateAutoScalingGroup", GROUP, TO_NOTHING),
            ("cloudformation:DescribeStackResource", "stack/*", ""),
            ("cloudformation:DescribeStacks", "stack/*", ""),
            ("ec2:DescribeInstances", "*", ""),
            ("ecs:DeregisterContainerInstance", CLUSTER, ""),
            ("ecs:DescribeCapacityProviders", "capacity-provider/*", ""),
            ("ecs:DescribeClusters", CLUSTER, ""),
            ("ecs:DescribeContainerInstances", HOST, ""),
            ("ecs:DescribeServices", "service/*", ""),
            ("ecs:DescribeTasks", "task/*", ""),
            ("ecs:ListContainerInstances", CLUSTER, ""),
            ("ecs:ListTasks", HOST, ""),
            ("ecs:PutAttributes", HOST, ""),
            ("ecs:PutClusterCapacityProviders", CLUSTER, ""),
            ("ecs:StopTask", "task/*", ""),
            ("ecs:UpdateContainerInstancesState", HOST, ""),
        ],
    ),
    (
        "HostDeregisterer",
        HOST_READS,
        &[
            TELL,
            ("ecs:DeleteAttributes", HOST, ""),
            ("ecs:DeregisterContainerInstance", CLUSTER, ""),
            ("ecs:PutAttributes", HOST, ""),
        ],
    ),
    (
        "HostDrainer",
        HOST_READS,
        &[
            TELL,
            ("autoscaling:CompleteLifecycleAction", GROUP, TAGGED),
            ("ec2:DescribeInstanceStatus", "*", ""),
            ("ec2:DescribeSpotInstanceRequests", "*", ""),
            ("ecs:DeleteAttributes", HOST, ""),
            ("ecs:PutAttributes", HOST, ""),
            ("ecs:StopTask", "task/*", ""),
            ("ecs:UpdateContainerInstancesState", HOST, ""),
        ],
    ),
    (
        "Reconciler",
        HOST_READS,
        &[
            TELL,
            ("autoscaling:CompleteLifecycleAction", GROUP, TAGGED),
            ("autoscaling:CreateOrUpdateTags", GROUP, REMEMBERED),
            ("autoscaling:DeleteTags", GROUP, REMEMBERED),
            ("autoscaling:DescribeLifecycleHooks", "*", ""),
            ("autoscaling:DescribeWarmPool", "*", ""),
            ("autoscaling:RecordLifecycleActionHeartbeat", GROUP, TAGGED),
            ("autoscaling:SetInstanceHealth", GROUP, TAGGED),
            ("autoscaling:TerminateInstanceInAutoScalingGroup", GROUP, TAGGED),
            ("ec2:DescribeInstanceAttribute", "instance/*", ""),
            ("ec2:DescribeInstanceStatus", "*", ""),
            ("ec2:DescribeRouteTables", "*", ""),
            ("ec2:DescribeSecurityGroups", "*", ""),
            ("ec2:DescribeSpotInstanceRequests", "*", ""),
            ("ec2:DescribeVpcEndpoints", "*", ""),
            ("ec2:GetConsoleOutput", "instance/*", ""),
            ("ecs:DeleteAttributes", HOST, ""),
            ("ecs:DeregisterContainerInstance", CLUSTER, ""),
            ("ecs:ListClusters", "*", ""),
            ("ecs:PutAttributes", HOST, ""),
            ("ecs:StopTask", "task/*", ""),
            ("ecs:UpdateContainerInstancesState", HOST, ""),
            ("iam:GetInstanceProfile", ANY_PROFILE, ""),
            ("iam:SimulatePrincipalPolicy", ANY_ROLE, ""),
        ],
    ),
];

fn expected() -> BTreeSet<Grant> {
    let all = EXPECTED.iter().flat_map(|(function, reads, own)| {
        reads.iter().chain(own.iter()).map(|(action, resource, condition)| Grant {
            function: (*function).to_owned(),
            action: (*action).to_owned(),
            resource: (*resource).to_owned(),
            condition: (*condition).to_owned(),
        })
    });
    all.collect()
}

#[test]
fn a_function_may_call_exactly_what_is_written_here() {
    let (granted, expected) = (grants(), expected());
    let more: Vec<_> = granted.difference(&expected).collect();
    let less: Vec<_> = expected.difference(&granted).collect();
    assert!(more.is_empty() && less.is_empty(), "more: {more:#?}\nless: {less:#?}");
}

#[test]
fn no_action_is_a_pattern_and_only_what_knows_no_resource_is_allowed_on_all() {
    for Grant { function, action, resource, .. } in grants() {
        assert!(!action.contains('*'), "{function} {action}");
        if resource == "*" {
            assert!(WITHOUT_RESOURCE.contains(&action.as_str()), "{function} {action}");
        }
    }
}

#[test]
fn every_write_to_a_group_needs_the_groups_tag() {
    for Grant { function, action, resource, condition } in grants() {
        if action.starts_with("autoscaling:") && resource != "*" {
            let condition = condition.as_str();
            assert_eq!(resource, GROUP, "{function} {action}");
            assert!(
                [TAGGED, REMEMBERED, SPARED, TO_NOTHING].contains(&condition),
                "{function} {action} {condition}"
            );
        }
    }
}

// Checks S11: no function may touch a hook, only complete one.
#[test]
fn no_function_may_change_a_group_a_hook_or_an_instance() {
    let writes: BTreeSet<String> = grants()
        .into_iter()
        .map(|grant| grant.action)
        .filter(|action| !action.starts_with("iam:") && action != TELL.0)
        .filter(|action| ![":Describe", ":Get", ":List"].iter().any(|s| action.contains(s)))
        .collect();
    assert_eq!(writes, calls_of_actions());
}

/// The IAM action of every [`domain::Action`]: the only writes that there are.
fn calls_of_actions() -> BTreeSet<String> {
    let plan = text("shared/domain/src/plan/action.rs");
    let quoted = plan.split('"').filter(|part| !part.contains(char::is_whitespace));
    let calls = quoted.filter(|part| ["autoscaling:", "ecs:"].iter().any(|s| part.starts_with(s)));
    calls.map(str::to_owned).collect()
}

#[test]
fn iam_is_the_business_of_one_function_under_one_path() {
    for Grant { function, action, resource, .. } in grants() {
        if action.starts_with("iam:") {
            let reads = [":Get", ":List", ":Simulate"].iter().any(|it| action.contains(it));
            let under_our_path = [ROLE, PROFILE].contains(&resource.as_str());
            // AWS's own roles have AWS's own path, and can only be made as AWS made them.
            let linked = action == "iam:CreateServiceLinkedRole" && resource == SERVICE_LINKED;
            assert!(reads || under_our_path || linked, "{action} {resource}");
            // The reconciler reads what a role may do, to tell why a host never joined.
            let who = if reads { &["ClusterRoles", "Reconciler"][..] } else { &["ClusterRoles"] };
            assert!(who.contains(&function.as_str()), "{function} {action}");
        }
    }
}

#[test]
fn others_are_told_only_where_a_bus_is_named_and_only_as_ourselves() {
    let template = template();
    let mut seen = 0;
    for (id, function) in functions(&template) {
        for policy in function["Policies"].as_array().unwrap() {
            if policy.to_string().contains(TELL.0) {
                assert_eq!(policy[0], "TellsOthers", "{id}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 4);
    let source = format!(r#"{{"StringEquals":{{"events:source":"{}"}}}}"#, domain::told::SOURCE);
    assert_eq!(source, OURS);
}

#[test]
fn traces_are_written_only_where_a_collector_is_named() {
    let template = template();
    for (id, function) in functions(&template) {
        let chosen = json!(["Traces", "TracesPolicy", "AWS::NoValue"]);
        assert_eq!(function["Policies"][0], chosen, "{id}");
    }
    let policy = &template["Resources"]["TracesPolicy"];
    assert_eq!(policy["Condition"], "Traces");
    let all = json!([{
        "Sid": "WriteTraces", "Effect": "Allow", "Resource": "*",
        "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    }]);
    assert_eq!(policy["Properties"]["PolicyDocument"]["Statement"], all);
}
