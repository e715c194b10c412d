//! The way out for what is told to others.

use domain::{Fault, Told};

/// Tells others what was done.
///
/// Obligations of an implementation and of its callers:
///
/// * at least once: an event may arrive twice, and in another order;
/// * telling never changes the outcome of a decision: it comes after what was done, and a [`Fault`] here
///   is put on record and nothing more;
/// * where telling is switched off, it succeeds and nothing is sent.
pub trait Emit {
    /// Tells all of these, in order; an empty list needs no call.
    ///
    /// # Errors
    /// The first fault that was met; the others were still tried.
    fn emit(&self, told: &[Told]) -> impl Future<Output = Result<(), Fault>>;

    /// Whether anyone is told at all. A wish to oneself is no use where telling is switched off.
    fn is_on(&self) -> bool;
}
