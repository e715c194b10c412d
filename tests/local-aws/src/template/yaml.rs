//! YAML with CloudFormation's short tags, as JSON with the long forms: `!Ref X` is `{"Ref": "X"}`.

use super::TemplateError;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// Reads the one document of a template.
pub(crate) fn read(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text).map_err(|e| TemplateError::new("", e.to_string()))?;
    match documents.as_slice() {
        [document] => value(document, ""),
        _ => Err(TemplateError::new("", "must be one YAML document")),
    }
}

fn value(node: &Yaml<'_>, path: &str) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(scalar) => Ok(self::scalar(scalar)),
        Yaml::Sequence(items) => {
            let items = items.iter().enumerate();
            items.map(|(at, item)| value(item, &join(path, &at.to_string()))).collect()
        }
        Yaml::Mapping(members) => {
            let members = members.iter().map(|(key, member)| {
                let key = key_text(key, path)?;
                let member = value(member, &join(path, &key))?;
                Ok((key, member))
            });
            Ok(Value::Object(members.collect::<Result<Map<_, _>, TemplateError>>()?))
        }
        Yaml::Tagged(tag, inner) => tagged(&tag.suffix, value(inner, path)?, path),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            Err(TemplateError::new(path, "cannot be read as YAML"))
        }
    }
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(is) => json!(is),
        Scalar::Integer(number) => json!(number),
        Scalar::FloatingPoint(number) => json!(number.into_inner()),
        Scalar::String(text) => json!(text),
    }
}

fn key_text(key: &Yaml<'_>, path: &str) -> Result<String, TemplateError> {
    match value(key, path)? {
        Value::String(text) => Ok(text),
        other if other.is_number() || other.is_boolean() => Ok(other.to_string()),
        _ => Err(TemplateError::new(path, "has a key that is not a scalar")),
    }
}

fn tagged(tag: &str, inner: Value, path: &str) -> Result<Value, TemplateError> {
    match (tag, inner) {
        ("Ref" | "Condition", inner) => Ok(json!({ tag: inner })),
        ("GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => Ok(json!({ "Fn::GetAtt": [resource, attribute] })),
            None => Err(TemplateError::new(path, "!GetAtt needs Resource.Attribute")),
        },
        (tag, inner) => Ok(json!({ format!("Fn::{tag}"): inner })),
    }
}

/// One step further down in the path that errors name.
pub(super) fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}
