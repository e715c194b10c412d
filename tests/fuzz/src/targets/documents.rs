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
    let turned = turned(one, false);
    assert!(same(one, &turned), "an order means something: {one} {turned}");
    for changed in changes(one) {
        assert!(!same(one, &changed), "a change is not seen: {one} {changed}");
    }
}

/// The same document in another order and other forms.
fn turned(value: &Value, is_set: bool) -> Value {
    match value {
        Value::Array(all) if is_set => {
            let mut all: Vec<Value> = all.iter().rev().map(|one| turned(one, false)).collect();
            if all.len() == 1 && !all.iter().any(Value::is_array) {
                return all.remove(0);
            }
            all.into()
        }
        Value::Object(fields) => {
            let member = |(name, one): (&String, &Value)| {
                let set = ["Statement", "Action", "NotAction", "Resource", "NotResource"];
                (name.clone(), turned(one, set.contains(&name.as_str())))
            };
            // In a document without statements, and inside of conditions, names mean nothing.
            if fields.keys().any(|name| name == "Statement" || name == "Effect") {
                return Value::Object(fields.iter().map(member).collect());
            }
            value.clone()
        }
        other => other.clone(),
    }
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
    if let Some(Value::Array(more)) = document.clone().get_mut("Statement") {
        more.push(serde_json::json!({ "Effect": "Allow", "Action": "fuzz:NobodyHasThis" }));
        let mut changed = document.clone();
        if let Some(place) = changed.get_mut("Statement") {
            *place = more.clone().into();
        }
        all.push(changed);
    }
    all
}
