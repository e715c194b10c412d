//! Requests about lifecycle hooks and actions.

use super::hook::{ActionResult, Hook, Transition};
use super::{AutoScaling, Group, actions};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOOK: [&str; 8] = [
    "AutoScalingGroupName",
    "LifecycleHookName",
    "LifecycleTransition",
    "HeartbeatTimeout",
    "DefaultResult",
    "NotificationMetadata",
    "NotificationTargetARN",
    "RoleARN",
];
/// How many hooks a group may have.
const MOST: usize = 50;

/// Reads a hook; what is not given stays as in `before`.
fn read(input: &Value, before: Option<&Hook>) -> Result<Hook, ApiError> {
    input::only(input, &HOOK)?;
    let name = input::text(input, "LifecycleHookName")?.to_owned();
    let transition = match input::opt_text(input, "LifecycleTransition")? {
        Some(text) => Transition::read(text)
            .ok_or_else(|| invalid(format!("Invalid LifecycleTransition: {text}")))?,
        None => before
            .map(|hook| hook.transition)
            .ok_or_else(|| invalid("LifecycleTransition is required for a new lifecycle hook."))?,
    };
    let heartbeat = input::opt_int(input, "HeartbeatTimeout")?
        .unwrap_or_else(|| before.map_or(3600, |hook| hook.heartbeat));
    if !(30..=7200).contains(&heartbeat) {
        return Err(invalid("HeartbeatTimeout must be between 30 and 7200 seconds."));
    }
    let default_result = match input::opt_text(input, "DefaultResult")? {
        Some(text) => result(text)?,
        None => before.map_or(ActionResult::Abandon, |hook| hook.default_result),
    };
    let text = |name, before: Option<&Option<String>>| {
        let given = input::opt_text(input, name)?.map(str::to_owned);
        Ok(given.or_else(|| before.cloned().flatten()).filter(|text| !text.is_empty()))
    };
    Ok(Hook {
        name,
        transition,
        heartbeat,
        default_result,
        metadata: text("NotificationMetadata", before.map(|hook| &hook.metadata))?,
        target: text("NotificationTargetARN", before.map(|hook| &hook.target))?,
        role: text("RoleARN", before.map(|hook| &hook.role))?,
    })
}

fn result(text: &str) -> Result<ActionResult, ApiError> {
    ActionResult::read(text).ok_or_else(|| {
        invalid(format!("LifecycleActionResult must be CONTINUE or ABANDON, not {text}."))
    })
}

/// The hooks that `CreateAutoScalingGroup` brings.
pub(super) fn of_new_group(input: &Value) -> Result<BTreeMap<String, Hook>, ApiError> {
    let given = input::list(input, "LifecycleHookSpecificationList")?;
    let hooks = given.iter().map(|hook| read(hook, None).map(|hook| (hook.name.clone(), hook)));
    hooks.collect()
}

/// `PutLifecycleHook`.
pub(super) fn put(world: &mut World, input: &Value) -> Answer {
    let group = world.autoscaling.known_mut(input::text(input, "AutoScalingGroupName")?)?;
    let before = group.hooks.get(input::text(input, "LifecycleHookName")?);
    let hook = read(input, before)?;
    if before.is_none() && group.hooks.len() >= MOST {
        let text = format!("A group may have at most {MOST} lifecycle hooks.");
        return Err(ApiError::client("LimitExceeded", text));
    }
    group.hooks.insert(hook.name.clone(), hook);
    Ok(json!({}))
}

/// `DescribeLifecycleHooks`.
pub(super) fn describe(autoscaling: &AutoScaling, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "LifecycleHookNames"])?;
    let group = autoscaling.known(input::text(input, "AutoScalingGroupName")?)?;
    let wanted = input::texts(input, "LifecycleHookNames")?;
    let hooks = group.hooks.values();
    let hooks = hooks.filter(|hook| wanted.is_empty() || wanted.contains(&hook.name.as_str()));
    let hooks: Vec<Value> = hooks.map(|hook| written(group, hook)).collect();
    Ok(json!({"LifecycleHooks": hooks}))
}

fn written(group: &Group, hook: &Hook) -> Value {
    json!({
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": group.name,
        "LifecycleTransition": hook.transition.to_string(),
        "HeartbeatTimeout": hook.heartbeat,
        "GlobalTimeout": hook.global_timeout(),
        "DefaultResult": hook.default_result.to_string(),
        "NotificationMetadata": hook.metadata,
        "NotificationTargetARN": hook.target,
        "RoleARN": hook.role,
    })
}

/// `DeleteLifecycleHook`: the actions that run are ended, a launch with ABANDON.
pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "LifecycleHookName"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let hook = input::text(input, "LifecycleHookName")?;
    let group = world.autoscaling.known_mut(name)?;
    let removed = group.hooks.remove(hook).ok_or_else(|| no_hook(hook))?;
    let result = match removed.transition {
        Transition::Launching => ActionResult::Abandon,
        Transition::Terminating => ActionResult::Continue,
    };
    let held = group.members.values().filter(|member| member.actions.contains_key(hook));
    let held: Vec<String> = held.map(|member| member.id.clone()).collect();
    for id in held {
        actions::end(world, (name, &id), hook, result, "Lifecycle Hook Deleted");
    }
    Ok(json!({}))
}

fn no_hook(hook: &str) -> ApiError {
    invalid(format!("No lifecycle hook found with name {hook}"))
}

/// The instance whose action a request means: by its token, or else by the instance.
fn held(autoscaling: &AutoScaling, input: &Value) -> Result<String, ApiError> {
    let group = autoscaling.known(input::text(input, "AutoScalingGroupName")?)?;
    let hook = input::text(input, "LifecycleHookName")?;
    if !group.hooks.contains_key(hook) {
        return Err(no_hook(hook));
    }
    let token = input::opt_text(input, "LifecycleActionToken")?;
    let instance = input::opt_text(input, "InstanceId")?;
    let found = group.members.values().find(|member| {
        member.actions.get(hook).is_some_and(|action| match (token, instance) {
            (Some(token), _) => action.token == token,
            (None, instance) => instance == Some(member.id.as_str()),
        })
    });
    match (found, token, instance) {
        (Some(member), ..) => Ok(member.id.clone()),
        (None, Some(token), _) => {
            Err(invalid(format!("No active Lifecycle Action found with token {token}")))
        }
        (None, None, Some(instance)) => {
            Err(invalid(format!("No active Lifecycle Action found with instance ID {instance}")))
        }
        (None, None, None) => {
            Err(invalid("Either LifecycleActionToken or InstanceId must be specified."))
        }
    }
}

/// `CompleteLifecycleAction`.
pub(super) fn complete(world: &mut World, input: &Value) -> Answer {
    let known = [
        "AutoScalingGroupName",
        "LifecycleHookName",
        "LifecycleActionToken",
        "LifecycleActionResult",
        "InstanceId",
    ];
    input::only(input, &known)?;
    let result = result(input::text(input, "LifecycleActionResult")?)?;
    let id = held(&world.autoscaling, input)?;
    let group = input::text(input, "AutoScalingGroupName")?;
    let hook = input::text(input, "LifecycleHookName")?;
    let why = "Lifecycle Action Completed with ABANDON Result";
    actions::end(world, (group, &id), hook, result, why);
    Ok(json!({}))
}

/// `RecordLifecycleActionHeartbeat`.
pub(super) fn heartbeat(world: &mut World, input: &Value) -> Answer {
    let known = ["AutoScalingGroupName", "LifecycleHookName", "LifecycleActionToken", "InstanceId"];
    input::only(input, &known)?;
    let id = held(&world.autoscaling, input)?;
    let (group, hook, now) = (
        input::text(input, "AutoScalingGroupName")?,
        input::text(input, "LifecycleHookName")?,
        world.core.now(),
    );
    let member = world.autoscaling.member_mut(group, &id);
    if let Some(action) = member.and_then(|member| member.actions.get_mut(hook)) {
        action.beat(now);
    }
    Ok(json!({}))
}
