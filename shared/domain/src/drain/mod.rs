//! Is this leaving host empty, and may it go?

mod end;
mod left;
mod wait;
mod why;

pub use wait::heartbeat_is_due;
pub use why::AHEAD;

use crate::group::Hook;
use crate::host::{HostView, Phase, Registration, RegistrationStatus};
use crate::join;
use crate::marks::Leaving;
use crate::names::{ClusterName, GroupName};
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use left::Left;
use why::Why;

/// What brought us here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// An event about the host: its tasks, its hook or its machine changed.
    Event,
    /// EC2 has said that the Spot instance is likely to be taken back. Nothing that can be read says so again.
    Rebalance,
    /// The clock: the time to ask for more time.
    Tick {
        /// The terminate hook, if it was read.
        hook: Option<Hook>,
    },
}

/// How young a machine may be that is not registered yet and still may be: an agent takes a minute or two.
const MAY_REGISTER: SignedDuration = SignedDuration::from_mins(5);
/// From then on a tick asks why the services do not move.
pub const SLOW: SignedDuration = SignedDuration::from_mins(5);
/// A plan of EC2's that is due so soon does not wait for the sweep.
pub(crate) const URGENT: SignedDuration = SignedDuration::from_hours(1);

/// Judges one host that may be on its way out.
#[must_use]
pub fn judge(view: &HostView, occasion: Occasion, policy: &Policy, now: Timestamp) -> Verdict {
    let phase = view.phase();
    let seat = match view.seat.known() {
        Ok(seat) => seat.as_ref(),
        Err(fault) => return Verdict::unreadable(Thing::Seat, fault),
    };
    let Some(cluster) = &view.cluster else {
        return Verdict::hold(phase, Hold::NotOurs);
    };
    let why = match why::why(view, occasion, policy, now) {
        Why::Leaves(why) => why,
        Why::Lifted => return lifted(view, cluster, phase),
        Why::Stays => return stays(view, phase),
    };
    if let Err(fault) = view.registrations.known() {
        return Verdict::unreadable(Thing::Registrations, fault);
    }
    let Some(seat) = seat else {
        return Verdict::hold(phase, Hold::NotOurs);
    };
    let held = seat.lifecycle.is_held_leaving();
    let host =
        Departing { view, cluster, group: &seat.group, held, phase, why, occasion, policy, now };
    host.judge()
}

fn lifted(view: &HostView, cluster: &ClusterName, phase: Phase) -> Verdict {
    let marked = view.standing().find(|one| one.marks.draining.is_some());
    match marked {
        Some(one) => {
            let lift = join::lift(cluster, one, phase, "the reason to drain it is gone");
            // There may be a new reason since, and a new mark: without it that drain were nobody's to lift.
            let again = |step| Step { provided: Provided::StillJudgedSo, ..step };
            Verdict { steps: lift.steps.into_iter().map(again).collect(), ..lift }
        }
        None => stays(view, phase),
    }
}

fn stays(view: &HostView, phase: Phase) -> Verdict {
    let draining = view.standing().any(|one| one.status == RegistrationStatus::Draining);

    match view.lifecycle() {
        // Keeps S5: what an operator drains is the operator's.
        _ if draining && view.draining_mark().is_none() => {
            Verdict::hold(phase, Hold::DrainedByHand)
        }
        Some(lifecycle) => {
            Verdict::hold(phase, Hold::Settled { lifecycle: lifecycle.as_str().to_owned() })
        }
        None => Verdict::hold(phase, Hold::NotOurs),
    }
}

struct Departing<'a> {
    view: &'a HostView,
    cluster: &'a ClusterName,
    group: &'a GroupName,
    /// Whether a hook holds it until it is let go.
    held: bool,
    phase: Phase,
    why: Leaving,
    occasion: Occasion,
    policy: &'a Policy,
    now: Timestamp,
}

impl Departing<'_> {
    fn judge(&self) -> Verdict {
        if self.is_for_the_sweep() {
            return Verdict::hold(self.phase, Hold::InLine);
        }
        if self.view.machine_is_off() {
            return self.may_go("EC2 says that nothing runs on it any more");
        }
        if self.view.standing().next().is_none() {
            return self.unregistered();
        }
        if self.is_missing_for_long() {
            return self.may_go("EC2 does not find it for long");
        }
        let mut verdict = self.drained();
        verdict.steps.extend(self.marks_of_missing());
        verdict
    }

    fn drained(&self) -> Verdict {
        let begin: Vec<Step> = self.view.standing().flat_map(|one| self.begin(one)).collect();
        match self.left() {
            // Keeps S8: empty by two looks that were taken when DRAINING was already set, else nothing is counted.
            Ok(left) if left.count == 0 => self.is_empty(begin),
            Ok(left) => self.wait(&left, begin),
            Err(hold) if begin.is_empty() => self.unseen(hold),
            Err(_) => {
                Verdict { phase: Some(self.phase), steps: begin, hold: Some(Hold::DrainBegun) }
            }
        }
    }

    /// A retirement or reboot that is hours away is begun by the sweep, which takes one host of a group at a time:
    /// AWS Health may name all of them at once.
    fn is_for_the_sweep(&self) -> bool {
        let planned = matches!(self.why, Leaving::Retirement | Leaving::Reboot);
        let begun = self.view.draining_mark().is_some();
        let sweeps = matches!(self.occasion, Occasion::Tick { .. });
        let soon = self.view.trouble().and_then(|it| it.scheduled).is_some_and(|scheduled| {
            scheduled.not_before.is_none_or(|at| at.duration_since(self.now) <= URGENT)
        });
        planned && !begun && !sweeps && !soon
    }

    fn unregistered(&self) -> Verdict {
        let launched_at = self.view.machine.known().ok().and_then(|machine| machine.launched_at);
        let until = launched_at.and_then(|at| at.saturating_add(MAY_REGISTER).ok());
        match until {
            // It would take tasks the moment it registers, and then be cut off.
            Some(until) if self.now < until && self.why == Leaving::Terminate => {
                Verdict::hold(self.phase, Hold::MayRegister { until })
            }
            _ => self.may_go("nothing of it is left to drain"),
        }
    }

    /// Marks and drains what is ACTIVE. What is DRAINING by another's hand on a host that its group terminates is
    /// marked, so that it is known since when.
    fn begin(&self, one: &Registration) -> Vec<Step> {
        let step = |action| Step {
            action,
            because: self.why.because().to_owned(),
            provided: Provided::Always,
        };
        let (cluster, registration) = (self.cluster.clone(), one.arn.clone());
        let mark = Action::MarkDraining {
            cluster: cluster.clone(),
            registration: registration.clone(),
            since: self.now,
            why: self.why,
            empty: None,
        };
        let marked = one.marks.draining.is_some_and(|(_, why)| why == self.why);
        match one.status {
            RegistrationStatus::Active if self.is_idle_newcomer(one) => Vec::new(),
            // Whoever made it ACTIVE again, its patience goes on from the first mark: nothing lifts this drain. Keeps S12.
            RegistrationStatus::Active if marked && self.why == Leaving::Terminate => {
                vec![step(Action::Drain { cluster, registration })]
            }
            RegistrationStatus::Active => {
                // What carries an old mark and is ACTIVE, another sweep may be about to unmark, as its reason is gone.
                let drain = step(Action::Drain { cluster, registration });
                let old = one.marks.draining.is_some();
                let provided = if old { Provided::StillJudgedSo } else { Provided::Always };
                vec![step(mark), Step { provided, ..drain }]
            }
            RegistrationStatus::Draining if self.why == Leaving::Terminate && !marked => {
                vec![step(mark)]
            }
            _ => Vec::new(),
        }
    }

    /// A host that is launched into the warm pool may be registered, and is not drained for it.
    fn is_idle_newcomer(&self, one: &Registration) -> bool {
        let mut left = Left::default();
        self.why == Leaving::Pool && left.count(one).is_ok() && left.count == 0
    }

    /// What is left on every standing registration; `Err` if that cannot be told.
    fn left(&self) -> Result<Left, Hold> {
        let mut left = Left::default();
        for one in self.view.standing() {
            let stands = one.status == RegistrationStatus::Draining || self.is_idle_newcomer(one);
            if !stands {
                return Err(Hold::NotGone { state: format!("{:?}", one.status) });
            }
            left.count(one)?;
        }
        Ok(left)
    }
}
