//! Two controllers that are not ours, in the same worlds, written from the public descriptions of their decisions.
//!
//! * The drain-hook Lambda of the AWS CDK's `InstanceDrainHook`: look the host up; if it is in no cluster, do nothing;
//!   set it DRAINING; look every ten seconds at the tasks listed first until they have stopped, for the drain time
//!   at most; complete the hook. It reads one page, takes the event's word, and swallows what goes wrong.
//! * The queue processor of aws-node-termination-handler: on a terminate hook or a Spot warning, cordon and drain, wait
//!   up to its time-out for the pods, complete the hook; a failure leaves the message in the queue.

use crate::checks;
use crate::exec::sleep;
use crate::hand::Hand;
use crate::weather::{Controller, Wake};
use crate::world::{HostNo, Life, Machine, State};
use domain::{Action, ClusterName, InstanceId, RegistrationArn};
use ports::{Act, Reads};

/// How long they drain at most: the CDK's default of five minutes; fewer than a Lambda's fifteen.
const DRAIN_TIME: i64 = 5 * 60_000;

/// Handles one event; whether it is to be delivered again.
pub async fn handle(hand: &Hand, wake: &Wake) -> bool {
    let Some(host) = wake.host else {
        return false;
    };
    let (id, cluster, hooked, controller) = hand.with(|state| {
        let one = &state.hosts[host];
        let cluster = state.clusters[state.groups[one.group].cluster].name.clone();
        let hooked = wake.payload["detail"].get("LifecycleHookName").is_some();
        (one.id.clone(), cluster, hooked, state.controller)
    });
    let drained = drain(hand, host, &id, &cluster, controller).await;
    match drained {
        // The CDK's function returns without completing when the host is in no cluster.
        Some(true) | None if controller == Controller::Cdk && drained.is_none() => false,
        Some(true) if hooked => {
            let group = hand.with(|state| state.groups[state.hosts[host].group].name.clone());
            let action = Action::LetGo { group, instance: id };
            let done = hand.perform(&action).await;
            done.is_err_and(|fault| fault.standing() == domain::Standing::Again)
        }
        Some(true) => false,
        Some(false) | None => true,
    }
}

/// Drains; `None` if the host is in no cluster, `Some(false)` if a call failed.
async fn drain(
    hand: &Hand,
    host: HostNo,
    id: &InstanceId,
    cluster: &ClusterName,
    controller: Controller,
) -> Option<bool> {
    let Ok(page) = hand.registration_arns(cluster, Some(id), None).await else {
        return Some(false);
    };
    // The first page, and the first of it.
    let first = page.items.first()?.clone();
    let Ok(registration) = RegistrationArn::try_from(first) else {
        return Some(false);
    };
    let (cluster, arn) = (cluster.clone(), registration.clone());
    // The call's answer is not looked at: failures in it go by.
    let _ = hand.perform(&Action::Drain { cluster: cluster.clone(), registration }).await;
    let Ok(tasks) = hand.task_arns(&cluster, &arn, false, None).await else {
        // An answer that says nothing says "no tasks" to the CDK's function.
        return Some(controller == Controller::Cdk);
    };
    let began = hand.with(|state| state.now);
    while hand.with(|state| state.now) - began < DRAIN_TIME {
        let answer = hand.tasks(&cluster, &tasks.items).await;
        let left = match answer {
            Ok(answer) => answer.found.iter().filter(|it| it.view.last_status != "STOPPED").count(),
            Err(_) => 0,
        };
        if left == 0 {
            return Some(true);
        }
        if hand.with(|state| state.hosts[host].seat.get().life == Life::Gone) {
            return Some(true);
        }
        sleep(&hand.shared, 10_000).await;
    }
    Some(true)
}

/// What they leave behind.
pub fn at_rest(state: &mut State) {
    let ghosts = (0..state.registrations.len()).filter(|one| {
        let it = &state.registrations[*one];
        let gone =
            matches!(*state.hosts[it.host].machine.get(), Machine::Terminated | Machine::Forgotten);
        gone && it.told.get().status != "INACTIVE"
    });
    state.tally.ghosts = u64::try_from(ghosts.count()).unwrap_or(0);
    let _ = checks::live;
}
