//! What should a cluster's roles be, and what must change for them to be so?

mod documents;
mod judge;
mod properties;
mod wanted;

pub use judge::{Change, Clash, Existing, ExistingProfile, ExistingRole, RoleAction, judge};
pub use properties::{Capacity, Grants, Properties, PropertyError};
pub use wanted::{Identity, Owner, WantedRole, wanted};

/// The tag that names the stack that made a thing.
pub const STACK_TAG: &str = "muster:stack-id";
/// The tag that names the resource of that stack.
pub const LOGICAL_TAG: &str = "muster:logical-id";
/// The tag that names the cluster.
pub const CLUSTER_TAG: &str = crate::names::CLUSTER_TAG;
