//! T17: a stack is deleted whose hosts are protected and run tasks.

use super::{busy, cut, is_well};
use serde_json::json;
use simulation::Stage;
use simulation::weather::{Controller, Function};
use simulation::world::{Kind, place, terminate};

/// The stack of the group is deleted: CloudFormation asks the custom resource first.
fn delete_stack(stage: &mut Stage) {
    {
        let mut state = stage.state();
        state.deleted_since = Some(state.now);
    }
    let payload = json!({
        "RequestType": "Delete", "RequestId": "1", "ResponseURL": "https://x",
        "StackId": "arn:aws:cloudformation:us-west-2:111122223333:stack/prod/1",
        "LogicalResourceId": "Teardown", "PhysicalResourceId": "muster-teardown:v1:Teardown",
        "ResourceProperties": {
            "ServiceToken": "x", "ServiceTimeout": "3600",
            "ClusterName": "cluster-0", "AutoScalingGroups": ["group-0"], "DrainMinutes": "40",
        },
    });
    stage.send(Function::Teardown, payload);
}

/// Five protected hosts with tasks, one of them a standalone task of so many minutes.
fn protected(controller: Controller, minutes: i64) -> Stage {
    let mut stage = busy(controller);
    place(&mut stage.state(), 0, Kind::Standalone);
    let task = stage.see().tasks.len() - 1;
    stage.state().tasks[task].runs_for = minutes * 60_000;
    stage.run_for(1);
    let mut state = stage.state();
    let now = state.now;
    // Its services are deleted before the custom resource, which they depend on.
    state.services[0].desired = 0;
    for host in 0..5 {
        state.hosts[host].seat.change(now, |seat| seat.protected = true);
    }
    drop(state);
    stage
}

#[test]
fn t17_a_stack_is_deleted_with_protected_hosts_and_running_tasks() {
    let mut ours = protected(Controller::Muster, 12);
    delete_stack(&mut ours);
    ours.tick_for(25);
    assert_eq!(ours.ours(), [0; 0], "{}", ours.story());
    assert_eq!(ours.see().answers.len(), 1, "{}", ours.story());
    assert_eq!(ours.see().answers[0].1, Ok(()), "{}", ours.story());
    is_well(&ours);

    let mut theirs = protected(Controller::Cdk, 12);
    for host in 0..5 {
        terminate(&mut theirs.state(), host);
    }
    theirs.tick_for(25);
    assert!(cut(&theirs) > 0);
}

#[test]
fn t17_a_teardown_of_half_an_hour_goes_on_in_a_second_invocation() {
    let mut stage = protected(Controller::Muster, 20);
    delete_stack(&mut stage);
    stage.tick_for(15);
    assert!(stage.see().answers.is_empty(), "{}", stage.story());
    stage.tick_for(15);
    assert_eq!(stage.ours(), [0; 0], "{}", stage.story());
    assert_eq!(stage.see().answers.iter().map(|it| &it.1).collect::<Vec<_>>(), [&Ok(())]);
    is_well(&stage);
}

#[test]
fn t17_what_does_not_go_in_time_is_named_in_the_one_answer() {
    let mut stage = protected(Controller::Muster, 300);
    delete_stack(&mut stage);
    stage.tick_for(40);
    let answers = stage.see().answers.clone();
    assert_eq!(answers.len(), 1, "{}", stage.story());
    let told = answers[0].1.clone().unwrap_err();
    // The other four are gone all the same, and nothing was cut off.
    let left = stage.ours();
    assert_eq!(left.len(), 1, "{}", stage.story());
    assert!(told.contains(stage.see().hosts[left[0]].id.as_str()), "{told}");
    assert!(told.contains("1 tasks are leaving"), "{told}");
    assert_eq!(cut(&stage), 0);
}

#[test]
fn t17_a_teardown_that_dies_anywhere_is_answered_once_all_the_same() {
    for awaits in 0..120 {
        let mut stage = protected(Controller::Muster, 1);
        stage.next_dies_after(awaits);
        delete_stack(&mut stage);
        stage.tick_for(40);
        let answers: Vec<_> = stage.see().answers.iter().map(|it| it.1.clone()).collect();
        assert_eq!(answers, [Ok(())], "dies after {awaits}: {}", stage.story());
        assert_eq!(stage.ours(), [0; 0]);
        is_well(&stage);
    }
}
