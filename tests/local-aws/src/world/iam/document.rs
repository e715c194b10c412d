//! Policy documents: what IAM refuses, and how it writes them.

use crate::world::ApiError;
use serde_json::Value;

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Says who may take on a role.
    Trust,
    /// Says what may be done.
    Permissions,
}

fn malformed(text: impl Into<String>) -> ApiError {
    ApiError::client("MalformedPolicyDocument", text)
}

/// Checks a document for its shape.
pub(super) fn check(text: &str, purpose: Purpose) -> Result<(), ApiError> {
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if !matches!(document.get("Version").and_then(Value::as_str), Some("2012-10-17" | "2008-10-17"))
    {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err(malformed("Syntax errors in policy.")),
    };
    statements.iter().try_for_each(|statement| check_statement(statement, purpose))
}

fn check_statement(statement: &Value, purpose: Purpose) -> Result<(), ApiError> {
    let has = |name: &str| statement.get(name).is_some_and(|value| !value.is_null());
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(malformed("Missing required field Effect"));
    }
    if !has("Action") && !has("NotAction") {
        return Err(malformed("Policy statement must contain actions."));
    }
    match purpose {
        Purpose::Trust if !has("Principal") && !has("NotPrincipal") => {
            Err(malformed("Missing required field Principal"))
        }
        Purpose::Trust if has("Resource") || has("NotResource") => {
            Err(malformed("Has prohibited field Resource"))
        }
        Purpose::Permissions if has("Principal") || has("NotPrincipal") => {
            Err(malformed("Policy document should not specify a principal."))
        }
        Purpose::Permissions if !has("Resource") && !has("NotResource") => {
            Err(malformed("Policy statement must contain resources."))
        }
        Purpose::Trust => check_services(statement),
        Purpose::Permissions => Ok(()),
    }
}

/// The service principals must be services.
fn check_services(statement: &Value) -> Result<(), ApiError> {
    let services = match statement.get("Principal").and_then(|principal| principal.get("Service")) {
        None => &[],
        Some(Value::Array(services)) => services.as_slice(),
        Some(service) => std::slice::from_ref(service),
    };
    let wrong = services
        .iter()
        .find(|service| !service.as_str().is_some_and(|name| name.ends_with(".amazonaws.com")));
    match wrong {
        None => Ok(()),
        Some(service) => {
            Err(malformed(format!("Invalid principal in policy: \"SERVICE\":{service}")))
        }
    }
}

/// How IAM writes a document in its answers: percent-encoded as RFC 3986 says.
pub(super) fn encode(text: &str) -> String {
    text.bytes().map(encode_byte).collect()
}

fn encode_byte(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// The length that counts against IAM's limits: white space does not.
pub(super) fn counted_length(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

    #[test]
    fn a_trust_policy_needs_a_principal_and_a_permissions_policy_must_not_have_one() {
        assert_eq!(check(TRUST, Purpose::Trust), Ok(()));
        assert!(check(TRUST, Purpose::Permissions).is_err());
        let without = TRUST.replace("Principal", "Nobody");
        let error = check(&without, Purpose::Trust).unwrap_err();
        assert_eq!(error.message, "Missing required field Principal");
    }

    #[test]
    fn what_is_no_policy_is_malformed() {
        for text in ["", "{", "[]", r#"{"Version":"2012-10-17"}"#, r#"{"Statement":[]}"#] {
            assert_eq!(check(text, Purpose::Trust).unwrap_err().code, "MalformedPolicyDocument");
        }
        let stranger = TRUST.replace("ec2.amazonaws.com", "ec2.example.com");
        assert!(check(&stranger, Purpose::Trust).unwrap_err().message.contains("principal"));
    }

    #[test]
    fn documents_are_percent_encoded() {
        assert_eq!(encode("{\"a\": \"é~/\"}"), "%7B%22a%22%3A%20%22%C3%A9~%2F%22%7D");
    }
}
