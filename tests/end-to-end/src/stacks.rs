//! The ready stacks of `infra/` on the stage, and what is to be seen of them.

use crate::{Stage, root};
use local_aws::world::{Service, World, ec2};
use local_aws::{Happening, TemplateStack};
use serde_json::json;

/// A template of `infra/`.
pub fn infra(name: &str) -> String {
    std::fs::read_to_string(root().join("infra").join(name)).unwrap()
}

/// The stack of a cluster, before it is made.
pub fn cluster(stage: &Stage, name: &str, more: &[(&str, &str)]) -> TemplateStack {
    let place =
        [("SubnetIds", "subnet-0a,subnet-0b"), ("SecurityGroupIds", "sg-0123456789abcdef0")];
    let parameters: Vec<(&str, &str)> = place.iter().chain(more).copied().collect();
    TemplateStack::new(&stage.aws, name, &infra("cluster.yaml"), &parameters).unwrap()
}

/// The hosts that are registered in a cluster and not struck off, in order.
pub fn roll(world: &World, cluster: &str) -> Vec<ec2::InstanceId> {
    let all = world.ecs.container_instances().into_iter();
    let there = all.filter(|one| one.cluster == cluster && one.status != "INACTIVE");
    let mut ids: Vec<_> = there.map(|one| one.ec2_instance_id).collect();
    ids.sort();
    ids
}

/// The hosts of a group that are in service, in order.
pub fn serving(world: &World, group: &str) -> Vec<ec2::InstanceId> {
    let members =
        world.autoscaling.group(group).into_iter().flat_map(|group| group.members.values());
    let there = members.filter(|member| member.state.to_string() == "InService");
    there.map(|member| member.id.clone()).collect()
}

/// Running and wanted tasks of all services.
pub fn tasks(world: &World) -> (usize, usize) {
    let all = world.ecs.services();
    (all.iter().map(|one| one.running).sum(), all.iter().map(|one| one.desired).sum())
}

/// All that a stack left behind, by name.
pub fn left(world: &mut World) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    let roles = world.iam.roles().filter(|role| role.path.starts_with("/muster/"));
    left.extend(roles.map(|role| role.name.clone()));
    left.extend(world.iam.profiles().map(|profile| profile.name.clone()));
    left.extend(world.autoscaling.groups().map(|group| group.name.clone()));
    let lives = |one: &&ec2::Instance| one.state != ec2::State::Terminated;
    left.extend(world.ec2.instances().filter(lives).map(|one| one.id.clone()));
    let registered = world.ecs.container_instances().into_iter();
    left.extend(registered.filter(|one| one.status != "INACTIVE").map(|one| one.arn));
    let running = world.ecs.tasks().into_iter().filter(|task| task.last_status != "STOPPED");
    left.extend(running.map(|task| task.arn));
    for (operation, list) in [
        ("ListClusters", "clusterArns"),
        ("DescribeCapacityProviders", "capacityProviders"),
        ("ListTaskDefinitions", "taskDefinitionArns"),
    ] {
        let answer = world.call(Service::Ecs, operation, &json!({})).unwrap();
        left.extend(answer[list].as_array().unwrap().iter().map(ToString::to_string));
    }
    left
}

/// How many times a hook held a host, and how many times a function let one go.
pub fn held_and_let_go(heard: &[Happening]) -> (usize, usize) {
    let held = heard.iter().filter(|one| match one {
        Happening::EventSaid { event, .. } => {
            event["detail-type"].as_str().unwrap().ends_with("Lifecycle Action")
        }
        _ => false,
    });
    let let_go = heard.iter().filter(|one| match one {
        Happening::Call { operation, error, .. } => {
            operation == "CompleteLifecycleAction" && error.is_none()
        }
        _ => false,
    });
    (held.count(), let_go.count())
}

/// What became of a host on its way out: whether it was DRAINING, and how many tasks it had when EC2 began to end it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Whether its registration was DRAINING.
    pub drained: bool,
    /// Its tasks at its end.
    pub cut_off: Option<usize>,
}

impl Leaving {
    /// Looks at the host.
    pub fn look(&mut self, world: &World, host: &str) {
        let all = world.ecs.container_instances().into_iter();
        let own = all.filter(|one| one.ec2_instance_id == host && one.status != "INACTIVE");
        self.drained |= own.clone().any(|one| one.status == "DRAINING");
        if self.cut_off.is_none() && world.ec2.instance(host).is_none_or(|one| one.state.is_going())
        {
            self.cut_off = Some(own.map(|one| one.running + one.pending).sum());
        }
    }
}
