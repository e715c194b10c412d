use super::*;
use crate::world::Config;
use serde_json::json;

const TEMPLATE: &str = "
Resources:
  Drainer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/drainer/
      Policies:
        - Statement:
            - Effect: Allow
              Action: [ecs:StopTask, ecs:DescribeTasks]
              Resource: !Sub arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/prod/*
            - Effect: Allow
              Action: [autoscaling:SetDesiredCapacity, autoscaling:CreateOrUpdateTags]
              Resource: '*'
              Condition: { 'Null': { 'aws:ResourceTag/muster:cluster': 'false' } }
";

fn permissions() -> Permissions {
    Permissions::of(&Template::read(TEMPLATE, &BTreeMap::new()).unwrap())
}

fn world() -> World {
    let mut world = World::new(Config::default());
    for (name, tags) in
        [("ours", json!([{"Key": "muster:cluster", "Value": "prod"}])), ("other", json!([]))]
    {
        let input = json!({
            "AutoScalingGroupName": name, "MinSize": "0", "MaxSize": "1", "DesiredCapacity": "0",
            "AvailabilityZones": ["us-west-2a"], "Tags": tags,
            "LaunchTemplate": {"LaunchTemplateName": "hosts"},
        });
        world.call(crate::world::Service::AutoScaling, "CreateAutoScalingGroup", &input).unwrap();
    }
    world
}

/// The error's code, if the call is denied.
fn ask(all: &mut Permissions, service: &str, operation: &str, input: &Value) -> Option<String> {
    let call = Call { service, operation, input };
    all.check(&world(), "drainer", call).err().map(|error| error.code)
}

#[test]
fn what_the_role_does_not_allow_is_denied_in_the_words_of_each_service() {
    let mut all = permissions();
    let task = |cluster: &str| json!({"cluster": cluster, "task": "0123"});
    assert_eq!(ask(&mut all, "ecs", "StopTask", &task("prod")), None);
    let denied = ask(&mut all, "ecs", "StopTask", &task("test"));
    assert_eq!(denied.as_deref(), Some("AccessDeniedException"));
    let denied = ask(&mut all, "ec2", "DescribeInstances", &json!({}));
    assert_eq!(denied.as_deref(), Some("UnauthorizedOperation"));
    let denied = ask(&mut all, "iam", "GetRole", &json!({"RoleName": "x"}));
    assert_eq!(denied.as_deref(), Some("AccessDenied"));
    assert_eq!(all.denied.len(), 3);
    let call = Call { service: "ec2", operation: "DescribeInstances", input: &json!({}) };
    assert!(all.check(&world(), "the-operator", call).is_ok());
}

#[test]
fn a_group_is_written_only_with_the_tag_that_the_condition_asks_for() {
    let mut all = permissions();
    let size = |name: &str| json!({"AutoScalingGroupName": name, "DesiredCapacity": "1"});
    assert_eq!(ask(&mut all, "autoscaling", "SetDesiredCapacity", &size("ours")), None);
    for name in ["other", "none"] {
        let denied = ask(&mut all, "autoscaling", "SetDesiredCapacity", &size(name));
        assert_eq!(denied.as_deref(), Some("AccessDenied"), "{name}");
    }
    let tags = json!({"Tags": [{"ResourceId": "other", "Key": "muster:cluster", "Value": "prod"}]});
    assert!(ask(&mut all, "autoscaling", "CreateOrUpdateTags", &tags).is_some());
}

#[test]
fn whoever_names_nothing_needs_the_permission_for_all() {
    for operation in ["DescribeCapacityProviders", "DescribeClusters"] {
        let denied = ask(&mut permissions(), "ecs", operation, &json!({}));
        assert_eq!(denied.as_deref(), Some("AccessDeniedException"), "{operation}");
    }
}

#[test]
fn whoever_asks_who_he_is_needs_no_permission_for_it() {
    assert_eq!(ask(&mut permissions(), "sts", "GetCallerIdentity", &json!({})), None);
}

#[test]
fn what_was_used_is_told_apart_from_what_was_only_granted() {
    let mut all = permissions();
    let task = json!({"cluster": "prod", "task": "0123"});
    assert_eq!(ask(&mut all, "ecs", "StopTask", &task), None);
    let unused: Vec<String> =
        all.granted().difference(&all.used).map(|one| one.action.clone()).collect();
    assert_eq!(
        unused,
        ["autoscaling:CreateOrUpdateTags", "autoscaling:SetDesiredCapacity", "ecs:DescribeTasks"]
    );
}
