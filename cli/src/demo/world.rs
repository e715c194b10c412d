//! What the story asks of the world: the truth, not the functions' words.

use local_aws::world::{Service, World};
use serde_json::{Value, json};

/// A host's seat: its id, its group and its lifecycle state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) lifecycle: String,
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list(world: &mut World, service: Service, call: &str, input: &Value, field: &str) -> Vec<Value> {
    let answer = world.call(service, call, input).unwrap_or_default();
    answer.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Every seat of every group.
pub(crate) fn seats(world: &mut World) -> Vec<Seat> {
    let call = "DescribeAutoScalingInstances";
    let all = list(world, Service::AutoScaling, call, &json!({}), "AutoScalingInstances");
    let seat = |one: &Value| Seat {
        id: text(one, "InstanceId"),
        group: text(one, "AutoScalingGroupName"),
        lifecycle: text(one, "LifecycleState"),
    };
    all.iter().map(seat).collect()
}

/// The ids of a group's hosts that are in service.
pub(crate) fn in_service(world: &mut World, group: &str) -> Vec<String> {
    let seats = seats(world).into_iter();
    let serving = seats.filter(|seat| seat.group == group && seat.lifecycle == "InService");
    serving.map(|seat| seat.id).collect()
}

/// Whether a group has this many hosts in service and no other seat.
pub(crate) fn is_settled(world: &mut World, group: &str, hosts: usize) -> bool {
    let seats: Vec<Seat> = seats(world).into_iter().filter(|seat| seat.group == group).collect();
    seats.len() == hosts && seats.iter().all(|seat| seat.lifecycle == "InService")
}

/// A group's desired capacity.
pub(crate) fn desired(world: &mut World, group: &str) -> u64 {
    let input = json!({ "AutoScalingGroupNames": [group] });
    let call = "DescribeAutoScalingGroups";
    let groups = list(world, Service::AutoScaling, call, &input, "AutoScalingGroups");
    let value = groups.first().and_then(|group| group.get("DesiredCapacity"));
    value.and_then(number).unwrap_or_default()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Running and wanted tasks of a service.
pub(crate) fn tasks(world: &mut World, service: &str) -> (u64, u64) {
    let input = json!({ "cluster": "demo", "services": [service] });
    let found = list(world, Service::Ecs, "DescribeServices", &input, "services");
    let count = |field: &str| {
        found.first().and_then(|one| one.get(field)).and_then(Value::as_u64).unwrap_or_default()
    };
    (count("runningCount"), count("desiredCount"))
}

/// A registration of the demo's cluster.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) host: String,
    pub(crate) status: String,
    pub(crate) connected: bool,
    pub(crate) tasks: u64,
}

/// The registrations that are not struck off.
pub(crate) fn registrations(world: &mut World) -> Vec<Registration> {
    let cluster = json!({ "cluster": "demo" });
    let call = "ListContainerInstances";
    let arns = list(world, Service::Ecs, call, &cluster, "containerInstanceArns");
    if arns.is_empty() {
        return Vec::new();
    }
    let input = json!({ "cluster": "demo", "containerInstances": arns });
    let call = "DescribeContainerInstances";
    let all = list(world, Service::Ecs, call, &input, "containerInstances");
    let count = |one: &Value, field: &str| one.get(field).and_then(Value::as_u64).unwrap_or(0);
    let read = |one: &Value| Registration {
        host: text(one, "ec2InstanceId"),
        status: text(one, "status"),
        connected: one.get("agentConnected").and_then(Value::as_bool).unwrap_or(false),
        tasks: count(one, "runningTasksCount").saturating_add(count(one, "pendingTasksCount")),
    };
    all.iter().map(read).collect()
}

/// The registration of one host.
pub(crate) fn registration(world: &mut World, host: &str) -> Option<Registration> {
    registrations(world).into_iter().find(|one| one.host == host)
}

/// Whether every registration belongs to a host that is connected.
pub(crate) fn no_ghosts(world: &mut World) -> bool {
    registrations(world).iter().all(|one| one.connected)
}

/// A role as IAM shows it, whole: to see that nobody touched it.
pub(crate) fn role(world: &mut World, name: &str) -> Option<Value> {
    let input = json!({ "RoleName": name });
    let role = world.call(Service::Iam, "GetRole", &input).ok()?;
    let policies = world.call(Service::Iam, "ListRolePolicies", &input).ok()?;
    Some(json!([role, policies]))
}

/// The names of the roles under a path.
pub(crate) fn roles(world: &mut World, path: &str) -> Vec<String> {
    let input = json!({ "PathPrefix": path });
    let all = list(world, Service::Iam, "ListRoles", &input, "Roles");
    all.iter().map(|role| text(role, "RoleName")).collect()
}

/// The names of the instance profiles under a path.
pub(crate) fn profiles(world: &mut World, path: &str) -> Vec<String> {
    let input = json!({ "PathPrefix": path });
    let all = list(world, Service::Iam, "ListInstanceProfiles", &input, "InstanceProfiles");
    all.iter().map(|one| text(one, "InstanceProfileName")).collect()
}
