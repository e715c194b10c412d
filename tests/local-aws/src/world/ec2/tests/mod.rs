//! The model of EC2 against what the documentation says of EC2.

mod instances;
mod network;
mod spot;
mod status;

use crate::world::trial::Trial;
use serde_json::json;

/// Instances that nobody replaces.
fn hosts(count: u32) -> (Trial, Vec<String>) {
    let mut trial = Trial::with_group(count, &json!({}));
    trial.pass(30);
    let ids = trial.members().into_iter().map(|(id, _)| id).collect();
    trial.asg("SuspendProcesses", &json!({"AutoScalingGroupName": "web"}));
    (trial, ids)
}
