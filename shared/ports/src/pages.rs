//! Every page, or a fault: a listing that is cut short must never look complete.

use crate::Page;
use domain::Fault;

/// Pages that one listing may have: 20,000 things at 100 a page; ECS allows 5,000 container instances in a
/// cluster (*Amazon ECS service quotas* in the ECS developer guide).
const PAGES: u32 = 200;

/// Asks for page after page, handing on each token, until there is none.
///
/// # Errors
/// The first page's fault; [`Fault::Partial`] for a token that comes back again, or for too many pages.
pub async fn all<T>(
    call: &str,
    mut page: impl AsyncFnMut(Option<String>) -> Result<Page<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    let partial = |told: &str| Fault::Partial { call: call.to_owned(), told: told.to_owned() };
    let mut all = Vec::new();
    let mut token = None;

    for _ in 0..PAGES {
        let Page { items, next } = page(token.clone()).await?;
        all.extend(items);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(all),
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
    use pollster::block_on;

    fn page(items: &[u8], next: Option<&str>) -> Page<u8> {
        Page { items: items.to_vec(), next: next.map(str::to_owned) }
    }

    #[test]
    fn every_page_is_read_also_an_empty_one_with_a_token() {
        let items = block_on(all("x", async |token| {
            Ok(match token.as_deref() {
                None => page(&[1, 2], Some("a")),
                Some("a") => page(&[], Some("b")),
                _ => page(&[3], None),
            })
        }));
        assert_eq!(items, Ok(vec![1, 2, 3]));
    }

    // Checks S21.
    #[test]
    fn a_page_that_fails_or_comes_again_is_a_fault_and_not_an_end() {
        let again = block_on(all("x", async |_| Ok(page(&[1], Some("same")))));
        assert!(matches!(again, Err(Fault::Partial { told, .. }) if told.contains("came again")));

        let mut number = 0;
        let endless = block_on(all("x", async |_| {
            number += 1;
            Ok(page(&[1], Some(&number.to_string())))
        }));
        assert!(matches!(endless, Err(Fault::Partial { .. })));

        let broken = block_on(all("x", async |token| match token {
            None => Ok(page(&[1], Some("a"))),
            Some(_) => Err(Fault::Throttled { call: "x".into() }),
        }));
        assert!(matches!(broken, Err(Fault::Throttled { .. })));
    }
}
