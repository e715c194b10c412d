//! `muster doctor` in worlds with one planted cause each: it names that cause first, and blames nothing where there is none.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use end_to_end::acts::{define, hosts, ids, pass, registrations, service, set_group, terminate};
use end_to_end::{Said, Stage, instances};
use jiff::SignedDuration;
use local_aws::world::ec2::Boot;
use local_aws::world::ecs::agent_lost;
use local_aws::world::{Service, World};
use serde_json::{Value, json};

/// The first finding of the first report that has one: its check and its verdict.
fn first(said: &Said) -> (String, String) {
    let reports = said.json();
    let findings = reports.iter().flat_map(|one| one["findings"].as_array().unwrap().clone());
    let found: Vec<Value> = findings.collect();
    let one = found.first().unwrap_or(&Value::Null);
    let text = |field: &str| one[field].as_str().unwrap_or("nothing").to_owned();
    (text("check"), text("verdict"))
}

async fn asked(stage: &Stage, what: &[&str]) -> Said {
    let mut arguments = vec!["doctor", "--json"];
    arguments.extend(what);
    stage.muster(&arguments).await
}

/// A host that was launched in this way, and did not join in five minutes.
async fn launched(boot: Boot) -> (Stage, String) {
    let stage = Stage::empty().await;
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "other" }));
    stage.aws.world(|world| {
        world.make_instance_role();
        world.plan_every_boot("web", boot);
    });
    stage.group("web", 1);
    pass(&stage, 5).await;
    let host = ids(&stage).remove(0);
    (stage, host)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_host_that_did_not_join_the_cause_is_named_first() {
    let other = || "other".to_owned();
    for (boot, check) in [
        (Boot::NoProfile, "instance-profile"),
        (Boot::NoRoute, "route"),
        (Boot::EgressClosed, "egress"),
        (Boot::WrongUserData { cluster: other() }, "user-data"),
        // It joined another cluster because its user data says so.
        (Boot::JoinsElsewhere { cluster: other() }, "user-data"),
        (Boot::AgentExits5, "agent"),
        (Boot::RegistersButNeverConnects, "registration"),
    ] {
        let (stage, host) = launched(boot).await;
        let said = asked(&stage, &[&host]).await;
        assert_eq!((first(&said).0.as_str(), said.code), (check, 2), "{}", said.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_too_little_or_is_gone_is_named_first() {
    let (stage, host) = launched(Boot::NeverJoins).await;
    let input = json!({
        "RoleName": "ecsInstanceRole",
        "PolicyArn": "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
    });
    stage.call(Service::Iam, "DetachRolePolicy", &input);
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("role-permissions", 2), "{}", said.out);
    assert!(said.out.contains("ecs:RegisterContainerInstance"), "{}", said.out);

    let name = "ecsInstanceRole";
    let input = json!({ "InstanceProfileName": name, "RoleName": name });
    stage.call(Service::Iam, "RemoveRoleFromInstanceProfile", &input);
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("role", 2), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_fails_is_named_first() {
    let (stage, host) = launched(Boot::NeverJoins).await;
    stage.aws.world(|world| world.impair(&host));
    pass(&stage, 1).await;
    let said = asked(&stage, &[&host]).await;
    assert!(["machine", "status-checks"].contains(&first(&said).0.as_str()), "{}", said.out);

    let stage = Stage::with_hosts(1).await;
    let host = ids(&stage).remove(0);
    let soon = stage.aws.world(|world| world.core.now() + SignedDuration::from_hours(30));
    stage.aws.world(|world| world.schedule_event(&host, "instance-retirement", soon));
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("machine", 2), "{}", said.out);
    assert!(said.out.contains("retire"), "{}", said.out);
}

/// The host that runs the only task.
fn busy(world: &mut World) -> Option<String> {
    let all = registrations(world);
    let busy = all.iter().find(|one| one["runningTasksCount"] == 1);
    busy.map(|one| one["ec2InstanceId"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_drain_that_hangs_the_task_the_service_and_the_setting_are_named() {
    // A service that may neither stop its task first nor start another.
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    define(&stage, "web");
    let configuration = json!({ "minimumHealthyPercent": 100, "maximumPercent": 100 });
    let input = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 1,
        "launchType": "EC2", "deploymentConfiguration": configuration,
    });
    stage.call(Service::Ecs, "CreateService", &input);
    stage.until(5, |world| busy(world).is_some()).await;
    let host = stage.aws.world(busy).unwrap();
    terminate(&stage, &host, false);
    pass(&stage, 3).await;
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("service-stuck", 2), "{}", said.out);
    assert!(said.out.contains("service web keeps at least 100 %"), "{}", said.out);

    // A task that nobody moves.
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    end_to_end::acts::standalone(&stage);
    stage.until(5, |world| busy(world).is_some()).await;
    let host = stage.aws.world(busy).unwrap();
    terminate(&stage, &host, false);
    pass(&stage, 3).await;
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("standalone-tasks", 2), "{}", said.out);
    assert!(said.out.contains("1 of batch"), "{}", said.out);

    // A task that asked not to be moved.
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    service(&stage, 1);
    stage.until(5, |world| busy(world).is_some()).await;
    let host = stage.aws.world(busy).unwrap();
    let tasks = stage.call(Service::Ecs, "ListTasks", &json!({ "cluster": "prod" }));
    let input = json!({
        "cluster": "prod", "tasks": tasks["taskArns"], "protectionEnabled": true,
        "expiresInMinutes": 600,
    });
    stage.call(Service::Ecs, "UpdateTaskProtection", &input);
    terminate(&stage, &host, false);
    pass(&stage, 3).await;
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("task-protection", 2), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_and_settings_did_is_named() {
    let stage = Stage::empty().await;
    hosts(&stage, 3).await;
    let host = ids(&stage).remove(0);
    assert_eq!(stage.muster(&["drain", &host]).await.code, 0);
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("drained-by-hand", 2), "{}", said.out);

    let stage = Stage::empty().await;
    stage.aws.world(World::make_instance_role);
    hosts(&stage, 3).await;
    let host = ids(&stage).remove(0);
    stage.aws.world(|world| agent_lost(world, &host));
    pass(&stage, 2).await;
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("agent-lost", 2), "{}", said.out);

    // The policy asks for an attribute that no host has.
    let stage = Stage::with(&[("RequiredAttributes", "team=blue")]).await;
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    stage.group("web", 1);
    pass(&stage, 5).await;
    let host = ids(&stage).remove(0);
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("requirements", 2), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_group_is_named_first() {
    let stage = Stage::with_hosts(2).await;
    let hook = |name: &str| json!({ "AutoScalingGroupName": "web", "LifecycleHookName": name });
    let group = ["--cluster", "prod"];
    let tag = |value: &str| {
        let tag = json!({
            "ResourceId": "web", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": "false",
            "Key": "muster:join-patience-seconds", "Value": value,
        });
        stage.call(Service::AutoScaling, "CreateOrUpdateTags", &json!({ "Tags": [tag] }));
    };
    tag("soon");
    let said = asked(&stage, &group).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("tags", 2), "{}", said.out);
    tag("600");

    let processes = json!({ "AutoScalingGroupName": "web", "ScalingProcesses": ["Terminate"] });
    stage.call(Service::AutoScaling, "SuspendProcesses", &processes);
    let said = asked(&stage, &group).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("suspended", 2), "{}", said.out);
    stage.call(Service::AutoScaling, "ResumeProcesses", &processes);

    stage.call(Service::AutoScaling, "DeleteLifecycleHook", &hook("muster-launch"));
    let said = asked(&stage, &group).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("launch-hook", 2), "{}", said.out);
    assert_eq!(stage.muster(&["enroll", "web", "--cluster", "prod", "--yes"]).await.code, 0);

    stage.call(Service::AutoScaling, "DeleteLifecycleHook", &hook("muster-terminate"));
    let said = asked(&stage, &group).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("terminate-hook", 2), "{}", said.out);

    // Another's hook holds the host, and ours is not there.
    let mut other = hook("backup");
    other["LifecycleTransition"] = json!("autoscaling:EC2_INSTANCE_TERMINATING");
    stage.call(Service::AutoScaling, "PutLifecycleHook", &other);
    let host = ids(&stage).remove(0);
    set_group(&stage, &json!({ "MinSize": "0" }));
    terminate(&stage, &host, true);
    pass(&stage, 3).await;
    let said = asked(&stage, &[&host]).await;
    assert_eq!((first(&said).0.as_str(), said.code), ("other-hook", 2), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_host_and_a_healthy_cluster_are_blamed_for_nothing() {
    let stage = Stage::empty().await;
    hosts(&stage, 3).await;
    service(&stage, 2);
    pass(&stage, 5).await;
    for host in ids(&stage) {
        let said = asked(&stage, &[&host]).await;
        assert_eq!((said.code, first(&said).0.as_str()), (0, "nothing"), "{}", said.out);
    }
    let said = asked(&stage, &[]).await;
    assert_eq!((said.code, said.json().len()), (0, 1), "one group, and no host: {}", said.out);
    assert!(stage.aws.world(instances).len() == 3);
}
