//! Is this leaving host empty, and may it go?

mod left;
mod why;

pub use why::AHEAD;

use crate::group::Hook;
use crate::host::{HostView, Lifecycle, Phase, Registration, RegistrationStatus};
use crate::join;
use crate::marks::Leaving;
use crate::names::{ClusterName, GroupName};
use crate::plan::{Action, Hold, HookOf, Provided, Step, Thing, Verdict};
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
/// How long the tasks of services may stand still until a drain is held for hopeless.
const STALLED: SignedDuration = SignedDuration::from_mins(30);
/// From then on a tick asks why the services do not move.
pub const SLOW: SignedDuration = SignedDuration::from_mins(5);
/// A plan of EC2's that is due so soon does not wait for the sweep.
pub(crate) const URGENT: SignedDuration = SignedDuration::from_hours(1);
/// Ticks come every minute; a heartbeat is due in the first tick of each third of the hook's time-out.
const TICK: i64 = 60;

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
        Some(one) => join::lift(cluster, one, phase, "the reason to drain it is gone"),
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
        let begin: Vec<Step> = self.view.standing().flat_map(|one| self.begin(one)).collect();
        let sets = begin.iter().any(|step| matches!(step.action, Action::Drain { .. }));
        match self.left() {
            Err(hold) if begin.is_empty() => Verdict::hold(self.phase, hold),
            // Keeps S8: empty by a look that was taken when DRAINING was already set.
            Ok(left) if left.count == 0 && !sets => {
                self.may_go("it is DRAINING and no task is left on it")
            }
            Ok(left) if !sets => self.wait(&left, begin),
            Err(_) | Ok(_) => {
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

    fn may_go(&self, because: &str) -> Verdict {
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
        };
        let marked = one.marks.draining.is_some_and(|(_, why)| why == self.why);
        match one.status {
            RegistrationStatus::Active if self.is_idle_newcomer(one) => Vec::new(),
            RegistrationStatus::Active => {
                let drain = step(Action::Drain { cluster, registration });
                if marked { vec![drain] } else { vec![step(mark), drain] }
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

    fn wait(&self, left: &Left, mut steps: Vec<Step>) -> Verdict {
        let since = self.view.draining_mark().map_or(self.now, |(since, _)| since);
        let drained_for = self.now.duration_since(since);
        let moved_at = left.moved_at.map_or(since, |at| at.max(since));
        let stalled = left.only_services() && self.now.duration_since(moved_at) >= STALLED;
        let patience = SignedDuration::try_from(self.policy.drain_patience).unwrap_or_default();
        let in_all = match self.occasion {
            Occasion::Tick { hook: Some(hook) } => {
                SignedDuration::try_from(hook.in_all).unwrap_or(SignedDuration::MAX)
            }
            _ => SignedDuration::MAX,
        };
        // Keeps S12: no heartbeat beyond patience, beyond AWS's own limit, or where nothing moves any more.
        let over = drained_for >= patience || drained_for >= in_all || stalled;

        if self.stops_standalone(drained_for) {
            steps.extend(left.standalone.iter().map(|task| Step {
                action: Action::StopTask { cluster: self.cluster.clone(), task: task.clone() },
                because: "it is a standalone task, and its grace is over".to_owned(),
                provided: Provided::Always,
            }));
        }
        if over {
            let hold = Hold::OutOfPatience { left: left.count, stuck: left.stuck() };
            return Verdict { phase: Some(self.phase), steps, hold: Some(hold) };
        }
        if self.held && self.heartbeat_is_due(drained_for) {
            steps.push(Step {
                action: Action::Heartbeat {
                    group: self.group.clone(),
                    instance: self.view.instance.clone(),
                    hook: HookOf::Terminate,
                },
                because: format!("{} tasks are still leaving", left.count),
                provided: Provided::Always,
            });
        }
        Verdict { phase: Some(self.phase), steps, hold: Some(left.hold()) }
    }

    fn stops_standalone(&self, drained_for: SignedDuration) -> bool {
        let grace = self.policy.standalone_grace.and_then(|it| SignedDuration::try_from(it).ok());
        grace.is_some_and(|grace| drained_for >= grace)
    }

    fn heartbeat_is_due(&self, drained_for: SignedDuration) -> bool {
        match self.occasion {
            Occasion::Tick { hook } => heartbeat_is_due(drained_for, hook),
            Occasion::Event | Occasion::Rebalance => false,
        }
    }
}

/// Whether this tick is the first in a third of the hook's time-out. Nothing remembers the last heartbeat: the time
/// since the wait began tells, and a tick that is missed has two more chances.
#[must_use]
pub fn heartbeat_is_due(waited: SignedDuration, hook: Option<Hook>) -> bool {
    let third = hook.and_then(|hook| i64::try_from(hook.heartbeat.as_secs()).ok()).unwrap_or(0) / 3;
    third <= TICK || waited.as_secs().checked_rem(third).is_none_or(|rest| rest < TICK)
}
