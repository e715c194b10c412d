//! What was heard, counted: who was woken by what, what was called, what was written.

use crate::FUNCTIONS;
use local_aws::Happening;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What one function did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Wakes by the kind of event.
    pub events: BTreeMap<String, u64>,
    /// Wakes by the clock.
    pub ticks: u64,
    /// Calls of AWS's API, by service and operation.
    pub calls: BTreeMap<String, u64>,
    /// Bytes of the lines that it wrote.
    pub bytes: u64,
}

impl Done {
    /// How often an event woke it.
    pub fn woken(&self) -> u64 {
        self.events.values().sum()
    }

    /// How often it called AWS.
    pub fn called(&self) -> u64 {
        self.calls.values().sum()
    }
}

/// What all functions did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By function.
    pub by: BTreeMap<String, Done>,
    /// Events of ECS about the container instance, whether or not they woke anybody.
    pub registration_events: u64,
    /// The metrics that were told, each with its dimensions.
    pub metrics: BTreeSet<String>,
}

impl Tally {
    /// Counts.
    pub fn of(heard: &[Happening]) -> Self {
        let mut tally = Self::default();
        let mut invoked: BTreeMap<&str, u64> = BTreeMap::new();
        for one in heard {
            match one {
                Happening::EventSaid { event, delivered_to, .. } => tally.said(event, delivered_to),
                Happening::Invoked { function, .. } => *invoked.entry(function).or_default() += 1,
                // What people call is not ours.
                Happening::Call { service, operation, caller, .. }
                    if FUNCTIONS.contains(&caller.as_str()) =>
                {
                    let calls = &mut tally.function(caller).calls;
                    *calls.entry(format!("{service}:{operation}")).or_default() += 1;
                }
                Happening::Log { function, line, .. } => tally.line(function, line),
                _ => {}
            }
        }
        for (function, count) in invoked {
            let done = tally.function(function);
            done.ticks = count - done.woken();
        }
        tally
    }

    fn function(&mut self, name: &str) -> &mut Done {
        self.by.entry(name.to_owned()).or_default()
    }

    fn said(&mut self, event: &Value, delivered_to: &[String]) {
        let kind = event["detail-type"].as_str().unwrap();
        self.registration_events += u64::from(kind == "ECS Container Instance State Change");
        for function in delivered_to {
            *self.function(function).events.entry(kind.to_owned()).or_default() += 1;
        }
    }

    fn line(&mut self, function: &str, line: &Value) {
        let text = line.as_str().map_or_else(|| line.to_string(), str::to_owned);
        // With the line's end.
        self.function(function).bytes += u64::try_from(text.len()).unwrap() + 1;
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
            let names = directive["Dimensions"][0].as_array().unwrap().iter();
            let by: Vec<String> =
                names.map(|name| line[name.as_str().unwrap()].to_string()).collect();
            for metric in directive["Metrics"].as_array().unwrap() {
                self.metrics.insert(format!("{} {}", metric["Name"], by.join(" ")));
            }
        }
    }
}

impl fmt::Display for Tally {
    /// Of what events woke: each wake and each call. The clock's wakes are a matter of how long it takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (function, done) in self.by.iter().filter(|(_, done)| done.woken() > 0) {
            writeln!(f, "{function}: {} wakes, {} calls", done.woken(), done.called())?;
            for (kind, count) in &done.events {
                writeln!(f, "  {count} × {kind}")?;
            }
            for (call, count) in &done.calls {
                writeln!(f, "    {count} × {call}")?;
            }
        }
        Ok(())
    }
}
