//! The decision record: one line of JSON for each wake, that says what woke us and what came of it.

use crate::clock;
use crate::envelope::Event;
use crate::metrics::{self, Counts};
use crate::refusal::Refusal;
use domain::diagnosis::Finding;
use domain::plan::{Hold, Verdict};
use domain::{ClusterName, GroupName, InstanceId, Phase, Standing};
use jiff::Timestamp;
use ports::{Done, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

/// What came of a wake, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The event was not acted on at all.
    Refuse,
    /// Looked at, and left alone for now.
    #[default]
    Hold,
    /// Something was done.
    Act,
    /// Something should be done, but the event is too old to cause more than reads.
    ReadsOnly,
    /// Something should have been done and could not.
    Fail,
}

/// What woke the function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WokenBy {
    /// The detail-type, or `CloudFormation Create` and the like.
    pub kind: String,
    /// The event's or request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// One host or group of a sweep that is not plainly settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The instance id or the group's name.
    pub name: String,
    /// The host's phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// What was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Done>,
    /// Why not more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Why a host that is late or given up did not join, as far as AWS tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Finding>,
}

/// One decision, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The function.
    pub function: String,
    /// Lambda's request id.
    pub request_id: String,
    /// AWS's time at the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What woke it.
    pub woken_by: WokenBy,
    /// The host that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<InstanceId>,
    /// Its group, or the group that was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Its cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
    /// Where the host is in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// What came of it.
    pub decision: Decision,
    /// Why.
    pub because: String,
    /// The refusal's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
    /// Why nothing more is done now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What was done, and what came of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Done>,
    /// Changes to roles, as text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Of a sweep: how many hosts there are in each phase.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub phases: BTreeMap<String, u32>,
    /// Of a sweep: those that are not plainly settled, at most a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// The events that others were told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<&'static str>,
    /// Why others could not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_told: Option<String>,
    /// What is counted for the metrics.
    #[serde(skip)]
    pub counts: Counts,
    /// The calls made, by IAM action.
    pub calls: BTreeMap<String, u32>,
    /// How many of these AWS throttled.
    #[serde(skip_serializing_if = "is_zero")]
    pub throttled: u32,
    /// Milliseconds from the wake to here.
    pub took_ms: u64,
}

/// The lines of a sweep that one record holds: CloudWatch Logs takes 1 MB an event, people take less.
const MOST_LINES: usize = 100;

impl Record {
    /// Tells what woke the function.
    pub fn woken_by(&mut self, event: &Event) {
        self.woken_by =
            WokenBy { kind: event.detail_type.clone(), id: event.id.clone(), time: event.time };
    }

    /// Tells why nothing is done at all.
    pub fn refuse(&mut self, refusal: &Refusal) {
        self.decision = Decision::Refuse;
        self.refused = Some(refusal.label());
        self.because = refusal.to_string();
    }

    /// Tells a verdict on one host or group, and what came of its steps.
    pub fn judged(&mut self, verdict: &Verdict, done: Vec<Done>) {
        self.phase = verdict.phase;
        self.hold.clone_from(&verdict.hold);
        self.decision = decision(&done);
        self.because = because(verdict, &done);
        self.actions = done;
    }

    /// Tells one host or group of a sweep.
    pub fn line(&mut self, name: &str, verdict: &Verdict, done: Vec<Done>) {
        if let Some(phase) = verdict.phase {
            let count = self.phases.entry(format!("{phase:?}")).or_default();
            *count = count.saturating_add(1);
        }
        let met = decision(&done);
        if rank(met) > rank(self.decision) {
            self.decision = met;
        }
        let settled = matches!(verdict.hold, Some(Hold::Settled { .. } | Hold::NothingLeft));
        // What was done is always told; what waits is told as long as there is room.
        if !done.is_empty() || (!settled && self.lines.len() < MOST_LINES) {
            let (phase, hold) = (verdict.phase, verdict.hold.clone());
            let name = name.to_owned();
            self.lines.push(Line { name, phase, actions: done, hold, cause: None });
        }
    }

    /// Takes in what came of one host of several.
    pub fn take(&mut self, one: Self) {
        let name = one.host.map(String::from).unwrap_or_default();
        if rank(one.decision) > rank(self.decision) {
            self.decision = one.decision;
            self.because = one.because;
        }
        self.at = one.at.or(self.at);
        self.told.extend(one.told);
        self.not_told = one.not_told.or(self.not_told.take());
        self.counts.extend(one.counts);
        let Self { phase, actions, hold, .. } = one;
        self.lines.push(Line { name, phase, actions, hold, cause: None });
    }

    /// Whether Lambda should hand the event over again: something failed that may work later.
    #[must_use]
    pub fn should_be_retried(&self) -> bool {
        let sweep = self.lines.iter().flat_map(|line| &line.actions);
        self.actions.iter().chain(sweep).any(|done| match &done.outcome {
            Outcome::Failed(fault) => fault.standing() == Standing::Again,
            Outcome::Done | Outcome::AlreadySo | Outcome::ChangedMeanwhile | Outcome::NotTried => {
                false
            }
        }) || matches!(self.hold, Some(Hold::Unreadable { .. }))
    }

    /// Writes the record, and after it its metrics: bare lines on standard output, where Lambda makes each a log event.
    ///
    /// A sink that is full or closed changes nothing about the outcome.
    pub fn write(&self) {
        self.write_to(&mut std::io::stdout().lock());
    }

    /// The same, to somewhere else.
    pub fn write_to(&self, sink: &mut impl Write) {
        #[derive(Serialize)]
        struct Written<'a> {
            record: &'static str,
            #[serde(flatten)]
            told: &'a Record,
        }
        let written = Written { record: "decision", told: self };
        let metrics = metrics::lines(self, clock::now().as_millisecond());
        for line in serde_json::to_string(&written).into_iter().chain(metrics) {
            let _ = sink.write_all(format!("{line}\n").as_bytes());
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

const fn rank(decision: Decision) -> u8 {
    match decision {
        Decision::Hold => 0,
        Decision::Refuse => 1,
        Decision::ReadsOnly => 2,
        Decision::Act => 3,
        Decision::Fail => 4,
    }
}

fn decision(done: &[Done]) -> Decision {
    let failed = |one: &Done| matches!(one.outcome, Outcome::Failed(_));
    let changed = |one: &Done| matches!(one.outcome, Outcome::Done | Outcome::AlreadySo);

    if done.iter().any(failed) {
        Decision::Fail
    } else if done.iter().any(changed) {
        Decision::Act
    } else {
        Decision::Hold
    }
}

fn because(verdict: &Verdict, done: &[Done]) -> String {
    let failed = done.iter().find_map(|one| match &one.outcome {
        Outcome::Failed(fault) => Some(fault.to_string()),
        _ => None,
    });
    let first = verdict.steps.first().map(|step| step.because.clone());

    failed.or(first).or_else(|| verdict.hold.as_ref().map(ToString::to_string)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::plan::{Provided, Step, Thing};
    use domain::{Action, Fault};

    fn let_go() -> Step {
        let action = Action::LetGo {
            group: "web".parse().unwrap(),
            instance: "i-0a1b2c3d".parse().unwrap(),
        };
        Step { action, because: "it is empty".into(), provided: Provided::StillJudgedSo }
    }

    fn done(outcome: Outcome) -> Vec<Done> {
        vec![Done { step: let_go(), outcome }]
    }

    fn verdict() -> Verdict {
        Verdict { phase: Some(Phase::Drained), steps: vec![let_go()], hold: None }
    }

    #[test]
    fn a_record_tells_what_was_done_and_why() {
        let mut record = Record::default();
        record.judged(&verdict(), done(Outcome::Done));
        assert_eq!(record.decision, Decision::Act);
        assert_eq!(record.because, "it is empty");
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["actions"][0]["action"], "let-go");
        assert_eq!(json["actions"][0]["outcome"], "done");
    }

    #[test]
    fn only_what_may_work_later_is_handed_over_again() {
        let throttled = Fault::Throttled { call: "autoscaling:CompleteLifecycleAction".into() };
        let forbidden = Fault::Forbidden { call: "x".into(), told: "no".into() };
        for (outcome, again) in [
            (Outcome::Failed(throttled.clone()), true),
            (Outcome::Failed(forbidden), false),
            (Outcome::ChangedMeanwhile, false),
            (Outcome::AlreadySo, false),
        ] {
            let mut record = Record::default();
            record.judged(&verdict(), done(outcome.clone()));
            assert_eq!(record.should_be_retried(), again, "{outcome:?}");
        }
        let mut record = Record::default();
        record.judged(&Verdict::unreadable(Thing::Seat, &throttled), Vec::new());
        assert!(record.should_be_retried());
    }

    #[test]
    fn a_sink_that_is_full_or_closed_changes_nothing() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
        }
        let mut record = Record::default();
        record.judged(&verdict(), done(Outcome::Done));
        let before = record.clone();
        record.write_to(&mut Closed);
        record.write_to(&mut [0_u8; 10].as_mut_slice());
        assert_eq!(record, before);
        let mut line = Vec::new();
        record.write_to(&mut line);
        assert_eq!(String::from_utf8_lossy(&line).lines().count(), 2, "and its metrics");
        assert!(line.ends_with(b"\n"));
    }

    #[test]
    fn a_sweep_tells_what_it_did_even_beyond_its_hundred_lines() {
        let mut record = Record::default();
        let waiting = Verdict::hold(Phase::Draining, Hold::DrainBegun);
        for _ in 0..150 {
            record.line("i-0a1b2c3d", &waiting, Vec::new());
        }
        record.line("i-0a1b2c3d", &verdict(), done(Outcome::Done));
        assert_eq!(record.lines.len(), 101);
        assert_eq!(record.phases["Draining"], 150);
        assert_eq!(record.decision, Decision::Act);
    }
}
