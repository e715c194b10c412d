//! The model of ECS against what the documentation says of ECS.

mod attributes;
mod batches;
mod daemons;
mod demanded;
mod drain;
mod events;
mod health;
mod providers;
mod registration;
mod services;
mod tasks;

use super::{Host, agent_lost, host_boots, view};
use crate::world::{Answer, Config, Service, World};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// A world with the cluster `web`.
fn world() -> World {
    let mut world = World::new(Config::default());
    ok(&mut world, "CreateCluster", json!({ "clusterName": "web" }));
    world
}

#[expect(clippy::needless_pass_by_value, reason = "a request is written where it is made")]
fn call(world: &mut World, operation: &str, input: Value) -> Answer {
    world.call(Service::Ecs, operation, &input)
}

fn ok(world: &mut World, operation: &str, input: Value) -> Value {
    call(world, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn code(world: &mut World, operation: &str, input: Value) -> String {
    match call(world, operation, input) {
        Ok(answer) => panic!("{operation} answered {answer}"),
        Err(error) => error.code,
    }
}

fn pass(world: &mut World, time: i64) {
    let until = world.core.now() + seconds(time);
    world.advance_to(until);
}

fn host(number: u32) -> Host {
    Host {
        instance_id: format!("i-{number:017x}"),
        cluster: "web".to_owned(),
        instance_type: "m7i.large".to_owned(),
        zone: if number.is_multiple_of(2) { "us-west-2a" } else { "us-west-2b" }.to_owned(),
        subnet_id: "subnet-0123456789abcdef0".to_owned(),
        image_id: "ami-0123456789abcdef0".to_owned(),
        registers_after: Some(seconds(20)),
        connects_after: Some(seconds(3)),
    }
}

/// Hosts 1 to `count`, registered and connected; their container instances' ARNs in that order.
fn with_hosts(world: &mut World, count: u32) -> Vec<String> {
    (1..=count).for_each(|number| host_boots(world, host(number)));
    pass(world, 30);
    (1..=count).map(|number| instance(world, number).arn).collect()
}

/// The newest container instance of host `number`.
fn instance(world: &World, number: u32) -> view::ContainerInstance {
    let id = format!("i-{number:017x}");
    let all = world.ecs.container_instances();
    all.into_iter().find(|instance| instance.ec2_instance_id == id).unwrap()
}

/// Registers the task definition `name` with 256 CPU units and `memory` MiB.
fn define(world: &mut World, name: &str, memory: u32) {
    let container = json!({ "name": "app", "image": "app", "cpu": 256, "memory": memory });
    define_with(world, name, &container);
}

fn define_with(world: &mut World, name: &str, container: &Value) {
    let input = json!({ "family": name, "containerDefinitions": [container] });
    ok(world, "RegisterTaskDefinition", input);
}

/// Creates the service `name` of the task definition of that name, with these percents.
fn serve(world: &mut World, name: &str, desired: u32, percents: (u32, u32)) {
    let input = json!({
        "cluster": "web", "serviceName": name, "taskDefinition": name, "desiredCount": desired,
        "deploymentConfiguration": {
            "minimumHealthyPercent": percents.0, "maximumPercent": percents.1,
        },
    });
    ok(world, "CreateService", input);
}

fn set_state(world: &mut World, arn: &str, status: &str) -> Value {
    let input = json!({ "cluster": "web", "containerInstances": [arn], "status": status });
    ok(world, "UpdateContainerInstancesState", input)
}

fn describe(world: &mut World, arn: &str) -> Value {
    let input = json!({ "cluster": "web", "containerInstances": [arn] });
    ok(world, "DescribeContainerInstances", input)["containerInstances"][0].clone()
}

fn service(world: &World, name: &str) -> view::Service {
    world.ecs.services().into_iter().find(|service| service.name == name).unwrap()
}

/// The tasks on a container instance that are not STOPPED.
fn tasks_on(world: &World, arn: &str) -> Vec<view::Task> {
    let all = world.ecs.tasks().into_iter();
    all.filter(|task| task.container_instance == arn && task.last_status != "STOPPED").collect()
}

/// The details of the events of a kind said since the last time events were taken.
fn said(events: &[Value], kind: &str) -> Vec<Value> {
    let of_kind = events.iter().filter(|event| event["detail-type"] == kind);
    of_kind.map(|event| event["detail"].clone()).collect()
}

fn actions(events: &[Value], name: &str) -> Vec<Value> {
    let all = said(events, "ECS Service Action").into_iter();
    all.filter(|detail| detail["eventName"] == name).collect()
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let story = || {
        let mut world = world();
        with_hosts(&mut world, 3);
        define(&mut world, "app", 512);
        serve(&mut world, "app", 4, (100, 200));
        pass(&mut world, 120);
        world.core.take_events()
    };
    assert_eq!(story(), story());
}
