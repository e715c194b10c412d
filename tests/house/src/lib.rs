//! The tests of the house itself. Nothing here ships.
//!
//! * `law`: which crate may depend on which.
//! * `template`: the template against the folders and the settings.
//! * `policies`: every call that the template allows to each function.
//! * `events`: what is emitted against what is promised of it.
//! * `faults`: each row of the catalogue of faults has a test.
//! * `rules`: what every source file keeps to.
//! * `supply`: where the crates of others come from, and their licences.
//! * `promises`: what is promised, where it is kept, where it is checked.

#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod law;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod supply;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tree;
