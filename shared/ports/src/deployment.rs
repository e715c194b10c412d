//! The port by which a person's tool learns what the functions were told.

use domain::Fault;
use std::collections::BTreeMap;

/// A deployed stack of Muster. No function has it.
pub trait Deployment {
    /// `DescribeStacks`: the values of a stack's parameters; `None` if there is no such stack.
    fn parameters(
        &self,
        stack: &str,
    ) -> impl Future<Output = Result<Option<BTreeMap<String, String>>, Fault>>;
}
