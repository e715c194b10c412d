use crate::world::ec2::LaunchTemplate;
use crate::world::trial::Trial;
use serde_json::{Value, json};

/// Spot hosts that nobody replaces.
fn spot_hosts(count: u32) -> (Trial, Vec<String>) {
    let mut trial = Trial::new();
    let spot = LaunchTemplate { spot: true, ..LaunchTemplate::default() };
    trial.world.define_launch_template("host", spot);
    let group = json!({
        "AutoScalingGroupName": "web",
        "MinSize": count.to_string(),
        "MaxSize": count.to_string(),
        "AvailabilityZones": ["us-west-2a"],
        "LaunchTemplate": {"LaunchTemplateName": "host"},
    });
    trial.asg("CreateAutoScalingGroup", &group);
    trial.pass(30);
    let ids = trial.members().into_iter().map(|(id, _)| id).collect();
    trial.asg("SuspendProcesses", &json!({"AutoScalingGroupName": "web"}));
    (trial, ids)
}

fn find(trial: &mut Trial, name: &str, value: &str) -> Vec<Value> {
    let input = json!({"Filter": [{"Name": name, "Value": [value]}]});
    let answer = trial.ec2("DescribeSpotInstanceRequests", &input);
    answer["spotInstanceRequestSet"].as_array().unwrap().clone()
}

fn status(trial: &mut Trial, id: &str) -> (String, String) {
    let found = find(trial, "instance-id", id);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&found[0]["state"]), text(&found[0]["status"]["code"]))
}

fn pair(state: &str, code: &str) -> (String, String) {
    (state.to_owned(), code.to_owned())
}

#[test]
fn a_request_is_marked_from_the_warning_until_the_instance_is_taken() {
    let (mut trial, hosts) = spot_hosts(2);
    assert_eq!(status(&mut trial, &hosts[0]), pair("active", "fulfilled"));
    trial.world.spot_warning(&hosts[0]);
    trial.pass(119);
    assert_eq!(status(&mut trial, &hosts[0]), pair("active", "marked-for-termination"));
    let marked = find(&mut trial, "status-code", "marked-for-*");
    assert_eq!((marked.len(), &marked[0]["instanceId"]), (1, &json!(hosts[0])));
    trial.pass(2);
    assert_eq!(status(&mut trial, &hosts[0]), pair("closed", "instance-terminated-no-capacity"));
    assert_eq!(find(&mut trial, "state", "active").len(), 1);
}

#[test]
fn a_host_that_is_to_be_stopped_is_stopped() {
    let (mut trial, hosts) = spot_hosts(1);
    trial.world.spot_stop_warning(&hosts[0]);
    let warned = trial.events("EC2 Spot Instance Interruption Warning");
    assert_eq!(warned[0]["detail"]["instance-action"], "stop");
    assert_eq!(status(&mut trial, &hosts[0]), pair("active", "marked-for-stop"));
    trial.pass(200);
    assert_eq!(status(&mut trial, &hosts[0]), pair("disabled", "instance-stopped-no-capacity"));
    assert_eq!(trial.world.ec2.instance(&hosts[0]).unwrap().state.to_string(), "stopped");
}

#[test]
fn a_host_that_a_user_terminates_after_the_warning_was_not_taken() {
    let (mut trial, hosts) = spot_hosts(1);
    trial.world.spot_warning(&hosts[0]);
    trial.ec2("TerminateInstances", &json!({"InstanceId": hosts}));
    trial.pass(200);
    assert_eq!(status(&mut trial, &hosts[0]), pair("closed", "instance-terminated-by-user"));
}

#[test]
fn the_request_of_an_instance_is_the_one_that_it_names() {
    let (mut trial, hosts) = spot_hosts(2);
    let answer = trial.ec2("DescribeInstances", &json!({"InstanceId": [hosts[1]]}));
    let id = answer["reservationSet"][0]["instancesSet"][0]["spotInstanceRequestId"].clone();
    let input = json!({"SpotInstanceRequestId": [id]});
    let found = trial.ec2("DescribeSpotInstanceRequests", &input);
    assert_eq!(found["spotInstanceRequestSet"][0]["instanceId"], json!(hosts[1]));
    let unknown = json!({"SpotInstanceRequestId": ["sir-00000000"]});
    let error = trial.ec2_error("DescribeSpotInstanceRequests", &unknown);
    assert_eq!(error.code, "InvalidSpotInstanceRequestID.NotFound");
}

#[test]
fn an_on_demand_host_has_no_request() {
    let (mut trial, _) = super::hosts(2);
    let found = trial.ec2("DescribeSpotInstanceRequests", &json!({}));
    assert_eq!(found["spotInstanceRequestSet"], json!([]));
}
