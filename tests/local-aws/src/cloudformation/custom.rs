//! A stack's request to the function behind one of its custom resources.

use super::stringified;
use super::template_stack::Resource;
use crate::engine::LocalAws;
use crate::template::{Made, plain};
use serde_json::{Map, Value, json};

/// Whether a function makes resources of this type.
pub(super) fn is_custom(kind: &str) -> bool {
    kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource"
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The stack's id.
    pub(super) stack: &'a str,
    /// `Create`, `Update` or `Delete`.
    pub(super) request: &'a str,
    /// The resource: as it is to be made, or as it is there.
    pub(super) resource: &'a Resource,
    /// What an update changes it to.
    pub(super) properties: Option<&'a Value>,
}

/// Sends a request and waits for its answer. A failed one says why, and which id the resource has all the same: that of the
/// answer, or one that CloudFormation makes up.
pub(super) async fn ask(local: &LocalAws, asked: Asked<'_>) -> Result<Made, (String, String)> {
    let Asked { resource, .. } = asked;
    let old = resource.made.physical_id.clone();
    let url = local.response_url();
    let request = request(local, asked, &url);
    let token = request.get("ServiceToken").map(plain).unwrap_or_default();
    let function = token.rsplit(':').next().unwrap_or_default();
    let made_up = || {
        let name = asked.stack.split('/').nth(1).unwrap_or_default();
        format!("{name}-{}-{}", resource.logical_id, local.hex(12).to_uppercase())
    };
    let kept = || if old.is_empty() { made_up() } else { old.clone() };
    let answer = local.send_request(function, &url, &request).await;
    let answer = answer.map_err(|error| (error.to_string(), kept()))?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("Status") == "FAILED" {
        // A failed update keeps the id that the resource had.
        let id = if old.is_empty() { text("PhysicalResourceId") } else { old };
        return Err((text("Reason"), id));
    }
    let data = answer.get("Data").and_then(Value::as_object);
    let attributes = data.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value)));
    Ok(Made { physical_id: text("PhysicalResourceId"), attributes: attributes.collect() })
}

fn request(local: &LocalAws, asked: Asked<'_>, url: &str) -> Value {
    let Asked { stack, request, resource, properties } = asked;
    let now = stringified(properties.unwrap_or(&resource.properties));
    let mut all = Map::from_iter([
        ("RequestType".to_owned(), json!(request)),
        ("RequestId".to_owned(), json!(local.uuid())),
        ("StackId".to_owned(), json!(stack)),
        ("ResponseURL".to_owned(), json!(url)),
        ("ResourceType".to_owned(), json!(resource.kind)),
        ("LogicalResourceId".to_owned(), json!(resource.logical_id)),
        ("ServiceToken".to_owned(), now.get("ServiceToken").cloned().unwrap_or_default()),
        ("ResourceProperties".to_owned(), now),
    ]);
    if !resource.made.physical_id.is_empty() {
        all.insert("PhysicalResourceId".to_owned(), json!(resource.made.physical_id));
    }
    if properties.is_some() {
        all.insert("OldResourceProperties".to_owned(), stringified(&resource.properties));
    }
    all.into()
}
