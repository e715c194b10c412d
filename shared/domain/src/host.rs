//! What can be seen of a host, and the phase that it is in.

use crate::fault::Fault;
use crate::marks::Marks;
use crate::names::{ClusterName, GroupName, InstanceId, RegistrationArn};
use jiff::Timestamp;
use serde::Serialize;

/// What a look brought: a fact, or the knowledge that there is none.
///
/// Keeps S21: an error, an entry in `failures[]` or a missing page is `Unknown`, never "absent" or "zero".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// AWS said so.
    Known(T),
    /// AWS could not be read.
    Unknown(Fault),
}

impl<T> Seen<T> {
    /// The fact, or the fault that hid it.
    ///
    /// # Errors
    /// The fault of the look.
    pub fn known(&self) -> Result<&T, &Fault> {
        match self {
            Self::Known(fact) => Ok(fact),
            Self::Unknown(fault) => Err(fault),
        }
    }
}

impl<T> From<Result<T, Fault>> for Seen<T> {
    fn from(result: Result<T, Fault>) -> Self {
        match result {
            Ok(fact) => Self::Known(fact),
            Err(fault) => Self::Unknown(fault),
        }
    }
}

/// An EC2 instance's state (`InstanceState` in the EC2 API reference).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineState {
    /// It is being started.
    Pending,
    /// It runs.
    Running,
    /// It is being stopped.
    Stopping,
    /// It is stopped and may be started again.
    Stopped,
    /// It is being terminated.
    ShuttingDown,
    /// It is gone for good.
    Terminated,
    /// EC2 does not know it: too new, or gone for an hour and more.
    NotFound,
    /// A state that we do not know: never a reason to act.
    Other(String),
}

/// The EC2 side of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its state.
    pub state: MachineState,
    /// When it was launched; absent if EC2 does not know the instance.
    pub launched_at: Option<Timestamp>,
    /// Whether it is a Spot instance.
    pub spot: bool,
}

/// Where a host stands in its group's life (`LifecycleState` in the EC2 Auto Scaling API reference; an open set).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Lifecycle {
    /// `Pending`
    Pending,
    /// `Pending:Wait`: held by a launch hook.
    PendingWait,
    /// `Pending:Proceed`
    PendingProceed,
    /// `InService`
    InService,
    /// `Terminating`
    Terminating,
    /// `Terminating:Wait`: held by a terminate hook.
    TerminatingWait,
    /// `Terminating:Proceed`
    TerminatingProceed,
    /// `Terminated`
    Terminated,
    /// Any other: standby, warm pool, detached, retained, quarantined, and what the future brings. Never a reason to act.
    Other(String),
}

impl Lifecycle {
    /// Reads AWS's word.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "Pending" => Self::Pending,
            "Pending:Wait" => Self::PendingWait,
            "Pending:Proceed" => Self::PendingProceed,
            "InService" => Self::InService,
            "Terminating" => Self::Terminating,
            "Terminating:Wait" => Self::TerminatingWait,
            "Terminating:Proceed" => Self::TerminatingProceed,
            "Terminated" => Self::Terminated,
            other => Self::Other(other.to_owned()),
        }
    }

    /// AWS's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "Pending",
            Self::PendingWait => "Pending:Wait",
            Self::PendingProceed => "Pending:Proceed",
            Self::InService => "InService",
            Self::Terminating => "Terminating",
            Self::TerminatingWait => "Terminating:Wait",
            Self::TerminatingProceed => "Terminating:Proceed",
            Self::Terminated => "Terminated",
            Self::Other(other) => other,
        }
    }

    /// On its way in: counts as capacity to come.
    #[must_use]
    pub const fn is_arriving(&self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait | Self::PendingProceed)
    }

    /// On its way out.
    #[must_use]
    pub const fn is_leaving(&self) -> bool {
        matches!(
            self,
            Self::Terminating | Self::TerminatingWait | Self::TerminatingProceed | Self::Terminated
        )
    }
}

/// A host's seat in its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The group.
    pub group: GroupName,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// Whether Auto Scaling holds it for healthy.
    pub healthy: bool,
    /// Whether it is protected from scale-in.
    pub protected: bool,
}

/// A registration's status (`ContainerInstance.status` in the ECS API reference; an open set).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum RegistrationStatus {
    /// It takes tasks if its agent is connected.
    Active,
    /// It takes no new tasks and its service tasks leave.
    Draining,
    /// It is struck off.
    Inactive,
    /// Registering, deregistering, failed, or unknown to us: neither joined nor drained.
    Other(String),
}

impl RegistrationStatus {
    /// Reads AWS's word.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "ACTIVE" => Self::Active,
            "DRAINING" => Self::Draining,
            "INACTIVE" => Self::Inactive,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// What a host can hold, or has left.
///
/// Units as ECS has them: 1,024 CPU units are one vCPU; memory in MiB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Room {
    /// CPU units.
    pub cpu: u32,
    /// Memory, MiB.
    pub memory: u32,
    /// TCP and UDP ports in use (not free), sorted.
    pub ports: Vec<u16>,
}

/// An ECS container instance as its cluster knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its ARN.
    pub arn: RegistrationArn,
    /// The instance it says it is. Host-controlled only at registration; checked against the one asked for.
    pub instance: InstanceId,
    /// Its status.
    pub status: RegistrationStatus,
    /// Whether its agent is connected now.
    pub agent_connected: bool,
    /// Tasks that should run and do.
    pub running: u32,
    /// Tasks that should run and do not yet.
    pub pending: u32,
    /// What it has in all.
    pub registered: Room,
    /// What is left of it.
    pub remaining: Room,
    /// What Muster wrote on it.
    pub marks: Marks,
    /// Its tasks that are not STOPPED yet, also those told to stop; looked at only where a judgement needs it.
    pub unstopped: Option<Seen<Vec<TaskView>>>,
}

/// A task on a host that has not stopped yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskView {
    /// Its ARN.
    pub arn: String,
    /// `service:NAME` for a service's task, `family:NAME` for a standalone one.
    pub group: String,
    /// Its last known status, for example `RUNNING`.
    pub last_status: String,
}

/// All that one look shows of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostView {
    /// The instance.
    pub instance: InstanceId,
    /// Its seat in a group of ours; `Known(None)` if it has none.
    pub seat: Seen<Option<Seat>>,
    /// The cluster that its group (or the event's own hint, confirmed by ECS) says it belongs to.
    pub cluster: Option<ClusterName>,
    /// The EC2 side.
    pub machine: Seen<Machine>,
    /// Its registrations in that cluster.
    pub registrations: Seen<Vec<Registration>>,
}

/// Where a host is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Phase {
    /// EC2 starts it; no registration yet.
    Launching,
    /// It is registered, but its agent has not connected yet.
    Registering,
    /// Its agent is connected and it takes tasks.
    Active,
    /// It was in service and its agent is not connected.
    AgentLost,
    /// It is being emptied.
    Draining,
    /// It is empty and may go.
    Drained,
    /// It is gone, and so is its registration.
    Departed,
    /// It is gone, but still registered.
    Ghost,
    /// It is seen, but is no host of ours; or cannot be read.
    Stray,
}

impl HostView {
    /// Whether EC2 says that the instance is gone or going for good.
    #[must_use]
    pub fn machine_is_gone(&self) -> bool {
        matches!(
            self.machine,
            Seen::Known(Machine {
                state: MachineState::Terminated | MachineState::ShuttingDown,
                ..
            })
        )
    }

    /// The lifecycle state, if the host has a seat that could be read.
    #[must_use]
    pub fn lifecycle(&self) -> Option<&Lifecycle> {
        match &self.seat {
            Seen::Known(Some(seat)) => Some(&seat.lifecycle),
            Seen::Known(None) | Seen::Unknown(_) => None,
        }
    }

    /// The registrations that are not struck off.
    pub fn standing(&self) -> impl Iterator<Item = &Registration> {
        let all = match &self.registrations {
            Seen::Known(all) => all.as_slice(),
            Seen::Unknown(_) => &[],
        };
        all.iter().filter(|one| one.status != RegistrationStatus::Inactive)
    }

    /// Where the host is in its life.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let leaving = self.lifecycle().is_some_and(Lifecycle::is_leaving);
        let arriving = self.lifecycle().is_some_and(Lifecycle::is_arriving);
        let Seen::Known(_) = self.registrations else {
            return Phase::Stray;
        };
        // The connected one is the live one where an agent registered twice.
        let Some(one) = self.standing().max_by_key(|one| one.agent_connected) else {
            return self.phase_unregistered(arriving, leaving);
        };

        if self.machine_is_gone() {
            return Phase::Ghost;
        }
        match one.status {
            RegistrationStatus::Draining if one.running == 0 && one.pending == 0 => Phase::Drained,
            RegistrationStatus::Draining => Phase::Draining,
            RegistrationStatus::Active if one.agent_connected => Phase::Active,
            RegistrationStatus::Active if arriving => Phase::Registering,
            RegistrationStatus::Active => Phase::AgentLost,
            RegistrationStatus::Inactive | RegistrationStatus::Other(_) => Phase::Registering,
        }
    }

    fn phase_unregistered(&self, arriving: bool, leaving: bool) -> Phase {
        if self.machine_is_gone() || leaving {
            Phase::Departed
        } else if arriving {
            Phase::Launching
        } else {
            Phase::Stray
        }
    }
}
