//! The ports of the teardown: what is attached to a cluster, and what CloudFormation says of a stack.

use domain::teardown::Attached;
use domain::{ClusterName, Fault};
use jiff::Timestamp;

/// Reads of a cluster's capacity providers. The obligations are those of [`crate::Reads`].
pub trait Providers {
    /// What is attached to a cluster; `None` if there is no such cluster.
    fn attached(
        &self,
        cluster: &ClusterName,
    ) -> impl Future<Output = Result<Option<Attached>, Fault>>;
}

/// Reads of CloudFormation. The obligations are those of [`crate::Reads`].
pub trait Stacks {
    /// The status of a stack, as CloudFormation says it; `None` if there is no such stack.
    fn stack_status(&self, stack_id: &str) -> impl Future<Output = Result<Option<String>, Fault>>;

    /// When the status of a resource of a stack changed last: while it is deleted, since when; `None` if there is no
    /// such resource.
    fn resource_since(
        &self,
        stack_id: &str,
        logical_id: &str,
    ) -> impl Future<Output = Result<Option<Timestamp>, Fault>>;
}
