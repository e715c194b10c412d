use super::super::{agent_lost, host_terminated};
use super::*;
use std::collections::BTreeMap;

macro_rules! sample {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../events/",
            $name
        )))
        .unwrap()
    };
}

/// What a sample has that this world has not.
const ELSEWHERE: [&str; 1] = ["capacityProviderName"];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn shape(value: &Value) -> BTreeMap<String, &'static str> {
    let members = value.as_object().unwrap().iter();
    let known = members.filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()));
    known.map(|(name, value)| (name.clone(), kind(value))).collect()
}

/// The event and the sample have the same envelope and the same members of the same types.
fn assert_shape(event: &Value, sample: &Value) {
    assert_eq!(shape(event), shape(sample));
    assert_eq!(event["detail-type"], sample["detail-type"]);
    assert_eq!(shape(&event["detail"]), shape(&sample["detail"]));
}

fn last(events: &[Value], meant: impl Fn(&Value) -> bool) -> Value {
    events.iter().rev().find(|event| meant(&event["detail"])).unwrap().clone()
}

#[test]
fn container_instance_events_look_like_the_samples() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    set_state(&mut world, &arns[0], "DRAINING");
    agent_lost(&mut world, "i-00000000000000002");
    host_terminated(&mut world, "i-00000000000000001");
    let events = world.core.take_events();
    let status = |status: &'static str| move |d: &Value| d["status"] == status;
    let lost = last(&events, |d| d["agentConnected"] == false && d["status"] == "ACTIVE");
    assert_shape(&lost, &sample!("ecs-container-instance-agent-disconnected.json"));
    let draining = last(&events, status("DRAINING"));
    assert_shape(&draining, &sample!("ecs-container-instance-draining.json"));
    let inactive = last(&events, status("INACTIVE"));
    assert_shape(&inactive, &sample!("ecs-container-instance-inactive.json"));
    assert_eq!(inactive["resources"], json!([arns[0]]));
    let resource = |event: &Value| shape(&event["detail"]["registeredResources"][0]);
    assert_eq!(resource(&lost), resource(&sample!("ecs-container-instance-draining.json")));
}

#[test]
fn task_events_look_like_the_samples() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "app", 64);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 30);
    let input = json!({ "cluster": "web", "service": "app", "desiredCount": 0 });
    ok(&mut world, "UpdateService", input);
    pass(&mut world, 30);
    let events = world.core.take_events();
    let mut running = last(&events, |d| d["lastStatus"] == "RUNNING");
    // The sample was started by a person, so that it has no startedBy.
    running["detail"].as_object_mut().unwrap().remove("startedBy").unwrap();
    assert_shape(&running, &sample!("ecs-task-running-ec2.json"));
    let stopped = last(&events, |d| d["lastStatus"] == "STOPPED");
    assert_shape(&stopped, &sample!("ecs-task-stopped-ec2.json"));
}

#[test]
fn service_events_look_like_the_samples() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define_with(&mut world, "app", &json!({ "name": "a", "image": "a", "cpu": 2000, "memory": 9 }));
    serve(&mut world, "app", 2, (100, 200));
    pass(&mut world, 30);
    let input = json!({ "cluster": "web", "service": "app", "desiredCount": 1 });
    ok(&mut world, "UpdateService", input);
    pass(&mut world, 30);
    let events = world.core.take_events();
    let named = |name: &'static str| move |d: &Value| d["eventName"] == name;
    let failed = last(&events, named("SERVICE_TASK_PLACEMENT_FAILURE"));
    assert_shape(&failed, &sample!("ecs-service-task-placement-failure-cpu.json"));
    assert_eq!(failed["detail"]["eventType"], "ERROR");
    let steady = last(&events, named("SERVICE_STEADY_STATE"));
    assert_shape(&steady, &sample!("ecs-service-steady-state.json"));
    let completed = last(&events, named("SERVICE_DEPLOYMENT_COMPLETED"));
    assert_shape(&completed, &sample!("ecs-deployment-completed.json"));
}

#[test]
fn versions_of_a_container_instance_only_rise() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "app", 64);
    serve(&mut world, "app", 3, (100, 200));
    pass(&mut world, 60);
    let changes = said(&world.core.take_events(), "ECS Container Instance State Change");
    let versions: Vec<_> = changes.iter().map(|d| d["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, (1..=5).collect::<Vec<_>>());
}
