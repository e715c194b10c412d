//! The life of one host: launched and let in, ten tasks, drained while three are still on it, let go, gone.

use crate::acts::{define, draining, ids, pass, registrations, set_group, terminate};
use crate::{Stage, in_service, instances};
use local_aws::world::{Service, World};
use serde_json::{Value, json};

/// How many tasks run on it.
pub const TASKS: usize = 10;
/// Of these, so many are there at once first; then come so many one by one; the rest is there when it leaves.
const AT_ONCE: usize = 4;
const ONE_BY_ONE: usize = 3;

/// Makes the cluster and its group, without a host.
pub fn prepare(stage: &Stage) {
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    stage.group("web", 0);
    define(stage, "batch");
}

/// One host's life, in a group that has no other. Returns how many seconds of world time the drain took.
pub async fn live(stage: &Stage) -> i64 {
    set_group(stage, &json!({ "MinSize": "1", "DesiredCapacity": "1" }));
    stage.until(20, |world| in_service(world) == 1).await;

    for task in start(stage, AT_ONCE).await {
        end(stage, &task).await;
    }
    for _ in 0..ONE_BY_ONE {
        for task in start(stage, 1).await {
            end(stage, &task).await;
        }
    }
    let rest = start(stage, TASKS - AT_ONCE - ONE_BY_ONE).await;

    set_group(stage, &json!({ "MinSize": "0" }));
    let from = stage.aws.world(|world| world.core.now());
    let host = ids(stage).remove(0);
    terminate(stage, &host, true);
    stage.until(20, |world| draining(world) == 1).await;
    for task in rest {
        // A minute for each, so that the clock ticks in between.
        pass(stage, 1).await;
        end(stage, &task).await;
    }
    stage.until(20, |world| !has_seat(world, "Terminating:Wait")).await;
    let over = stage.aws.world(|world| world.core.now());
    stage.until(20, |world| instances(world).is_empty() && registrations(world).is_empty()).await;
    // What was said last is heard too.
    pass(stage, 2).await;
    over.duration_since(from).as_secs()
}

fn has_seat(world: &mut World, state: &str) -> bool {
    instances(world).iter().any(|one| one["LifecycleState"] == state)
}

/// Starts tasks, and waits until they run.
async fn start(stage: &Stage, count: usize) -> Vec<String> {
    let input = json!({
        "cluster": "prod", "taskDefinition": "batch", "launchType": "EC2", "count": count,
    });
    let answer = stage.call(Service::Ecs, "RunTask", &input);
    let tasks = answer["tasks"].as_array().unwrap().iter();
    let tasks: Vec<String> =
        tasks.map(|task| task["taskArn"].as_str().unwrap().to_owned()).collect();
    assert_eq!(tasks.len(), count, "{answer}");
    for task in &tasks {
        stage.until(5, |world| status(world, task) == "RUNNING").await;
    }
    tasks
}

/// Ends a task, and waits until it has stopped.
async fn end(stage: &Stage, task: &str) {
    stage.call(Service::Ecs, "StopTask", &json!({ "cluster": "prod", "task": task }));
    stage.until(5, |world| status(world, task) == "STOPPED").await;
}

fn status(world: &mut World, task: &str) -> Value {
    let input = json!({ "cluster": "prod", "tasks": [task] });
    world.call(Service::Ecs, "DescribeTasks", &input).unwrap()["tasks"][0]["lastStatus"].clone()
}
