//! What a group is made of.

use super::activity::Activity;
use super::hook::{Action, Hook};
use super::{Journey, MixedInstancesPolicy, WarmPool};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// Where an instance of a group is in its life.
///
/// AWS has more states (hibernated and retained ones, detaching, root volume replacement); they are added here when
/// they are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifecycleState {
    /// Launched; EC2 is starting it.
    Pending,
    /// Held by launching hooks.
    PendingWait,
    /// Let go by the launching hooks.
    PendingProceed,
    /// Counts, and takes work.
    InService,
    /// Will be terminated.
    Terminating,
    /// Held by terminating hooks.
    TerminatingWait,
    /// Let go by the terminating hooks.
    TerminatingProceed,
    /// Gone; about to leave the group.
    Terminated,
    /// On the way to standby.
    EnteringStandby,
    /// Still in the group, but neither counted nor health checked.
    Standby,
    /// Launched into the warm pool, or on its way back there.
    WarmedPending,
    /// Held by hooks on its way into the warm pool.
    WarmedPendingWait,
    /// Let go by the hooks, on its way into the warm pool.
    WarmedPendingProceed,
    /// In the warm pool, stopped.
    WarmedStopped,
    /// In the warm pool, running.
    WarmedRunning,
    /// In the warm pool; will be terminated.
    WarmedTerminating,
    /// In the warm pool, held by terminating hooks.
    WarmedTerminatingWait,
    /// In the warm pool, let go by the terminating hooks.
    WarmedTerminatingProceed,
    /// Gone; about to leave the warm pool.
    WarmedTerminated,
}

impl LifecycleState {
    /// Whether the instance is in the warm pool or on its way into it: then the group neither lists
    /// nor counts it.
    #[must_use]
    pub fn is_warm(self) -> bool {
        self >= Self::WarmedPending
    }

    /// Whether the instance has come to rest in the warm pool.
    #[must_use]
    pub fn is_warmed(self) -> bool {
        matches!(self, Self::WarmedStopped | Self::WarmedRunning)
    }

    /// Whether the instance is on its way out.
    #[must_use]
    pub fn is_leaving(self) -> bool {
        matches!(
            self,
            Self::Terminating
                | Self::TerminatingWait
                | Self::TerminatingProceed
                | Self::Terminated
                | Self::WarmedTerminating
                | Self::WarmedTerminatingWait
                | Self::WarmedTerminatingProceed
                | Self::WarmedTerminated
        )
    }

    /// Whether the instance is on its way into service.
    #[must_use]
    pub fn is_arriving(self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait | Self::PendingProceed)
    }

    /// Whether the instance is kept out of service but not on its way out.
    #[must_use]
    pub fn is_standby(self) -> bool {
        matches!(self, Self::EnteringStandby | Self::Standby)
    }
}

impl fmt::Display for LifecycleState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Pending => "Pending",
            Self::PendingWait => "Pending:Wait",
            Self::PendingProceed => "Pending:Proceed",
            Self::InService => "InService",
            Self::Terminating => "Terminating",
            Self::TerminatingWait => "Terminating:Wait",
            Self::TerminatingProceed => "Terminating:Proceed",
            Self::Terminated => "Terminated",
            Self::EnteringStandby => "EnteringStandby",
            Self::Standby => "Standby",
            Self::WarmedPending => "Warmed:Pending",
            Self::WarmedPendingWait => "Warmed:Pending:Wait",
            Self::WarmedPendingProceed => "Warmed:Pending:Proceed",
            Self::WarmedStopped => "Warmed:Stopped",
            Self::WarmedRunning => "Warmed:Running",
            Self::WarmedTerminating => "Warmed:Terminating",
            Self::WarmedTerminatingWait => "Warmed:Terminating:Wait",
            Self::WarmedTerminatingProceed => "Warmed:Terminating:Proceed",
            Self::WarmedTerminated => "Warmed:Terminated",
        })
    }
}

/// Where a group may launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The Availability Zone.
    pub zone: String,
    /// The subnet in it.
    pub subnet: String,
}

/// The launch template that a group names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateRef {
    /// Its id, `lt-…`.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its version: a number, `$Latest` or `$Default`.
    pub version: Option<String>,
}

impl TemplateRef {
    /// The name, or else the id.
    #[must_use]
    pub fn key(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

/// A tag of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The value.
    pub value: String,
    /// Whether new instances get it too.
    pub propagate: bool,
}

/// One instance of a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// The EC2 instance.
    pub id: String,
    /// Its type.
    pub instance_type: String,
    /// How much of the desired capacity it is, if its group weighs its instances.
    pub weight: Option<i64>,
    /// Its Availability Zone.
    pub zone: String,
    /// Its subnet.
    pub subnet: String,
    /// The launch template it was launched from.
    pub template: TemplateRef,
    /// Where it is in its life.
    pub state: LifecycleState,
    /// Where it is on its way to, or was last.
    pub journey: Journey,
    /// What the last health check said.
    pub healthy: bool,
    /// Whether scaling in must leave it.
    pub protected: bool,
    /// Whether Capacity Rebalancing is replacing it: then it no longer counts.
    pub at_risk: bool,
    /// When it was launched.
    pub launched: Timestamp,
    /// When it last came into service; the health check grace period runs from here.
    pub in_service: Option<Timestamp>,
    /// The activity that is launching or terminating it.
    pub activity: String,
    /// The hooks that hold it, by their names.
    pub actions: BTreeMap<String, Action>,
}

impl Member {
    /// How much of the desired capacity it is.
    #[must_use]
    pub fn units(&self) -> i64 {
        self.weight.unwrap_or(1)
    }
}

/// A group's size and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// `MinSize`.
    pub min: i64,
    /// `MaxSize`.
    pub max: i64,
    /// `DesiredCapacity`.
    pub desired: i64,
}

/// An Auto Scaling group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// How large it is meant to be.
    pub size: Size,
    /// Where it launches.
    pub places: Vec<Place>,
    /// `VPCZoneIdentifier`, as it was given; empty if the places were given as zones.
    pub subnets: String,
    /// What it launches; the policy's template if there is a policy.
    pub template: TemplateRef,
    /// `MixedInstancesPolicy`, in place of the launch template alone.
    pub mixed: Option<MixedInstancesPolicy>,
    /// How many instances it has launched.
    pub launches: usize,
    /// The zones where EC2 refused a launch, and until when the group does not try again there.
    pub shunned: BTreeMap<String, Timestamp>,
    /// `DefaultCooldown`, seconds.
    pub cooldown: i64,
    /// `HealthCheckType`.
    pub health_check_type: String,
    /// `HealthCheckGracePeriod`, seconds.
    pub grace: i64,
    /// When it was created.
    pub created: Timestamp,
    /// `NewInstancesProtectedFromScaleIn`.
    pub protects_new: bool,
    /// `CapacityRebalance`.
    pub rebalances: bool,
    /// Its tags by their keys.
    pub tags: BTreeMap<String, Tag>,
    /// The suspended processes, each with the reason.
    pub suspended: BTreeMap<String, String>,
    /// Its lifecycle hooks by their names.
    pub hooks: BTreeMap<String, Hook>,
    /// Its warm pool.
    pub warm: Option<WarmPool>,
    /// Its instances by their ids, those of the warm pool too.
    pub members: BTreeMap<String, Member>,
    /// Its scaling activities, oldest first.
    pub activities: Vec<Activity>,
    /// When the cooldown that runs ends.
    pub cools_until: Option<Timestamp>,
    /// Whether it is being deleted by force.
    pub deleting: bool,
}

impl Group {
    /// Whether a process of the group runs.
    #[must_use]
    pub fn runs(&self, process: &str) -> bool {
        !self.suspended.contains_key(process)
    }

    /// The instances that count against the desired capacity.
    pub fn counted(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| {
            let serves = member.state.is_arriving() || member.state == LifecycleState::InService;
            serves && !member.at_risk
        })
    }

    /// How much of the desired capacity the counted instances are.
    #[must_use]
    pub fn capacity(&self) -> i64 {
        self.counted().fold(0, |sum, member| sum.saturating_add(member.units()))
    }
}
