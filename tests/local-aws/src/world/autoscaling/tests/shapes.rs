use crate::world::trial::{Trial, assert_shaped_like};
use serde_json::json;

#[test]
fn the_events_of_a_launch_and_a_termination_have_the_shapes_of_aws() {
    let mut trial = Trial::with_group(1, &json!({}));
    let more = json!({"NotificationMetadata": "additional-info", "HeartbeatTimeout": "30"});
    trial.hook("join", false, &json!({"NotificationMetadata": "x", "DefaultResult": "CONTINUE", "HeartbeatTimeout": "30"}));
    trial.hook("drain", true, &more);
    trial.pass(60);
    let size = json!({"AutoScalingGroupName": "web", "DesiredCapacity": "0"});
    trial.asg("SetDesiredCapacity", &size);
    trial.pass(120);
    for (detail_type, file) in [
        ("EC2 Instance-launch Lifecycle Action", "asg-launch-lifecycle-action.json"),
        ("EC2 Instance-terminate Lifecycle Action", "asg-terminate-lifecycle-action.json"),
        ("EC2 Instance Launch Successful", "asg-launch-successful.json"),
        ("EC2 Instance Terminate Successful", "asg-terminate-successful.json"),
    ] {
        let events = trial.events(detail_type);
        assert_eq!(events.len(), 1, "{detail_type}");
        assert_shaped_like(&events[0], file);
    }
}

#[test]
fn the_event_of_a_failed_launch_has_the_shape_of_aws() {
    let mut trial = Trial::with_group(1, &json!({}));
    trial.hook("join", false, &json!({"HeartbeatTimeout": "30"}));
    trial.pass(60);
    let events = trial.events("EC2 Instance Launch Unsuccessful");
    assert_shaped_like(&events[0], "asg-launch-unsuccessful.json");
}

#[test]
fn the_same_calls_give_the_same_events() {
    let run = || {
        let mut trial = Trial::with_group(3, &json!({}));
        trial.pass(60);
        trial.events("EC2 Instance Launch Successful")
    };
    assert_eq!(run(), run());
}
