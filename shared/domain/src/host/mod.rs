//! What can be seen of a host, and the phase that it is in.

mod lifecycle;
mod machine;
mod registration;

pub use lifecycle::{Lifecycle, Seat};
pub use machine::{Machine, MachineState, Maintenance, Scheduled, Trouble};
pub use registration::{
    Health, Registration, RegistrationStatus, Room, ServiceView, TaskView, Tasks,
};

use crate::fault::Fault;
use crate::marks::Leaving;
use crate::names::{ClusterName, GroupName, InstanceId};
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

    /// Whether EC2 says that nothing runs on it any more: gone, going, or stopped.
    #[must_use]
    pub fn machine_is_off(&self) -> bool {
        let stopped =
            matches!(&self.machine, Seen::Known(one) if one.state == MachineState::Stopped);
        stopped || self.machine_is_gone()
    }

    /// What EC2 says is wrong with its machine or planned for it, if it was asked.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.machine.known().ok()?.trouble.as_ref()
    }

    /// What we wrote about draining it: since when, and why.
    #[must_use]
    pub fn draining_mark(&self) -> Option<(Timestamp, Leaving)> {
        self.standing().find_map(|one| one.marks.draining)
    }

    /// The lifecycle state, if the host has a seat that could be read.
    #[must_use]
    pub fn lifecycle(&self) -> Option<&Lifecycle> {
        match &self.seat {
            Seen::Known(Some(seat)) => Some(&seat.lifecycle),
            Seen::Known(None) | Seen::Unknown(_) => None,
        }
    }

    /// The group that it has a seat in, if that could be read.
    #[must_use]
    pub fn group(&self) -> Option<&GroupName> {
        self.seat.known().ok()?.as_ref().map(|seat| &seat.group)
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
