//! One EC2 instance, and what its agent will do once it runs.

use super::{Interruption, ScheduledEvent};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt;

/// The state of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Starting, for the first time or again.
    Pending,
    /// Up.
    Running,
    /// On the way to being gone.
    ShuttingDown,
    /// Gone; described for an hour still.
    Terminated,
    /// On the way to being stopped.
    Stopping,
    /// Stopped; may be started again.
    Stopped,
}

impl State {
    /// The number that EC2 gives the state.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }

    /// Whether the instance is gone or going for good.
    #[must_use]
    pub fn is_going(self) -> bool {
        matches!(self, Self::ShuttingDown | Self::Terminated)
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        })
    }
}

/// What the agent on an instance will do once the instance runs.
///
/// In AWS the user data decides this, and luck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// Registers with this cluster and connects, this long after the instance runs.
    Joins {
        /// The cluster's short name.
        cluster: String,
        /// How long the boot takes.
        after: SignedDuration,
    },
    /// Never registers anywhere.
    NeverJoins,
    /// Registers with a cluster that is not the group's.
    JoinsElsewhere {
        /// The cluster's short name.
        cluster: String,
    },
    /// Registers with the group's cluster as usual, but connects only this long after the instance runs.
    ConnectsLate(SignedDuration),
    /// Registers with the group's cluster, and its agent never connects.
    RegistersButNeverConnects,
    /// Launched without an instance profile, so that its agent may call nothing: never registers.
    NoProfile,
    /// In a subnet without a default route, and the VPC has no endpoints: does not get through, until
    /// the route is restored ([`crate::world::World::restore_route`]).
    NoRoute,
    /// Behind a security group without egress rules: does not get through, until they are back
    /// ([`crate::world::World::open_egress`]).
    EgressClosed,
    /// Its user data names a cluster that does not exist: never registers.
    WrongUserData {
        /// The name in the user data.
        cluster: String,
    },
    /// Its agent exits with status 5 and is not started again
    /// (docs: `AmazonECS/latest/developerguide/troubleshooting-container-agent.html`); the console
    /// output says so.
    AgentExits5,
}

/// Why an instance is in its state, as EC2 says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateReason {
    /// For example `Client.UserInitiatedShutdown`.
    pub code: String,
    /// The text for people.
    pub message: String,
}

impl StateReason {
    /// A reason with the same text as its code, as EC2 words most of them.
    #[must_use]
    pub fn new(code: &str, text: &str) -> Self {
        Self { code: code.to_owned(), message: format!("{code}: {text}") }
    }
}

/// One EC2 instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// `i-` and seventeen hexadecimal digits.
    pub id: String,
    /// Its reservation, `r-…`.
    pub reservation: String,
    /// For example `m7g.large`.
    pub instance_type: String,
    /// The image, `ami-…`.
    pub image: String,
    /// The Availability Zone.
    pub zone: String,
    /// The subnet, `subnet-…`.
    pub subnet: String,
    /// The private IPv4 address.
    pub private_ip: String,
    /// Its state.
    pub state: State,
    /// Why it is in that state, if EC2 says so.
    pub reason: Option<StateReason>,
    /// When it was launched, or last started.
    pub launched: Timestamp,
    /// Whether it is a Spot instance.
    pub spot: bool,
    /// The ARN of its instance profile.
    pub profile: Option<String>,
    /// The Auto Scaling group that launched it.
    pub group: Option<String>,
    /// The cluster that its user data names: the group's tag `muster:cluster`.
    pub cluster: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its security groups, `sg-…`.
    pub security_groups: Vec<String>,
    /// Since when its instance status check fails; `None` if it passes.
    pub impaired_since: Option<Timestamp>,
    /// What EC2 plans to do to it, in the order in which it was planned.
    pub events: Vec<ScheduledEvent>,
    /// Whether EC2 takes this Spot instance back.
    pub interruption: Option<Interruption>,
    /// What its agent will do.
    pub boot: Boot,
    /// Counts its changes of state, so that a timer can tell that it was overtaken.
    pub(super) turn: u64,
}

impl Instance {
    /// Whether it has a network interface; one that is terminated has none any more.
    pub(super) fn has_network(&self) -> bool {
        self.state != State::Terminated
    }
}
