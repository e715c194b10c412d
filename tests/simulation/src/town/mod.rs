//! A town: a cluster that somebody described, run for days with the functions that ship.
//!
//! Where the other worlds are drawn from seeds to find bugs, this one tells what settings would come to. Its hosts,
//! hooks, agents and machines are theirs; its work is described, and ECS places it by size and strategy.

mod ecs;
mod hours;
mod measured;
mod plan;
mod raise;
mod seen;

pub(crate) use ecs::schedule;
pub(crate) use hours::minute;
pub use measured::{Measured, Sample, What, hours};
pub use plan::{Arrivals, BatchPlan, Count, Failures, GroupPlan, Placement, Plan, ServicePlan};
pub(crate) use seen::{definition, each, family, is_apart, page, type_of, types, waiting, waits};

use crate::run::Driver;
use crate::table;
use crate::versioned::Ms;
use crate::weather::{self, Event, Function};
use crate::world::{Group, HostNo, Kind, Machine, Stage, State, TaskNo};
use domain::Action;
use domain::plan::Hold;
use lambda::Record;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

const MINUTE: Ms = 60_000;
const HOUR: Ms = 60 * MINUTE;
const DAY: Ms = 24 * HOUR;
/// The first hour, from no hosts to as many as it takes, is not measured; nothing goes wrong in it.
const WARM: Ms = HOUR;

/// What a town has beside what every world has.
#[derive(Debug)]
pub struct Town {
    plan: Rc<Plan>,
    services: Vec<Work>,
    batches: Vec<Batch>,
    /// What is known of each task.
    notes: Vec<Note>,
    /// Since when hosts are billed.
    billed: BTreeMap<HostNo, Ms>,
    /// How many breakers are open.
    open: usize,
    measured: Measured,
}

/// A service's places that wait.
#[derive(Clone, Debug, Default)]
struct Work {
    waiting: VecDeque<Waits>,
    /// When tasks of it were cut whose places do not wait yet, as ECS does not know.
    cut: VecDeque<Ms>,
    next_burst: Ms,
    burst_ends: Ms,
}

/// Standalone tasks that wait or run.
#[derive(Clone, Debug, Default)]
struct Batch {
    waiting: VecDeque<Ms>,
    /// Those that ECS does not take yet.
    later: VecDeque<Ms>,
    live: Vec<TaskNo>,
}

/// A place that waits.
#[derive(Clone, Copy, Debug)]
struct Waits {
    since: Ms,
    /// Whether another goes on in its place meanwhile.
    moved: bool,
}

/// What is known of a task.
#[derive(Clone, Copy, Debug)]
struct Note {
    waits: Waits,
    batch: Option<usize>,
}

/// Runs a plan for so many days, and tells from time to time how many hours of these are over.
#[must_use]
pub fn run(plan: &Rc<Plan>, days: u32, seed: u64, mut over: impl FnMut(u32)) -> Measured {
    let mut driver = Driver::of(raise::raise(plan, seed), None);
    for hour in 0..=days * 24 {
        driver.run_until(i64::from(hour) * HOUR + WARM - 1);
        over(hour);
    }
    close(&mut driver.shared.borrow_mut())
}

/// What was until now is forgotten.
fn begin(state: &mut State) {
    let now = state.now;
    let never = state.town.as_ref().map_or(0, |town| town.plan.failures.never_join);
    for group in &mut state.groups {
        group.make.never_joins = never;
    }
    if let Some(town) = state.town.as_mut() {
        let billed = vec![(0, 0); town.plan.groups.len()];
        town.measured = Measured { billed, ..Measured::default() };
        town.billed.values_mut().for_each(|since| *since = now);
    }
}

/// The end: what is there is billed to now, and what waits has waited until now at least.
fn close(state: &mut State) -> Measured {
    let hosts: Vec<HostNo> =
        state.town.iter().flat_map(|town| town.billed.keys().copied()).collect();
    for host in hosts {
        bill(state, host);
    }
    let now = state.now;
    let Some(town) = state.town.as_mut() else { return Measured::default() };
    let services = town.services.iter().flat_map(|work| &work.waiting);
    let services = services.filter(|it| !it.moved).map(|it| it.since);
    let batches = town.batches.iter().flat_map(|it| it.waiting.iter().chain(&it.later)).copied();
    let late: Vec<u32> = services.chain(batches).map(|since| seconds(now - since)).collect();
    let mut measured = std::mem::take(&mut town.measured);
    measured.waits.extend(late);
    measured.waits.sort_unstable();
    measured.broken = std::mem::take(&mut state.violations);
    measured
}

fn bill(state: &mut State, host: HostNo) {
    let (now, one) = (state.now, &state.hosts[host]);
    let (group, spot) = (one.group, one.is_spot(&state.groups[one.group]));
    let Some(town) = state.town.as_mut() else { return };
    if let Some(since) = town.billed.remove(&host)
        && let Some((on_demand, taken)) = town.measured.billed.get_mut(group)
    {
        // A minute is billed at least.
        let long = (now - since).max(MINUTE);
        *(if spot { taken } else { on_demand }) += long;
    }
}

/// A machine reaches a state: it is billed while it runs, and takes its tasks with it.
pub(crate) fn machine(state: &mut State, host: HostNo, machine: Machine) {
    let now = state.now;
    let Some(town) = state.town.as_mut() else { return };
    match machine {
        Machine::Running => {
            town.billed.insert(host, now);
            town.measured.launched += 1;
            let never = matches!(state.hosts[host].boot, crate::world::Boot::Never);
            town.measured.never_joined += u64::from(never);
        }
        Machine::ShuttingDown | Machine::Stopping => {
            bill(state, host);
            cut(state, host);
        }
        _ => {}
    }
}

/// The tasks of a host that goes under them.
fn cut(state: &mut State, host: HostNo) {
    let now = state.now;
    let Some(town) = state.town.as_mut() else { return };
    let all = state.hosts[host].registrations.iter();
    let tasks = all.flat_map(|one| &state.registrations[*one].tasks);
    let mut any = false;
    for task in tasks.map(|task| &state.tasks[*task]) {
        let told = task.told.get();
        if told.told_to_stop || !matches!(told.stage, Stage::Pending | Stage::Running) {
            continue;
        }
        any = true;
        match task.kind {
            Kind::Service(service) => {
                town.measured.cut += 1;
                town.services[service].cut.push_back(now);
            }
            Kind::Standalone => town.measured.cut_standalone += 1,
        }
    }
    if any {
        town.measured.happened(now - WARM, What::Cut);
    }
}

/// A task runs.
pub(crate) fn runs(state: &mut State, task: TaskNo) {
    let now = state.now;
    let Some(town) = state.town.as_mut() else { return };
    if let Some(note) = town.notes.get(task).filter(|note| !note.waits.moved) {
        town.measured.waits.push(seconds(now - note.waits.since));
    }
    let one = state.tasks[task].registration;
    weather::emit(state, Event::Tasks(one));
}

/// A call of AWS's API is made.
pub(crate) fn called(state: &mut State, call: &'static str) {
    if let Some(town) = state.town.as_mut() {
        *town.measured.calls.entry(call).or_default() += 1;
    }
}

/// A function is woken.
pub(crate) fn woken(state: &mut State, function: Function) {
    if let Some(town) = state.town.as_mut() {
        *town.measured.invocations.entry(table::name(function)).or_default() += 1;
    }
}

/// A function acted.
pub(crate) fn acted(state: &mut State, action: &Action, done: bool) {
    let time = state.now - WARM;
    let Some(town) = state.town.as_mut().filter(|_| done) else { return };
    let measured = &mut town.measured;
    match action {
        Action::Abandon { .. } => {
            measured.abandoned += 1;
            measured.happened(time, What::Abandoned);
        }
        Action::MarkUnhealthy { .. } | Action::Replace { .. } => {
            measured.given_up += 1;
            measured.happened(time, What::GivenUp);
        }
        Action::ScaleIn { .. } => measured.scaled_in += 1,
        _ => {}
    }
}

/// What functions thought; `false` if this world is no town.
pub(crate) fn thought(state: &mut State, records: &[Record]) -> bool {
    let Some(town) = state.town.as_mut() else { return false };
    for record in records {
        let holds = record.lines.iter().filter_map(|line| line.hold.as_ref());
        for hold in holds.chain(&record.hold) {
            if let Hold::FitsNowhere { services } = hold {
                town.measured.nowhere.extend(services.iter().cloned());
            }
        }
    }
    true
}

fn is_open(group: &Group) -> bool {
    group.tags.get().contains_key(domain::group::BREAKER_TAG)
}

fn seconds(long: Ms) -> u32 {
    u32::try_from(long.div_euclid(1_000)).unwrap_or(u32::MAX)
}

/// The hour of the day, in parts.
fn hours_of(time: Ms) -> f64 {
    hours(time.rem_euclid(DAY))
}

fn whole(number: f64) -> u32 {
    format!("{number:.0}").parse().unwrap_or(0)
}
