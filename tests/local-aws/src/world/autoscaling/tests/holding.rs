use crate::world::trial::Trial;
use serde_json::{Value, json};

fn about(id: &str, hook: &str) -> Value {
    json!({"AutoScalingGroupName": "web", "LifecycleHookName": hook, "InstanceId": id})
}

fn completion(id: &str, hook: &str, result: &str) -> Value {
    let mut input = about(id, hook);
    input["LifecycleActionResult"] = json!(result);
    input
}

const LAUNCH: &str = "EC2 Instance-launch Lifecycle Action";
const TERMINATE: &str = "EC2 Instance-terminate Lifecycle Action";

fn held_at_launch(more: &Value) -> (Trial, String) {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.hook("join", false, more);
    trial.pass(20);
    let id = trial.in_state("Pending:Wait").remove(0);
    (trial, id)
}

fn held_at_termination(hooks: &[&str]) -> (Trial, String) {
    let mut trial = Trial::with_group(1, &json!({}));
    for hook in hooks {
        trial.hook(hook, true, &json!({"HeartbeatTimeout": "300"}));
    }
    trial.pass(20);
    let id = trial.in_state("InService").remove(0);
    let size = json!({"AutoScalingGroupName": "web", "DesiredCapacity": "0"});
    trial.asg("SetDesiredCapacity", &size);
    trial.pass(5);
    assert_eq!(trial.states(), ["Terminating:Wait"]);
    (trial, id)
}

#[test]
fn a_launching_hook_holds_an_instance_until_it_is_completed() {
    let (mut trial, id) = held_at_launch(&json!({}));
    trial.pass(3000);
    assert_eq!(trial.states(), ["Pending:Wait"]);
    trial.asg("CompleteLifecycleAction", &completion(&id, "join", "CONTINUE"));
    assert_eq!(trial.states(), ["Pending:Proceed"]);
    trial.pass(5);
    assert_eq!(trial.in_state("InService"), [id]);
}

#[test]
fn an_action_that_is_completed_can_be_completed_by_neither_instance_nor_token_again() {
    let (mut trial, id) = held_at_launch(&json!({}));
    let token = trial.events(LAUNCH)[0]["detail"]["LifecycleActionToken"].clone();
    trial.asg("CompleteLifecycleAction", &completion(&id, "join", "CONTINUE"));
    let error = trial.asg_error("CompleteLifecycleAction", &completion(&id, "join", "CONTINUE"));
    assert_eq!((error.code.as_str(), error.status), ("ValidationError", 400));
    let text = format!("No active Lifecycle Action found with instance ID {id}");
    assert_eq!(error.message, text);
    assert_eq!(
        trial.asg_error("RecordLifecycleActionHeartbeat", &about(&id, "join")).message,
        text
    );
    let mut input = completion(&id, "join", "CONTINUE");
    input["LifecycleActionToken"] = token.clone();
    let error = trial.asg_error("CompleteLifecycleAction", &input);
    let token = token.as_str().unwrap();
    assert_eq!(error.message, format!("No active Lifecycle Action found with token {token}"));
}

#[test]
fn hooks_hold_side_by_side_each_with_its_own_token() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.hook("a", false, &json!({}));
    trial.hook("b", false, &json!({}));
    trial.pass(20);
    let events = trial.events(LAUNCH);
    assert_eq!(events.len(), 2);
    let token = |index: usize| &events[index]["detail"]["LifecycleActionToken"];
    assert_ne!(token(0), token(1));
    let id = trial.in_state("Pending:Wait").remove(0);
    let mut by_token = completion(&id, "b", "CONTINUE");
    by_token.as_object_mut().unwrap().remove("InstanceId");
    by_token["LifecycleActionToken"] = token(1).clone();
    trial.asg("CompleteLifecycleAction", &by_token);
    trial.pass(5);
    assert_eq!(trial.states(), ["Pending:Wait"]);
    trial.asg("CompleteLifecycleAction", &completion(&id, "a", "CONTINUE"));
    trial.pass(5);
    assert_eq!(trial.states(), ["InService"]);
}

#[test]
fn an_abandoned_launch_is_terminated_and_replaced() {
    let (mut trial, id) = held_at_launch(&json!({}));
    trial.asg("CompleteLifecycleAction", &completion(&id, "join", "ABANDON"));
    trial.pass(60);
    let next = trial.in_state("Pending:Wait");
    assert_eq!((trial.members().len(), next.len()), (1, 1));
    assert_ne!(next[0], id);
    let failed = trial.events("EC2 Instance Launch Unsuccessful");
    assert_eq!(failed[0]["detail"]["EC2InstanceId"], id.as_str());
    assert_eq!(trial.world.ec2.instance(&id).unwrap().state.to_string(), "terminated");
}

#[test]
fn a_launch_times_out_with_the_default_result() {
    for (default, expected) in [("ABANDON", false), ("CONTINUE", true)] {
        let more = json!({"HeartbeatTimeout": "60", "DefaultResult": default});
        let (mut trial, id) = held_at_launch(&more);
        trial.pass(45);
        assert_eq!(trial.states(), ["Pending:Wait"]);
        trial.pass(10);
        assert_eq!(trial.in_state("InService").contains(&id), expected, "{default}");
    }
}

#[test]
fn heartbeats_start_the_window_anew_but_only_until_the_global_timeout() {
    let (mut trial, id) = held_at_launch(&json!({"HeartbeatTimeout": "30"}));
    for _ in 0..149 {
        trial.pass(19);
        trial.asg("RecordLifecycleActionHeartbeat", &about(&id, "join"));
        assert_eq!(trial.in_state("Pending:Wait"), std::slice::from_ref(&id));
    }
    // 149 times 19 s, and 9 s before the first: the global timeout of 3000 s ends 160 s from here.
    for _ in 0..7 {
        trial.pass(20);
        trial.asg("RecordLifecycleActionHeartbeat", &about(&id, "join"));
    }
    trial.pass(21);
    let error = trial.asg_error("RecordLifecycleActionHeartbeat", &about(&id, "join"));
    assert!(error.message.starts_with("No active Lifecycle Action found"));
}

#[test]
fn scaling_in_waits_for_the_terminating_hook_and_then_for_ec2() {
    let (mut trial, id) = held_at_termination(&["drain"]);
    assert_eq!(trial.world.ec2.instance(&id).unwrap().state.to_string(), "running");
    trial.asg("CompleteLifecycleAction", &completion(&id, "drain", "CONTINUE"));
    assert_eq!(trial.states(), ["Terminating:Proceed"]);
    trial.pass(10);
    assert_eq!(trial.world.ec2.instance(&id).unwrap().state.to_string(), "shutting-down");
    trial.pass(30);
    assert!(trial.members().is_empty());
    assert_eq!(trial.events("EC2 Instance Terminate Successful").len(), 1);
}

#[test]
fn abandoning_a_terminating_hook_skips_the_others_and_continuing_does_not() {
    for (result, expected) in [("CONTINUE", "Terminating:Wait"), ("ABANDON", "Terminating:Proceed")]
    {
        let (mut trial, id) = held_at_termination(&["drain", "logs"]);
        trial.asg("CompleteLifecycleAction", &completion(&id, "drain", result));
        assert_eq!(trial.states(), [expected]);
    }
}

#[test]
fn a_terminating_hook_times_out_into_termination() {
    let (mut trial, _) = held_at_termination(&["drain"]);
    trial.pass(330);
    assert!(trial.members().is_empty());
}

#[test]
fn deleting_a_hook_ends_its_own_actions_only() {
    let (mut trial, id) = held_at_termination(&["drain", "logs"]);
    let hook = |name: &str| json!({"AutoScalingGroupName": "web", "LifecycleHookName": name});
    trial.asg("DeleteLifecycleHook", &hook("logs"));
    assert_eq!(trial.states(), ["Terminating:Wait"]);
    trial.asg("DeleteLifecycleHook", &hook("drain"));
    assert_eq!(trial.in_state("Terminating:Proceed"), [id]);
    assert_eq!(trial.asg_error("DeleteLifecycleHook", &hook("drain")).code, "ValidationError");
}

#[test]
fn the_metadata_is_in_the_event_only_if_the_hook_has_some() {
    for (more, expected) in
        [(json!({}), None), (json!({"NotificationMetadata": "x"}), Some(&json!("x")))]
    {
        let mut trial = held_at_launch(&more).0;
        assert_eq!(trial.events(LAUNCH)[0]["detail"].get("NotificationMetadata"), expected);
        assert!(trial.events(TERMINATE).is_empty());
    }
}
