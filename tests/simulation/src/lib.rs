//! A deterministic simulation of Muster: one seed makes one world, and the real judge-and-act code lives in it.
//!
//! The functions, the looks, the judgements and the flow are the ones that ship. What is made here is the world
//! around them: groups, hosts, agents, tasks, AWS's own actors, people's hands, an event weather and faults at every
//! call, all on virtual time and from one source of chance. Phase one has faults, and every write is held against
//! the truth at its instant; in phase two the faults are off, and everything must come to rest.
#![expect(
    clippy::indexing_slicing,
    reason = "numbers of hosts, groups and tasks are made by the world that they index"
)]
#![expect(clippy::similar_names, reason = "a stage has a state, and a group in a crowd is lone")]

pub mod baseline;
pub mod checks;
pub mod crash;
pub mod exec;
pub mod hand;
pub mod planted;
pub mod report;
pub mod run;
pub mod secrets;
pub mod stage;
pub mod swarm;
pub mod table;
pub mod town;
pub mod versioned;
pub mod weather;
pub mod world;

pub use planted::Bug;
pub use run::{Outcome, Setup, run};
pub use stage::Stage;
pub use swarm::Swarm;
