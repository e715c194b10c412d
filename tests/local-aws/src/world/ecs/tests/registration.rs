use super::super::{agent_back, agent_lost, agent_registers_twice, host_stopped, host_terminated};
use super::*;
use crate::world::ec2::{self, Boot};

const CHANGE: &str = "ECS Container Instance State Change";

#[test]
fn an_agent_registers_first_and_connects_some_seconds_later() {
    let mut world = world();
    host_boots(&mut world, host(1));
    pass(&mut world, 19);
    assert!(world.ecs.container_instances().is_empty());
    pass(&mut world, 1);
    assert_eq!(
        (instance(&world, 1).status, instance(&world, 1).agent_connected),
        ("ACTIVE", false)
    );
    pass(&mut world, 3);
    assert!(instance(&world, 1).agent_connected);
    let details = said(&world.core.take_events(), CHANGE);
    let told: Vec<_> = details.iter().map(|d| (&d["version"], &d["agentConnected"])).collect();
    assert_eq!(told, [(&json!(1), &json!(false)), (&json!(2), &json!(true))]);
}

#[test]
fn an_agent_may_never_register_or_never_connect() {
    let mut world = world();
    host_boots(&mut world, Host { registers_after: None, ..host(1) });
    host_boots(&mut world, Host { connects_after: None, ..host(2) });
    pass(&mut world, 3600);
    let all = world.ecs.container_instances();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (instance(&world, 2).status, instance(&world, 2).agent_connected),
        ("ACTIVE", false)
    );
}

/// Runs an EC2 instance of the group `web` with this plan for 300 seconds: when its container
/// instance appeared, when it connected, and in which cluster.
fn boots(boot: Boot) -> (Option<i64>, Option<i64>, Option<String>) {
    let mut world = world();
    ok(&mut world, "CreateCluster", json!({ "clusterName": "other" }));
    world.plan_next_boot("web", boot);
    let launch = ec2::Launch {
        group: "web".to_owned(),
        template: "web".to_owned(),
        instance_type: "m7g.large".to_owned(),
        zone: "us-west-2a".to_owned(),
        subnet: "subnet-0123456789abcdef0".to_owned(),
        cluster: Some("web".to_owned()),
        spot: false,
        tags: [].into(),
    };
    let id = ec2::launch(&mut world, launch).id;
    while world.ec2.instance(&id).unwrap().state != ec2::State::Running {
        pass(&mut world, 1);
    }
    let (mut registered, mut connected, mut cluster) = (None, None, None);
    for second in 1..=300 {
        pass(&mut world, 1);
        for instance in world.ecs.container_instances() {
            registered.get_or_insert(second);
            cluster.get_or_insert(instance.cluster);
            if instance.agent_connected {
                connected.get_or_insert(second);
            }
        }
    }
    (registered, connected, cluster)
}

#[test]
fn an_ec2_instance_joins_as_its_boot_plan_says() {
    let in_cluster = |name: &str| Some(name.to_owned());
    let joins = Boot::Joins { cluster: "web".to_owned(), after: seconds(60) };
    assert_eq!(boots(joins), (Some(57), Some(60), in_cluster("web")));
    let elsewhere = Boot::JoinsElsewhere { cluster: "other".to_owned() };
    assert_eq!(boots(elsewhere), (Some(30), Some(33), in_cluster("other")));
    assert_eq!(boots(Boot::NeverJoins), (None, None, None));
    let late = Boot::ConnectsLate(seconds(200));
    assert_eq!(boots(late), (Some(30), Some(200), in_cluster("web")));
    let never = Boot::RegistersButNeverConnects;
    assert_eq!(boots(never), (Some(30), None, in_cluster("web")));
}

#[test]
fn an_agent_whose_cluster_is_missing_tries_until_it_is_there() {
    let mut world = world();
    host_boots(&mut world, Host { cluster: "late".to_owned(), ..host(1) });
    pass(&mut world, 100);
    assert!(world.ecs.container_instances().is_empty());
    ok(&mut world, "CreateCluster", json!({ "clusterName": "late" }));
    pass(&mut world, 60);
    assert!(instance(&world, 1).agent_connected);
}

#[test]
fn a_host_with_a_connected_agent_is_struck_off_when_it_is_terminated() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 30);
    world.core.take_events();
    host_terminated(&mut world, "i-00000000000000001");
    assert_eq!(describe(&mut world, &arns[0])["status"], "INACTIVE");
    assert!(tasks_on(&world, &arns[0]).is_empty());
    let events = world.core.take_events();
    assert_eq!(said(&events, CHANGE).last().unwrap()["status"], "INACTIVE");
    assert_eq!(said(&events, "ECS Task State Change")[0]["lastStatus"], "STOPPED");
    let list = ok(&mut world, "ListContainerInstances", json!({ "cluster": "web" }));
    assert_eq!(list["containerInstanceArns"], json!([]));
    pass(&mut world, 3601);
    assert_eq!(describe(&mut world, &arns[0]), Value::Null);
}

#[test]
fn a_host_with_a_lost_agent_stays_behind_as_a_ghost_until_it_is_deregistered_by_force() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 2, (100, 200));
    pass(&mut world, 30);
    agent_lost(&mut world, "i-00000000000000001");
    host_terminated(&mut world, "i-00000000000000001");
    agent_back(&mut world, "i-00000000000000001");
    pass(&mut world, 7200);
    let ghost = instance(&world, 1);
    assert_eq!((ghost.status, ghost.agent_connected, ghost.host_down), ("ACTIVE", false, true));
    // ECS still counts the task on it, and so starts no replacement.
    assert_eq!((ghost.running, service(&world, "app").running), (1, 2));
    let input = json!({ "cluster": "web", "containerInstance": arns[0] });
    assert_eq!(code(&mut world, "DeregisterContainerInstance", input), "InvalidParameterException");
    let input = json!({ "cluster": "web", "containerInstance": arns[0], "force": true });
    let answer = ok(&mut world, "DeregisterContainerInstance", input);
    assert_eq!(answer["containerInstance"]["status"], "INACTIVE");
    pass(&mut world, 30);
    assert!(world.ecs.tasks().iter().all(|task| !task.orphaned));
    assert_eq!(tasks_on(&world, &arns[1]).len(), 2);
}

#[test]
fn force_on_a_living_host_orphans_its_tasks_and_replaces_them() {
    let mut world = world();
    let arns = with_hosts(&mut world, 2);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 2, (100, 200));
    pass(&mut world, 30);
    let input = json!({ "cluster": "web", "containerInstance": arns[0], "force": true });
    ok(&mut world, "DeregisterContainerInstance", input);
    pass(&mut world, 30);
    let orphans: Vec<_> = world.ecs.tasks().into_iter().filter(|task| task.orphaned).collect();
    assert_eq!(orphans.len(), 1);
    assert_eq!(orphans[0].last_status, "STOPPED");
    assert_eq!((service(&world, "app").running, tasks_on(&world, &arns[1]).len()), (2, 2));
    host_terminated(&mut world, "i-00000000000000001");
    assert!(world.ecs.tasks().iter().all(|task| !task.orphaned));
}

#[test]
fn a_lost_agent_keeps_its_tasks_and_gets_no_new_ones() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "app", 512);
    serve(&mut world, "app", 1, (100, 200));
    pass(&mut world, 30);
    agent_lost(&mut world, "i-00000000000000001");
    let input = json!({ "cluster": "web", "service": "app", "desiredCount": 2 });
    ok(&mut world, "UpdateService", input);
    pass(&mut world, 60);
    assert_eq!(tasks_on(&world, &arns[0]).len(), 1);
    let failure = actions(&world.core.take_events(), "SERVICE_TASK_PLACEMENT_FAILURE");
    assert_eq!(failure[0]["reason"], "AGENT");
    agent_back(&mut world, "i-00000000000000001");
    pass(&mut world, 30);
    assert_eq!(service(&world, "app").running, 2);
}

#[test]
fn what_an_absent_agent_was_told_happens_when_it_is_back() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "job", 512);
    let run = ok(&mut world, "RunTask", json!({ "cluster": "web", "taskDefinition": "job" }));
    pass(&mut world, 30);
    agent_lost(&mut world, "i-00000000000000001");
    let input = json!({ "cluster": "web", "task": run["tasks"][0]["taskArn"] });
    ok(&mut world, "StopTask", input);
    pass(&mut world, 3600);
    let task = &tasks_on(&world, &arns[0])[0];
    assert_eq!((task.last_status, task.desired_status), ("RUNNING", "STOPPED"));
    assert_eq!(instance(&world, 1).running, 0, "what shall stop is not counted");
    agent_back(&mut world, "i-00000000000000001");
    pass(&mut world, 10);
    assert!(tasks_on(&world, &arns[0]).is_empty());
}

#[test]
fn a_task_under_way_when_its_agent_is_lost_waits_for_it() {
    let mut world = world();
    with_hosts(&mut world, 1);
    define(&mut world, "job", 512);
    let run = ok(&mut world, "RunTask", json!({ "cluster": "web", "taskDefinition": "job" }));
    let status = |world: &World| world.ecs.tasks()[0].last_status;
    agent_lost(&mut world, "i-00000000000000001");
    pass(&mut world, 600);
    assert_eq!(status(&world), "PENDING");
    agent_back(&mut world, "i-00000000000000001");
    pass(&mut world, 10);
    assert_eq!(status(&world), "RUNNING");
    let input = json!({ "cluster": "web", "task": run["tasks"][0]["taskArn"] });
    ok(&mut world, "StopTask", input);
    pass(&mut world, 2);
    agent_lost(&mut world, "i-00000000000000001");
    pass(&mut world, 600);
    assert_eq!(status(&world), "STOPPING");
    agent_back(&mut world, "i-00000000000000001");
    pass(&mut world, 10);
    assert_eq!(status(&world), "STOPPED");
}

#[test]
fn an_agent_that_forgets_itself_registers_a_second_time() {
    let mut world = world();
    with_hosts(&mut world, 1);
    agent_registers_twice(&mut world, "i-00000000000000001");
    pass(&mut world, 10);
    let mut connected: Vec<bool> =
        world.ecs.container_instances().iter().map(|i| i.agent_connected).collect();
    connected.sort_unstable();
    assert_eq!(connected, [false, true]);
    assert!(world.ecs.container_instances().iter().all(|i| i.status == "ACTIVE"));
}

#[test]
fn a_stopped_host_stays_active_without_tasks_and_is_itself_again_when_started() {
    let mut world = world();
    let arns = with_hosts(&mut world, 1);
    define(&mut world, "job", 512);
    ok(&mut world, "RunTask", json!({ "cluster": "web", "taskDefinition": "job" }));
    pass(&mut world, 30);
    host_stopped(&mut world, "i-00000000000000001");
    agent_back(&mut world, "i-00000000000000001");
    let stopped = instance(&world, 1);
    assert_eq!((stopped.status, stopped.agent_connected, stopped.running), ("ACTIVE", false, 0));
    host_boots(&mut world, host(1));
    pass(&mut world, 30);
    assert_eq!(
        (instance(&world, 1).arn, instance(&world, 1).agent_connected),
        (arns[0].clone(), true)
    );
}

#[test]
fn an_agent_can_register_over_the_api_and_is_the_same_the_second_time() {
    let mut world = world();
    let input = json!({
        "cluster": "web",
        "instanceIdentityDocument": "{\"instanceId\":\"i-0a\"}",
        "totalResources": [{ "name": "CPU", "type": "INTEGER", "integerValue": 4096 }],
        "attributes": [{ "name": "ecs.availability-zone", "value": "us-west-2c" }],
    });
    let first = ok(&mut world, "RegisterContainerInstance", input.clone());
    let first = &first["containerInstance"];
    assert_eq!((&first["status"], &first["agentConnected"]), (&json!("ACTIVE"), &json!(false)));
    assert_eq!(first["registeredResources"][0]["integerValue"], 4096);
    pass(&mut world, 5);
    let second = ok(&mut world, "RegisterContainerInstance", input);
    let second = &second["containerInstance"];
    assert_eq!(first["containerInstanceArn"], second["containerInstanceArn"]);
    assert_eq!(second["agentConnected"], true);
    let arn = first["containerInstanceArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:ecs:us-west-2:123456789012:container-instance/web/"));
}
