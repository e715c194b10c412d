//! The ports: what AWS can be asked and told, and between them the looks and the flow.
//!
//! A port is a sentence, not an implementation: `shared/aws` says it with the SDK, the simulation
//! with a model. What joins the sentences, the looks and the flow, is here, so that both run the same.

mod deployment;
mod emit;
mod enrol;
mod examine;
mod flow;
mod gauge;
mod logs;
pub mod look;
pub mod pages;
mod reads;
mod roles;
mod teardown;

pub use deployment::Deployment;
pub use emit::Emit;
pub use enrol::Enrol;
pub use examine::Examine;
pub use flow::{Done, Outcome, perform, perform_all};
pub use gauge::{Definition, Gauge, InstanceType, Launch, Placed, Wish};
pub use logs::{Logs, Written};
pub use look::{Groups, Sighting};
pub use reads::{
    Ask, Described, ECS_BATCH, FILTER_VALUES, Instance, Page, Reads, SERVICES_BATCH, Task,
    Troubled, Troubles,
};
pub use roles::{ActRoles, LookRoles, Pause, PutAnswer};
pub use teardown::{Providers, Stacks};

use domain::{Action, Fault};
use std::collections::BTreeMap;
use std::time::Instant;

/// Writes: one method for one change, so that rehearsing, recording, counting and refusing have one place each.
pub trait Act {
    /// Performs one action. [`domain::Standing::Moot`] faults mean that it was done already.
    fn perform(&self, action: &Action) -> impl Future<Output = Result<(), Fault>>;

    /// Performs actions that AWS takes in one call, [`Action::batch`] says which, and tells what came of each.
    fn perform_together(&self, actions: &[Action]) -> impl Future<Output = Vec<Result<(), Fault>>> {
        async move {
            let mut results = Vec::new();
            for action in actions {
                results.push(self.perform(action).await);
            }
            results
        }
    }
}

/// The budget and the bookkeeping of one invocation.
pub trait Session {
    /// Begins anew: no calls made yet, and none may end after this point of the monotonic clock.
    fn begin(&self, deadline: Instant);

    /// Sets another end, without forgetting the calls made.
    fn extend(&self, deadline: Instant);

    /// The calls made since then, by IAM action, attempts counted.
    fn calls(&self) -> BTreeMap<String, u32>;

    /// How many of these attempts AWS throttled; 0 where nobody counts them.
    fn throttled(&self) -> u32 {
        0
    }
}

/// Acts on nothing and agrees to everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rehearsal;

impl Act for Rehearsal {
    async fn perform(&self, _: &Action) -> Result<(), Fault> {
        Ok(())
    }
}
