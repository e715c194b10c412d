//! May this launching host enter service?

use crate::breaker::Crowd;
use crate::host::{
    HostView, Lifecycle, MachineState, Phase, Registration, RegistrationStatus, Seat,
};
use crate::names::GroupName;
use crate::plan::{Action, Hold, Thing, Verdict};
use crate::policy::Policy;
use jiff::{SignedDuration, Timestamp};

/// Judges one host that its group may be holding at our launch hook.
///
/// Without a `crowd`, nobody counted how its group fares, and nothing is abandoned: that is the sweep's.
#[must_use]
pub fn judge(view: &HostView, crowd: Option<Crowd>, policy: &Policy, now: Timestamp) -> Verdict {
    let phase = view.phase();
    let seat = match view.seat.known() {
        Ok(Some(seat)) if view.cluster.is_some() => seat,
        Ok(_) => return Verdict::hold(phase, Hold::NotOurs),
        Err(fault) => return Verdict::unreadable(Thing::Seat, fault),
    };
    if seat.lifecycle != Lifecycle::PendingWait {
        let lifecycle = seat.lifecycle.as_str().to_owned();
        return Verdict::hold(phase, Hold::Settled { lifecycle });
    }
    // Keeps S7: unreadable means wait, never abandon.
    let registrations = match view.registrations.known() {
        Ok(registrations) => registrations,
        Err(fault) => return Verdict::unreadable(Thing::Registrations, fault),
    };
    let machine = match view.machine.known() {
        Ok(machine) => machine,
        Err(fault) => return Verdict::unreadable(Thing::Machine, fault),
    };

    match missing(registrations, &machine.state) {
        None => let_in(phase, seat, view),
        Some(missing) => late(view, phase, &seat.group, missing, crowd, policy, now),
    }
}

/// Keeps S6: registered is not enough; the agent must be connected, in this cluster, on a machine that runs.
fn missing(registrations: &[Registration], machine: &MachineState) -> Option<String> {
    let joined = registrations
        .iter()
        .any(|one| one.status == RegistrationStatus::Active && one.agent_connected);

    if *machine != MachineState::Running {
        return Some(format!("the instance is {machine:?}, not running").to_lowercase());
    }
    if joined {
        return None;
    }
    Some(match registrations.first() {
        None => "no registration in its cluster".to_owned(),
        Some(one) if one.status != RegistrationStatus::Active => {
            format!("its registration is {:?}", one.status)
        }
        Some(_) => "its agent is not connected".to_owned(),
    })
}

fn let_in(phase: Phase, seat: &Seat, view: &HostView) -> Verdict {
    let action = Action::LetIn { group: seat.group.clone(), instance: view.instance.clone() };
    Verdict::act(phase, action, "its agent is connected and its registration is ACTIVE")
}

fn late(
    view: &HostView,
    phase: Phase,
    group: &GroupName,
    missing: String,
    crowd: Option<Crowd>,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let launched_at = view.machine.known().ok().and_then(|machine| machine.launched_at);
    let until = launched_at.map(|at| deadline(at, policy));

    match (until, crowd) {
        (Some(until), Some(crowd)) if now >= until => {
            // Keeps S13.
            if crowd.breaker_is_open() {
                let Crowd { hosts, failing } = crowd;
                return Verdict::hold(phase, Hold::BreakerOpen { failing, hosts });
            }
            let action = Action::Abandon { group: group.clone(), instance: view.instance.clone() };
            let patience = policy.join_patience.as_secs();
            Verdict::act_if_still_so(phase, action, format!("{missing} after {patience} s"))
        }
        _ => Verdict::hold(phase, Hold::NotJoinedYet { missing, until }),
    }
}

/// Until when a host launched at this time may join.
#[must_use]
pub fn deadline(launched_at: Timestamp, policy: &Policy) -> Timestamp {
    let patience = SignedDuration::try_from(policy.join_patience).unwrap_or(SignedDuration::MAX);
    launched_at.saturating_add(patience).unwrap_or(Timestamp::MAX)
}
