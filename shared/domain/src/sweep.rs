//! The whole cluster at once: the same judgements, asked of every host.

use crate::breaker::Crowd;
use crate::drain::Occasion;
use crate::group::GroupView;
use crate::host::{HostView, Lifecycle, MachineState, Seen};
use crate::names::{GroupName, InstanceId};
use crate::plan::{Action, Hold, Plan, Verdict};
use crate::policy::Policy;
use crate::{drain, forget, join, repair};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Judges every host of a cluster's groups, and every registration without a host.
#[must_use]
pub fn judge(
    groups: &BTreeMap<GroupName, GroupView>,
    hosts: &[HostView],
    settings: &Policy,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan::default();
    let mut taken: BTreeMap<GroupName, u32> = BTreeMap::new();

    for host in hosts {
        let group = group_of(host).and_then(|name| groups.get(name));
        let policy =
            group.map_or_else(|| settings.clone(), |group| settings.overridden_by(&group.tags).0);
        let crowd = group.map_or_else(Crowd::default, |group| crowd(group, hosts, &policy, now));
        let verdict = one_at_a_time(judge_host(host, crowd, &policy, now), host, &mut taken, crowd);
        plan.hosts.insert(host.instance.clone(), verdict);
    }
    plan
}

/// One disruption a group in one sweep: the next sweep sees what came of it before it takes another.
fn one_at_a_time(
    verdict: Verdict,
    host: &HostView,
    taken: &mut BTreeMap<GroupName, u32>,
    crowd: Crowd,
) -> Verdict {
    if !verdict.steps.iter().any(|step| step.action.is_disruption()) {
        return verdict;
    }
    let Some(group) = group_of(host) else {
        return Verdict::hold(host.phase(), Hold::NotOurs);
    };
    let before = taken.entry(group.clone()).or_default();
    *before = before.saturating_add(1);
    if *before > 1 {
        let Crowd { hosts, failing } = crowd;
        return Verdict::hold(host.phase(), Hold::BreakerOpen { failing, hosts });
    }
    verdict
}

/// Asks the judgement that fits where the host stands.
#[must_use]
pub fn judge_host(host: &HostView, crowd: Crowd, policy: &Policy, now: Timestamp) -> Verdict {
    match host.lifecycle() {
        Some(Lifecycle::PendingWait) => join::judge(host, Some(crowd), policy, now),
        Some(Lifecycle::TerminatingWait) => drain::judge(host, Occasion::Tick, policy, now),
        Some(Lifecycle::InService) if !host.machine_is_gone() => {
            let verdict = repair::judge(host, crowd, policy, now);
            let marked = host.standing().any(|one| one.marks.draining.is_some());
            // A Spot host in service that we drain is watched by the drain's own judgement.
            if verdict.steps.is_empty() && marked {
                drain::judge(host, Occasion::Tick, policy, now)
            } else {
                verdict
            }
        }
        _ => forget::judge(host),
    }
}

fn group_of(host: &HostView) -> Option<&GroupName> {
    match &host.seat {
        Seen::Known(Some(seat)) => Some(&seat.group),
        Seen::Known(None) | Seen::Unknown(_) => None,
    }
}

/// How a group fares: its hosts launching or in service, and those of them in trouble.
#[must_use]
pub fn crowd(group: &GroupView, hosts: &[HostView], policy: &Policy, now: Timestamp) -> Crowd {
    let of_group = |id: &InstanceId| group.seats.contains_key(id);
    let mut crowd = Crowd::default();
    for host in hosts.iter().filter(|host| of_group(&host.instance)) {
        let staying = host
            .lifecycle()
            .is_some_and(|lifecycle| lifecycle.is_arriving() || *lifecycle == Lifecycle::InService);
        if staying {
            crowd.hosts = crowd.hosts.saturating_add(1);
            crowd.failing = crowd.failing.saturating_add(u32::from(in_trouble(host, policy, now)));
        }
    }
    crowd
}

fn in_trouble(host: &HostView, policy: &Policy, now: Timestamp) -> bool {
    let connected = host.standing().any(|one| one.agent_connected);
    let late = host.machine.known().is_ok_and(|machine| {
        machine.state != MachineState::Running
            || machine.launched_at.is_some_and(|at| now >= join::deadline(at, policy))
    });
    match host.lifecycle() {
        Some(Lifecycle::PendingWait) => !connected && late,
        Some(Lifecycle::InService) => !connected,
        _ => false,
    }
}

/// Whether a fresh verdict on the same host still comes to this action: the second look before
/// what cannot be undone.
#[must_use]
pub fn still_judged_so(action: &Action, fresh: &Verdict) -> bool {
    fresh.steps.iter().any(|step| step.action == *action)
}
