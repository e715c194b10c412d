//! A template's parameters.

use super::{TemplateError, plain};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The image that ECS recommends: the one that every host here has.
const RECOMMENDED: &str = "ami-0123456789abcdef0";

/// A parameter's value: the one that is given, or else its default.
pub(super) fn parameter(
    name: &str,
    declaration: &Value,
    overrides: &BTreeMap<String, String>,
) -> Result<Value, TemplateError> {
    let path = format!("Parameters.{name}");
    let value = match (overrides.get(name), declaration.get("Default")) {
        (Some(given), _) => given.clone(),
        (None, Some(default)) => plain(default),
        (None, None) => return Err(TemplateError::new(&path, "has no default and was not given")),
    };
    let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
    if kind.starts_with("AWS::SSM::Parameter::Value<") {
        return match public(&value) {
            Some(found) => Ok(json!(found)),
            None => Err(TemplateError::new(&path, format!("Unable to fetch parameters [{value}]"))),
        };
    }
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        return Ok(value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect());
    }
    if kind == "Number" {
        within_bounds(&value, declaration, &path)?;
    }
    let allowed = declaration.get("AllowedValues").and_then(Value::as_array);
    if allowed.is_some_and(|allowed| !allowed.iter().any(|one| plain(one) == value)) {
        return Err(TemplateError::new(&path, format!("does not allow '{value}'")));
    }
    // A resource's property may be a number.
    let number = (kind == "Number").then(|| serde_json::from_str(&value).ok()).flatten();
    Ok(number.unwrap_or_else(|| json!(value)))
}

/// A public parameter of Systems Manager: the image that ECS recommends.
fn public(name: &str) -> Option<&'static str> {
    let recommended = name.starts_with("/aws/service/ecs/optimized-ami/");
    (recommended && name.ends_with("/image_id")).then_some(RECOMMENDED)
}

fn within_bounds(value: &str, declaration: &Value, path: &str) -> Result<(), TemplateError> {
    let bound = |name| declaration.get(name).map(plain).and_then(|text| text.parse::<f64>().ok());
    let number: f64 = value
        .parse()
        .map_err(|_| TemplateError::new(path, format!("must be a number, not '{value}'")))?;
    let least = bound("MinValue").unwrap_or(f64::NEG_INFINITY);
    let most = bound("MaxValue").unwrap_or(f64::INFINITY);
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(TemplateError::new(path, format!("must be {least} to {most}, not {value}")))
}
