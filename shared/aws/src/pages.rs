//! Every page, or a fault: a listing that is cut short must never look complete.

use crate::limits::PAGES;
use domain::Fault;

/// Asks for page after page, handing on each token, until there is none.
///
/// # Errors
/// The first page's fault; [`Fault::Partial`] for a token that comes back again, or for too many pages.
pub(crate) async fn all<T>(
    call: &str,
    mut page: impl AsyncFnMut(Option<String>) -> Result<(Vec<T>, Option<String>), Fault>,
) -> Result<Vec<T>, Fault> {
    let partial = |told: &str| Fault::Partial { call: call.to_owned(), told: told.to_owned() };
    let mut items = Vec::new();
    let mut token = None;

    for _ in 0..PAGES {
        let (found, next) = page(token.clone()).await?;
        items.extend(found);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(items),
            Some(next) if Some(&next) == token.as_ref() => {
                return Err(partial("the same page token came again"));
            }
            Some(next) => token = Some(next),
        }
    }
    Err(partial("there are too many pages"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_page_is_read_also_an_empty_one_with_a_token() {
        let items = all("x", async |token| {
            Ok(match token.as_deref() {
                None => (vec![1, 2], Some("a".to_owned())),
                Some("a") => (vec![], Some("b".to_owned())),
                _ => (vec![3], None),
            })
        })
        .await;
        assert_eq!(items, Ok(vec![1, 2, 3]));
    }

    // Checks S21.
    #[tokio::test]
    async fn a_page_that_fails_or_comes_again_is_a_fault_and_not_an_end() {
        let again = all("x", async |_| Ok((vec![1], Some("same".to_owned())))).await;
        assert!(matches!(again, Err(Fault::Partial { .. })));

        let mut number = 0;
        let endless = all("x", async |_| {
            number += 1;
            Ok((vec![1], Some(number.to_string())))
        })
        .await;
        assert!(matches!(endless, Err(Fault::Partial { .. })));

        let broken: Result<Vec<u8>, Fault> = all("x", async |token| match token {
            None => Ok((vec![1], Some("a".to_owned()))),
            Some(_) => Err(Fault::Throttled { call: "x".into() }),
        })
        .await;
        assert!(matches!(broken, Err(Fault::Throttled { .. })));
    }
}
