//! Permissions boundaries.

use super::{Iam, missing, names, policies};
use crate::world::input;
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

/// A boundary must be a policy that there is.
pub(super) fn check(iam: &Iam, arn: &str) -> Result<(), ApiError> {
    if policies::exists(iam, arn) {
        Ok(())
    } else {
        Err(missing(format!("Scope ARN: {arn} does not exist or is not attachable.")))
    }
}

/// `PutRolePermissionsBoundary`.
pub(super) fn put(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PermissionsBoundary"])?;
    let arn = input::text(input, "PermissionsBoundary")?;
    iam.own_role(names::role(input)?)?;
    check(iam, arn)?;
    iam.own_role(names::role(input)?)?.boundary = Some(arn.to_owned());
    Ok(json!({}))
}

/// `DeleteRolePermissionsBoundary`.
pub(super) fn delete(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName"])?;
    let name = names::role(input)?;
    let role = iam.own_role(name)?;
    match role.boundary.take() {
        Some(_) => Ok(json!({})),
        None => {
            Err(missing(format!("The role with name {name} does not have a permissions boundary.")))
        }
    }
}
