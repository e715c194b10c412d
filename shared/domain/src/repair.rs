//! Has a host in service lost its agent, or failed its status checks, for longer than patience allows?

use crate::host::{HostView, Lifecycle, MachineState, Registration, RegistrationStatus, Seat};
use crate::marks::Watched;
use crate::names::ClusterName;
use crate::plan::{Action, Hold, Thing, Verdict};
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};

/// Judges one host in service. Since when its agent is lost is remembered on the registration.
///
/// While the breaker is open (`frozen`), nothing is written: a mark that is not renewed starts anew
/// afterwards, so the time of an outage counts against nobody.
#[must_use]
pub fn judge(view: &HostView, frozen: bool, policy: &Policy, now: Timestamp) -> Verdict {
    let phase = view.phase();
    let (seat, cluster) = match (view.seat.known(), &view.cluster) {
        (Ok(Some(seat)), Some(cluster)) => (seat, cluster),
        (Ok(_), _) => return Verdict::hold(phase, Hold::NotOurs),
        (Err(fault), _) => return Verdict::unreadable(Thing::Seat, fault),
    };
    if let Err(fault) = view.registrations.known() {
        return Verdict::unreadable(Thing::Registrations, fault);
    }
    let settled = Hold::Settled { lifecycle: seat.lifecycle.as_str().to_owned() };
    if seat.lifecycle != Lifecycle::InService {
        return Verdict::hold(phase, settled);
    }
    let Some(one) = view.standing().max_by_key(|one| one.agent_connected) else {
        return Verdict::hold(phase, Hold::NotRegistered);
    };
    let host = Case { view, seat, cluster, one, policy, now };

    match (one.agent_connected, one.marks.agent_lost) {
        (true, None) => host.impaired().unwrap_or_else(|| match one.status {
            // Keeps S5: what carries no mark of ours is drained by a person.
            RegistrationStatus::Draining => Verdict::hold(phase, Hold::DrainedByHand),
            _ => Verdict::hold(phase, settled),
        }),
        (true, Some(_)) => host.forget(),
        (false, lost) => host.lost(lost, frozen),
    }
}

struct Case<'a> {
    view: &'a HostView,
    seat: &'a Seat,
    cluster: &'a ClusterName,
    one: &'a Registration,
    policy: &'a Policy,
    now: Timestamp,
}

impl Case<'_> {
    fn patience(&self) -> SignedDuration {
        SignedDuration::try_from(self.policy.lost_patience).unwrap_or(SignedDuration::MAX)
    }

    /// Whether any of its registrations has tasks: an agent that registers anew leaves the tasks of the old one behind.
    fn busy(&self) -> bool {
        self.view.standing().any(|one| one.running.saturating_add(one.pending) > 0)
    }

    fn forget(&self) -> Verdict {
        let (cluster, registration) = (self.cluster.clone(), self.one.arn.clone());
        let action = Action::ForgetAgentLost { cluster, registration };
        Verdict::act(self.view.phase(), action, "its agent is connected again")
    }

    fn mark(&self, lost: Watched, because: &str) -> Verdict {
        let (cluster, registration) = (self.cluster.clone(), self.one.arn.clone());
        let action = Action::MarkAgentLost { cluster, registration, lost };
        let mut verdict = Verdict::act(self.view.phase(), action, because);
        verdict.hold = Some(Hold::AgentLost { until: self.until(lost) });
        verdict
    }

    fn until(&self, lost: Watched) -> Timestamp {
        lost.since.saturating_add(self.patience()).unwrap_or(Timestamp::MAX)
    }

    fn lost(&self, lost: Option<Watched>, frozen: bool) -> Verdict {
        let anew = Watched { since: self.now, seen: self.now };
        let held =
            |lost| Verdict::hold(self.view.phase(), Hold::AgentLost { until: self.until(lost) });
        if frozen {
            return held(anew);
        }
        match (lost, Watched::renewed(lost, self.now)) {
            (Some(lost), _) if lost.lasts(self.patience(), self.now) => self.give_up(lost),
            (Some(_), Some(renewed)) => self.mark(renewed, "its agent is still not connected"),
            (None, renewed) => self.mark(renewed.unwrap_or(anew), "its agent is not connected"),
            (Some(lost), None) => held(lost),
        }
    }

    /// Keeps S16: long enough, in service, running, and without protected work.
    fn give_up(&self, lost: Watched) -> Verdict {
        let phase = self.view.phase();
        let machine = match self.view.machine.known() {
            Ok(machine) => machine,
            Err(fault) => return Verdict::unreadable(Thing::Machine, fault),
        };
        if self.one.status != RegistrationStatus::Active || !self.seat.healthy {
            return Verdict::hold(phase, Hold::AgentLost { until: self.until(lost) });
        }
        if machine.state != MachineState::Running {
            return Verdict::hold(phase, Hold::NotGone { state: format!("{:?}", machine.state) });
        }
        if self.seat.protected && self.busy() {
            return Verdict::hold(phase, Hold::HandsOff { why: "protected from scale-in".into() });
        }
        let since = lost.since;
        let mut verdict = self.unhealthy(format!("its agent is lost since {since}"));
        // The mark is kept alive while the host waits for its turn.
        if let Some(renewed) = Watched::renewed(Some(lost), self.now) {
            let mark = self.mark(renewed, "its agent is still not connected");
            verdict.steps.splice(0..0, mark.steps);
        }
        verdict
    }

    fn unhealthy(&self, because: String) -> Verdict {
        let (group, instance) = (self.seat.group.clone(), self.view.instance.clone());
        Verdict::act_if_still_so(
            self.view.phase(),
            Action::MarkUnhealthy { group, instance },
            because,
        )
    }

    /// A host whose status checks fail while its agent is connected; only idle, and only if the policy says so.
    /// Keeps S3.
    fn impaired(&self) -> Option<Verdict> {
        let since = self.view.trouble()?.impaired_since?;
        let long = self.now.duration_since(since) >= self.patience();
        let due = long && self.policy.repair_impaired && !self.busy() && self.seat.healthy;
        due.then(|| self.unhealthy(format!("its status checks fail since {since}")))
    }
}
