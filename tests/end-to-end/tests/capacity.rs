//! The group follows the work, by the real binary over the wire: launch templates, launches that fail, refreshes, standalone
//! tasks, and hosts that leave.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use end_to_end::{Stage, in_service, instances};
use jiff::SignedDuration;
use local_aws::world::{Service, World};
use serde_json::{Value, json};

fn tick() -> String {
    json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}" })
        .to_string()
}

fn define(stage: &Stage, family: &str, cpu: u32, memory: u32) {
    let container =
        json!({ "name": "main", "image": family, "cpu": cpu, "memory": memory, "essential": true });
    let definition = json!({ "family": family, "containerDefinitions": [container] });
    stage.call(Service::Ecs, "RegisterTaskDefinition", &definition);
}

fn service(stage: &Stage, tasks: u32) {
    define(stage, "web", 1_024, 1_000);
    let input = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web",
        "desiredCount": tasks, "launchType": "EC2",
    });
    stage.call(Service::Ecs, "CreateService", &input);
}

fn set_tasks(stage: &Stage, tasks: u32) {
    let input = json!({ "cluster": "prod", "service": "web", "desiredCount": tasks });
    stage.call(Service::Ecs, "UpdateService", &input);
}

fn running(world: &mut World) -> u64 {
    let input = json!({ "cluster": "prod", "services": ["web"] });
    let answer = world.call(Service::Ecs, "DescribeServices", &input).unwrap();
    answer["services"][0]["runningCount"].as_u64().unwrap()
}

fn desired(stage: &Stage) -> Value {
    let input = json!({ "AutoScalingGroupNames": ["web"] });
    let answer = stage.call(Service::AutoScaling, "DescribeAutoScalingGroups", &input);
    answer["AutoScalingGroups"][0]["DesiredCapacity"].clone()
}

fn is(value: &Value, number: u32) -> bool {
    *value == json!(number) || *value == json!(number.to_string())
}

fn protected(world: &mut World) -> Vec<bool> {
    let yes =
        |one: &Value| one["ProtectedFromScaleIn"] == true || one["ProtectedFromScaleIn"] == "true";
    instances(world).iter().map(yes).collect()
}

/// Lets so many minutes pass.
async fn pass(stage: &Stage, minutes: i64) {
    let over = stage.aws.run_until(SignedDuration::from_mins(minutes), |_| false).await;
    assert!(over.is_err(), "nothing is waited for");
}

/// What the adjuster says of the group now.
async fn hold(stage: &Stage) -> Value {
    let handed = stage.hand("capacity-adjuster", tick()).await;
    let lines = handed.record()["lines"].as_array().unwrap().clone();
    lines.iter().find(|line| line["name"] == "web").unwrap()["hold"].clone()
}

/// An account with the cluster `prod` and the group `web` without a host.
async fn at_zero() -> Stage {
    let stage = Stage::empty().await;
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    stage.group("web", 0);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_a_group_grows_to_just_what_the_work_needs() {
    let stage = at_zero().await;
    service(&stage, 6);
    stage.hand("capacity-adjuster", tick()).await;
    // Two tasks of a vCPU on each m7g.large, as its launch template says.
    assert!(is(&desired(&stage), 3), "{}", desired(&stage));
    stage.until(10, |world| running(world) == 6).await;
    assert!(is(&desired(&stage), 3), "{}", desired(&stage));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_cannot_launch_says_so_and_is_not_hammered() {
    let mut stage = at_zero().await;
    stage.aws.world(|world| world.refuse_launches("web", 5));
    service(&stage, 6);
    stage.hand("capacity-adjuster", tick()).await;
    stage.heard();
    pass(&stage, 2).await;
    let told = hold(&stage).await;
    assert_eq!(told["hold"], "cannot-launch", "{told}");
    assert!(told["why"].as_str().unwrap().contains("sufficient capacity"), "{told}");
    let sets = stage.writes().into_iter().filter(|call| call == "SetDesiredCapacity").count();
    assert_eq!(sets, 0, "what was asked for once is not asked for again");
    assert!(is(&desired(&stage), 3));
    // EC2 has capacity again, and the group itself comes to its size.
    stage.until(20, |world| running(world) == 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_instance_refresh_goes_on_the_size_is_left_alone() {
    let stage = at_zero().await;
    let group = json!({ "AutoScalingGroupName": "web" });
    stage.call(Service::AutoScaling, "StartInstanceRefresh", &group);
    service(&stage, 6);
    let told = hold(&stage).await;
    assert_eq!(told["hold"], "hands-off", "{told}");
    assert!(is(&desired(&stage), 0));
    stage.call(Service::AutoScaling, "CancelInstanceRefresh", &group);
    stage.until(10, |world| running(world) == 6).await;
}

/// Has the group launch two types from now on, with these weights or with none.
fn mix(stage: &Stage, weights: Option<[&str; 2]>) {
    let types = ["m7g.large", "m7g.xlarge"].into_iter().enumerate().map(|(at, name)| {
        let mut one = json!({ "InstanceType": name });
        if let Some(weights) = weights {
            one["WeightedCapacity"] = json!(weights[at]);
        }
        one
    });
    let input = json!({ "AutoScalingGroupName": "web", "MixedInstancesPolicy": { "LaunchTemplate": {
        "LaunchTemplateSpecification": { "LaunchTemplateName": "hosts", "Version": "1" },
        "Overrides": types.collect::<Vec<_>>(),
    }}});
    stage.call(Service::AutoScaling, "UpdateAutoScalingGroup", &input);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_several_types_grows_from_nothing_and_settles_at_what_it_was_given() {
    let stage = at_zero().await;
    mix(&stage, None);
    // AWS has no m7g.large left, so the group launches the other type.
    stage.aws.no_capacity("m7g.large", true);
    service(&stage, 6);
    stage.until(20, |world| running(world) == 6).await;
    // Planned for the small type; of the larger hosts that came, one is not needed, and leaves.
    stage.until(20, |world| in_service(world) == 2 && instances(world).len() == 2).await;
    pass(&stage, 10).await;
    assert!(is(&desired(&stage), 2), "{}", desired(&stage));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_sizes_count_weights_is_left_alone() {
    let stage = at_zero().await;
    mix(&stage, Some(["1", "2"]));
    service(&stage, 6);
    let told = hold(&stage).await;
    assert_eq!(told["hold"], "hands-off", "{told}");
    assert!(told["why"].as_str().unwrap().contains("weights"), "{told}");
    assert!(is(&desired(&stage), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_the_work_does_not_need_are_drained_and_leave_with_their_seats() {
    let mut stage = at_zero().await;
    service(&stage, 8);
    stage.until(10, |world| running(world) == 8 && in_service(world) == 4).await;
    set_tasks(&stage, 2);
    stage.heard();
    // Those without work after three minutes, and of those with work a fifth in a quarter of an hour.
    let mut least = u64::MAX;
    stage
        .until(40, |world| {
            least = least.min(running(world));
            instances(world).len() == 1
        })
        .await;
    assert!(least >= 2, "only {least} of two tasks ran at one moment");
    assert!(is(&desired(&stage), 1), "{}", desired(&stage));
    let writes = stage.writes();
    assert!(writes.iter().any(|call| call == "TerminateInstanceInAutoScalingGroup"), "{writes:?}");
    assert!(!writes.iter().any(|call| call == "SetDesiredCapacity"), "{writes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standalone_task_holds_its_host_and_its_protection_ends_with_it() {
    let stage = Stage::with_hosts(2).await;
    define(&stage, "batch", 64, 64);
    let run = json!({ "cluster": "prod", "taskDefinition": "batch", "launchType": "EC2" });
    let run = stage.call(Service::Ecs, "RunTask", &run);
    // The other host leaves; Min is none.
    stage.until(10, |world| protected(world) == [true]).await;
    assert!(is(&desired(&stage), 1));
    let task = &run["tasks"][0]["taskArn"];
    stage.call(Service::Ecs, "StopTask", &json!({ "cluster": "prod", "task": task }));
    stage.until(5, |world| protected(world) == [false]).await;
    stage.until(10, |world| instances(world).is_empty()).await;
}
