//! Eventual consistency: what is written shows in reads only after a while (*How IAM works* in the IAM user guide).

use super::Iam;
use crate::world::{Answer, World};

/// How late reads are, and what they show meanwhile.
#[derive(Clone, Debug, Default)]
pub(super) struct Late {
    /// For how many reads a write does not show.
    by: u32,
    /// What reads show, and how many more of them.
    shown: Option<(Box<Iam>, u32)>,
}

impl Iam {
    /// From now on, a write shows only after so many reads.
    pub fn is_late_by(&mut self, reads: u32) {
        self.late = Late { by: reads, shown: None };
    }
}

pub(super) fn call(
    world: &mut World,
    operation: &str,
    run: impl FnOnce(&mut World) -> Answer,
) -> Answer {
    let late = std::mem::take(&mut world.iam.late);
    let reads = ["Get", "List", "Simulate"].iter().any(|it| operation.starts_with(it));
    match (late.shown, reads) {
        (Some((shown, left)), true) => {
            let truth = std::mem::replace(&mut world.iam, *shown);
            let answer = run(world);
            let shown = std::mem::replace(&mut world.iam, truth);
            let left = left.saturating_sub(1);
            let shown = (left > 0).then(|| (Box::new(shown), left));
            world.iam.late = Late { by: late.by, shown };
            answer
        }
        (shown, true) => {
            let answer = run(world);
            world.iam.late = Late { by: late.by, shown };
            answer
        }
        (shown, false) => {
            let before = (late.by > 0).then(|| Box::new(world.iam.clone()));
            let answer = run(world);
            // The older picture stays until it has been shown often enough.
            let shown = shown.or_else(|| before.map(|before| (before, late.by)));
            world.iam.late = Late { by: late.by, shown };
            answer
        }
    }
}
