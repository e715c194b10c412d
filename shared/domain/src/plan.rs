//! What will be done, and for everything else that was looked at, why not.

use crate::fault::Fault;
use crate::host::Phase;
use crate::marks::Leaving;
use crate::names::{ClusterName, GroupName, InstanceId, RegistrationArn};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// One change to the world: the only way in which Muster writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Let a launching host into service: our launch hook CONTINUE.
    LetIn {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Give up a launching host: our launch hook ABANDON; the group replaces it.
    Abandon {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Write on the registration since when and why we drain it, so that it is known as ours.
    MarkDraining {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
        /// Since when.
        since: Timestamp,
        /// Why.
        why: Leaving,
    },
    /// Set a registration DRAINING.
    Drain {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
    },
    /// Ask for more time at our terminate hook.
    Heartbeat {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Let a terminating host go: our terminate hook CONTINUE. Never ABANDON (keeps S9).
    LetGo {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Strike a registration off.
    Deregister {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
        /// Also if ECS still counts tasks on it; only for what EC2 says is gone (keeps S2).
        force: bool,
    },
    /// Write on the registration since when its agent is lost.
    MarkAgentLost {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
        /// Since when.
        since: Timestamp,
    },
    /// Take the agent-lost mark away: it came back.
    ForgetAgentLost {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
    },
    /// Tell the group that a host is unhealthy, so that it replaces it.
    MarkUnhealthy {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Set a group's desired capacity.
    SetDesired {
        /// The group.
        group: GroupName,
        /// What it is now.
        from: u32,
        /// What it should be.
        to: u32,
    },
}

impl Action {
    /// The IAM action that it needs.
    #[must_use]
    pub const fn call(&self) -> &'static str {
        match self {
            Self::LetIn { .. } | Self::Abandon { .. } | Self::LetGo { .. } => {
                "autoscaling:CompleteLifecycleAction"
            }
            Self::Heartbeat { .. } => "autoscaling:RecordLifecycleActionHeartbeat",
            Self::MarkDraining { .. } | Self::MarkAgentLost { .. } => "ecs:PutAttributes",
            Self::ForgetAgentLost { .. } => "ecs:DeleteAttributes",
            Self::Drain { .. } => "ecs:UpdateContainerInstancesState",
            Self::Deregister { .. } => "ecs:DeregisterContainerInstance",
            Self::MarkUnhealthy { .. } => "autoscaling:SetInstanceHealth",
            Self::SetDesired { .. } => "autoscaling:SetDesiredCapacity",
        }
    }

    /// Whether it takes a host away from its group: what the breaker counts.
    #[must_use]
    pub const fn is_disruption(&self) -> bool {
        match self {
            Self::Abandon { .. } | Self::MarkUnhealthy { .. } => true,
            Self::LetIn { .. }
            | Self::MarkDraining { .. }
            | Self::Drain { .. }
            | Self::Heartbeat { .. }
            | Self::LetGo { .. }
            | Self::Deregister { .. }
            | Self::MarkAgentLost { .. }
            | Self::ForgetAgentLost { .. }
            | Self::SetDesired { .. } => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LetIn { instance, group } => write!(f, "let {instance} into service in {group}"),
            Self::Abandon { instance, group } => {
                write!(f, "abandon the launch of {instance} in {group}")
            }
            Self::MarkDraining { why, registration, .. } => {
                write!(f, "mark {} as draining ({})", short(registration), why.as_str())
            }
            Self::Drain { registration, .. } => write!(f, "drain {}", short(registration)),
            Self::Heartbeat { instance, .. } => write!(f, "ask for more time for {instance}"),
            Self::LetGo { instance, group } => write!(f, "let {instance} go from {group}"),
            Self::Deregister { registration, force, .. } => {
                let how = if *force { " (force)" } else { "" };
                write!(f, "deregister {}{how}", short(registration))
            }
            Self::MarkAgentLost { registration, since, .. } => {
                write!(f, "mark {}: agent lost since {since}", short(registration))
            }
            Self::ForgetAgentLost { registration, .. } => {
                write!(f, "unmark {}: agent is back", short(registration))
            }
            Self::MarkUnhealthy { instance, group } => {
                write!(f, "mark {instance} unhealthy in {group}")
            }
            Self::SetDesired { group, from, to } => {
                write!(f, "desired capacity of {group} from {from} to {to}")
            }
        }
    }
}

fn short(arn: &RegistrationArn) -> &str {
    arn.as_str().rsplit('/').next().unwrap_or_default()
}

/// What was not readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    /// The host's seat in its group.
    Seat,
    /// The EC2 instance.
    Machine,
    /// The registrations.
    Registrations,
    /// The tasks.
    Tasks,
    /// The services' demand.
    Demand,
}

/// Why a host or a group is left alone for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "hold", rename_all = "kebab-case")]
pub enum Hold {
    /// It is in no group with the tag `muster:cluster`.
    NotOurs,
    /// Nothing is due.
    Settled {
        /// Its lifecycle state.
        lifecycle: String,
    },
    /// AWS could not be read; when in doubt, look again and do nothing.
    Unreadable {
        /// What.
        what: Thing,
        /// Why.
        fault: String,
    },
    /// Launched, and its agent is not connected yet.
    NotJoinedYet {
        /// What is missing.
        missing: String,
        /// When patience ends.
        until: Option<Timestamp>,
    },
    /// Too many hosts of its group are in trouble: nothing is taken away.
    BreakerOpen {
        /// How many are in trouble.
        failing: u32,
        /// Of how many.
        hosts: u32,
    },
    /// Tasks are leaving.
    TasksLeaving {
        /// How many are left.
        left: u32,
        /// Whose they are, the commonest first, at most five.
        groups: Vec<String>,
    },
    /// It is set DRAINING just now; the next look counts its tasks.
    DrainBegun,
    /// It is empty, and waits for EC2 or its group to take it.
    Empty,
    /// It could not be emptied in time; AWS's default decides.
    OutOfPatience {
        /// How many tasks are left.
        left: u32,
    },
    /// Drained by a person's hand, not by us.
    DrainedByHand,
    /// Its registration stands and EC2 does not say that it is gone for good.
    NotGone {
        /// What EC2 says.
        state: String,
    },
    /// EC2 says gone, ECS says connected: one of the two is stale.
    StillConnected,
    /// Nothing is registered for it.
    NothingLeft,
    /// Its agent is lost, within patience.
    AgentLost {
        /// When patience ends.
        until: Timestamp,
    },
    /// The work fits.
    CapacityFits {
        /// Hosts that the work needs.
        needed: u32,
        /// Hosts that there are or will be.
        have: u32,
    },
    /// The work needs more, but the group is at its greatest size.
    AtMax {
        /// Hosts that the work needs.
        needed: u32,
        /// The group's Max.
        max: u32,
    },
    /// Someone else steers this group's size.
    HandsOff {
        /// Who or what.
        why: String,
    },
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => f.write_str("it is in no group of ours"),
            Self::Settled { lifecycle } => write!(f, "{lifecycle}: nothing is due"),
            Self::Unreadable { what, fault } => write!(f, "{what:?} could not be read: {fault}"),
            Self::NotJoinedYet { missing, until: Some(until) } => {
                write!(f, "{missing}; patience until {until}")
            }
            Self::NotJoinedYet { missing, until: None } => f.write_str(missing),
            Self::BreakerOpen { failing, hosts } => {
                write!(f, "the breaker is open: {failing} of {hosts} hosts are in trouble")
            }
            Self::TasksLeaving { left, groups } => {
                write!(f, "{left} tasks are leaving: {}", groups.join(", "))
            }
            Self::DrainBegun => f.write_str("its drain has begun"),
            Self::Empty => f.write_str("it is empty and waits to be taken"),
            Self::OutOfPatience { left } => {
                write!(f, "{left} tasks are left and patience is over; AWS's default decides")
            }
            Self::DrainedByHand => f.write_str("a person drains it"),
            Self::NotGone { state } => write!(f, "AWS says {state}, not gone"),
            Self::StillConnected => f.write_str("EC2 says gone, ECS says connected"),
            Self::NothingLeft => f.write_str("nothing is registered for it"),
            Self::AgentLost { until } => write!(f, "its agent is lost; patience until {until}"),
            Self::CapacityFits { needed, have } => {
                write!(f, "the work fits: {needed} hosts needed, {have} there or coming")
            }
            Self::AtMax { needed, max } => write!(f, "{needed} hosts needed, but Max is {max}"),
            Self::HandsOff { why } => write!(f, "hands off: {why}"),
        }
    }
}

/// An action, and what must still hold when it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// Why.
    pub because: String,
    /// What a second look must show right before.
    pub provided: Provided,
}

/// What a second look must show right before the action is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provided {
    /// The look that the plan rests on is enough: the action is guarded by AWS or can be undone.
    Always,
    /// Judging the same host anew still comes to this action (before what cannot be undone).
    StillJudgedSo,
}

/// The verdict on one host or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Where the host is in its life; absent for a group.
    pub phase: Option<Phase>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Why nothing more is done now; absent if what is done settles it.
    pub hold: Option<Hold>,
}

impl Verdict {
    /// Nothing is done.
    #[must_use]
    pub fn hold(phase: Phase, hold: Hold) -> Self {
        Self { phase: Some(phase), steps: Vec::new(), hold: Some(hold) }
    }

    /// AWS could not be read.
    #[must_use]
    pub fn unreadable(what: Thing, fault: &Fault) -> Self {
        Self::hold(Phase::Stray, Hold::Unreadable { what, fault: fault.to_string() })
    }

    /// One guarded action settles it.
    #[must_use]
    pub fn act(phase: Phase, action: Action, because: impl Into<String>) -> Self {
        Self {
            phase: Some(phase),
            steps: vec![Step { action, because: because.into(), provided: Provided::Always }],
            hold: None,
        }
    }

    /// One action that cannot be undone settles it.
    #[must_use]
    pub fn act_if_still_so(phase: Phase, action: Action, because: impl Into<String>) -> Self {
        Self {
            phase: Some(phase),
            steps: vec![Step {
                action,
                because: because.into(),
                provided: Provided::StillJudgedSo,
            }],
            hold: None,
        }
    }
}

/// A round of work: what will be done, and for everything else, why not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Every host that was looked at.
    pub hosts: BTreeMap<InstanceId, Verdict>,
    /// Every group that was looked at.
    pub groups: BTreeMap<GroupName, Verdict>,
}

impl Plan {
    /// All steps: the groups' first, then the hosts', in the order of their names.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let groups = self.groups.values().flat_map(|verdict| &verdict.steps);
        groups.chain(self.hosts.values().flat_map(|verdict| &verdict.steps))
    }
}
