//! The clients that ship, on a wire that breaks: no socket, no real clock, one seed.
//!
//! A call is made on a bad line and held against the same call on a clear one, and a write against the truth: a fault may
//! be told as a fault, never as "absent", "empty", "done" or "refused".
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    clippy::large_futures,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this crate is for tests only, and a stage that cannot be set fails them"
)]

pub mod catalogue;
pub mod class;
pub mod clock;
pub mod excuse;
pub mod fields;
mod guard;
pub mod life;
pub mod line;
pub mod net;
pub mod ports;
pub mod reading;
pub mod report;
pub mod stage;
pub mod tally;
mod things;
pub mod tree;
pub mod trial;
pub mod words;
pub mod writes;
