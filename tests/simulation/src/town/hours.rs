//! The minutes of a town: what is wanted, what goes wrong, and how it is.

use super::measured::{Sample, What};
use super::plan::{Arrivals, Count};
use super::{DAY, HOUR, MINUTE, Town, WARM};
use crate::versioned::Ms;
use crate::weather::{self, Event};
use crate::world::{Due, HostNo, Life, Machine, Stage, State, Step, chaos, disconnect};
use domain::host::Maintenance;
use domain::pack::Amount;

/// Services are sized anew so often, as Application Auto Scaling does.
const RESIZED: i64 = 5;
/// So many tasks of a cluster may be in PROVISIONING (*Amazon ECS service quotas*); whoever submits more tries again a
/// minute later.
const MOST_WAITING: usize = 500;
/// How many minutes a day has.
const MINUTES: u32 = 1_440;

/// A minute of a town.
pub(crate) fn minute(state: &mut State) {
    state.due(state.now + MINUTE, Due::Minute);
    let time = state.now - WARM;
    if time == 0 {
        super::begin(state);
    }
    // Before anything new comes: what comes in this very minute does not wait yet.
    if time >= 0 {
        sample(state);
    }
    let number = time.div_euclid(MINUTE);
    if number.rem_euclid(RESIZED) == 0 || state.now == 0 {
        resize(state, time.max(0));
    }
    if time >= 0 {
        submit(state, time);
        go_wrong(state);
    }
}

/// What each service wants now.
fn resize(state: &mut State, time: Ms) {
    for service in 0..state.services.len() {
        let Some(town) = state.town.as_mut() else { return };
        let work = &mut town.services[service];
        let desired = match town.plan.services[service].count {
            Count::Steady(count) => count,
            Count::Diurnal { low, high, peak_hour, weekend_percent } => {
                let hour = super::hours_of(time) - f64::from(peak_hour);
                let curve = 0.5 + 0.5 * (hour / 24.0 * std::f64::consts::TAU).cos();
                let noise = 0.97 + 0.06 * state.rng.f64();
                let weekend = time.div_euclid(DAY).rem_euclid(7) >= 5;
                let part = if weekend { f64::from(weekend_percent) / 100.0 } else { 1.0 };
                let high = f64::from(high) * part;
                let low = f64::from(low).min(high);
                super::whole((low + (high - low) * curve) * noise)
            }
            Count::Bursts { base, to, every, lasts } => {
                if time >= work.next_burst {
                    work.burst_ends = work.next_burst + lasts;
                    let pause = state.rng.i64(every / 2..=every * 3 / 2);
                    work.next_burst = work.burst_ends.max(work.next_burst + pause);
                }
                if time < work.burst_ends { to } else { base }
            }
        };
        state.services[service].desired = desired;
    }
}

/// Standalone tasks come.
fn submit(state: &mut State, time: Ms) {
    let now = state.now;
    let Some(town) = state.town.as_mut() else { return };
    let mut room = MOST_WAITING;
    for (batch, plan) in town.batches.iter_mut().zip(&town.plan.batches) {
        let count = match plan.arrivals {
            Arrivals::AnHour(count) => count / 60 + u32::from(state.rng.u32(0..60) < count % 60),
            Arrivals::Daily { tasks, at_hour } => {
                let starts = time.rem_euclid(DAY) == i64::from(at_hour) * HOUR;
                if starts { tasks } else { 0 }
            }
        };
        batch.later.extend((0..count).map(|_| now));
        room = room.saturating_sub(batch.waiting.len());
        let come = batch.later.len().min(room);
        batch.waiting.extend(batch.later.drain(..come));
        room -= come;
    }
}

/// What goes wrong in a minute: each host throws a die for each.
fn go_wrong(state: &mut State) {
    let Some(town) = &state.town else { return };
    let rates = town.plan.failures;
    let all: Vec<HostNo> = (0..state.hosts.len()).filter(|host| serves(state, *host)).collect();
    for host in all {
        if dies(state, rates.agents_lost) {
            lose_agent(state, host);
        }
        let spot = state.hosts[host].is_spot(&state.groups[state.hosts[host].group]);
        if spot && dies(state, rates.interruptions) && !state.hosts[host].trouble.get().taken_back {
            told(state, What::Interrupted, |town| &mut town.measured.interruptions);
            chaos::take_back(state, host);
        }
        if dies(state, rates.retirements) && state.hosts[host].trouble.get().scheduled.is_none() {
            retire(state, host);
        }
    }
}

/// Whether what strikes so many of a million each day strikes in this minute.
fn dies(state: &mut State, rate: u32) -> bool {
    rate > 0 && state.fault_rng.u32(0..1_000_000 * MINUTES) < rate
}

fn told(state: &mut State, what: What, count: fn(&mut Town) -> &mut u64) {
    let time = state.now - WARM;
    if let Some(town) = state.town.as_mut() {
        *count(town) += 1;
        town.measured.happened(time, what);
    }
}

fn lose_agent(state: &mut State, host: HostNo) {
    let Some(&one) = state.hosts[host].registrations.last() else { return };
    if state.registrations[one].dead {
        return;
    }
    state.registrations[one].dead = true;
    told(state, What::AgentLost, |town| &mut town.measured.agents_lost);
    disconnect(state, one);
}

/// EC2 says some days before when it stops a host.
fn retire(state: &mut State, host: HostNo) {
    let (now, at) = (state.now, state.now + state.rng.i64(2 * DAY..14 * DAY));
    state.hosts[host].trouble.change(now, |it| it.scheduled = Some((Maintenance::Retirement, at)));
    let turn = state.hosts[host].machine_turn;
    state.due(at, Due::Host(host, turn, Step::Retired));
    told(state, What::Retired, |town| &mut town.measured.retirements);
    weather::emit(state, Event::Health(host));
}

fn serves(state: &State, host: HostNo) -> bool {
    let one = &state.hosts[host];
    one.seat.get().life == Life::InService && *one.machine.get() == Machine::Running
}

/// How it is in this minute.
fn sample(state: &mut State) {
    let mut one = Sample::default();
    let mut largest = Amount::default();
    for host in &state.hosts {
        match host.seat.get().life {
            Life::Gone => {}
            Life::InService | Life::Standby => one.serving += 1,
            life if life.leaves() => one.leaving += 1,
            _ => one.joining += 1,
        }
    }
    for group in &state.groups {
        largest.cpu = largest.cpu.max(group.make.room.cpu);
        largest.memory = largest.memory.max(group.make.room.memory);
    }
    let least = state.groups.iter().map(|group| u64::from(group.min)).sum();
    let opened = state.groups.iter().filter(|group| super::is_open(group)).count();
    let placed = |tasks: &[usize]| {
        let runs = |it: &&usize| state.tasks[**it].told.get().stage != Stage::Stopped;
        tasks.iter().filter(runs).count()
    };
    let (mut cpu, mut memory) = (0_u64, 0_u64);
    let mut takes = |each: Amount, count: usize| {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        cpu += u64::from(each.cpu) * count;
        memory += u64::from(each.memory) * count;
    };
    let Some(town) = &state.town else { return };
    let (mut there, mut waiting) = (0, 0);
    for ((service, work), plan) in
        state.services.iter().zip(&town.services).zip(&town.plan.services)
    {
        there += placed(&service.live);
        waiting += work.waiting.iter().filter(|it| !it.moved).count();
        takes(plan.each, usize::try_from(service.desired).unwrap_or(0));
    }
    for (batch, plan) in town.batches.iter().zip(&town.plan.batches) {
        let live = placed(&batch.live);
        let waits = batch.waiting.len() + batch.later.len();
        there += live;
        waiting += waits;
        takes(plan.each, live + waits);
    }
    let bound = cpu.div_ceil(u64::from(largest.cpu.max(1)));
    let bound = bound.max(memory.div_ceil(u64::from(largest.memory.max(1)))).max(least);
    one.bound = u32::try_from(bound).unwrap_or(u32::MAX);
    one.placed = u32::try_from(there).unwrap_or(u32::MAX);
    one.waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    let time = state.now - WARM;
    if let Some(town) = state.town.as_mut() {
        town.measured.bound += i64::from(one.bound) * MINUTE;
        town.measured.peak = town.measured.peak.max(one.hosts());
        town.measured.samples.push(one);
        for _ in town.open..opened {
            town.measured.openings += 1;
            town.measured.happened(time, What::Opened);
        }
        town.open = opened;
    }
}
