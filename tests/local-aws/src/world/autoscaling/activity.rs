//! Scaling activities: what a group did, why, and how far it got.

use super::Group;
use crate::world::World;
use crate::world::core::whole_seconds;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt;

/// How far an activity got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityStatus {
    /// Begun.
    InProgress,
    /// EC2 starts the instance.
    PreInService,
    /// Launching hooks hold it.
    MidLifecycleAction,
    /// Terminating hooks hold it.
    MidTerminatingLifecycleAction,
    /// Done.
    Successful,
    /// Did not work.
    Failed,
    /// Given up for another activity.
    Cancelled,
}

impl ActivityStatus {
    fn progress(self) -> u8 {
        match self {
            Self::InProgress => 50,
            Self::PreInService => 30,
            Self::MidLifecycleAction | Self::MidTerminatingLifecycleAction => 60,
            Self::Successful | Self::Failed | Self::Cancelled => 100,
        }
    }
}

impl fmt::Display for ActivityStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// One scaling activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its id, a UUID.
    pub id: String,
    /// What is done.
    pub description: String,
    /// Why.
    pub cause: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// How far it got.
    pub status: ActivityStatus,
    /// What went wrong; empty if nothing did.
    pub message: String,
    /// The instance; empty if the launch failed before there was one.
    pub instance: String,
    /// The Availability Zone.
    pub zone: String,
    /// The subnet.
    pub subnet: String,
}

impl Activity {
    /// `DescribeScalingActivities`' form of it.
    pub(super) fn written(&self, group: &Group) -> Value {
        let details = json!({"Subnet ID": self.subnet, "Availability Zone": self.zone});
        json!({
            "ActivityId": self.id,
            "AutoScalingGroupName": group.name,
            "AutoScalingGroupARN": group.arn,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": whole_seconds(self.start).to_string(),
            "EndTime": self.end.map(|end| whole_seconds(end).to_string()),
            "StatusCode": self.status.to_string(),
            "StatusMessage": Some(&self.message).filter(|message| !message.is_empty()),
            "Progress": self.status.progress(),
            "Details": details.to_string(),
        })
    }
}

/// What an activity begins with.
#[derive(Clone, Debug)]
pub(super) struct Beginning<'a> {
    pub(super) description: String,
    pub(super) cause: &'a str,
    pub(super) status: ActivityStatus,
    pub(super) instance: &'a str,
    pub(super) zone: &'a str,
    pub(super) subnet: &'a str,
}

/// Begins an activity and gives back its id.
pub(super) fn begin(world: &mut World, group: &str, beginning: Beginning<'_>) -> String {
    let (id, now) = (world.core.uuid(), world.core.now());
    if let Some(group) = world.autoscaling.groups.get_mut(group) {
        group.activities.push(Activity {
            id: id.clone(),
            description: beginning.description,
            cause: format!("At {} {}", whole_seconds(now), beginning.cause),
            start: now,
            end: None,
            status: beginning.status,
            message: String::new(),
            instance: beginning.instance.to_owned(),
            zone: beginning.zone.to_owned(),
            subnet: beginning.subnet.to_owned(),
        });
    }
    id
}

/// Notes how far an activity got, and gives it back as it now is.
pub(super) fn reach(
    world: &mut World,
    group: &str,
    id: &str,
    status: ActivityStatus,
    message: &str,
) -> Option<Activity> {
    let now = world.core.now();
    let activities = &mut world.autoscaling.groups.get_mut(group)?.activities;
    let activity = activities.iter_mut().rev().find(|activity| activity.id == id)?;
    activity.status = status;
    message.clone_into(&mut activity.message);
    if status.progress() == 100 {
        activity.end = Some(now);
    }
    Some(activity.clone())
}
