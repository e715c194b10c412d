//! What the operator may tell Muster: each with a safe default and bounds that are compiled in.

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
    /// How many hosts may be added in one step.
    pub step_hosts: u32,
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
            step_hosts: 10,
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

struct Setting {
    variable: &'static str,
    tag: &'static str,
    put: Put,
}

enum Put {
    Number { least: u32, most: u32, put: fn(&mut Policy, u32) },
    Switch(fn(&mut Policy, bool)),
    Text { expected: &'static str, put: fn(&mut Policy, &str) -> Option<()> },
}

// Bounds: a launch hook waits for at most 7,200 s without a heartbeat and a terminate hook for 48 h in all
// (`PutLifecycleHook` in the EC2 Auto Scaling API reference); agents drop their connection several times an
// hour in normal life, so nobody may give one up within five minutes.
const SETTINGS: [Setting; 14] = [
    Setting {
        variable: "MUSTER_JOIN_PATIENCE_SECONDS",
        tag: "muster:join-patience-seconds",
        put: Put::Number {
            least: 60,
            most: 7_000,
            put: |policy, value| policy.join_patience = seconds(value),
        },
    },
    Setting {
        variable: "MUSTER_DRAIN_PATIENCE_SECONDS",
        tag: "muster:drain-patience-seconds",
        put: Put::Number {
            least: 60,
            most: 172_000,
            put: |policy, value| policy.drain_patience = seconds(value),
        },
    },
    Setting {
        variable: "MUSTER_LOST_PATIENCE_SECONDS",
        tag: "muster:lost-patience-seconds",
        put: Put::Number {
            least: 300,
            most: 86_400,
            put: |policy, value| policy.lost_patience = seconds(value),
        },
    },
    Setting {
        variable: "MUSTER_HEADROOM_HOSTS",
        tag: "muster:headroom-hosts",
        put: Put::Number {
            least: 0,
            most: 100,
            put: |policy, value| policy.headroom_hosts = value,
        },
    },
    Setting {
        variable: "MUSTER_HEADROOM_PERCENT",
        tag: "muster:headroom-percent",
        put: Put::Number {
            least: 0,
            most: 100,
            put: |policy, value| policy.headroom_percent = value,
        },
    },
    Setting {
        variable: "MUSTER_STEP_HOSTS",
        tag: "muster:step-hosts",
        put: Put::Number { least: 1, most: 100, put: |policy, value| policy.step_hosts = value },
    },
    Setting {
        variable: "MUSTER_LEAST_AGENT_VERSION",
        tag: "muster:least-agent-version",
        put: Put::Text {
            expected: "a version such as 1.105.1, or empty",
            put: |policy, text| {
                policy.least_agent = if text.is_empty() { None } else { Some(text.parse().ok()?) };
                Some(())
            },
        },
    },
    Setting {
        variable: "MUSTER_REQUIRED_ATTRIBUTES",
        tag: "muster:required-attributes",
        put: Put::Text {
            expected: "names, or name=value, with commas between them, or empty",
            put: |policy, text| {
                policy.required_attributes = attributes(text)?;
                Some(())
            },
        },
    },
    Setting {
        variable: "MUSTER_REQUIRE_HEALTH",
        tag: "muster:require-health",
        put: Put::Switch(|policy, on| policy.require_health = on),
    },
    Setting {
        variable: "MUSTER_DRAIN_ON_REBALANCE",
        tag: "muster:drain-on-rebalance",
        put: Put::Switch(|policy, on| policy.drain_on_rebalance = on),
    },
    Setting {
        variable: "MUSTER_STANDALONE_GRACE_SECONDS",
        tag: "muster:standalone-grace-seconds",
        put: Put::Number {
            least: 0,
            most: 172_000,
            put: |policy, value| policy.standalone_grace = (value > 0).then(|| seconds(value)),
        },
    },
    Setting {
        variable: "MUSTER_ABANDONS_AN_HOUR",
        tag: "muster:abandons-an-hour",
        put: Put::Number {
            least: 1,
            most: 5,
            put: |policy, value| policy.abandons_an_hour = value,
        },
    },
    Setting {
        variable: "MUSTER_REPAIR_LONE_HOST",
        tag: "muster:repair-lone-host",
        put: Put::Switch(|policy, on| policy.repair_lone_host = on),
    },
    Setting {
        variable: "MUSTER_REPAIR_IMPAIRED",
        tag: "muster:repair-impaired",
        put: Put::Switch(|policy, on| policy.repair_impaired = on),
    },
];

fn seconds(value: u32) -> Duration {
    Duration::from_secs(value.into())
}

/// `name` or `name=value`, with commas between them; `None` for what ECS takes for no attribute
/// (`Attribute` in the ECS API reference).
fn attributes(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let is_name = |name: &str| {
        (1..=128).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./\\".contains(&b))
    };
    let mut all = Vec::new();
    for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let (name, value) = match one.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (one, None),
        };
        if !is_name(name) {
            return None;
        }
        all.push((name.to_owned(), value));
    }
    Some(all)
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

impl Setting {
    fn set(&self, policy: &mut Policy, name: &str, text: &str) -> Result<(), Complaint> {
        let complaint = |expected: String| Complaint {
            name: name.to_owned(),
            expected,
            shape: format!(
                "\"{}\"",
                text.chars().take(20).flat_map(char::escape_default).collect::<String>()
            ),
        };
        match &self.put {
            Put::Number { least, most, put } => {
                let value = text.parse().ok().filter(|value| (least..=most).contains(&value));
                let expected = || complaint(format!("a whole number from {least} to {most}"));
                put(policy, value.ok_or_else(expected)?);
            }
            Put::Switch(put) => {
                let on = match text {
                    "0" | "false" => false,
                    "1" | "true" => true,
                    _ => return Err(complaint("true or false".to_owned())),
                };
                put(policy, on);
            }
            Put::Text { expected, put } => {
                put(policy, text).ok_or_else(|| complaint((*expected).to_owned()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
