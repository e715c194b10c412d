//! Amazon EC2 Auto Scaling: groups that keep their size, and hooks that hold instances.

use super::{Answer, ApiError, World};
use crate::world::input::invalid;
use jiff::SignedDuration;
use serde_json::Value;
use std::collections::BTreeMap;

mod actions;
mod activity;
mod describe;
mod events;
mod groups;
mod hook;
mod hooks;
mod instances;
mod journey;
mod launch;
mod mixed;
mod processes;
mod rebalance;
mod reconcile;
mod refreshes;
mod render;
mod standby;
mod state;
mod tags;
mod terminate;
#[cfg(test)]
mod tests;
mod warm;
mod warm_requests;

pub use activity::{Activity, ActivityStatus};
pub use hook::{Action, ActionResult, Hook, Transition};
pub use journey::Journey;
pub use mixed::{MixedInstancesPolicy, Override};
pub use state::{Group, LifecycleState, Member, Place, Size, Tag, TemplateRef};
pub use warm::WarmPool;

pub(crate) use launch::instance_running;
pub(crate) use rebalance::{rebalance_recommended, spot_warned};
pub(crate) use reconcile::instance_failing;
pub(crate) use terminate::instance_terminated;

/// All that Auto Scaling knows.
#[derive(Clone, Debug, Default)]
pub struct AutoScaling {
    groups: BTreeMap<String, Group>,
    /// How many of a group's next launches EC2 will refuse for want of capacity.
    refusals: BTreeMap<String, u32>,
    /// Each group's instance refreshes, the oldest first.
    refreshes: BTreeMap<String, Vec<refreshes::Refresh>>,
}

impl AutoScaling {
    /// A group.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// All groups in the order of their names.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// An instance of a group.
    #[must_use]
    pub fn member(&self, group: &str, instance: &str) -> Option<&Member> {
        self.groups.get(group)?.members.get(instance)
    }

    fn member_mut(&mut self, group: &str, instance: &str) -> Option<&mut Member> {
        self.groups.get_mut(group)?.members.get_mut(instance)
    }

    /// Whether an instance is in a warm pool, or on its way into one.
    #[must_use]
    pub fn is_warm(&self, instance: &str) -> bool {
        let members = self.groups.values().filter_map(|group| group.members.get(instance));
        members.into_iter().any(|member| member.state.is_warm())
    }

    /// The name of the group that an instance is in.
    #[must_use]
    pub fn group_of(&self, instance: &str) -> Option<String> {
        let group = self.groups.values().find(|group| group.members.contains_key(instance))?;
        Some(group.name.clone())
    }

    fn known(&self, name: &str) -> Result<&Group, ApiError> {
        self.groups.get(name).ok_or_else(|| no_group(name))
    }

    /// What CloudFormation writes on a group that it makes, and nobody else can; nothing if there is no such group.
    pub(crate) fn is_of_stack(&mut self, name: &str, stack_id: &str) {
        if let Some(group) = self.groups.get_mut(name) {
            let tag = Tag { value: stack_id.to_owned(), propagate: true };
            group.tags.insert("aws:cloudformation:stack-id".to_owned(), tag);
        }
    }

    fn known_mut(&mut self, name: &str) -> Result<&mut Group, ApiError> {
        self.groups.get_mut(name).ok_or_else(|| no_group(name))
    }
}

fn no_group(name: &str) -> ApiError {
    invalid(format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"))
}

/// What happens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A group compares its size with what it should be.
    Reconcile {
        /// Which.
        group: String,
    },
    /// A group looks at the health of its instances.
    HealthCheck {
        /// Which.
        group: String,
    },
    /// An instance goes on from a state that lasts only a moment.
    Proceeds {
        /// Its group.
        group: String,
        /// Which.
        instance: String,
    },
    /// A lifecycle action may have timed out.
    Expires {
        /// The group.
        group: String,
        /// The instance that is held.
        instance: String,
        /// The action.
        token: String,
    },
}

impl Due {
    fn set(self, world: &mut World, after: SignedDuration) {
        world.core.set_timer(after, crate::world::core::Due::AutoScaling(self));
    }
}

/// One API call.
pub(super) fn call(world: &mut World, operation: &str, input: &Value) -> Answer {
    match operation {
        "CreateAutoScalingGroup" => groups::create(world, input),
        "UpdateAutoScalingGroup" => groups::update(world, input),
        "DeleteAutoScalingGroup" => groups::delete(world, input),
        "SetDesiredCapacity" => groups::set_desired(world, input),
        "DescribeAutoScalingGroups" => describe::groups(&world.autoscaling, input),
        "DescribeAutoScalingInstances" => describe::instances(&world.autoscaling, input),
        "DescribeScalingActivities" => describe::activities(&world.autoscaling, input),
        "StartInstanceRefresh" => refreshes::start(world, input),
        "CancelInstanceRefresh" => refreshes::cancel(world, input),
        "DescribeInstanceRefreshes" => refreshes::describe(&world.autoscaling, input),
        "SuspendProcesses" => processes::suspend(world, input),
        "ResumeProcesses" => processes::resume(world, input),
        "PutLifecycleHook" => hooks::put(world, input),
        "DescribeLifecycleHooks" => hooks::describe(&world.autoscaling, input),
        "DeleteLifecycleHook" => hooks::delete(world, input),
        "CompleteLifecycleAction" => hooks::complete(world, input),
        "RecordLifecycleActionHeartbeat" => hooks::heartbeat(world, input),
        "SetInstanceHealth" => instances::set_health(world, input),
        "SetInstanceProtection" => instances::set_protection(world, input),
        "TerminateInstanceInAutoScalingGroup" => instances::terminate(world, input),
        "EnterStandby" => standby::enter(world, input),
        "ExitStandby" => standby::exit(world, input),
        "PutWarmPool" => warm_requests::put(world, input),
        "DescribeWarmPool" => warm_requests::describe(&world.autoscaling, input),
        "DeleteWarmPool" => warm_requests::delete(world, input),
        "CreateOrUpdateTags" => tags::put(world, input),
        "DeleteTags" => tags::delete(world, input),
        "DescribeTags" => tags::describe(&world.autoscaling, input),
        _ => Err(ApiError::client(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2011-01-01"),
        )),
    }
}

/// A timer has come due.
pub(super) fn happen(world: &mut World, due: Due) {
    match due {
        Due::Reconcile { group } => reconcile::reconcile(world, &group),
        Due::HealthCheck { group } => reconcile::check_health(world, &group),
        Due::Proceeds { group, instance } => actions::proceed(world, &group, &instance),
        Due::Expires { group, instance, token } => {
            actions::expire(world, &group, &instance, &token);
        }
    }
}
