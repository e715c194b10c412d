//! Managed policies on roles.

use super::{Iam, conflict, missing, names, paged, policies};
use crate::world::{Answer, input};
use serde_json::{Value, json};

/// How many managed policies a role may have.
const MOST: usize = 20;

/// `AttachRolePolicy`. Attaching what is attached is done already.
pub(super) fn attach(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PolicyArn"])?;
    let (name, arn) = (names::role(input)?, input::text(input, "PolicyArn")?);
    let exists = policies::exists(iam, arn);
    let role = iam.own_role(name)?;
    if !exists {
        return Err(missing(format!("Policy {arn} does not exist or is not attachable.")));
    }
    if arn.contains("policy/aws-service-role/") {
        let text = format!("Cannot attach a Service Role Policy to a Customer Role: {arn}");
        return Err(crate::world::ApiError::client("PolicyNotAttachable", text));
    }
    if role.attached.len() >= MOST && !role.attached.contains(arn) {
        let text = format!("Cannot exceed quota for PoliciesPerRole: {MOST}");
        return Err(conflict("LimitExceeded", text));
    }
    role.attached.insert(arn.to_owned());
    Ok(json!({}))
}

/// `DetachRolePolicy`.
pub(super) fn detach(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PolicyArn"])?;
    let arn = input::text(input, "PolicyArn")?;
    if iam.own_role(names::role(input)?)?.attached.remove(arn) {
        Ok(json!({}))
    } else {
        Err(missing(format!("Policy {arn} was not found.")))
    }
}

/// `ListAttachedRolePolicies`.
pub(super) fn list(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PathPrefix", "Marker", "MaxItems"])?;
    let prefix = input::opt_text(input, "PathPrefix")?.unwrap_or("/");
    let role = iam.known_role(names::role(input)?)?;
    let attached = role.attached.iter().filter(|arn| policies::path_of(arn).starts_with(prefix));
    let attached = attached.map(|arn| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        (arn.clone(), json!({"PolicyName": name, "PolicyArn": arn}))
    });
    paged(input, "AttachedPolicies", attached.collect())
}
