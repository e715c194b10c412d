//! What the operator may tell Muster: each with a safe default and bounds that are compiled in.

use std::collections::BTreeMap;
use std::time::Duration;

/// The patience and limits for the hosts of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a launched host may take until its agent is connected.
    pub join_patience: Duration,
    /// How long a host may take to become empty.
    pub drain_patience: Duration,
    /// How long an agent may be lost before its host is given up.
    pub lost_patience: Duration,
    /// Hosts that are kept free beyond what the work needs.
    pub headroom_hosts: u32,
    /// How many hosts may be added in one step.
    pub step_hosts: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            join_patience: Duration::from_mins(10),
            drain_patience: Duration::from_hours(1),
            lost_patience: Duration::from_mins(10),
            headroom_hosts: 0,
            step_hosts: 10,
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be a whole number from {least} to {most}, not {shape}")]
pub struct Complaint {
    /// The environment variable or tag.
    pub name: String,
    /// Its least value.
    pub least: u32,
    /// Its greatest value.
    pub most: u32,
    /// What was found.
    pub shape: String,
}

struct Setting {
    variable: &'static str,
    tag: &'static str,
    least: u32,
    most: u32,
    put: fn(&mut Policy, u32),
}

// Bounds: a launch hook waits for at most 7,200 s without a heartbeat and a terminate hook for 48 h in all
// (`PutLifecycleHook` in the EC2 Auto Scaling API reference); agents drop their connection several times an
// hour in normal life, so nobody may give one up within five minutes.
const SETTINGS: [Setting; 5] = [
    Setting {
        variable: "MUSTER_JOIN_PATIENCE_SECONDS",
        tag: "muster:join-patience-seconds",
        least: 60,
        most: 7_000,
        put: |policy, value| policy.join_patience = Duration::from_secs(value.into()),
    },
    Setting {
        variable: "MUSTER_DRAIN_PATIENCE_SECONDS",
        tag: "muster:drain-patience-seconds",
        least: 60,
        most: 172_000,
        put: |policy, value| policy.drain_patience = Duration::from_secs(value.into()),
    },
    Setting {
        variable: "MUSTER_LOST_PATIENCE_SECONDS",
        tag: "muster:lost-patience-seconds",
        least: 300,
        most: 86_400,
        put: |policy, value| policy.lost_patience = Duration::from_secs(value.into()),
    },
    Setting {
        variable: "MUSTER_HEADROOM_HOSTS",
        tag: "muster:headroom-hosts",
        least: 0,
        most: 100,
        put: |policy, value| policy.headroom_hosts = value,
    },
    Setting {
        variable: "MUSTER_STEP_HOSTS",
        tag: "muster:step-hosts",
        least: 1,
        most: 100,
        put: |policy, value| policy.step_hosts = value,
    },
];

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
                match setting.value(setting.variable, &text) {
                    Ok(value) => (setting.put)(&mut policy, value),
                    Err(complaint) => complaints.push(complaint),
                }
            }
        }

        if complaints.is_empty() { Ok(policy) } else { Err(complaints) }
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
                match setting.value(setting.tag, text) {
                    Ok(value) => (setting.put)(&mut policy, value),
                    Err(complaint) => complaints.push(complaint),
                }
            }
        }

        (policy, complaints)
    }
}

impl Setting {
    fn value(&self, name: &str, text: &str) -> Result<u32, Complaint> {
        text.parse().ok().filter(|value| (self.least..=self.most).contains(value)).ok_or_else(
            || Complaint {
                name: name.to_owned(),
                least: self.least,
                most: self.most,
                shape: format!(
                    "\"{}\"",
                    text.chars().take(20).flat_map(char::escape_default).collect::<String>()
                ),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_complaint_is_told_at_once() {
        for bad in ["", "0", "-1", "200%", "1000000000", "١٢٠", "60.5"] {
            let complaints =
                Policy::read(|name| name.ends_with("_PATIENCE_SECONDS").then(|| bad.to_owned()))
                    .unwrap_err();
            assert_eq!(complaints.len(), 3, "{bad}");
        }
    }

    #[test]
    fn a_group_overrides_what_it_names_and_nothing_else() {
        let tags = BTreeMap::from([
            ("muster:join-patience-seconds".to_owned(), "120".to_owned()),
            ("muster:step-hosts".to_owned(), "many".to_owned()),
        ]);
        let (policy, complaints) = Policy::default().overridden_by(&tags);
        assert_eq!(policy.join_patience, Duration::from_mins(2));
        assert_eq!(
            Policy { join_patience: Policy::default().join_patience, ..policy },
            Policy::default()
        );
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].to_string().starts_with("muster:step-hosts must be"));
    }
}
