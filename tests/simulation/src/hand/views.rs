//! How things of the world look to AWS's descriptions, as of some time.

use crate::versioned::Ms;
use crate::world::{self, GroupNo, HostNo, Life, RegistrationNo, Stage, State};
use domain::GroupView;
use domain::host::{
    Lifecycle, Machine, MachineState, Registration, RegistrationStatus, Room, Seat,
};
use domain::marks::Marks;
use domain::pack::Amount;
use ports::Instance;

pub(super) fn seat_of(state: &State, host: HostNo, at: Ms) -> Option<Seat> {
    let one = &state.hosts[host];
    let seat = one.seat.as_of(at);
    if seat.life == Life::Gone || one.launched_at > at {
        return None;
    }
    Some(Seat {
        group: state.groups[one.group].name.clone(),
        lifecycle: Lifecycle::read(seat.life.word()),
        healthy: seat.healthy,
        protected: seat.protected,
    })
}

pub(super) fn group_of(state: &State, group: GroupNo, at: Ms) -> GroupView {
    let one = &state.groups[group];
    let hosts = state.hosts.iter().enumerate().filter(|(_, host)| host.group == group);
    let seats =
        hosts.filter_map(|(number, host)| Some((host.id.clone(), seat_of(state, number, at)?)));
    GroupView {
        name: one.name.clone(),
        min: one.min,
        max: one.max,
        desired: one.desired,
        tags: one.tags.as_of(at).clone(),
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        seats: seats.collect(),
        hooks: None,
    }
}

pub(super) fn machine_of(state: &State, host: HostNo, at: Ms) -> Option<Instance> {
    let one = &state.hosts[host];
    // EC2 is eventually consistent: for a while it may not find what is there.
    if one.launched_at > at || one.hidden_until > at {
        return None;
    }
    let state_of = match one.machine.as_of(at) {
        world::Machine::Pending => MachineState::Pending,
        world::Machine::Running => MachineState::Running,
        world::Machine::Stopping => MachineState::Stopping,
        world::Machine::Stopped => MachineState::Stopped,
        world::Machine::ShuttingDown => MachineState::ShuttingDown,
        world::Machine::Terminated => MachineState::Terminated,
        world::Machine::Forgotten => return None,
    };
    let group = &state.groups[one.group];
    let machine = Machine {
        state: state_of,
        launched_at: Some(world::timestamp(one.launched_at)),
        spot: one.is_spot(group),
        trouble: None,
    };
    Some(Instance { machine, group: Some(group.name.clone()) })
}

pub(super) fn registration_of(state: &State, one: RegistrationNo, at: Ms) -> Option<Registration> {
    let it = &state.registrations[one];
    let told = it.told.as_of(at);
    if !told.there {
        return None;
    }
    let make = &state.groups[state.hosts[it.host].group].make;
    let tasks =
        || it.tasks.iter().map(|task| state.tasks[*task].told.as_of(at)).filter(|it| it.there);
    let wanted = |stage: Stage| tasks().filter(|it| !it.told_to_stop && it.stage == stage).count();
    let count = |stage| u32::try_from(wanted(stage)).unwrap_or(u32::MAX);
    Some(Registration {
        arn: it.arn.clone(),
        instance: state.hosts[it.host].id.clone(),
        status: RegistrationStatus::read(told.status),
        agent_connected: told.connected,
        running: count(Stage::Running),
        pending: count(Stage::Pending),
        registered: room(make.room),
        remaining: room(left(state, it, at)),
        registered_at: Some(world::timestamp(it.at)),
        agent_version: None,
        health: domain::host::Health::Ok,
        marks: Marks::read(&told.attributes),
        attributes: make.attributes(state.hosts[it.host].zone),
        tasks: None,
    })
}

/// What tasks left of a host.
fn left(state: &State, one: &world::Registration, at: Ms) -> Amount {
    let tasks = one.tasks.iter().map(|task| &state.tasks[*task]);
    let stood = tasks.filter(|task| {
        let told = task.told.as_of(at);
        told.there && told.stage != Stage::Stopped
    });
    let whole = state.groups[state.hosts[one.host].group].make.room;
    stood.fold(whole, |left, task| left.less(&task.each, 1))
}

const fn room(amount: Amount) -> Room {
    Room { amount: Amount { interfaces: u32::MAX, ..amount }, ports: Vec::new() }
}
