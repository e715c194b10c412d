//! The promises, held against the truth: every write at its instant, and in the end the world at rest.

mod acts;
mod crowd;
mod rest;
mod sizes;
mod whose;

pub(crate) use acts::abandoned;
pub use acts::{Reads, act};
pub use crowd::{crowds, took};
pub use rest::{at_rest, timed_out};
pub(crate) use whose::{host_of, registration_of};

use crate::world::State;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number, for example `S8`.
    pub promise: &'static str,
    /// When.
    pub at: i64,
    /// What happened.
    pub told: String,
}

/// Puts a broken promise on record; twenty of them are enough.
pub fn broken(state: &mut State, promise: &'static str, told: String) {
    let at = state.now;
    state.tell(|_| format!("!!! {promise} IS BROKEN: {told}"), (99, 0));
    if state.violations.len() < 20 {
        state.violations.push(Violation { promise, at, told });
    }
}
