use crate::world::trial::Trial;
use serde_json::{Value, json};

fn resize(trial: &mut Trial, desired: u32) {
    let size = json!({"AutoScalingGroupName": "web", "DesiredCapacity": desired.to_string()});
    trial.asg("SetDesiredCapacity", &size);
}

fn zones(trial: &Trial) -> Vec<String> {
    let group = trial.world.autoscaling.group("web").unwrap();
    group.members.values().map(|member| member.zone.clone()).collect()
}

#[test]
fn a_group_launches_what_is_desired_over_its_zones() {
    let mut trial = Trial::with_group(4, &json!({}));
    trial.pass(5);
    assert_eq!(trial.states(), ["Pending"; 4]);
    trial.pass(15);
    assert_eq!(trial.states(), ["InService"; 4]);
    assert_eq!(zones(&trial).iter().filter(|zone| zone.as_str() == "us-west-2a").count(), 2);
    assert_eq!(trial.events("EC2 Instance Launch Successful").len(), 4);
}

#[test]
fn scaling_in_takes_the_oldest_unprotected_instance_of_the_fullest_zone() {
    let mut trial = Trial::with_group(1, &json!({}));
    let mut order = Vec::new();
    for desired in 1..=5 {
        resize(&mut trial, desired);
        trial.pass(30);
        order.extend(
            trial
                .members()
                .into_iter()
                .map(|(id, _)| id)
                .filter(|id| !order.contains(id))
                .collect::<Vec<_>>(),
        );
    }
    // The first, third and fifth are in one zone, the second and fourth in the other.
    let protection = json!({
        "AutoScalingGroupName": "web",
        "InstanceIds": [order[0]],
        "ProtectedFromScaleIn": "true",
    });
    trial.asg("SetInstanceProtection", &protection);
    resize(&mut trial, 4);
    trial.pass(60);
    let left: Vec<String> = trial.members().into_iter().map(|(id, _)| id).collect();
    assert!(!left.contains(&order[2]), "the oldest that is not protected goes");
    assert_eq!(left.len(), 4);
}

#[test]
fn protected_instances_stay_even_if_there_are_too_many() {
    let mut trial = Trial::with_group(2, &json!({"NewInstancesProtectedFromScaleIn": "true"}));
    trial.pass(30);
    resize(&mut trial, 0);
    trial.pass(300);
    assert_eq!(trial.states(), ["InService"; 2]);
}

#[test]
fn the_desired_capacity_has_bounds_and_a_cooldown() {
    let mut trial = Trial::with_group(1, &json!({"MinSize": "1"}));
    let size = |desired: &str| json!({"AutoScalingGroupName": "web", "DesiredCapacity": desired});
    let error = trial.asg_error("SetDesiredCapacity", &size("7"));
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            "ValidationError",
            "New SetDesiredCapacity value 7 is above max value 6 for the AutoScalingGroup."
        )
    );
    let error = trial.asg_error("SetDesiredCapacity", &size("0"));
    assert!(error.message.contains("below min value 1"));
    trial.asg("SetDesiredCapacity", &size("2"));
    let mut honoured = size("3");
    honoured["HonorCooldown"] = json!("true");
    let error = trial.asg_error("SetDesiredCapacity", &honoured);
    assert_eq!(error.code, "ScalingActivityInProgress");
    trial.pass(301);
    trial.asg("SetDesiredCapacity", &honoured);
}

#[test]
fn new_bounds_draw_the_desired_capacity_with_them() {
    let mut trial = Trial::with_group(2, &json!({}));
    let update = |min: &str, max: &str| json!({"AutoScalingGroupName": "web", "MinSize": min, "MaxSize": max});
    trial.asg("UpdateAutoScalingGroup", &update("3", "6"));
    assert_eq!(trial.world.autoscaling.group("web").unwrap().size.desired, 3);
    trial.asg("UpdateAutoScalingGroup", &update("0", "1"));
    assert_eq!(trial.world.autoscaling.group("web").unwrap().size.desired, 1);
    assert_eq!(
        trial.asg_error("UpdateAutoScalingGroup", &update("2", "1")).code,
        "ValidationError"
    );
}

fn terminate(id: &str, decrement: bool) -> Value {
    json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": decrement.to_string()})
}

#[test]
fn an_instance_is_terminated_with_or_without_a_replacement() {
    for (decrement, expected) in [(true, 1), (false, 2)] {
        let mut trial = Trial::with_group(2, &json!({}));
        trial.pass(30);
        let id = trial.members()[0].0.clone();
        let answer = trial.asg("TerminateInstanceInAutoScalingGroup", &terminate(&id, decrement));
        assert_eq!(answer["Activity"]["Description"], format!("Terminating EC2 instance: {id}"));
        // Asked again, nothing more happens.
        let again = trial.asg("TerminateInstanceInAutoScalingGroup", &terminate(&id, decrement));
        assert_eq!(again["Activity"]["ActivityId"], answer["Activity"]["ActivityId"]);
        trial.pass(60);
        assert_eq!(trial.states(), vec!["InService"; expected]);
        assert!(!trial.in_state("InService").contains(&id));
    }
}

#[test]
fn an_instance_is_not_terminated_below_the_minimum() {
    let mut trial = Trial::with_group(1, &json!({"MinSize": "1"}));
    trial.pass(30);
    let id = trial.members()[0].0.clone();
    let error = trial.asg_error("TerminateInstanceInAutoScalingGroup", &terminate(&id, true));
    assert!(error.message.starts_with("Currently, desiredSize equals minSize (1)."));
    let error = trial.asg_error("TerminateInstanceInAutoScalingGroup", &terminate("i-0", true));
    assert!(error.message.starts_with("Instance Id not found"));
}

#[test]
fn refused_launches_are_said_and_tried_again() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.world.refuse_launches("web", 1);
    trial.pass(30);
    assert!(trial.members().is_empty());
    let failed = trial.events("EC2 Instance Launch Unsuccessful");
    assert_eq!(failed[0]["detail"]["EC2InstanceId"], "");
    trial.pass(60);
    assert_eq!(trial.states(), ["InService"]);
}

#[test]
fn suspended_processes_do_not_run_until_they_are_resumed() {
    let mut trial = Trial::with_group(2, &json!({}));
    trial.pass(30);
    let processes =
        |names: &[&str]| json!({"AutoScalingGroupName": "web", "ScalingProcesses": names});
    trial.asg("SuspendProcesses", &processes(&["Launch", "Terminate"]));
    resize(&mut trial, 3);
    trial.pass(60);
    assert_eq!(trial.members().len(), 2);
    resize(&mut trial, 1);
    trial.pass(60);
    assert_eq!(trial.members().len(), 2);
    let group = trial.asg("DescribeAutoScalingGroups", &json!({}))["AutoScalingGroups"][0].clone();
    assert_eq!(group["SuspendedProcesses"].as_array().unwrap().len(), 2);
    trial.asg("ResumeProcesses", &json!({"AutoScalingGroupName": "web"}));
    trial.pass(60);
    assert_eq!(trial.members().len(), 1);
    assert_eq!(trial.asg_error("SuspendProcesses", &processes(&["Dance"])).code, "ValidationError");
}

#[test]
fn standby_takes_an_instance_out_of_the_count_and_back() {
    let mut trial = Trial::with_group(2, &json!({}));
    trial.pass(30);
    let id = trial.members()[0].0.clone();
    let mut input = json!({"AutoScalingGroupName": "web", "InstanceIds": [id]});
    input["ShouldDecrementDesiredCapacity"] = json!("true");
    trial.asg("EnterStandby", &input);
    assert_eq!(trial.in_state("EnteringStandby"), std::slice::from_ref(&id));
    trial.pass(60);
    assert_eq!(trial.states(), ["InService", "Standby"]);
    assert_eq!(
        trial.asg_error("EnterStandby", &input).message,
        format!("The instance {id} is not in InService.")
    );
    input.as_object_mut().unwrap().remove("ShouldDecrementDesiredCapacity");
    trial.asg("ExitStandby", &input);
    trial.pass(60);
    assert_eq!(trial.states(), ["InService"; 2]);
}

#[test]
fn a_group_is_deleted_when_it_is_empty_or_by_force_past_its_hooks() {
    let mut trial = Trial::with_group(2, &json!({}));
    trial.hook("drain", true, &json!({}));
    trial.pass(30);
    let mut input = json!({"AutoScalingGroupName": "web"});
    assert_eq!(trial.asg_error("DeleteAutoScalingGroup", &input).code, "ResourceInUse");
    input["ForceDelete"] = json!("true");
    trial.asg("DeleteAutoScalingGroup", &input);
    let groups = trial.asg("DescribeAutoScalingGroups", &json!({}));
    assert_eq!(groups["AutoScalingGroups"][0]["Status"], "Delete in progress");
    trial.pass(60);
    assert!(trial.world.autoscaling.group("web").is_none());
    assert_eq!(trial.asg_error("DeleteAutoScalingGroup", &input).code, "ValidationError");
}
