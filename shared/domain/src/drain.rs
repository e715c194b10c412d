//! Is this leaving host empty, and may it go?

use crate::host::{HostView, Lifecycle, Phase, Registration, RegistrationStatus, Seen, TaskView};
use crate::marks::Leaving;
use crate::names::{ClusterName, GroupName};
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What brought us here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// An event about the host: its tasks or its hook changed.
    Event,
    /// EC2 has said that the Spot instance goes in two minutes.
    SpotWarning,
    /// The clock: the time to ask for more time.
    Tick,
}

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
    let held = seat.filter(|seat| seat.lifecycle == Lifecycle::TerminatingWait);
    let Some(why) = leaving(view, held.is_some(), occasion) else {
        return stays(view, phase);
    };
    if let Err(fault) = view.registrations.known() {
        return Verdict::unreadable(Thing::Registrations, fault);
    }

    let host = Departing { view, cluster, group: held.map(|seat| &seat.group), phase, why, now };
    if view.machine_is_gone() || view.standing().next().is_none() {
        return host.may_go("nothing of it is left to drain");
    }
    host.drain(occasion, policy)
}

/// Keeps S4: only what its group terminates, or what Spot takes back, is drained.
fn leaving(view: &HostView, held: bool, occasion: Occasion) -> Option<Leaving> {
    let spot = view.machine.known().is_ok_and(|machine| machine.spot);
    let marked = view.standing().find_map(|one| one.marks.draining);

    match marked {
        _ if held => Some(Leaving::Terminate),
        _ if spot && occasion == Occasion::SpotWarning => Some(Leaving::Spot),
        Some((_, Leaving::Spot)) => Some(Leaving::Spot),
        Some((_, Leaving::Terminate)) | None => None,
    }
}

fn stays(view: &HostView, phase: Phase) -> Verdict {
    let draining = view.standing().any(|one| one.status == RegistrationStatus::Draining);
    let marked = view.standing().any(|one| one.marks.draining.is_some());

    match view.lifecycle() {
        // Keeps S5: what an operator drains is the operator's.
        _ if draining && !marked => Verdict::hold(phase, Hold::DrainedByHand),
        Some(lifecycle) => {
            Verdict::hold(phase, Hold::Settled { lifecycle: lifecycle.as_str().to_owned() })
        }
        None => Verdict::hold(phase, Hold::NotOurs),
    }
}

struct Departing<'a> {
    view: &'a HostView,
    cluster: &'a ClusterName,
    /// The group that holds it at a terminate hook; none if it is not held.
    group: Option<&'a GroupName>,
    phase: Phase,
    why: Leaving,
    now: Timestamp,
}

impl Departing<'_> {
    fn may_go(&self, because: &str) -> Verdict {
        let Some(group) = self.group else {
            return Verdict::hold(self.phase, Hold::Empty);
        };
        let action = Action::LetGo { group: group.clone(), instance: self.view.instance.clone() };
        Verdict::act_if_still_so(self.phase, action, because)
    }

    fn drain(&self, occasion: Occasion, policy: &Policy) -> Verdict {
        let begin: Vec<Step> = self
            .view
            .standing()
            .filter(|one| one.status == RegistrationStatus::Active)
            .flat_map(|one| self.begin(one))
            .collect();
        if !begin.is_empty() {
            let hold = Some(Hold::DrainBegun);
            return Verdict { phase: Some(self.phase), steps: begin, hold };
        }
        match self.left() {
            Err(hold) => Verdict::hold(self.phase, hold),
            // Keeps S8: empty by a look that was taken when DRAINING was already set.
            Ok(left) if left.count == 0 => self.may_go("it is DRAINING and no task is left on it"),
            Ok(left) => self.wait(&left, occasion, policy),
        }
    }

    fn begin(&self, registration: &Registration) -> [Step; 2] {
        let (cluster, arn) = (self.cluster.clone(), registration.arn.clone());
        let because = match self.why {
            Leaving::Terminate => "its group terminates it",
            Leaving::Spot => "EC2 takes the Spot instance back",
        };
        let step = |action| Step { action, because: because.into(), provided: Provided::Always };
        [
            step(Action::MarkDraining {
                cluster: cluster.clone(),
                registration: arn.clone(),
                since: self.now,
                why: self.why,
            }),
            step(Action::Drain { cluster, registration: arn }),
        ]
    }

    /// What is left on every standing registration; `Err` if that cannot be told.
    fn left(&self) -> Result<Left, Hold> {
        let mut left = Left::default();
        for one in self.view.standing() {
            if one.status != RegistrationStatus::Draining {
                return Err(Hold::NotGone { state: format!("{:?}", one.status) });
            }
            left.count(one)?;
        }
        Ok(left)
    }

    fn wait(&self, left: &Left, occasion: Occasion, policy: &Policy) -> Verdict {
        let since =
            self.view.standing().filter_map(|one| one.marks.draining).map(|(at, _)| at).min();
        let patience = SignedDuration::try_from(policy.drain_patience).unwrap_or_default();
        let too_late = since.is_some_and(|at| self.now.duration_since(at) >= patience);
        if too_late {
            // Keeps S12: no heartbeat beyond patience.
            return Verdict::hold(self.phase, Hold::OutOfPatience { left: left.count });
        }

        let hold = Hold::TasksLeaving { left: left.count, groups: left.commonest() };
        let heartbeat = self.group.filter(|_| occasion == Occasion::Tick).map(|group| Step {
            action: Action::Heartbeat {
                group: group.clone(),
                instance: self.view.instance.clone(),
            },
            because: format!("{} tasks are still leaving", left.count),
            provided: Provided::Always,
        });
        Verdict {
            phase: Some(self.phase),
            steps: heartbeat.into_iter().collect(),
            hold: Some(hold),
        }
    }
}

#[derive(Default)]
struct Left {
    count: u32,
    groups: BTreeMap<String, u32>,
}

impl Left {
    fn count(&mut self, one: &Registration) -> Result<(), Hold> {
        let unreadable = |fault: String| Hold::Unreadable { what: Thing::Tasks, fault };
        let tasks: &[TaskView] = match &one.unstopped {
            None => return Err(unreadable("its tasks were not looked at".to_owned())),
            Some(Seen::Unknown(fault)) => return Err(unreadable(fault.to_string())),
            Some(Seen::Known(tasks)) => tasks,
        };
        let listed = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        // The counters and the list are two reads of a changing thing: the greater one counts.
        let counted = one.running.saturating_add(one.pending);
        self.count = self.count.saturating_add(listed.max(counted));
        for task in tasks {
            let seen = self.groups.entry(task.group.clone()).or_default();
            *seen = seen.saturating_add(1);
        }
        Ok(())
    }

    fn commonest(&self) -> Vec<String> {
        let mut groups: Vec<(&String, &u32)> = self.groups.iter().collect();
        groups.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        groups.into_iter().take(5).map(|(group, _)| group.clone()).collect()
    }
}
