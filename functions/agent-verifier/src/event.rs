//! What wakes the verifier: a launch that our hook holds, or an agent that connects.

use domain::InstanceId;
use domain::marks::AGENT_LOST;
use lambda::events::{LAUNCH, REGISTRATION, launching, registered};
use lambda::{Event, Refusal};
use serde_json::Value;

/// A host to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The host.
    pub instance: InstanceId,
    /// Whether its group holds it at our launch hook. If not, its registration changed: most of these are tasks that
    /// come and go on a host in service.
    pub launching: bool,
    /// Whether the event hints that we marked its agent as lost.
    pub marked_lost: bool,
}

/// Reads an event.
///
/// # Errors
/// Why nothing follows from it.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    match event.kind() {
        LAUNCH => Ok(Trigger { instance: launching(event)?, launching: true, marked_lost: false }),
        REGISTRATION => Ok(Trigger {
            instance: registered(event)?,
            launching: false,
            marked_lost: has_mark(event.detail.get("attributes")),
        }),
        _ => Err(event.unknown()),
    }
}

fn has_mark(attributes: Option<&Value>) -> bool {
    let all = attributes.and_then(Value::as_array);
    let named = |one: &Value| one.get("name").and_then(Value::as_str) == Some(AGENT_LOST);
    all.is_some_and(|all| all.iter().any(named))
}
