//! The places that tasks can go to.

use crate::config::Aws;
use domain::host::{Registration, RegistrationStatus, Room};
use domain::size::Supply;
use domain::{ClusterName, Fault, GroupView};

const CALL: &str = "ecs:DescribeContainerInstances";

impl Aws {
    /// What is left on every host of a cluster that takes tasks, and what an empty host of the group offers.
    pub(super) async fn group_supply(
        &self,
        cluster: &ClusterName,
        group: &GroupView,
    ) -> Result<Supply, Fault> {
        supply(&ports::look::registrations(self, cluster, None).await?, group)
    }
}

fn supply(all: &[Registration], group: &GroupView) -> Result<Supply, Fault> {
    let takes_tasks =
        |one: &&Registration| one.status == RegistrationStatus::Active && one.agent_connected;
    let taking: Vec<&Registration> = all.iter().filter(takes_tasks).collect();
    // Keeps S17: a host whose size is not told is not a host without room.
    if taking.iter().any(|one| !is_told(&one.registered)) {
        let told = "registeredResources has no CPU or MEMORY".to_owned();
        return Err(Fault::Partial { call: CALL.to_owned(), told });
    }
    let of_group = |one: &&Registration| group.seats.contains_key(&one.instance);
    let empty = all.iter().filter(of_group).find(|one| is_told(&one.registered));

    Ok(Supply {
        rooms: taking.iter().map(|one| one.remaining.clone()).collect(),
        empty_host: empty.map(|one| one.registered.clone()),
    })
}

fn is_told(room: &Room) -> bool {
    room.amount.cpu > 0 && room.amount.memory > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{HOST, OTHER, arn};
    use domain::host::{Lifecycle, Seat};
    use domain::marks::Marks;
    use domain::pack::Amount;
    use std::collections::BTreeMap;

    fn room(cpu: u32, memory: u32) -> Room {
        Room { amount: Amount { cpu, memory, ..Amount::default() }, ports: vec![22] }
    }

    fn registration(instance: &str) -> Registration {
        Registration {
            arn: arn("one").parse().unwrap(),
            instance: instance.parse().unwrap(),
            status: RegistrationStatus::Active,
            agent_connected: true,
            running: 0,
            pending: 0,
            registered: room(2048, 4096),
            remaining: room(100, 200),
            registered_at: None,
            agent_version: None,
            health: domain::host::Health::Unknown,
            attributes: BTreeMap::new(),
            marks: Marks::default(),
            tasks: None,
        }
    }

    fn group() -> GroupView {
        let name: domain::GroupName = "web".parse().unwrap();
        let seat = Seat {
            group: name.clone(),
            lifecycle: Lifecycle::InService,
            healthy: true,
            protected: false,
        };
        GroupView {
            name,
            min: 0,
            max: 9,
            desired: 1,
            tags: BTreeMap::new(),
            suspended: Vec::new(),
            warm_pool: false,
            seats: BTreeMap::from([(HOST.parse().unwrap(), seat)]),
            hooks: None,
        }
    }

    #[test]
    fn only_hosts_that_take_tasks_have_room_and_only_the_groups_own_tell_its_size() {
        let mut foreign = registration(OTHER);
        foreign.registered = room(9999, 9999);
        let mut lost = registration(HOST);
        lost.agent_connected = false;
        let found = supply(&[foreign, lost], &group()).unwrap();
        assert_eq!(found.rooms, [room(100, 200)]);
        assert_eq!(found.empty_host, Some(room(2048, 4096)));
        assert_eq!(supply(&[registration(OTHER)], &group()).unwrap().empty_host, None);
    }

    // Checks S17.
    #[test]
    fn a_host_whose_size_is_not_told_makes_the_supply_unknown() {
        let mut bare = registration(HOST);
        bare.registered = Room::default();
        assert!(matches!(supply(&[bare], &group()), Err(Fault::Partial { .. })));
    }
}
