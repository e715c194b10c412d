//! What wakes the adjuster: tasks that find no place, and the clock.

use domain::ClusterName;
use lambda::events::SERVICE;
use lambda::refusal::safe;
use lambda::{Event, Refusal};

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// One cluster, where tasks found no place.
    Cluster(ClusterName),
    /// Every cluster.
    Tick,
}

/// Reads an event.
///
/// # Errors
/// Why nothing follows from it.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    if event.is_tick() {
        return Ok(Trigger::Tick);
    }
    if event.kind() != SERVICE {
        return Err(event.unknown());
    }
    match event.text("eventName")? {
        "SERVICE_TASK_PLACEMENT_FAILURE" => cluster(event.text("clusterArn")?),
        other => Err(Refusal::NothingFollows(format!("the service says {}", safe(other)))),
    }
}

/// An event names its cluster by ARN, never by a bare name.
fn cluster(arn: &str) -> Result<Trigger, Refusal> {
    if arn.starts_with("arn:") && arn.contains(":cluster/") {
        return Ok(Trigger::Cluster(ClusterName::of(arn)?));
    }
    let shape = format!("a text of {} bytes", arn.len());
    Err(Refusal::BadField { field: "clusterArn", expected: "the ARN of a cluster", shape })
}
