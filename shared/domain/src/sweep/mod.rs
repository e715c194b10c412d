//! The whole cluster at once: the same judgements, asked of every host.

mod crowd;
mod gate;
mod parts;

pub use crowd::Stand;
pub use parts::{VALUES, parts, tags};

use crate::drain::{self, AHEAD, Occasion};
use crate::group::{GroupView, Hook};
use crate::host::{HostView, Lifecycle, Seen};
use crate::join::{self, Asker};
use crate::names::{GroupName, InstanceId};
use crate::plan::{Action, Hold, Plan, Provided, Step, Verdict};
use crate::policy::Policy;
use crate::{forget, repair};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How old a look may be that a change rests on. Keeps S20.
pub const FRESH: SignedDuration = SignedDuration::from_secs(30);

/// Judges every host of a cluster's groups, every registration without a host, and the breakers.
#[must_use]
pub fn judge(
    groups: &BTreeMap<GroupName, GroupView>,
    hosts: &[HostView],
    settings: &Policy,
    now: Timestamp,
) -> Plan {
    let stand = Stand::of(groups, hosts, settings, now);
    let mut plan = Plan::default();
    let mut turns = Turns::of(groups, hosts);

    for host in hosts {
        let group = host.group().and_then(|name| groups.get(name));
        let mut verdict = judge_host(host, group, &stand, now);
        if let Some(group) = group {
            turns.one_each(&mut verdict, host, &group.name, now);
        }
        plan.hosts.insert(host.instance.clone(), verdict);
    }
    for (name, group) in groups {
        if let Some(policy) = stand.policies.get(name) {
            plan.groups.insert(name.clone(), judge_breaker(group, &stand, policy, now));
        }
    }
    plan
}

/// Asks the judgement that fits where the host stands, and sends it through the gate.
#[must_use]
pub fn judge_host(
    host: &HostView,
    group: Option<&GroupView>,
    stand: &Stand,
    now: Timestamp,
) -> Verdict {
    let known = group.and_then(|group| Some((group, stand.policies.get(&group.name)?)));
    let Some((group, policy)) = known else {
        // Of a host without a group, only what is left behind is ours to judge.
        return forget::judge(host, now);
    };
    let frozen = stand.open(&group.name, policy).is_some();
    let verdict = ask(host, group, frozen, policy, now);
    gate::gate(verdict, host, group, stand, policy, now)
}

fn ask(
    host: &HostView,
    group: &GroupView,
    frozen: bool,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let hooks = match &group.hooks {
        Some(Seen::Known(hooks)) => Some(hooks),
        Some(Seen::Unknown(_)) | None => None,
    };
    let tick = Occasion::Tick { hook: hooks.and_then(|hooks| hooks.terminate) };
    match host.lifecycle() {
        Some(Lifecycle::PendingWait) => {
            let verdict = join::judge(host, Asker::Sweep, policy, now);
            outlast(verdict, host, group, hooks.and_then(|hooks| hooks.launch), policy, now)
        }
        Some(lifecycle) if lifecycle.is_held_leaving() => drain::judge(host, tick, policy, now),
        Some(Lifecycle::InService) if !host.machine_is_gone() => {
            if host.draining_mark().is_some() || is_to_be_drained(host, now) {
                drain::judge(host, tick, policy, now)
            } else {
                repair::judge(host, frozen, policy, now)
            }
        }
        _ => forget::judge(host, now),
    }
}

/// A launch hook that times out before patience does is kept alive until then, and no longer. Keeps L5, S12.
fn outlast(
    mut verdict: Verdict,
    host: &HostView,
    group: &GroupView,
    hook: Option<Hook>,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let Some(hook) = hook.filter(|hook| hook.heartbeat <= policy.join_patience) else {
        return verdict;
    };
    let launched_at = host.machine.known().ok().and_then(|machine| machine.launched_at);
    let waited = launched_at.map(|at| now.duration_since(at));
    let due = waited.is_some_and(|waited| drain::heartbeat_is_due(waited, Some(hook)));
    let in_time = launched_at.is_some_and(|at| now < join::deadline(at, policy));
    if due
        && in_time
        && verdict.steps.is_empty()
        && matches!(verdict.hold, Some(Hold::NotJoinedYet { .. }))
    {
        let (group, instance) = (group.name.clone(), host.instance.clone());
        let hook = crate::plan::HookOf::Launch;
        verdict.steps.push(Step {
            action: Action::Heartbeat { group, instance, hook },
            because: "its hook would time out before patience does".to_owned(),
            provided: Provided::Always,
        });
    }
    verdict
}

fn is_to_be_drained(host: &HostView, now: Timestamp) -> bool {
    let Some(trouble) = host.trouble() else {
        return false;
    };
    let soon = trouble.scheduled.is_some_and(|scheduled| {
        scheduled.not_before.is_none_or(|at| at.duration_since(now) <= AHEAD)
    });
    trouble.taken_back || soon
}

fn judge_breaker(group: &GroupView, stand: &Stand, policy: &Policy, now: Timestamp) -> Verdict {
    let open = stand.launches_open(&group.name, policy);
    let marked = group.breaker_mark();
    let name = group.name.clone();
    let step = |open, because: String| Step {
        action: Action::MarkBreaker { group: name, open },
        because,
        provided: Provided::Always,
    };
    let steps = match (open, marked) {
        (Some(open), Some((_, word))) if word == open.word() => Vec::new(),
        (Some(open), _) => vec![step(Some((now, open)), open.to_string())],
        (None, Some(_)) => vec![step(None, "what opened it is over".to_owned())],
        (None, None) => Vec::new(),
    };
    Verdict { phase: None, steps, hold: open.map(|open| Hold::BreakerOpen { open }) }
}

/// What a sweep does to one host of a group at a time.
struct Turns<'a> {
    /// Groups in which a host was chosen already.
    chosen: BTreeSet<&'a GroupName>,
    /// Groups of which a host is being drained for EC2's sake.
    emptied: BTreeSet<&'a GroupName>,
}

impl<'a> Turns<'a> {
    fn of(groups: &'a BTreeMap<GroupName, GroupView>, hosts: &[HostView]) -> Self {
        let being_emptied = hosts.iter().filter(|host| {
            use crate::marks::Leaving::{Reboot, Retirement};
            matches!(host.draining_mark(), Some((_, Retirement | Reboot)))
        });
        let emptied = being_emptied.filter_map(HostView::group);
        let emptied = emptied.filter_map(|name| groups.get_key_value(name)).map(|(name, _)| name);
        Self { chosen: BTreeSet::new(), emptied: emptied.collect() }
    }

    /// One choice, and one drain for a retirement or reboot, in a group at a time: the next sweep sees what came of it.
    fn one_each(
        &mut self,
        verdict: &mut Verdict,
        host: &HostView,
        group: &'a GroupName,
        now: Timestamp,
    ) {
        use crate::marks::Leaving::{Reboot, Retirement};
        let chooses = verdict.steps.iter().any(|step| matches!(step.action, Action::Choose { .. }));
        if chooses && !self.chosen.insert(group) {
            verdict.steps.retain(|step| !matches!(step.action, Action::Choose { .. }));
            verdict.hold = Some(Hold::InLine);
        }
        let empties = verdict.steps.iter().any(|step| {
            matches!(step.action, Action::MarkDraining { why: Retirement | Reboot, .. })
        });
        let urgent = host
            .trouble()
            .and_then(|it| it.scheduled?.not_before)
            .is_some_and(|at| at.duration_since(now) <= drain::URGENT);
        let turn = !empties || host.draining_mark().is_some() || self.emptied.insert(group);
        if !turn && !urgent {
            *verdict = Verdict::hold(host.phase(), Hold::InLine);
        }
    }
}

/// A verdict without what takes a host away: an event about one host does not see the crowd.
#[must_use]
pub fn but_for_the_sweep(mut verdict: Verdict) -> Verdict {
    let before = verdict.steps.len();
    verdict.steps.retain(|step| step.action.takes().is_none());
    if verdict.steps.len() < before {
        verdict.hold = Some(Hold::InLine);
    }
    verdict
}

/// Whether a fresh verdict on the same host still comes to this action: the second look before
/// what cannot be undone.
#[must_use]
pub fn still_judged_so(action: &Action, fresh: &Verdict) -> bool {
    // Told alike, it is the same change to the same thing, though it may carry another time.
    let alike = |fresh: &Action| match action {
        Action::Choose { .. } | Action::MarkBreaker { .. } => fresh == action,
        _ => fresh.to_string() == action.to_string(),
    };
    fresh.steps.iter().any(|step| alike(&step.action))
}

/// The hosts in the order in which a sweep attends to them: held ones first, for a hook's clock runs on them; and
/// of each kind a different one first at every tick, so that a sweep that is cut short begins elsewhere the next
/// time. Keeps L9.
#[must_use]
pub fn in_order(hosts: &[HostView], now: Timestamp) -> Vec<&InstanceId> {
    let held = |host: &&HostView| {
        host.lifecycle().is_some_and(|it| *it == Lifecycle::PendingWait || it.is_held_leaving())
    };
    let (mut first, mut then): (Vec<&HostView>, Vec<&HostView>) = hosts.iter().partition(held);
    in_turn(&mut first, now);
    in_turn(&mut then, now);
    first.into_iter().chain(then).map(|host| &host.instance).collect()
}

/// Begins elsewhere every minute, so that what is cut short is not always cut at the same place.
pub fn in_turn<T>(all: &mut [T], now: Timestamp) {
    let minute = usize::try_from(now.as_second() / 60).unwrap_or(0);
    // A step that shares no divisor with most lengths, so that the beginnings are spread.
    let at = minute.wrapping_mul(37).checked_rem(all.len()).unwrap_or(0);
    all.rotate_left(at);
}
