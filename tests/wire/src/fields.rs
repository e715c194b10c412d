//! Every field of every answer, one at a time: left out, null, of another type, with a word or with members that nobody knows.

use crate::line::Weather;
use crate::tree::Edit;
use crate::trial::{Call, Trial, clients};
use std::collections::{BTreeMap, BTreeSet};

/// The edits, each with its words in the table.
pub const EDITS: [(Edit, &str); 5] = [
    (Edit::Remove, "left out"),
    (Edit::Null, "null or empty"),
    (Edit::WrongType, "of another type"),
    (Edit::UnknownWord, "an unknown word"),
    (Edit::MoreMembers, "unknown members beside it"),
];

/// Of each edit: how many places were edited, and in how many calls the reading stayed the same.
#[derive(Clone, Debug, Default)]
pub struct Edited {
    /// Places, by operation and name.
    pub places: BTreeSet<(String, String)>,
    /// Calls.
    pub calls: u64,
    /// Calls that told the same.
    pub same: u64,
    /// Calls that told a fault.
    pub faults: u64,
    /// Calls that told something wrong.
    pub wrong: u64,
}

/// Edits every place of the answers of these calls.
pub async fn every(trial: &mut Trial, calls: &[Call], edits: &[Edit]) -> BTreeMap<Edit, Edited> {
    let mut all: BTreeMap<Edit, Edited> = BTreeMap::new();
    for call in calls {
        let fresh = clients(&trial.net);
        trial.net.line().weather = Weather::Clear;
        trial.net.line().survey = Some(BTreeMap::new());
        trial.one(&fresh, *call).await;
        let survey = trial.net.line().survey.take().unwrap_or_default();
        for (operation, places) in survey {
            for edit in edits {
                let of = all.entry(*edit).or_default();
                // One place after the other, each with a budget of its own for the attempts.
                for at in 0..places {
                    let fresh = clients(&trial.net);
                    trial.net.line().weather = Weather::Edited(operation.clone(), at, *edit);
                    let before = (trial.tally.wrong, trial.tally.same, trial.tally.faults);
                    trial.one(&fresh, *call).await;
                    let Some(name) = trial.tally.edited.take() else { continue };
                    of.places.insert((operation.clone(), name));
                    of.calls += 1;
                    of.wrong += trial.tally.wrong - before.0;
                    of.same += trial.tally.same - before.1;
                    of.faults += trial.tally.faults - before.2;
                }
            }
        }
    }
    trial.net.line().weather = Weather::Clear;
    all
}
