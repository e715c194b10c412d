//! Whether an answer is all there: what is left out of one must never look absent.

use aws_sdk_ecs::types::Failure;
use domain::Fault;

/// The list that an answer must have, even if there is nothing in it: an empty body is no empty list.
///
/// # Errors
/// [`Fault::Partial`] if it is not there.
pub(crate) fn listed<T>(call: &str, field: &str, list: Option<Vec<T>>) -> Result<Vec<T>, Fault> {
    list.ok_or_else(|| partial(call, format!("{field} is missing")))
}

/// What a list, and a description of all that it lists, brought.
pub(crate) enum Read<T> {
    /// All of it.
    Whole(Vec<T>),
    /// Something that was listed could not be described.
    Lacking(Fault),
}

/// Reads, and reads a second time if something was lacking: it may be gone since it was listed.
///
/// # Errors
/// The first fault of a call, or what is lacking in the second reading too.
pub(crate) async fn read_again<T>(
    mut read: impl AsyncFnMut() -> Result<Read<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    if let Read::Whole(all) = read().await? {
        return Ok(all);
    }
    match read().await? {
        Read::Whole(all) => Ok(all),
        Read::Lacking(fault) => Err(fault),
    }
}

/// What is lacking in a description of `asked` things, if anything: a `failures[]` entry (ECS API reference,
/// *API failure reasons*), or fewer answers than questions.
pub(crate) fn lacking(
    call: &str,
    asked: usize,
    answered: usize,
    failures: &[Failure],
) -> Option<Fault> {
    if let Some(failure) = failures.first() {
        let reason = failure.reason().unwrap_or("no reason");
        let told = format!("{} of {asked} failed, the first: {reason}", failures.len());
        return Some(partial(call, told));
    }
    let short = answered < asked;
    short.then(|| partial(call, format!("{answered} of {asked} are in the answer")))
}

fn partial(call: &str, told: String) -> Fault {
    Fault::Partial { call: call.to_owned(), told }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Checks S21.
    #[test]
    fn a_failure_and_a_gap_are_lacks_and_a_full_answer_is_none() {
        let failure = Failure::builder().reason("MISSING").build();
        assert!(lacking("x", 2, 1, &[failure]).unwrap().to_string().contains("MISSING"));
        assert!(lacking("x", 2, 1, &[]).is_some());
        assert!(lacking("x", 2, 2, &[]).is_none());
    }

    #[tokio::test]
    async fn what_is_lacking_twice_is_a_fault_and_what_comes_the_second_time_is_read() {
        let mut times = 0;
        let found = read_again(async || {
            times += 1;
            Ok(if times == 1 {
                Read::Lacking(partial("x", String::new()))
            } else {
                Read::Whole(vec![7])
            })
        })
        .await;
        assert_eq!(found, Ok(vec![7]));

        let never: Result<Vec<u8>, Fault> =
            read_again(async || Ok(Read::Lacking(partial("x", String::new())))).await;
        assert!(matches!(never, Err(Fault::Partial { .. })));
    }
}
