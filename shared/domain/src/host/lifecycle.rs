//! Where a host stands in its group.

use crate::names::GroupName;
use serde::Serialize;

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
    /// `Warmed:Pending:Wait`: held on its way into the warm pool, newly launched or on its way back.
    WarmedPendingWait,
    /// `Warmed:Terminating:Wait`: held on its way out of the warm pool for good.
    WarmedTerminatingWait,
    /// Any other: standby, at rest in a warm pool, detached, retained, quarantined, and what the future brings. Never a reason to act.
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
            "Warmed:Pending:Wait" => Self::WarmedPendingWait,
            "Warmed:Terminating:Wait" => Self::WarmedTerminatingWait,
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
            Self::WarmedPendingWait => "Warmed:Pending:Wait",
            Self::WarmedTerminatingWait => "Warmed:Terminating:Wait",
            Self::Other(other) => other,
        }
    }

    /// On its way in: counts as capacity to come.
    #[must_use]
    pub const fn is_arriving(&self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait | Self::PendingProceed)
    }

    /// On its way out for good.
    #[must_use]
    pub const fn is_leaving(&self) -> bool {
        matches!(
            self,
            Self::Terminating
                | Self::TerminatingWait
                | Self::TerminatingProceed
                | Self::Terminated
                | Self::WarmedTerminatingWait
        )
    }

    /// Held by a hook on its way out of service: for good, or back into the warm pool.
    #[must_use]
    pub const fn is_held_leaving(&self) -> bool {
        matches!(
            self,
            Self::TerminatingWait | Self::WarmedTerminatingWait | Self::WarmedPendingWait
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
