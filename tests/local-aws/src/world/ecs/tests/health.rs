use super::*;

/// The health of a container instance, if it is asked for.
fn health(world: &mut World, arn: &str, include: &Value) -> Value {
    let input = json!({ "cluster": "web", "containerInstances": [arn], "include": include });
    let answer = ok(world, "DescribeContainerInstances", input);
    answer["containerInstances"][0].get("healthStatus").cloned().unwrap_or_default()
}

#[test]
fn health_is_answered_only_where_it_was_asked_for() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    let asked = json!(["CONTAINER_INSTANCE_HEALTH"]);
    assert_eq!(health(&mut world, &arns[0], &json!(["TAGS"])), Value::Null);
    assert_eq!(health(&mut world, &arns[0], &asked)["overallStatus"], "OK");
    world.impair_health(&arns[0]);
    let since = world.core.now().as_duration().as_secs_f64();
    pass(&mut world, 60);
    world.impair_health(&arns[0]);
    let impaired = health(&mut world, &arns[0], &asked);
    assert_eq!(impaired["overallStatus"], "IMPAIRED");
    let details = json!([{
        "type": "CONTAINER_RUNTIME", "status": "IMPAIRED",
        "lastUpdated": since, "lastStatusChange": since,
    }]);
    assert_eq!(impaired["details"], details);
    assert_eq!(health(&mut world, &arns[1], &asked)["overallStatus"], "OK");
    world.recover_health(&arns[0]);
    assert_eq!(health(&mut world, &arns[0], &asked)["overallStatus"], "OK");
}

#[test]
fn without_an_agent_there_is_nothing_to_tell_health_from() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    agent_lost(&mut world, "i-00000000000000001");
    let found = health(&mut world, &arns[0], &json!(["CONTAINER_INSTANCE_HEALTH"]));
    assert_eq!(found, json!({ "overallStatus": "INSUFFICIENT_DATA", "details": [] }));
}

#[test]
fn a_host_says_when_it_came_and_what_its_agent_is() {
    let mut world = world();
    let start = world.core.now().as_duration().as_secs_f64();
    let arns = with_hosts(&mut world, 1);
    let shown = describe(&mut world, &arns[0]);
    assert_eq!(shown["registeredAt"], json!(start + 20.0));
    assert!(shown["versionInfo"]["agentVersion"].as_str().unwrap().starts_with("1."));
}

#[test]
fn a_draining_host_can_be_made_active_again() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    set_state(&mut world, &arns[0], "DRAINING");
    assert_eq!(describe(&mut world, &arns[0])["status"], "DRAINING");
    let answer = set_state(&mut world, &arns[0], "ACTIVE");
    assert_eq!(answer["containerInstances"][0]["status"], "ACTIVE");
    define(&mut world, "app", 64);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 60);
    assert_eq!(tasks_on(&world, &arns[0]).len(), 1);
}

#[test]
fn one_call_puts_attributes_on_several_hosts_or_on_none() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    let of = |target: &str, name: String| json!({ "name": name, "value": "x", "targetId": target });
    let many = |count: usize, last: &str| -> Vec<Value> {
        let targets = arns.iter().map(String::as_str).cycle().take(count - 1).chain([last]);
        targets.enumerate().map(|(n, target)| of(target, format!("n{n}"))).collect()
    };
    let input = |attributes: Vec<Value>| json!({ "cluster": "web", "attributes": attributes });
    let eleven = input(many(11, &arns[0]));
    assert_eq!(code(&mut world, "PutAttributes", eleven), "InvalidParameterException");
    let gone = format!("{}0", arns[0]);
    let stray = input(many(10, &gone));
    assert_eq!(code(&mut world, "PutAttributes", stray), "TargetNotFoundException");
    assert!(instance(&world, 1).attributes.is_empty());
    let answer = ok(&mut world, "PutAttributes", input(many(10, &arns[1])));
    assert_eq!(answer["attributes"].as_array().unwrap().len(), 10);
    assert_eq!(instance(&world, 1).attributes.len(), 5);
    assert_eq!(instance(&world, 2).attributes.len(), 5);
}

#[test]
fn a_task_says_who_started_it_and_when_it_was_told_to_stop_and_stopped() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "app", 64);
    let input = json!({ "cluster": "web", "taskDefinition": "app", "startedBy": "muster/probe" });
    let arn = ok(&mut world, "RunTask", input)["tasks"][0]["taskArn"].clone();
    pass(&mut world, 30);
    let shown = |world: &mut World| {
        let input = json!({ "cluster": "web", "tasks": [arn] });
        ok(world, "DescribeTasks", input)["tasks"][0].clone()
    };
    let running = shown(&mut world);
    assert_eq!(running["startedBy"], "muster/probe");
    assert_eq!(running["desiredStatus"], "RUNNING");
    assert!(running.get("stoppingAt").is_none() && running.get("stoppedAt").is_none());
    let told = world.core.now().as_duration().as_secs_f64();
    ok(&mut world, "StopTask", json!({ "cluster": "web", "task": arn }));
    let stopping = shown(&mut world);
    assert_eq!(stopping["desiredStatus"], "STOPPED");
    assert_eq!(stopping["stoppingAt"], json!(told));
    pass(&mut world, 120);
    let stopped = shown(&mut world);
    assert_eq!(stopped["stoppingAt"], json!(told));
    assert!(stopped["stoppedAt"].as_f64().unwrap() > told);
}
