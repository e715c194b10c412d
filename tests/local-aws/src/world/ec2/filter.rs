//! `Filter.N` of the describe calls: all filters must hold, one value of each is enough.

use crate::world::{ApiError, input};
use serde_json::Value;

/// One filter of a request.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

/// The filters of a request, whose names are checked against what is modelled.
pub(super) fn read<'a>(request: &'a Value, known: &[&str]) -> Result<Vec<Filter<'a>>, ApiError> {
    let filters = input::list(request, "Filter")?;
    filters.iter().map(|filter| one(filter, known)).collect()
}

fn one<'a>(filter: &'a Value, known: &[&str]) -> Result<Filter<'a>, ApiError> {
    let name = input::text(filter, "Name")?;
    // `tag:` among the known names stands for every tag.
    let tag = name.starts_with("tag:") && known.contains(&"tag:");
    if !known.contains(&name) && !tag {
        return Err(ApiError::client(
            "InvalidParameterValue",
            format!("The filter '{name}' is invalid"),
        ));
    }
    Ok(Filter { name, values: input::texts(filter, "Value")? })
}

impl Filter<'_> {
    /// Whether something passes, of which `field` tells the values that the filter's name stands for.
    pub(super) fn passes(&self, field: impl FnOnce(&str) -> Vec<String>) -> bool {
        let any = |text: &String| self.values.iter().any(|value| like(value, text));
        field(self.name).iter().any(any)
    }
}

/// EC2's wildcards: `*` is any text, `?` one character; `\` takes the next one as it is.
fn like(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    match pattern.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern.as_str();
            text.char_indices().any(|(at, _)| like(rest, text.get(at..).unwrap_or_default()))
                || like(rest, "")
        }
        Some(wanted) => {
            let exact = if wanted == '\\' { pattern.next().unwrap_or('\\') } else { wanted };
            let mut text = text.chars();
            text.next().is_some_and(|found| found == exact || wanted == '?')
                && like(pattern.as_str(), text.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_ec2() {
        for (pattern, text, expected) in [
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
