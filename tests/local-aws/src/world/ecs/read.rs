//! Reads the members of a request; ECS speaks JSON with native types.

use super::state::Tags;
use crate::world::ApiError;
use serde_json::{Map, Value};

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::client("InvalidParameterException", message)
}

fn wrong(name: &str, wanted: &str) -> ApiError {
    ApiError::client("SerializationException", format!("{name} must be {wanted}"))
}

fn member<'a>(input: &'a Value, name: &str) -> Option<&'a Value> {
    input.get(name).filter(|value| !value.is_null())
}

/// A string, if it is there.
pub(super) fn text<'a>(input: &'a Value, name: &str) -> Result<Option<&'a str>, ApiError> {
    let Some(value) = member(input, name) else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| wrong(name, "a string"))
}

/// A string that must be there and not be empty.
pub(super) fn needed<'a>(input: &'a Value, name: &str) -> Result<&'a str, ApiError> {
    text(input, name)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| invalid(format!("{name} can not be blank.")))
}

/// That a member is there, whatever it is.
pub(super) fn there(input: &Value, name: &str) -> Result<(), ApiError> {
    member(input, name).map(drop).ok_or_else(|| invalid(format!("{name} can not be empty.")))
}

/// A whole number of zero or more, if it is there.
pub(super) fn count(input: &Value, name: &str) -> Result<Option<usize>, ApiError> {
    let Some(value) = member(input, name) else { return Ok(None) };
    let number = value.as_i64().ok_or_else(|| wrong(name, "a whole number"))?;
    usize::try_from(number).map(Some).map_err(|_| invalid(format!("{name} must not be negative.")))
}

/// True or false; absent is false.
pub(super) fn flag(input: &Value, name: &str) -> Result<bool, ApiError> {
    let Some(value) = member(input, name) else { return Ok(false) };
    value.as_bool().ok_or_else(|| wrong(name, "true or false"))
}

/// A list of structures; absent is empty.
pub(super) fn list<'a>(input: &'a Value, name: &str) -> Result<&'a [Value], ApiError> {
    let Some(value) = member(input, name) else { return Ok(&[]) };
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(name, "a list"))
}

/// A list of strings; absent is empty.
pub(super) fn texts<'a>(input: &'a Value, name: &str) -> Result<Vec<&'a str>, ApiError> {
    list(input, name)?
        .iter()
        .map(|value| value.as_str().ok_or_else(|| wrong(name, "a list of strings")))
        .collect()
}

/// Between one and `most` strings, as the batch calls want them.
pub(super) fn batch<'a>(
    input: &'a Value,
    name: &str,
    what: &str,
    most: usize,
) -> Result<Vec<&'a str>, ApiError> {
    let all = texts(input, name)?;
    if all.is_empty() {
        return Err(invalid(format!("{what} cannot be empty.")));
    }
    if all.len() > most {
        return Err(invalid(format!("{what} can have at most {most} items.")));
    }
    Ok(all)
}

/// A nested structure; absent is empty.
pub(super) fn object<'a>(input: &'a Value, name: &str) -> Result<&'a Value, ApiError> {
    match member(input, name) {
        None => Ok(&Value::Null),
        Some(value) if value.is_object() => Ok(value),
        Some(_) => Err(wrong(name, "a structure")),
    }
}

/// `tags: [{key, value}]`.
pub(super) fn tags(input: &Value) -> Result<Tags, ApiError> {
    let mut tags = Tags::new();
    for tag in list(input, "tags")? {
        let value = text(tag, "value")?.unwrap_or_default();
        tags.insert(needed(tag, "key")?.to_owned(), value.to_owned());
    }
    if tags.len() > 50 {
        return Err(invalid("Too many tags: at most 50."));
    }
    Ok(tags)
}

/// The members of `input` that `names` lists.
pub(super) fn kept(input: &Value, names: &[&str]) -> Map<String, Value> {
    let members = names.iter().filter_map(|name| Some(((*name).to_owned(), member(input, name)?)));
    members.map(|(name, value)| (name, value.clone())).collect()
}

/// One page of `all`: `maxResults` (1 to `most`) and `nextToken`.
pub(super) fn page(input: &Value, all: &[String], most: usize) -> Result<Paged, ApiError> {
    let size = count(input, "maxResults")?.unwrap_or(most);
    if !(1..=most).contains(&size) {
        return Err(invalid(format!("maxResults must be between 1 and {most}.")));
    }
    let start = match text(input, "nextToken")? {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .map(|after| all.iter().take_while(|item| item.as_str() <= after).count())
            .ok_or_else(|| invalid("Invalid token."))?,
    };
    let items: Vec<String> = all.iter().skip(start).take(size).cloned().collect();
    let more = start.saturating_add(items.len()) < all.len();
    let next = items.last().filter(|_| more).map(|last| format!("page-{last}"));
    Ok(Paged { items, next })
}

/// Some of a list, and the token for the rest.
pub(super) struct Paged {
    pub(super) items: Vec<String>,
    pub(super) next: Option<String>,
}

impl Paged {
    /// `{name: items, nextToken}`.
    pub(super) fn answer(self, name: &str) -> Value {
        let mut answer = Map::new();
        answer.insert(name.to_owned(), self.items.into());
        if let Some(next) = self.next {
            answer.insert("nextToken".to_owned(), next.into());
        }
        answer.into()
    }
}
