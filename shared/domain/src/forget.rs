//! Is a registration left behind by an instance that is gone?

use crate::host::{HostView, MachineState, Registration};
use crate::plan::{Action, Hold, Provided, Step, Thing, Verdict};

/// Judges one host whose instance may be gone.
#[must_use]
pub fn judge(view: &HostView) -> Verdict {
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
    // Keeps S1, S2: EC2 must say "terminated"; "not found" may be an instance too new to be seen.
    if machine.state != MachineState::Terminated {
        return Verdict::hold(phase, Hold::NotGone { state: format!("{:?}", machine.state) });
    }

    let (live, dead): (Vec<&Registration>, Vec<&Registration>) =
        view.standing().partition(|one| one.agent_connected);
    let steps: Vec<Step> = dead
        .into_iter()
        .map(|one| Step {
            action: Action::Deregister {
                cluster: cluster.clone(),
                registration: one.arn.clone(),
                force: true,
            },
            because: "EC2 says the instance is terminated, and its agent is not connected".into(),
            provided: Provided::StillJudgedSo,
        })
        .collect();
    // EC2 and ECS disagree about a connected one: one is stale, so it waits.
    let hold = (!live.is_empty()).then_some(Hold::StillConnected);

    Verdict { phase: Some(phase), steps, hold }
}
