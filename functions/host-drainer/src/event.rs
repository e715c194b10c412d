//! What wakes the drainer: a terminate hook of ours, a draining host that changes, and EC2's warnings.

use domain::InstanceId;
use domain::drain::Occasion;
use lambda::events::{
    REBALANCE, REGISTRATION, SPOT_WARNING, TERMINATE, machine, registered, terminating,
};
use lambda::{Event, Refusal};

/// A host to look at, and what brought us there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The host.
    pub instance: InstanceId,
    /// The occasion.
    pub occasion: Occasion,
    /// Whether EC2 has said something about the machine, so that it is asked what.
    pub troubles: bool,
}

/// Reads an event.
///
/// # Errors
/// Why nothing follows from it.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    let (instance, occasion, troubles) = match event.kind() {
        TERMINATE => (terminating(event)?, Occasion::Event, false),
        REGISTRATION => (registered(event)?, Occasion::Event, false),
        // A warning is a hint like any other: EC2 itself must say that it takes the instance back.
        SPOT_WARNING => (machine(event)?, Occasion::Event, true),
        REBALANCE => (machine(event)?, Occasion::Rebalance, true),
        _ => return Err(event.unknown()),
    };
    Ok(Trigger { instance, occasion, troubles })
}
