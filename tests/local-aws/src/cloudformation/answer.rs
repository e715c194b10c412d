//! What CloudFormation takes as an answer.

use super::CloudFormationError;
use serde_json::Value;

const LONGEST_ANSWER: usize = 4096;
const LONGEST_PHYSICAL_ID: usize = 1024;

/// The answer to `request`, if CloudFormation would take it.
pub(super) fn check(request: &Value, body: &[u8]) -> Result<Value, CloudFormationError> {
    if body.len() > LONGEST_ANSWER {
        return Err(CloudFormationError::TooLong(body.len()));
    }
    let answer: Value = serde_json::from_slice(body).map_err(|_| malformed("not JSON"))?;
    for name in ["StackId", "RequestId", "LogicalResourceId"] {
        if answer.get(name) != request.get(name) {
            return Err(CloudFormationError::NotThisRequest(name));
        }
    }
    status(&answer)?;
    match answer.get("PhysicalResourceId").and_then(Value::as_str) {
        Some(id) if !id.is_empty() && id.len() <= LONGEST_PHYSICAL_ID => {}
        _ => return Err(CloudFormationError::NoPhysicalResourceId),
    }
    data(&answer)?;
    Ok(answer)
}

fn status(answer: &Value) -> Result<(), CloudFormationError> {
    let reason = answer.get("Reason");
    if reason.is_some_and(|reason| !reason.is_string()) {
        return Err(malformed("Reason must be a string"));
    }
    match answer.get("Status").and_then(Value::as_str) {
        Some("SUCCESS") => Ok(()),
        Some("FAILED") if reason.and_then(Value::as_str).is_some_and(|text| !text.is_empty()) => {
            Ok(())
        }
        Some("FAILED") => Err(malformed("FAILED needs a Reason")),
        _ => Err(malformed("Status must be SUCCESS or FAILED")),
    }
}

fn data(answer: &Value) -> Result<(), CloudFormationError> {
    let simple = match answer.get("Data") {
        None => true,
        Some(Value::Object(members)) => members
            .values()
            .all(|value| value.is_string() || value.is_number() || value.is_boolean()),
        Some(_) => false,
    };
    if !simple {
        return Err(malformed(
            "Value of property Data must be an object with String (or simple type) properties",
        ));
    }
    match answer.get("NoEcho") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(malformed("NoEcho must be true or false")),
    }
}

fn malformed(problem: &str) -> CloudFormationError {
    CloudFormationError::Malformed(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request() -> Value {
        json!({ "StackId": "s", "RequestId": "r", "LogicalResourceId": "l" })
    }

    fn good() -> Value {
        json!({
            "Status": "SUCCESS", "PhysicalResourceId": "p", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "l", "Data": { "RoleArn": "arn", "Count": 1, "Made": true },
        })
    }

    fn with(name: &str, value: Value) -> Result<Value, CloudFormationError> {
        let mut answer = good();
        answer[name] = value;
        check(&request(), answer.to_string().as_bytes())
    }

    #[test]
    fn a_good_answer_is_taken() {
        assert_eq!(check(&request(), good().to_string().as_bytes()), Ok(good()));
    }

    #[test]
    fn what_cloudformation_refuses_is_refused() {
        let cases = [
            ("Status", json!("OK")),
            ("Status", json!("FAILED")),
            ("Reason", Value::Null),
            ("Data", json!({ "List": ["a"] })),
            ("Data", json!({ "Nothing": null })),
            ("Data", json!("text")),
            ("NoEcho", json!("true")),
        ];
        for (name, value) in cases {
            let found = with(name, value.clone());
            assert!(matches!(found, Err(CloudFormationError::Malformed(_))), "{name}: {value}");
        }
    }

    #[test]
    fn the_ids_are_needed() {
        assert_eq!(
            with("StackId", json!("x")),
            Err(CloudFormationError::NotThisRequest("StackId"))
        );
        assert_eq!(
            with("RequestId", json!("x")),
            Err(CloudFormationError::NotThisRequest("RequestId"))
        );
        for bad in [json!(""), Value::Null, json!(1), json!("x".repeat(1025))] {
            assert_eq!(
                with("PhysicalResourceId", bad),
                Err(CloudFormationError::NoPhysicalResourceId)
            );
        }
    }

    #[test]
    fn an_answer_may_have_4096_bytes_and_no_more() {
        let length = good().to_string().len();
        let padded = |to: usize| {
            let body = good().to_string();
            let body = format!("{}{}", body, " ".repeat(to - length));
            check(&request(), body.as_bytes())
        };
        assert!(padded(4096).is_ok());
        assert_eq!(padded(4097), Err(CloudFormationError::TooLong(4097)));
    }
}
