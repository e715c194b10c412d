//! The end of a drain: nothing is left on the host, and it may go.

use super::Departing;
use crate::forget::{NOT_FOUND_FOR, mark_not_found};
use crate::host::{Lifecycle, MachineState, Registration, RegistrationStatus};
use crate::marks::Leaving;
use crate::plan::{Action, Hold, Provided, Step, Verdict};
use jiff::{SignedDuration, Timestamp};

/// Two looks so far apart must both show no task: what a read of AWS shows may be seconds old, and a task that is told
/// to stop goes from the one list to the other, so that one look may miss it in both.
const TWICE: SignedDuration = SignedDuration::from_secs(10);

impl Departing<'_> {
    /// Nothing is left by this look; the one before must have come to the same.
    pub(super) fn is_empty(&self, mut steps: Vec<Step>) -> Verdict {
        let ours = |one: &&Registration| {
            let marked = one.marks.draining.is_some() || self.why == Leaving::Terminate;
            // One that nothing holds is replaced through the gate, which asks for two looks itself.
            self.held && marked && one.status == RegistrationStatus::Draining
        };
        let mut twice = true;
        for one in self.view.standing().filter(ours) {
            twice &= one.marks.empty.is_some_and(|at| self.now.duration_since(at) >= TWICE);
            if one.marks.empty.is_none() {
                self.writes_empty(one, Some(self.now), &mut steps);
            }
        }
        if twice {
            return self.may_go("it is DRAINING, and two looks show no task on it");
        }
        Verdict { phase: Some(self.phase), steps, hold: Some(Hold::EmptyOnce) }
    }

    /// Writes, in place of what is to be marked anyhow, since when a registration is seen empty.
    pub(super) fn writes_empty(
        &self,
        one: &Registration,
        empty: Option<Timestamp>,
        steps: &mut Vec<Step>,
    ) {
        let since = one.marks.draining.map_or(self.now, |(since, _)| since);
        steps.retain(|step| {
            !matches!(&step.action, Action::MarkDraining { registration, .. } if *registration == one.arn)
        });
        steps.push(Step {
            action: Action::MarkDraining {
                cluster: self.cluster.clone(),
                registration: one.arn.clone(),
                since,
                why: self.why,
                empty,
            },
            because: match empty {
                Some(_) => "no task is left on it, and a later look must come to the same",
                None => "a task is on it again",
            }
            .to_owned(),
            provided: Provided::Always,
        });
    }

    /// EC2 forgets a terminated machine after an hour or so, and may for a while not find one that is there. One that is
    /// found missing for long is gone, whatever tasks ECS still counts on it.
    pub(super) fn is_missing_for_long(&self) -> bool {
        let long = |one: &Registration| {
            one.marks.not_found.is_some_and(|it| it.lasts(NOT_FOUND_FOR, self.now))
        };
        self.is_missing() && self.view.standing().all(long)
    }

    /// Writes since when it is missing.
    pub(super) fn marks_of_missing(&self) -> impl Iterator<Item = Step> {
        let standing = self.view.standing().filter(|_| self.is_missing());
        standing.filter_map(|one| mark_not_found(self.cluster, one, self.now))
    }

    fn is_missing(&self) -> bool {
        self.view.machine.known().is_ok_and(|machine| machine.state == MachineState::NotFound)
    }

    pub(super) fn may_go(&self, because: &str) -> Verdict {
        let (group, instance) = (self.group.clone(), self.view.instance.clone());
        match self.why {
            _ if self.held && self.view.lifecycle() == Some(&Lifecycle::WarmedPendingWait) => {
                self.enters_the_pool(because)
            }
            _ if self.held => {
                Verdict::act_if_still_so(self.phase, Action::LetGo { group, instance }, because)
            }
            // Nobody but us replaces these; the gate of the sweep counts it.
            Leaving::Rebalance | Leaving::Retirement => {
                let action = Action::Replace { group, instance };
                Verdict::act_if_still_so(self.phase, action, self.why.because())
            }
            Leaving::Terminate | Leaving::Spot | Leaving::Reboot | Leaving::Pool => {
                Verdict::hold(self.phase, Hold::Empty)
            }
        }
    }

    /// Which hook holds it there, the state does not tell: launched into the pool it is the launch hook, on its
    /// way back the terminate hook. The other one has no action to complete, and says so.
    fn enters_the_pool(&self, because: &str) -> Verdict {
        let step = |action| Step {
            action,
            because: because.to_owned(),
            provided: Provided::StillJudgedSo,
        };
        let (group, instance) = (self.group.clone(), self.view.instance.clone());
        let let_in = Action::LetIn { group: group.clone(), instance: instance.clone() };
        let steps = vec![step(let_in), step(Action::LetGo { group, instance })];
        Verdict { phase: Some(self.phase), steps, hold: None }
    }
}
