//! What ECS sees of a host: its agent registers, connects, is lost, comes back, and goes with it.

use super::life::{self, Release};
use super::registration::{self, Registration};
use super::state::{InstanceStatus, Key};
use super::{Due, World, container_instances, events};
use crate::world::core;
use crate::world::ec2::Boot;
use jiff::SignedDuration;

/// Between two tries of an agent whose cluster is not there.
const RETRY: SignedDuration = SignedDuration::from_secs(30);
/// From running to registered, for an agent whose plan names no time.
const BOOT_TIME: SignedDuration = SignedDuration::from_secs(30);
/// From the registration to the connection, if nothing hinders it.
pub(super) const CONNECT_TIME: SignedDuration = SignedDuration::from_secs(3);

/// An EC2 instance with an ECS agent on it, and what the agent will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The EC2 instance.
    pub instance_id: String,
    /// The cluster that its agent joins, by short name.
    pub cluster: String,
    /// For example `m5.large`; decides CPU and memory.
    pub instance_type: String,
    /// For example `us-west-2a`.
    pub zone: String,
    /// The subnet.
    pub subnet_id: String,
    /// The AMI.
    pub image_id: String,
    /// From running to registered; none if the agent never registers.
    pub registers_after: Option<SignedDuration>,
    /// From registered to connected; none if the agent never connects.
    pub connects_after: Option<SignedDuration>,
}

/// An EC2 instance is running: its agent will register as its boot plan says. In a warm pool it waits
/// (`ECS_WARM_POOLS_CHECK`), until this is called again when the instance leaves the pool.
pub fn host_running(world: &mut World, instance_id: &str) {
    if world.autoscaling.is_warm(instance_id) {
        return;
    }
    let Some(instance) = world.ec2.instance(instance_id) else { return };
    let own = || instance.cluster.clone().unwrap_or_else(|| "default".to_owned());
    let (cluster, registers_after, connects_after) = match &instance.boot {
        Boot::Joins { cluster, after } => {
            let registers_after = after.saturating_sub(CONNECT_TIME).max(SignedDuration::ZERO);
            (cluster.clone(), Some(registers_after), Some(CONNECT_TIME.min(*after)))
        }
        Boot::JoinsElsewhere { cluster } => (cluster.clone(), Some(BOOT_TIME), Some(CONNECT_TIME)),
        Boot::WrongUserData { cluster } => (cluster.clone(), None, None),
        Boot::NeverJoins | Boot::NoProfile | Boot::AgentExits5 => (own(), None, None),
        // The network stands in their way, and only that.
        Boot::NoRoute | Boot::EgressClosed => (own(), Some(BOOT_TIME), Some(CONNECT_TIME)),
        Boot::RegistersButNeverConnects => (own(), Some(BOOT_TIME), None),
        Boot::ConnectsLate(after) => {
            let registers_after = BOOT_TIME.min(*after);
            (own(), Some(registers_after), Some(after.saturating_sub(registers_after)))
        }
    };
    let host = Host {
        instance_id: instance_id.to_owned(),
        cluster,
        instance_type: instance.instance_type.clone(),
        zone: instance.zone.clone(),
        subnet_id: instance.subnet.clone(),
        image_id: instance.image.clone(),
        registers_after,
        connects_after,
    };
    host_boots(world, host);
}

/// The host is running: its agent will register and connect as `host` says.
pub fn host_boots(world: &mut World, host: Host) {
    let (id, after) = (host.instance_id.clone(), host.registers_after);
    world.ecs.hosts.insert(id.clone(), host);
    if let Some(after) = after {
        world.core.set_timer(after, core::Due::Ecs(Due::Register { instance_id: id }));
    }
}

/// The agent registers, unless its host is gone; without its cluster, or without a way to it, it tries
/// again later.
pub(super) fn register(world: &mut World, instance_id: &str) {
    let Some(host) = world.ecs.hosts.get(instance_id).cloned() else { return };
    let there = world.ecs.clusters.get(&host.cluster).is_some_and(|cluster| cluster.active);
    if !there || !world.ec2.reaches_ecs(instance_id) {
        let again = Due::Register { instance_id: instance_id.to_owned() };
        world.core.set_timer(RETRY, core::Due::Ecs(again));
        return;
    }
    let key = match registration::existing(&world.ecs, &host.cluster, instance_id) {
        Some(key) => key,
        None => registration::create(world, &host.cluster, Registration::of(&host)),
    };
    if let Some(instance) = world.ecs.instance_mut(&key) {
        instance.down = false;
    }
    if let Some(after) = host.connects_after {
        connect_after(world, key, after);
    }
}

/// The agent will connect, if its host is still there then.
pub(super) fn connect_after(world: &mut World, instance: Key, after: SignedDuration) {
    world.core.set_timer(after, core::Due::Ecs(Due::Connect { instance }));
}

/// The agent connects.
pub(super) fn connect(world: &mut World, key: &Key) {
    let Some(instance) = world.ecs.instance_mut(key) else { return };
    if instance.connected || instance.down || instance.status == InstanceStatus::Inactive {
        return;
    }
    instance.connected = true;
    events::instance_changed(world, key);
    life::resume(world, key);
}

/// The registrations of an EC2 instance, INACTIVE ones left out; the newest last.
fn registrations(world: &World, instance_id: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    for cluster in world.ecs.clusters.values() {
        for (id, instance) in &cluster.instances {
            if instance.ec2 == instance_id && instance.status != InstanceStatus::Inactive {
                keys.push((instance.registered_at, cluster.key(id)));
            }
        }
    }
    keys.sort();
    keys.into_iter().map(|(_, key)| key).collect()
}

/// An EC2 instance was terminated.
///
/// With a connected agent its container instance is deregistered, and its tasks are STOPPED. Without
/// one it stays behind as ACTIVE with `agentConnected` false, and its tasks look as they last did.
pub fn host_terminated(world: &mut World, instance_id: &str) {
    host_down(world, instance_id);
    for key in registrations(world, instance_id) {
        if world.ecs.instance_mut(&key).is_some_and(|instance| instance.connected) {
            container_instances::leave(world, &key, Release::HostGone);
        }
    }
}

/// Nothing runs on the host any more, whether ECS hears of it or not.
fn host_down(world: &mut World, instance_id: &str) {
    world.ecs.hosts.remove(instance_id);
    for cluster in world.ecs.clusters.values_mut() {
        for (id, instance) in cluster.instances.iter_mut().filter(|(_, i)| i.ec2 == instance_id) {
            instance.down = true;
            let on_it = cluster.tasks.values_mut().filter(|task| &task.instance == id);
            on_it.for_each(|task| task.orphaned = false);
        }
    }
}

/// An EC2 instance was stopped, not terminated: its agent is gone, and its tasks with it.
pub fn host_stopped(world: &mut World, instance_id: &str) {
    host_down(world, instance_id);
    for key in registrations(world, instance_id) {
        life::release_all(world, &key, Release::HostGone);
    }
    agent_lost(world, instance_id);
}

/// The agent on an EC2 instance can no longer be reached; its tasks run on, untracked.
pub fn agent_lost(world: &mut World, instance_id: &str) {
    for key in registrations(world, instance_id) {
        let Some(instance) = world.ecs.instance_mut(&key) else { continue };
        if instance.connected {
            instance.connected = false;
            events::instance_changed(world, &key);
        }
    }
}

/// The agent on an EC2 instance can be reached again, if the host is still there.
pub fn agent_back(world: &mut World, instance_id: &str) {
    if let Some(key) = registrations(world, instance_id).pop() {
        connect(world, &key);
    }
}

/// The agent forgets who it was and registers a second time, as some older agents did: the first
/// registration stays behind, ACTIVE and disconnected.
pub fn agent_registers_twice(world: &mut World, instance_id: &str) {
    agent_lost(world, instance_id);
    let Some(host) = world.ecs.hosts.get(instance_id).cloned() else { return };
    if world.ecs.clusters.get(&host.cluster).is_some_and(|cluster| cluster.active) {
        let key = registration::create(world, &host.cluster, Registration::of(&host));
        connect_after(world, key, CONNECT_TIME);
    }
}
