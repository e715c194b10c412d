//! In which order the resources of a stack are made: each after what it names.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The resources and parameters that a resource names, in references or in `DependsOn`.
pub(super) fn named(resource: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    match resource.get("DependsOn") {
        Some(Value::Array(all)) => {
            names.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        Some(Value::String(one)) => {
            names.insert(one.clone());
        }
        _ => {}
    }
    resource.get("Properties").into_iter().for_each(|properties| walk(properties, &mut names));
    names
}

fn walk(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("Ref", Value::String(named)) => {
                        found.insert(named.clone());
                    }
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => found.extend(placeholders(text)),
                    ("Fn::Sub", Value::Array(parts)) => {
                        let text = parts.first().and_then(Value::as_str).unwrap_or_default();
                        found.extend(placeholders(text));
                        parts.iter().skip(1).for_each(|part| walk(part, found));
                    }
                    (_, member) => walk(member, found),
                }
            }
        }
        _ => {}
    }
}

/// The names in `${Name}` and `${Name.Attribute}`.
fn placeholders(text: &str) -> impl Iterator<Item = String> {
    let inner = text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    inner.map(|inner| inner.split_once('.').map_or(inner, |(name, _)| name).to_owned())
}

/// The ids, each after those that it names. CloudFormation makes at once what does not depend on one another; here it is the
/// first by name that is made first, or the last.
///
/// # Errors
/// The ids that name one another in a circle.
pub(super) fn order(
    all: &BTreeMap<String, BTreeSet<String>>,
    last_first: bool,
) -> Result<Vec<String>, Vec<String>> {
    let mut left: BTreeSet<&String> = all.keys().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = |id: &&&String| {
            let named = all.get(**id).into_iter().flatten();
            named.into_iter().all(|name| !left.contains(name))
        };
        let mut ready = left.iter().filter(free).copied();
        let next = if last_first { ready.next_back() } else { ready.next() };
        let Some(next) = next else { return Err(left.into_iter().cloned().collect()) };
        left.remove(next);
        order.push(next.clone());
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_resource_names_others_in_every_way_that_there_is() {
        let resource = json!({
            "DependsOn": ["A"],
            "Properties": {
                "List": [{ "Ref": "B" }, { "Fn::GetAtt": ["C", "Arn"] }],
                "Text": { "Fn::Sub": "x/${D}/${E.Name}/${AWS::Region}" },
                "More": { "Fn::Sub": ["${Own}", { "Own": { "Ref": "F" } }] },
                "If": { "Fn::If": ["Condition", { "Ref": "G" }, "no"] },
            },
        });
        let found = named(&resource);
        for name in ["A", "B", "C", "D", "E", "F", "G"] {
            assert!(found.contains(name), "{name}: {found:?}");
        }
        assert_eq!(named(&json!({ "DependsOn": "A" })), BTreeSet::from(["A".to_owned()]));
    }

    fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        edges.iter().map(|(id, names)| ((*id).to_owned(), owned(names))).collect()
    }

    #[test]
    fn each_comes_after_what_it_names_in_either_order() {
        let all = graph(&[("A", &["C"]), ("B", &[]), ("C", &["Parameter"]), ("D", &["A", "B"])]);
        assert_eq!(order(&all, false).unwrap(), ["B", "C", "A", "D"]);
        assert_eq!(order(&all, true).unwrap(), ["C", "B", "A", "D"]);
    }

    #[test]
    fn a_circle_is_an_error() {
        let all = graph(&[("A", &["B"]), ("B", &["A"]), ("C", &[])]);
        assert_eq!(order(&all, false).unwrap_err(), ["A", "B"]);
    }
}
