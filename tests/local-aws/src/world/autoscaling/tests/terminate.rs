use crate::world::trial::Trial;
use serde_json::{Value, json};

fn terminate(id: &str) -> Value {
    json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": "true"})
}

fn desired(trial: &Trial) -> i64 {
    trial.world.autoscaling.group("web").unwrap().size.desired
}

#[test]
fn a_decrement_lowers_desired_once_and_the_terminate_hook_holds_the_instance() {
    let mut trial = Trial::with_group(3, &json!({"MinSize": "2"}));
    trial.hook("drain", true, &json!({"HeartbeatTimeout": "600"}));
    trial.pass(30);
    let id = trial.members()[0].0.clone();
    let first = trial.asg("TerminateInstanceInAutoScalingGroup", &terminate(&id));
    assert_eq!((desired(&trial), trial.in_state("Terminating:Wait")), (2, vec![id.clone()]));
    // At the minimum too, a second call for the same instance is neither refused nor counted.
    let second = trial.asg("TerminateInstanceInAutoScalingGroup", &terminate(&id));
    assert_eq!(second["Activity"]["ActivityId"], first["Activity"]["ActivityId"]);
    trial.pass(300);
    assert_eq!((desired(&trial), trial.in_state("InService").len()), (2, 2));
    assert_eq!(trial.in_state("Terminating:Wait"), [id]);
    trial.pass(600);
    assert_eq!(trial.states(), ["InService"; 2]);
}

#[test]
fn protection_from_scale_in_does_not_keep_an_instance_from_being_terminated() {
    let mut trial = Trial::with_group(2, &json!({"NewInstancesProtectedFromScaleIn": "true"}));
    trial.pass(30);
    let id = trial.members()[0].0.clone();
    trial.asg("TerminateInstanceInAutoScalingGroup", &terminate(&id));
    trial.pass(60);
    assert_eq!((desired(&trial), trial.members().len()), (1, 1));
    assert_ne!(trial.members()[0].0, id);
}

#[test]
fn below_the_minimum_it_is_refused_in_the_words_of_aws_and_nothing_changes() {
    let mut trial = Trial::with_group(2, &json!({"MinSize": "2"}));
    trial.pass(30);
    let id = trial.members()[0].0.clone();
    let error = trial.asg_error("TerminateInstanceInAutoScalingGroup", &terminate(&id));
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            "ValidationError",
            "Currently, desiredSize equals minSize (2). Terminating instance without replacement \
             will violate group's min size constraint. Either set shouldDecrementDesiredCapacity \
             flag to false or lower group's min size."
        )
    );
    trial.pass(60);
    assert_eq!((desired(&trial), trial.states()), (2, vec!["InService".to_owned(); 2]));
}
