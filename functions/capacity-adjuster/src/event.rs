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
        "SERVICE_TASK_PLACEMENT_FAILURE" => {
            Ok(Trigger::Cluster(ClusterName::of(event.text("clusterArn")?)?))
        }
        other => Err(Refusal::NothingFollows(format!("the service says {}", safe(other)))),
    }
}
