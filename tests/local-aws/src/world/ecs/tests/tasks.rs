use super::*;

#[test]
fn a_task_goes_through_its_states_in_time() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "job", 512);
    world.core.take_events();
    let run = ok(&mut world, "RunTask", json!({ "cluster": "web", "taskDefinition": "job" }));
    let task = run["tasks"][0]["taskArn"].clone();
    assert_eq!(run["tasks"][0]["group"], "family:job");
    assert_eq!(describe(&mut world, &arns[0])["pendingTasksCount"], 1);
    pass(&mut world, 5);
    let shown = describe(&mut world, &arns[0]);
    assert_eq!((&shown["runningTasksCount"], &shown["pendingTasksCount"]), (&json!(1), &json!(0)));
    assert_eq!(shown["remainingResources"][0]["integerValue"], 2048 - 256);
    assert_eq!(shown["remainingResources"][1]["integerValue"], 7372 - 512);
    ok(&mut world, "StopTask", json!({ "cluster": "web", "task": task, "reason": "enough" }));
    pass(&mut world, 10);
    let shown = ok(&mut world, "DescribeTasks", json!({ "cluster": "web", "tasks": [task] }));
    let stopped = &shown["tasks"][0];
    assert_eq!(
        (&stopped["lastStatus"], &stopped["stoppedReason"]),
        (&json!("STOPPED"), &json!("enough"))
    );
    let lasted = stopped["stoppedAt"].as_f64().unwrap() - stopped["startedAt"].as_f64().unwrap();
    assert!((lasted - 10.0).abs() < 0.001, "{lasted}");
    assert_eq!(describe(&mut world, &arns[0])["remainingResources"][0]["integerValue"], 2048);
    let changes = said(&world.core.take_events(), "ECS Task State Change");
    let versions: Vec<_> =
        changes.iter().map(|detail| detail["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    pass(&mut world, 3601);
    let shown = ok(&mut world, "DescribeTasks", json!({ "cluster": "web", "tasks": [task] }));
    assert_eq!(shown["failures"][0]["reason"], "MISSING");
}

#[test]
fn an_awsvpc_task_is_provisioned_first() {
    let mut world = world();
    with_hosts(&mut world, 1);
    let input = json!({
        "family": "net", "networkMode": "awsvpc", "cpu": "512", "memory": "1024",
        "containerDefinitions": [{ "name": "a", "image": "a" }],
    });
    ok(&mut world, "RegisterTaskDefinition", input);
    let run = ok(&mut world, "RunTask", json!({ "cluster": "web", "taskDefinition": "net:1" }));
    assert_eq!(run["tasks"][0]["lastStatus"], "PROVISIONING");
    pass(&mut world, 2);
    assert_eq!(world.ecs.tasks()[0].last_status, "PENDING");
    pass(&mut world, 5);
    assert_eq!(world.ecs.tasks()[0].last_status, "RUNNING");
}

#[test]
fn a_task_that_fits_nowhere_is_a_failure_for_each_closest_host() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "big", 7000);
    let input = json!({ "cluster": "web", "taskDefinition": "big", "count": 3 });
    let run = ok(&mut world, "RunTask", input);
    assert_eq!(run["tasks"].as_array().unwrap().len(), 2);
    let failed: Vec<_> = run["failures"].as_array().unwrap().iter().collect();
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|failure| failure["reason"] == "RESOURCE:MEMORY"));
    assert!(arns.contains(&failed[0]["arn"].as_str().unwrap().to_owned()));
}

#[test]
fn a_task_can_be_started_on_a_named_host() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "job", 64);
    let input = json!({
        "cluster": "web", "taskDefinition": "job", "containerInstances": [arns[0], "nosuch"],
    });
    let answer = ok(&mut world, "StartTask", input);
    assert_eq!(answer["tasks"][0]["containerInstanceArn"], arns[0].as_str());
    assert_eq!(answer["failures"][0]["reason"], "MISSING");
}

#[test]
fn tasks_are_listed_by_host_service_family_and_desired_status() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "app", 64);
    define(&mut world, "job", 64);
    serve(&mut world, "app", 2, (100, 200));
    ok(&mut world, "RunTask", json!({ "cluster": "web", "taskDefinition": "job" }));
    pass(&mut world, 30);
    let table = [
        (json!({}), 3),
        (json!({ "serviceName": "app" }), 2),
        (json!({ "family": "job" }), 1),
        (json!({ "family": "jo" }), 0),
        (json!({ "serviceName": "app", "containerInstance": arns[0] }), 1),
        (json!({ "desiredStatus": "STOPPED" }), 0),
        (json!({ "desiredStatus": "PENDING" }), 0),
        (json!({ "startedBy": "nobody" }), 0),
    ];
    for (mut input, wanted) in table {
        input["cluster"] = json!("web");
        let list = ok(&mut world, "ListTasks", input.clone());
        assert_eq!(list["taskArns"].as_array().unwrap().len(), wanted, "{input}");
    }
}

#[test]
fn only_active_task_definitions_run() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "job", 64);
    ok(&mut world, "DeregisterTaskDefinition", json!({ "taskDefinition": "job:1" }));
    for name in ["job", "job:1", "nosuch"] {
        let input = json!({ "cluster": "web", "taskDefinition": name });
        assert_eq!(code(&mut world, "RunTask", input), "ClientException", "{name}");
    }
    define(&mut world, "job", 64);
    let shown = ok(&mut world, "DescribeTaskDefinition", json!({ "taskDefinition": "job" }));
    assert_eq!(shown["taskDefinition"]["revision"], 2);
    let list = ok(&mut world, "ListTaskDefinitions", json!({ "familyPrefix": "job" }));
    assert_eq!(list["taskDefinitionArns"].as_array().unwrap().len(), 1);
}
