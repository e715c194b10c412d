//! What wakes the reconciler: the clock, and its own word that a part of the fleet is to be swept.

use domain::told::{SOURCE, Slice, SweepTold};
use lambda::refusal::shape;
use lambda::{Event, Refusal};

/// What to sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Everything that is ours.
    Tick,
    /// The groups whose tag `muster:cluster` has one of these values; of each cluster this slice.
    Part(Vec<String>, Slice),
}

/// Reads an event.
///
/// # Errors
/// Why it is neither.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    if event.is_tick() {
        return Ok(Trigger::Tick);
    }
    if event.kind() != (SOURCE, "Sweep Wanted") {
        return Err(event.unknown());
    }
    let told = serde_json::from_value(event.detail.clone());
    let SweepTold { cluster, slice, tags } = told.map_err(|_| Refusal::BadField {
        field: "detail",
        expected: "a cluster and a slice of it",
        shape: shape(&event.detail),
    })?;
    let tags = if tags.is_empty() { vec![cluster.to_string()] } else { tags };
    Ok(Trigger::Part(tags, slice))
}
