//! What policy documents say of an action on a resource.
//!
//! Evaluation: docs `IAM/latest/UserGuide/reference_policies_evaluation-logic.html`; conditions: docs
//! `IAM/latest/UserGuide/reference_policies_elements_condition_operators.html`.

use serde_json::Value;
use std::collections::BTreeMap;

/// The values of the condition keys of a request, by their names.
pub(crate) type Context = BTreeMap<String, Vec<String>>;

/// An action on a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// What conditions are held against; without it, all are taken as met.
    pub(crate) context: Option<&'a Context>,
}

/// What a policy says of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

impl Decision {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }

    /// Of a permissions boundary and the policies: what both allow.
    pub(crate) fn within(self, boundary: Self) -> Self {
        match (self, boundary) {
            (Self::ExplicitDeny, _) | (_, Self::ExplicitDeny) => Self::ExplicitDeny,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
            _ => Self::ImplicitDeny,
        }
    }
}

/// An explicit deny wins over any allow; without an allow it is an implicit deny.
pub(crate) fn decide(policies: &[Value], asked: Asked<'_>) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for statement in statements(policies) {
        if applies(statement, asked) {
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Allow") => decision = Decision::Allowed,
                _ => return Decision::ExplicitDeny,
            }
        }
    }
    decision
}

/// The statements of documents.
pub(crate) fn statements(policies: &[Value]) -> impl Iterator<Item = &Value> {
    policies.iter().flat_map(|policy| many(policy.get("Statement")))
}

pub(crate) fn applies(statement: &Value, asked: Asked<'_>) -> bool {
    let any = |name: &str, matches: &dyn Fn(&str) -> bool| {
        let given = statement.get(name)?;
        Some(many(Some(given)).iter().filter_map(Value::as_str).any(matches))
    };
    let of_action = |pattern: &str| action_is(pattern, asked.action);
    let of_resource = |pattern: &str| like(pattern, asked.resource);
    let not = |found: Option<bool>| found.map(|found| !found);
    let acts = any("Action", &of_action).or_else(|| not(any("NotAction", &of_action)));
    let on = any("Resource", &of_resource).or_else(|| not(any("NotResource", &of_resource)));
    acts.unwrap_or_default() && on.unwrap_or_default() && meets(statement, asked.context)
}

/// The names of actions have no case; ARNs have.
pub(crate) fn action_is(pattern: &str, action: &str) -> bool {
    like(&pattern.to_lowercase(), &action.to_lowercase())
}

/// One value is written without the brackets of a list.
pub(crate) fn many(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
    }
}

/// All operators, and all keys of each, must be met.
fn meets(statement: &Value, context: Option<&Context>) -> bool {
    let Some(context) = context else { return true };
    let operators = statement.get("Condition").and_then(Value::as_object);
    operators.into_iter().flatten().all(|(operator, keys)| {
        keys.as_object().into_iter().flatten().all(|(key, wanted)| {
            let found = context.get(key).map(Vec::as_slice);
            met(operator, many(Some(wanted)), found)
        })
    })
}

fn met(operator: &str, wanted: &[Value], found: Option<&[String]>) -> bool {
    if operator == "Null" {
        return wanted.iter().any(|wanted| text(wanted) == found.is_none().to_string());
    }
    let (every, operator) = match operator.split_once(':') {
        Some(("ForAllValues", operator)) => (true, operator),
        Some(("ForAnyValue", operator)) => (false, operator),
        _ => (false, operator),
    };
    let one = |found: &String| wanted.iter().any(|wanted| holds(operator, &text(wanted), found));
    let found = found.unwrap_or_default();
    // Of no values, all are as they should be.
    if every { found.iter().all(one) } else { found.iter().any(one) }
}

/// An operator that is not modelled is never met.
fn holds(operator: &str, wanted: &str, found: &str) -> bool {
    match operator {
        "StringEquals" => wanted == found,
        "StringLike" | "ArnLike" | "ArnEquals" => like(wanted, found),
        "NumericEquals" => {
            let number = |text: &str| text.parse::<i64>().ok();
            number(wanted).is_some() && number(wanted) == number(found)
        }
        _ => false,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// IAM's wildcards: `*` is any text, `?` one character.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => alike(pattern, text),
        Some((start, rest)) => {
            let length = start.chars().count();
            let at = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
            let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
            let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
            let mut tails = ends.filter_map(|at| tail.get(at..));
            alike(start, head) && tails.any(|tail| like(rest, tail))
        }
    }
}

fn alike(pattern: &str, text: &str) -> bool {
    pattern.chars().count() == text.chars().count()
        && pattern.chars().zip(text.chars()).all(|(wanted, found)| wanted == '?' || wanted == found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wildcards_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("ecs:Submit*", "ecs:SubmitTaskStateChange", true),
            ("ecs:Submit*", "ecs:Poll", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc*", "ab", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn conditions_are_met_as_in_iam() {
        let context: Context = [("k", vec!["a"]), ("two", vec!["a", "b"]), ("n", vec!["0"])]
            .map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()))
            .into();
        for (condition, expected) in [
            (json!({"StringEquals": {"k": "a"}}), true),
            (json!({"StringEquals": {"k": ["b", "a"]}}), true),
            (json!({"StringEquals": {"k": "A"}}), false),
            (json!({"StringEquals": {"none": "a"}}), false),
            (json!({"StringLike": {"k": "?"}}), true),
            (json!({"Null": {"k": "false"}}), true),
            (json!({"Null": {"k": "true"}}), false),
            (json!({"Null": {"none": "true"}}), true),
            (json!({"ForAllValues:StringEquals": {"two": ["a", "b", "c"]}}), true),
            (json!({"ForAllValues:StringEquals": {"two": ["a"]}}), false),
            (json!({"ForAllValues:StringEquals": {"none": ["a"]}}), true),
            (json!({"ForAnyValue:StringEquals": {"two": ["b"]}}), true),
            (json!({"ForAnyValue:StringEquals": {"none": ["b"]}}), false),
            (json!({"NumericEquals": {"n": 0}}), true),
            (json!({"NumericEquals": {"k": "0"}}), false),
            (json!({"StringEquals": {"k": "a"}, "Null": {"two": "true"}}), false),
            (json!({"DateLessThan": {"k": "a"}}), false),
        ] {
            let statement = json!({"Condition": condition});
            assert_eq!(meets(&statement, Some(&context)), expected, "{statement}");
            assert!(meets(&statement, None));
        }
    }
}
