//! Each setting: what it is called, and what it takes.

use super::{Complaint, Policy};
use std::time::Duration;

pub(super) struct Setting {
    pub(super) variable: &'static str,
    pub(super) tag: &'static str,
    pub(super) put: Put,
}

pub(super) enum Put {
    Number { least: u32, most: u32, put: fn(&mut Policy, u32) },
    Switch(fn(&mut Policy, bool)),
    Text { expected: &'static str, put: fn(&mut Policy, &str) -> Option<()> },
}

// Bounds: a launch hook waits for at most 7,200 s without a heartbeat and a terminate hook for 48 h in all
// (`PutLifecycleHook` in the EC2 Auto Scaling API reference); agents drop their connection several times an
// hour in normal life, so nobody may give one up within five minutes.
pub(super) const SETTINGS: [Setting; 20] = [
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
        put: Put::Number { least: 1, most: 1_000, put: |policy, value| policy.step_hosts = value },
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
    Setting {
        variable: "MUSTER_HEADROOM_TASK",
        tag: "muster:headroom-task",
        put: Put::Switch(|policy, on| policy.headroom_task = on),
    },
    Setting {
        variable: "MUSTER_SCALE_IN_PATIENCE_SECONDS",
        tag: "muster:scale-in-patience-seconds",
        put: Put::Number {
            least: 0,
            most: 86_400,
            put: |policy, value| policy.scale_in_patience = (value > 0).then(|| seconds(value)),
        },
    },
    Setting {
        variable: "MUSTER_PROTECT_TASKS",
        tag: "muster:protect-tasks",
        put: Put::Switch(|policy, on| policy.protect_tasks = on),
    },
    Setting {
        variable: "MUSTER_STANDALONE_HOLD_SECONDS",
        tag: "muster:standalone-hold-seconds",
        put: Put::Number {
            least: 0,
            most: 2_592_000,
            put: |policy, value| policy.standalone_hold = seconds(value),
        },
    },
    Setting {
        variable: "MUSTER_WEIGHT",
        tag: "muster:weight",
        put: Put::Number { least: 1, most: 10_000, put: |policy, value| policy.weight = value },
    },
    Setting {
        variable: "MUSTER_STACK",
        tag: "muster:stack",
        put: Put::Text {
            expected: "the name of a stack, or empty",
            put: |policy, text| {
                policy.stack = (!text.is_empty()).then(|| text.to_owned());
                Some(())
            },
        },
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

impl Setting {
    pub(super) fn set(&self, policy: &mut Policy, name: &str, text: &str) -> Result<(), Complaint> {
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
