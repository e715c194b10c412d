//! Is a registration left behind by an instance that is gone?

use crate::host::{HostView, MachineState, Registration};
use crate::marks::Watched;
use crate::names::ClusterName;
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};
use jiff::{SignedDuration, Timestamp};

/// How long EC2 must not find an instance until it counts as gone: one too new to be seen is found by then.
pub const NOT_FOUND_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Judges one host whose instance may be gone.
#[must_use]
pub fn judge(view: &HostView, now: Timestamp) -> Verdict {
    let phase = view.phase();
    let Some(cluster) = &view.cluster else {
        return Verdict::hold(phase, Hold::NotOurs);
    };
    if let Err(fault) = view.registrations.known() {
        return Verdict::unreadable(Thing::Registrations, fault);
    }
    if view.standing().next().is_none() {
        return Verdict::hold(phase, Hold::NothingLeft);
    }
    let machine = match view.machine.known() {
        Ok(machine) => machine,
        Err(fault) => return Verdict::unreadable(Thing::Machine, fault),
    };
    let (live, dead): (Vec<&Registration>, Vec<&Registration>) =
        view.standing().partition(|one| one.agent_connected);
    // Keeps S1, S2: EC2 must say "terminated", or not find it on two looks; a stopped host may come back.
    let step: &dyn Fn(&Registration) -> Option<Step> = match machine.state {
        MachineState::Terminated => {
            &|one| Some(strike(cluster, one, "EC2 says the instance is terminated"))
        }
        MachineState::NotFound => &|one| not_found(cluster, one, now),
        _ => &|one| found_again(cluster, one),
    };
    let steps: Vec<Step> = dead.into_iter().filter_map(step).collect();
    // EC2 and ECS disagree about a connected one: one is stale, so it waits.
    let hold = if live.is_empty() {
        let state = format!("{:?}", machine.state);
        let struck = steps.iter().any(|step| matches!(step.action, Action::Deregister { .. }));
        (!struck).then_some(Hold::NotGone { state })
    } else {
        Some(Hold::StillConnected)
    };
    Verdict { phase: Some(phase), steps, hold }
}

fn strike(cluster: &ClusterName, one: &Registration, because: &str) -> Step {
    Step {
        action: Action::Deregister {
            cluster: cluster.clone(),
            registration: one.arn.clone(),
            force: true,
        },
        because: format!("{because}, and its agent is not connected"),
        provided: Provided::StillJudgedSo,
    }
}

/// Found missing once, it is marked; found missing for five minutes, it is struck off.
fn not_found(cluster: &ClusterName, one: &Registration, now: Timestamp) -> Option<Step> {
    if let Some(missing) = one.marks.not_found.filter(|it| it.lasts(NOT_FOUND_FOR, now)) {
        let since = missing.since;
        return Some(strike(
            cluster,
            one,
            &format!("EC2 does not find the instance since {since}"),
        ));
    }
    mark_not_found(cluster, one, now)
}

/// Writes since when EC2 does not find the instance, if that is due.
pub(crate) fn mark_not_found(
    cluster: &ClusterName,
    one: &Registration,
    now: Timestamp,
) -> Option<Step> {
    let (cluster, registration) = (cluster.clone(), one.arn.clone());
    Watched::renewed(one.marks.not_found, now).map(|missing| Step {
        action: Action::MarkNotFound { cluster, registration, missing },
        because: "EC2 does not find the instance".to_owned(),
        provided: Provided::Always,
    })
}

fn found_again(cluster: &ClusterName, one: &Registration) -> Option<Step> {
    one.marks.not_found.map(|_| Step {
        action: Action::ForgetNotFound { cluster: cluster.clone(), registration: one.arn.clone() },
        because: "EC2 finds the instance".to_owned(),
        provided: Provided::Always,
    })
}
