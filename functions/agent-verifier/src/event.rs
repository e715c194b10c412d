//! What wakes the verifier: a launch that our hook holds, or an agent that connects.

use domain::InstanceId;
use lambda::events::{LAUNCH, REGISTRATION, launching, registered};
use lambda::{Event, Refusal};

/// A host to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Its group holds it at our launch hook.
    Launching(InstanceId),
    /// Its registration changed: most of these are tasks that come and go on a host in service.
    Registered(InstanceId),
}

/// Reads an event.
///
/// # Errors
/// Why nothing follows from it.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    match event.kind() {
        LAUNCH => launching(event).map(Trigger::Launching),
        REGISTRATION => registered(event).map(Trigger::Registered),
        _ => Err(event.unknown()),
    }
}
