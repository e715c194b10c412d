//! What the judgements come to, case by case.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

mod checkup;
mod diagnosis;
mod drain;
mod drain_more;
mod drain_odd;
mod forget;
mod gate;
mod gate_more;
mod join;
mod phases;
mod repair;
mod roles;
mod roles_asked;
mod roles_more;
mod states;
mod sweep;
mod teardown;
mod told;
mod turns;
mod words;

use domain::host::{
    Health, HostView, Lifecycle, Machine, MachineState, Registration, RegistrationStatus, Room,
    Seat, Seen, TaskView, Tasks, Trouble,
};
use domain::marks::Marks;
use domain::plan::{Hold, Verdict};
use domain::{Action, Fault};
use jiff::{SignedDuration, Timestamp};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_600_400).unwrap() + SignedDuration::from_secs(seconds)
}

pub(crate) fn throttled() -> Fault {
    Fault::Throttled { call: "ecs:DescribeContainerInstances".into() }
}

/// A host launched at second 0, connected, in service.
pub(crate) fn host(lifecycle: Lifecycle) -> HostView {
    HostView {
        instance: "i-0a1b2c3d".parse().unwrap(),
        seat: Seen::Known(Some(Seat {
            group: "web".parse().unwrap(),
            lifecycle,
            healthy: true,
            protected: false,
        })),
        cluster: Some("prod".parse().unwrap()),
        machine: machine(MachineState::Running),
        registrations: Seen::Known(vec![registration()]),
    }
}

pub(crate) fn machine(state: MachineState) -> Seen<Machine> {
    Seen::Known(Machine { state, launched_at: Some(at(0)), spot: false, trouble: None })
}

/// The host on a Spot instance, or not, of which EC2 says this.
pub(crate) fn troubled(mut host: HostView, spot: bool, trouble: Trouble) -> HostView {
    let (state, trouble) = (MachineState::Running, Some(trouble));
    host.machine = Seen::Known(Machine { state, launched_at: Some(at(0)), spot, trouble });
    host
}

pub(crate) fn registration() -> Registration {
    Registration {
        arn: "arn:aws:ecs:us-west-2:111122223333:container-instance/prod/abc".parse().unwrap(),
        instance: "i-0a1b2c3d".parse().unwrap(),
        status: RegistrationStatus::Active,
        agent_connected: true,
        running: 0,
        pending: 0,
        registered: Room::default(),
        remaining: Room::default(),
        registered_at: Some(at(0)),
        agent_version: Some("1.105.1".into()),
        health: Health::Ok,
        attributes: std::collections::BTreeMap::new(),
        marks: Marks::default(),
        tasks: None,
    }
}

pub(crate) fn with(mut host: HostView, registration: Registration) -> HostView {
    host.registrations = Seen::Known(vec![registration]);
    host
}

pub(crate) fn draining(tasks: &[&str]) -> Registration {
    let tasks: Vec<TaskView> = tasks
        .iter()
        .map(|group| TaskView {
            arn: format!("task/{group}"),
            group: (*group).into(),
            last_status: "RUNNING".into(),
            told_to_stop: false,
        })
        .collect();
    // Seen empty before, where it is empty.
    let empty = tasks.is_empty().then(|| at(-60));
    Registration {
        marks: Marks { empty, ..Marks::default() },
        status: RegistrationStatus::Draining,
        running: u32::try_from(tasks.len()).unwrap(),
        tasks: Some(Seen::Known(Tasks { left: tasks, ..Tasks::default() })),
        ..registration()
    }
}

pub(crate) fn actions(verdict: &Verdict) -> Vec<String> {
    verdict.steps.iter().map(|step| step.action.to_string()).collect()
}

pub(crate) fn actions_of(judged: &domain::teardown::Judged) -> Vec<String> {
    let steps = judged.steps.iter().flat_map(|(_, steps)| steps);
    steps.map(|step| step.action.to_string()).collect()
}

pub(crate) fn does(verdict: &Verdict, is: impl Fn(&Action) -> bool) -> bool {
    verdict.steps.iter().any(|step| is(&step.action))
}

pub(crate) fn only_waits(verdict: &Verdict) -> &Hold {
    assert!(verdict.steps.is_empty(), "{verdict:?}");
    verdict.hold.as_ref().unwrap()
}

/// Every lifecycle state that AWS names, and one of the future.
pub(crate) const LIFECYCLES: [&str; 31] = [
    "Pending",
    "Pending:Wait",
    "Pending:Proceed",
    "Quarantined",
    "InService",
    "Terminating",
    "Terminating:Wait",
    "Terminating:Proceed",
    "Terminating:Retained",
    "Terminated",
    "Detaching",
    "Detached",
    "EnteringStandby",
    "Standby",
    "ReplacingRootVolume",
    "ReplacingRootVolume:Wait",
    "ReplacingRootVolume:Proceed",
    "RootVolumeReplaced",
    "Warmed:Pending",
    "Warmed:Pending:Wait",
    "Warmed:Pending:Proceed",
    "Warmed:Pending:Retained",
    "Warmed:Terminating",
    "Warmed:Terminating:Wait",
    "Warmed:Terminating:Proceed",
    "Warmed:Terminating:Retained",
    "Warmed:Terminated",
    "Warmed:Stopped",
    "Warmed:Running",
    "Warmed:Hibernated",
    "Daydreaming",
];
