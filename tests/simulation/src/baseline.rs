//! Two controllers that are not ours, in the same worlds, written from the public descriptions of their decisions.
//!
//! * The drain-hook Lambda of the AWS CDK's `InstanceDrainHook`: look the host up; if it is in no cluster, end without
//!   completing the hook; set it DRAINING; list its tasks once, the first page, those that are to run; look at them every
//!   ten seconds until they have stopped, for the drain time at most; complete the hook. No heartbeat.
//! * The queue processor of aws-node-termination-handler, its pods read as tasks: on a terminate hook, a Spot warning or
//!   a recommendation, find the node, cordon it, evict what is on it, wait until its time-out, complete the hook. What
//!   fails, also a node that nobody knows, leaves the message in the queue to be tried again, and then to expire.

use crate::exec::sleep;
use crate::hand::Hand;
use crate::versioned::Ms;
use crate::weather::{Controller, Wake};
use crate::world::{HostNo, Life, Machine, State};
use domain::{Action, ClusterName, InstanceId, RegistrationArn};
use ports::{Act, Reads};

/// How long the CDK's function drains at most, and its hook holds: its default.
const DRAIN_TIME: Ms = 5 * 60_000;
/// How long the termination handler waits for evictions at most: its default.
const GRACE: Ms = 2 * 60_000;

/// The event's host, as a controller sees it.
struct Leaving {
    host: HostNo,
    id: InstanceId,
    cluster: ClusterName,
}

/// How a drain ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The hook may be completed.
    Complete,
    /// Nothing more is done.
    Nothing,
    /// The event is to come again.
    Again,
}

/// Handles one event; whether it is to be delivered again.
pub async fn handle(hand: &Hand, wake: &Wake) -> bool {
    let Some(host) = wake.host else {
        return false;
    };
    let (leaving, controller) = hand.with(|state| {
        let one = &state.hosts[host];
        let cluster = state.clusters[state.groups[one.group].cluster].name.clone();
        (Leaving { host, id: one.id.clone(), cluster }, state.controller)
    });
    let ended = if controller == Controller::Cdk {
        drain_hook(hand, &leaving).await
    } else {
        queue_processor(hand, &leaving).await
    };
    let hooked = wake.payload["detail"].get("LifecycleHookName").is_some();
    if ended == Ended::Complete && hooked {
        let group = hand.with(|state| state.groups[state.hosts[host].group].name.clone());
        let done = hand.perform(&Action::LetGo { group, instance: leaving.id }).await;
        return done.is_err_and(|fault| fault.standing() == domain::Standing::Again);
    }
    ended == Ended::Again
}

async fn drain_hook(hand: &Hand, leaving: &Leaving) -> Ended {
    let Leaving { host, id, cluster } = leaving;
    let Ok(page) = hand.registration_arns(cluster, Some(id), None).await else {
        return Ended::Again;
    };
    let Some(first) = page.items.into_iter().next() else {
        return Ended::Nothing;
    };
    let Ok(registration) = RegistrationArn::try_from(first) else {
        return Ended::Again;
    };
    set_draining(hand, cluster, &registration).await;
    // What is told to stop is not listed: a second attempt sees none of what the first one stopped.
    let Ok(tasks) = hand.task_arns(cluster, &registration, false, None).await else {
        return Ended::Again;
    };
    let began = hand.with(|state| state.now);
    while hand.with(|state| state.now) - began < DRAIN_TIME {
        let Ok(answer) = hand.tasks(cluster, &tasks.items).await else {
            return Ended::Again;
        };
        // What the answer leaves out is not missed.
        let left = answer.found.iter().filter(|it| it.view.last_status != "STOPPED").count();
        if left == 0 || is_gone(hand, *host) {
            break;
        }
        sleep(&hand.shared, 10_000).await;
    }
    Ended::Complete
}

async fn queue_processor(hand: &Hand, leaving: &Leaving) -> Ended {
    let Leaving { host, id, cluster } = leaving;
    // A node that the cluster does not know is an error, whatever the reason.
    let Ok(page) = hand.registration_arns(cluster, Some(id), None).await else {
        return Ended::Again;
    };
    let Some(Ok(registration)) = page.items.into_iter().next().map(RegistrationArn::try_from)
    else {
        return Ended::Again;
    };
    set_draining(hand, cluster, &registration).await;
    let began = hand.with(|state| state.now);
    while hand.with(|state| state.now) - began < GRACE {
        // Each look lists what is left, to the last page, and what cannot be read is not "none".
        let Some(left) = all_tasks(hand, cluster, &registration).await else {
            return Ended::Again;
        };
        if left == 0 {
            return Ended::Complete;
        }
        if is_gone(hand, *host) {
            return Ended::Nothing;
        }
        sleep(&hand.shared, 5_000).await;
    }
    // Evictions that take longer are an error, and the message comes again.
    Ended::Again
}

/// How many tasks have not stopped; `None` if that cannot be read.
async fn all_tasks(
    hand: &Hand,
    cluster: &ClusterName,
    registration: &RegistrationArn,
) -> Option<usize> {
    let mut arns = Vec::new();
    for stopping in [false, true] {
        let mut next = None;
        loop {
            let page = hand.task_arns(cluster, registration, stopping, next).await.ok()?;
            arns.extend(page.items);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
    }
    let mut left = 0;
    for some in arns.chunks(100) {
        let answer = hand.tasks(cluster, some).await.ok()?;
        left += answer.found.iter().filter(|it| it.view.last_status != "STOPPED").count();
    }
    Some(left)
}

/// The answer is not looked at: failures in it go by.
async fn set_draining(hand: &Hand, cluster: &ClusterName, registration: &RegistrationArn) {
    let (cluster, registration) = (cluster.clone(), registration.clone());
    let _ = hand.perform(&Action::Drain { cluster, registration }).await;
}

fn is_gone(hand: &Hand, host: HostNo) -> bool {
    hand.with(|state| state.hosts[host].seat.get().life == Life::Gone)
}

/// Counts what a world is left with: registrations of machines that are gone.
pub fn at_rest(state: &mut State) {
    let ghosts = (0..state.registrations.len()).filter(|one| {
        let it = &state.registrations[*one];
        let gone =
            matches!(*state.hosts[it.host].machine.get(), Machine::Terminated | Machine::Forgotten);
        gone && it.told.get().status != "INACTIVE"
    });
    state.tally.ghosts = u64::try_from(ghosts.count()).unwrap_or(0);
}
