//! What wakes the reconciler: the clock.

use lambda::{Event, Refusal};

/// Reads an event.
///
/// # Errors
/// Why it is not the clock's.
pub fn read(event: &Event) -> Result<(), Refusal> {
    if event.is_tick() { Ok(()) } else { Err(event.unknown()) }
}
