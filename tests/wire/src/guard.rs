//! What every write is held against at the moment it arrives: the promises about hosts and work that can be told by one look
//! at the truth.

use local_aws::world::World;
use local_aws::world::ec2::State;
use serde_json::Value;

/// A request's parameters: of awsJson its members, of a query its pairs.
fn parameter(body: &[u8], name: &str) -> Vec<String> {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        return match value.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
    }
    let text = String::from_utf8_lossy(body).into_owned();
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect()
}

/// What is wrong with a write that arrives now, if anything.
pub(crate) fn wrong(world: &World, operation: &str, body: &[u8]) -> Option<String> {
    let of = |name: &str| parameter(body, name).into_iter().next().unwrap_or_default();
    match operation {
        "UpdateContainerInstancesState" if of("status") == "DRAINING" => {
            let mut all = parameter(body, "containerInstances").into_iter();
            all.find_map(|arn| drained(world, &arn))
        }
        "DeregisterContainerInstance" => deregistered(world, &of("containerInstance")),
        "CompleteLifecycleAction" => completed(
            world,
            &of("InstanceId"),
            &of("LifecycleHookName"),
            &of("LifecycleActionResult"),
        ),
        "SetInstanceHealth" => unhealthy(world, &of("InstanceId")),
        "StopTask" => Some("a task is stopped".to_owned()),
        _ => None,
    }
}

fn host_of(world: &World, arn: &str) -> Option<String> {
    let mut all = world.ecs.container_instances().into_iter();
    all.find(|one| one.arn == arn).map(|one| one.ec2_instance_id)
}

/// Whether EC2 says that something may run on it.
fn runs(world: &World, host: &str) -> bool {
    let off = [State::Stopping, State::Stopped, State::ShuttingDown, State::Terminated];
    world.ec2.instance(host).is_some_and(|one| !off.contains(&one.state))
}

fn state(world: &World, host: &str) -> Option<String> {
    world.autoscaling.member("web", host).map(|member| member.state.to_string())
}

/// Keeps S4: only what leaves is drained.
fn drained(world: &World, arn: &str) -> Option<String> {
    let host = host_of(world, arn)?;
    let leaves = state(world, &host).is_none_or(|state| state.starts_with("Terminat"));
    let warned = world.ec2.instance(&host).is_none_or(|one| one.interruption.is_some());
    (!leaves && !warned).then(|| format!("{host} is drained in service"))
}

/// Keeps S1, S2: only what EC2 says is gone is struck off.
fn deregistered(world: &World, arn: &str) -> Option<String> {
    let host = host_of(world, arn)?;
    let lives = world
        .ec2
        .instance(&host)
        .is_some_and(|one| !matches!(one.state, State::Terminated | State::ShuttingDown));
    lives.then(|| format!("{host} lives and is struck off"))
}

/// Keeps S7, S8, S9: nobody is let go with work on it, let in without its agent, or given up with it.
fn completed(world: &World, host: &str, hook: &str, result: &str) -> Option<String> {
    let registered = world.ecs.container_instances();
    let own = || registered.iter().filter(|one| one.ec2_instance_id == host);
    let connected = own().any(|one| one.agent_connected && one.status == "ACTIVE");
    let tasks = world.ecs.tasks();
    let mut live =
        tasks.iter().filter(|one| one.ec2_instance_id == host && one.last_status != "STOPPED");
    match (hook, result) {
        ("muster-launch", "CONTINUE") => {
            (!connected).then(|| format!("{host} is let in without its agent"))
        }
        ("muster-launch", _) => connected.then(|| format!("{host} has joined and is given up")),
        // S8: work that ECS still counts on a machine that EC2 has switched off is over.
        ("muster-terminate", "CONTINUE") if runs(world, host) => {
            live.next().map(|task| format!("{host} is let go with {} on it", task.arn))
        }
        ("muster-terminate", "CONTINUE") => None,
        _ => Some(format!("{hook} is answered {result}")),
    }
}

/// Keeps S12: only a host whose agent is lost is taken for unhealthy.
fn unhealthy(world: &World, host: &str) -> Option<String> {
    let registered = world.ecs.container_instances();
    let connected = registered.iter().any(|one| one.ec2_instance_id == host && one.agent_connected);
    connected.then(|| format!("{host} is connected and taken for unhealthy"))
}
