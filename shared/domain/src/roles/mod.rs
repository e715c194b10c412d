//! What should a cluster's roles be, and what must change for them to be so?

mod change;
mod documents;
mod grants;
mod judge;
mod properties;
mod same;
mod stack;

mod wanted;

pub use crate::property::PropertyError;
pub use change::{Change, Clash, Existing, ExistingProfile, ExistingRole, RoleAction};
pub use grants::Grants;
pub use judge::judge;
pub use properties::{Capacity, Infrastructure, Properties, TaskExecution};
pub use same::same;
pub use stack::{Purpose, awaits, awaits_deletes};
pub use wanted::{Identity, LINKED_MADE, Limits, Owner, ServiceLinked, Wanted, WantedRole, wanted};

/// The tag that names the stack that made a thing.
pub const STACK_TAG: &str = "muster:stack";
/// The tag that names the resource of that stack.
pub const LOGICAL_TAG: &str = "muster:resource";
/// The tag that names the request that made a thing.
pub const REQUEST_TAG: &str = "muster:request";
/// The tag that names the cluster.
pub const CLUSTER_TAG: &str = crate::names::CLUSTER_TAG;
