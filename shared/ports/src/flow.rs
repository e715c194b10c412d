//! From a plan's steps to what came of them.

use crate::Act;
use domain::plan::Provided;
use domain::{Action, Fault, Standing, Step};
use serde::Serialize;

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was so already.
    AlreadySo,
    /// A second look came to another judgement: not done.
    ChangedMeanwhile,
    /// An earlier step of the same host failed: not tried.
    NotTried,
    /// It could not be done.
    Failed(Fault),
}

impl Outcome {
    /// The word for records.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadySo => "already-so",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::NotTried => "not-tried",
            Self::Failed(_) => "failed",
        }
    }
}

/// A step and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The step.
    #[serde(flatten)]
    pub step: Step,
    /// What came of it.
    #[serde(serialize_with = "label")]
    pub outcome: Outcome,
}

fn label<S: serde::Serializer>(outcome: &Outcome, to: S) -> Result<S::Ok, S::Error> {
    match outcome {
        Outcome::Failed(fault) => to.collect_str(&format_args!("failed: {fault}")),
        other => to.serialize_str(other.label()),
    }
}

/// Performs the steps of one host's or group's verdict in order, and stops at the first that fails.
///
/// `still` is the second look: asked before what cannot be undone, it tells whether judging anew comes to
/// the same action.
pub async fn perform<A: Act>(
    steps: &[Step],
    act: &A,
    still: impl AsyncFn(&Action) -> bool,
) -> Vec<Done> {
    let mut done = Vec::new();
    let mut stopped = false;

    for step in steps {
        let outcome = if stopped {
            Outcome::NotTried
        } else if step.provided == Provided::StillJudgedSo && !still(&step.action).await {
            Outcome::ChangedMeanwhile
        } else {
            outcome(act.perform(&step.action).await)
        };
        stopped |= matches!(outcome, Outcome::Failed(_) | Outcome::ChangedMeanwhile);
        done.push(Done { step: step.clone(), outcome });
    }
    done
}

fn outcome(result: Result<(), Fault>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(fault) => match fault.standing() {
            Standing::Moot => Outcome::AlreadySo,
            Standing::Again | Standing::Never => Outcome::Failed(fault),
        },
    }
}
