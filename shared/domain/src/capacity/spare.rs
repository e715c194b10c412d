//! Which hosts can leave: the work still fits without them, with headroom, and has for as long as the policy's patience.
//!
//! Since when, and how many at least, stands in the group's tag `muster:spare`, where people see it. Hosts without work go
//! at once when patience is over; hosts with work are drained, those first whose drain moves the fewest tasks, at most a
//! fifth of the group in a quarter of an hour, those already leaving counted. If a host joined soon after, that was one too many, and the next waits an hour.

use super::need::{self, Need, Removed};
use super::room::{self, ZONE};
use super::{Case, Host, Load, Outlook, protection};
use crate::host::Lifecycle;
use crate::marks::whole_seconds;
use crate::names::InstanceId;
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The tag of a group that says since when hosts of it can be spared, and when some were last moved:
/// `2026-03-04T05:06:07Z 3; moved 2026-03-04T04:50:00Z 120 0`, of 120 tasks, and never regretted so far.
pub const SPARE_TAG: &str = "muster:spare";
/// How many hosts leave in one step at most.
const STEP: usize = 20;
/// How many hosts with work are tried that cannot leave until the rest is taken for full.
const TRIED: u32 = 20;
/// Between two steps that move tasks: S14's quarter of an hour, and a tick.
const WINDOW: SignedDuration = SignedDuration::from_mins(16);
/// A host that is needed again so soon after tasks were moved says that the move was one too many.
const REGRET: SignedDuration = SignedDuration::from_mins(30);
/// For how many hours nothing is moved then (L12): twice as long after each regret that follows another, up to this.
const LONGEST_WAIT: i64 = 8;
/// For so long it matters when tasks were moved.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered of hosts that can be spared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spare {
    /// Since when, and how many at least.
    pub since: Option<(Timestamp, u32)>,
    /// When hosts with work were last taken.
    pub moved: Option<Moved>,
}

/// Hosts with work that were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// When.
    pub at: Timestamp,
    /// How many tasks the cluster had.
    pub tasks: u32,
    /// How often in a row a host was needed again soon after, with no more tasks than before.
    pub regrets: u32,
    /// Whether that is so of this time.
    pub regretted: bool,
}

impl Moved {
    fn read(text: &str) -> Option<Self> {
        let mut words = text.trim().split(' ');
        let (at, tasks, regrets) = (words.next()?, words.next()?, words.next()?);
        let regretted = regrets.ends_with('!');
        let regrets = regrets.trim_end_matches('!').parse().ok()?;
        Some(Self { at: at.parse().ok()?, tasks: tasks.parse().ok()?, regrets, regretted })
    }

    fn write(&self) -> String {
        let sign = if self.regretted { "!" } else { "" };
        format!("moved {} {} {}{sign}", whole_seconds(self.at), self.tasks, self.regrets)
    }

    /// How long nothing is moved after it.
    fn wait(&self) -> SignedDuration {
        // The tag is anybody's who may tag the group.
        let hours = 2_i64.saturating_pow(self.regrets.saturating_sub(1)).min(LONGEST_WAIT);
        if self.regretted { SignedDuration::from_hours(hours) } else { WINDOW }
    }
}

impl Spare {
    /// Reads the tag; what cannot be read is not remembered.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (since, moved) = text.split_once("moved ").unwrap_or((text, ""));
        let since = since.trim_end_matches([' ', ';']).split_once(' ');
        let since = since.and_then(|(at, count)| Some((at.parse().ok()?, count.parse().ok()?)));
        let moved = Moved::read(moved);
        Self { since, moved }
    }

    /// The value of the tag; none if there is nothing to remember.
    #[must_use]
    pub fn write(&self) -> Option<String> {
        let since = self.since.map(|(at, count)| format!("{} {count}", whole_seconds(at)));
        let moved = self.moved.map(|moved| moved.write());
        let parts: Vec<String> = since.into_iter().chain(moved).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Judges whether hosts of a group leave now; `removed` are those that leave other groups of the cluster, and these with
/// them. No hold and no steps: none can be spared.
///
/// Keeps S13, S14, S17, S20, L12.
pub(super) fn judge<'a>(
    cases: &[Case<'_>],
    at: usize,
    outlook: &'a Outlook,
    need: &Need,
    removed: &mut Removed<'a>,
    now: Timestamp,
) -> Verdict {
    let Some(case) = cases.get(at) else {
        return Verdict::default();
    };
    let group = case.group;
    let told = group.tags.get(SPARE_TAG).map(|text| Spare::read(text));
    let mut before = told.unwrap_or_default();
    before.moved = before.moved.filter(|moved| now.duration_since(moved.at) < REMEMBERED);
    let leaving = match (case.policy.scale_in_patience, outlook.protected.known()) {
        (Some(_), Err(fault)) => {
            let hold = Hold::Unreadable { what: Thing::Tasks, fault: fault.to_string() };
            return Verdict { phase: None, steps: Vec::new(), hold: Some(hold) };
        }
        (Some(_), Ok(protected)) if !in_trouble(cases, at, outlook) => {
            find(cases, at, outlook, need, (removed, protected), now)
        }
        _ => Vec::new(),
    };
    let count = room::number(leaving.len());
    let remember = |spare: Spare, because: String| {
        let changed =
            told.unwrap_or_default() != spare || (told.is_some() && spare.write().is_none());
        let action = Action::MarkSpare { group: group.name.clone(), spare };
        changed.then_some(Step { action, because, provided: Provided::Always })
    };
    if count == 0 {
        let step = remember(Spare { since: None, ..before }, "no host can be spared".to_owned());
        return Verdict { phase: None, steps: step.into_iter().collect(), hold: None };
    }
    let (since, least) = before.since.map_or((now, count), |(at, least)| (at, least.min(count)));
    let patience = case.policy.scale_in_patience.unwrap_or_default();
    let until = since.saturating_add(patience).unwrap_or(Timestamp::MAX);
    let hold = |until| Some(Hold::Sparing { hosts: least, until });
    let kept = Spare { since: Some((since, least)), ..before };
    let because = format!("the work fits on {least} hosts fewer since {since}");
    if now < until {
        let steps = remember(kept, because).into_iter().collect();
        return Verdict { phase: None, steps, hold: hold(until) };
    }
    let chosen = chosen(case, outlook, &leaving, least, before, now);
    if chosen.is_empty() {
        let steps = remember(kept, because.clone()).into_iter().collect();
        return Verdict { phase: None, steps, hold: hold(until) };
    }
    if case.before.drains_not {
        let why =
            "it has no hook muster-terminate, so what leaves it would not be drained".to_owned();
        return Verdict { phase: None, steps: Vec::new(), hold: Some(Hold::HandsOff { why }) };
    }
    let left = least.saturating_sub(room::number(chosen.len()));
    let moves = chosen.iter().any(|host| !loads(host).is_empty());
    let after = Spare {
        since: (left > 0).then_some((since, left)),
        moved: if moves { Some(moved(outlook, before, now)) } else { before.moved },
    };
    for host in &chosen {
        removed.hosts.insert(host.registration.instance.clone());
        removed.loads.extend(loads(host));
    }
    // The tag first: a step that is not remembered could be taken twice.
    let mut steps: Vec<Step> = remember(after, because.clone()).into_iter().collect();
    steps.extend(chosen.into_iter().map(|host| {
        let moves = loads(host).len();
        Step {
            action: Action::ScaleIn {
                group: group.name.clone(),
                instance: host.registration.instance.clone(),
            },
            because: format!("{because}; {moves} tasks of it move"),
            provided: Provided::StillJudgedSo,
        }
    }));
    Verdict { phase: None, steps, hold: None }
}

/// Whether more hosts of the group or of its cluster are in trouble than is bearable, or on their way: then nothing is
/// taken, as the breaker takes nothing.
fn in_trouble(cases: &[Case<'_>], at: usize, outlook: &Outlook) -> bool {
    let (mut all, mut failing) = (0_u32, 0_u32);
    let mut here = true;
    let connected = outlook.hosts.iter().filter(|host| host.registration.agent_connected);
    let joined: BTreeSet<&InstanceId> = connected.map(|host| &host.registration.instance).collect();
    for (number, case) in cases.iter().enumerate() {
        // As the breaker counts: a host that rests, in standby or in a pool, makes no crowd larger.
        let counts = |life: &Lifecycle| *life == Lifecycle::InService || life.is_arriving();
        let stays = case.group.seats.iter().filter(|(_, seat)| counts(&seat.lifecycle));
        let (mut stay, mut fail) = (0_u32, 0_u32);
        for (id, seat) in stays {
            stay = stay.saturating_add(1);
            fail = fail.saturating_add(u32::from(!joined.contains(id) || !seat.healthy));
        }
        if number == at {
            here = fail > (stay / 5).max(1) || case.group.breaker_mark().is_some();
        }
        all = all.saturating_add(stay);
        failing = failing.saturating_add(fail);
    }
    here || failing > (all / 5).max(1)
}

/// The tasks of a host that would have to move.
fn loads(host: &Host) -> Vec<&Load> {
    host.loads.iter().filter(|load| !load.daemon && !load.is_standalone()).collect()
}

/// Of those that can leave, those that do now.
fn chosen<'a>(
    case: &Case<'_>,
    outlook: &Outlook,
    leaving: &[&'a Host],
    least: u32,
    before: Spare,
    now: Timestamp,
) -> Vec<&'a Host> {
    let waits = before.moved.is_some_and(|moved| now.duration_since(moved.at) < moved.wait());
    let fifth = (long_in_service(case, outlook, now) / 5).max(1);
    let going = case.group.seats.values().filter(|seat| seat.lifecycle.is_leaving()).count();
    let mut may_move = if waits { 0 } else { fifth.saturating_sub(room::number(going)) };
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    let mut chosen = Vec::new();
    for host in leaving.iter().take(least) {
        if !loads(host).is_empty() {
            if may_move == 0 {
                break;
            }
            may_move = may_move.saturating_sub(1);
        }
        chosen.push(*host);
    }
    chosen
}

/// The hosts of the group that were there when the window began.
fn long_in_service(case: &Case<'_>, outlook: &Outlook, now: Timestamp) -> u32 {
    let long = |host: &&Host| {
        let one = &host.registration;
        let seat = case.group.seats.get(&one.instance);
        let joined = one.registered_at.is_some_and(|at| now.duration_since(at) >= WINDOW);
        joined && seat.is_some_and(|seat| seat.lifecycle == Lifecycle::InService)
    };
    room::number(outlook.hosts.iter().filter(long).count())
}

/// What is remembered of a move now.
fn moved(outlook: &Outlook, before: Spare, now: Timestamp) -> Moved {
    // Regrets in a row count; one that was none ends them.
    let regrets = before.moved.filter(|it| it.regretted).map_or(0, |it| it.regrets);
    Moved { at: now, tasks: tasks(outlook), regrets, regretted: false }
}

/// The tasks that there are or should be, but daemons'.
fn tasks(outlook: &Outlook) -> u32 {
    let there = outlook.hosts.iter().flat_map(|host| &host.loads).filter(|load| !load.daemon);
    let missing = outlook.missing.iter().map(|one| one.job.count).fold(0, u32::saturating_add);
    room::number(there.count()).saturating_add(missing)
}

/// What is remembered where a group grows soon after tasks were moved, with no more tasks than before: that the move was
/// one too many.
pub(super) fn regret(case: &Case<'_>, outlook: &Outlook, now: Timestamp) -> Option<Spare> {
    let spare = case.group.tags.get(SPARE_TAG).map(|text| Spare::read(text))?;
    let moved = spare.moved.filter(|it| !it.regretted && now.duration_since(it.at) < REGRET)?;
    // A task that is moved is seen twice for a moment.
    let more = tasks(outlook) > moved.tasks.saturating_add(moved.tasks / 50);
    let moved = Moved { regrets: moved.regrets.saturating_add(1), regretted: true, ..moved };
    (!more).then_some(Spare { since: None, moved: Some(moved) })
}

/// The hosts that can leave, those first whose drain moves the fewest tasks.
fn find<'a>(
    cases: &[Case<'_>],
    at: usize,
    outlook: &'a Outlook,
    need: &Need,
    (others, protected): (&Removed<'a>, &BTreeSet<String>),
    now: Timestamp,
) -> Vec<&'a Host> {
    let Some(case) = cases.get(at) else {
        return Vec::new();
    };
    // Of two registrations of one host nobody knows which is the live one.
    let registered_once = outlook.by_instance().into_values().filter_map(|same| match same[..] {
        [host] => Some(host),
        _ => None,
    });
    let mut candidates: Vec<&Host> =
        registered_once.filter(|host| can_leave(case, host, protected, now)).collect();
    candidates.sort_by_cached_key(|host| {
        let one = &host.registration;
        let used = one.registered.amount.memory.saturating_sub(one.remaining.amount.memory);
        (loads(host).len(), used, one.registered_at, one.instance.clone())
    });
    let mut zones = zones(case, outlook);
    let most = case.group.desired.saturating_sub(case.group.min);
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(STEP);
    let (mut chosen, mut removed, mut failed) = (Vec::new(), others.clone(), 0);
    while chosen.len() < most && failed < TRIED {
        // Of zones that are not the fullest the group would take hosts back (`AZRebalance`).
        let fullest = zones.values().copied().max().unwrap_or(0);
        let zone =
            |host: &Host| host.registration.attributes.get(ZONE).cloned().unwrap_or_default();
        let next = candidates.iter().position(|host| zones.get(&zone(host)) == Some(&fullest));
        let Some(host) = next.map(|at| candidates.remove(at)) else {
            break;
        };
        let mut without = removed.clone();
        without.hosts.insert(host.registration.instance.clone());
        without.loads.extend(loads(host));
        if fits(cases, outlook, need, &without, now) {
            removed = without;
            zones.entry(zone(host)).and_modify(|count: &mut u32| *count = count.saturating_sub(1));
            chosen.push(host);
        } else {
            failed = failed.saturating_add(1);
        }
    }
    chosen
}

/// Whether all work has a place still, and as much is free as should be.
fn fits(
    cases: &[Case<'_>],
    outlook: &Outlook,
    need: &Need,
    removed: &Removed<'_>,
    now: Timestamp,
) -> bool {
    let without = need::need(cases, outlook, removed, now);
    let lacks = without.groups.iter().any(|of| of.lacks > 0);
    let as_before = without.without <= need.without && without.nowhere.len() <= need.nowhere.len();
    as_before && without.safely && !lacks
}

fn can_leave(case: &Case<'_>, host: &Host, protected: &BTreeSet<String>, now: Timestamp) -> bool {
    let one = &host.registration;
    let Some(seat) = case.group.seats.get(&one.instance) else {
        return false;
    };
    let in_service = seat.lifecycle == Lifecycle::InService && seat.healthy && !seat.protected;
    let counted = u64::from(one.running).saturating_add(one.pending.into());
    let all_seen = u64::try_from(host.loads.len()).is_ok_and(|seen| seen == counted);
    let movable = loads(host).iter().all(|load| load.movable);
    in_service
        && host.takes_tasks()
        && all_seen
        && movable
        && !protection::holds(case, host, protected, now)
}

/// How many hosts of the group each zone has.
fn zones(case: &Case<'_>, outlook: &Outlook) -> BTreeMap<String, u32> {
    let mut zones = BTreeMap::new();
    for host in &outlook.hosts {
        let one = &host.registration;
        let stays =
            case.group.seats.get(&one.instance).is_some_and(|it| !it.lifecycle.is_leaving());
        if stays {
            let zone = one.attributes.get(ZONE).cloned().unwrap_or_default();
            let count = zones.entry(zone).or_insert(0_u32);
            *count = count.saturating_add(1);
        }
    }
    zones
}
