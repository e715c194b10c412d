//! Inline policies of roles.

use super::document::{self, Purpose};
use super::{Iam, conflict, missing, names, paged};
use crate::world::{Answer, ApiError, input};
use serde_json::{Value, json};

/// The most that all inline policies of a role may have, in characters that count.
const MOST: usize = 10_240;

fn policy(input: &Value) -> Result<&str, ApiError> {
    names::name(input, "PolicyName", 128)
}

fn no_policy(name: &str) -> ApiError {
    missing(format!("The role policy with name {name} cannot be found."))
}

/// `PutRolePolicy`.
pub(super) fn put(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PolicyName", "PolicyDocument"])?;
    let (role, name) = (iam.own_role(names::role(input)?)?, policy(input)?);
    let text = input::text(input, "PolicyDocument")?;
    document::check(text, Purpose::Permissions)?;
    let others = role.inline.iter().filter(|(other, _)| other.as_str() != name);
    let others: usize = others.map(|(_, text)| document::counted_length(text)).sum();
    if others.saturating_add(document::counted_length(text)) > MOST {
        let text = format!("Maximum policy size of {MOST} bytes exceeded for role {}", role.name);
        return Err(conflict("LimitExceeded", text));
    }
    role.inline.insert(name.to_owned(), text.to_owned());
    Ok(json!({}))
}

/// `GetRolePolicy`.
pub(super) fn get(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PolicyName"])?;
    let (role, name) = (iam.known_role(names::role(input)?)?, policy(input)?);
    let text = role.inline.get(name).ok_or_else(|| no_policy(name))?;
    Ok(json!({
        "RoleName": role.name,
        "PolicyName": name,
        "PolicyDocument": document::encode(text),
    }))
}

/// `DeleteRolePolicy`.
pub(super) fn delete(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PolicyName"])?;
    let (role, name) = (iam.own_role(names::role(input)?)?, policy(input)?);
    role.inline.remove(name).ok_or_else(|| no_policy(name))?;
    Ok(json!({}))
}

/// `ListRolePolicies`.
pub(super) fn list(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "Marker", "MaxItems"])?;
    let role = iam.known_role(names::role(input)?)?;
    let names = role.inline.keys().map(|name| (name.clone(), json!(name)));
    paged(input, "PolicyNames", names.collect())
}
