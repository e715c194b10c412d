//! The EC2 side of a host.

use jiff::Timestamp;
use serde::Serialize;

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
    /// What EC2 says is wrong with it or planned for it; absent where a look did not ask, or could not read it.
    pub trouble: Option<Trouble>,
}

/// What EC2 says is wrong with an instance, or planned for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// EC2 takes the Spot instance back: its request says `marked-for-termination` or `marked-for-stop`
    /// (*Spot request status* in the EC2 user guide).
    pub taken_back: bool,
    /// Since when a status check fails (`ImpairedSince` in `DescribeInstanceStatus`); the epoch if EC2 does not say.
    pub impaired_since: Option<Timestamp>,
    /// What EC2 has scheduled for it (*Scheduled events for your instances* in the EC2 user guide).
    pub scheduled: Option<Scheduled>,
}

/// A scheduled event of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Scheduled {
    /// What will happen.
    pub kind: Maintenance,
    /// Not before this time.
    pub not_before: Option<Timestamp>,
}

/// What EC2 schedules for an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Maintenance {
    /// `instance-retirement` or `instance-stop`: it will be gone or stopped.
    Retirement,
    /// `instance-reboot`, `system-reboot` or `system-maintenance`: it will be away for some minutes.
    Reboot,
}

impl Maintenance {
    /// Reads AWS's word; `None` for one that we do not know, which is never a reason to act.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        match code {
            "instance-retirement" | "instance-stop" => Some(Self::Retirement),
            "instance-reboot" | "system-reboot" | "system-maintenance" => Some(Self::Reboot),
            _ => None,
        }
    }
}
