//! The role of an instance profile, and the way to all requests about instance profiles.

use super::{Iam, conflict, missing, names, profiles, tags};
use crate::world::{Answer, ApiError, World, input};
use serde_json::{Value, json};

/// One API call about instance profiles.
pub(super) fn call(world: &mut World, operation: &str, input: &Value) -> Answer {
    match operation {
        "CreateInstanceProfile" => profiles::create(world, input),
        "GetInstanceProfile" => profiles::get(&world.iam, input),
        "DeleteInstanceProfile" => profiles::delete(&mut world.iam, input),
        "ListInstanceProfiles" => profiles::list(&world.iam, input),
        "ListInstanceProfilesForRole" => profiles::for_role(&world.iam, input),
        "AddRoleToInstanceProfile" => add_role(&mut world.iam, input),
        "RemoveRoleFromInstanceProfile" => remove_role(&mut world.iam, input),
        "TagInstanceProfile" => tag(&mut world.iam, input),
        "UntagInstanceProfile" => untag(&mut world.iam, input),
        "ListInstanceProfileTags" => list_tags(&world.iam, input),
        _ => Err(ApiError::client(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2010-05-08"),
        )),
    }
}

/// `AddRoleToInstanceProfile`: one role only.
fn add_role(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName", "RoleName"])?;
    profiles::known(iam, input)?;
    let role = iam.own_role(names::role(input)?)?.name.clone();
    let profile = profiles::known_mut(iam, input)?;
    if profile.role.is_some() {
        let text = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
        return Err(conflict("LimitExceeded", text));
    }
    profile.role = Some(role);
    Ok(json!({}))
}

/// `RemoveRoleFromInstanceProfile`.
fn remove_role(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName", "RoleName"])?;
    let name = names::role(input)?;
    let profile = profiles::known_mut(iam, input)?;
    if profile.role.as_deref() != Some(name) {
        let text = format!("The role with name {name} cannot be found in the instance profile.");
        return Err(missing(text));
    }
    profile.role = None;
    Ok(json!({}))
}

/// `TagInstanceProfile`.
fn tag(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName", "Tags"])?;
    tags::add(&mut profiles::known_mut(iam, input)?.tags, input)?;
    Ok(json!({}))
}

/// `UntagInstanceProfile`.
fn untag(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName", "TagKeys"])?;
    input::needed(input, "TagKeys")?;
    let keys = input::texts(input, "TagKeys")?;
    let profile = profiles::known_mut(iam, input)?;
    profile.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(json!({}))
}

/// `ListInstanceProfileTags`.
fn list_tags(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName", "Marker", "MaxItems"])?;
    tags::page(input, &profiles::known(iam, input)?.tags)
}
