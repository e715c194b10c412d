//! The places that tasks can go to: hosts that take tasks, and hosts on their way.

use super::{Case, Host, Outlook, hands_off};
use crate::host::{Registration, Room};
use crate::names::{GroupName, InstanceId};
use crate::pack::{Amount, Job};
use crate::policy::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// How many container instances a cluster can have.
const MOST_HOSTS: u32 = 5_000;
/// What zone a host is in: ECS sets it on each.
pub(super) const ZONE: &str = "ecs.availability-zone";

/// A place.
pub(super) struct Place<'a> {
    /// What is left.
    pub(super) room: Room,
    /// What a host without tasks but daemons has left.
    pub(super) whole: Amount,
    /// Its group, by its place among the cases.
    pub(super) case: Option<usize>,
    /// The host; none if it is on its way.
    pub(super) host: Option<&'a Host>,
    pub(super) like: Like,
}

/// What can be asked of a host, there or to come.
#[derive(Clone, Debug)]
pub(super) struct Like {
    pub(super) group: Option<GroupName>,
    pub(super) attributes: BTreeMap<String, String>,
    /// Whether its zone is for the group to choose.
    pub(super) any_zone: bool,
}

/// A new host of a group.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) room: Room,
    pub(super) like: Like,
}

/// How many hosts of a group are on their way: launched and not taking tasks yet, or asked for and not launched.
pub(super) fn coming(case: &Case<'_>, outlook: &Outlook, without: &BTreeSet<InstanceId>) -> u32 {
    let seats = &case.group.seats;
    let mut arriving: BTreeSet<&InstanceId> =
        seats.iter().filter(|(_, seat)| seat.lifecycle.is_arriving()).map(|(id, _)| id).collect();
    if !arriving.is_empty() {
        for host in outlook.hosts.iter().filter(|host| host.takes_tasks()) {
            arriving.remove(&host.registration.instance);
        }
    }
    let stay =
        seats.iter().filter(|(id, seat)| !seat.lifecycle.is_leaving() && !without.contains(*id));
    let gone = number(without.iter().filter(|id| seats.contains_key(*id)).count());
    // What could not be launched lately is not on its way.
    let asked = if case.before.failing.is_some() { 0 } else { case.group.desired };
    let to_launch = asked.saturating_sub(gone).saturating_sub(number(stay.count()));
    // A size beyond what ECS takes (*Amazon ECS service quotas*) is a mistake, and is not counted out one by one.
    number(arriving.len()).saturating_add(to_launch).min(MOST_HOSTS)
}

/// What a new host of a group will be like: as the smallest of its registered hosts, for the group chooses among its types.
pub(super) fn new(case: &Case<'_>, outlook: &Outlook) -> Option<New> {
    let registered: Vec<&Registration> = outlook
        .hosts
        .iter()
        .map(|host| &host.registration)
        .filter(|one| case.group.seats.contains_key(&one.instance) && is_told(&one.registered))
        .collect();
    let zones: BTreeSet<_> = registered.iter().map(|one| one.attributes.get(ZONE)).collect();
    let amount = |one: &&&Registration| (one.registered.amount.memory, one.registered.amount.cpu);
    let (room, attributes) = if let Some(one) = registered.iter().min_by_key(amount) {
        (&one.registered, one.attributes.clone())
    } else {
        let example = case.example.as_ref()?;
        (&example.room, promised(&case.policy, &example.attributes))
    };
    let like =
        Like { group: Some(case.group.name.clone()), attributes, any_zone: zones.len() != 1 };
    Some(New { room: less_daemons(room, &outlook.daemons), like })
}

/// What the policy asks of every host that enters service, new ones will have.
fn promised(policy: &Policy, told: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all = told.clone();
    let required = policy.required_attributes.iter();
    all.extend(required.map(|(name, value)| (name.clone(), value.clone().unwrap_or_default())));
    all
}

/// The places of a cluster but for hosts that are to be removed.
pub(super) fn places<'a>(
    cases: &[Case<'_>],
    outlook: &'a Outlook,
    news: &[Option<New>],
    without: &BTreeSet<InstanceId>,
) -> Vec<Place<'a>> {
    let case_of = |id: &InstanceId| {
        cases.iter().position(|case| {
            case.group.seats.get(id).is_some_and(|seat| !seat.lifecycle.is_leaving())
        })
    };
    let stays = |host: &&Host| {
        let id = &host.registration.instance;
        let leaves = |case: &Case<'_>| {
            case.group.seats.get(id).is_some_and(|seat| seat.lifecycle.is_leaving())
        };
        host.takes_tasks() && !without.contains(id) && !cases.iter().any(leaves)
    };
    let there = outlook.hosts.iter().filter(stays).map(|host| {
        let one = &host.registration;
        let case = case_of(&one.instance);
        let group = case.and_then(|at| cases.get(at)).map(|case| case.group.name.clone());
        Place {
            room: one.remaining.clone(),
            whole: whole(&less_daemons(&one.registered, &outlook.daemons)),
            case,
            host: Some(host),
            like: Like { group, attributes: one.attributes.clone(), any_zone: false },
        }
    });
    let mut all: Vec<Place<'a>> = there.collect();
    for ((at, case), new) in cases.iter().enumerate().zip(news) {
        let Some(new) = new else {
            continue;
        };
        let coming = (0..coming(case, outlook, without)).map(|_| Place {
            room: new.room.clone(),
            whole: whole(&new.room),
            case: Some(at),
            host: None,
            like: new.like.clone(),
        });
        all.extend(coming);
    }
    all
}

/// Daemons come first on a host, and what is left is for the others.
fn less_daemons(room: &Room, daemons: &[Job]) -> Room {
    let mut room = room.clone();
    for daemon in daemons {
        room.amount = room.amount.less(&daemon.each, 1);
        room.ports.extend(&daemon.ports);
    }
    room
}

/// Interfaces are not told of every host, and a host without tasks has all of its own.
fn whole(room: &Room) -> Amount {
    Amount { interfaces: 0, ..room.amount }
}

pub(super) fn is_told(room: &Room) -> bool {
    room.amount.cpu > 0 && room.amount.memory > 0
}

/// Whether Muster may change the size of the group, and launches succeed there.
pub(super) fn can_grow(case: &Case<'_>) -> bool {
    hands_off::why(case).is_none() && case.before.failing.is_none()
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
