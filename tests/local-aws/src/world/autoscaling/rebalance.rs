//! Capacity Rebalancing: what a group does when EC2 says that it may take an instance back.

use super::{LifecycleState, reconcile, terminate};
use crate::world::World;

/// EC2 says that an instance is at risk: a replacement is launched first, and the instance goes when
/// that is in service. Groups without Capacity Rebalancing do nothing.
pub(crate) fn rebalance_recommended(world: &mut World, id: &str) {
    if let Some(group) = at_risk(world, id) {
        reconcile::soon(world, &group);
    }
}

/// EC2 says that it takes an instance back: it goes at once, and a replacement is launched at once.
/// Groups without Capacity Rebalancing wait until the instance is gone.
pub(crate) fn spot_warned(world: &mut World, id: &str) {
    if let Some(group) = at_risk(world, id) {
        let cause = "an instance was taken out of service in response to an EC2 instance \
                     interruption notice.";
        terminate::begin(world, &group, id, cause);
    }
}

fn at_risk(world: &mut World, id: &str) -> Option<String> {
    let name = world.autoscaling.group_of(id)?;
    let group = world.autoscaling.groups.get_mut(&name).filter(|group| group.rebalances)?;
    let member = group.members.get_mut(id)?;
    if member.state != LifecycleState::InService {
        return None;
    }
    member.at_risk = true;
    Some(name)
}

/// Terminates the instances at risk once enough others are in service.
pub(super) fn release_replaced(world: &mut World, name: &str) {
    let Some(group) = world.autoscaling.group(name) else { return };
    let in_service = |state| state == LifecycleState::InService;
    let serving = group.counted().filter(|member| in_service(member.state));
    let serving = serving.fold(0_i64, |sum, member| sum.saturating_add(member.units()));
    if serving < group.size.desired || !group.runs("Terminate") {
        return;
    }
    let risky = group.members.values().filter(|member| member.at_risk && in_service(member.state));
    let risky: Vec<String> = risky.map(|member| member.id.clone()).collect();
    for id in risky {
        let cause = "an instance was taken out of service in response to an EC2 instance rebalance \
                     recommendation.";
        terminate::begin(world, name, &id, cause);
    }
}
