//! What holds a cluster's hosts when their stack is deleted, and what sees them out?

mod judge;
mod owner;
mod properties;
mod wanted;

pub use judge::{Estate, Holder, Judged, judge};
pub use owner::{TEARDOWN_TAG, belongs};
pub use properties::Properties;
pub use wanted::is_wanted;

use crate::names::GroupName;
use serde::Serialize;

/// A capacity provider as it is attached to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// The Auto Scaling group behind it; none for Fargate and for Managed Instances.
    pub group: Option<GroupName>,
}

/// An item of a cluster's default capacity provider strategy (`CapacityProviderStrategyItem` in the ECS API reference).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The capacity provider.
    pub provider: String,
    /// How many tasks it takes first.
    pub base: i32,
    /// Its part of the others.
    pub weight: i32,
}

/// A cluster's capacity providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// All that are attached.
    pub providers: Vec<Provider>,
    /// How tasks are spread over them where a service does not say.
    pub strategy: Vec<Share>,
}
