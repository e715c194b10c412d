//! From a plan's steps to what came of them.

use crate::Act;
use domain::plan::{BATCH, Provided};
use domain::{Action, Fault, Standing, Step};
use serde::Serialize;
use std::collections::VecDeque;

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
    let all = perform_all(
        vec![((), steps.to_vec())],
        act,
        || true,
        async |(), action| still(action).await,
    );
    all.await.into_iter().flat_map(|((), done)| done).collect()
}

/// One host's or group's steps on their way.
struct Job<K> {
    of: K,
    steps: VecDeque<Step>,
    done: Vec<Done>,
}

impl<K> Job<K> {
    fn finish(&mut self, step: Step, outcome: Outcome) {
        let stops = matches!(outcome, Outcome::Failed(_) | Outcome::ChangedMeanwhile);
        self.done.push(Done { step, outcome });
        if stops {
            let rest = std::mem::take(&mut self.steps);
            self.done
                .extend(rest.into_iter().map(|step| Done { step, outcome: Outcome::NotTried }));
        }
    }
}

/// Performs the steps of many verdicts: each verdict's in order, until one fails; what AWS takes in one call,
/// in one call.
///
/// `still` is the second look, asked before what cannot be undone, and before anything once the first look is
/// not `fresh` any more. Keeps S20.
pub async fn perform_all<K: Clone, A: Act>(
    verdicts: Vec<(K, Vec<Step>)>,
    act: &A,
    fresh: impl Fn() -> bool,
    still: impl AsyncFn(K, &Action) -> bool,
) -> Vec<(K, Vec<Done>)> {
    let mut jobs: Vec<Job<K>> = verdicts
        .into_iter()
        .map(|(of, steps)| Job { of, steps: steps.into(), done: Vec::new() })
        .collect();

    for at in 0..jobs.len() {
        while let Some(head) = jobs.get(at).and_then(|job| job.steps.front()).cloned() {
            let together = if head.provided == Provided::Always && fresh() {
                alike(&jobs, at, &head)
            } else {
                Vec::new()
            };
            if together.len() > 1 {
                perform_batch(&mut jobs, &together, act).await;
                continue;
            }
            let Some(job) = jobs.get_mut(at) else {
                break;
            };
            job.steps.pop_front();
            let looks = head.provided == Provided::StillJudgedSo || !fresh();
            let outcome = if looks && !still(job.of.clone(), &head.action).await {
                Outcome::ChangedMeanwhile
            } else {
                outcome(act.perform(&head.action).await)
            };
            job.finish(head, outcome);
        }
    }
    jobs.into_iter().map(|job| (job.of, job.done)).collect()
}

/// The jobs, from this one on, whose next step can be done in one call with this one's.
fn alike<K>(jobs: &[Job<K>], at: usize, head: &Step) -> Vec<usize> {
    let Some(batch) = head.action.batch() else {
        return Vec::new();
    };
    let fits = |job: &Job<K>| {
        job.steps.front().is_some_and(|step| {
            step.provided == Provided::Always && step.action.batch() == Some(batch)
        })
    };
    let all = jobs.iter().enumerate().skip(at).filter(|(_, job)| fits(job));
    all.map(|(index, _)| index).take(BATCH).collect()
}

async fn perform_batch<K, A: Act>(jobs: &mut [Job<K>], together: &[usize], act: &A) {
    let mut steps = Vec::new();
    for index in together {
        steps.extend(jobs.get_mut(*index).and_then(|job| job.steps.pop_front()));
    }
    let actions: Vec<Action> = steps.iter().map(|step| step.action.clone()).collect();
    let mut results = act.perform_together(&actions).await.into_iter();
    for (index, step) in together.iter().zip(steps) {
        let call = step.action.call().to_owned();
        let untold = || Fault::Partial { call, told: "nothing was said of it".to_owned() };
        let result = results.next().unwrap_or_else(|| Err(untold()));
        if let Some(job) = jobs.get_mut(*index) {
            job.finish(step, outcome(result));
        }
    }
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
