//! The changes that Muster makes to the world: these and no others.

use crate::breaker::Open;
use crate::capacity::Spare;
use crate::marks::{Leaving, Protected, Watched};
use crate::names::{
    ClusterName, GroupName, InstanceId, LAUNCH_HOOK, RegistrationArn, TERMINATE_HOOK,
};
use crate::taking::{Taking, Way};
use crate::teardown::Share;
use jiff::Timestamp;
use serde::Serialize;

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
        /// Since when no look showed a task on it.
        empty: Option<Timestamp>,
    },
    /// Take the draining mark away: the reason is gone.
    ForgetDraining {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
    },
    /// Set a registration ACTIVE again that we set DRAINING (keeps S5).
    Activate {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
    },
    /// Stop a standalone task on a leaving host, where the policy says so.
    StopTask {
        /// Its cluster.
        cluster: ClusterName,
        /// The task's ARN.
        task: String,
    },
    /// Set a registration DRAINING.
    Drain {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
    },
    /// Ask for more time at a hook of ours.
    Heartbeat {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
        /// Which hook.
        hook: HookOf,
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
    /// Write on the registration since when its agent is lost, and that it was seen so now.
    MarkAgentLost {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
        /// Since when, and when it was seen.
        lost: Watched,
    },
    /// Write on the registration since when EC2 does not find its instance.
    MarkNotFound {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
        /// Since when, and when it was seen.
        missing: Watched,
    },
    /// Take the not-found mark away: EC2 finds it again.
    ForgetNotFound {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
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
    /// Terminate an empty host in service; the group replaces it.
    Replace {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Write on the group which hosts are taken away, and which were.
    Choose {
        /// The group.
        group: GroupName,
        /// The host that is new among them.
        instance: InstanceId,
        /// All of them.
        takings: Vec<Taking>,
    },
    /// Write on the group since when and why nothing is taken away from it, or take that away.
    MarkBreaker {
        /// The group.
        group: GroupName,
        /// The mark; none when the breaker closes.
        open: Option<(Timestamp, Open)>,
    },
    /// Set, or clear, a host's protection from scale-in.
    Protect {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
        /// Whether it is protected from then on.
        protected: bool,
    },
    /// Write on the registration since when and why its protection from scale-in is watched.
    MarkProtected {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
        /// Since when.
        since: Timestamp,
        /// Why.
        why: Protected,
    },
    /// Take the protection mark away.
    ForgetProtected {
        /// Its cluster.
        cluster: ClusterName,
        /// The registration.
        registration: RegistrationArn,
    },
    /// Write on the group since when hosts of it can be spared, or take that away.
    MarkSpare {
        /// The group.
        group: GroupName,
        /// What is remembered.
        spare: Spare,
    },
    /// Terminate a host that the work does not need, and lower the desired capacity by it; it leaves through the terminate
    /// hook and is drained there.
    ScaleIn {
        /// The group.
        group: GroupName,
        /// The host.
        instance: InstanceId,
    },
    /// Set a group's least and desired number of hosts to nothing.
    Empty {
        /// The group.
        group: GroupName,
    },
    /// Attach to a cluster only these of its capacity providers.
    DetachProviders {
        /// The cluster.
        cluster: ClusterName,
        /// Those that go.
        gone: Vec<String>,
        /// Those that stay.
        keep: Vec<String>,
        /// How tasks are spread over those that stay.
        strategy: Vec<Share>,
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

/// How many actions a batch holds.
pub const BATCH: usize = 10;

/// One of our two hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HookOf {
    /// `muster-launch`
    Launch,
    /// `muster-terminate`
    Terminate,
}

impl HookOf {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Launch => LAUNCH_HOOK,
            Self::Terminate => TERMINATE_HOOK,
        }
    }
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
            Self::MarkDraining { .. }
            | Self::MarkAgentLost { .. }
            | Self::MarkNotFound { .. }
            | Self::MarkProtected { .. } => "ecs:PutAttributes",
            Self::ForgetAgentLost { .. }
            | Self::ForgetProtected { .. }
            | Self::ForgetDraining { .. }
            | Self::ForgetNotFound { .. } => "ecs:DeleteAttributes",
            Self::Drain { .. } | Self::Activate { .. } => "ecs:UpdateContainerInstancesState",
            Self::StopTask { .. } => "ecs:StopTask",
            Self::Deregister { .. } => "ecs:DeregisterContainerInstance",
            Self::MarkUnhealthy { .. } => "autoscaling:SetInstanceHealth",
            Self::Replace { .. } | Self::ScaleIn { .. } => {
                "autoscaling:TerminateInstanceInAutoScalingGroup"
            }
            Self::MarkSpare { spare: Spare { since: None, moved: None }, .. }
            | Self::MarkBreaker { open: None, .. } => "autoscaling:DeleteTags",
            Self::Choose { .. }
            | Self::MarkSpare { .. }
            | Self::MarkBreaker { open: Some(_), .. } => "autoscaling:CreateOrUpdateTags",
            Self::Protect { .. } => "autoscaling:SetInstanceProtection",
            Self::Empty { .. } => "autoscaling:UpdateAutoScalingGroup",
            Self::DetachProviders { .. } => "ecs:PutClusterCapacityProviders",
            Self::SetDesired { .. } => "autoscaling:SetDesiredCapacity",
        }
    }

    /// What it can be put together with in one call: the same change to other registrations of the same cluster, or
    /// other hosts of the same group, ten at most (`UpdateContainerInstancesState` and `PutAttributes` in the ECS API
    /// reference; `SetInstanceProtection` takes more).
    #[must_use]
    pub fn batch(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::MarkDraining { cluster, .. } | Self::MarkAgentLost { cluster, .. } => {
                Some(("mark", cluster.as_str()))
            }
            Self::Drain { cluster, .. } => Some(("drain", cluster.as_str())),
            Self::Protect { group, protected: true, .. } => Some(("protect", group.as_str())),
            Self::Protect { group, protected: false, .. } => Some(("release", group.as_str())),
            _ => None,
        }
    }

    /// How it takes a host away from its group, if it does: what the breaker counts.
    #[must_use]
    pub const fn takes(&self) -> Option<Way> {
        match self {
            Self::Abandon { .. } => Some(Way::Launch),
            Self::MarkUnhealthy { .. } | Self::Replace { .. } => Some(Way::Service),
            Self::LetIn { .. }
            | Self::MarkDraining { .. }
            | Self::ForgetDraining { .. }
            | Self::Activate { .. }
            | Self::StopTask { .. }
            | Self::Drain { .. }
            | Self::Heartbeat { .. }
            | Self::LetGo { .. }
            | Self::Deregister { .. }
            | Self::MarkAgentLost { .. }
            | Self::MarkNotFound { .. }
            | Self::ForgetAgentLost { .. }
            | Self::ForgetNotFound { .. }
            | Self::Choose { .. }
            | Self::MarkBreaker { .. }
            | Self::Protect { .. }
            | Self::MarkProtected { .. }
            | Self::ForgetProtected { .. }
            | Self::MarkSpare { .. }
            // What the work does not need has limits of its own (`capacity`).
            | Self::ScaleIn { .. }
            // The operator's own delete: no breaker counts it.
            | Self::Empty { .. }
            | Self::DetachProviders { .. }
            | Self::SetDesired { .. } => None,
        }
    }
}
