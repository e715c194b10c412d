//! The pure room: what is seen of a host, and what follows from it.
//!
//! No async, no clock, no environment, no SDK, no logging. The same values in give the same plan
//! out, today and in a test; time comes in as a value.

pub mod breaker;
pub mod capacity;
pub mod checkup;
pub mod diagnosis;
pub mod drain;
pub mod fault;
pub mod forget;
pub mod group;
pub mod host;
pub mod join;
pub mod marks;
pub mod names;
pub mod pack;
pub mod plan;
pub mod policy;
pub mod property;
pub mod query;
pub mod repair;
pub mod roles;
pub mod sweep;
pub mod taking;
pub mod teardown;
pub mod told;

pub use fault::{Fault, Standing};
pub use group::GroupView;
pub use host::{HostView, Phase, Seen};
pub use names::{ClusterName, GroupName, InstanceId, RegistrationArn};
pub use plan::{Action, Hold, Plan, Step};
pub use policy::Policy;
pub use told::Told;
