//! What came of all calls, by the class of the fault that they met.

use crate::class::Class;
use crate::line::Attempt;
use crate::reading::Reading;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Of one class.
#[derive(Clone, Debug, Default)]
pub struct Of {
    /// Attempts that met it.
    pub injected: u64,
    /// Calls with such an attempt.
    pub calls: u64,
    /// Calls of these that told the same as on a clear line, all the same.
    pub well: u64,
    /// The faults that calls were told as.
    pub told: BTreeMap<(&'static str, String), u64>,
    /// Calls that told something wrong.
    pub wrong: u64,
    /// The longest that a call of one operation took.
    pub longest: Duration,
}

/// Of all.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The seed that is played.
    pub seed: u64,
    /// Calls.
    pub calls: u64,
    /// Attempts.
    pub attempts: u64,
    /// Calls on which nothing was injected.
    pub undisturbed: u64,
    /// Calls that told something wrong.
    pub wrong: u64,
    /// Calls that told the same as on a clear line.
    pub same: u64,
    /// Calls that told a fault, in part or in whole.
    pub faults: u64,
    /// Where the last call's answer was edited.
    pub edited: Option<String>,
    /// What is wrong with the first of them.
    pub complaints: Vec<String>,
    /// By class.
    pub classes: BTreeMap<Class, Of>,
    /// By call, how often it was made.
    pub names: BTreeMap<String, u64>,
}

/// Complaints that are kept.
const KEPT: usize = 2_000;

impl Tally {
    pub(crate) fn note(
        &mut self,
        name: &str,
        attempts: &[Attempt],
        reading: &Reading,
        same: bool,
        took: Option<Duration>,
        wrong: &[String],
    ) {
        self.calls = self.calls.saturating_add(1);
        self.attempts = self.attempts.saturating_add(u64::try_from(attempts.len()).unwrap_or(0));
        *self.names.entry(name.to_owned()).or_default() += 1;
        let classes: BTreeSet<Class> = attempts.iter().filter_map(|one| one.class).collect();
        if classes.is_empty() {
            self.undisturbed = self.undisturbed.saturating_add(1);
        }
        self.same = self.same.saturating_add(u64::from(same));
        self.edited = attempts.iter().find_map(|one| one.edited.clone());
        let faults = || reading.values().filter_map(|part| part.as_ref().err());
        self.faults = self.faults.saturating_add(u64::from(faults().next().is_some()));
        for class in &classes {
            let of = self.classes.entry(*class).or_default();
            let met = attempts.iter().filter(|one| one.class == Some(*class)).count();
            of.injected = of.injected.saturating_add(u64::try_from(met).unwrap_or(0));
            of.calls = of.calls.saturating_add(1);
            of.well = of.well.saturating_add(u64::from(same));
            // Which of several it is told as cannot be said.
            if classes.len() == 1 {
                for fault in faults() {
                    let standing = format!("{:?}", fault.standing()).to_lowercase();
                    *of.told.entry((fault.label(), standing)).or_default() += 1;
                }
            }
            of.wrong = of.wrong.saturating_add(u64::from(!wrong.is_empty()));
            of.longest = of.longest.max(took.unwrap_or_default());
        }
        if wrong.is_empty() {
            return;
        }
        self.wrong = self.wrong.saturating_add(1);
        if self.complaints.len() < KEPT {
            let met: Vec<String> =
                attempts.iter().map(|one| format!("{} {:?}", one.operation, one.class)).collect();
            self.complaints.push(format!(
                "seed {}: {name}: {} ({met:?})",
                self.seed,
                wrong.join("; ")
            ));
        }
    }
}
