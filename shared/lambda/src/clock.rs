//! The one place that asks the machine for the time.
//!
//! It measures how long we take and how long Lambda still lets us; the ages of AWS's things are
//! measured with AWS's own clock (`ports::Look::now`).

use jiff::Timestamp;
use std::time::{Duration, Instant};

/// The machine's time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A point on the monotonic clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn instant() -> Instant {
    Instant::now()
}

/// Lambda's deadline (epoch milliseconds, by the machine's clock) on the monotonic clock.
///
/// Keeps the budget measured from the runtime's deadline header, not from our own start.
#[must_use]
pub fn deadline(epoch_milliseconds: u64) -> Instant {
    let now = u64::try_from(now().as_millisecond()).unwrap_or(0);
    let left = Duration::from_millis(epoch_milliseconds.saturating_sub(now));
    let start = instant();
    start.checked_add(left).unwrap_or(start)
}
