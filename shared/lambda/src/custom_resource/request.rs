//! A custom resource's request.

use super::address::ResponseUrl;
use crate::refusal::{Refusal, safe, shape};
use serde_json::Value;

/// What CloudFormation wants of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That it exists.
    Create,
    /// That it is as the new properties say.
    Update,
    /// That it is gone.
    Delete,
}

/// A request of CloudFormation (*Custom resource request objects* in its template reference).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is wanted; an unknown word is told to CloudFormation as a failure.
    pub kind: Result<Kind, String>,
    /// The request's id, unique within the stack.
    pub request_id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's name in the stack.
    pub logical_id: String,
    /// The id that we gave it, or CloudFormation did if we never answered.
    pub physical_id: Option<String>,
    /// Where it is answered.
    pub response_url: ResponseUrl,
    /// What the template says; `Null` if it says nothing.
    pub properties: Value,
    /// What it said before, in an Update.
    pub old_properties: Value,
}

impl Request {
    /// Reads a payload.
    ///
    /// # Errors
    /// Why it is no request; nobody can be answered then.
    pub fn read(payload: &Value) -> Result<Self, Refusal> {
        if payload.get("RequestType").is_none() || payload.get("ResponseURL").is_none() {
            return Err(Refusal::NotAnEvent { shape: shape(payload) });
        }
        let text = |field: &'static str| match payload.get(field) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            other => {
                let shape = other.map_or_else(|| "missing".to_owned(), shape);
                Err(Refusal::BadField { field, expected: "a text", shape })
            }
        };
        let kind = match payload.get("RequestType").and_then(Value::as_str) {
            Some("Create") => Ok(Kind::Create),
            Some("Update") => Ok(Kind::Update),
            Some("Delete") => Ok(Kind::Delete),
            other => Err(safe(other.unwrap_or_default())),
        };
        Ok(Self {
            kind,
            request_id: text("RequestId")?,
            stack_id: text("StackId")?,
            logical_id: text("LogicalResourceId")?,
            physical_id: text("PhysicalResourceId").ok(),
            response_url: ResponseUrl::new(text("ResponseURL")?),
            properties: payload.get("ResourceProperties").cloned().unwrap_or(Value::Null),
            old_properties: payload.get("OldResourceProperties").cloned().unwrap_or(Value::Null),
        })
    }

    /// The word for records.
    #[must_use]
    pub fn word(&self) -> &str {
        match &self.kind {
            Ok(Kind::Create) => "Create",
            Ok(Kind::Update) => "Update",
            Ok(Kind::Delete) => "Delete",
            Err(other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request() -> Value {
        json!({
            "RequestType": "Create",
            "RequestId": "r-1",
            "StackId": "arn:stack",
            "LogicalResourceId": "Roles",
            "ResponseURL": "https://x",
        })
    }

    fn with(field: &str, value: Value) -> Result<Request, Refusal> {
        let mut request = request();
        request[field] = value;
        Request::read(&request)
    }

    #[test]
    fn a_request_is_one_of_three_or_a_word_that_is_told_back() {
        for (word, kind) in
            [("Create", Kind::Create), ("Update", Kind::Update), ("Delete", Kind::Delete)]
        {
            let request = with("RequestType", json!(word)).unwrap();
            assert_eq!((&request.kind, request.word()), (&Ok(kind), word));
        }
        let odd = with("RequestType", json!("Read\n")).unwrap();
        assert_eq!((odd.kind.clone(), odd.word()), (Err("Read\\n".to_owned()), "Read\\n"));
        assert_eq!(with("RequestType", json!(7)).unwrap().kind, Err(String::new()));
    }

    #[test]
    fn what_has_no_type_or_no_address_is_no_request_and_a_missing_id_is_named() {
        for field in ["RequestType", "ResponseURL"] {
            let mut without = request();
            without.as_object_mut().unwrap().remove(field);
            let told = Request::read(&without);
            assert!(matches!(told, Err(Refusal::NotAnEvent { .. })), "{field}: {told:?}");
        }
        for missing in ["RequestId", "StackId", "LogicalResourceId"] {
            for bad in [json!(null), json!(""), json!(7)] {
                let told = with(missing, bad);
                assert!(
                    matches!(told, Err(Refusal::BadField { field, .. }) if field == missing),
                    "{told:?}"
                );
            }
        }
    }

    #[test]
    fn the_id_and_the_properties_are_read_where_they_are() {
        let bare = Request::read(&request()).unwrap();
        assert_eq!(
            (bare.physical_id, bare.properties, bare.old_properties),
            (None, Value::Null, Value::Null)
        );
        let id = with("PhysicalResourceId", json!("id")).unwrap().physical_id;
        assert_eq!(id.as_deref(), Some("id"));
        assert_eq!(with("PhysicalResourceId", json!("")).unwrap().physical_id, None);
        let properties = json!({ "a": "b" });
        assert_eq!(with("ResourceProperties", properties.clone()).unwrap().properties, properties);
        let old = with("OldResourceProperties", properties.clone()).unwrap().old_properties;
        assert_eq!(old, properties);
    }
}
