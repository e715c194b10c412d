//! The service scheduler: starts what is missing, replaces what drains, stops what is too much.

use super::events::{self, Action};
use super::life::{self, Order};
use super::placement::{self, Unplaced, Wish};
use super::state::{Cluster, InstanceStatus, Key, Service, Stop, Task};
use super::{Due, World, daemons};
use crate::world::core;
use jiff::SignedDuration;
use serde_json::{Map, json};

/// From a change to the scheduler's look at it.
const REACTION: SignedDuration = SignedDuration::from_secs(1);
/// Between two looks while a service is not steady.
const RETRY: SignedDuration = SignedDuration::from_secs(10);
/// Between two complaints of one service.
const COMPLAINT: SignedDuration = SignedDuration::from_secs(60);

/// The scheduler will look at the cluster soon.
pub(super) fn wake(world: &mut World, cluster: &str) {
    wake_in(world, cluster, REACTION);
}

fn wake_in(world: &mut World, name: &str, after: SignedDuration) {
    let at = world.core.now().saturating_add(after).unwrap_or(jiff::Timestamp::MAX);
    let Some(cluster) = world.ecs.clusters.get_mut(name) else { return };
    if cluster.services.is_empty() || cluster.next_pass.is_some_and(|pass| pass <= at) {
        return;
    }
    cluster.next_pass = Some(at);
    world.core.set_timer_at(at, core::Due::Ecs(Due::Pass { cluster: name.to_owned() }));
}

/// One look at all services of a cluster, replicas before daemons.
pub(super) fn pass(world: &mut World, name: &str) {
    let now = world.core.now();
    let Some(cluster) = world.ecs.clusters.get_mut(name) else { return };
    if cluster.next_pass.is_none_or(|pass| pass > now) {
        return; // an earlier look has taken this timer's place
    }
    cluster.next_pass = None;
    let mut services: Vec<(bool, String)> =
        cluster.services.values().map(|s| (s.daemon, s.name.clone())).collect();
    services.sort();
    let mut unsteady = false;
    for (daemon, service) in services {
        unsteady |= !settle(world, name, &service, daemon);
    }
    if unsteady {
        wake_in(world, name, RETRY);
    }
}

/// Brings one service nearer to what it should be; true if it is there.
fn settle(world: &mut World, cluster: &str, service: &str, daemon: bool) -> bool {
    let Some((_, state)) = look(world, cluster, service) else { return true };
    match state.status {
        "ACTIVE" if daemon => daemons::settle(world, cluster, service),
        "ACTIVE" => replicas(world, cluster, service),
        "DRAINING" => return emptied(world, cluster, service),
        _ => return true,
    }
    let steady = look(world, cluster, service).is_some_and(|(c, s)| is_steady(world, c, s));
    note_steadiness(world, cluster, service, steady);
    steady
}

pub(super) fn look<'a>(
    world: &'a World,
    cluster: &str,
    service: &str,
) -> Option<(&'a Cluster, &'a Service)> {
    let cluster = world.ecs.clusters.get(cluster)?;
    Some((cluster, cluster.services.get(service)?))
}

/// A deleted service becomes INACTIVE when its last task has stopped.
fn emptied(world: &mut World, cluster: &str, service: &str) -> bool {
    let Some((state, found)) = look(world, cluster, service) else { return true };
    let group = found.group();
    let empty = !state.tasks.values().any(|task| task.group == group && !task.stopped());
    let Some(found) = world.ecs.clusters.get_mut(cluster).and_then(|c| c.services.get_mut(service))
    else {
        return true;
    };
    if empty {
        found.status = "INACTIVE";
    }
    empty
}

fn replicas(world: &mut World, cluster: &str, service: &str) {
    let stops = look(world, cluster, service).map(|(c, s)| surplus(c, s, world.core.now()));
    for (id, reason) in stops.unwrap_or_default() {
        stop(world, cluster, &id, reason);
    }
    let missing = look(world, cluster, service).map_or(0, |(c, s)| missing(c, s));
    for _ in 0..missing {
        if let Err(unplaced) = place(world, cluster, service) {
            complain(world, cluster, service, &unplaced);
            return;
        }
    }
}

/// The live tasks of a service: those that shall stay, and those to be replaced.
pub(super) struct Tasks<'a> {
    pub(super) keep: Vec<(&'a String, &'a Task)>,
    pub(super) replace: Vec<(&'a String, &'a Task)>,
}

pub(super) fn tasks<'a>(cluster: &'a Cluster, service: &Service) -> Tasks<'a> {
    let group = service.group();
    let primary = service.deployments.first().map(|deployment| deployment.id.as_str());
    let stays = |task: &Task| {
        let draining = cluster
            .instances
            .get(&task.instance)
            .is_none_or(|instance| instance.status != InstanceStatus::Active);
        !draining && task.started_by.as_deref() == primary
    };
    let live = cluster.tasks.iter().filter(|(_, task)| task.group == group && task.wanted());
    let (keep, replace) = live.partition(|(_, task)| stays(task));
    Tasks { keep, replace }
}

const SCALING: &str = "Scaling activity initiated by";

/// What may stop now, and why; never below the minimum healthy percent for a replacement's sake.
fn surplus(
    cluster: &Cluster,
    service: &Service,
    now: jiff::Timestamp,
) -> Vec<(String, &'static str)> {
    let Tasks { mut keep, mut replace } = tasks(cluster, service);
    let mut stops = Vec::new();
    // A pending one on a draining host is stopped at once: it was never healthy.
    replace.retain(|(id, task)| {
        if task.pending() {
            stops.push(((*id).clone(), SCALING));
        }
        task.running()
    });
    keep.sort_by_key(|(id, task)| (task.running(), std::cmp::Reverse(task.created_at), *id));
    let too_many = keep.len().saturating_sub(service.desired);
    let cut: Vec<_> = keep.iter().filter(|(_, t)| !t.protected(now)).take(too_many).collect();
    stops.extend(cut.iter().map(|(id, _)| ((*id).clone(), SCALING)));
    let cut_running = cut.iter().filter(|(_, task)| task.running()).count();
    let running = keep.iter().filter(|(_, task)| task.running()).count() + replace.len();
    let spare = running.saturating_sub(cut_running).saturating_sub(minimum(service));
    replace.sort_by_key(|(id, task)| (task.created_at, *id));
    let gone = replace.iter().filter(|(_, task)| !task.protected(now)).take(spare);
    stops.extend(gone.map(|(id, _)| ((*id).clone(), SCALING)));
    stops
}

/// How many must run, rounded up.
fn minimum(service: &Service) -> usize {
    service.desired.saturating_mul(service.minimum_percent).div_ceil(100)
}

/// How many may start now, within the maximum percent, rounded down.
fn missing(cluster: &Cluster, service: &Service) -> usize {
    let Tasks { keep, replace } = tasks(cluster, service);
    let most = service.desired.saturating_mul(service.maximum_percent) / 100;
    let room = most.saturating_sub(keep.len().saturating_add(replace.len()));
    service.desired.saturating_sub(keep.len()).min(room)
}

/// Stops a task in the name of its service's deployment.
pub(super) fn stop(world: &mut World, cluster: &str, id: &str, why: &str) {
    let key = Key { cluster: cluster.to_owned(), id: id.to_owned() };
    let Some(task) = world.ecs.task_mut(&key) else { return };
    let deployment = task.started_by.clone().unwrap_or_default();
    let reason = format!("{why} (deployment {deployment})");
    life::stop(world, &key, Stop { code: "ServiceSchedulerInitiated", reason });
}

/// Starts one task of a service where it fits best.
fn place(world: &mut World, cluster: &str, service: &str) -> Result<(), Unplaced> {
    let Some((state, found)) = look(world, cluster, service) else { return Ok(()) };
    let Some(order) = order(found) else { return Ok(()) };
    let Some(definition) = world.ecs.definitions.get(&order.definition) else { return Ok(()) };
    let wish = Wish { definition, group: &order.group, constraints: &found.constraints };
    let instance = state.key(&placement::choose(state, &wish)?);
    begin(world, service, &instance, order);
    Ok(())
}

/// What a new task of the service is told: the primary deployment's definition.
pub(super) fn order(service: &Service) -> Option<Order> {
    let primary = service.deployments.first()?;
    Some(Order {
        definition: primary.definition.clone(),
        group: service.group(),
        started_by: Some(primary.id.clone()),
        tags: std::collections::BTreeMap::new(),
    })
}

/// Starts a service's task on an instance and writes it in the service's events.
pub(super) fn begin(world: &mut World, service: &str, instance: &Key, order: Order) {
    let Some(task) = life::start(world, instance, order) else { return };
    let text = format!("has started 1 tasks: (task {}).", task.id);
    events::service_message(world, &instance.cluster, service, &text);
}

/// Says that a task could not be placed, once a minute at most.
pub(super) fn complain(world: &mut World, cluster: &str, service: &str, unplaced: &Unplaced) {
    let now = world.core.now();
    let Some(state) = world.ecs.clusters.get_mut(cluster) else { return };
    let Some(found) = state.services.get_mut(service) else { return };
    if found.failure_said_at.is_some_and(|said| now.duration_since(said) < COMPLAINT) {
        return;
    }
    found.failure_said_at = Some(now);
    let mut more = Map::new();
    let ids = unplaced.instances.iter().filter_map(|id| state.instances.get(id));
    let arns: Vec<&str> = ids.map(|instance| instance.arn.as_str()).collect();
    if let Some(lack) = unplaced.lack {
        more.insert("containerInstanceArns".to_owned(), json!(arns));
        more.insert("reason".to_owned(), lack.reason().into());
    }
    events::service_message(world, cluster, service, &unplaced.message());
    let name = "SERVICE_TASK_PLACEMENT_FAILURE";
    events::service_action(world, cluster, service, Action { kind: "ERROR", name, more });
}

fn is_steady(world: &World, cluster: &Cluster, service: &Service) -> bool {
    let Tasks { keep, replace } = tasks(cluster, service);
    let wanted = desired(world, cluster, service);
    let group = service.group();
    let there = cluster.tasks.values().filter(|task| task.group == group && !task.stopped());
    let all_run = keep.iter().all(|(_, task)| task.running());
    replace.is_empty() && keep.len() == wanted && all_run && there.count() == wanted
}

/// How many tasks a service should have; a daemon's number follows the hosts.
pub(super) fn desired(world: &World, cluster: &Cluster, service: &Service) -> usize {
    if service.daemon { daemons::wanted(world, cluster, service) } else { service.desired }
}

/// Says it when a service becomes steady, and ends its deployment.
fn note_steadiness(world: &mut World, cluster: &str, service: &str, steady: bool) {
    let now = world.core.now();
    let Some(found) = world.ecs.clusters.get_mut(cluster).and_then(|c| c.services.get_mut(service))
    else {
        return;
    };
    let became = steady && !found.steady;
    found.steady = steady;
    if !became {
        return;
    }
    found.failure_said_at = None;
    found.deployments.truncate(1);
    let ended = found.deployments.first_mut().filter(|d| !d.complete).map(|deployment| {
        deployment.complete = true;
        deployment.updated_at = now;
        deployment.id.clone()
    });
    if let Some(id) = ended {
        let text = format!("(deployment {id}) deployment completed.");
        events::service_message(world, cluster, service, &text);
        events::deployment(world, cluster, service, &id, true);
    }
    events::service_message(world, cluster, service, "has reached a steady state.");
    let name = "SERVICE_STEADY_STATE";
    events::service_action(
        world,
        cluster,
        service,
        Action { kind: "INFO", name, more: Map::new() },
    );
}
