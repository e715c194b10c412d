//! What Muster does next with a host, in the words that matter to a person.

use domain::plan::{Hold, Step, Verdict};

/// Whether nothing is due, and nothing is waited for.
pub(crate) fn is_settled(verdict: &Verdict) -> bool {
    let idle = matches!(verdict.hold, None | Some(Hold::Settled { .. } | Hold::NothingLeft));
    verdict.steps.is_empty() && idle
}

/// The first action that changes something, with its reason; else what is waited for. A mark that is written or renewed
/// tells less than what it is for.
pub(crate) fn told(verdict: &Verdict) -> String {
    let notes =
        |step: &&Step| matches!(step.action.call(), "ecs:PutAttributes" | "ecs:DeleteAttributes");
    let step = |step: &Step| format!("{}: {}", step.action, step.because);
    let acts = verdict.steps.iter().find(|step| !notes(step)).map(step);
    let waits = || verdict.hold.as_ref().map(ToString::to_string);
    let any = || verdict.steps.first().map(step);
    acts.or_else(waits).or_else(any).unwrap_or_default()
}
