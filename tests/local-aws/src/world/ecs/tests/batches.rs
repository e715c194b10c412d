use super::*;

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:032x}")).collect()
}

#[test]
fn batches_have_their_limits() {
    let mut world = world();
    with_hosts(&mut world, 1);
    let table = [
        ("DescribeContainerInstances", "containerInstances", 100),
        ("UpdateContainerInstancesState", "containerInstances", 10),
        ("DescribeTasks", "tasks", 100),
        ("DescribeServices", "services", 10),
    ];
    for (operation, member, most) in table {
        let input = |count| json!({ "cluster": "web", member: ids(count), "status": "DRAINING" });
        let answer = ok(&mut world, operation, input(most));
        assert_eq!(answer["failures"].as_array().unwrap().len(), most, "{operation}");
        assert_eq!(answer["failures"][0]["reason"], "MISSING");
        for count in [0, most + 1] {
            let code = code(&mut world, operation, input(count));
            assert_eq!(code, "InvalidParameterException", "{operation} {count}");
        }
    }
}

#[test]
fn pages_hold_every_host_once() {
    let mut world = world();
    let mut arns = with_hosts(&mut world, 7);
    arns.sort();
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "cluster": "web", "maxResults": 3, "nextToken": token });
        let page = ok(&mut world, "ListContainerInstances", input);
        let items = page["containerInstanceArns"].as_array().unwrap().clone();
        assert!(items.len() <= 3);
        seen.extend(items.into_iter().map(|arn| arn.as_str().unwrap().to_owned()));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, arns);
    for size in [0, 101] {
        let input = json!({ "cluster": "web", "maxResults": size });
        assert_eq!(code(&mut world, "ListContainerInstances", input), "InvalidParameterException");
    }
    let input = json!({ "cluster": "web", "nextToken": "made up" });
    assert_eq!(code(&mut world, "ListContainerInstances", input), "InvalidParameterException");
}

#[test]
fn hosts_are_listed_by_status_and_by_expression() {
    let mut world = world();
    let arns = with_hosts(&mut world, 3);
    set_state(&mut world, &arns[0], "DRAINING");
    let table = [
        (json!({ "status": "ACTIVE" }), 2),
        (json!({ "status": "DRAINING" }), 1),
        (json!({ "filter": "ec2InstanceId in ['i-00000000000000001', 'i-0000000000000000f']" }), 1),
        (json!({ "filter": "agentConnected == true and runningTasksCount == 0" }), 3),
        (json!({ "filter": "agentConnected == false" }), 0),
        (json!({ "filter": "attribute:ecs.instance-type == m7i.large", "status": "ACTIVE" }), 2),
        (json!({ "filter": "registeredAt > 2026-01-01T00:00:00Z" }), 3),
    ];
    for (mut input, wanted) in table {
        input["cluster"] = json!("web");
        let list = ok(&mut world, "ListContainerInstances", input.clone());
        assert_eq!(list["containerInstanceArns"].as_array().unwrap().len(), wanted, "{input}");
    }
    for wrong in [json!({ "status": "INACTIVE" }), json!({ "filter": "nonsense" })] {
        let mut input = wrong;
        input["cluster"] = json!("web");
        assert_eq!(code(&mut world, "ListContainerInstances", input), "InvalidParameterException");
    }
}

#[test]
fn a_state_is_set_by_short_id_or_arn_and_only_to_active_or_draining() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    let short = arns[0].rsplit('/').next().unwrap();
    let input = json!({
        "cluster": "arn:aws:ecs:us-west-2:123456789012:cluster/web",
        "containerInstances": [short, "gone"], "status": "DRAINING",
    });
    let answer = ok(&mut world, "UpdateContainerInstancesState", input);
    assert_eq!(answer["containerInstances"][0]["containerInstanceArn"], arns[0].as_str());
    let missing = "arn:aws:ecs:us-west-2:123456789012:container-instance/web/gone";
    assert_eq!(answer["failures"], json!([{ "arn": missing, "reason": "MISSING" }]));
    let input = json!({ "cluster": "web", "containerInstances": [short], "status": "INACTIVE" });
    let error = code(&mut world, "UpdateContainerInstancesState", input);
    assert_eq!(error, "InvalidParameterException");
    let input = json!({ "cluster": "web", "containerInstance": short });
    ok(&mut world, "DeregisterContainerInstance", input);
    let answer = set_state(&mut world, short, "ACTIVE");
    assert_eq!(answer["failures"][0]["reason"], "INACTIVE");
}

#[test]
fn setting_the_state_that_is_already_there_changes_nothing() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    set_state(&mut world, &arns[0], "DRAINING");
    world.core.take_events();
    let answer = set_state(&mut world, &arns[0], "DRAINING");
    assert_eq!(answer["containerInstances"][0]["status"], "DRAINING");
    assert!(world.core.take_events().is_empty());
}

#[test]
fn clusters_are_missed_and_are_deleted_only_when_empty() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    let nowhere = json!({ "cluster": "nowhere" });
    assert_eq!(code(&mut world, "ListTasks", nowhere), "ClusterNotFoundException");
    assert_eq!(code(&mut world, "ListTasks", json!({})), "ClusterNotFoundException");
    let input = json!({ "clusters": ["web", "nowhere"] });
    let shown = ok(&mut world, "DescribeClusters", input);
    assert_eq!(shown["clusters"][0]["registeredContainerInstancesCount"], 1);
    assert_eq!(shown["failures"][0]["reason"], "MISSING");
    let delete = json!({ "cluster": "web" });
    let error = code(&mut world, "DeleteCluster", delete.clone());
    assert_eq!(error, "ClusterContainsContainerInstancesException");
    let input = json!({ "cluster": "web", "containerInstance": arns[0] });
    ok(&mut world, "DeregisterContainerInstance", input);
    assert_eq!(ok(&mut world, "DeleteCluster", delete)["cluster"]["status"], "INACTIVE");
    assert_eq!(ok(&mut world, "ListClusters", json!({}))["clusterArns"], json!([]));
}

#[test]
fn an_unknown_operation_is_an_error() {
    assert_eq!(code(&mut world(), "MakeCoffee", json!({})), "UnknownOperationException");
}
