//! What every service of the world shares: the time, the timers, the seed and the events said.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a world begins.
#[derive(Clone, Debug)]
pub struct Config {
    /// The account, twelve digits.
    pub account: String,
    /// The region, for example `us-west-2`.
    pub region: String,
    /// Where every id comes from.
    pub seed: u64,
    /// The time at which the world begins.
    pub start: Timestamp,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            account: "123456789012".to_owned(),
            region: "us-west-2".to_owned(),
            seed: 1,
            start: Timestamp::from_second(1_772_600_400).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }
}

/// Something that AWS will do by itself when its time comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// An EC2 instance goes on to its next state.
    Ec2(super::ec2::Due),
    /// An Auto Scaling group goes on: hook time-outs, health checks, launches.
    AutoScaling(super::autoscaling::Due),
    /// An agent, task or service of ECS goes on.
    Ecs(super::ecs::Due),
}

/// The time, the timers, the seed and the outbox.
#[derive(Clone, Debug)]
pub struct Core {
    config: Config,
    now: Timestamp,
    drawn: u64,
    timers_set: u64,
    timers: BTreeMap<(Timestamp, u64), Due>,
    outbox: Vec<Value>,
}

impl Core {
    /// A world's core at the time that its configuration names.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let now = config.start;
        Self { config, now, drawn: 0, timers_set: 0, timers: BTreeMap::new(), outbox: Vec::new() }
    }

    /// The time in this world.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The time in this world to the second, as AWS writes it.
    #[must_use]
    pub fn now_text(&self) -> String {
        whole_seconds(self.now).to_string()
    }

    /// The account, twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.config.account
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.config.region
    }

    /// The next number of the seeded sequence (`SplitMix64`, a public domain algorithm).
    pub fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.config.seed.wrapping_mul(0xD129_0B26_88CC_F5A9) ^ self.drawn;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// `digits` hexadecimal digits from the seeded sequence.
    pub fn hex(&mut self, digits: usize) -> String {
        let draws = digits.div_ceil(16);
        let mut text =
            (0..draws).fold(String::new(), |text, _| text + &format!("{:016x}", self.draw()));
        text.truncate(digits);
        text
    }

    /// A UUID from the seeded sequence.
    pub fn uuid(&mut self) -> String {
        let (low, mid, high) = (self.hex(8), self.hex(4), self.hex(3));
        let (sequence, node) = (self.hex(3), self.hex(12));
        format!("{low}-{mid}-4{high}-8{sequence}-{node}")
    }

    /// Sets a timer: `what` will be handed back to its service `after` from now.
    pub fn set_timer(&mut self, after: SignedDuration, what: Due) {
        self.set_timer_at(self.now.saturating_add(after).unwrap_or(Timestamp::MAX), what);
    }

    /// Sets a timer for a point in time.
    pub fn set_timer_at(&mut self, at: Timestamp, what: Due) {
        // Timers of the same instant fire in the order in which they were set.
        self.timers_set = self.timers_set.saturating_add(1);
        self.timers.insert((at.max(self.now), self.timers_set), what);
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next timer that is due at or before `until`, and moves the time to it.
    pub fn take_due(&mut self, until: Timestamp) -> Option<Due> {
        let (at, order) = *self.timers.keys().next()?;
        if at > until {
            return None;
        }
        self.now = self.now.max(at);
        self.timers.remove(&(at, order))
    }

    /// Moves the time forward; never back.
    pub fn move_to(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
    }

    /// Says an event on the default event bus, in EventBridge's envelope.
    pub fn say(&mut self, source: &str, detail_type: &str, resources: &[String], detail: Value) {
        let id = self.uuid();
        let time = whole_seconds(self.now);
        let mut event = json!({
            "version": "0",
            "id": id,
            "detail-type": detail_type,
            "source": source,
            "account": self.config.account,
            "time": time.to_string(),
            "region": self.config.region,
            "resources": resources,
        });
        if let Some(members) = event.as_object_mut() {
            members.insert("detail".to_owned(), detail);
        }
        self.outbox.push(event);
    }

    /// Takes the events said since the last time.
    pub fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.outbox)
    }
}

/// A point in time without its fraction of a second.
pub(crate) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_gives_others() {
        let ids = |seed| Core::new(Config { seed, ..Config::default() }).uuid();
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert_eq!(ids(7).len(), 36);
    }

    #[test]
    fn an_event_has_the_envelope_of_the_event_bus() {
        let mut core = Core::new(Config::default());
        core.move_to("2026-03-04T05:06:07.5Z".parse().unwrap());
        core.say("aws.ec2", "Something", &["arn".to_owned()], json!({"a": 1}));
        let event = core.take_events().remove(0);
        assert_eq!(event["time"], "2026-03-04T05:06:07Z");
        assert_eq!((&event["version"], &event["detail"]), (&json!("0"), &json!({"a": 1})));
        assert!(core.take_events().is_empty());
    }
}
