//! How many hosts does the work need?

use crate::group::GroupView;
use crate::host::{Lifecycle, Room, Seen};
use crate::plan::{Action, Hold, Thing, Verdict};
use crate::policy::Policy;

/// What one task needs, from its task definition. Units as in [`Room`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// CPU units.
    pub cpu: u32,
    /// Memory, MiB.
    pub memory: u32,
    /// Host ports that it takes for itself.
    pub ports: Vec<u16>,
}

/// Tasks that want a place and have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Each service's missing tasks: what one needs, and how many.
    pub missing: Vec<(Need, u32)>,
}

/// Where tasks can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// What is left on each host that takes tasks.
    pub rooms: Vec<Room>,
    /// What an empty host of the group offers.
    pub empty_host: Option<Room>,
}

/// Judges the groups of one cluster, in the order of their names: the first that can grow does so for
/// all of the demand, and the others are left alone.
#[must_use]
pub fn judge_cluster(
    groups: &[(&GroupView, Seen<Supply>, Policy)],
    demand: &Seen<Demand>,
) -> Vec<Verdict> {
    let mut grows: Option<String> = None;
    let mut verdicts = Vec::new();

    for (group, supply, policy) in groups {
        let verdict = match &grows {
            Some(name) => {
                let why = format!("{name} grows for the same work");
                Verdict { phase: None, steps: Vec::new(), hold: Some(Hold::HandsOff { why }) }
            }
            None => judge(group, demand, supply, policy),
        };
        if !verdict.steps.is_empty() {
            grows = Some(group.name.to_string());
        }
        verdicts.push(verdict);
    }
    verdicts
}

/// Judges a group: grows it to what the work needs, in one step, never beyond its Max.
///
/// Keeps S17, S18: within Min and Max, bounded by the step, and never from an unreadable look.
#[must_use]
pub fn judge(
    group: &GroupView,
    demand: &Seen<Demand>,
    supply: &Seen<Supply>,
    policy: &Policy,
) -> Verdict {
    let verdict = |hold| Verdict { phase: None, steps: Vec::new(), hold: Some(hold) };
    let unreadable = |fault: &crate::Fault| {
        verdict(Hold::Unreadable { what: Thing::Demand, fault: fault.to_string() })
    };
    if let Some(why) = hands_off(group) {
        return verdict(Hold::HandsOff { why });
    }
    let demand = match demand.known() {
        Ok(demand) => demand,
        Err(fault) => return unreadable(fault),
    };
    let supply = match supply.known() {
        Ok(supply) => supply,
        Err(fault) => return unreadable(fault),
    };

    let new_hosts = packed(demand, supply);
    let arriving = count(group, Lifecycle::is_arriving);
    let have = count(group, |lifecycle| !lifecycle.is_leaving());
    // Hosts on their way in are new hosts already: never twice for the same demand.
    let extra = new_hosts.saturating_add(policy.headroom_hosts).saturating_sub(arriving);
    let needed = have.saturating_add(extra);
    let step = group.desired.saturating_add(policy.step_hosts);
    let to = needed.min(group.max).min(step);

    if new_hosts == 0 || needed <= group.desired {
        return verdict(Hold::CapacityFits { needed, have: have.max(group.desired) });
    }
    if to <= group.desired {
        return verdict(Hold::AtMax { needed, max: group.max });
    }
    let action = Action::SetDesired { group: group.name.clone(), from: group.desired, to };
    let mut verdict = verdict(Hold::AtMax { needed, max: group.max });
    verdict.hold = verdict.hold.filter(|_| to < needed);
    verdict.steps = Verdict::act(
        crate::Phase::Stray,
        action,
        format!("tasks without a place need {new_hosts} hosts more; {arriving} are on their way"),
    )
    .steps;
    verdict
}

fn hands_off(group: &GroupView) -> Option<String> {
    if group.steered_by_another() {
        return Some("a capacity provider's managed scaling steers it".to_owned());
    }
    if group.min == group.max {
        return Some("its Min and Max are equal".to_owned());
    }
    let process =
        group.suspended.iter().find(|name| matches!(name.as_str(), "Launch" | "Terminate"));
    process.map(|name| format!("its process {name} is suspended"))
}

fn count(group: &GroupView, which: impl Fn(&Lifecycle) -> bool) -> u32 {
    let hosts = group.seats.values().filter(|seat| which(&seat.lifecycle)).count();
    u32::try_from(hosts).unwrap_or(u32::MAX)
}

/// First fit, largest first, on what is left and then on new hosts: how many new hosts it takes.
fn packed(demand: &Demand, supply: &Supply) -> u32 {
    let Some(empty) = &supply.empty_host else {
        // Nothing is known of what a host offers: one host is asked for, and then it can be seen.
        return u32::from(demand.missing.iter().any(|(_, count)| *count > 0));
    };
    let mut rooms = supply.rooms.clone();
    let had = rooms.len();
    let mut missing = demand.missing.clone();
    missing.sort_by_key(|(need, _)| std::cmp::Reverse((need.memory, need.cpu)));

    for (need, times) in &missing {
        // A task that no empty host can hold would never be placed by adding hosts.
        let hopeless = !fits(need, empty);
        // Rooms only get fuller: one that had no place for the task before has none for the next like it.
        let mut from = 0;
        for _ in 0..if hopeless { 0 } else { *times } {
            from = place(need, &mut rooms, empty, from);
        }
    }
    u32::try_from(rooms.len().saturating_sub(had)).unwrap_or(u32::MAX)
}

/// Places a task in the first room, from this one on, that holds it, or in a new one; tells which.
fn place(need: &Need, rooms: &mut Vec<Room>, empty: &Room, from: usize) -> usize {
    let mut later = rooms.iter().enumerate().skip(from);
    let found = later.find(|(_, room)| fits(need, room)).map(|(at, _)| at);
    let at = found.unwrap_or_else(|| {
        rooms.push(empty.clone());
        rooms.len().saturating_sub(1)
    });
    if let Some(room) = rooms.get_mut(at) {
        room.cpu = room.cpu.saturating_sub(need.cpu);
        room.memory = room.memory.saturating_sub(need.memory);
        room.ports.extend(&need.ports);
    }
    at
}

fn fits(need: &Need, room: &Room) -> bool {
    need.cpu <= room.cpu
        && need.memory <= room.memory
        && !need.ports.iter().any(|port| room.ports.contains(port))
}
