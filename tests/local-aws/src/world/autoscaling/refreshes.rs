//! Instance refreshes: one goes on until it is cancelled. It replaces nothing here; what matters is that it is there.

use super::AutoScaling;
use crate::world::core::whole_seconds;
use crate::world::input::{self, Paging};
use crate::world::{Answer, ApiError, World};
use jiff::Timestamp;
use serde_json::{Value, json};

const PAGING: Paging = Paging {
    size: "MaxRecords",
    token: "NextToken",
    usual: 50,
    most: 100,
    refusal: "InvalidNextToken",
};

/// An instance refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refresh {
    id: String,
    start: Timestamp,
    end: Option<Timestamp>,
}

/// `StartInstanceRefresh`.
pub(super) fn start(world: &mut World, input: &Value) -> Answer {
    input::only(
        input,
        &["AutoScalingGroupName", "Strategy", "Preferences", "DesiredConfiguration"],
    )?;
    let name = input::text(input, "AutoScalingGroupName")?.to_owned();
    world.autoscaling.known(&name)?;
    let (id, start) = (world.core.uuid(), world.core.now());
    let all = world.autoscaling.refreshes.entry(name).or_default();
    if all.iter().any(|one| one.end.is_none()) {
        let text = "An Instance Refresh is already in progress and blocks the execution of this \
                    Instance Refresh.";
        return Err(ApiError::client("InstanceRefreshInProgress", text));
    }
    all.push(Refresh { id: id.clone(), start, end: None });
    Ok(json!({"InstanceRefreshId": id}))
}

/// `CancelInstanceRefresh`.
pub(super) fn cancel(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "WaitForTransitioningInstances"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    world.autoscaling.known(name)?;
    let now = world.core.now();
    let mut all = world.autoscaling.refreshes.get_mut(name).into_iter().flatten();
    let Some(active) = all.find(|one| one.end.is_none()) else {
        let text = "No in progress or pending Instance Refresh found for Auto Scaling group.";
        return Err(ApiError::client("ActiveInstanceRefreshNotFound", format!("{text} {name}")));
    };
    active.end = Some(now);
    Ok(json!({"InstanceRefreshId": active.id}))
}

/// `DescribeInstanceRefreshes`: the newest first.
pub(super) fn describe(autoscaling: &AutoScaling, input: &Value) -> Answer {
    let known = ["AutoScalingGroupName", "InstanceRefreshIds", "MaxRecords", "NextToken"];
    input::only(input, &known)?;
    let name = input::text(input, "AutoScalingGroupName")?;
    autoscaling.known(name)?;
    let ids = input::texts(input, "InstanceRefreshIds")?;
    let all = autoscaling.refreshes.get(name).into_iter().flatten().enumerate();
    let wanted = all.filter(|(_, one)| ids.is_empty() || ids.contains(&one.id.as_str()));
    let found = wanted.map(|(index, one)| {
        let status = if one.end.is_some() { "Cancelled" } else { "InProgress" };
        let written = json!({
            "InstanceRefreshId": one.id,
            "AutoScalingGroupName": name,
            "Status": status,
            "StartTime": whole_seconds(one.start).to_string(),
            "EndTime": one.end.map(|end| whole_seconds(end).to_string()),
            "PercentageComplete": 0,
        });
        (format!("{:020}", usize::MAX.saturating_sub(index)), written)
    });
    Ok(PAGING.page(input, found)?.answer("InstanceRefreshes", "NextToken"))
}
