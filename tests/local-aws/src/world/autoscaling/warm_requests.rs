//! `PutWarmPool`, `DescribeWarmPool` and `DeleteWarmPool`.

use super::warm::WarmPool;
use super::{AutoScaling, Group, reconcile, render, terminate};
use crate::world::input::{self, Paging, invalid};
use crate::world::{Answer, World};
use serde_json::{Value, json};

const PAGING: Paging = Paging {
    size: "MaxRecords",
    token: "NextToken",
    usual: 50,
    most: 50,
    refusal: "InvalidNextToken",
};
const PUT: [&str; 5] = [
    "AutoScalingGroupName",
    "MaxGroupPreparedCapacity",
    "MinSize",
    "PoolState",
    "InstanceReusePolicy",
];

/// `PutWarmPool`. What is not given is as in a new pool; pools that hibernate are not modelled.
pub(super) fn put(world: &mut World, input: &Value) -> Answer {
    input::only(input, &PUT)?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let running = match input::opt_text(input, "PoolState")? {
        None | Some("Stopped") => false,
        Some("Running") => true,
        Some(other) => return Err(invalid(format!("PoolState {other} is not modelled here."))),
    };
    let min = input::opt_int(input, "MinSize")?.unwrap_or_default();
    // -1 takes the value away.
    let prepared = input::opt_int(input, "MaxGroupPreparedCapacity")?.filter(|size| *size != -1);
    if min < 0 || prepared.is_some_and(|size| size < 0) {
        return Err(invalid("The size of a warm pool must not be negative."));
    }
    let reuses = match input::member(input, "InstanceReusePolicy") {
        None => false,
        Some(policy) => {
            input::only(policy, &["ReuseOnScaleIn"])?;
            input::opt_bool(policy, "ReuseOnScaleIn")?.unwrap_or_default()
        }
    };
    let group = world.autoscaling.known_mut(name)?;
    group.warm = Some(WarmPool { min, prepared, running, reuses, deleting: false });
    reconcile::soon(world, name);
    Ok(json!({}))
}

/// `WarmPoolConfiguration`.
pub(super) fn configuration(pool: WarmPool) -> Value {
    json!({
        "MinSize": pool.min,
        "MaxGroupPreparedCapacity": pool.prepared,
        "PoolState": if pool.running { "Running" } else { "Stopped" },
        "Status": pool.deleting.then_some("PendingDelete"),
        "InstanceReusePolicy": {"ReuseOnScaleIn": pool.reuses},
    })
}

/// `DescribeWarmPool`; a group without a pool has neither configuration nor instances.
pub(super) fn describe(autoscaling: &AutoScaling, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "MaxRecords", "NextToken"])?;
    let group = autoscaling.known(input::text(input, "AutoScalingGroupName")?)?;
    let members = group.warm_members().map(|one| (one.id.clone(), render::instance(one)));
    let mut answer = PAGING.page(input, members)?.answer("Instances", "NextToken");
    if let (Some(pool), Some(members)) = (group.warm, answer.as_object_mut()) {
        members.insert("WarmPoolConfiguration".to_owned(), configuration(pool));
    }
    Ok(answer)
}

/// `DeleteWarmPool`: its instances are terminated, by force past the hooks.
pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "ForceDelete"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let force = input::opt_bool(input, "ForceDelete")?.unwrap_or_default();
    let group = world.autoscaling.known_mut(name)?;
    let Some(pool) = &mut group.warm else {
        return Err(invalid(format!("No warm pool found for AutoScalingGroup {name}.")));
    };
    pool.deleting = true;
    let ids: Vec<String> = group.warm_members().map(|member| member.id.clone()).collect();
    for id in ids {
        if force {
            terminate::at_once(world, name, &id);
        } else {
            terminate::begin(world, name, &id, "the warm pool was deleted.");
        }
    }
    if let Some(group) = world.autoscaling.groups.get_mut(name) {
        end_if_empty(group);
    }
    Ok(json!({}))
}

/// A pool that is being deleted goes with its last instance.
pub(super) fn end_if_empty(group: &mut Group) {
    let deleting = group.warm.is_some_and(|pool| pool.deleting);
    if deleting && group.warm_members().next().is_none() {
        group.warm = None;
    }
}
