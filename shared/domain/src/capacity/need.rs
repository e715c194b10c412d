//! What the work needs: everything that is missing is packed, and what is left over tells what is free.

use super::room::{self, Like, New, Place, ZONE};
use super::{Case, Load, Missing, Outlook, Wants};
use crate::names::InstanceId;
use crate::pack::{Amount, Job, Kind, fits_anyhow, pack};
use crate::query::Expression;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// ECS says that it finds no place, and we see one: for so long ECS may be about to use it.
const BELIEVED_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// A word of ECS that is older tells nothing of now.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Hosts that are taken away in thought, and their tasks.
#[derive(Clone, Debug, Default)]
pub(super) struct Removed<'a> {
    pub(super) hosts: BTreeSet<InstanceId>,
    pub(super) loads: Vec<&'a Load>,
}

/// What a group needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfGroup {
    /// New hosts for the work, within Max.
    pub(super) new: u32,
    /// New hosts for the work, were there no Max.
    pub(super) wanted: u32,
    /// New hosts for the headroom.
    pub(super) lacks: u32,
    /// Hosts on their way.
    pub(super) coming: u32,
    /// Hosts that there are, and on their way.
    pub(super) places: u32,
    /// As many of them as the work would fill: the rest is free, wherever it is. Where tasks are spread, hosts are seldom
    /// empty, and to count those alone would grow the group for ever (L12).
    pub(super) used: u32,
    /// As many hosts' room to be kept free.
    pub(super) headroom: u32,
}

/// What a cluster needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Need {
    /// Group by group.
    pub(super) groups: Vec<OfGroup>,
    /// No fewer new hosts could do.
    pub(super) bound: u32,
    /// Services whose tasks no host of any group holds, and why if it is not for their size.
    pub(super) nowhere: Vec<String>,
    /// How many tasks find no place on what there is and what can be added.
    pub(super) without: u64,
    /// Whether the tasks of the removed hosts find a place, and headroom is left, even if ECS places them badly.
    pub(super) safely: bool,
}

/// Tasks to be placed.
struct Asked<'a> {
    name: &'a str,
    job: Job,
    wants: &'a Wants,
    refused: bool,
    /// Whose tasks must not meet on one host, if it matters.
    apart: Option<String>,
}

pub(super) fn need(
    cases: &[Case<'_>],
    outlook: &Outlook,
    removed: &Removed<'_>,
    now: Timestamp,
) -> Need {
    let news: Vec<Option<New>> = cases.iter().map(|case| room::new(case, outlook)).collect();
    let places = room::places(cases, outlook, &news, &removed.hosts);
    let kinds: Vec<(usize, &New)> = news
        .iter()
        .enumerate()
        .filter(|(at, _)| removed.hosts.is_empty() && cases.get(*at).is_some_and(room::can_grow))
        .filter_map(|(at, new)| Some((at, new.as_ref()?)))
        .collect();
    let none = Wants::default();
    let mut nowhere = Vec::new();
    let (mut names, mut jobs, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for asked in asked(cases, outlook, removed, &none, now) {
        match placed(&asked, &places, &kinds) {
            Some(job) => {
                plain.push(*asked.wants == none && !asked.refused);
                names.push(asked.name);
                jobs.push(job);
            }
            None => nowhere.push(format!("{} (its constraint is not understood)", asked.name)),
        }
    }
    let rooms: Vec<_> = places.iter().map(|place| place.room.clone()).collect();
    let of = |limited: bool| {
        let kind = |(at, new): &(usize, &New)| {
            let case = cases.get(*at);
            let left = case.map_or(0, |case| case.group.max.saturating_sub(case.group.desired));
            let most = if limited { left } else { u32::MAX };
            let weight = case.map_or(1, |case| case.policy.weight);
            Kind { room: new.room.clone(), weight, most }
        };
        let all: Vec<Kind> = kinds.iter().map(kind).collect();
        (pack(&jobs, &rooms, &all), all)
    };
    let (wanted, _) = of(false);
    let (limit, all) = of(true);
    let beyond = wanted.by_kind.iter().zip(&all).any(|(hosts, kind)| *hosts > kind.most);
    let packed = if beyond { limit } else { wanted.clone() };

    let mut groups = totals(cases, outlook, removed, &places, &packed.rests);
    for (index, (at, _)) in kinds.iter().enumerate() {
        if let Some(of) = groups.get_mut(*at) {
            of.new = packed.by_kind.get(index).copied().unwrap_or(0);
            of.wanted = wanted.by_kind.get(index).copied().unwrap_or(0);
        }
    }
    headroom(cases, &mut groups);
    let hopeless: Vec<(usize, u32)> = wanted.hopeless.clone();
    let learns = hopeless.iter().any(|(at, _)| plain.get(*at) == Some(&true));
    if removed.hosts.is_empty() {
        learn(cases, &news, &mut groups, learns);
    }
    let told = |at: usize| names.get(at).copied().unwrap_or_default().to_owned();
    nowhere.extend(hopeless.iter().map(|(at, _)| told(*at)));
    nowhere.sort();
    nowhere.dedup();
    let without = packed.hopeless.iter().map(|(_, count)| u64::from(*count)).sum();
    let safely = removed.hosts.is_empty()
        || jobs.is_empty()
        || fits_anyhow(&jobs, &rooms).is_some_and(|rests| {
            let mut groups = totals(cases, outlook, removed, &places, &rests);
            headroom(cases, &mut groups);
            groups.iter().all(|of| of.lacks == 0)
        });
    Need { groups, bound: packed.bound, nowhere, without, safely }
}

/// All that wants a place: what is missing, what the removed hosts had, and room for one more of the largest.
fn asked<'a>(
    cases: &[Case<'_>],
    outlook: &'a Outlook,
    removed: &Removed<'a>,
    none: &'a Wants,
    now: Timestamp,
) -> Vec<Asked<'a>> {
    let joined = outlook.hosts.iter().filter(|host| host.takes_tasks());
    let newest = joined.filter_map(|host| host.registration.registered_at).max();
    let refused = |one: &Missing| {
        one.refused_at.is_some_and(|at| {
            let age = now.duration_since(at);
            newest.is_none_or(|newest| at >= newest)
                && (BELIEVED_AFTER..BELIEVED_FOR).contains(&age)
        })
    };
    let missing = outlook.missing.iter().filter(|one| one.job.count > 0).map(|one| Asked {
        name: &one.service,
        job: one.job.clone(),
        wants: &one.wants,
        refused: refused(one),
        apart: one.job.apart.then(|| format!("service:{}", one.service)),
    });
    let moved = removed.loads.iter().map(|load| Asked {
        name: &load.group,
        job: load.job.clone(),
        wants: &load.wants,
        refused: false,
        apart: load.job.apart.then(|| load.group.clone()),
    });
    let kept = cases.iter().any(|case| case.policy.headroom_task && room::can_grow(case));
    let largest = outlook.largest.iter().filter(|_| kept).map(|job| Asked {
        name: "headroom for the largest task",
        job: Job { count: 1, ..job.clone() },
        wants: none,
        refused: false,
        apart: None,
    });
    missing.chain(moved).chain(largest).collect()
}

/// The job, with the places and kinds that it may go to; `None` if nobody can tell which.
fn placed(asked: &Asked<'_>, places: &[Place<'_>], kinds: &[(usize, &New)]) -> Option<Job> {
    let read = |text: &String| Expression::read(text);
    let expressions: Vec<Expression> =
        asked.wants.constraints.iter().map(read).collect::<Option<_>>()?;
    let has_its_like = |place: &Place<'_>| {
        let loads = place.host.map(|host| host.loads.as_slice()).unwrap_or_default();
        asked.apart.as_ref().is_some_and(|group| loads.iter().any(|load| load.group == *group))
    };
    let mut closed = Vec::new();
    for (at, place) in places.iter().enumerate() {
        let there = place.host.is_some();
        let allowed = allows(asked.wants, &expressions, &place.like)?;
        if !allowed || has_its_like(place) || (asked.refused && there) {
            closed.push(at);
        }
    }
    let mut able = Vec::new();
    for (index, (_, new)) in kinds.iter().enumerate() {
        if allows(asked.wants, &expressions, &new.like)? {
            able.push(index);
        }
    }
    let kinds = (able.len() < kinds.len()).then_some(able);
    Some(Job { closed, kinds, ..asked.job.clone() })
}

fn allows(wants: &Wants, expressions: &[Expression], like: &Like) -> Option<bool> {
    let group = &like.group;
    if wants
        .groups
        .as_ref()
        .is_some_and(|groups| group.as_ref().is_none_or(|group| !groups.contains(group)))
    {
        return Some(false);
    }
    for expression in expressions {
        // Which zone a new host goes to is for its group to choose.
        let left_open = like.any_zone && expression.names(ZONE);
        if left_open || !expression.holds(&like.attributes)? {
            return Some(false);
        }
    }
    Some(true)
}

/// What there is of each group, and how much of it has work once everything is packed.
fn totals(
    cases: &[Case<'_>],
    outlook: &Outlook,
    removed: &Removed<'_>,
    places: &[Place<'_>],
    rests: &[Amount],
) -> Vec<OfGroup> {
    let mut groups: Vec<OfGroup> = cases
        .iter()
        .map(|case| OfGroup {
            coming: room::coming(case, outlook, &removed.hosts),
            ..OfGroup::default()
        })
        .collect();
    let mut free = vec![[0_u64; Amount::DIMENSIONS.len()]; groups.len()];
    for (place, rest) in places.iter().zip(rests) {
        let at = place.case.unwrap_or(usize::MAX);
        let (Some(of), Some(free)) = (groups.get_mut(at), free.get_mut(at)) else {
            continue;
        };
        of.places = of.places.saturating_add(1);
        for (sum, dimension) in free.iter_mut().zip(Amount::DIMENSIONS) {
            *sum = sum.saturating_add(part(dimension(rest), dimension(&place.whole)));
        }
    }
    for (of, free) in groups.iter_mut().zip(free) {
        let hosts = free.into_iter().min().unwrap_or(0) / WHOLE;
        of.used = of.places.saturating_sub(u32::try_from(hosts).unwrap_or(u32::MAX));
    }
    groups
}

/// A whole host, in the parts that free room is counted in.
const WHOLE: u64 = 1_000_000;

/// Which part of a host is free in one dimension; all of it in one that the host has nothing of.
fn part(rest: u64, whole: u64) -> u64 {
    rest.min(whole).saturating_mul(WHOLE).checked_div(whole).unwrap_or(WHOLE)
}

/// Room that is to be kept free, as a part of what the work fills, so that it comes to rest.
fn headroom(cases: &[Case<'_>], groups: &mut [OfGroup]) {
    for (case, of) in cases.iter().zip(groups) {
        if room::can_grow(case) {
            of.headroom = case.policy.headroom(of.used.saturating_add(of.wanted));
            let free = of.places.saturating_sub(of.used);
            of.lacks = of.headroom.saturating_sub(free);
        }
    }
}

/// Where nothing is known of what a host of a group offers, one is asked for, and then it can be seen.
fn learn(cases: &[Case<'_>], news: &[Option<New>], groups: &mut [OfGroup], for_work: bool) {
    let mut for_work = for_work;
    for ((case, new), of) in cases.iter().zip(news).zip(groups) {
        if new.is_some() || !room::can_grow(case) {
            continue;
        }
        // Of hosts that nobody knows, one is enough to begin with.
        let wanted = u32::from(for_work || case.policy.headroom(1) > 0);
        of.lacks = wanted.saturating_sub(of.coming);
        for_work = false;
    }
}
