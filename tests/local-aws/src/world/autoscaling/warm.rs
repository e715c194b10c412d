//! The warm pool: instances that were launched ahead of need and wait stopped, or running.
//!
//! Docs: `autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html`. The agents on its instances
//! have `ECS_WARM_POOLS_CHECK` set, so that they do not register before their host leaves the pool.

use super::activity::{self, ActivityStatus, Beginning};
use super::{Group, Journey, LifecycleState, Member, actions, events, launch, terminate};
use crate::world::{World, ec2, ecs};

/// The warm pool of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmPool {
    /// `MinSize`.
    pub min: i64,
    /// `MaxGroupPreparedCapacity`; the group's `MaxSize` if there is none.
    pub prepared: Option<i64>,
    /// Whether its instances run while they wait; else they are stopped.
    pub running: bool,
    /// `ReuseOnScaleIn`: scaling in puts instances back.
    pub reuses: bool,
    /// Whether it goes once its instances are gone.
    pub deleting: bool,
}

impl WarmPool {
    fn target(&self, group: &Group) -> i64 {
        let prepared = self.prepared.unwrap_or(group.size.max);
        let wanted = prepared.saturating_sub(group.size.desired).max(self.min);
        if self.deleting { 0 } else { wanted }
    }
}

impl Group {
    /// The instances of its warm pool.
    pub fn warm_members(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| member.state.is_warm())
    }

    fn staying_warm(&self) -> Vec<&Member> {
        self.warm_members().filter(|member| !member.state.is_leaving()).collect()
    }

    /// How many instances its warm pool is short of; negative if it has too many.
    fn missing_warm(&self, pool: WarmPool) -> i64 {
        let there = i64::try_from(self.staying_warm().len()).unwrap_or(i64::MAX);
        pool.target(self).saturating_sub(there)
    }

    /// Whether scaling in puts an instance into the warm pool: only where there is room in it.
    pub(super) fn reuses(&self) -> bool {
        self.warm.is_some_and(|pool| pool.reuses && self.missing_warm(pool) > 0)
    }
}

/// Launches into the pool what is missing there, and discards what is too much.
pub(super) fn fill(world: &mut World, name: &str) {
    let Some(group) = world.autoscaling.group(name) else { return };
    let Some(pool) = group.warm else { return };
    let missing = group.missing_warm(pool);
    let ready = group.staying_warm().into_iter().filter(|member| member.state.is_warmed());
    let surplus: Vec<String> = ready
        .take(usize::try_from(missing.saturating_neg()).unwrap_or_default())
        .map(|member| member.id.clone())
        .collect();
    if group.runs("Launch") {
        for _ in 0..missing {
            let cause = "an instance was started to fill the warm pool.";
            if !launch::launch(world, name, cause, Journey::Warm) {
                break;
            }
        }
    }
    for id in surplus {
        terminate::begin(world, name, &id, "the warm pool has more instances than it needs.");
    }
}

/// An instance has come into the pool: it is stopped there, or goes on running.
pub(super) fn settle(world: &mut World, name: &str, id: &str) {
    let Some(group) = world.autoscaling.group(name) else { return };
    let running = group.warm.is_some_and(|pool| pool.running);
    let Some(member) = world.autoscaling.member_mut(name, id) else { return };
    let journey = member.journey;
    member.state =
        if running { LifecycleState::WarmedRunning } else { LifecycleState::WarmedStopped };
    if let Some(activity) = actions::note(world, name, id, ActivityStatus::Successful, "") {
        events::ended(world, name, &activity, journey, true);
    }
    if !running {
        ec2::stop(world, id);
    }
    super::reconcile::soon(world, name);
}

/// Takes an instance out of the pool into the group. False if none is ready.
pub(super) fn take(world: &mut World, name: &str, cause: &str) -> bool {
    let Some(group) = world.autoscaling.group(name) else { return false };
    let state = |id: &str| world.ec2.instance(id).map(|instance| instance.state);
    let ready = group.warm_members().find(|member| {
        let stopped = member.state == LifecycleState::WarmedStopped;
        let wanted = if stopped { ec2::State::Stopped } else { ec2::State::Running };
        member.state.is_warmed() && state(&member.id) == Some(wanted)
    });
    let Some(id) = ready.map(|member| member.id.clone()) else { return false };
    let stopped = state(&id) == Some(ec2::State::Stopped);
    let description = format!("Launching a new EC2 instance from warm pool: {id}");
    depart(world, (name, &id), Journey::Scale, description, cause, ActivityStatus::PreInService);
    if stopped {
        // What follows comes when EC2 says that it runs.
        ec2::start(world, &id);
    } else {
        ecs::host_running(world, &id);
        launch::instance_running(world, &id);
    }
    true
}

/// Puts an instance of the group back into the pool: the terminating hooks hold it on its way.
pub(super) fn put_back(world: &mut World, name: &str, id: &str, cause: &str) {
    let description = format!("Returning EC2 instance to warm pool: {id}");
    depart(world, (name, id), Journey::Return, description, cause, ActivityStatus::InProgress);
    if !actions::hold(world, name, id) {
        settle(world, name, id);
    }
}

fn depart(
    world: &mut World,
    (name, id): (&str, &str),
    journey: Journey,
    description: String,
    cause: &str,
    status: ActivityStatus,
) {
    let Some(member) = world.autoscaling.member(name, id) else { return };
    let (zone, subnet) = (member.zone.clone(), member.subnet.clone());
    let beginning =
        Beginning { description, cause, status, instance: id, zone: &zone, subnet: &subnet };
    let activity = activity::begin(world, name, beginning);
    if let Some(member) = world.autoscaling.member_mut(name, id) {
        member.activity = activity;
        member.journey = journey;
        member.state = journey.begins();
        member.in_service = None;
        member.at_risk = false;
    }
}
