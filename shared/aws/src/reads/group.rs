//! Groups, seats and hooks, from Auto Scaling.

use super::complete::listed;
use crate::config::Aws;
use crate::limits::{GROUPS_PAGE, POOL_PAGE};
use aws_sdk_autoscaling::types::{
    AutoScalingGroup, AutoScalingInstanceDetails, Filter, Instance, LaunchTemplate, LifecycleHook,
    SuspendedProcess, TagDescription,
};
use domain::group::{Hook, Hooks};
use domain::host::{Lifecycle, Seat};
use domain::names::{CLUSTER_TAG, LAUNCH_HOOK, TERMINATE_HOOK};
use domain::{Fault, GroupName, GroupView, InstanceId};
use ports::Page;
use std::time::Duration;

const GROUPS: &str = "autoscaling:DescribeAutoScalingGroups";
const SEATS: &str = "autoscaling:DescribeAutoScalingInstances";
const HOOKS: &str = "autoscaling:DescribeLifecycleHooks";
const WARM_POOL: &str = "autoscaling:DescribeWarmPool";

impl Aws {
    /// A host's seat; `None` if Auto Scaling does not know it (unknown ids are left out of the answer).
    pub(super) async fn seat_of(&self, instance: &InstanceId) -> Result<Option<Seat>, Fault> {
        let sending = self
            .autoscaling
            .describe_auto_scaling_instances()
            .instance_ids(instance.as_str())
            .send();
        let answer = self.send(SEATS, sending).await?;
        let details = listed(SEATS, "AutoScalingInstances", answer.auto_scaling_instances)?;
        // One without its name may be the one that is asked for; the SDK puts an empty text in its place.
        if details.iter().any(|one| one.instance_id().is_none_or(str::is_empty)) {
            return Err(missing(SEATS, "InstanceId"));
        }
        let found = details.iter().find(|one| one.instance_id() == Some(instance.as_str()));
        found.map(seat).transpose()
    }

    /// A group by its exact name.
    pub(super) async fn group_by_name(&self, name: &GroupName) -> Result<Option<GroupView>, Fault> {
        let sending = self
            .autoscaling
            .describe_auto_scaling_groups()
            .auto_scaling_group_names(name.as_str())
            .send();
        let answer = self.send(GROUPS, sending).await?;
        let groups = listed(GROUPS, "AutoScalingGroups", answer.auto_scaling_groups)?;
        if groups.iter().any(|one| one.auto_scaling_group_name().is_none_or(str::is_empty)) {
            return Err(missing(GROUPS, "AutoScalingGroupName"));
        }
        let exact = groups.iter().find(|one| one.auto_scaling_group_name() == Some(name.as_str()));
        exact.map(view).transpose()
    }

    /// A page of the groups with our tag, or with one of these values of it.
    pub(super) async fn tagged_groups(
        &self,
        tags: &[String],
        token: Option<String>,
    ) -> Result<Page<GroupView>, Fault> {
        let ours = if tags.is_empty() {
            Filter::builder().name("tag-key").values(CLUSTER_TAG).build()
        } else {
            let name = format!("tag:{CLUSTER_TAG}");
            Filter::builder().name(name).set_values(Some(tags.to_vec())).build()
        };
        let sending = self
            .autoscaling
            .describe_auto_scaling_groups()
            .filters(ours)
            .max_records(GROUPS_PAGE)
            .set_next_token(token)
            .send();
        let answer = self.send(GROUPS, sending).await?;
        let groups = listed(GROUPS, "AutoScalingGroups", answer.auto_scaling_groups)?;
        let items = groups.iter().map(view).collect::<Result<_, _>>()?;
        Ok(Page { items, next: answer.next_token })
    }

    /// Our hooks of a group.
    pub(super) async fn hooks_of(&self, group: &GroupName) -> Result<Hooks, Fault> {
        let sending = self
            .autoscaling
            .describe_lifecycle_hooks()
            .auto_scaling_group_name(group.as_str())
            .send();
        let answer = self.send(HOOKS, sending).await?;
        let all = listed(HOOKS, "LifecycleHooks", answer.lifecycle_hooks)?;
        if all.iter().any(|one| one.lifecycle_hook_name().is_none_or(str::is_empty)) {
            return Err(missing(HOOKS, "LifecycleHookName"));
        }
        let named = |name: &str| {
            let found = all.iter().find(|one| one.lifecycle_hook_name() == Some(name));
            found.map(hook).transpose()
        };
        Ok(Hooks { launch: named(LAUNCH_HOOK)?, terminate: named(TERMINATE_HOOK)? })
    }

    /// A page of the seats in a group's warm pool: `DescribeAutoScalingGroups` leaves them out.
    pub(super) async fn warm_seats(
        &self,
        group: &GroupName,
        token: Option<String>,
    ) -> Result<Page<(InstanceId, Seat)>, Fault> {
        let sending = self
            .autoscaling
            .describe_warm_pool()
            .auto_scaling_group_name(group.as_str())
            .max_records(POOL_PAGE)
            .set_next_token(token)
            .send();
        let answer = self.send(WARM_POOL, sending).await?;
        let all = listed(WARM_POOL, "Instances", answer.instances)?;
        // Nothing is said there of protection, which hosts in service have (the example of `describe-warm-pool` in the
        // AWS CLI command reference).
        let resting =
            |one: &Instance| seat_in(group, one, one.protected_from_scale_in().or(Some(false)));
        let items = all.iter().map(resting).collect::<Result<_, _>>()?;
        Ok(Page { items, next: answer.next_token })
    }
}

fn hook(hook: &LifecycleHook) -> Result<Hook, Fault> {
    let seconds = |value: Option<i32>, field| {
        let seconds = value.and_then(|value| u64::try_from(value).ok());
        seconds.map(Duration::from_secs).ok_or_else(|| missing(HOOKS, field))
    };
    Ok(Hook {
        heartbeat: seconds(hook.heartbeat_timeout(), "HeartbeatTimeout")?,
        in_all: seconds(hook.global_timeout(), "GlobalTimeout")?,
        continues: match hook.default_result() {
            Some("CONTINUE") => true,
            Some("ABANDON") => false,
            _ => return Err(missing(HOOKS, "DefaultResult")),
        },
    })
}

fn missing(call: &str, field: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: format!("{field} is missing or out of range") }
}

fn group_name(text: Option<&str>, call: &str) -> Result<GroupName, Fault> {
    let name = text.and_then(|text| text.parse().ok());
    name.ok_or_else(|| missing(call, "AutoScalingGroupName"))
}

fn seat(details: &AutoScalingInstanceDetails) -> Result<Seat, Fault> {
    let lifecycle = details.lifecycle_state().ok_or_else(|| missing(SEATS, "LifecycleState"))?;
    Ok(Seat {
        group: group_name(details.auto_scaling_group_name(), SEATS)?,
        lifecycle: Lifecycle::read(lifecycle),
        // This call says HEALTHY where DescribeAutoScalingGroups says Healthy.
        healthy: is_healthy(details.health_status(), SEATS)?,
        protected: details
            .protected_from_scale_in()
            .ok_or_else(|| missing(SEATS, "ProtectedFromScaleIn"))?,
    })
}

/// A host of which nothing is said is not one that is ill.
fn is_healthy(told: Option<&str>, call: &str) -> Result<bool, Fault> {
    let told = told.filter(|told| !told.is_empty());
    Ok(told.ok_or_else(|| missing(call, "HealthStatus"))?.eq_ignore_ascii_case("healthy"))
}

/// Whether the group's sizes count something else than hosts (`WeightedCapacity`, `DesiredCapacityType`).
fn weighted(group: &AutoScalingGroup) -> bool {
    let template = group.mixed_instances_policy().and_then(|policy| policy.launch_template());
    let types = template.map(LaunchTemplate::overrides).unwrap_or_default();
    let unit = group.desired_capacity_type().unwrap_or_default();
    !matches!(unit, "" | "units") || types.iter().any(|one| one.weighted_capacity().is_some())
}

fn view(group: &AutoScalingGroup) -> Result<GroupView, Fault> {
    let name = group_name(group.auto_scaling_group_name(), GROUPS)?;
    let number = |value: Option<i32>, field| {
        value.and_then(|value| u32::try_from(value).ok()).ok_or_else(|| missing(GROUPS, field))
    };
    // AWS lists them all, also where there are none: what is not there says nothing.
    let instances = group.instances.as_ref().ok_or_else(|| missing(GROUPS, "Instances"))?;
    let tags = group.tags.as_ref().ok_or_else(|| missing(GROUPS, "Tags"))?;
    let suspended =
        group.suspended_processes.as_ref().ok_or_else(|| missing(GROUPS, "SuspendedProcesses"))?;
    let seats = instances
        .iter()
        .map(|one| seat_in(&name, one, one.protected_from_scale_in()))
        .collect::<Result<_, _>>()?;
    let tag = |tag: &TagDescription| {
        // A tag's value may be empty, its key may not.
        let (key, value) = (tag.key().filter(|key| !key.is_empty()), tag.value());
        let told = key.zip(value).map(|(key, value)| (key.to_owned(), value.to_owned()));
        told.ok_or_else(|| missing(GROUPS, "Tags[].Key or Value"))
    };
    let process = |one: &SuspendedProcess| {
        let name = one.process_name().filter(|name| !name.is_empty()).map(str::to_owned);
        name.ok_or_else(|| missing(GROUPS, "SuspendedProcesses[].ProcessName"))
    };
    Ok(GroupView {
        min: number(group.min_size(), "MinSize")?,
        max: number(group.max_size(), "MaxSize")?,
        desired: number(group.desired_capacity(), "DesiredCapacity")?,
        tags: tags.iter().map(tag).collect::<Result<_, _>>()?,
        suspended: suspended.iter().map(process).collect::<Result<_, _>>()?,
        warm_pool: group.warm_pool_configuration().is_some(),
        weighted: weighted(group),
        name,
        seats,
        hooks: None,
    })
}

fn seat_in(
    group: &GroupName,
    instance: &Instance,
    protected: Option<bool>,
) -> Result<(InstanceId, Seat), Fault> {
    let id = instance.instance_id().and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| missing(GROUPS, "Instances[].InstanceId"))?;
    let lifecycle =
        instance.lifecycle_state().ok_or_else(|| missing(GROUPS, "Instances[].LifecycleState"))?;
    let seat = Seat {
        group: group.clone(),
        lifecycle: Lifecycle::read(lifecycle.as_str()),
        healthy: is_healthy(instance.health_status(), GROUPS)?,
        protected: protected.ok_or_else(|| missing(GROUPS, "Instances[].ProtectedFromScaleIn"))?,
    };
    Ok((id, seat))
}
