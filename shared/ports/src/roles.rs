//! The ports of the cluster's roles.

use domain::Fault;
use domain::roles::{Existing, Identity, RoleAction, Wanted};
use std::time::Duration;

/// Reads of IAM, and of what uses it. The obligations are those of [`crate::Reads`].
pub trait LookRoles {
    /// The roles and profiles that are wanted, and all others that this identity may have made, whose they are their
    /// tags tell; and which of the wanted service-linked roles are there.
    fn existing(
        &self,
        identity: &Identity,
        wanted: &Wanted,
    ) -> impl Future<Output = Result<Existing, Fault>>;

    /// The instances, not terminated yet, that use an instance profile.
    fn users(&self, profile_arn: &str) -> impl Future<Output = Result<Vec<String>, Fault>>;
}

/// Writes of IAM: one method, as with [`crate::Act`].
pub trait ActRoles {
    /// Performs one change. Taking away what is gone already is done.
    fn change(&self, action: &RoleAction) -> impl Future<Output = Result<(), Fault>>;
}

/// Time that has to pass: IAM shows what was written only after a while.
pub trait Pause {
    /// Waits.
    fn pause(&self, long: Duration) -> impl Future<Output = ()>;
}

/// The way back to CloudFormation.
pub trait PutAnswer {
    /// Where AWS is reached if not at its own addresses; a custom resource may then be answered there too.
    fn endpoint(&self) -> Option<&str>;

    /// PUTs an answer, once, within this time. The address is a secret: no fault tells it.
    fn put_answer(
        &self,
        url: &str,
        body: &[u8],
        within: Duration,
    ) -> impl Future<Output = Result<(), Fault>>;
}
