use crate::world::trial::Trial;
use serde_json::{Value, json};

fn unhealthy(id: &str, respects: bool) -> Value {
    json!({
        "InstanceId": id,
        "HealthStatus": "Unhealthy",
        "ShouldRespectGracePeriod": respects.to_string(),
    })
}

fn one_in_service(more: &Value) -> (Trial, String) {
    let mut trial = Trial::with_group(1, more);
    trial.hook("drain", true, &json!({}));
    trial.pass(30);
    let id = trial.in_state("InService").remove(0);
    (trial, id)
}

#[test]
fn an_instance_that_ec2_terminated_is_replaced_and_still_held_by_the_hooks() {
    let (mut trial, id) = one_in_service(&json!({}));
    trial.ec2("TerminateInstances", &json!({"InstanceId": [id]}));
    trial.pass(40);
    assert_eq!(trial.in_state("Terminating:Wait"), std::slice::from_ref(&id));
    assert_eq!(trial.in_state("InService").len(), 1);
    assert_eq!(trial.world.ec2.instance(&id).unwrap().state.to_string(), "terminated");
    let input = json!({
        "AutoScalingGroupName": "web",
        "LifecycleHookName": "drain",
        "InstanceId": id,
        "LifecycleActionResult": "CONTINUE",
    });
    trial.asg("CompleteLifecycleAction", &input);
    trial.pass(5);
    assert_eq!(trial.states(), ["InService"]);
}

#[test]
fn a_stopped_instance_is_replaced() {
    let (mut trial, id) = one_in_service(&json!({}));
    trial.ec2("StopInstances", &json!({"InstanceId": [id]}));
    trial.pass(15);
    assert_eq!(trial.in_state("Terminating:Wait"), [id]);
}

#[test]
fn an_instance_that_dies_while_it_is_held_is_a_failed_launch() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.hook("join", false, &json!({}));
    trial.pass(20);
    let id = trial.in_state("Pending:Wait").remove(0);
    trial.world.crash(&id);
    trial.pass(60);
    let next = trial.in_state("Pending:Wait");
    assert_eq!((trial.members().len(), next.contains(&id)), (1, false));
    let failed = trial.events("EC2 Instance Launch Unsuccessful");
    let message = failed[0]["detail"]["StatusMessage"].as_str().unwrap();
    assert!(message.starts_with("Instance became unhealthy while waiting"), "{message}");
}

#[test]
fn an_unhealthy_mark_counts_only_after_the_grace_period_unless_told_otherwise() {
    let (mut trial, id) = one_in_service(&json!({"HealthCheckGracePeriod": "300"}));
    trial.asg("SetInstanceHealth", &unhealthy(&id, true));
    trial.pass(60);
    assert_eq!(trial.in_state("InService"), std::slice::from_ref(&id));
    trial.asg("SetInstanceHealth", &unhealthy(&id, false));
    trial.pass(15);
    assert_eq!(trial.in_state("Terminating:Wait"), [id]);
}

#[test]
fn unhealthy_instances_stay_while_their_replacement_is_suspended() {
    let (mut trial, id) = one_in_service(&json!({}));
    let input = json!({"AutoScalingGroupName": "web", "ScalingProcesses": ["ReplaceUnhealthy"]});
    trial.asg("SuspendProcesses", &input);
    trial.asg("SetInstanceHealth", &unhealthy(&id, true));
    trial.pass(60);
    assert_eq!(trial.in_state("InService"), std::slice::from_ref(&id));
    trial.asg("ResumeProcesses", &input);
    trial.pass(15);
    assert_eq!(trial.in_state("Terminating:Wait"), [id]);
}

#[test]
fn without_health_checks_nobody_sees_that_an_instance_is_gone() {
    let (mut trial, id) = one_in_service(&json!({}));
    let input = json!({"AutoScalingGroupName": "web", "ScalingProcesses": ["HealthCheck"]});
    trial.asg("SuspendProcesses", &input);
    trial.ec2("TerminateInstances", &json!({"InstanceId": [id]}));
    trial.pass(120);
    assert_eq!(trial.in_state("InService"), [id]);
}

#[test]
fn a_spot_warning_is_followed_by_the_interruption_two_minutes_later() {
    let (mut trial, id) = one_in_service(&json!({}));
    trial.world.spot_warning(&id);
    trial.pass(119);
    assert_eq!(trial.in_state("InService"), std::slice::from_ref(&id));
    assert_eq!(trial.world.ec2.instance(&id).unwrap().state.to_string(), "running");
    trial.pass(16);
    assert_eq!(trial.in_state("Terminating:Wait"), [id]);
}

#[test]
fn with_capacity_rebalancing_a_spot_warning_takes_the_instance_out_at_once() {
    let (mut trial, id) = one_in_service(&json!({"CapacityRebalance": "true"}));
    trial.world.spot_warning(&id);
    assert_eq!(trial.in_state("Terminating:Wait"), std::slice::from_ref(&id));
    trial.pass(30);
    assert_eq!(trial.in_state("InService").len(), 1);
    // The hook does not delay EC2.
    trial.pass(120);
    assert_eq!(trial.world.ec2.instance(&id).unwrap().state.to_string(), "terminated");
}

#[test]
fn a_rebalance_recommendation_launches_the_replacement_first() {
    let (mut trial, id) = one_in_service(&json!({"CapacityRebalance": "true"}));
    trial.world.rebalance_recommendation(&id);
    trial.pass(5);
    assert_eq!(trial.states(), ["InService", "Pending"]);
    trial.pass(15);
    assert_eq!(trial.in_state("Terminating:Wait"), [id]);
    assert_eq!(trial.in_state("InService").len(), 1);
}

#[test]
fn without_capacity_rebalancing_a_recommendation_changes_nothing() {
    let (mut trial, id) = one_in_service(&json!({}));
    trial.world.rebalance_recommendation(&id);
    trial.pass(300);
    assert_eq!(trial.members(), [(id, "InService".to_owned())]);
}
