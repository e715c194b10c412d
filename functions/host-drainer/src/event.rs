//! What wakes the drainer: a terminate hook of ours, a draining host that changes, and EC2's warnings.

use domain::InstanceId;
use domain::drain::Occasion;
use lambda::events::{
    HEALTH, REBALANCE, REGISTRATION, SPOT_WARNING, TERMINATE, machine, maintained, registered,
    terminating,
};
use lambda::{Event, Refusal};

/// The hosts to look at, and what brought us there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The hosts: one, but for AWS Health, which may name many.
    pub instances: Vec<InstanceId>,
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
    let (instances, occasion, troubles) = match event.kind() {
        TERMINATE => (vec![terminating(event)?], Occasion::Event, false),
        REGISTRATION => (vec![registered(event)?], Occasion::Event, false),
        // A warning is a hint like any other: EC2 itself must say that it takes the instance back.
        SPOT_WARNING => (vec![machine(event)?], Occasion::Event, true),
        REBALANCE => (vec![machine(event)?], Occasion::Rebalance, true),
        HEALTH => (maintained(event)?, Occasion::Event, true),
        _ => return Err(event.unknown()),
    };
    Ok(Trigger { instances, occasion, troubles })
}
