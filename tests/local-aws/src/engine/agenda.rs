//! What is due by world time outside the world: schedules, retries, late events.

use super::asynchronous::Attempt;
use crate::template::{Schedule, ScheduleKind, Template, Wakeup};
use crate::world::Config;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The entries by time, and in the order of their setting.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BTreeMap<(Timestamp, u64), Entry>,
    set: u64,
    /// Whether schedules do not tick for now.
    pub(super) paused: bool,
}

/// Something that is due.
#[derive(Debug)]
pub(super) enum Entry {
    /// A schedule ticks.
    Tick(Tick),
    /// A failed invocation is tried again.
    Retry(Attempt),
    /// An event that the weather held up arrives.
    Event {
        /// Its bus.
        bus: String,
        /// The whole envelope.
        event: Value,
    },
}

/// A schedule of a function.
#[derive(Clone, Debug)]
pub(super) struct Tick {
    pub(super) function: String,
    schedule: Schedule,
    account: String,
    region: String,
}

impl Agenda {
    /// The template's enabled schedules; each first ticks one rate after the start.
    pub(super) fn new(template: &Template, config: &Config) -> Self {
        let mut agenda = Self::default();
        for function in &template.functions {
            for wakeup in &function.wakeups {
                if let Wakeup::Schedule(schedule) = wakeup
                    && schedule.enabled
                {
                    let tick = Tick {
                        function: function.name.clone(),
                        schedule: schedule.clone(),
                        account: config.account.clone(),
                        region: config.region.clone(),
                    };
                    agenda.set(tick.after(config.start), Entry::Tick(tick));
                }
            }
        }
        agenda
    }

    pub(super) fn set(&mut self, due: Timestamp, entry: Entry) {
        self.set = self.set.saturating_add(1);
        self.entries.insert((due, self.set), entry);
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.entries.keys().next().map(|(due, _)| *due)
    }

    /// Takes what is due at or before `now`; a schedule is set anew.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Entry)> {
        loop {
            let entry = self.entries.first_entry().filter(|entry| entry.key().0 <= now)?;
            let ((due, _), entry) = entry.remove_entry();
            if let Entry::Tick(tick) = &entry {
                let next = tick.after(due);
                self.set(next, Entry::Tick(tick.clone()));
                if self.paused {
                    continue;
                }
            }
            return Some((due, entry));
        }
    }
}

impl Tick {
    fn after(&self, at: Timestamp) -> Timestamp {
        let rate = self.schedule.rate.max(SignedDuration::from_secs(60));
        at.saturating_add(rate).unwrap_or(Timestamp::MAX)
    }

    /// What the function gets.
    pub(super) fn payload(&self, due: Timestamp, id: &str) -> String {
        let time = Timestamp::from_second(due.as_second()).unwrap_or(due).to_string();
        let (region, account, name) = (&self.region, &self.account, &self.schedule.id);
        let arn = match self.schedule.kind {
            ScheduleKind::Scheduler => {
                format!("arn:aws:scheduler:{region}:{account}:schedule/default/{name}")
            }
            ScheduleKind::Rule => format!("arn:aws:events:{region}:{account}:rule/{name}"),
        };
        match &self.schedule.input {
            Some(input) if self.schedule.kind == ScheduleKind::Scheduler => input
                .replace("<aws.scheduler.schedule-arn>", &arn)
                .replace("<aws.scheduler.scheduled-time>", &time)
                .replace("<aws.scheduler.execution-id>", id)
                .replace("<aws.scheduler.attempt-number>", "1"),
            Some(input) => input.clone(),
            None => self.envelope(&arn, &time, id).to_string(),
        }
    }

    fn envelope(&self, arn: &str, time: &str, id: &str) -> Value {
        // The Scheduler's detail is a string, the rule's an object.
        let (source, detail) = match self.schedule.kind {
            ScheduleKind::Scheduler => ("aws.scheduler", json!("{}")),
            ScheduleKind::Rule => ("aws.events", json!({})),
        };
        json!({
            "version": "0",
            "id": id,
            "detail-type": "Scheduled Event",
            "source": source,
            "account": self.account,
            "time": time,
            "region": self.region,
            "resources": [arn],
            "detail": detail,
        })
    }
}
