//! The port by which a person puts a group under Muster. No function has it.

use domain::plan::HookOf;
use domain::{Fault, GroupName};
use std::time::Duration;

/// The changes of an enrolment: to hooks of ours, and to tags `muster:*`, of one group.
pub trait Enrol {
    /// `PutLifecycleHook`: makes one of our hooks, or sets it right. A launch hook that times out abandons, a terminate hook
    /// continues (S9).
    fn put_hook(
        &self,
        group: &GroupName,
        hook: HookOf,
        heartbeat: Duration,
    ) -> impl Future<Output = Result<(), Fault>>;

    /// `DeleteLifecycleHook` of one of ours. AWS ends what it holds by its default result.
    fn delete_hook(
        &self,
        group: &GroupName,
        hook: HookOf,
    ) -> impl Future<Output = Result<(), Fault>>;

    /// `CreateOrUpdateTags`, not propagated to hosts.
    fn set_tag(
        &self,
        group: &GroupName,
        key: &str,
        value: &str,
    ) -> impl Future<Output = Result<(), Fault>>;

    /// `DeleteTags`.
    fn delete_tag(&self, group: &GroupName, key: &str) -> impl Future<Output = Result<(), Fault>>;
}
