//! Sizes and times, each with where it comes from.

use std::time::Duration;

/// A connection must stand within this time.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);
/// One attempt of a call.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(5);
/// A call with all its attempts.
pub(crate) const OPERATION: Duration = Duration::from_secs(15);
/// Attempts of a call, the first included: one retry budget that cannot fill a minute.
pub(crate) const ATTEMPTS: u32 = 3;
/// With less than this left, a call is not begun.
pub(crate) const TOO_SHORT: Duration = Duration::from_millis(250);
/// Pages that one listing may have: 20,000 things at 100 a page.
pub(crate) const PAGES: u32 = 200;

/// `DescribeContainerInstances`, `DescribeTasks`, `ListContainerInstances`, `ListTasks`, `ListServices`
/// (ECS API reference).
#[cfg(feature = "hosts")]
pub(crate) const ECS_BATCH: usize = 100;
/// `DescribeServices` (ECS API reference).
#[cfg(feature = "hosts")]
pub(crate) const SERVICES_BATCH: usize = 10;
/// Values of one filter of `DescribeInstances` (EC2 API reference, `Filter`).
#[cfg(feature = "hosts")]
pub(crate) const FILTER_VALUES: usize = 200;
