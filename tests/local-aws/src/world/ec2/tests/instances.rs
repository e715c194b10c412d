use super::hosts;
use crate::world::ec2::{Boot, LaunchTemplate};
use crate::world::trial::{Trial, assert_shaped_like};
use serde_json::{Value, json};

const CHANGE: &str = "EC2 Instance State-change Notification";

fn changes(trial: &mut Trial, id: &str) -> Vec<String> {
    let events = trial.events(CHANGE).into_iter();
    let events = events.filter(|event| event["detail"]["instance-id"] == id);
    events.map(|event| event["detail"]["state"].as_str().unwrap().to_owned()).collect()
}

fn ids(answer: &Value) -> Vec<String> {
    let reservations = answer["reservationSet"].as_array().unwrap();
    let instances = reservations.iter().map(|one| &one["instancesSet"][0]["instanceId"]);
    instances.map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_instance_goes_through_its_states_and_is_forgotten_an_hour_after() {
    let (mut trial, hosts) = hosts(1);
    let input = json!({"InstanceId": hosts});
    let answer = trial.ec2("TerminateInstances", &input);
    let change = &answer["instancesSet"][0];
    assert_eq!(change["previousState"], json!({"code": 16, "name": "running"}));
    assert_eq!(change["currentState"], json!({"code": 32, "name": "shutting-down"}));
    trial.pass(60);
    let states = ["pending", "running", "shutting-down", "terminated"];
    assert_eq!(changes(&mut trial, &hosts[0]), states);
    let answer = trial.ec2("DescribeInstances", &input);
    let instance = &answer["reservationSet"][0]["instancesSet"][0];
    assert_eq!(instance["stateReason"]["code"], "Client.UserInitiatedShutdown");
    trial.pass(3600);
    let error = trial.ec2_error("DescribeInstances", &input);
    assert_eq!(error.code, "InvalidInstanceID.NotFound");
    assert_eq!(error.message, format!("The instance ID '{}' does not exist", hosts[0]));
}

#[test]
fn an_instance_is_stopped_and_started() {
    let (mut trial, hosts) = hosts(1);
    let input = json!({"InstanceId": hosts});
    trial.ec2("StopInstances", &input);
    let error = trial.ec2_error("StartInstances", &input);
    assert_eq!(error.code, "IncorrectInstanceState");
    trial.pass(20);
    trial.ec2("StartInstances", &input);
    trial.pass(20);
    let states = ["pending", "running", "stopping", "stopped", "pending", "running"];
    assert_eq!(changes(&mut trial, &hosts[0]), states);
}

#[test]
fn an_instance_that_is_terminated_while_it_starts_never_runs() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.pass(5);
    let id = trial.members()[0].0.clone();
    trial.asg("SuspendProcesses", &json!({"AutoScalingGroupName": "web"}));
    trial.ec2("TerminateInstances", &json!({"InstanceId": [id]}));
    // The timer of its start comes due, and changes nothing.
    trial.pass(15);
    assert_eq!(changes(&mut trial, &id), ["pending", "shutting-down"]);
    trial.pass(60);
    assert_eq!(changes(&mut trial, &id), ["pending", "shutting-down", "terminated"]);
}

#[test]
fn the_events_have_the_shapes_of_aws() {
    let (mut trial, hosts) = hosts(2);
    trial.world.rebalance_recommendation(&hosts[0]);
    trial.world.spot_warning(&hosts[0]);
    trial.ec2("StopInstances", &json!({"InstanceId": [hosts[1]]}));
    trial.pass(300);
    let recommended = trial.events("EC2 Instance Rebalance Recommendation");
    assert_shaped_like(&recommended[0], "ec2-rebalance-recommendation.json");
    let warned = trial.events("EC2 Spot Instance Interruption Warning");
    assert_shaped_like(&warned[0], "ec2-spot-interruption-warning.json");
    assert_eq!(warned[0]["detail"]["instance-action"], "terminate");
    let zone = &trial.world.ec2.instance(&hosts[0]).unwrap().zone;
    let arn = format!("arn:aws:ec2:{zone}:instance/{}", hosts[0]);
    assert_eq!(warned[0]["resources"], json!([arn]));
    for event in trial.events(CHANGE) {
        let state = event["detail"]["state"].as_str().unwrap();
        if state != "pending" {
            assert_shaped_like(&event, &format!("ec2-state-change-{state}.json"));
        }
    }
}

#[test]
fn a_warned_instance_is_gone_after_two_minutes_unless_it_went_before() {
    let (mut trial, hosts) = hosts(2);
    trial.world.spot_warning(&hosts[0]);
    trial.world.spot_warning(&hosts[1]);
    trial.ec2("TerminateInstances", &json!({"InstanceId": [hosts[1]]}));
    trial.pass(200);
    let reason = |trial: &Trial, id: &str| {
        trial.world.ec2.instance(id).unwrap().reason.clone().unwrap().code
    };
    assert_eq!(reason(&trial, &hosts[0]), "Server.SpotInstanceTermination");
    assert_eq!(reason(&trial, &hosts[1]), "Client.UserInitiatedShutdown");
    trial.world.spot_warning(&hosts[0]);
    assert_eq!(trial.events("EC2 Spot Instance Interruption Warning").len(), 2);
}

#[test]
fn instances_are_found_by_filters() {
    let (mut trial, hosts) = hosts(2);
    trial.ec2("StopInstances", &json!({"InstanceId": [hosts[0]]}));
    let mut find = |name: &str, value: &str| {
        let input = json!({"Filter": [{"Name": name, "Value": [value, "other"]}]});
        ids(&trial.ec2("DescribeInstances", &input))
    };
    assert_eq!(find("instance-state-name", "running"), [hosts[1].clone()]);
    assert_eq!(find("instance-id", &hosts[0]), [hosts[0].clone()]);
    assert_eq!(find("tag:aws:autoscaling:groupName", "we*").len(), 2);
    assert_eq!(find("tag:aws:autoscaling:groupName", "api").len(), 0);
    assert_eq!(find("tag-key", "aws:autoscaling:groupName").len(), 2);
    let input = json!({"Filter": [{"Name": "colour", "Value": ["red"]}]});
    assert_eq!(trial.ec2_error("DescribeInstances", &input).code, "InvalidParameterValue");
}

#[test]
fn instances_come_in_pages() {
    let (mut trial, hosts) = hosts(3);
    let first = trial.ec2("DescribeInstances", &json!({"MaxResults": "2"}));
    let second = json!({"MaxResults": "2", "NextToken": first["nextToken"]});
    let second = trial.ec2("DescribeInstances", &second);
    assert!(second.get("nextToken").is_none());
    let mut found = [ids(&first), ids(&second)].concat();
    let mut hosts = hosts;
    found.sort();
    hosts.sort();
    assert_eq!(found, hosts);
}

#[test]
fn wrong_ids_are_refused_and_one_unknown_id_refuses_the_whole_call() {
    let (mut trial, hosts) = hosts(1);
    let error = trial.ec2_error("DescribeInstances", &json!({"InstanceId": ["i-nonsense"]}));
    assert_eq!(error.code, "InvalidInstanceID.Malformed");
    let input = json!({"InstanceId": [hosts[0], "i-00000000000000000"]});
    assert_eq!(trial.ec2_error("TerminateInstances", &input).code, "InvalidInstanceID.NotFound");
    assert_eq!(trial.world.ec2.instance(&hosts[0]).unwrap().state.to_string(), "running");
    assert_eq!(trial.ec2_error("TerminateInstances", &json!({})).code, "MissingParameter");
    assert_eq!(trial.ec2_error("RunInstances", &json!({})).code, "InvalidAction");
}

#[test]
fn only_running_instances_have_a_status_unless_all_are_asked_for() {
    let (mut trial, hosts) = hosts(2);
    trial.ec2("StopInstances", &json!({"InstanceId": [hosts[0]]}));
    let count = |answer: Value| answer["instanceStatusSet"].as_array().unwrap().len();
    assert_eq!(count(trial.ec2("DescribeInstanceStatus", &json!({}))), 1);
    let all = json!({"IncludeAllInstances": "true"});
    assert_eq!(count(trial.ec2("DescribeInstanceStatus", &all)), 2);
}

#[test]
fn a_launch_follows_its_template_and_its_plan() {
    let mut trial = Trial::new();
    let template = LaunchTemplate {
        instance_type: "c7i.large".to_owned(),
        spot: true,
        profile: Some("arn:aws:iam::123456789012:instance-profile/host".to_owned()),
        ..LaunchTemplate::default()
    };
    trial.world.define_launch_template("host", template);
    trial.world.plan_next_boot("web", Boot::NeverJoins);
    let tags = json!([{"Key": "muster:cluster", "Value": "red"}]);
    let group = json!({
        "AutoScalingGroupName": "web",
        "MinSize": "2",
        "MaxSize": "2",
        "AvailabilityZones": ["us-west-2a"],
        "LaunchTemplate": {"LaunchTemplateName": "host"},
        "Tags": tags,
    });
    trial.asg("CreateAutoScalingGroup", &group);
    trial.pass(5);
    let boots: Vec<Boot> = trial.world.ec2.instances().map(|one| one.boot.clone()).collect();
    assert_eq!(boots.iter().filter(|boot| **boot == Boot::NeverJoins).count(), 1);
    let joins = |boot: &Boot| matches!(boot, Boot::Joins { cluster, .. } if cluster == "red");
    assert_eq!(boots.iter().filter(|boot| joins(boot)).count(), 1);
    let answer = trial.ec2("DescribeInstances", &json!({}));
    let instance = &answer["reservationSet"][0]["instancesSet"][0];
    assert_eq!(
        (&instance["instanceLifecycle"], &instance["instanceType"]),
        (&json!("spot"), &json!("c7i.large"))
    );
    assert!(instance["iamInstanceProfile"]["arn"].as_str().unwrap().ends_with("/host"));
}
