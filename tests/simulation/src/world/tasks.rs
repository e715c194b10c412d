//! ECS's tasks: a scheduler that places and moves them, and how they start and stop.

use super::{
    ClusterNo, Due, HostNo, Kind, Machine, Registration, RegistrationNo, ServiceNo, Stage, State,
    Task, TaskNo, TaskTold, asg, ecs, make,
};
use crate::town;
use crate::versioned::Versioned;
use crate::weather::{self, Event};
use domain::pack::Amount;

/// How often a scheduler runs.
const EVERY: i64 = 10_000;

/// Places what is missing, and moves what drains, as far as the services allow.
pub(super) fn schedule(state: &mut State, cluster: ClusterNo) {
    for service in 0..state.services.len() {
        if state.services[service].cluster == cluster {
            schedule_service(state, cluster, service);
        }
    }
    // AWS's own hook lets go when nothing is left.
    for host in 0..state.hosts.len() {
        if state.hosts[host].managed_holds && left(state, host) == 0 {
            asg::managed_lets_go(state, host);
        }
    }
    state.due(state.now + EVERY, Due::Scheduler(cluster));
}

/// The tasks of a host that have not stopped.
pub(crate) fn left(state: &State, host: HostNo) -> usize {
    let registrations = state.hosts[host].registrations.iter();
    registrations
        .flat_map(|one| &state.registrations[*one].tasks)
        .filter(|task| state.tasks[**task].told.get().stage != Stage::Stopped)
        .count()
}

/// The tasks of a service that should run, and whether the host of each drains.
pub(crate) fn wanted(state: &mut State, service: ServiceNo) -> Vec<(TaskNo, bool)> {
    let mut live = std::mem::take(&mut state.services[service].live);
    live.retain(|task| !state.tasks[*task].told.get().told_to_stop);
    let drains = |task: &TaskNo| {
        let registration = state.tasks[*task].registration;
        state.registrations[registration].told.get().status == "DRAINING"
    };
    let wanted = live.iter().map(|task| (*task, drains(task))).collect();
    state.services[service].live = live;
    wanted
}

fn schedule_service(state: &mut State, cluster: ClusterNo, service: ServiceNo) {
    let wants = wanted(state, service);
    let (desired, least, most) = {
        let one = &state.services[service];
        (one.desired, one.least, one.most)
    };
    let count = u32::try_from(wants.len()).unwrap_or(u32::MAX);
    let draining: Vec<TaskNo> =
        wants.iter().filter(|(_, drains)| *drains).map(|(it, _)| *it).collect();
    let settled = count - u32::try_from(draining.len()).unwrap_or(u32::MAX);
    let ceiling = (desired * most / 100).max(1);

    let missing = desired.saturating_sub(settled).min(ceiling.saturating_sub(count));
    for _ in 0..missing {
        place(state, cluster, Kind::Service(service));
    }
    let runs = |task: &TaskNo| state.tasks[*task].told.get().stage == Stage::Running;
    let running = u32::try_from(wants.iter().filter(|(it, _)| runs(it)).count()).unwrap_or(0);
    let floor = (desired * least).div_ceil(100);
    let may_stop = usize::try_from(running.saturating_sub(floor)).unwrap_or(0);
    for task in draining.into_iter().take(may_stop) {
        stop_task(state, task);
    }
    for task in wants.iter().skip(usize::try_from(desired.max(ceiling)).unwrap_or(0)) {
        stop_task(state, task.0);
    }
}

/// Places a task on the emptiest host that takes one.
pub fn place(state: &mut State, cluster: ClusterNo, kind: Kind) {
    let takes = |one: &Registration| {
        let told = one.told.get();
        one.cluster == cluster && told.there && told.status == "ACTIVE" && told.connected
    };
    let load = |one: &Registration| {
        one.tasks.iter().filter(|it| state.tasks[**it].told.get().stage != Stage::Stopped).count()
    };
    let all = state.registrations.iter().enumerate().filter(|(_, one)| takes(one));
    let emptiest = all.map(|(number, one)| (load(one), number)).min();
    let Some((_, registration)) = emptiest.filter(|(load, _)| *load < make::ROOM) else {
        if let Kind::Service(service) = kind {
            state.services[service].refused_at = Some(state.now);
            weather::emit(state, Event::Placement(cluster));
        }
        return;
    };
    let stops_in = state.rng.i64(2_000..60_000);
    let runs_for = state.rng.i64(60_000..900_000);
    put(state, registration, kind, make::TASK, stops_in, runs_for);
}

/// Puts a task on a host.
pub(crate) fn put(
    state: &mut State,
    registration: RegistrationNo,
    kind: Kind,
    each: Amount,
    stops_in: i64,
    runs_for: i64,
) -> TaskNo {
    let number = state.tasks.len();
    let arn = format!("arn:aws:ecs:us-west-2:111122223333:task/x/{number:08x}");
    let now = state.now;
    let mut told = Versioned::new(TaskTold {
        stage: Stage::Pending,
        told_to_stop: false,
        moved_at: None,
        there: false,
    });
    told.change(now, |told| told.there = true);
    let task = Task { arn, kind, each, registration, told, stops_in, runs_for, at: now };
    state.tasks.push(task);
    if let Kind::Service(service) = kind {
        state.services[service].live.push(number);
    }
    let stopped = |task: &TaskNo| {
        let told = state.tasks[*task].told.get();
        told.stage == Stage::Stopped && told.moved_at.is_some_and(|at| at < now - 600_000)
    };
    // ECS forgets a stopped task after about an hour; here after ten minutes.
    let kept: Vec<TaskNo> =
        state.registrations[registration].tasks.iter().filter(|it| !stopped(it)).copied().collect();
    state.registrations[registration].tasks = kept;
    state.registrations[registration].tasks.push(number);
    let starts = state.rng.i64(2_000..15_000);
    state.due(now + starts, Due::Task(number));
    state.tell(
        |it| {
            format!(
                "task {number} is placed on {}",
                it.hosts[it.registrations[registration].host].id
            )
        },
        (11, ecs::key(number)),
    );
    number
}

pub(crate) fn set_task(state: &mut State, task: TaskNo, change: impl FnOnce(&mut TaskTold)) {
    let now = state.now;
    state.tasks[task].told.change(now, change);
}

/// A task starts, or ends.
pub(super) fn task(state: &mut State, task: TaskNo) {
    let now = state.now;
    let one = state.tasks[task].registration;
    let (connected, runs) = {
        let registration = &state.registrations[one];
        let runs = *state.hosts[registration.host].machine.get() == Machine::Running;
        (registration.told.get().connected, runs)
    };
    let TaskTold { stage, told_to_stop, .. } = *state.tasks[task].told.get();
    if stage == Stage::Stopped || !runs {
        return;
    }
    // Without its agent ECS learns nothing of a task, and tells it nothing.
    if !connected {
        return state.due(now + 10_000, Due::Task(task));
    }
    match (stage, told_to_stop) {
        (_, true) => {
            set_task(state, task, |told| {
                told.stage = Stage::Stopped;
                told.moved_at = Some(now);
            });
            weather::emit(state, Event::Tasks(one));
        }
        (Stage::Pending, false) => {
            set_task(state, task, |told| told.stage = Stage::Running);
            town::runs(state, task);
            if state.tasks[task].kind == Kind::Standalone {
                let over = now + state.tasks[task].runs_for;
                state.due(over, Due::Task(task));
            }
        }
        (_, false) if state.tasks[task].kind == Kind::Standalone => stop_task(state, task),
        (_, false) => {}
    }
}

/// Tells a task to stop.
pub fn stop_task(state: &mut State, task: TaskNo) {
    let TaskTold { stage, told_to_stop, .. } = *state.tasks[task].told.get();
    if told_to_stop || stage == Stage::Stopped {
        return;
    }
    let now = state.now;
    let pending = stage == Stage::Pending;
    set_task(state, task, |told| {
        told.told_to_stop = true;
        told.stage = Stage::Stopping;
        told.moved_at = Some(now);
    });
    let takes = if pending { 1_000 } else { state.tasks[task].stops_in };
    state.due(now + takes, Due::Task(task));
}
