//! Whether a description is all there: what is left out of one must never look absent.

use crate::Described;
use domain::Fault;

/// What a list, and a description of all that it lists, brought.
#[derive(Debug)]
pub enum Read<T> {
    /// All of it.
    Whole(Vec<T>),
    /// Something that was listed could not be described.
    Lacking(Fault),
}

/// Reads, and reads a second time if something was lacking: it may be gone since it was listed.
///
/// # Errors
/// The first fault of a call, or what is lacking in the second reading too.
pub async fn read_again<T>(
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
/// *API failure reasons*), or fewer answers than questions. Keeps S21.
#[must_use]
pub fn lacking<T>(call: &str, asked: usize, answer: &Described<T>) -> Option<Fault> {
    let partial = |told| Fault::Partial { call: call.to_owned(), told };
    if let Some(reason) = answer.failures.first() {
        let failed = answer.failures.len();
        return Some(partial(format!("{failed} of {asked} failed, the first: {reason}")));
    }
    let answered = answer.found.len();
    (answered < asked).then(|| partial(format!("{answered} of {asked} are in the answer")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pollster::block_on;

    // Checks S21.
    #[test]
    fn a_failure_and_a_gap_are_lacks_and_a_full_answer_is_none() {
        let answer = |found: usize, failures: &[&str]| Described {
            found: vec![(); found],
            failures: failures.iter().map(|&one| one.to_owned()).collect(),
        };
        let failed = lacking("x", 2, &answer(1, &["MISSING"]));
        assert!(failed.unwrap().to_string().contains("MISSING"));
        assert!(lacking("x", 2, &answer(1, &[])).is_some());
        assert!(lacking("x", 2, &answer(2, &[])).is_none());
    }

    #[test]
    fn what_is_lacking_twice_is_a_fault_and_what_comes_the_second_time_is_read() {
        let partial = || Fault::Partial { call: "x".into(), told: String::new() };
        let mut times = 0;
        let found = block_on(read_again(async || {
            times += 1;
            Ok(if times == 1 { Read::Lacking(partial()) } else { Read::Whole(vec![7]) })
        }));
        assert_eq!(found, Ok(vec![7]));

        let never: Result<Vec<u8>, Fault> =
            block_on(read_again(async || Ok(Read::Lacking(partial()))));
        assert!(matches!(never, Err(Fault::Partial { .. })));
    }
}
