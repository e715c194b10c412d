//! What wakes the reconciler: the clock, and its own word that one cluster is to be swept.

use domain::ClusterName;
use lambda::refusal::shape;
use lambda::{Event, Refusal};
use ports::Slice;

/// What to sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Everything that is ours.
    Tick,
    /// A slice of one cluster.
    Cluster(ClusterName, Slice),
}

impl Trigger {
    /// The slice of a cluster that is attended to.
    #[must_use]
    pub const fn slice(&self) -> Slice {
        match self {
            Self::Tick => Slice::WHOLE,
            Self::Cluster(_, slice) => *slice,
        }
    }
}

/// Reads an event.
///
/// # Errors
/// Why it is neither.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    if event.is_tick() {
        return Ok(Trigger::Tick);
    }
    if event.kind() != ("muster", "Sweep Wanted") {
        return Err(event.unknown());
    }
    let cluster = ClusterName::of(event.text("cluster")?)?;
    let part = |field: &'static str| {
        let value = event.detail.pointer(&format!("/slice/{field}"));
        let number = value.and_then(|value| u32::try_from(value.as_u64()?).ok());
        number.ok_or_else(|| Refusal::BadField {
            field: "slice",
            expected: "an index and a number of slices",
            shape: value.map_or_else(|| "missing".to_owned(), shape),
        })
    };
    let slice = Slice { index: part("index")?, of: part("of")?.max(1) };
    Ok(Trigger::Cluster(cluster, slice))
}
