//! Why did this launched host never join its cluster?
//!
//! Every check gives one finding, also the ones that find nothing. What could not be read blames nobody.

mod agent;
mod boot;
mod case;
mod facts;
mod identity;
mod network;

pub use facts::{
    AGENT_NEEDS, ConsoleSign, DefaultRoute, Egress, Elsewhere, Endpoint, EndpointService, Facts,
    Instance, Registered, StatusChecks, UserData, is_needed_to_join,
};

use crate::names::ClusterName;
use case::Case;
use serde::Serialize;
use std::fmt;

/// What is checked. In this order, of two that are to blame the first explains the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Does the instance run?
    InstanceState,
    /// Do EC2's status checks pass?
    StatusChecks,
    /// Has it an instance profile?
    InstanceProfile,
    /// Has the profile a role?
    Role,
    /// Does the user data name the cluster?
    UserData,
    /// Did it register in another cluster?
    OtherClusters,
    /// May the role do what the agent needs?
    RolePermissions,
    /// Is there a way to ECS, through the internet or interface endpoints?
    Route,
    /// Do the security groups let it out?
    Egress,
    /// Does the console show that the agent failed?
    Agent,
    /// Did the registration succeed, and the agent connect?
    Registration,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::InstanceState,
        Self::StatusChecks,
        Self::InstanceProfile,
        Self::Role,
        Self::UserData,
        Self::OtherClusters,
        Self::RolePermissions,
        Self::Route,
        Self::Egress,
        Self::Agent,
        Self::Registration,
    ];

    /// The word for records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InstanceState => "instance-state",
            Self::StatusChecks => "status-checks",
            Self::InstanceProfile => "instance-profile",
            Self::Role => "role",
            Self::UserData => "user-data",
            Self::OtherClusters => "other-clusters",
            Self::RolePermissions => "role-permissions",
            Self::Route => "route",
            Self::Egress => "egress",
            Self::Agent => "agent",
            Self::Registration => "registration",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a check came to; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A host like this cannot join.
    Blamed,
    /// It may be why.
    Suspect,
    /// It could not be read, or what matters cannot be seen from outside. Never a cause.
    Unreadable,
    /// It is not why.
    Cleared,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// What it came to.
    pub verdict: Verdict,
    /// What was seen: names and states, never user data or console text.
    pub evidence: String,
    /// What to change in AWS; empty if nothing.
    pub remedy: String,
}

/// The findings of all checks, the likeliest cause first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// One for each check.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Why the host did not join: the first that is to blame, else the first that may be.
    #[must_use]
    pub fn cause(&self) -> Option<&Finding> {
        let culprit = |one: &&Finding| matches!(one.verdict, Verdict::Blamed | Verdict::Suspect);
        // The findings are sorted by verdict.
        self.findings.iter().find(culprit)
    }
}

/// One line: the cause and its remedy; without a cause, what could not be seen.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Finding { check, verdict, evidence, remedy }) = self.cause() {
            let perhaps = if *verdict == Verdict::Suspect { "perhaps " } else { "" };
            return write!(f, "{perhaps}{check}: {evidence}; {remedy}");
        }
        let unread = self.findings.iter().filter(|one| one.verdict == Verdict::Unreadable);
        let unread: Vec<&str> = unread.map(|one| one.check.as_str()).collect();
        if unread.is_empty() {
            f.write_str("no cause found")
        } else {
            write!(f, "no cause found; not seen: {}", unread.join(", "))
        }
    }
}

/// Judges why a host is not in this cluster.
#[must_use]
pub fn judge(cluster: &ClusterName, facts: &Facts) -> Diagnosis {
    let case = Case { cluster, facts };
    // An early end of a check (`?`) is a finding too.
    let check = |check: Check| match check {
        Check::InstanceState => boot::state(&case),
        Check::StatusChecks => boot::status_checks(&case),
        Check::InstanceProfile => identity::profile(&case),
        Check::Role => identity::role(&case),
        Check::RolePermissions => identity::permissions(&case),
        Check::Route => network::route(&case),
        Check::Egress => network::egress(&case),
        Check::UserData => agent::user_data(&case),
        Check::OtherClusters => agent::other_clusters(&case),
        Check::Agent => agent::console(&case),
        Check::Registration => agent::registration(&case),
    };
    let mut findings: Vec<Finding> =
        Check::ALL.into_iter().map(|one| check(one).unwrap_or_else(|early| early)).collect();
    findings.sort_by_key(|one| (one.verdict, one.check));
    Diagnosis { findings }
}
