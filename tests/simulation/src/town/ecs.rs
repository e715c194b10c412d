//! ECS in a town: what is missing waits, what waits is placed as its strategy says, what is too much stops.

use super::plan::Placement;
use super::{Note, Waits};
use crate::weather::{self, Event};
use crate::world::tasks::{put, stop_task, wanted};
use crate::world::{ClusterNo, Due, Kind, RegistrationNo, ServiceNo, Stage, State, TaskNo};
use domain::pack::Amount;
use std::collections::BTreeMap;

/// How often the scheduler runs.
const EVERY: i64 = 5_000;
/// How long ECS is quiet until it says again that it finds no place.
const QUIET: i64 = 60_000;

/// A host that takes tasks.
struct Place {
    registration: RegistrationNo,
    zone: u32,
    left: Amount,
}

/// The scheduler runs.
pub(crate) fn schedule(state: &mut State, cluster: ClusterNo) {
    let mut places = None;
    for service in 0..state.services.len() {
        level(state, service);
        place_service(state, cluster, service, &mut places);
    }
    let batches = state.town.as_ref().map_or(0, |town| town.batches.len());
    for batch in 0..batches {
        place_batch(state, batch, &mut places);
    }
    state.due(state.now + EVERY, Due::Scheduler(cluster));
}

/// Keeps as many places waiting as are missing, and stops what is too much.
fn level(state: &mut State, service: ServiceNo) {
    let now = state.now;
    let wants = wanted(state, service);
    let (draining, settled): (Vec<_>, Vec<_>) = wants.into_iter().partition(|(_, drains)| *drains);
    let one = &state.services[service];
    let (desired, least) = (whole(one.desired), whole(one.desired * one.least).div_ceil(100));
    let running = draining.iter().chain(&settled);
    let running = running.filter(|(it, _)| stage(state, *it) == Stage::Running).count();
    let Some(town) = state.town.as_mut() else { return };
    let work = &mut town.services[service];
    let have = settled.len() + work.waiting.len();
    for _ in have..desired {
        // What takes the place of a task that goes on meanwhile waits for nobody's sake.
        let moved = work.waiting.iter().filter(|it| it.moved).count() < draining.len();
        let since = if moved { None } else { work.cut.pop_front() };
        work.waiting.push_back(Waits { since: since.unwrap_or(now), moved });
        if moved {
            town.measured.moved += 1;
        }
    }
    for _ in desired..have {
        work.waiting.pop_back();
    }
    work.cut.clear();
    let many = settled.len().saturating_sub(desired);
    for task in too_many(state, &settled, many) {
        stop_task(state, task);
    }
    // A task that leaves may stop as far as others run.
    let may_stop = running.saturating_sub(many).saturating_sub(least);
    for (task, _) in draining.into_iter().take(may_stop) {
        stop_task(state, task);
    }
}

/// ECS stops where most are: in the fullest zone, on the host with the most of them, the youngest.
fn too_many(state: &State, settled: &[(TaskNo, bool)], many: usize) -> Vec<TaskNo> {
    let mut left: Vec<TaskNo> = settled.iter().map(|(task, _)| *task).collect();
    let mut stopped = Vec::new();
    for _ in 0..many {
        let spread = Spread::of(state, &left);
        let most = |at: &usize| {
            let (registration, zone) = where_is(state, left[*at]);
            (spread.zone(zone), spread.host(registration), left[*at])
        };
        let Some(at) = (0..left.len()).max_by_key(most) else { break };
        stopped.push(left.swap_remove(at));
    }
    stopped
}

fn place_service(
    state: &mut State,
    cluster: ClusterNo,
    service: ServiceNo,
    places: &mut Option<Vec<Place>>,
) {
    let one = &state.services[service];
    let ceiling = whole(one.desired * one.most / 100).max(1);
    let may = ceiling.saturating_sub(one.live.len());
    let Some(town) = &state.town else { return };
    let plan = &town.plan.services[service];
    let (each, placement) = (plan.each, plan.placement);
    let waiting = town.services[service].waiting.len().min(may);
    let mut live = state.services[service].live.clone();
    for _ in 0..waiting {
        let Some(place) = choose(state, places, &live, each, placement) else {
            return refuse(state, cluster, service);
        };
        let Some(town) = state.town.as_mut() else { return };
        let Some(waits) = town.services[service].waiting.pop_front() else { return };
        let stops_in = state.rng.i64(2_000..30_000);
        let task = put(state, place, Kind::Service(service), each, stops_in, 0);
        note(state, Note { waits, batch: None });
        live.push(task);
    }
}

fn refuse(state: &mut State, cluster: ClusterNo, service: ServiceNo) {
    let (now, one) = (state.now, &mut state.services[service]);
    if one.refused_at.is_none_or(|at| now - at >= QUIET) {
        one.refused_at = Some(now);
        weather::emit(state, Event::Placement(cluster));
    }
}

fn place_batch(state: &mut State, batch: usize, places: &mut Option<Vec<Place>>) {
    let Some(town) = &state.town else { return };
    let plan = &town.plan.batches[batch];
    let (each, placement, lasts) = (plan.each, plan.placement, plan.lasts);
    if town.batches[batch].waiting.is_empty() {
        return;
    }
    let mut live = town.batches[batch].live.clone();
    live.retain(|task| !state.tasks[*task].told.get().told_to_stop);
    while let Some(waits) = first(state, batch) {
        let Some(place) = choose(state, places, &live, each, placement) else { break };
        let runs_for = state.rng.i64(lasts.0..=lasts.1);
        let stops_in = state.rng.i64(500..3_000);
        let task = put(state, place, Kind::Standalone, each, stops_in, runs_for);
        note(state, Note { waits, batch: Some(batch) });
        live.push(task);
        if let Some(town) = state.town.as_mut() {
            town.batches[batch].waiting.pop_front();
        }
    }
    if let Some(town) = state.town.as_mut() {
        town.batches[batch].live = live;
    }
}

fn first(state: &State, batch: usize) -> Option<Waits> {
    let since = *state.town.as_ref()?.batches[batch].waiting.front()?;
    Some(Waits { since, moved: false })
}

fn note(state: &mut State, note: Note) {
    if let Some(town) = state.town.as_mut() {
        town.notes.push(note);
    }
}

/// Where the strategy puts one more, if anywhere; it takes its room there.
fn choose(
    state: &State,
    places: &mut Option<Vec<Place>>,
    live: &[TaskNo],
    each: Amount,
    placement: Placement,
) -> Option<RegistrationNo> {
    let places = places.get_or_insert_with(|| all(state));
    let spread = Spread::of(state, live);
    let able = places.iter_mut().filter(|it| it.left.holds(&each));
    let key = |it: &Place| {
        let (zone, host) = (spread.zone(it.zone), spread.host(it.registration));
        match placement {
            Placement::AzSpread | Placement::OnePerHost => (zone, host, it.registration),
            Placement::AzBinpack => (zone, it.left.memory, it.registration),
            Placement::Binpack => (0, it.left.memory, it.registration),
        }
    };
    let apart = placement == Placement::OnePerHost;
    let able = able.filter(|it| !apart || spread.host(it.registration) == 0);
    let best = able.min_by_key(|it| key(it))?;
    best.left = best.left.less(&each, 1);
    Some(best.registration)
}

/// The hosts that take tasks, with what is left on each.
fn all(state: &State) -> Vec<Place> {
    let registrations = state.registrations.iter().enumerate();
    let takes = registrations.filter(|(_, one)| {
        let told = one.told.get();
        told.there && told.status == "ACTIVE" && told.connected
    });
    let place = takes.map(|(registration, one)| {
        let host = &state.hosts[one.host];
        let stand = one.tasks.iter().filter(|it| stage(state, **it) != Stage::Stopped);
        let whole = state.groups[host.group].make.room;
        let left = stand.fold(whole, |left, it| left.less(&state.tasks[*it].each, 1));
        Place { registration, zone: host.zone, left }
    });
    place.collect()
}

/// How many of some tasks are where.
struct Spread {
    zones: BTreeMap<u32, u32>,
    hosts: BTreeMap<RegistrationNo, u32>,
}

impl Spread {
    fn of(state: &State, tasks: &[TaskNo]) -> Self {
        let mut spread = Self { zones: BTreeMap::new(), hosts: BTreeMap::new() };
        for task in tasks {
            let (registration, zone) = where_is(state, *task);
            *spread.zones.entry(zone).or_default() += 1;
            *spread.hosts.entry(registration).or_default() += 1;
        }
        spread
    }

    fn zone(&self, zone: u32) -> u32 {
        self.zones.get(&zone).copied().unwrap_or(0)
    }

    fn host(&self, registration: RegistrationNo) -> u32 {
        self.hosts.get(&registration).copied().unwrap_or(0)
    }
}

fn where_is(state: &State, task: TaskNo) -> (RegistrationNo, u32) {
    let registration = state.tasks[task].registration;
    (registration, state.hosts[state.registrations[registration].host].zone)
}

fn stage(state: &State, task: TaskNo) -> Stage {
    state.tasks[task].told.get().stage
}

fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
