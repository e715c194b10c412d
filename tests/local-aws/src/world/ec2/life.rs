//! How an instance goes from one state to the next, and who hears of it.

use super::describe::{ids, known};
use super::{Due, InstanceId, State, StateReason};
use crate::world::{Answer, ApiError, World, autoscaling, ecs, input};
use jiff::SignedDuration;
use serde_json::{Value, json};

const START: SignedDuration = SignedDuration::from_secs(10);
const STOP: SignedDuration = SignedDuration::from_secs(15);
const SHUT_DOWN: SignedDuration = SignedDuration::from_secs(20);
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Puts an instance into a state, says so, and sets the timer for what follows from it.
pub(super) fn enter(world: &mut World, id: &str, state: State) {
    let Some(instance) = world.ec2.instances.get_mut(id) else { return };
    instance.state = state;
    instance.turn = instance.turn.saturating_add(1);
    let (turn, instance) = (instance.turn, id.to_owned());
    let arn = arn(world, id);
    let detail = json!({"instance-id": id, "state": state.to_string()});
    world.core.say("aws.ec2", "EC2 Instance State-change Notification", &[arn], detail);
    match state {
        State::Pending => Due::Settles { instance, turn }.set(world, START),
        State::Stopping => Due::Settles { instance, turn }.set(world, STOP),
        State::ShuttingDown => Due::Settles { instance, turn }.set(world, SHUT_DOWN),
        State::Terminated => Due::Forgotten { instance }.set(world, REMEMBERED),
        State::Running | State::Stopped => {}
    }
    tell(world, id, state);
}

/// Tells ECS and Auto Scaling, which see the change from their side.
fn tell(world: &mut World, id: &str, state: State) {
    match state {
        State::Running => ecs::host_running(world, id),
        State::Stopped => ecs::host_stopped(world, id),
        State::Terminated => ecs::host_terminated(world, id),
        State::Pending | State::ShuttingDown | State::Stopping => {}
    }
    match state {
        State::Pending => {}
        State::Running => autoscaling::instance_running(world, id),
        State::Terminated => autoscaling::instance_terminated(world, id),
        State::ShuttingDown | State::Stopping | State::Stopped => {
            autoscaling::instance_failing(world, id);
        }
    }
}

/// The ARN of an instance.
pub(super) fn arn(world: &World, id: &str) -> String {
    format!("arn:aws:ec2:{}:{}:instance/{id}", world.core.region(), world.core.account())
}

/// An instance reaches the state that it was on the way to, if nothing overtook it.
pub(super) fn settle(world: &mut World, id: &str, turn: u64) {
    let Some(instance) = world.ec2.instance(id).filter(|instance| instance.turn == turn) else {
        return;
    };
    match instance.state {
        State::Pending => enter(world, id, State::Running),
        State::Stopping => enter(world, id, State::Stopped),
        State::ShuttingDown => enter(world, id, State::Terminated),
        State::Running | State::Stopped | State::Terminated => {}
    }
}

/// Terminates an instance; one that is gone or going stays as it is.
pub(crate) fn terminate(world: &mut World, id: &str, reason: StateReason) {
    let Some(instance) = world.ec2.instances.get_mut(id) else { return };
    if !instance.state.is_going() {
        instance.reason = Some(reason);
        enter(world, id, State::ShuttingDown);
    }
}

/// Stops an instance that runs; any other stays as it is.
pub(crate) fn stop(world: &mut World, id: &str) {
    let Some(instance) = world.ec2.instances.get_mut(id) else { return };
    if instance.state == State::Running {
        let reason = StateReason::new("Client.UserInitiatedShutdown", "User initiated shutdown");
        instance.reason = Some(reason);
        enter(world, id, State::Stopping);
    }
}

/// Starts an instance that is stopped; any other stays as it is.
pub(crate) fn start(world: &mut World, id: &str) {
    let now = world.core.now();
    let Some(instance) = world.ec2.instances.get_mut(id) else { return };
    if instance.state == State::Stopped {
        instance.reason = None;
        instance.interruption = None;
        instance.launched = now;
        enter(world, id, State::Pending);
    }
}

/// `TerminateInstances`.
pub(super) fn terminate_instances(world: &mut World, input: &Value) -> Answer {
    let reason = StateReason::new("Client.UserInitiatedShutdown", "User initiated shutdown");
    change(world, input, |world, id, _| {
        terminate(world, id, reason.clone());
        Ok(())
    })
}

/// `StopInstances`.
pub(super) fn stop_instances(world: &mut World, input: &Value) -> Answer {
    change(world, input, |world, id, state| match state {
        State::Running | State::Stopping | State::Stopped => {
            stop(world, id);
            Ok(())
        }
        State::Pending | State::ShuttingDown | State::Terminated => Err(wrong_state(id, "stopped")),
    })
}

/// `StartInstances`.
pub(super) fn start_instances(world: &mut World, input: &Value) -> Answer {
    change(world, input, |world, id, state| match state {
        State::Stopped | State::Pending | State::Running => {
            start(world, id);
            Ok(())
        }
        State::Stopping | State::ShuttingDown | State::Terminated => {
            Err(wrong_state(id, "started"))
        }
    })
}

fn wrong_state(id: &str, wanted: &str) -> ApiError {
    ApiError::client(
        "IncorrectInstanceState",
        format!("The instance '{id}' is not in a state from which it can be {wanted}."),
    )
}

/// Changes the instances that the input names; all ids are checked before any is changed.
fn change(
    world: &mut World,
    input: &Value,
    each: impl Fn(&mut World, &InstanceId, State) -> Result<(), ApiError>,
) -> Answer {
    input::only(input, &["InstanceId", "DryRun"])?;
    let ids = ids(input)?;
    if ids.is_empty() {
        return Err(ApiError::client(
            "MissingParameter",
            "The request must contain the parameter InstanceIds",
        ));
    }
    known(&world.ec2, &ids)?;
    if input::opt_bool(input, "DryRun")?.unwrap_or_default() {
        let text = "Request would have succeeded, but DryRun flag is set.";
        return Err(ApiError::client("DryRunOperation", text).with_status(412));
    }
    let mut changes = Vec::new();
    for id in ids {
        let Some(before) = world.ec2.instance(&id).map(|instance| instance.state) else { continue };
        each(world, &id, before)?;
        let after = world.ec2.instance(&id).map_or(before, |instance| instance.state);
        changes.push(json!({
            "instanceId": id,
            "previousState": state(before),
            "currentState": state(after),
        }));
    }
    Ok(json!({"instancesSet": changes}))
}

/// `{code, name}`.
pub(super) fn state(state: State) -> Value {
    json!({"code": state.code(), "name": state.to_string()})
}
