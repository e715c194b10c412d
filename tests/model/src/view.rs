//! What a look at the world shows to the judgements, as the looks of `muster-ports` put it together.

use crate::host::{Host, MOST, Machine, Status, Task};
use crate::planted::Bug;
use crate::state::{Lag, State};
use crate::tag::{Tag, name};
use crate::time::{OLD, at, now};
use domain::group::{Hook, Hooks};
use domain::host::{
    Health, Lifecycle, MachineState, Maintenance, Registration, RegistrationStatus, Room,
    Scheduled, Seat, TaskView, Tasks, Trouble,
};
use domain::marks::Marks;
use domain::names::CLUSTER_TAG;
use domain::{
    ClusterName, Fault, GroupName, GroupView, HostView, RegistrationArn, Seen, host, taking,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whether a look shows the latest change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sight {
    /// It shows it.
    Clear,
    /// It does not show it yet.
    Late,
    /// A task that was told to stop has left the one list, and is not in the other yet.
    Between,
}

/// What a look cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dark {
    /// It reads everything.
    Nothing,
    /// Auto Scaling answers with an error.
    Seat,
    /// `DescribeInstances` does.
    Machine,
    /// EC2's plans and warnings do.
    Troubles,
    /// ECS's registrations do.
    Registrations,
    /// ECS's tasks do.
    Tasks,
}

/// How closely a host is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Close {
    /// In bulk, by a sweep: EC2 is asked about the suspicious only.
    Bulk,
    /// By itself, by a sweep that looks again.
    Again,
    /// By itself, for an event; whether EC2 is asked for its plans too.
    Event { troubles: bool },
}

/// The names that there are.
pub(crate) struct Names {
    pub(crate) cluster: ClusterName,
    pub(crate) group: GroupName,
    pub(crate) arns: Vec<RegistrationArn>,
}

impl Names {
    pub(crate) fn new() -> Option<Self> {
        let arn = "arn:aws:ecs:eu-central-1:111122223333:container-instance/blue/";
        let arns = (0..MOST).map(|place| RegistrationArn::try_from(format!("{arn}{place}")).ok());
        Some(Self {
            cluster: ClusterName::of("blue").ok()?,
            group: GroupName::try_from("blue".to_owned()).ok()?,
            arns: arns.collect::<Option<_>>()?,
        })
    }
}

/// The world as a look shows it, small.
///
/// Of the two looks that let a host go, one at most misses a task that lives: two that both do are more than the promise
/// S8 guards against. Which of the two it is, is all the same; here it is the first.
pub(crate) fn seen(state: &State, sight: Sight) -> ([Host; MOST], Tag) {
    let misses = |place: usize| state.hosts[place].ecs.empty.is_none();
    let (mut hosts, tag) = match (sight, state.lag) {
        (Sight::Late, Lag::Task(place, _)) if !misses(place) => (state.hosts, state.tag),
        (Sight::Late, _) => state.before(),
        _ => (state.hosts, state.tag),
    };
    if let (Sight::Between, Lag::Task(place, _)) = (sight, state.lag)
        && misses(place)
    {
        hosts[place].task = Task::None;
    }
    for host in &mut hosts {
        host.taken = None;
    }
    (hosts, tag)
}

fn unread<T>(what: &str) -> Seen<T> {
    Seen::Unknown(Fault::NoAnswer { call: what.to_owned(), told: "503".to_owned() })
}

/// A host as a look shows it.
pub(crate) fn host_view(
    names: &Names,
    place: usize,
    one: &Host,
    close: Close,
    dark: Dark,
    bug: Option<Bug>,
) -> HostView {
    let absent = bug == Some(Bug::UnreadableIsAbsent);
    let machine = machine(one, close, dark, absent);
    let found = matches!(&machine, Seen::Known(it) if it.state != MachineState::NotFound);
    let seated = seat(names, one);
    // A group is found by the seat, or by the tag that Auto Scaling puts on the instance.
    let is_ours = seated.is_some() || found || !matches!(close, Close::Event { .. });
    let hidden = dark == Dark::Seat
        || (seated.is_none() && matches!(machine, Seen::Unknown(_)) && close != Close::Bulk);
    let (seat, registrations) = match (dark, hidden) {
        (_, true) if !absent => (unread("seat"), unread("seat")),
        (Dark::Registrations, _) if !absent => (Seen::Known(seated), unread("registrations")),
        (Dark::Registrations, _) | (_, true) => (Seen::Known(seated), Seen::Known(Vec::new())),
        _ if !is_ours => (Seen::Known(seated), Seen::Known(Vec::new())),
        _ => (Seen::Known(seated), Seen::Known(registration(names, place, one, dark, absent))),
    };
    let known = is_ours && (absent || !hidden);
    HostView {
        instance: name(place),
        seat,
        cluster: known.then(|| names.cluster.clone()),
        machine,
        registrations,
    }
}

fn seat(names: &Names, one: &Host) -> Option<Seat> {
    use crate::host::Life;
    let lifecycle = match one.seat.life {
        Life::Free | Life::Gone => return None,
        Life::Pending => Lifecycle::PendingWait,
        Life::InService => Lifecycle::InService,
        Life::Terminating => Lifecycle::TerminatingWait,
        Life::Proceed => Lifecycle::TerminatingProceed,
    };
    let healthy = !one.seat.unhealthy;
    Some(Seat { group: names.group.clone(), lifecycle, healthy, protected: false })
}

/// Whether a look in bulk asks EC2 about it.
fn is_suspicious(one: &Host, dark: Dark) -> bool {
    let troubled = dark != Dark::Troubles && (one.ec2.taken_back || one.ec2.reboot);
    let settled = one.seat.life == crate::host::Life::InService
        && one.ecs.connected
        && one.ecs.status == Status::Active
        && one.ecs.drain.is_none();
    troubled || !settled
}

fn machine(one: &Host, close: Close, dark: Dark, absent: bool) -> Seen<host::Machine> {
    let asked = close != Close::Bulk || is_suspicious(one, dark);
    let asks_troubles = match close {
        Close::Bulk => dark != Dark::Troubles,
        Close::Again => true,
        Close::Event { troubles } => troubles,
    };
    let blind =
        dark == Dark::Machine || (asks_troubles && dark == Dark::Troubles && close != Close::Bulk);
    let not_found = host::Machine {
        state: MachineState::NotFound,
        launched_at: None,
        spot: false,
        trouble: None,
    };
    if !asked || (blind && !absent) {
        return unread("machine");
    }
    let state = match one.ec2.machine {
        _ if blind => {
            return Seen::Known(host::Machine { state: MachineState::Terminated, ..not_found });
        }
        Machine::Hidden(_) | Machine::Forgotten => None,
        Machine::Running => Some(MachineState::Running),
        Machine::Stopped => Some(MachineState::Stopped),
        Machine::ShuttingDown => Some(MachineState::ShuttingDown),
        Machine::Terminated => Some(MachineState::Terminated),
    };
    let scheduled = Scheduled {
        kind: Maintenance::Reboot,
        not_before: Some(at(0).saturating_add(Duration::from_hours(5)).unwrap_or(now())),
    };
    let trouble = asks_troubles.then(|| Trouble {
        taken_back: one.ec2.taken_back,
        impaired_since: None,
        scheduled: one.ec2.reboot.then_some(scheduled),
    });
    let known = |state| {
        let is_new =
            matches!(one.seat.life, crate::host::Life::Pending | crate::host::Life::Terminating);
        let launched_at = Some(at(if is_new { one.age } else { OLD }));
        host::Machine { state, launched_at, spot: true, trouble: None }
    };
    Seen::Known(host::Machine { trouble, ..state.map_or(not_found, known) })
}

fn registration(
    names: &Names,
    place: usize,
    one: &Host,
    dark: Dark,
    absent: bool,
) -> Vec<Registration> {
    let ecs = &one.ecs;
    let status = match ecs.status {
        Status::None => return Vec::new(),
        Status::Active => RegistrationStatus::Active,
        Status::Draining => RegistrationStatus::Draining,
    };
    let drains = status == RegistrationStatus::Draining;
    let tasks = match dark {
        Dark::Tasks if absent => Seen::Known(Tasks::default()),
        Dark::Tasks => unread("tasks"),
        _ => Seen::Known(tasks(one)),
    };
    let blind = dark == Dark::Tasks && absent;
    vec![Registration {
        arn: names.arns[place].clone(),
        instance: name(place),
        status,
        agent_connected: ecs.connected,
        running: u32::from(one.task == Task::Runs && !blind),
        pending: 0,
        registered: Room::default(),
        remaining: Room::default(),
        registered_at: Some(at(OLD)),
        agent_version: None,
        health: Health::Ok,
        attributes: BTreeMap::new(),
        marks: Marks {
            draining: ecs.drain.map(|(why, old)| (at(if old { OLD } else { 0 }), why.read())),
            empty: ecs.empty.map(at),
            agent_lost: ecs.lost.map(crate::time::Watch::read),
            not_found: ecs.missing.map(crate::time::Watch::read),
            protected: None,
        },
        tasks: drains.then_some(tasks),
    }]
}

fn tasks(one: &Host) -> Tasks {
    let told_to_stop = match one.task {
        Task::None => return Tasks::default(),
        Task::Runs => false,
        Task::Stops => true,
    };
    let task = TaskView {
        arn: "arn:aws:ecs:eu-central-1:111122223333:task/blue/0".to_owned(),
        group: "service:web".to_owned(),
        last_status: "RUNNING".to_owned(),
        told_to_stop,
    };
    Tasks { left: vec![task], moved_at: None, services: Vec::new() }
}

/// The group as a look shows it.
pub(crate) fn group_view(names: &Names, hosts: &[Host], tag: &Tag) -> GroupView {
    let mut tags = BTreeMap::from([(CLUSTER_TAG.to_owned(), names.cluster.to_string())]);
    if *tag != Tag::default() {
        tags.insert(taking::TAG.to_owned(), tag.write());
    }
    let seats = hosts.iter().enumerate();
    let seats = seats.filter_map(|(place, one)| Some((name(place), seat(names, one)?)));
    let hook = Some(Hook {
        heartbeat: Duration::from_hours(1),
        in_all: Duration::from_hours(48),
        continues: false,
    });
    GroupView {
        name: names.group.clone(),
        min: 0,
        max: 9,
        desired: 2,
        tags,
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        seats: seats.collect(),
        hooks: Some(Seen::Known(Hooks { launch: hook, terminate: hook })),
    }
}
