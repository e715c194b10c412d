//! Requests about roles.

use super::document::{self, Purpose};
use super::{Iam, Role, conflict, names, paged, tags};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CREATE: [&str; 7] = [
    "RoleName",
    "Path",
    "AssumeRolePolicyDocument",
    "Description",
    "MaxSessionDuration",
    "PermissionsBoundary",
    "Tags",
];
/// The longest trust policy, in characters that count.
const TRUST_MOST: usize = 2048;

fn trust(input: &Value, member: &str) -> Result<String, ApiError> {
    let text = input::text(input, member)?;
    document::check(text, Purpose::Trust)?;
    if document::counted_length(text) > TRUST_MOST {
        let text = format!("Cannot exceed quota for ACLSizePerRole: {TRUST_MOST}");
        return Err(conflict("LimitExceeded", text));
    }
    Ok(text.to_owned())
}

fn max_session(input: &Value) -> Result<Option<i64>, ApiError> {
    match input::opt_int(input, "MaxSessionDuration")? {
        Some(seconds) if !(3600..=43_200).contains(&seconds) => {
            Err(invalid("MaxSessionDuration must be between 3600 and 43200 seconds."))
        }
        seconds => Ok(seconds),
    }
}

/// `CreateRole`.
pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    input::only(input, &CREATE)?;
    let (name, path) = (names::role(input)?, names::path(input)?);
    let trust = trust(input, "AssumeRolePolicyDocument")?;
    let max_session = max_session(input)?.unwrap_or(3600);
    let tags = tags::given(input)?;
    let boundary = input::opt_text(input, "PermissionsBoundary")?.map(str::to_owned);
    if let Some(arn) = &boundary {
        super::boundary::check(&world.iam, arn)?;
    }
    if world.iam.roles.contains_key(&name.to_lowercase()) {
        let text = format!("Role with name {name} already exists.");
        return Err(conflict("EntityAlreadyExists", text));
    }
    let role = Role {
        id: names::id(&mut world.core, "AROA"),
        arn: names::arn(&world.core, "role", path, name),
        name: name.to_owned(),
        path: path.to_owned(),
        created: world.core.now(),
        description: input::opt_text(input, "Description")?.map(str::to_owned),
        max_session,
        trust,
        boundary,
        tags,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    let answer = json!({"Role": role.whole()});
    world.iam.roles.insert(name.to_lowercase(), role);
    Ok(answer)
}

/// `GetRole`.
pub(super) fn get(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName"])?;
    Ok(json!({"Role": iam.known_role(names::role(input)?)?.whole()}))
}

/// `DeleteRole`: only without policies and outside instance profiles.
pub(super) fn delete(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName"])?;
    let name = names::role(input)?;
    let in_profile = iam.profiles().any(|profile| profile.role.as_deref() == Some(name));
    let role = iam.own_role(name)?;
    let left = match role {
        _ if in_profile => "remove roles from instance profile",
        role if !role.attached.is_empty() => "detach all policies",
        role if !role.inline.is_empty() => "delete policies",
        _ => {
            iam.roles.remove(&name.to_lowercase());
            return Ok(json!({}));
        }
    };
    Err(conflict("DeleteConflict", format!("Cannot delete entity, must {left} first.")))
}

/// `UpdateRole`. A description that is not given is left as it is.
pub(super) fn update(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "Description", "MaxSessionDuration"])?;
    let max_session = max_session(input)?;
    let description = input::opt_text(input, "Description")?;
    let role = iam.own_role(names::role(input)?)?;
    role.max_session = max_session.unwrap_or(role.max_session);
    if let Some(description) = description {
        role.description = Some(description.to_owned());
    }
    Ok(json!({}))
}

/// `ListRoles`.
pub(super) fn list(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["PathPrefix", "Marker", "MaxItems"])?;
    let prefix = input::opt_text(input, "PathPrefix")?.unwrap_or("/");
    let roles = iam.roles().filter(|role| role.path.starts_with(prefix));
    paged(input, "Roles", roles.map(|role| (role.name.clone(), role.listed())).collect())
}

/// `UpdateAssumeRolePolicy`.
pub(super) fn update_trust(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "PolicyDocument"])?;
    let role = iam.own_role(names::role(input)?)?;
    role.trust = trust(input, "PolicyDocument")?;
    Ok(json!({}))
}
