use crate::world::Service;
use crate::world::trial::Trial;
use serde_json::{Value, json};

fn three_groups() -> Trial {
    let mut trial = Trial::new();
    for (name, cluster) in [("a", "red"), ("b", "blue"), ("c", "red")] {
        let tags = json!([
            {"Key": "muster:cluster", "Value": cluster, "PropagateAtLaunch": "true"},
            {"Key": "team", "Value": name, "PropagateAtLaunch": "false"},
        ]);
        let group = json!({
            "AutoScalingGroupName": name,
            "MinSize": "2",
            "MaxSize": "2",
            "VPCZoneIdentifier": "subnet-1,subnet-2",
            "LaunchTemplate": {"LaunchTemplateId": "lt-1"},
            "Tags": tags,
        });
        trial.asg("CreateAutoScalingGroup", &group);
    }
    trial.pass(30);
    trial
}

fn names(answer: &Value) -> Vec<&str> {
    let groups = answer["AutoScalingGroups"].as_array().unwrap();
    groups.iter().map(|group| group["AutoScalingGroupName"].as_str().unwrap()).collect()
}

#[test]
fn groups_are_found_by_name_and_by_tag() {
    let mut trial = three_groups();
    let mut find = |input: Value| trial.asg("DescribeAutoScalingGroups", &input);
    let filter =
        |name: &str, values: &[&str]| json!({"Filters": [{"Name": name, "Values": values}]});
    assert_eq!(names(&find(json!({"AutoScalingGroupNames": ["b", "x"]}))), ["b"]);
    assert_eq!(names(&find(filter("tag:muster:cluster", &["red"]))), ["a", "c"]);
    assert_eq!(names(&find(filter("tag-key", &["team", "other"]))), ["a", "b", "c"]);
    assert_eq!(names(&find(filter("tag-value", &["blue"]))), ["b"]);
    let unknown = trial.asg_error("DescribeAutoScalingGroups", &filter("colour", &["red"]));
    assert_eq!(unknown.code, "ValidationError");
}

#[test]
fn groups_come_in_pages() {
    let mut trial = three_groups();
    let first = trial.asg("DescribeAutoScalingGroups", &json!({"MaxRecords": "2"}));
    assert_eq!(names(&first), ["a", "b"]);
    let second = json!({"MaxRecords": "2", "NextToken": first["NextToken"]});
    let second = trial.asg("DescribeAutoScalingGroups", &second);
    assert_eq!((names(&second), second.get("NextToken")), (vec!["c"], None));
    let error = trial.asg_error("DescribeAutoScalingGroups", &json!({"NextToken": "?"}));
    assert_eq!(error.code, "InvalidNextToken");
}

#[test]
fn a_group_is_described_with_all_that_matters() {
    let mut trial = three_groups();
    let answer = trial.asg("DescribeAutoScalingGroups", &json!({"AutoScalingGroupNames": ["a"]}));
    let group = &answer["AutoScalingGroups"][0];
    assert_eq!(group["AvailabilityZones"], json!(["us-west-2a", "us-west-2b"]));
    assert_eq!(group["VPCZoneIdentifier"], "subnet-1,subnet-2");
    assert_eq!(group["CreatedTime"], "2026-03-04T05:00:00Z");
    assert_eq!(group["Tags"][0]["ResourceId"], "a");
    let instance = &group["Instances"][0];
    assert_eq!(
        (&instance["LifecycleState"], &instance["HealthStatus"]),
        (&json!("InService"), &json!("Healthy"))
    );
    for member in ["DefaultCooldown", "DesiredCapacity", "HealthCheckType", "LaunchTemplate"] {
        assert!(!group[member].is_null(), "{member}");
    }
}

#[test]
fn instances_are_found_by_id_and_unknown_ids_are_left_out() {
    let mut trial = three_groups();
    let all = trial.asg("DescribeAutoScalingInstances", &json!({"MaxRecords": "4"}));
    let instances = all["AutoScalingInstances"].as_array().unwrap();
    assert_eq!((instances.len(), all["NextToken"].is_string()), (4, true));
    let id = instances[0]["InstanceId"].clone();
    let one = trial.asg("DescribeAutoScalingInstances", &json!({"InstanceIds": [id, "i-0"]}));
    assert_eq!(one["AutoScalingInstances"].as_array().unwrap().len(), 1);
    let many: Vec<String> = (0..51).map(|number| format!("i-{number}")).collect();
    let error = trial.asg_error("DescribeAutoScalingInstances", &json!({"InstanceIds": many}));
    assert_eq!(error.code, "ValidationError");
}

#[test]
fn tags_reach_new_instances_only_if_they_are_to_be_propagated() {
    let trial = three_groups();
    let group = trial.world.autoscaling.group("b").unwrap();
    let id = group.members.keys().next().unwrap();
    let instance = trial.world.ec2.instance(id).unwrap();
    assert_eq!(instance.tags["muster:cluster"], "blue");
    assert_eq!(instance.tags["aws:autoscaling:groupName"], "b");
    assert!(!instance.tags.contains_key("team"));
    assert_eq!(instance.cluster.as_deref(), Some("blue"));
}

#[test]
fn tags_are_written_read_and_deleted() {
    let mut trial = three_groups();
    let tag =
        json!({"ResourceId": "a", "ResourceType": "auto-scaling-group", "Key": "k", "Value": "v"});
    trial.asg("CreateOrUpdateTags", &json!({"Tags": [tag]}));
    let filters = json!({"Filters": [{"Name": "auto-scaling-group", "Values": ["a"]}]});
    let keys = |answer: &Value| -> Vec<String> {
        let tags = answer["Tags"].as_array().unwrap();
        tags.iter().map(|tag| tag["Key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&trial.asg("DescribeTags", &filters)), ["k", "muster:cluster", "team"]);
    trial.asg("DeleteTags", &json!({"Tags": [tag]}));
    trial.asg("DeleteTags", &json!({"Tags": [tag]}));
    assert_eq!(keys(&trial.asg("DescribeTags", &filters)), ["muster:cluster", "team"]);
    let stray = json!({"Tags": [{"ResourceId": "x", "Key": "k", "Value": "v"}]});
    assert_eq!(trial.asg_error("CreateOrUpdateTags", &stray).code, "ValidationError");
}

#[test]
fn hooks_have_defaults_and_a_global_timeout() {
    let mut trial = Trial::with_group(0, &json!({}));
    trial.hook("one", true, &json!({}));
    trial.hook("two", false, &json!({"HeartbeatTimeout": "600", "DefaultResult": "CONTINUE"}));
    // Putting it again changes only what is given.
    trial.asg(
        "PutLifecycleHook",
        &json!({"AutoScalingGroupName": "web", "LifecycleHookName": "two", "HeartbeatTimeout": "900"}),
    );
    let hooks = trial.asg("DescribeLifecycleHooks", &json!({"AutoScalingGroupName": "web"}));
    let hooks = hooks["LifecycleHooks"].as_array().unwrap();
    assert_eq!(
        (&hooks[0]["HeartbeatTimeout"], &hooks[0]["GlobalTimeout"]),
        (&json!(3600), &json!(172_800))
    );
    assert_eq!(hooks[0]["DefaultResult"], "ABANDON");
    assert_eq!(
        (&hooks[1]["GlobalTimeout"], &hooks[1]["DefaultResult"]),
        (&json!(90_000), &json!("CONTINUE"))
    );
    let short = json!({
        "AutoScalingGroupName": "web",
        "LifecycleHookName": "two",
        "HeartbeatTimeout": "29",
    });
    assert_eq!(trial.asg_error("PutLifecycleHook", &short).code, "ValidationError");
}

#[test]
fn activities_are_listed_with_the_newest_first() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.pass(30);
    let id = trial.members()[0].0.clone();
    let input = json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": "true"});
    trial.asg("TerminateInstanceInAutoScalingGroup", &input);
    trial.pass(60);
    let input = json!({"AutoScalingGroupName": "web", "MaxRecords": "1"});
    let first = trial.asg("DescribeScalingActivities", &input);
    assert_eq!(first["Activities"][0]["Description"], format!("Terminating EC2 instance: {id}"));
    assert_eq!(first["Activities"][0]["StatusCode"], "Successful");
    let input = json!({"AutoScalingGroupName": "web", "NextToken": first["NextToken"]});
    let second = trial.asg("DescribeScalingActivities", &input);
    let second = second["Activities"].as_array().unwrap();
    assert_eq!((second.len(), &second[0]["Progress"]), (1, &json!(100)));
}

#[test]
fn what_is_not_modelled_is_refused() {
    let mut trial = Trial::with_group(0, &json!({}));
    let call = trial.world.call(Service::AutoScaling, "RollbackInstanceRefresh", &json!({}));
    assert_eq!(call.unwrap_err().code, "InvalidAction");
    let input = json!({"AutoScalingGroupName": "web", "InstanceMaintenancePolicy": {}});
    assert_eq!(trial.asg_error("UpdateAutoScalingGroup", &input).code, "UnknownParameter");
    let twice = json!({"AutoScalingGroupName": "web", "MinSize": "0", "MaxSize": "0"});
    assert_eq!(trial.asg_error("CreateAutoScalingGroup", &twice).code, "AlreadyExists");
}

#[test]
fn what_aws_demands_is_demanded() {
    let mut trial = Trial::with_group(0, &json!({}));
    let group = json!({"AutoScalingGroupName": "web", "ProtectedFromScaleIn": "true"});
    for (operation, input) in [
        ("SetInstanceProtection", &group),
        ("CreateOrUpdateTags", &json!({})),
        ("DeleteTags", &json!({})),
    ] {
        assert_eq!(trial.asg_error(operation, input).code, "ValidationError", "{operation}");
    }
}

#[test]
fn a_refresh_goes_on_until_it_is_cancelled() {
    let mut trial = three_groups();
    let group = json!({"AutoScalingGroupName": "a"});
    let status = |trial: &mut Trial| {
        let all = trial.asg("DescribeInstanceRefreshes", &group)["InstanceRefreshes"].clone();
        all.as_array().unwrap().iter().map(|one| one["Status"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(status(&mut trial), [""; 0]);
    trial.asg("StartInstanceRefresh", &group);
    assert_eq!(status(&mut trial), ["InProgress"]);
    let twice = trial.asg_error("StartInstanceRefresh", &group);
    assert_eq!(twice.code, "InstanceRefreshInProgress");
    trial.asg("CancelInstanceRefresh", &group);
    assert_eq!(status(&mut trial), ["Cancelled"]);
    let again = trial.asg_error("CancelInstanceRefresh", &group);
    assert_eq!(again.code, "ActiveInstanceRefreshNotFound");
}
