//! Whom the rules of the template wake, and whom they let sleep.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use end_to_end::{root, sample};
use local_aws::Template;
use local_aws::rules::Rules;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn woken(event: &Value) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let template = Template::read(&text, &BTreeMap::new()).unwrap();
    Rules::read(&template).unwrap().targets(event)
}

/// What ECS says of a container instance, with these members and no others that a rule asks for.
fn registration(detail: &Value) -> Vec<String> {
    let mut event = sample("ecs-container-instance-draining.json");
    let all = event["detail"].as_object_mut().unwrap();
    for name in ["runningTasksCount", "pendingTasksCount", "attributes"] {
        all.remove(name);
    }
    all.extend(detail.as_object().unwrap().clone());
    woken(&event)
}

fn tasks(mut detail: Value, running: u32, pending: u32) -> Value {
    detail["runningTasksCount"] = json!(running);
    detail["pendingTasksCount"] = json!(pending);
    detail
}

#[test]
fn an_agent_that_connects_for_the_first_time_wakes_the_verifier_whether_or_not_tasks_are_counted() {
    let joins = json!({ "status": "ACTIVE", "agentConnected": true, "version": 2 });
    assert_eq!(registration(&joins), ["agent-verifier"]);
    assert_eq!(registration(&tasks(joins, 0, 0)), ["agent-verifier"]);
}

#[test]
fn tasks_that_come_and_go_on_a_host_in_service_wake_nobody() {
    let young = json!({ "status": "ACTIVE", "agentConnected": true, "version": 5 });
    assert_eq!(registration(&tasks(young.clone(), 0, 1)), [""; 0]);
    assert_eq!(registration(&tasks(young, 1, 0)), [""; 0]);
    let old = json!({ "status": "ACTIVE", "agentConnected": true, "version": 14_801 });
    assert_eq!(registration(&tasks(old.clone(), 0, 0)), [""; 0]);
    assert_eq!(registration(&old), [""; 0]);
}

#[test]
fn a_host_with_a_mark_of_ours_wakes_the_verifier_when_its_agent_is_back_or_its_drain_is_lifted() {
    for mark in ["muster.agent-lost", "muster.draining"] {
        let back = json!({
            "status": "ACTIVE", "agentConnected": true, "version": 14_801,
            "attributes": [{ "name": "ecs.os-type", "value": "linux" }, { "name": mark, "value": "2026" }],
        });
        assert_eq!(registration(&tasks(back, 3, 1)), ["agent-verifier"]);
    }
}

#[test]
fn of_a_draining_host_only_what_may_be_the_end_of_its_tasks_wakes_the_drainer() {
    let drains = json!({ "status": "DRAINING", "agentConnected": true, "version": 14_801 });
    assert_eq!(registration(&tasks(drains.clone(), 1, 0)), [""; 0]);
    assert_eq!(registration(&tasks(drains.clone(), 0, 1)), [""; 0]);
    assert_eq!(registration(&tasks(drains.clone(), 0, 0)), ["host-drainer"]);
    assert_eq!(registration(&drains), ["host-drainer"]);
}

#[test]
fn a_task_that_finds_no_place_wakes_the_adjuster_unless_it_is_fargates() {
    let mut failure = sample("ecs-service-task-placement-failure-cpu.json");
    assert_eq!(woken(&failure), ["capacity-adjuster"]);
    failure["detail"].as_object_mut().unwrap().remove("reason");
    assert_eq!(woken(&failure), ["capacity-adjuster"]);
    assert_eq!(woken(&sample("ecs-service-task-placement-failure-fargate.json")), [""; 0]);
}
