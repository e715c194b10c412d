//! AWS's error codes, and what Muster must make of each: for every operation that it calls, in every shape of its protocol.

mod codes;
mod operations;

pub use codes::{CODES, Code};
pub use operations::{OPERATIONS, Operation, Service};

use crate::line::Weather;
use crate::trial::{Call, SECRETS, Trial, clients};
use crate::words::Shape;
use domain::{Fault, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// What came of one code.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The operations on which it was tried.
    pub operations: BTreeSet<String>,
    /// How often.
    pub calls: u64,
}

/// Tries every code on every operation that may answer it. Whatever is told otherwise than it should be is complained of.
pub async fn every(trial: &mut Trial) -> (BTreeMap<usize, Row>, Vec<String>) {
    let carriers = carriers(trial).await;
    let (mut rows, mut complaints) = (BTreeMap::<usize, Row>::new(), Vec::new());
    for operation in OPERATIONS {
        let Some(call) = carriers.get(operation.name) else {
            complaints.push(format!("no call carries {}", operation.name));
            continue;
        };
        let protocol = operation.service.protocol();
        for (at, code) in CODES.iter().enumerate().filter(|(_, code)| code.is_of(operation)) {
            for shape in Shape::of(protocol) {
                let clients = clients(&trial.net);
                let (name, words) = (operation.name.to_owned(), code.message.to_owned());
                trial.net.line().weather =
                    Weather::Error(name, *shape, code.status, code.code.to_owned(), words);
                let faults = trial.faults(&clients, *call, operation.name).await;
                let row = rows.entry(at).or_default();
                row.operations.insert(operation.name.to_owned());
                row.calls += 1;
                complaints.extend(amiss(operation, code, *shape, &faults));
            }
        }
    }
    trial.net.line().weather = Weather::Clear;
    (rows, complaints)
}

fn amiss(operation: &Operation, code: &Code, shape: Shape, faults: &[Fault]) -> Vec<String> {
    let what = format!("{} {} {shape:?}", operation.name, code.code);
    let expected = code.told(operation);
    let mut all = Vec::new();
    // What only explains is left out where it cannot be read.
    if faults.is_empty() && !code.may_be_absent(operation) {
        all.push(format!("{what}: no fault is told"));
    }
    for fault in faults {
        let told = (fault.label(), fault.standing());
        if told != expected {
            all.push(format!("{what}: {told:?} instead of {expected:?}: {fault}"));
        }
        let text = format!("{fault} {fault:?}");
        if SECRETS.iter().any(|secret| text.contains(secret)) {
            all.push(format!("{what} tells a secret"));
        }
    }
    all
}

/// A call for each operation, the shortest that makes it.
async fn carriers(trial: &mut Trial) -> BTreeMap<String, Call> {
    let mut carriers: BTreeMap<String, (usize, Call)> = BTreeMap::new();
    for call in trial.calls() {
        let clients = clients(&trial.net);
        let attempts = trial.attempts(&clients, call).await;
        for one in &attempts {
            let long = attempts.len();
            let best = carriers.entry(one.operation.clone()).or_insert((long, call));
            if long < best.0 {
                *best = (long, call);
            }
        }
    }
    carriers.into_iter().map(|(operation, (_, call))| (operation, call)).collect()
}

/// The word for a standing.
#[must_use]
pub const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Moot => "moot",
        Standing::Again => "again",
        Standing::Never => "never",
    }
}
