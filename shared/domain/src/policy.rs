//! What the operator may tell Muster: each with a safe default and bounds that are compiled in.

mod settings;

use settings::{Put, SETTINGS, Setting};
use std::collections::BTreeMap;
use std::time::Duration;

/// The patience and limits for the hosts of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Policy {
    /// How long a launched host may take until its agent is connected.
    pub join_patience: Duration,
    /// How long a host may take to become empty.
    pub drain_patience: Duration,
    /// How long an agent may be lost before its host is given up.
    pub lost_patience: Duration,
    /// Hosts that are kept free beyond what the work needs.
    pub headroom_hosts: u32,
    /// The same, as a part of the group's hosts, in percent; the greater of the two counts.
    pub headroom_percent: u32,
    /// Whether room is kept for one more of the cluster's largest task.
    pub headroom_task: bool,
    /// How many hosts may be added in one step.
    pub step_hosts: u32,
    /// How long the work must fit on fewer hosts until some leave; none ever, if absent.
    pub scale_in_patience: Option<Duration>,
    /// Whether hosts are protected from scale-in for as long as their tasks must not be moved.
    pub protect_tasks: bool,
    /// How old a standalone task may be to hold its host.
    pub standalone_hold: Duration,
    /// What a host of the group costs, compared with other groups of the cluster: the cheapest that holds the work grows.
    pub weight: u32,
    /// The stack whose Muster steers the group's size.
    pub stack: Option<String>,
    /// The least version of its agent with which a host may enter service.
    pub least_agent: Option<AgentVersion>,
    /// Attributes that a host must have to enter service, each with its value if one is asked for.
    pub required_attributes: Vec<(String, Option<String>)>,
    /// Whether ECS must say that a host is healthy before it enters service.
    pub require_health: bool,
    /// Whether a Spot instance that EC2 recommends to replace is drained and replaced.
    pub drain_on_rebalance: bool,
    /// How long a standalone task may go on on a leaving host until it is stopped; never, if absent.
    pub standalone_grace: Option<Duration>,
    /// How many launches may be given up in an hour until it is held for a launch loop.
    pub abandons_an_hour: u32,
    /// Whether the only host of a group may be given up.
    pub repair_lone_host: bool,
    /// Whether an idle host is given up whose status checks fail while its agent is connected.
    pub repair_impaired: bool,
}

impl Policy {
    /// How many hosts are kept free in a group of so many.
    #[must_use]
    pub fn headroom(&self, hosts: u32) -> u32 {
        let part = u64::from(hosts).saturating_mul(u64::from(self.headroom_percent)).div_ceil(100);
        self.headroom_hosts.max(u32::try_from(part).unwrap_or(u32::MAX))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            join_patience: Duration::from_mins(10),
            drain_patience: Duration::from_hours(1),
            lost_patience: Duration::from_mins(10),
            headroom_hosts: 0,
            headroom_percent: 0,
            headroom_task: false,
            step_hosts: 100,
            scale_in_patience: Some(Duration::from_mins(3)),
            protect_tasks: true,
            standalone_hold: Duration::from_hours(24),
            weight: 100,
            stack: None,
            least_agent: None,
            required_attributes: Vec::new(),
            require_health: false,
            drain_on_rebalance: false,
            standalone_grace: None,
            abandons_an_hour: 3,
            repair_lone_host: false,
            repair_impaired: false,
        }
    }
}

/// The version of an ECS agent, for example `1.105.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgentVersion(u32, u32, u32);

impl std::str::FromStr for AgentVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.trim_start_matches('v').splitn(3, '.');
        let mut part = || parts.next().and_then(|part| part.parse().ok()).ok_or(());
        Ok(Self(part()?, part()?, part()?))
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be {expected}, not {shape}")]
pub struct Complaint {
    /// The environment variable or tag.
    pub name: String,
    /// What it must be.
    pub expected: String,
    /// What was found.
    pub shape: String,
}

/// What a setting is called, and what it takes: for who writes templates and manuals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The environment variable.
    pub variable: &'static str,
    /// The tag of a group that overrides it.
    pub tag: &'static str,
    /// Least and greatest value, of a number.
    pub bounds: Option<(u32, u32)>,
    /// Whether it is true or false.
    pub is_switch: bool,
}

impl Policy {
    /// Reads the settings that the template gives to every function.
    ///
    /// # Errors
    /// Every complaint at once. Nothing dangerous is ever put in the place of a bad value.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Complaint>> {
        let mut policy = Self::default();
        let mut complaints = Vec::new();

        for setting in &SETTINGS {
            if let Some(text) = lookup(setting.variable) {
                complaints.extend(setting.set(&mut policy, setting.variable, &text).err());
            }
        }

        if complaints.is_empty() { Ok(policy) } else { Err(complaints) }
    }

    /// All settings that there are.
    #[must_use]
    pub fn known() -> Vec<Known> {
        let known = |setting: &Setting| Known {
            variable: setting.variable,
            tag: setting.tag,
            bounds: match setting.put {
                Put::Number { least, most, .. } => Some((least, most)),
                Put::Switch(_) | Put::Text { .. } => None,
            },
            is_switch: matches!(setting.put, Put::Switch(_)),
        };
        SETTINGS.iter().map(known).collect()
    }

    /// This policy with the overrides of a group's `muster:*` tags.
    ///
    /// A tag that cannot be used leaves the setting as it is, and is complained about.
    #[must_use]
    pub fn overridden_by(&self, tags: &BTreeMap<String, String>) -> (Self, Vec<Complaint>) {
        let mut policy = self.clone();
        let mut complaints = Vec::new();

        for setting in &SETTINGS {
            if let Some(text) = tags.get(setting.tag) {
                complaints.extend(setting.set(&mut policy, setting.tag, text).err());
            }
        }

        (policy, complaints)
    }
}

#[cfg(test)]
mod tests;
