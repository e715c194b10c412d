use super::*;

/// Two hosts and a service of two, one task on each.
fn two_hosts(percents: (u32, u32)) -> (World, Vec<String>) {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 2, percents);
    pass(&mut world, 30);
    assert!(arns.iter().all(|arn| tasks_on(&world, arn).len() == 1), "one in each zone");
    world.core.take_events();
    (world, arns)
}

#[test]
fn draining_starts_the_replacement_first_and_stops_the_old_one_when_it_runs() {
    let (mut world, arns) = two_hosts((100, 200));
    let answer = set_state(&mut world, &arns[0], "DRAINING");
    assert_eq!(answer["containerInstances"][0]["status"], "DRAINING");
    pass(&mut world, 2);
    let there = tasks_on(&world, &arns[1]);
    assert_eq!(there.len(), 2);
    assert_eq!(tasks_on(&world, &arns[0])[0].desired_status, "RUNNING");
    let mut healthy = Vec::new();
    for _ in 0..60 {
        pass(&mut world, 1);
        healthy.push(service(&world, "app").running);
    }
    assert!(healthy.iter().all(|running| *running >= 2), "never below two: {healthy:?}");
    assert!(tasks_on(&world, &arns[0]).is_empty());
    assert_eq!(instance(&world, 1).status, "DRAINING");
    let events = world.core.take_events();
    let old = said(&events, "ECS Task State Change").into_iter();
    let old: Vec<_> = old.filter(|d| d["containerInstanceArn"] == arns[0].as_str()).collect();
    let path: Vec<_> = old.iter().map(|d| d["lastStatus"].as_str().unwrap()).collect();
    assert_eq!(path, ["DEACTIVATING", "STOPPING", "STOPPED"]);
    assert_eq!(old[2]["stopCode"], "ServiceSchedulerInitiated");
    assert_eq!(actions(&events, "SERVICE_STEADY_STATE").len(), 1);
}

#[test]
fn a_hundred_to_a_hundred_never_drains() {
    let (mut world, arns) = two_hosts((100, 100));
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 48 * 3600);
    let task = &tasks_on(&world, &arns[0])[0];
    assert_eq!((task.last_status, task.desired_status), ("RUNNING", "RUNNING"));
}

#[test]
fn with_half_healthy_allowed_the_old_one_stops_first() {
    let (mut world, arns) = two_hosts((50, 100));
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 2);
    assert_eq!(tasks_on(&world, &arns[0])[0].desired_status, "STOPPED");
    pass(&mut world, 60);
    assert_eq!((tasks_on(&world, &arns[0]).len(), tasks_on(&world, &arns[1]).len()), (0, 2));
}

#[test]
fn a_draining_host_with_nowhere_to_go_keeps_its_tasks_and_says_why() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 30);
    world.core.take_events();
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 600);
    assert_eq!(tasks_on(&world, &arns[0])[0].last_status, "RUNNING");
    let failures = actions(&world.core.take_events(), "SERVICE_TASK_PLACEMENT_FAILURE");
    assert!((9..=10).contains(&failures.len()), "once a minute: {}", failures.len());
    assert_eq!(failures[0].get("reason"), None);
    set_state(&mut world, &arns[0], "ACTIVE");
    pass(&mut world, 60);
    assert!(service(&world, "app").steady);
}

#[test]
fn a_pending_service_task_on_a_draining_host_is_stopped_at_once() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 2);
    assert_eq!(tasks_on(&world, &arns[0])[0].last_status, "PENDING");
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 3);
    assert!(tasks_on(&world, &arns[0]).is_empty());
}

#[test]
fn a_standalone_task_stays_on_a_draining_host_and_a_new_one_is_not_placed_there() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "job", 512);
    let run = json!({ "cluster": "web", "taskDefinition": "job" });
    ok(&mut world, "RunTask", run.clone());
    pass(&mut world, 30);
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 48 * 3600);
    assert_eq!(tasks_on(&world, &arns[0])[0].last_status, "RUNNING");
    assert_eq!(code(&mut world, "RunTask", run), "InvalidParameterException");
}

#[test]
fn a_task_that_is_told_to_stop_is_in_neither_count_while_it_stops() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    let slow = json!({ "name": "app", "image": "app", "memory": 512, "stopTimeout": 120 });
    define_with(&mut world, "app", &slow);
    serve(&mut world, "app", 2, (100, 200));
    pass(&mut world, 30);
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 30);
    let shown = describe(&mut world, &arns[0]);
    assert_eq!((&shown["runningTasksCount"], &shown["pendingTasksCount"]), (&json!(0), &json!(0)));
    let input = json!({ "cluster": "web", "containerInstance": arns[0] });
    let list = ok(&mut world, "ListTasks", input.clone());
    assert_eq!(list["taskArns"], json!([]));
    let input =
        json!({ "cluster": "web", "containerInstance": arns[0], "desiredStatus": "STOPPED" });
    let list = ok(&mut world, "ListTasks", input);
    assert_eq!(list["taskArns"].as_array().unwrap().len(), 1);
    assert_eq!(tasks_on(&world, &arns[0])[0].last_status, "STOPPING");
    pass(&mut world, 100);
    assert!(tasks_on(&world, &arns[0]).is_empty());
}

#[test]
fn a_protected_task_holds_its_host_until_the_protection_ends() {
    let (mut world, arns) = two_hosts((100, 200));
    let task = tasks_on(&world, &arns[0])[0].arn.clone();
    let input = json!({
        "cluster": "web", "tasks": [task], "protectionEnabled": true, "expiresInMinutes": 30,
    });
    let answer = ok(&mut world, "UpdateTaskProtection", input);
    assert_eq!(answer["protectedTasks"][0]["protectionEnabled"], true);
    set_state(&mut world, &arns[0], "DRAINING");
    pass(&mut world, 29 * 60);
    assert_eq!(tasks_on(&world, &arns[0]).len(), 1);
    pass(&mut world, 120);
    assert!(tasks_on(&world, &arns[0]).is_empty());
}
