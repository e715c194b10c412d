//! The port by which a person reads what the functions wrote. No function has it.

use crate::Page;
use domain::Fault;
use jiff::Timestamp;

/// A line that a function wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// When CloudWatch Logs was told.
    pub at: Option<Timestamp>,
    /// The line.
    pub line: String,
}

/// Reads of CloudWatch Logs, and where in it to read. The obligations are those of [`crate::Reads`].
pub trait Logs {
    /// The log group of a stack of Muster, as its output `LogGroupName` says; `None` if there is no such stack, or it has no
    /// such output.
    fn log_group(&self, stack: &str) -> impl Future<Output = Result<Option<String>, Fault>>;

    /// One page of the lines of a log group since then that a filter pattern matches. A page may be empty although there is
    /// a next one.
    fn written(
        &self,
        group: &str,
        pattern: &str,
        since: Timestamp,
        token: Option<String>,
    ) -> impl Future<Output = Result<Page<Written>, Fault>>;
}
