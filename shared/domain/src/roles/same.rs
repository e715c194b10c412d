//! Do two policy documents say the same?
//!
//! IAM gives a document back as it was put, but whoever edits one in the console, and some emulators, write a list of one
//! as a text, another order, or other cases of an action.

use serde_json::{Map, Value};

/// Whether two documents mean the same.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    canonical(one) == canonical(other)
}

/// A form that documents of the same meaning share.
fn canonical(document: &Value) -> Value {
    let Value::Object(fields) = document else {
        return document.clone();
    };
    let mut out = fields.clone();
    if let Some(statements) = fields.get("Statement") {
        let mut all: Vec<Value> = list(statements).iter().map(statement).collect();
        sort(&mut all);
        out.insert("Statement".to_owned(), Value::Array(all));
    }
    Value::Object(out)
}

fn statement(value: &Value) -> Value {
    let Value::Object(fields) = value else {
        return value.clone();
    };
    let mut out = Map::new();
    for (name, value) in fields {
        let plain = match name.as_str() {
            "Action" | "NotAction" => texts(value, str::to_lowercase),
            "Resource" | "NotResource" => texts(value, str::to_owned),
            "Principal" | "NotPrincipal" => each(value, |one| texts(one, str::to_owned)),
            "Condition" => each(value, |keys| each(keys, |one| texts(one, str::to_owned))),
            _ => value.clone(),
        };
        out.insert(name.clone(), plain);
    }
    Value::Object(out)
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    }
}

fn each(value: &Value, read: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, one)| (name.clone(), read(one))).collect())
        }
        other => other.clone(),
    }
}

/// A set of texts; `true` and `"true"` are one.
fn texts(value: &Value, read: impl Fn(&str) -> String) -> Value {
    let text = |one: &Value| match one {
        Value::String(text) => Value::String(read(text)),
        Value::Bool(_) | Value::Number(_) => Value::String(one.to_string()),
        other => other.clone(),
    };
    let mut all: Vec<Value> = list(value).iter().map(text).collect();
    sort(&mut all);
    Value::Array(all)
}

fn sort(all: &mut Vec<Value>) {
    all.sort_by_key(ToString::to_string);
    all.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(statement: impl Into<Value>) -> Value {
        json!({ "Version": "2012-10-17", "Statement": statement.into() })
    }

    #[test]
    fn order_kind_and_an_actions_case_mean_nothing() {
        let one = document(json!([
            { "Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "x",
              "Condition": { "StringEquals": { "a": "b" } } },
            { "Effect": "Deny", "Action": "s3:*", "Resource": ["y", "z"] },
        ]));
        let other = document(json!([
            { "Resource": ["z", "y"], "Effect": "Deny", "Action": ["S3:*"] },
            { "Sid": "A", "Effect": "Allow", "Action": ["s3:putobject", "s3:GetObject"], "Resource": ["x"],
              "Condition": { "StringEquals": { "a": ["b"] } } },
        ]));
        assert!(same(&one, &other));
        let trust = |service: Value| {
            document(json!({ "Effect": "Allow", "Principal": { "Service": service } }))
        };
        let both = json!(["ec2.amazonaws.com", "ecs.amazonaws.com"]);
        assert!(same(&trust(json!("ecs.amazonaws.com")), &trust(json!(["ecs.amazonaws.com"]))));
        assert!(same(&trust(both), &trust(json!(["ecs.amazonaws.com", "ec2.amazonaws.com"]))));
        assert!(!same(&trust(json!("ecs.amazonaws.com")), &trust(json!("ec2.amazonaws.com"))));
        let alone = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "y" });
        assert!(same(&document(alone.clone()), &document(json!([alone]))));
    }

    #[test]
    fn whatever_means_something_is_seen() {
        let base = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "x",
            "Condition": { "StringEquals": { "a": "b" } } });
        let changes = [
            ("/Effect", json!("Deny")),
            ("/Action", json!("s3:PutObject")),
            ("/Resource", json!("X")),
            ("/Condition/StringEquals/a", json!("B")),
            ("/Condition", json!({})),
        ];
        for (place, value) in changes {
            let mut other = base.clone();
            *other.pointer_mut(place).unwrap() = value;
            assert!(!same(&document(base.clone()), &document(other)), "{place}");
        }
        assert!(!same(&document(base.clone()), &document(json!([]))));
        assert!(!same(&document(base.clone()), &json!({ "Statement": base })));
    }
}
