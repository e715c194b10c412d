//! The small cluster on which the calls are made: hosts in every phase that a call is about, and what IAM and CloudFormation
//! have of it.

use jiff::SignedDuration;
use local_aws::Counter;
use local_aws::world::ec2::{Boot, LaunchTemplate};
use local_aws::world::{Config, Service, World, ecs};
use serde_json::{Value, json};
use std::sync::Arc;

/// The stack of the custom resources.
pub const STACK: &str = "arn:aws:cloudformation:us-west-2:123456789012:stack/ecs/0a1b2c3d";
/// Nobody's policy.
pub const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/muster/boundary";

/// The cluster, and the names of what stands on it.
#[derive(Debug)]
pub struct Stage {
    /// AWS.
    pub counter: Arc<Counter>,
    /// How it was when it was set.
    pub begun: World,
    /// A host in service, with tasks.
    pub working: String,
    /// Another host in service.
    pub other: String,
    /// A host that its launch hook holds.
    pub joining: String,
    /// A host that its terminate hook holds, with a task.
    pub leaving: String,
    /// A host in service whose agent is lost.
    pub lost: String,
    /// The registrations' ARNs, by host.
    pub registrations: Vec<(String, String)>,
    /// All tasks.
    pub tasks: Vec<String>,
    /// A standalone task.
    pub alone: String,
    /// The services' ARNs.
    pub services: Vec<String>,
    /// The task definition of the service.
    pub definition: String,
}

fn pass(world: &mut World, seconds: i64) {
    let until = world.core.now() + SignedDuration::from_secs(seconds);
    world.advance_to(until);
}

fn must(world: &mut World, service: Service, operation: &str, input: &Value) -> Value {
    world.call(service, operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
}

/// A cluster with a group under Muster.
pub fn found(world: &mut World, desired: u32) {
    world.make_instance_role();
    must(world, Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    let tag =
        |key: &str, value: &str| json!({ "Key": key, "Value": value, "PropagateAtLaunch": "true" });
    let hook = |name: &str, transition: &str, default: &str| {
        json!({
            "LifecycleHookName": name, "HeartbeatTimeout": "900", "DefaultResult": default,
            "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
        })
    };
    let group = json!({
        "AutoScalingGroupName": "web", "MinSize": "0", "MaxSize": "10",
        "DesiredCapacity": desired.to_string(),
        "AvailabilityZones": ["us-west-2a", "us-west-2b"],
        "LaunchTemplate": { "LaunchTemplateName": "hosts", "Version": "1" },
        "Tags": [tag("muster:cluster", "prod"), tag("team", "platform")],
        "LifecycleHookSpecificationList": [
            hook("muster-launch", "LAUNCHING", "ABANDON"),
            hook("muster-terminate", "TERMINATING", "CONTINUE"),
        ],
    });
    must(world, Service::AutoScaling, "CreateAutoScalingGroup", &group);
    world.define_launch_template("hosts", LaunchTemplate::default());
}

/// Those of the group's hosts that are in this state, oldest first.
#[must_use]
pub fn in_state(world: &World, state: &str) -> Vec<String> {
    let Some(group) = world.autoscaling.group("web") else { return Vec::new() };
    let mut all: Vec<_> =
        group.members.values().filter(|one| one.state.to_string() == state).collect();
    all.sort_by_key(|one| (one.launched, one.id.clone()));
    all.into_iter().map(|one| one.id.clone()).collect()
}

fn define(world: &mut World, family: &str, more: &Value) {
    let container = json!({
        "name": "main", "image": family, "cpu": 64, "memory": 128, "essential": true,
        "portMappings": [{ "containerPort": 80, "hostPort": 8080 }],
    });
    let mut input = json!({ "family": family, "containerDefinitions": [container] });
    let members = input.as_object_mut().expect("an object");
    members.extend(more.as_object().cloned().unwrap_or_default());
    must(world, Service::Ecs, "RegisterTaskDefinition", &input);
}

fn work(world: &mut World) {
    define(world, "web", &json!({}));
    let ours =
        json!({ "type": "memberOf", "expression": "attribute:ecs.instance-type == m7g.large" });
    define(world, "batch", &json!({ "placementConstraints": [ours], "networkMode": "awsvpc" }));
    let service = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 3,
        "launchType": "EC2", "placementConstraints": [{ "type": "distinctInstance" }],
    });
    must(world, Service::Ecs, "CreateService", &service);
    let run = json!({ "cluster": "prod", "taskDefinition": "batch", "launchType": "EC2" });
    must(world, Service::Ecs, "RunTask", &run);
    pass(world, 120);
}

fn providers(world: &mut World) {
    let arn = world.autoscaling.group("web").expect("the group").arn.clone();
    let provider =
        json!({ "name": "ours", "autoScalingGroupProvider": { "autoScalingGroupArn": arn } });
    must(world, Service::Ecs, "CreateCapacityProvider", &provider);
    let attached = json!({
        "cluster": "prod", "capacityProviders": ["ours"],
        "defaultCapacityProviderStrategy": [{ "capacityProvider": "ours", "weight": 1, "base": 2 }],
    });
    must(world, Service::Ecs, "PutClusterCapacityProviders", &attached);
}

/// A role and a profile of each kind that a change is about.
fn roles(world: &mut World) {
    let service = json!({ "Service": "ec2.amazonaws.com" });
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole" }],
    });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "ecs:Poll", "Resource": "*" }],
    });
    let boundary = json!({ "PolicyName": "boundary", "Path": "/muster/", "PolicyDocument": policy.to_string() });
    must(world, Service::Iam, "CreatePolicy", &boundary);
    for name in ["ecs-EC2Role-0a1b2c3d", "ecs-BareRole-0a1b2c3d"] {
        let role = json!({
            "RoleName": name, "Path": "/muster/", "AssumeRolePolicyDocument": trust.to_string(),
            "Description": "of hosts", "PermissionsBoundary": BOUNDARY,
            "Tags": [{ "Key": "muster:stack", "Value": STACK }],
        });
        must(world, Service::Iam, "CreateRole", &role);
    }
    let role = json!("ecs-EC2Role-0a1b2c3d");
    let inline =
        json!({ "RoleName": role, "PolicyName": "manage", "PolicyDocument": policy.to_string() });
    must(world, Service::Iam, "PutRolePolicy", &inline);
    let attached = json!({ "RoleName": role, "PolicyArn": BOUNDARY });
    must(world, Service::Iam, "AttachRolePolicy", &attached);
    let tags = json!([{ "Key": "muster:stack", "Value": STACK }]);
    for profile in ["ecs-EC2Role-0a1b2c3d", "ecs-EmptyProfile-0a1b2c3d", "ecs-BareRole-0a1b2c3d"] {
        let profile = json!({ "InstanceProfileName": profile, "Path": "/muster/", "Tags": tags });
        must(world, Service::Iam, "CreateInstanceProfile", &profile);
    }
    let member = json!({ "InstanceProfileName": role, "RoleName": role });
    must(world, Service::Iam, "AddRoleToInstanceProfile", &member);
    let linked = json!({ "AWSServiceName": "ecs.amazonaws.com" });
    must(world, Service::Iam, "CreateServiceLinkedRole", &linked);
}

impl Stage {
    /// Sets the stage. It wants a Tokio runtime around it.
    #[must_use]
    pub fn set() -> Self {
        let counter = Counter::open(Config::default()).expect("it has no rules");
        let mut stage = counter.world(|world| {
            found(world, 5);
            // Without anybody who answers for the launch hook.
            pass(world, 90);
            for id in in_state(world, "Pending:Wait") {
                let go = json!({
                    "AutoScalingGroupName": "web", "InstanceId": id, "LifecycleHookName": "muster-launch",
                    "LifecycleActionResult": "CONTINUE",
                });
                must(world, Service::AutoScaling, "CompleteLifecycleAction", &go);
            }
            pass(world, 60);
            work(world);
            providers(world);
            roles(world);
            world.add_vpc_endpoint("ecs");
            crowd(world)
        });
        counter.stack_is(STACK, "DELETE_IN_PROGRESS");
        counter.keep("reconciler", "{\"record\":\"decision\"}");
        drop(counter.events());
        stage.begun = counter.world(|world| world.clone());
        stage.counter = Arc::new(counter);
        stage
    }

    /// The registration of a host.
    #[must_use]
    pub fn registration(&self, host: &str) -> &str {
        let found = self.registrations.iter().find(|(of, _)| of == host);
        found.map_or("", |(_, arn)| arn)
    }

    /// Sets everything back to how it was.
    pub fn again(&self) {
        self.counter.world(|world| *world = self.begun.clone());
        drop(self.counter.events());
    }

    /// The truth, as far as a write of ours can change it.
    #[must_use]
    pub fn truth(&self) -> String {
        self.counter.world(|world| truth(world))
    }
}

/// See [`Stage::truth`].
#[must_use]
pub fn truth(world: &World) -> String {
    let group = world.autoscaling.group("web");
    let hosts = world.ecs.container_instances();
    let tasks = world.ecs.tasks();
    let (roles, profiles): (Vec<_>, Vec<_>) =
        (world.iam.roles().collect(), world.iam.profiles().collect());
    let cluster = world.ecs.providers_of("prod");
    format!("{group:?} {hosts:?} {tasks:?} {cluster:?} {roles:?} {profiles:?}")
}

/// Has one host leave, one lose its agent, and one come.
fn crowd(world: &mut World) -> Stage {
    let hosts = in_state(world, "InService");
    let tasks = world.ecs.tasks();
    let has_alone = |host: &&String| {
        tasks.iter().any(|one| one.group.starts_with("family:") && &&one.ec2_instance_id == host)
    };
    let has_task = |host: &str| tasks.iter().any(|one| one.ec2_instance_id == host);
    let leaving = hosts.iter().find(has_alone).expect("a host with a standalone task").clone();
    let rest: Vec<&String> = hosts.iter().filter(|one| **one != leaving).collect();
    let (full, empty): (Vec<&String>, Vec<&String>) =
        rest.into_iter().partition(|one| has_task(one));
    let mut in_order = full.into_iter().chain(empty);
    let mut next = || in_order.next().expect("five hosts").clone();
    let (working, other, lost) = (next(), next(), next());

    ecs::agent_lost(world, &lost);
    let going = json!({ "InstanceId": leaving, "ShouldDecrementDesiredCapacity": "false" });
    must(world, Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", &going);
    let at = world.core.now() + SignedDuration::from_hours(300);
    world.schedule_event(&other, "instance-retirement", at);
    world.impair(&other);
    world.plan_every_boot("web", Boot::NeverJoins);
    pass(world, 60);
    let joining = in_state(world, "Pending:Wait").first().expect("one that joins").clone();
    let registrations: Vec<(String, String)> = world
        .ecs
        .container_instances()
        .into_iter()
        .map(|one| (one.ec2_instance_id, one.arn))
        .collect();
    let of = |host: &str| {
        let found = registrations.iter().find(|(of, _)| of == host);
        found.expect("it is registered").1.clone()
    };
    let mark = |host: &str, name: &str, value: &str| json!({ "name": name, "value": value, "targetType": "container-instance", "targetId": of(host) });
    let marks = json!({ "cluster": "prod", "attributes": [
        mark(&leaving, "muster.draining", "2026-03-04T05:03:00Z terminate"),
        mark(&lost, "muster.agent-lost", "2026-03-04T05:03:00Z 2026-03-04T05:04:00Z"),
        mark(&lost, "muster.not-found", "2026-03-04T05:03:00Z 2026-03-04T05:04:00Z"),
        mark(&working, "muster.protected", "2026-03-04T05:03:00Z tasks"),
    ] });
    must(world, Service::Ecs, "PutAttributes", &marks);
    let drain =
        json!({ "cluster": "prod", "containerInstances": [of(&leaving)], "status": "DRAINING" });
    must(world, Service::Ecs, "UpdateContainerInstancesState", &drain);
    let keep = json!({
        "AutoScalingGroupName": "web", "InstanceIds": [working], "ProtectedFromScaleIn": "true",
    });
    must(world, Service::AutoScaling, "SetInstanceProtection", &keep);
    let tag = |key: &str, value: &str| {
        json!({
            "ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": key, "Value": value,
            "PropagateAtLaunch": "false",
        })
    };
    let tags = json!({ "Tags": [
        tag("muster:breaker", "2026-03-04T05:03:00Z launch-loop"),
        tag("muster:spare", "2026-03-04T05:03:00Z 1"),
    ] });
    must(world, Service::AutoScaling, "CreateOrUpdateTags", &tags);

    let live = world.ecs.tasks().into_iter().filter(|one| one.last_status != "STOPPED");
    let live: Vec<_> = live.collect();
    let of_service = live.iter().filter(|one| one.group.starts_with("service:"));
    let first: Vec<&str> = of_service.map(|one| one.arn.as_str()).take(1).collect();
    let protect = json!({ "cluster": "prod", "tasks": first, "protectionEnabled": true });
    must(world, Service::Ecs, "UpdateTaskProtection", &protect);
    let alone = live.iter().find(|one| one.group.starts_with("family:")).expect("it runs");
    let (services, definition) = (
        must(world, Service::Ecs, "ListServices", &json!({ "cluster": "prod" })),
        must(world, Service::Ecs, "DescribeTaskDefinition", &json!({ "taskDefinition": "web" })),
    );
    let services = services["serviceArns"].as_array().expect("a list");
    let services = services.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let definition =
        definition["taskDefinition"]["taskDefinitionArn"].as_str().expect("an ARN").to_owned();
    Stage {
        // Put in place when all is set.
        counter: Arc::new(Counter::open(Config::default()).expect("it has no rules")),
        begun: World::new(Config::default()),
        alone: alone.arn.clone(),
        tasks: live.iter().map(|one| one.arn.clone()).collect(),
        working,
        other,
        joining,
        leaving,
        lost,
        registrations,
        services,
        definition,
    }
}
