//! The frame, not the picture: what every function needs from Lambda and decides nothing.

pub mod clock;
pub mod custom_resource;
pub mod envelope;
pub mod events;
pub mod frame;
pub mod host;
pub mod metric;
pub mod metrics;
pub mod place;
pub mod record;
pub mod refusal;
pub mod sweep;
pub mod telling;
mod traces;

pub use envelope::{Event, Wake};
pub use frame::{Function, run};
pub use place::Place;
pub use record::Record;
pub use refusal::Refusal;

/// What a `main` returns.
pub type Error = lambda_runtime::Error;
