//! Where an instance of a group is on its way to: into service, out of it, or by way of the warm pool.
//!
//! Docs: `autoscaling/ec2/userguide/warm-pool-instance-lifecycle.html` and
//! `autoscaling/ec2/userguide/warm-pools-eventbridge-events.html`.

use super::{LifecycleState, Transition};

/// The way of an instance, by its `Origin` and `Destination`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// From EC2 into the group.
    Launch,
    /// From EC2 into the warm pool.
    Warm,
    /// From the warm pool into the group.
    Scale,
    /// From the group back into the warm pool.
    Return,
    /// From the group out.
    Terminate,
    /// From the warm pool out.
    Discard,
}

impl Journey {
    /// `Origin` and `Destination` of the events. AWS does not document those of [`Self::Discard`].
    #[must_use]
    pub fn ends(self) -> (&'static str, &'static str) {
        match self {
            Self::Launch => ("EC2", "AutoScalingGroup"),
            Self::Warm => ("EC2", "WarmPool"),
            Self::Scale => ("WarmPool", "AutoScalingGroup"),
            Self::Return => ("AutoScalingGroup", "WarmPool"),
            Self::Terminate => ("AutoScalingGroup", "EC2"),
            Self::Discard => ("WarmPool", "EC2"),
        }
    }

    /// Which hooks hold the instance.
    #[must_use]
    pub fn transition(self) -> Transition {
        match self {
            Self::Launch | Self::Warm | Self::Scale => Transition::Launching,
            Self::Return | Self::Terminate | Self::Discard => Transition::Terminating,
        }
    }

    /// Before the hooks hold it.
    pub(super) fn begins(self) -> LifecycleState {
        match self {
            Self::Launch | Self::Scale => LifecycleState::Pending,
            Self::Warm | Self::Return => LifecycleState::WarmedPending,
            Self::Terminate => LifecycleState::Terminating,
            Self::Discard => LifecycleState::WarmedTerminating,
        }
    }

    /// While the hooks hold it.
    pub(super) fn waits(self) -> LifecycleState {
        match self {
            Self::Launch | Self::Scale => LifecycleState::PendingWait,
            Self::Warm | Self::Return => LifecycleState::WarmedPendingWait,
            Self::Terminate => LifecycleState::TerminatingWait,
            Self::Discard => LifecycleState::WarmedTerminatingWait,
        }
    }

    /// Once the hooks let it go.
    pub(super) fn proceeds(self) -> LifecycleState {
        match self {
            Self::Launch | Self::Scale => LifecycleState::PendingProceed,
            Self::Warm | Self::Return => LifecycleState::WarmedPendingProceed,
            Self::Terminate => LifecycleState::TerminatingProceed,
            Self::Discard => LifecycleState::WarmedTerminatingProceed,
        }
    }
}
