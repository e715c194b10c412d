//! Sizes and times, each with where it comes from.

use std::time::Duration;

/// A connection must stand within this time. AWS's endpoints are in the same region: it takes milliseconds, and
/// a second attempt reaches another address.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);
/// One attempt of a call, its answer read to the end. The calls that are made here take well under a second.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(5);
/// A call with all its attempts and the pauses between them.
pub(crate) const OPERATION: Duration = Duration::from_secs(15);
/// Attempts of a call, the first included: the default of the standard mode (*Retry behavior* in the AWS SDKs
/// and Tools reference guide). Pauses are random and grow; the events and the reconciler try again later.
pub(crate) const ATTEMPTS: u32 = 3;
/// Retries that an invocation has beside a fifth of its calls: a call or two may fail in the best of times.
pub(crate) const RETRIES: u32 = 4;
/// With less than this left, a call is not begun: one answer takes about 20 ms, one with a new connection and a
/// small CPU share up to ten times that.
pub(crate) const TOO_SHORT: Duration = Duration::from_millis(250);

#[cfg(feature = "hosts")]
pub(crate) use hosts::*;

#[cfg(feature = "hosts")]
mod hosts {
    /// The largest page of `ListContainerInstances`, `ListTasks` and `ListServices`: `maxResults`, 1 to 100
    /// (ECS API reference).
    pub(crate) const ECS_PAGE: i32 = 100;
    /// A page of `DescribeAutoScalingGroups`. `MaxRecords` may be 100 (EC2 Auto Scaling API reference), but each group comes
    /// with all of its hosts: a hundred groups of a thousand are 45 MB of XML, for a function that has 128.
    pub(crate) const GROUPS_PAGE: i32 = 20;
    /// Activities that are asked for to find the latest launch among them.
    pub(crate) const ACTIVITIES: i32 = 20;
    /// Task definitions that are kept: some hundred bytes each.
    pub(crate) const DEFINITIONS: usize = 1_000;
    /// Other clusters in which a lost host is looked for: a call each, with the likeliest first.
    #[cfg(feature = "iam")]
    pub(crate) const OTHER_CLUSTERS: usize = 20;
    /// The largest page of `DescribeWarmPool`: `MaxRecords` (EC2 Auto Scaling API reference).
    pub(crate) const POOL_PAGE: i32 = 50;
    /// Entries of one `PutEvents`: at most 10 (EventBridge API reference).
    pub(crate) const EVENTS_BATCH: usize = 10;
    /// Bytes of all entries of one `PutEvents`: less than 256 KB (*Calculating `PutEvents` event entry size* in
    /// the EventBridge user guide; later editions say 1 MB, and the smaller holds in both).
    pub(crate) const EVENTS_BYTES: usize = 256 * 1024 - 1;
}
