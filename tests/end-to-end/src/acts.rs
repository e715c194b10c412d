//! What people, ECS and EC2 do on the stage, and what is to be seen of it.

use crate::{Stage, in_service, instances, sample};
use jiff::SignedDuration;
use local_aws::world::{Service, World};
use serde_json::{Value, json};

/// The hosts' ids, in order.
pub fn ids(stage: &Stage) -> Vec<String> {
    let all = stage.aws.world(instances);
    let mut ids: Vec<String> =
        all.iter().map(|one| one["InstanceId"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// The states of all hosts.
pub fn states(world: &mut World) -> Vec<String> {
    let all = instances(world);
    all.iter().map(|one| one["LifecycleState"].as_str().unwrap().to_owned()).collect()
}

/// Changes the group `web`.
pub fn set_group(stage: &Stage, input: &Value) {
    let mut all = json!({ "AutoScalingGroupName": "web" });
    all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    stage.call(Service::AutoScaling, "UpdateAutoScalingGroup", &all);
}

/// Hosts that stay, whatever the work is.
pub async fn hosts(stage: &Stage, count: u32) {
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    stage.group("web", count);
    set_group(stage, &json!({ "MinSize": count.to_string() }));
    stage.until(20, |world| in_service(world) == usize::try_from(count).unwrap()).await;
}

/// Registers a small task definition.
pub fn define(stage: &Stage, family: &str) {
    let container =
        json!({ "name": "main", "image": family, "cpu": 64, "memory": 64, "essential": true });
    let definition = json!({ "family": family, "containerDefinitions": [container] });
    stage.call(Service::Ecs, "RegisterTaskDefinition", &definition);
}

/// Starts a standalone task.
pub fn standalone(stage: &Stage) {
    define(stage, "batch");
    let run = json!({ "cluster": "prod", "taskDefinition": "batch", "launchType": "EC2" });
    stage.call(Service::Ecs, "RunTask", &run);
}

/// Makes the service `web`, of whose tasks no two run on one host.
pub fn service(stage: &Stage, tasks: u32) {
    define(stage, "web");
    let input = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web",
        "desiredCount": tasks, "launchType": "EC2",
        "placementConstraints": [{ "type": "distinctInstance" }],
    });
    stage.call(Service::Ecs, "CreateService", &input);
}

/// The registrations, as ECS describes them.
pub fn registrations(world: &mut World) -> Vec<Value> {
    let listed = world.call(Service::Ecs, "ListContainerInstances", &json!({ "cluster": "prod" }));
    let arns = listed.unwrap()["containerInstanceArns"].clone();
    if arns == json!([]) {
        return Vec::new();
    }
    let input = json!({ "cluster": "prod", "containerInstances": arns });
    let described = world.call(Service::Ecs, "DescribeContainerInstances", &input).unwrap();
    described["containerInstances"].as_array().unwrap().clone()
}

/// The marks that Muster left on registrations.
pub fn marks(world: &mut World) -> Vec<String> {
    let all = registrations(world);
    let attributes = all.iter().flat_map(|one| one["attributes"].as_array().unwrap().clone());
    let names = attributes.map(|one| one["name"].as_str().unwrap().to_owned());
    names.filter(|name| name.starts_with("muster.")).collect()
}

/// How many registrations are DRAINING.
pub fn draining(world: &mut World) -> usize {
    registrations(world).iter().filter(|one| one["status"] == "DRAINING").count()
}

/// Lets so many minutes pass.
pub async fn pass(stage: &Stage, minutes: i64) {
    let over = stage.aws.run_until(SignedDuration::from_mins(minutes), |_| false).await;
    assert!(over.is_err(), "nothing is waited for");
}

/// An event as if it were said here and now.
pub fn said_now(stage: &Stage, mut event: Value) -> String {
    event["region"] = json!("us-west-2");
    event["account"] = json!("123456789012");
    event["time"] = stage.aws.world(|world| json!(world.core.now_text()));
    event.to_string()
}

/// What ECS says of a host.
pub fn of_host(stage: &Stage, host: &str) -> String {
    let all = stage.aws.world(registrations);
    let one = all.iter().find(|one| one["ec2InstanceId"] == *host).unwrap();
    let mut event = sample("ecs-container-instance-draining.json");
    let detail = json!({
        "clusterArn": "arn:aws:ecs:us-west-2:123456789012:cluster/prod",
        "containerInstanceArn": one["containerInstanceArn"], "ec2InstanceId": host,
        "status": one["status"], "agentConnected": one["agentConnected"],
    });
    event["detail"].as_object_mut().unwrap().extend(detail.as_object().unwrap().clone());
    said_now(stage, event)
}

/// What EC2 says of a machine that is gone.
pub fn terminated(stage: &Stage, host: &str) -> String {
    let mut event = sample("ec2-state-change-terminated.json");
    event["detail"]["instance-id"] = json!(host);
    said_now(stage, event)
}

/// An operator terminates a host, with its seat or without.
pub fn terminate(stage: &Stage, host: &str, fewer: bool) {
    let input = json!({
        "InstanceId": host, "ShouldDecrementDesiredCapacity": fewer.to_string(),
    });
    stage.call(Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", &input);
}
