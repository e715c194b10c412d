//! How many hosts does the work need?

use crate::group::GroupView;
use crate::host::{Lifecycle, Room, Seen};
use crate::pack::{Amount, Job, Packed, pack};
use crate::plan::{Action, Hold, Thing, Verdict};
use crate::policy::Policy;

/// The tasks of a service that want a place and have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// The service's name.
    pub service: String,
    /// What they need.
    pub job: Job,
}

/// Tasks that want a place and have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// By service.
    pub missing: Vec<Missing>,
    /// What comes with every host, a task of each: the cluster's daemons.
    pub daemons: Vec<Job>,
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

    let arriving = count(group, Lifecycle::is_arriving);
    let have = count(group, |lifecycle| !lifecycle.is_leaving());
    let (packed, fit_nowhere) = packed(demand, supply, policy.headroom(have));
    let new_hosts = packed.hosts;
    // Hosts on their way in are new hosts already: never twice for the same demand.
    let extra = new_hosts.saturating_sub(arriving);
    let needed = have.saturating_add(extra);
    let step = group.desired.saturating_add(policy.step_hosts);
    let to = needed.min(group.max).min(step);

    if new_hosts == 0 && !fit_nowhere.is_empty() {
        let services = fit_nowhere.into_iter().map(str::to_owned).collect();
        return verdict(Hold::FitsNowhere { services });
    }
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
        format!(
            "the work and the headroom need {new_hosts} hosts more, and no fewer than {}; {arriving} are on their way",
            packed.bound
        ),
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

/// How many new hosts it takes; and the services whose tasks no host of the group holds, however many are added.
///
/// Headroom is work like any other: tasks that take a whole host each. An empty host that is there is headroom already.
fn packed<'a>(demand: &'a Demand, supply: &Supply, headroom: u32) -> (Packed, Vec<&'a str>) {
    let mut jobs: Vec<Job> = demand.missing.iter().map(|it| it.job.clone()).collect();
    let Some(empty) = &supply.empty_host else {
        // Nothing is known of what a host offers: one host is asked for, and then it can be seen.
        let hosts = u32::from(headroom > 0 || jobs.iter().any(|job| job.count > 0));
        return (Packed { hosts, bound: hosts, ..Packed::default() }, Vec::new());
    };
    // Daemons come first on a new host, and what is left is for the others.
    let mut empty = empty.clone();
    for daemon in &demand.daemons {
        empty.amount = empty.amount.less(&daemon.each, 1);
        empty.ports.extend(&daemon.ports);
    }
    // Interfaces are not told of every host, and a host without tasks has all of its own.
    let whole = Amount { interfaces: 0, ..empty.amount };
    jobs.push(Job { each: whole, count: headroom, ..Job::default() });
    let packed = pack(&jobs, &supply.rooms, &empty);
    let name = |(at, _): &(usize, u32)| demand.missing.get(*at).map(|it| it.service.as_str());
    let fit_nowhere = packed.hopeless.iter().filter_map(name).collect();
    (packed, fit_nowhere)
}
