//! The things of the world.

use super::make::Make;
use crate::versioned::{Ms, Versioned};
use domain::names::{ClusterName, GroupName, InstanceId, RegistrationArn};
use domain::pack::Amount;
use std::collections::BTreeMap;

/// A host's number.
pub type HostNo = usize;
/// A group's number.
pub type GroupNo = usize;
/// A cluster's number.
pub type ClusterNo = usize;
/// A registration's number.
pub type RegistrationNo = usize;
/// A task's number.
pub type TaskNo = usize;
/// A service's number.
pub type ServiceNo = usize;

/// Whether too many hosts of a crowd are in trouble, in truth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alarm {
    /// Since when more than a fifth are in trouble.
    pub over_since: Option<Ms>,
    /// Since when more than half of the agents are lost.
    pub half_since: Option<Ms>,
    /// When either was last so.
    pub last: Option<Ms>,
}

impl Alarm {
    /// Notes how it is now.
    pub fn note(&mut self, now: Ms, over: bool, half: bool) {
        let on = self.over_since.is_some() || self.half_since.is_some();
        if on || over || half {
            self.last = Some(now);
        }
        self.over_since = over.then(|| self.over_since.unwrap_or(now));
        self.half_since = half.then(|| self.half_since.unwrap_or(now));
    }

    /// Whether it is off for so long.
    #[must_use]
    pub fn is_off_for(&self, now: Ms, long: Ms) -> bool {
        let on = self.over_since.is_some() || self.half_since.is_some();
        !on && self.last.is_none_or(|last| now - last >= long)
    }
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: ClusterName,
    /// Whether a group of it carries our tag.
    pub ours: bool,
    /// Whether too many are in trouble.
    pub alarm: Alarm,
    /// How many hosts it had, by time.
    pub sizes: Vec<(Ms, u32)>,
}

/// A hook of ours.
#[derive(Clone, Copy, Debug)]
pub struct Hook {
    /// Its heartbeat time-out.
    pub time_out: Ms,
    /// Whether it goes on with CONTINUE.
    pub continues: bool,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// Its cluster.
    pub cluster: ClusterNo,
    /// Whether it carries our tag.
    pub ours: bool,
    /// How many hosts it should have.
    pub desired: u32,
    /// The least number of hosts.
    pub min: u32,
    /// The greatest.
    pub max: u32,
    /// When a person last set its size.
    pub sized_by_hand_at: Option<Ms>,
    /// Hosts with tasks that the adjuster let go, and when.
    pub moved: Vec<(Ms, HostNo)>,
    /// When the adjuster began to grow or to shrink it.
    pub turns: Vec<(Ms, bool)>,
    /// Its tags.
    pub tags: Versioned<BTreeMap<String, String>>,
    /// `muster-launch`
    pub launch_hook: Hook,
    /// `muster-terminate`
    pub terminate_hook: Hook,
    /// Whether AWS's managed draining hook is beside ours.
    pub managed: bool,
    /// Whether its hosts are Spot instances.
    pub spot: bool,
    /// Until when every new host boots badly.
    pub bad_image_until: Ms,
    /// Whether too many are in trouble.
    pub alarm: Alarm,
    /// Hosts that we took away, and when.
    pub taken: Vec<(Ms, HostNo)>,
    /// How many hosts it had, by time.
    pub sizes: Vec<(Ms, u32)>,
    /// The policy that holds for it.
    pub policy: domain::Policy,
    /// What its hosts are.
    pub make: Make,
}

/// Where a host stands in its group, as the truth has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Pending
    Pending,
    /// Pending:Wait
    PendingWait,
    /// Pending:Proceed
    PendingProceed,
    /// `InService`
    InService,
    /// Standby
    Standby,
    /// Terminating
    Terminating,
    /// Terminating:Wait
    TerminatingWait,
    /// Terminating:Proceed
    TerminatingProceed,
    /// It has no seat any more.
    Gone,
}

impl Life {
    /// AWS's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::PendingWait => "Pending:Wait",
            Self::PendingProceed => "Pending:Proceed",
            Self::InService => "InService",
            Self::Standby => "Standby",
            Self::Terminating => "Terminating",
            Self::TerminatingWait => "Terminating:Wait",
            Self::TerminatingProceed => "Terminating:Proceed",
            Self::Gone => "Terminated",
        }
    }

    /// On its way out.
    #[must_use]
    pub const fn leaves(self) -> bool {
        matches!(
            self,
            Self::Terminating | Self::TerminatingWait | Self::TerminatingProceed | Self::Gone
        )
    }

    /// Launching or in service.
    #[must_use]
    pub const fn stays(self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait | Self::PendingProceed | Self::InService)
    }
}

/// A host's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Where it stands.
    pub life: Life,
    /// Whether the group holds it for healthy.
    pub healthy: bool,
    /// Whether it is protected from scale-in.
    pub protected: bool,
}

/// A machine's state, as the truth has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// pending
    Pending,
    /// running
    Running,
    /// stopping
    Stopping,
    /// stopped
    Stopped,
    /// shutting-down
    ShuttingDown,
    /// terminated
    Terminated,
    /// EC2 does not know it any more.
    Forgotten,
}

impl Machine {
    /// Gone, or going for good.
    #[must_use]
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::ShuttingDown | Self::Terminated | Self::Forgotten)
    }
}

/// What EC2 says is wrong with a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Spot takes it back.
    pub taken_back: bool,
    /// What is scheduled.
    pub scheduled: Option<(domain::host::Maintenance, Ms)>,
}

/// How a host boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// It registers and connects after so long.
    Joins(Ms),
    /// It never registers.
    Never,
    /// It registers in another cluster.
    Elsewhere(Ms),
    /// It registers and never connects.
    NeverConnects(Ms),
}

/// A host.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Host {
    /// Its instance id.
    pub id: InstanceId,
    /// Its group.
    pub group: GroupNo,
    /// Its seat.
    pub seat: Versioned<Seat>,
    /// Its machine.
    pub machine: Versioned<Machine>,
    /// What EC2 says is wrong with it.
    pub trouble: Versioned<Trouble>,
    /// Its zone.
    pub zone: u32,
    /// Whether it is a Spot instance.
    pub spot: bool,
    /// When it was launched.
    pub launched_at: Ms,
    /// How it boots.
    pub boot: Boot,
    /// Counts its turns in the group, so that what was set for an earlier one is over.
    pub turn: u32,
    /// Counts its machine's turns.
    pub machine_turn: u32,
    /// Since when a hook of ours holds it, and until when.
    pub held: Option<(Ms, Ms)>,
    /// Whether our hook's action was completed by us, in this hold.
    pub completed: bool,
    /// Whether AWS's own hook still holds it too.
    pub managed_holds: bool,
    /// Whether it was ever on its way out.
    pub ever_left: bool,
    /// When EC2 recommended to replace it.
    pub recommended_at: Option<Ms>,
    /// Until when EC2 does not find its machine, though it is there.
    pub hidden_until: Ms,
    /// Whether it was marked unhealthy by anybody.
    pub marked_unhealthy: bool,
    /// Its registrations.
    pub registrations: Vec<RegistrationNo>,
}

impl Host {
    /// Whether it is a Spot instance, by itself or as all of its group.
    #[must_use]
    pub const fn is_spot(&self, group: &Group) -> bool {
        self.spot || group.spot
    }
}

/// What ECS knows of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// ACTIVE, DRAINING, or INACTIVE.
    pub status: &'static str,
    /// Whether its agent is connected.
    pub connected: bool,
    /// Its marks.
    pub attributes: BTreeMap<String, String>,
    /// Whether it is registered yet.
    pub there: bool,
}

/// A registration.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its ARN.
    pub arn: RegistrationArn,
    /// Its host.
    pub host: HostNo,
    /// Its cluster.
    pub cluster: ClusterNo,
    /// When it was registered.
    pub at: Ms,
    /// What ECS knows.
    pub told: Versioned<Told>,
    /// Since when its agent is not connected, in truth.
    pub lost_since: Option<Ms>,
    /// Until when an outage holds its agent off.
    pub held_off_until: Ms,
    /// Whether its agent is dead for good.
    pub dead: bool,
    /// Whether it was set DRAINING by us.
    pub drained_by_us: bool,
    /// Its tasks.
    pub tasks: Vec<TaskNo>,
}

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A service's.
    Service(ServiceNo),
    /// A standalone one, which draining never stops.
    Standalone,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It starts.
    Pending,
    /// It runs.
    Running,
    /// It stops.
    Stopping,
    /// It has stopped.
    Stopped,
}

/// What ECS knows of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTold {
    /// How far it is.
    pub stage: Stage,
    /// Whether it was told to stop.
    pub told_to_stop: bool,
    /// When it stopped or began to.
    pub moved_at: Option<Ms>,
    /// Whether it is there yet.
    pub there: bool,
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// What it is.
    pub kind: Kind,
    /// What it takes.
    pub each: Amount,
    /// Its registration.
    pub registration: RegistrationNo,
    /// What ECS knows.
    pub told: Versioned<TaskTold>,
    /// How long it takes to stop.
    pub stops_in: Ms,
    /// How long a standalone one runs.
    pub runs_for: Ms,
    /// When it was created.
    pub at: Ms,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its cluster.
    pub cluster: ClusterNo,
    /// How many tasks it wants.
    pub desired: u32,
    /// Its `minimumHealthyPercent`.
    pub least: u32,
    /// Its `maximumPercent`.
    pub most: u32,
    /// When ECS last said that it found no place for a task of it.
    pub refused_at: Option<Ms>,
    /// Its tasks that were not told to stop when it was last looked at.
    pub live: Vec<TaskNo>,
}
