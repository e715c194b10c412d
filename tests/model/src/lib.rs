//! The judgements under a model checker: every history of a few hosts, exhaustively.
//!
//! The simulation draws histories; here none is left out. The judgements are the ones that ship (`muster-domain`); what is made
//! here is the smallest world in which they can go wrong: a few hosts of one group, a coarse clock, reads that lag, and
//! invocations that overlap, that are cut short anywhere, and that an event wakes at any time, often, or never.
#![expect(clippy::indexing_slicing, reason = "places are made by the world that they index")]

pub mod check;
pub mod controller;
pub mod fair;
pub mod host;
pub mod model;
pub mod planted;
pub mod rules;
pub mod state;
pub mod table;
pub mod tag;
pub mod time;
pub mod view;
pub mod world;
pub mod worlds;

pub use check::{Found, Setup, check};
pub use model::{Hosts, Move};
pub use planted::Bug;
pub use state::State;
