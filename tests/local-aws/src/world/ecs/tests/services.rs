use super::*;

fn failure_reasons(world: &mut World) -> Vec<Value> {
    let failures = actions(&world.core.take_events(), "SERVICE_TASK_PLACEMENT_FAILURE");
    failures.iter().map(|detail| detail["reason"].clone()).collect()
}

#[test]
fn a_service_spreads_over_zones_reaches_its_count_and_says_that_it_is_steady() {
    let mut world = world();
    let arns = with_hosts(&mut world, 4);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 4, (100, 200));
    pass(&mut world, 60);
    let zones = |zone: u32| {
        let own = arns.iter().zip(1..).filter(|(_, number)| number % 2 == zone);
        own.map(|(arn, _)| tasks_on(&world, arn).len()).sum::<usize>()
    };
    assert_eq!((zones(0), zones(1)), (2, 2));
    assert!(service(&world, "app").steady);
    let events = world.core.take_events();
    assert_eq!(actions(&events, "SERVICE_STEADY_STATE").len(), 1);
    let deployments = said(&events, "ECS Deployment State Change");
    let names: Vec<_> = deployments.iter().map(|d| d["eventName"].as_str().unwrap()).collect();
    assert_eq!(names, ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"]);
}

#[test]
fn an_unplaced_task_is_said_with_the_resource_that_is_short() {
    let table = [
        (json!({ "name": "a", "image": "a", "cpu": 1500, "memory": 16 }), "RESOURCE:CPU"),
        (json!({ "name": "a", "image": "a", "cpu": 1, "memory": 5000 }), "RESOURCE:MEMORY"),
        (
            json!({
                "name": "a", "image": "a", "cpu": 1, "memory": 16,
                "portMappings": [{ "containerPort": 80, "hostPort": 8080 }],
            }),
            "RESOURCE:PORTS",
        ),
    ];
    for (container, reason) in table {
        let mut world = world();
        let arns = with_hosts(&mut world, 1);
        define_with(&mut world, "app", &container);
        serve(&mut world, "app", 2, (100, 200));
        pass(&mut world, 20);
        assert_eq!(service(&world, "app").running, 1);
        assert_eq!(failure_reasons(&mut world), [reason]);
        let input = json!({ "cluster": "web", "services": ["app"] });
        let shown = ok(&mut world, "DescribeServices", input);
        let lines = shown["services"][0]["events"].as_array().unwrap();
        let id = arns[0].rsplit('/').next().unwrap();
        let line = |event: &Value| event["message"].as_str().unwrap().contains(id);
        assert!(lines.iter().any(line), "{lines:?}");
    }
}

#[test]
fn a_service_without_hosts_waits_and_starts_when_one_comes() {
    let mut world = world();
    define(&mut world, "app", 512);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 20);
    assert_eq!(failure_reasons(&mut world), [Value::Null]);
    with_hosts(&mut world, 1);
    pass(&mut world, 10);
    assert_eq!(service(&world, "app").running, 1);
}

#[test]
fn scaling_in_stops_the_surplus_and_leaves_protected_tasks() {
    let mut world = world();
    with_hosts(&mut world, 2);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 3, (100, 200));
    pass(&mut world, 30);
    let kept = world.ecs.tasks()[0].arn.clone();
    let input = json!({ "cluster": "web", "tasks": [kept], "protectionEnabled": true });
    ok(&mut world, "UpdateTaskProtection", input);
    world.core.take_events();
    let input = json!({ "cluster": "web", "service": "app", "desiredCount": 1 });
    ok(&mut world, "UpdateService", input);
    pass(&mut world, 60);
    let left = world.ecs.tasks().into_iter().filter(|task| task.last_status != "STOPPED");
    assert_eq!(left.map(|task| task.arn).collect::<Vec<_>>(), [kept]);
    let updated = actions(&world.core.take_events(), "SERVICE_DESIRED_COUNT_UPDATED");
    assert_eq!(updated[0]["desiredCount"], 1);
}

#[test]
fn a_new_deployment_replaces_every_task_without_going_below_the_minimum() {
    let mut world = world();
    with_hosts(&mut world, 2);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 3, (100, 200));
    pass(&mut world, 30);
    define(&mut world, "app", 600);
    let input = json!({ "cluster": "web", "service": "app", "taskDefinition": "app:2" });
    let answer = ok(&mut world, "UpdateService", input);
    assert_eq!(answer["service"]["deployments"].as_array().unwrap().len(), 2);
    for _ in 0..60 {
        pass(&mut world, 1);
        assert!(service(&world, "app").running >= 3);
    }
    let input = json!({ "cluster": "web", "services": ["app"] });
    let shown = ok(&mut world, "DescribeServices", input)["services"][0].clone();
    let deployments = shown["deployments"].as_array().unwrap();
    assert_eq!(deployments.len(), 1);
    assert_eq!(deployments[0]["rolloutState"], "COMPLETED");
    assert_eq!((&shown["runningCount"], &shown["pendingCount"]), (&json!(3), &json!(0)));
}

#[test]
fn a_distinct_instance_constraint_keeps_two_tasks_apart() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "app", 64);
    let input = json!({
        "cluster": "web", "serviceName": "app", "taskDefinition": "app", "desiredCount": 3,
        "placementConstraints": [{ "type": "distinctInstance" }],
    });
    ok(&mut world, "CreateService", input);
    pass(&mut world, 30);
    assert!(arns.iter().all(|arn| tasks_on(&world, arn).len() == 1));
    assert_eq!(service(&world, "app").running, 2);
}

#[test]
fn a_member_of_constraint_picks_hosts_by_expression() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "app", 64);
    let expression = "attribute:ecs.availability-zone == us-west-2b";
    let mut input = json!({
        "cluster": "web", "serviceName": "app", "taskDefinition": "app", "desiredCount": 2,
        "placementConstraints": [{ "type": "memberOf", "expression": expression }],
    });
    ok(&mut world, "CreateService", input.clone());
    pass(&mut world, 30);
    assert_eq!((tasks_on(&world, &arns[0]).len(), tasks_on(&world, &arns[1]).len()), (2, 0));
    input["serviceName"] = json!("bad");
    input["placementConstraints"][0]["expression"] = json!("zone = b");
    assert_eq!(code(&mut world, "CreateService", input), "InvalidParameterException");
}

#[test]
fn a_deleted_service_drains_and_is_then_inactive() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "app", 64);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 30);
    let input = json!({ "cluster": "web", "service": "app" });
    assert_eq!(code(&mut world, "DeleteService", input), "InvalidParameterException");
    let input = json!({ "cluster": "web", "service": "app", "force": true });
    assert_eq!(ok(&mut world, "DeleteService", input.clone())["service"]["status"], "DRAINING");
    pass(&mut world, 60);
    assert_eq!(service(&world, "app").status, "INACTIVE");
    assert_eq!(code(&mut world, "DeleteService", input), "ServiceNotActiveException");
    let input = json!({ "cluster": "web", "service": "app", "desiredCount": 1 });
    assert_eq!(code(&mut world, "UpdateService", input), "ServiceNotActiveException");
}

#[test]
fn services_that_are_not_there_are_failures_or_errors() {
    let mut world = world();
    let input = json!({ "cluster": "web", "services": ["nosuch"] });
    let shown = ok(&mut world, "DescribeServices", input);
    let arn = "arn:aws:ecs:us-west-2:123456789012:service/web/nosuch";
    assert_eq!(shown["failures"], json!([{ "arn": arn, "reason": "MISSING" }]));
    let input = json!({ "cluster": "web", "service": "nosuch" });
    assert_eq!(code(&mut world, "UpdateService", input), "ServiceNotFoundException");
    let input = json!({ "cluster": "web", "serviceName": "nosuch" });
    assert_eq!(code(&mut world, "ListTasks", input), "ServiceNotFoundException");
}
