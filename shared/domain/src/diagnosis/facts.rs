//! What AWS knows of a host that should have joined its cluster.

use crate::host::{MachineState, RegistrationStatus, Seen};
use crate::names::{ClusterName, RoleName};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What the agent asks of IAM (*Amazon ECS container instance IAM role* in the ECS developer guide): the first
/// three to join, the others to work.
pub const AGENT_NEEDS: [&str; 6] = [
    "ecs:RegisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:StartTelemetrySession",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
];

/// Whether an agent that may not do this cannot join.
#[must_use]
pub fn is_needed_to_join(action: &str) -> bool {
    AGENT_NEEDS.iter().take(3).any(|needed| *needed == action)
}

/// All that is read of one host. Each fact stands alone: one that could not be read leaves the others.
///
/// Keeps S36: neither user data nor console output is in here, only what was recognised in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The instance; `Known(None)` if EC2 does not know it.
    pub instance: Seen<Option<Instance>>,
    /// What EC2's status checks say.
    pub status_checks: Seen<StatusChecks>,
    /// The role in the host's instance profile; `Known(None)` if the profile is gone or holds no role.
    pub role: Seen<Option<RoleName>>,
    /// What the role may not do of [`AGENT_NEEDS`].
    pub denied: Seen<Vec<String>>,
    /// Where the subnet's route table sends what is for the internet.
    pub default_route: Seen<DefaultRoute>,
    /// The VPC's available interface endpoints for ECS.
    pub endpoints: Seen<BTreeSet<Endpoint>>,
    /// What the security groups let out on TCP port 443.
    pub egress: Seen<Egress>,
    /// The cluster that the user data names.
    pub user_data: Seen<UserData>,
    /// The other clusters where the instance is registered.
    pub elsewhere: Seen<Vec<Elsewhere>>,
    /// What was recognised in the console output.
    pub console: Seen<BTreeSet<ConsoleSign>>,
    /// The registration in the expected cluster; `Known(None)` if there is none.
    pub registration: Seen<Option<Registered>>,
}

/// The EC2 side (`Instance` in the EC2 API reference).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its state.
    pub state: MachineState,
    /// The code of the reason of its latest state change, for example `Server.InternalError`.
    pub reason_code: Option<String>,
    /// The reason in words.
    pub reason: Option<String>,
    /// When it was launched.
    pub launched_at: Option<Timestamp>,
    /// The ARN of its instance profile.
    pub profile: Option<String>,
    /// Its subnet.
    pub subnet: Option<String>,
    /// Its VPC.
    pub vpc: Option<String>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// Whether it has a public IPv4 address.
    pub public: bool,
}

impl Instance {
    /// Whether EC2 still tells profile and network: of a terminated instance it forgets them.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        !matches!(self.state, MachineState::ShuttingDown | MachineState::Terminated)
    }
}

/// What the status checks say (*Status checks for your instances* in the EC2 user guide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusChecks {
    /// All passed.
    Passed,
    /// They did not come to an end yet, or the instance does not run.
    Undecided,
    /// These failed: `system`, `instance`, `attached EBS`.
    Impaired(Vec<String>),
}

/// Where a route table sends what is for `0.0.0.0/0` (*Route tables* in the VPC user guide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultRoute {
    /// To an internet gateway: a way out only with a public address.
    InternetGateway(String),
    /// To a NAT gateway.
    Nat(String),
    /// To a transit gateway; what lies behind it is not seen.
    TransitGateway(String),
    /// To anything else (an appliance, a virtual private gateway, IPv6 only); what lies behind is not seen.
    Other(String),
    /// To something that is gone.
    Blackhole(String),
    /// There is none.
    None,
}

/// The services of ECS that an agent without a way to the internet needs an endpoint for
/// (*Amazon ECS interface VPC endpoints* in the ECS developer guide).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndpointService {
    /// `ecs`: it registers there.
    Ecs,
    /// `ecs-agent`: it polls there.
    Agent,
    /// `ecs-telemetry`: it sends metrics there.
    Telemetry,
}

impl EndpointService {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ecs, Self::Agent, Self::Telemetry];

    /// The last part of the service's name, `com.amazonaws.REGION.…`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Agent => "ecs-agent",
            Self::Telemetry => "ecs-telemetry",
        }
    }
}

/// An interface endpoint that is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Of this service.
    pub service: EndpointService,
    /// Whether the service's usual name leads to it. Without, the agent finds it only by a zone of your own.
    pub private_dns: bool,
}

/// What security groups let out on TCP port 443.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Egress {
    /// Everything.
    Open,
    /// What is for some addresses, prefix lists or security groups.
    Narrow,
    /// Nothing.
    Shut,
}

/// What the user data says about the cluster. Never the user data itself: it may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserData {
    /// It names this one.
    Names(ClusterName),
    /// It names none that can be found.
    NamesNone,
    /// It sets one in a way that only the host can work out, for example by a variable.
    Unclear,
    /// There is no user data.
    NoUserData,
}

/// A registration of the instance in another cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The other cluster.
    pub cluster: ClusterName,
    /// Whether the agent is connected there.
    pub agent_connected: bool,
}

/// What can be recognised in console output; the first explains the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsoleSign {
    /// The kernel gave up.
    KernelPanic,
    /// A disk is full.
    DiskFull,
    /// The agent found no credentials.
    NoCredentials,
    /// IAM refused the registration.
    AccessDenied,
    /// ECS knows no such cluster.
    ClusterNotFound,
    /// The agent ended with status 5, after which it is not started again.
    AgentGaveUp,
    /// cloud-init, which runs the user data, failed.
    CloudInitFailed,
}

/// The registration in the expected cluster (`ContainerInstance` in the ECS API reference).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its status.
    pub status: RegistrationStatus,
    /// Whether its agent is connected.
    pub agent_connected: bool,
    /// Why the status is so, where ECS says it.
    pub reason: Option<String>,
}
