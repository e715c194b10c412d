//! Reads the members of a request, whichever protocol it came over.
//!
//! The query protocols make every scalar a string and an empty list the empty string; JSON has native
//! types. Both are taken. A wrong type is a `ValidationError`, as Auto Scaling and IAM say it.

use super::ApiError;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `ValidationError`, HTTP 400.
pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::client("ValidationError", message)
}

fn wrong(name: &str, wanted: &str) -> ApiError {
    invalid(format!("The value of {name} must be {wanted}."))
}

/// A member that is there and not null.
pub(crate) fn member<'a>(input: &'a Value, name: &str) -> Option<&'a Value> {
    input.get(name).filter(|value| !value.is_null())
}

/// A string, if it is there.
pub(crate) fn opt_text<'a>(input: &'a Value, name: &str) -> Result<Option<&'a str>, ApiError> {
    let Some(value) = member(input, name) else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| wrong(name, "a string"))
}

/// A string that must be there and not be empty.
pub(crate) fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, ApiError> {
    opt_text(input, name)?.filter(|text| !text.is_empty()).ok_or_else(|| absent(name))
}

/// A whole number, if it is there; a string of digits is one too.
pub(crate) fn opt_int(input: &Value, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(value) = member(input, name) else { return Ok(None) };
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.map(Some).ok_or_else(|| wrong(name, "a whole number"))
}

/// A whole number that must be there.
pub(crate) fn int(input: &Value, name: &str) -> Result<i64, ApiError> {
    opt_int(input, name)?.ok_or_else(|| invalid(format!("{name} is required.")))
}

/// True or false, if it is there; the words `true` and `false` too.
pub(crate) fn opt_bool(input: &Value, name: &str) -> Result<Option<bool>, ApiError> {
    let Some(value) = member(input, name) else { return Ok(None) };
    let flag = value.as_bool().or_else(|| match value.as_str()? {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    });
    flag.map(Some).ok_or_else(|| wrong(name, "true or false"))
}

/// A list; absent is empty.
pub(crate) fn list<'a>(input: &'a Value, name: &str) -> Result<&'a [Value], ApiError> {
    match member(input, name) {
        None => Ok(&[]),
        Some(Value::String(text)) if text.is_empty() => Ok(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(name, "a list")),
    }
}

/// A list that must be there.
pub(crate) fn needed<'a>(input: &'a Value, name: &str) -> Result<&'a [Value], ApiError> {
    match member(input, name) {
        Some(_) => list(input, name),
        None => Err(absent(name)),
    }
}

fn absent(name: &str) -> ApiError {
    invalid(format!(
        "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must \
         not be null"
    ))
}

/// A list of strings; absent is empty.
pub(crate) fn texts<'a>(input: &'a Value, name: &str) -> Result<Vec<&'a str>, ApiError> {
    let words = list(input, name)?.iter().map(Value::as_str);
    words.map(|word| word.ok_or_else(|| wrong(name, "a list of strings"))).collect()
}

/// `[{Key, Value}]`; absent is empty.
pub(crate) fn tags(input: &Value, name: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let mut tags = BTreeMap::new();
    for tag in list(input, name)? {
        let value = opt_text(tag, "Value")?.unwrap_or_default();
        tags.insert(text(tag, "Key")?.to_owned(), value.to_owned());
    }
    Ok(tags)
}

/// Refuses every member that is not listed.
///
/// AWS has more members than this model; one that is not modelled must not be taken and ignored.
pub(crate) fn only(input: &Value, known: &[&str]) -> Result<(), ApiError> {
    let members = input.as_object().into_iter().flatten();
    match members.map(|(name, _)| name).find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(ApiError::client(
            "UnknownParameter",
            format!("The parameter {name} is not recognized"),
        )),
    }
}

/// How an operation names its paging, and how large a page may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    /// The member with the page's size.
    pub(crate) size: &'static str,
    /// The member with the token, in the request.
    pub(crate) token: &'static str,
    /// The size when none is asked for.
    pub(crate) usual: usize,
    /// The largest size.
    pub(crate) most: usize,
    /// The code of the error for a token that is none.
    pub(crate) refusal: &'static str,
}

/// Some of a list, and the token for the rest.
#[derive(Debug)]
pub(crate) struct Page {
    /// The items of this page.
    pub(crate) items: Vec<Value>,
    /// The token, if there is more.
    pub(crate) next: Option<String>,
}

impl Page {
    /// `{name: items}`, with the token under `token` if there is more.
    pub(crate) fn answer(self, name: &str, token: &str) -> Value {
        let mut answer = Map::new();
        answer.insert(name.to_owned(), self.items.into());
        if let Some(next) = self.next {
            answer.insert(token.to_owned(), json!(next));
        }
        answer.into()
    }
}

impl Paging {
    /// One page of `all`, which is in the order of its keys. The token is the last key given out, so
    /// that what appears or vanishes between two pages moves nothing else.
    pub(crate) fn page(
        self,
        input: &Value,
        all: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Page, ApiError> {
        let most = i64::try_from(self.most).unwrap_or(i64::MAX);
        let size = match opt_int(input, self.size)? {
            None => self.usual,
            Some(size) if (1..=most).contains(&size) => usize::try_from(size).unwrap_or(self.usual),
            Some(size) => {
                return Err(invalid(format!("{} {size} is not between 1 and {most}", self.size)));
            }
        };
        let after = opt_text(input, self.token)?.map(|token| self.read_token(token)).transpose()?;
        let after = after.as_deref();
        let mut rest =
            all.into_iter().skip_while(|(key, _)| after.is_some_and(|after| key.as_str() <= after));
        let taken: Vec<(String, Value)> = rest.by_ref().take(size).collect();
        let last = taken.last().map(|(key, _)| write_token(key));
        let next = last.filter(|_| rest.next().is_some());
        Ok(Page { items: taken.into_iter().map(|(_, item)| item).collect(), next })
    }

    fn read_token(self, token: &str) -> Result<String, ApiError> {
        let digits: Vec<char> = token.chars().collect();
        let bytes = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok());
        bytes
            .collect::<Option<Vec<u8>>>()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| {
                ApiError::client(self.refusal, format!("The token '{token}' is invalid."))
            })
    }
}

fn write_token(key: &str) -> String {
    key.bytes().fold(String::new(), |token, byte| token + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGING: Paging = Paging {
        size: "MaxRecords",
        token: "NextToken",
        usual: 50,
        most: 100,
        refusal: "InvalidNextToken",
    };

    fn letters() -> Vec<(String, Value)> {
        ["a", "b", "c"].map(|letter| (letter.to_owned(), json!(letter))).to_vec()
    }

    #[test]
    fn scalars_are_read_from_words_and_from_native_values() {
        let input = json!({"a": "5", "b": 5, "c": "true", "d": false, "e": "no", "f": ""});
        assert_eq!((opt_int(&input, "a"), opt_int(&input, "b")), (Ok(Some(5)), Ok(Some(5))));
        assert_eq!(
            (opt_bool(&input, "c"), opt_bool(&input, "d")),
            (Ok(Some(true)), Ok(Some(false)))
        );
        assert_eq!(opt_bool(&input, "e").unwrap_err().code, "ValidationError");
        assert!(list(&input, "f").unwrap().is_empty());
        assert!(needed(&input, "f").unwrap().is_empty());
        assert_eq!(needed(&input, "none").unwrap_err().code, "ValidationError");
        assert!(text(&input, "f").is_err());
    }

    #[test]
    fn pages_hold_everything_once_even_when_an_item_vanishes_between_them() {
        let first = PAGING.page(&json!({"MaxRecords": "2"}), letters()).unwrap();
        assert_eq!(first.items, [json!("a"), json!("b")]);
        let mut left = letters();
        left.remove(1);
        let input = json!({"MaxRecords": "2", "NextToken": first.next.unwrap()});
        let second = PAGING.page(&input, left).unwrap();
        assert_eq!((second.items, second.next), (vec![json!("c")], None));
    }

    #[test]
    fn a_token_or_size_that_is_none_is_refused() {
        let token = PAGING.page(&json!({"NextToken": "zz"}), letters()).unwrap_err();
        assert_eq!(token.code, "InvalidNextToken");
        assert!(PAGING.page(&json!({"MaxRecords": "101"}), letters()).is_err());
    }

    #[test]
    fn a_member_that_is_not_modelled_is_refused() {
        let error = only(&json!({"A": "1", "B": "2"}), &["A"]).unwrap_err();
        assert_eq!(error.code, "UnknownParameter");
    }
}
