//! The time between: tasks leave, or nobody can see whether they do.

use super::{Departing, Left, Occasion};
use crate::group::Hook;
use crate::plan::{Action, Hold, HookOf, Provided, Step, Verdict};
use jiff::{SignedDuration, Timestamp};

/// How long the tasks of services may stand still until a drain is held for hopeless.
const STALLED: SignedDuration = SignedDuration::from_mins(30);
/// Ticks come every minute; a heartbeat is due in the first tick of each third of the hook's time-out.
const TICK: i64 = 60;

impl Departing<'_> {
    /// What is left cannot be told now. The hook must not time out meanwhile: AWS would cut what runs.
    pub(super) fn unseen(&self, hold: Hold) -> Verdict {
        // Without a mark nothing tells when patience is over.
        let goes_on = self.view.draining_mark().is_some() && !self.is_out_of_patience();
        let heartbeat = self.heartbeat("what is left on it cannot be told now");
        let steps = heartbeat.filter(|_| goes_on).into_iter().collect();
        Verdict { phase: Some(self.phase), steps, hold: Some(hold) }
    }

    pub(super) fn wait(&self, left: &Left, mut steps: Vec<Step>) -> Verdict {
        let since = self.since();
        let moved_at = left.moved_at.map_or(since, |at| at.max(since));
        let stalled = left.only_services() && self.now.duration_since(moved_at) >= STALLED;

        for one in self.view.standing().filter(|one| one.marks.empty.is_some()) {
            self.writes_empty(one, None, &mut steps);
        }
        if self.stops_standalone() {
            steps.extend(left.standalone.iter().map(|task| Step {
                action: Action::StopTask { cluster: self.cluster.clone(), task: task.clone() },
                because: "it is a standalone task, and its grace is over".to_owned(),
                provided: Provided::Always,
            }));
        }
        // Keeps S12: no heartbeat where nothing moves any more.
        if self.is_out_of_patience() || stalled {
            let hold = Hold::OutOfPatience { left: left.count, stuck: left.stuck() };
            return Verdict { phase: Some(self.phase), steps, hold: Some(hold) };
        }
        steps.extend(self.heartbeat(&format!("{} tasks are still leaving", left.count)));
        Verdict { phase: Some(self.phase), steps, hold: Some(left.hold()) }
    }

    /// Since when it is drained.
    fn since(&self) -> Timestamp {
        self.view.draining_mark().map_or(self.now, |(since, _)| since)
    }

    fn drained_for(&self) -> SignedDuration {
        self.now.duration_since(self.since())
    }

    /// Keeps S12: no heartbeat beyond patience, or beyond AWS's own limit.
    fn is_out_of_patience(&self) -> bool {
        let patience = SignedDuration::try_from(self.policy.drain_patience).unwrap_or_default();
        let in_all = match self.occasion {
            Occasion::Tick { hook: Some(hook) } => {
                SignedDuration::try_from(hook.in_all).unwrap_or(SignedDuration::MAX)
            }
            _ => SignedDuration::MAX,
        };
        self.drained_for() >= patience.min(in_all)
    }

    fn stops_standalone(&self) -> bool {
        let grace = self.policy.standalone_grace.and_then(|it| SignedDuration::try_from(it).ok());
        grace.is_some_and(|grace| self.drained_for() >= grace)
    }

    fn heartbeat(&self, because: &str) -> Option<Step> {
        let Occasion::Tick { hook } = self.occasion else {
            return None;
        };
        (self.held && heartbeat_is_due(self.drained_for(), hook)).then(|| Step {
            action: Action::Heartbeat {
                group: self.group.clone(),
                instance: self.view.instance.clone(),
                hook: HookOf::Terminate,
            },
            because: because.to_owned(),
            provided: Provided::Always,
        })
    }
}

/// Whether this tick is the first in a third of the hook's time-out. Nothing remembers the last heartbeat: the time
/// since the wait began tells, and a tick that is missed has two more chances.
#[must_use]
pub fn heartbeat_is_due(waited: SignedDuration, hook: Option<Hook>) -> bool {
    let third = hook.and_then(|hook| i64::try_from(hook.heartbeat.as_secs()).ok()).unwrap_or(0) / 3;
    third <= TICK || waited.as_secs().checked_rem(third).is_none_or(|rest| rest < TICK)
}
