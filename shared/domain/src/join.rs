//! May this launching host enter service?

use crate::host::{
    Health, HostView, Lifecycle, MachineState, Phase, Registration, RegistrationStatus, Seat,
};
use crate::marks::Leaving;
use crate::names::ClusterName;
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};
use crate::policy::{AgentVersion, Policy};
use jiff::{SignedDuration, Timestamp};

/// Whether the one who asks may give a launch up: only who sees the whole crowd may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// An event about one host.
    Event,
    /// A sweep, which gates what is taken away.
    Sweep,
}

/// Judges one host that its group may be holding at our launch hook.
#[must_use]
pub fn judge(view: &HostView, asker: Asker, policy: &Policy, now: Timestamp) -> Verdict {
    let phase = view.phase();
    let (seat, cluster) = match (view.seat.known(), &view.cluster) {
        (Ok(Some(seat)), Some(cluster)) => (seat, cluster),
        (Ok(_), _) => return Verdict::hold(phase, Hold::NotOurs),
        (Err(fault), _) => return Verdict::unreadable(Thing::Seat, fault),
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
    if let Some(back) = back_from_the_pool(view, cluster, phase) {
        return back;
    }
    match missing(registrations, &machine.state, policy) {
        None => let_in(phase, seat, view),
        Some(missing) => {
            late(view, phase, seat, Missing { what: missing, registrations }, asker, policy, now)
        }
    }
}

/// What we drained when it went into the warm pool is set ACTIVE again when it comes out. Keeps S5.
fn back_from_the_pool(view: &HostView, cluster: &ClusterName, phase: Phase) -> Option<Verdict> {
    let drained = view.standing().find(|one| {
        one.status == RegistrationStatus::Draining
            && one.agent_connected
            && matches!(one.marks.draining, Some((_, Leaving::Pool)))
    })?;
    Some(lift(cluster, drained, phase, "it comes out of the warm pool"))
}

/// ACTIVE first, and only then the mark: if this is cut short between the two, the mark still tells whose it was.
pub(crate) fn lift(
    cluster: &ClusterName,
    one: &Registration,
    phase: Phase,
    because: &str,
) -> Verdict {
    let (cluster, registration) = (cluster.clone(), one.arn.clone());
    let step =
        |action| Step { action, because: because.to_owned(), provided: Provided::StillJudgedSo };
    let mut steps = Vec::new();
    if one.status == RegistrationStatus::Draining {
        let (cluster, registration) = (cluster.clone(), registration.clone());
        steps.push(step(Action::Activate { cluster, registration }));
    }
    let forget = step(Action::ForgetDraining { cluster, registration });
    steps.push(Step { provided: Provided::Always, ..forget });
    Verdict { phase: Some(phase), steps, hold: Some(Hold::DrainLifted) }
}

/// Keeps S6: registered is not enough; the agent must be connected, in this cluster, on a machine that runs.
fn missing(
    registrations: &[Registration],
    machine: &MachineState,
    policy: &Policy,
) -> Option<String> {
    if *machine != MachineState::Running {
        return Some(format!("the instance is {machine:?}, not running").to_lowercase());
    }
    let joined = registrations
        .iter()
        .find(|one| one.status == RegistrationStatus::Active && one.agent_connected);
    if let Some(one) = joined {
        return unfit(one, policy);
    }
    Some(match registrations.first() {
        None => "no registration in its cluster".to_owned(),
        Some(one) if one.status != RegistrationStatus::Active => {
            format!("its registration is {:?}", one.status)
        }
        Some(_) => "its agent is not connected".to_owned(),
    })
}

/// What the policy asks for and the host has not.
fn unfit(one: &Registration, policy: &Policy) -> Option<String> {
    if let Some(least) = policy.least_agent {
        let version: Option<AgentVersion> =
            one.agent_version.as_deref().and_then(|text| text.parse().ok());
        if version.is_none_or(|version| version < least) {
            let has = one.agent_version.as_deref().unwrap_or("of unknown version");
            return Some(format!("its agent is {has}, older than the policy asks for"));
        }
    }
    let lacking = policy.required_attributes.iter().find(|(name, value)| {
        let has = one.attributes.get(name);
        value.as_ref().map_or(has.is_none(), |value| has != Some(value))
    });
    if let Some((name, value)) = lacking {
        let value = value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
        return Some(format!("it has no attribute {name}{value}"));
    }
    let unwell = policy.require_health && one.health != Health::Ok;
    unwell.then(|| format!("ECS says its health is {:?}", one.health).to_lowercase())
}

fn let_in(phase: Phase, seat: &Seat, view: &HostView) -> Verdict {
    let action = Action::LetIn { group: seat.group.clone(), instance: view.instance.clone() };
    Verdict::act(phase, action, "its agent is connected and its registration is ACTIVE")
}

struct Missing<'a> {
    what: String,
    registrations: &'a [Registration],
}

fn late(
    view: &HostView,
    phase: Phase,
    seat: &Seat,
    missing: Missing<'_>,
    asker: Asker,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let launched_at = view.machine.known().ok().and_then(|machine| machine.launched_at);
    let until = launched_at.map(|at| deadline(at, policy));
    let Missing { what: missing, registrations } = missing;
    // Keeps S7: a host with a connected agent may lack something, but it runs and is not given up.
    let connected = registrations.iter().any(|one| one.agent_connected);

    match until {
        Some(until) if now >= until && asker == Asker::Sweep && !connected => {
            let instance = view.instance.clone();
            let action = Action::Abandon { group: seat.group.clone(), instance };
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
