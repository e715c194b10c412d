//! Daemon services: one task on each ACTIVE host, the last to leave a draining one.

use super::World;
use super::placement::{self, Unplaced, Wish};
use super::scheduler::{self, Tasks};
use super::state::{Cluster, Instance, InstanceStatus, Key, Service};

/// Brings a daemon service nearer to what it should be.
pub(super) fn settle(world: &mut World, cluster: &str, service: &str) {
    let stops = scheduler::look(world, cluster, service).map(|(c, s)| surplus(c, s));
    for id in stops.unwrap_or_default() {
        scheduler::stop(world, cluster, &id, "Daemon service task stopped by");
    }
    let hosts = scheduler::look(world, cluster, service).map(|(c, s)| bare(world, c, s));
    for instance in hosts.unwrap_or_default() {
        if let Err(unplaced) = place(world, service, &instance) {
            scheduler::complain(world, cluster, service, &unplaced);
        }
    }
}

/// How many tasks the service should have: one for each host that is its own.
pub(super) fn wanted(world: &World, cluster: &Cluster, service: &Service) -> usize {
    let live = scheduler::tasks(cluster, service).keep;
    // A task on a host whose agent is away is still counted as running.
    let away = live.iter().filter(|(_, task)| {
        cluster.instances.get(&task.instance).is_some_and(|instance| !instance.takes_tasks())
    });
    hosts(world, cluster, service).len().saturating_add(away.count())
}

/// The ids of the hosts that take tasks and that the service's constraints do not leave out.
fn hosts<'a>(world: &World, cluster: &'a Cluster, service: &Service) -> Vec<&'a String> {
    let Some(order) = scheduler::order(service) else { return Vec::new() };
    let Some(definition) = world.ecs.definitions.get(&order.definition) else { return Vec::new() };
    let wish = Wish { definition, group: &order.group, constraints: &service.constraints };
    let taking = cluster.instances.iter().filter(|(_, instance)| instance.takes_tasks());
    let own = taking.filter(|(id, _)| placement::constraints_hold(cluster, id, &wish));
    own.map(|(id, _)| id).collect()
}

/// Daemon tasks that may stop: outdated ones, and those on a draining host without replicas.
fn surplus(cluster: &Cluster, service: &Service) -> Vec<String> {
    let Tasks { replace, .. } = scheduler::tasks(cluster, service);
    let may_go =
        |instance: &str| !is_draining(cluster, instance) || !has_replicas(cluster, instance);
    let gone = replace.into_iter().filter(|(_, task)| may_go(&task.instance));
    gone.map(|(id, _)| id.clone()).collect()
}

fn is_draining(cluster: &Cluster, instance: &str) -> bool {
    let draining = |instance: &Instance| instance.status == InstanceStatus::Draining;
    cluster.instances.get(instance).is_some_and(draining)
}

fn has_replicas(cluster: &Cluster, instance: &str) -> bool {
    let mut there = cluster.tasks.values().filter(|task| task.instance == instance);
    there.any(|task| {
        let service = task.service().and_then(|name| cluster.services.get(name));
        !task.stopped() && service.is_some_and(|service| !service.daemon)
    })
}

/// Hosts of the service that have no task of it yet.
fn bare(world: &World, cluster: &Cluster, service: &Service) -> Vec<Key> {
    let group = service.group();
    let has = |id: &String| {
        let mut there = cluster.tasks.values().filter(|task| &task.instance == id);
        there.any(|task| task.group == group && !task.stopped())
    };
    let hosts = hosts(world, cluster, service).into_iter().filter(|id| !has(id));
    hosts.map(|id| cluster.key(id)).collect()
}

fn place(world: &mut World, service: &str, instance: &Key) -> Result<(), Unplaced> {
    let Some((cluster, found)) = scheduler::look(world, &instance.cluster, service) else {
        return Ok(());
    };
    let Some(order) = scheduler::order(found) else { return Ok(()) };
    let Some(definition) = world.ecs.definitions.get(&order.definition) else { return Ok(()) };
    let wish = Wish { definition, group: &order.group, constraints: &found.constraints };
    let Some(host) = cluster.instances.get(&instance.id) else { return Ok(()) };
    let usage = cluster.usage(&instance.id);
    if let Some(lack) = placement::lack(cluster, &instance.id, host, &usage, &wish) {
        return Err(Unplaced { lack: Some(lack), instances: vec![instance.id.clone()] });
    }
    scheduler::begin(world, service, instance, order);
    Ok(())
}
