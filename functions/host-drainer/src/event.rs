//! What wakes the drainer: a terminate hook of ours, a Spot warning, a draining host that changes.

use domain::InstanceId;
use domain::drain::Occasion;
use lambda::events::{REGISTRATION, SPOT_WARNING, TERMINATE, machine, registered, terminating};
use lambda::{Event, Refusal};

/// A host to look at, and what brought us there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The host.
    pub instance: InstanceId,
    /// The occasion.
    pub occasion: Occasion,
}

/// Reads an event.
///
/// # Errors
/// Why nothing follows from it.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    let (instance, occasion) = match event.kind() {
        TERMINATE => (terminating(event)?, Occasion::Event),
        REGISTRATION => (registered(event)?, Occasion::Event),
        SPOT_WARNING => (machine(event)?, Occasion::SpotWarning),
        _ => return Err(event.unknown()),
    };
    Ok(Trigger { instance, occasion })
}
