//! Days on which something goes wrong, by the real binaries: agents are lost, machines are to be retired, events do not come.
//! What the functions do then they do under their own roles.

use end_to_end::acts::{
    define, draining, hosts, ids, marks, of_host, pass, registrations, said_now, service,
    set_group, standalone, states, terminate, terminated,
};
use end_to_end::{Stage, in_service, instances, sample};
use jiff::SignedDuration;
use local_aws::Weather;
use local_aws::world::ecs::{agent_back, agent_lost, host_stopped};
use local_aws::world::{Service, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_lost_and_comes_back_leaves_no_mark_with_or_without_its_event() {
    for weather in [Weather::Fair, Weather::DropAll] {
        let stage = Stage::empty().await;
        hosts(&stage, 3).await;
        let host = ids(&stage)[0].clone();
        stage.aws.set_weather(weather);
        stage.aws.world(|world| agent_lost(world, &host));
        stage.until(5, |world| marks(world) == ["muster.agent-lost"]).await;
        stage.aws.world(|world| agent_back(world, &host));
        stage.until(5, |world| marks(world).is_empty()).await;
        assert_eq!(ids(&stage).len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_agent_stays_away_is_given_up_and_replaced() {
    let stage = Stage::empty().await;
    hosts(&stage, 3).await;
    let host = ids(&stage)[0].clone();
    stage.aws.world(|world| agent_lost(world, &host));
    stage.until(60, |world| !instances(world).iter().any(|one| one["InstanceId"] == *host)).await;
    stage.until(20, |world| in_service(world) == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_too_many_are_in_trouble_nothing_is_taken_and_afterwards_the_mark_goes() {
    let mut stage = Stage::empty().await;
    hosts(&stage, 5).await;
    let lost: Vec<String> = ids(&stage).into_iter().take(3).collect();
    stage.aws.world(|world| lost.iter().for_each(|host| agent_lost(world, host)));
    stage.heard();
    pass(&stage, 15).await;
    assert!(!stage.writes().iter().any(|call| call == "SetInstanceHealth"));
    let mark = |world: &mut World| {
        let group = world.autoscaling.group("web").unwrap();
        group.tags.contains_key("muster:breaker")
    };
    assert!(stage.aws.world(mark));
    stage.aws.world(|world| lost.iter().for_each(|host| agent_back(world, host)));
    stage.until(30, |world| !mark(world)).await;
    assert_eq!(ids(&stage).len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_to_be_retired_is_drained_and_replaced_and_one_that_is_not_after_all_goes_on()
 {
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    standalone(&stage);
    let busy = |world: &mut World| {
        let all = registrations(world);
        let busy = all.iter().find(|one| one["runningTasksCount"] == 1);
        busy.map(|one| one["ec2InstanceId"].as_str().unwrap().to_owned())
    };
    stage.until(5, |world| busy(world).is_some()).await;
    let host = stage.aws.world(busy).unwrap();
    let soon = stage.aws.world(|world| world.core.now() + SignedDuration::from_mins(30));
    stage.aws.world(|world| world.schedule_event(&host, "instance-retirement", soon));
    stage.until(5, |world| draining(world) == 1).await;
    // AWS changes its mind.
    stage.aws.pause_schedules(true);
    stage.aws.world(|world| world.complete_event(&host, "instance-retirement"));
    pass(&stage, 30).await;
    let mut event = sample("health-ec2-instance-retirement-scheduled.json");
    event["resources"] = json!([host]);
    event["detail"]["affectedEntities"] = json!([{ "entityValue": host }]);
    let handed = stage.hand("host-drainer", said_now(&stage, event)).await;
    assert_eq!(stage.aws.world(draining), 0, "{:?}", handed.records);
    assert!(!stage.aws.world(marks).contains(&"muster.draining".to_owned()));
    stage.aws.pause_schedules(false);

    let soon = stage.aws.world(|world| world.core.now() + SignedDuration::from_hours(10));
    let idle = ids(&stage).into_iter().find(|id| *id != host).unwrap();
    stage.aws.world(|world| world.schedule_event(&idle, "instance-retirement", soon));
    stage.until(60, |world| !instances(world).iter().any(|one| one["InstanceId"] == *idle)).await;
    stage.until(20, |world| in_service(world) == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standalone_task_on_a_leaving_host_is_stopped_after_its_grace() {
    for swept in [true, false] {
        let stage = Stage::with(&[("StandaloneGraceSeconds", "120")]).await;
        hosts(&stage, 1).await;
        standalone(&stage);
        stage.until(5, |world| registrations(world)[0]["runningTasksCount"] == 1).await;
        let host = ids(&stage)[0].clone();
        stage.aws.pause_schedules(!swept);
        terminate(&stage, &host, false);
        if !swept {
            pass(&stage, 4).await;
            stage.hand("host-drainer", of_host(&stage, &host)).await;
            stage.until(5, |world| registrations(world)[0]["runningTasksCount"] == 0).await;
            stage.aws.pause_schedules(false);
        }
        stage
            .until(30, |world| !instances(world).iter().any(|one| one["InstanceId"] == *host))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_drain_that_takes_long_the_service_is_looked_at() {
    let stage = Stage::empty().await;
    hosts(&stage, 1).await;
    service(&stage, 1);
    stage.until(5, |world| registrations(world)[0]["runningTasksCount"] == 1).await;
    let host = ids(&stage)[0].clone();
    set_group(&stage, &json!({ "MaxSize": "1", "MinSize": "0" }));
    terminate(&stage, &host, true);
    set_group(&stage, &json!({ "MaxSize": "0" }));
    pass(&stage, 12).await;
    // Its task has nowhere to go, so it waits, and says for what.
    let handed = stage.hand("host-drainer", of_host(&stage, &host)).await;
    let told = handed.record()["hold"].to_string();
    assert!(told.contains("service:web"), "{}", handed.record());
    // Whoever says that it is gone is not believed.
    let handed = stage.hand("host-deregisterer", terminated(&stage, &host)).await;
    assert_eq!(handed.record()["hold"]["hold"], "still-connected", "{}", handed.record());
    assert_eq!(stage.aws.world(states), ["Terminating:Wait"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_of_a_machine_that_is_gone_is_struck_off_by_the_event_or_without_it() {
    for weather in [Weather::Fair, Weather::DropAll] {
        let stage = Stage::empty().await;
        hosts(&stage, 2).await;
        service(&stage, 2);
        stage
            .until(5, |world| registrations(world).iter().all(|one| one["runningTasksCount"] == 1))
            .await;
        let host = ids(&stage)[0].clone();
        stage.aws.set_weather(weather);
        // Stopped by hand, so that ECS keeps the registration, and drained by hand.
        let all = stage.aws.world(registrations);
        let one = all.iter().find(|one| one["ec2InstanceId"] == *host).unwrap();
        let drain = json!({
            "cluster": "prod", "status": "DRAINING",
            "containerInstances": [one["containerInstanceArn"]],
        });
        stage.call(Service::Ecs, "UpdateContainerInstancesState", &drain);
        stage.aws.world(|world| {
            agent_lost(world, &host);
            host_stopped(world, &host);
            world.crash(&host);
        });
        stage
            .until(90, |world| registrations(world).iter().all(|one| one["ec2InstanceId"] != *host))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_ec2_does_not_find_for_a_moment_is_marked_and_the_mark_goes() {
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    let host = ids(&stage)[0].clone();
    stage.aws.pause_schedules(true);
    stage.aws.set_weather(Weather::DropAll);
    stage.aws.world(|world| agent_lost(world, &host));
    stage.aws.world(|world| world.hide_instance(&host, true));
    stage.hand("host-deregisterer", terminated(&stage, &host)).await;
    assert_eq!(stage.aws.world(marks), ["muster.not-found"]);
    stage.aws.world(|world| world.hide_instance(&host, false));
    stage.hand("host-deregisterer", terminated(&stage, &host)).await;
    assert_eq!(stage.aws.world(marks), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_goes_into_the_warm_pool_when_it_is_empty_and_back_into_service() {
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    service(&stage, 2);
    stage
        .until(5, |world| registrations(world).iter().all(|one| one["runningTasksCount"] == 1))
        .await;
    let pool = json!({
        "AutoScalingGroupName": "web", "PoolState": "Running", "MinSize": "0",
        "MaxGroupPreparedCapacity": "2", "InstanceReusePolicy": { "ReuseOnScaleIn": "true" },
    });
    stage.call(Service::AutoScaling, "PutWarmPool", &pool);
    set_group(&stage, &json!({ "MinSize": "1", "MaxSize": "1" }));
    let pooled = |world: &mut World| {
        let all = instances(world);
        let one = all.iter().find(|one| one["LifecycleState"] == "Warmed:Pending:Wait");
        one.map(|one| one["InstanceId"].as_str().unwrap().to_owned())
    };
    stage.until(5, |world| pooled(world).is_some()).await;
    // Its task may not run beside the other, and so it cannot leave.
    pass(&stage, 12).await;
    let host = stage.aws.world(pooled).unwrap();
    stage.hand("agent-verifier", of_host(&stage, &host)).await;
    assert_eq!(stage.aws.world(draining), 1);
    let one = json!({ "cluster": "prod", "service": "web", "desiredCount": 1 });
    stage.call(Service::Ecs, "UpdateService", &one);
    stage.until(60, |world| states(world).iter().any(|state| state.starts_with("Warmed:R"))).await;
    set_group(&stage, &json!({ "MinSize": "2", "MaxSize": "2" }));
    stage.until(30, |world| in_service(world) == 2 && draining(world) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_bound_to_a_capacity_provider_grows_its_group() {
    let stage = Stage::empty().await;
    hosts(&stage, 0).await;
    define(&stage, "web");
    let arn = stage.aws.world(|world| world.autoscaling.group("web").unwrap().arn.clone());
    stage.call(
        Service::Ecs,
        "CreateCapacityProvider",
        &json!({ "name": "web", "autoScalingGroupProvider": { "autoScalingGroupArn": arn } }),
    );
    let strategy = json!([{ "capacityProvider": "web", "weight": 1, "base": 0 }]);
    stage.call(
        Service::Ecs,
        "PutClusterCapacityProviders",
        &json!({
            "cluster": "prod", "capacityProviders": ["web"], "defaultCapacityProviderStrategy": [],
        }),
    );
    let input = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2,
        "capacityProviderStrategy": strategy,
    });
    stage.call(Service::Ecs, "CreateService", &input);
    stage.until(20, |world| in_service(world) == 1).await;
}

// Checks S18.
#[tokio::test(flavor = "multi_thread")]
async fn a_wish_for_a_part_of_the_fleet_is_swept_and_nothing_besides() {
    let stage = Stage::empty().await;
    hosts(&stage, 2).await;
    let wish = |tags: &[&str], slice: [u32; 2]| {
        let detail = json!({
            "version": "1", "cluster": "prod", "slice": { "index": slice[0], "of": slice[1] }, "tags": tags,
        });
        let event = json!({
            "version": "0", "id": "0d079340-135a-c8c6-95c2-41fb8f496c53", "source": "muster",
            "detail-type": "Sweep Wanted", "resources": [], "detail": detail,
        });
        said_now(&stage, event)
    };
    let seen = async |payload: String| {
        let handed = stage.hand("reconciler", payload).await;
        handed.record()["because"].as_str().unwrap().to_owned()
    };
    assert_eq!(seen(wish(&["prod"], [0, 1])).await, "2 hosts in 1 clusters: acted on 0");
    assert_eq!(seen(wish(&["other", "prod"], [0, 1])).await, "2 hosts in 1 clusters: acted on 0");
    assert_eq!(seen(wish(&["other"], [0, 1])).await, "0 hosts in 0 clusters: acted on 0");
    // What the version before this one said.
    assert_eq!(seen(wish(&[], [0, 1])).await, "2 hosts in 1 clusters: acted on 0");
    let [first, second] =
        [seen(wish(&["prod"], [0, 2])).await, seen(wish(&["prod"], [1, 2])).await];
    let count = |told: &str| told.split(' ').next().unwrap().parse::<u32>().unwrap();
    assert_eq!(count(&first) + count(&second), 2, "{first}; {second}");
}
