//! Whether an answer is all there: what is left out of one must never look absent.

use domain::Fault;

/// The list that an answer must have, even if there is nothing in it: an empty body is no empty list.
///
/// # Errors
/// [`Fault::Partial`] if it is not there.
pub(crate) fn listed<T>(call: &str, field: &str, list: Option<Vec<T>>) -> Result<Vec<T>, Fault> {
    let told = || format!("{field} is missing");
    list.ok_or_else(|| Fault::Partial { call: call.to_owned(), told: told() })
}
