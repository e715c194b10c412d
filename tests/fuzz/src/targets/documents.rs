//! Policy documents: whether two mean the same.

use super::json;
use domain::roles::same;
use serde_json::Value;

pub(crate) fn run(data: &[u8]) {
    let Some(value) = json(data) else { return };
    let (one, other) = match &value {
        Value::Array(pair) if pair.len() == 2 => (pair.first(), pair.last()),
        _ => (Some(&value), Some(&value)),
    };
    let (Some(one), Some(other)) = (one, other) else { return };
    assert!(same(one, one) && same(other, other), "not the same as itself");
    assert_eq!(same(one, other), same(other, one), "it depends on who is asked");
    let turned = turned(one);
    assert!(same(one, &turned), "an order means something: {one} {turned}");
    for changed in changes(one) {
        assert!(!same(one, &changed), "a change is not seen: {one} {changed}");
    }
}

/// The same document in another order and other forms.
fn turned(document: &Value) -> Value {
    let statement = |one: &Value| {
        within(one, &["Action", "NotAction", "Resource", "NotResource"], Value::clone)
    };
    within(document, &["Statement"], statement)
}

/// An object in which the lists of these names are turned round, and a list of one is that one.
fn within(value: &Value, sets: &[&str], each: impl Fn(&Value) -> Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let member = |(name, one): (&String, &Value)| {
        let turned = match one {
            _ if !sets.contains(&name.as_str()) => one.clone(),
            Value::Array(all) => match all.as_slice() {
                [only] if !only.is_array() => each(only),
                all => all.iter().rev().map(&each).collect(),
            },
            one => each(one),
        };
        (name.clone(), turned)
    };
    Value::Object(fields.iter().map(member).collect())
}

/// Documents that mean something else: another effect of the first statement, one statement more.
fn changes(document: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let Some(Value::Array(statements)) = document.get("Statement") else { return all };
    let turned = |one: &Value| match one.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Some("Deny"),
        Some(_) => Some("Allow"),
        None => None,
    };
    if let ([first], Some(effect)) = (statements.as_slice(), statements.first().and_then(turned)) {
        let mut other = first.clone();
        if let Some(place) = other.get_mut("Effect") {
            *place = effect.into();
        }
        let mut changed = document.clone();
        if let Some(place) = changed.get_mut("Statement") {
            *place = vec![other].into();
        }
        all.push(changed);
    }
    let there = document.to_string().to_lowercase().contains("nobodyhasthis");
    if let (Some(Value::Array(more)), false) = (document.clone().get_mut("Statement"), there) {
        more.push(serde_json::json!({ "Effect": "Allow", "Action": "fuzz:NobodyHasThis" }));
        let mut changed = document.clone();
        if let Some(place) = changed.get_mut("Statement") {
            *place = more.clone().into();
        }
        all.push(changed);
    }
    all
}
