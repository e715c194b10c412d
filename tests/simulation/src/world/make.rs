//! What the hosts of a group are: how large, how quick to boot, in how many zones.

use super::{GroupNo, State};
use crate::versioned::Ms;
use domain::pack::Amount;
use std::collections::BTreeMap;

/// What each task of a drawn world takes.
pub const TASK: Amount = Amount { cpu: 128, memory: 256, gpus: 0, interfaces: 0 };
/// How many of these a host of a drawn world holds.
pub(super) const ROOM: usize = 8;

/// What the hosts of a group are.
#[derive(Clone, Debug)]
pub struct Make {
    /// What one offers to tasks.
    pub room: Amount,
    /// How long one takes from running to registered, at least and at most.
    pub boots: (Ms, Ms),
    /// In how many zones; none if they have none.
    pub zones: u32,
    /// How many the group launches at once.
    pub at_once: u32,
    /// How many of a million never join.
    pub never_joins: u32,
    /// How many of a hundred are Spot instances.
    pub spot_percent: u32,
}

impl Default for Make {
    fn default() -> Self {
        Self {
            room: Amount { cpu: TASK.cpu * 8, memory: TASK.memory * 8, ..TASK },
            boots: (20_000, 90_000),
            zones: 0,
            at_once: 4,
            never_joins: 0,
            spot_percent: 0,
        }
    }
}

impl Make {
    /// What ECS puts on a registration by itself.
    #[must_use]
    pub fn attributes(&self, zone: u32) -> BTreeMap<String, String> {
        let told = || ("ecs.availability-zone".to_owned(), format!("zone-{zone}"));
        (self.zones > 0).then(told).into_iter().collect()
    }
}

/// The zone of the next host, and whether it is a Spot instance: the group keeps its zones and its shares even.
pub(super) fn place(state: &State, group: GroupNo) -> (u32, bool) {
    let make = &state.groups[group].make;
    let stays = || {
        let all = state.hosts.iter();
        all.filter(|host| host.group == group && host.seat.get().life.stays())
    };
    let zone = (0..make.zones).min_by_key(|zone| stays().filter(|it| it.zone == *zone).count());
    let all = stays().count() + 1;
    let spot = stays().filter(|host| host.spot).count();
    let share = usize::try_from(make.spot_percent).unwrap_or(0);
    (zone.unwrap_or(0), (spot + 1) * 100 <= all * share)
}
