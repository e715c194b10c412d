//! Has a host in service lost its agent for longer than patience allows?

use crate::breaker::Crowd;
use crate::host::{HostView, Lifecycle, MachineState, Registration, RegistrationStatus};
use crate::plan::{Action, Hold, Thing, Verdict};
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};

/// Judges one host in service. The time since when its agent is lost is remembered on the registration.
#[must_use]
pub fn judge(view: &HostView, crowd: Crowd, policy: &Policy, now: Timestamp) -> Verdict {
    let phase = view.phase();
    let seat = match view.seat.known() {
        Ok(Some(seat)) => seat,
        Ok(None) => return Verdict::hold(phase, Hold::NotOurs),
        Err(fault) => return Verdict::unreadable(Thing::Seat, fault),
    };
    let Some(cluster) = &view.cluster else {
        return Verdict::hold(phase, Hold::NotOurs);
    };
    if let Err(fault) = view.registrations.known() {
        return Verdict::unreadable(Thing::Registrations, fault);
    }
    let settled = Hold::Settled { lifecycle: seat.lifecycle.as_str().to_owned() };
    let live = view.standing().max_by_key(|one| one.agent_connected);
    let Some(one) = live.filter(|_| seat.lifecycle == Lifecycle::InService) else {
        return Verdict::hold(phase, settled);
    };
    let registration = one.arn.clone();

    match (one.agent_connected, one.marks.agent_lost) {
        (true, None) => Verdict::hold(phase, settled),
        (true, Some(_)) => {
            let action = Action::ForgetAgentLost { cluster: cluster.clone(), registration };
            Verdict::act(phase, action, "its agent is connected again")
        }
        (false, None) => {
            let action =
                Action::MarkAgentLost { cluster: cluster.clone(), registration, since: now };
            Verdict::act(phase, action, "its agent is not connected")
        }
        (false, Some(since)) => lost(view, one, since, crowd, policy, now),
    }
}

/// Keeps S16: long enough, in service, running, without protected work, and the breaker closed.
fn lost(
    view: &HostView,
    one: &Registration,
    since: Timestamp,
    crowd: Crowd,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let phase = view.phase();
    let patience = SignedDuration::try_from(policy.lost_patience).unwrap_or(SignedDuration::MAX);
    let until = since.saturating_add(patience).unwrap_or(Timestamp::MAX);
    let machine = match view.machine.known() {
        Ok(machine) => machine,
        Err(fault) => return Verdict::unreadable(Thing::Machine, fault),
    };
    let Ok(Some(seat)) = view.seat.known() else {
        return Verdict::hold(phase, Hold::NotOurs);
    };
    let busy = one.running.saturating_add(one.pending) > 0;

    if now < until || one.status != RegistrationStatus::Active {
        return Verdict::hold(phase, Hold::AgentLost { until });
    }
    if machine.state != MachineState::Running {
        return Verdict::hold(phase, Hold::NotGone { state: format!("{:?}", machine.state) });
    }
    if seat.protected && busy {
        return Verdict::hold(phase, Hold::HandsOff { why: "protected from scale-in".into() });
    }
    // Keeps S13.
    if crowd.breaker_is_open() {
        let Crowd { hosts, failing } = crowd;
        return Verdict::hold(phase, Hold::BreakerOpen { failing, hosts });
    }
    let action =
        Action::MarkUnhealthy { group: seat.group.clone(), instance: view.instance.clone() };
    Verdict::act_if_still_so(phase, action, format!("its agent is lost since {since}"))
}
