//! What wakes the deregisterer: an instance that EC2 says is terminated.

use domain::InstanceId;
use lambda::events::{MACHINE, machine};
use lambda::refusal::safe;
use lambda::{Event, Refusal};

/// Reads an event.
///
/// # Errors
/// Why nothing follows from it: only `terminated` does; a stopped host may come back.
pub fn read(event: &Event) -> Result<InstanceId, Refusal> {
    if event.kind() != MACHINE {
        return Err(event.unknown());
    }
    let instance = machine(event)?;
    match event.text("state")? {
        "terminated" => Ok(instance),
        other => Err(Refusal::NothingFollows(format!("the instance is {}", safe(other)))),
    }
}
