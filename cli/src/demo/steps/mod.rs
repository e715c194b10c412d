//! The nine steps of the story. Each checks the world's truth, not the functions' words.

mod capacity;
mod launch;
mod loss;
mod roles;

use super::stage::Stage;
use crate::error::Trouble;
use local_aws::Stack;
use serde_json::{Value, json};

pub(crate) const TITLES: [&str; 9] = [
    "The cluster's roles appear, and a second request changes nothing",
    "The group launches hosts; each is held until its agent is connected",
    "One host never registers: Muster says why, gives it up at its deadline, and it is replaced",
    "A service outgrows the cluster: the group grows to what the work needs",
    "The work shrinks: hosts that it does not need are drained and leave, their tasks run elsewhere first",
    "A Spot warning: that host is empty before its two minutes are over",
    "A host dies with its agent disconnected: the ghost is struck off",
    "Every event is lost for a while: the reconciler repairs what was missed",
    "The stack is deleted: what we made is gone, what we did not make is untouched",
];

/// The on-demand group of the story.
const GROUP: &str = "demo";
/// The Spot group of the story.
const SPOT_GROUP: &str = "demo-spot";
/// The service of the story.
const SERVICE: &str = "web";

type Held = Result<(), Trouble>;

/// What one step leaves to the next.
#[derive(Debug, Default)]
pub(crate) struct Story {
    stack: Option<Stack>,
    foreign: Value,
}

impl Story {
    /// Plays one step.
    pub(crate) async fn step(&mut self, number: usize, stage: &mut Stage) -> Held {
        match number {
            1 => self.create_roles(stage).await,
            2 => launch::launch(stage).await,
            3 => launch::never_joins(stage).await,
            4 => capacity::grow(stage).await,
            5 => capacity::scale_in(stage).await,
            6 => loss::spot(stage).await,
            7 => loss::ghost(stage).await,
            8 => loss::lost_events(stage).await,
            _ => self.delete(stage).await,
        }
    }
}

/// Fails the step unless something holds.
fn must(holds: bool, told: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(Trouble::Wrong(told())) }
}

/// A group under Muster, with both hooks.
fn group(stage: &mut Stage, name: &str, desired: u32) -> Held {
    let hook = |name: &str, transition: &str, default: &str| {
        json!({
            "LifecycleHookName": name,
            "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
            "HeartbeatTimeout": "900",
            "DefaultResult": default,
        })
    };
    let tag =
        |key: &str, value: &str| json!({ "Key": key, "Value": value, "PropagateAtLaunch": "true" });
    let input = json!({
        "AutoScalingGroupName": name,
        "MinSize": "0",
        "MaxSize": "8",
        "DesiredCapacity": desired.to_string(),
        "AvailabilityZones": ["us-west-2a", "us-west-2b"],
        "LaunchTemplate": { "LaunchTemplateName": name, "Version": "1" },
        "Tags": [tag("muster:cluster", "demo"), tag("muster:join-patience-seconds", "300")],
        "LifecycleHookSpecificationList": [
            hook("muster-launch", "LAUNCHING", "ABANDON"),
            hook("muster-terminate", "TERMINATING", "CONTINUE"),
        ],
    });
    stage.call(local_aws::world::Service::AutoScaling, "CreateAutoScalingGroup", &input)?;
    Ok(())
}

/// The operator sets a group's desired capacity.
fn set_desired(stage: &mut Stage, group: &str, desired: u32) -> Held {
    stage.hand(&format!("sets the desired capacity of {group} to {desired}"));
    let input = json!({ "AutoScalingGroupName": group, "DesiredCapacity": desired.to_string() });
    stage.call(local_aws::world::Service::AutoScaling, "SetDesiredCapacity", &input)?;
    Ok(())
}

/// The operator sets how many tasks the service has.
fn set_tasks(stage: &mut Stage, tasks: u32) -> Held {
    stage.hand(&format!("scales the service {SERVICE} to {tasks} tasks"));
    let input = json!({ "cluster": "demo", "service": SERVICE, "desiredCount": tasks });
    stage.call(local_aws::world::Service::Ecs, "UpdateService", &input)?;
    Ok(())
}
