//! Managed policies: the account's own, and AWS's by name.

use super::document::{self, Purpose};
use super::{Iam, Policy, conflict, managed, missing, names, state, tags};
use crate::world::core::whole_seconds;
use crate::world::{Answer, ApiError, World, input};
use serde_json::{Value, json};

/// The longest managed policy, in characters that count.
const MOST: usize = 6144;

/// Whether there is a policy with this ARN.
pub(super) fn exists(iam: &Iam, arn: &str) -> bool {
    iam.policies.contains_key(arn) || managed::exists(arn)
}

/// The path in a policy's ARN, for example `/service-role/`.
pub(super) fn path_of(arn: &str) -> &str {
    let resource = arn.split_once(":policy").map_or("", |(_, resource)| resource);
    resource.rfind('/').and_then(|last| resource.get(..=last)).unwrap_or("/")
}

/// `CreatePolicy`.
pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["PolicyName", "Path", "PolicyDocument", "Description", "Tags"])?;
    let (name, path) = (names::name(input, "PolicyName", 128)?, names::path(input)?);
    let text = input::text(input, "PolicyDocument")?;
    document::check(text, Purpose::Permissions)?;
    if document::counted_length(text) > MOST {
        return Err(conflict(
            "LimitExceeded",
            format!("Cannot exceed quota for PolicySize: {MOST}"),
        ));
    }
    let taken = |policy: &Policy| policy.name.eq_ignore_ascii_case(name);
    if world.iam.policies.values().any(taken) {
        let text =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(conflict("EntityAlreadyExists", text));
    }
    let policy = Policy {
        id: names::id(&mut world.core, "ANPA"),
        arn: names::arn(&world.core, "policy", path, name),
        name: name.to_owned(),
        path: path.to_owned(),
        created: world.core.now(),
        description: input::opt_text(input, "Description")?.map(str::to_owned),
        document: text.to_owned(),
        tags: tags::given(input)?,
    };
    let arn = policy.arn.clone();
    world.iam.policies.insert(arn.clone(), policy);
    Ok(json!({"Policy": written(&world.iam, &arn)}))
}

fn attachments(iam: &Iam, arn: &str) -> usize {
    iam.roles().filter(|role| role.attached.contains(arn)).count()
}

fn boundaries(iam: &Iam, arn: &str) -> usize {
    iam.roles().filter(|role| role.boundary.as_deref() == Some(arn)).count()
}

fn written(iam: &Iam, arn: &str) -> Option<Value> {
    let own = iam.policies.get(arn);
    if own.is_none() && !managed::exists(arn) {
        return None;
    }
    let created = own.map_or(jiff::Timestamp::UNIX_EPOCH, |policy| policy.created);
    let created = whole_seconds(created).to_string();
    let tags = own.map(|policy| state::tags(&policy.tags)).filter(|tags| !tags.is_empty());
    Some(json!({
        "PolicyName": arn.rsplit('/').next(),
        "PolicyId": own.map_or("ANPAAAAAAAAAAAAAAAAAA", |policy| policy.id.as_str()),
        "Arn": arn,
        "Path": path_of(arn),
        "DefaultVersionId": "v1",
        "AttachmentCount": attachments(iam, arn),
        "PermissionsBoundaryUsageCount": boundaries(iam, arn),
        "IsAttachable": true,
        "Description": own.and_then(|policy| policy.description.as_deref()),
        "CreateDate": created,
        "UpdateDate": created,
        "Tags": tags,
    }))
}

fn no_policy(arn: &str) -> ApiError {
    missing(format!("Policy {arn} was not found."))
}

/// `GetPolicy`.
pub(super) fn get(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["PolicyArn"])?;
    let arn = input::text(input, "PolicyArn")?;
    Ok(json!({"Policy": written(iam, arn).ok_or_else(|| no_policy(arn))?}))
}

/// `DeletePolicy`: only where no role has it.
pub(super) fn delete(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["PolicyArn"])?;
    let arn = input::text(input, "PolicyArn")?;
    if !iam.policies.contains_key(arn) {
        return Err(no_policy(arn));
    }
    if attachments(iam, arn) > 0 || boundaries(iam, arn) > 0 {
        let text = "Cannot delete a policy attached to entities.";
        return Err(conflict("DeleteConflict", text));
    }
    iam.policies.remove(arn);
    Ok(json!({}))
}
