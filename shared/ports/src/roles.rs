//! The ports of the cluster's roles.

use domain::Fault;
use domain::roles::{Existing, Identity, RoleAction};

/// Reads of IAM. The obligations are those of [`crate::Look`].
pub trait LookRoles {
    /// The roles and profiles of these names, and all others that this identity may have made; whose
    /// they are, their tags tell.
    fn existing(
        &self,
        identity: &Identity,
        names: &[String],
    ) -> impl Future<Output = Result<Existing, Fault>>;
}

/// Writes of IAM: one method, as with [`crate::Act`].
pub trait ActRoles {
    /// Performs one change. Taking away what is gone already is done.
    fn change(&self, action: &RoleAction) -> impl Future<Output = Result<(), Fault>>;
}

/// The way back to CloudFormation.
pub trait PutAnswer {
    /// Where AWS is reached if not at its own addresses; a custom resource may then be answered there too.
    fn endpoint(&self) -> Option<&str>;

    /// PUTs an answer, once. The address is a secret: no fault tells it.
    fn put_answer(&self, url: &str, body: &[u8]) -> impl Future<Output = Result<(), Fault>>;
}
