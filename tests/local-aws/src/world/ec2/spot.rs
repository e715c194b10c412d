//! `DescribeSpotInstanceRequests`: one request behind every Spot instance.
//!
//! Statuses: docs `AWSEC2/latest/UserGuide/spot-request-status.html`.

use super::{Ec2, Instance, State, filter};
use crate::world::core::whole_seconds;
use crate::world::input::{self, Paging};
use crate::world::{Answer, ApiError};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What EC2 will do, or did, to a Spot instance that it takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotAction {
    /// The instance is terminated.
    Terminate,
    /// The instance is stopped.
    Stop,
}

impl SpotAction {
    /// The word of the warning's `instance-action`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Terminate => "terminate",
            Self::Stop => "stop",
        }
    }
}

/// EC2 takes a Spot instance back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// What it does to the instance.
    pub action: SpotAction,
    /// When the warning came, or, once done, when the instance was taken.
    pub at: Timestamp,
    /// Whether the instance was taken.
    pub done: bool,
}

const PAGING: Paging = Paging {
    size: "MaxResults",
    token: "NextToken",
    usual: 1000,
    most: 1000,
    refusal: "InvalidNextToken",
};
const FILTERS: [&str; 4] = ["status-code", "instance-id", "state", "spot-instance-request-id"];

impl Instance {
    /// Its Spot request, `sir-…`; `None` if it is not a Spot instance.
    #[must_use]
    pub fn spot_request(&self) -> Option<String> {
        let tail = self.id.get(self.id.len().checked_sub(8)?..)?;
        self.spot.then(|| format!("sir-{tail}"))
    }

    /// The state of its Spot request, the code of its status, and what the code means.
    fn spot_status(&self) -> (&'static str, &'static str, &'static str) {
        match (self.interruption, self.state.is_going()) {
            (Some(Interruption { action: SpotAction::Terminate, done: true, .. }), _) => (
                "closed",
                "instance-terminated-no-capacity",
                "Your Spot instance was terminated because there is no Spot capacity available.",
            ),
            (_, true) => (
                "closed",
                "instance-terminated-by-user",
                "Your Spot instance was terminated because you cancelled or terminated it.",
            ),
            (Some(Interruption { action: SpotAction::Stop, done: true, .. }), _) => (
                "disabled",
                "instance-stopped-no-capacity",
                "Your Spot instance was stopped because there is no Spot capacity available.",
            ),
            (Some(Interruption { action: SpotAction::Terminate, .. }), _) => (
                "active",
                "marked-for-termination",
                "Your Spot instance is marked for termination.",
            ),
            (Some(Interruption { action: SpotAction::Stop, .. }), _) => {
                ("active", "marked-for-stop", "Your Spot instance is marked for stop.")
            }
            (None, _) if matches!(self.state, State::Stopping | State::Stopped) => (
                "disabled",
                "instance-stopped-by-user",
                "Your Spot instance was stopped by a user.",
            ),
            (None, _) => ("active", "fulfilled", "Your Spot request is fulfilled."),
        }
    }
}

/// `DescribeSpotInstanceRequests`.
pub(super) fn requests(ec2: &Ec2, input: &Value) -> Answer {
    input::only(input, &["SpotInstanceRequestId", "Filter", "MaxResults", "NextToken"])?;
    let wanted = input::texts(input, "SpotInstanceRequestId")?;
    let spots = || ec2.instances().filter_map(|one| Some((one.spot_request()?, one)));
    if let Some(unknown) = wanted.iter().find(|id| spots().all(|(known, _)| known != **id)) {
        let text = format!("The spot instance request ID '{unknown}' does not exist");
        return Err(ApiError::client("InvalidSpotInstanceRequestID.NotFound", text));
    }
    let filters = filter::read(input, &FILTERS)?;
    let mut found: Vec<(String, Value)> = spots()
        .filter(|(id, _)| wanted.is_empty() || wanted.contains(&id.as_str()))
        .filter(|(id, one)| {
            let (state, code, _) = one.spot_status();
            filters.iter().all(|filter| {
                filter.passes(|name| {
                    let value = match name {
                        "status-code" => code,
                        "instance-id" => &one.id,
                        "state" => state,
                        _ => id,
                    };
                    vec![value.to_owned()]
                })
            })
        })
        .map(|(id, one)| (id.clone(), written(&id, one)))
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(PAGING.page(input, found)?.answer("spotInstanceRequestSet", "nextToken"))
}

fn written(id: &str, instance: &Instance) -> Value {
    let (state, code, message) = instance.spot_status();
    let updated = instance.interruption.map_or(instance.launched, |interruption| interruption.at);
    let stops = instance.interruption.is_some_and(|it| it.action == SpotAction::Stop);
    json!({
        "spotInstanceRequestId": id,
        "type": if stops { "persistent" } else { "one-time" },
        "state": state,
        "status": {
            "code": code,
            "message": message,
            "updateTime": whole_seconds(updated).to_string(),
        },
        "instanceId": instance.id,
        "createTime": whole_seconds(instance.launched).to_string(),
        "launchedAvailabilityZone": instance.zone,
        "productDescription": "Linux/UNIX",
        "instanceInterruptionBehavior": if stops { "stop" } else { "terminate" },
        "tagSet": [],
    })
}
