use super::*;

fn daemon(world: &mut World) {
    define(world, "log", 128);
    let input = json!({
        "cluster": "web", "serviceName": "log", "taskDefinition": "log",
        "schedulingStrategy": "DAEMON",
    });
    ok(world, "CreateService", input);
}

#[test]
fn a_daemon_service_has_one_task_on_each_active_host_also_a_later_one() {
    let mut world = world();
    with_hosts(&mut world, 2);
    daemon(&mut world);
    pass(&mut world, 30);
    assert_eq!(service(&world, "log").running, 2);
    host_boots(&mut world, host(3));
    pass(&mut world, 60);
    assert_eq!(tasks_on(&world, &instance(&world, 3).arn).len(), 1);
    let input = json!({ "cluster": "web", "services": ["log"] });
    let shown = ok(&mut world, "DescribeServices", input);
    assert_eq!(shown["services"][0]["desiredCount"], 3);
}

#[test]
fn daemon_tasks_leave_a_draining_host_last() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    daemon(&mut world);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 2, (100, 200));
    pass(&mut world, 60);
    assert_eq!(tasks_on(&world, &arns[0]).len(), 2);
    set_state(&mut world, &arns[0], "DRAINING");
    for _ in 0..120 {
        pass(&mut world, 1);
        let left = tasks_on(&world, &arns[0]);
        let daemon_stops = left.iter().any(|t| t.daemon && t.desired_status == "STOPPED");
        assert!(!daemon_stops || left.iter().all(|task| task.daemon), "{left:?}");
    }
    assert!(tasks_on(&world, &arns[0]).is_empty());
    assert!(service(&world, "log").steady);
}

#[test]
fn a_daemon_that_does_not_fit_says_so() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "big", 7000);
    serve(&mut world, "big", 1, (100, 200));
    pass(&mut world, 30);
    define(&mut world, "log", 1024);
    let input = json!({
        "cluster": "web", "serviceName": "log", "taskDefinition": "log",
        "schedulingStrategy": "DAEMON",
    });
    ok(&mut world, "CreateService", input);
    pass(&mut world, 30);
    let failures = actions(&world.core.take_events(), "SERVICE_TASK_PLACEMENT_FAILURE");
    assert_eq!(failures[0]["reason"], "RESOURCE:MEMORY");
}
