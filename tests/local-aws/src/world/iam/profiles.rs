//! Requests that make, read and delete instance profiles.

use super::{Iam, Profile, conflict, missing, names, paged, state, tags};
use crate::world::core::whole_seconds;
use crate::world::{Answer, ApiError, World, input};
use serde_json::{Value, json};

/// An instance profile with its role.
pub(super) fn written(iam: &Iam, profile: &Profile) -> Value {
    let roles: Vec<Value> = profile
        .role
        .as_deref()
        .and_then(|name| iam.role(name))
        .into_iter()
        .map(super::Role::listed)
        .collect();
    json!({
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": whole_seconds(profile.created).to_string(),
        "Roles": roles,
        "Tags": Some(state::tags(&profile.tags)).filter(|tags| !tags.is_empty()),
    })
}

/// An instance profile that the request names.
pub(super) fn known<'a>(iam: &'a Iam, input: &Value) -> Result<&'a Profile, ApiError> {
    let name = names::profile(input)?;
    iam.profile(name).ok_or_else(|| no_profile(name))
}

/// An instance profile that the request names, to be changed.
pub(super) fn known_mut<'a>(iam: &'a mut Iam, input: &Value) -> Result<&'a mut Profile, ApiError> {
    let name = names::profile(input)?;
    let profile = iam.profiles.get_mut(&name.to_lowercase());
    profile.filter(|profile| profile.name == name).ok_or_else(|| no_profile(name))
}

fn no_profile(name: &str) -> ApiError {
    missing(format!("Instance Profile {name} cannot be found."))
}

/// `CreateInstanceProfile`.
pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName", "Path", "Tags"])?;
    let (name, path) = (names::profile(input)?, names::path(input)?);
    if world.iam.profiles.contains_key(&name.to_lowercase()) {
        let text = format!("Instance Profile {name} already exists.");
        return Err(conflict("EntityAlreadyExists", text));
    }
    let profile = Profile {
        id: names::id(&mut world.core, "AIPA"),
        arn: names::arn(&world.core, "instance-profile", path, name),
        name: name.to_owned(),
        path: path.to_owned(),
        created: world.core.now(),
        tags: tags::given(input)?,
        role: None,
    };
    let answer = json!({"InstanceProfile": written(&world.iam, &profile)});
    world.iam.profiles.insert(name.to_lowercase(), profile);
    Ok(answer)
}

/// `GetInstanceProfile`.
pub(super) fn get(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName"])?;
    Ok(json!({"InstanceProfile": written(iam, known(iam, input)?)}))
}

/// `DeleteInstanceProfile`: only without a role.
pub(super) fn delete(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["InstanceProfileName"])?;
    let profile = known(iam, input)?;
    if profile.role.is_some() {
        let text = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(conflict("DeleteConflict", text));
    }
    let key = profile.name.to_lowercase();
    iam.profiles.remove(&key);
    Ok(json!({}))
}

/// `ListInstanceProfiles`: without tags.
pub(super) fn list(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["PathPrefix", "Marker", "MaxItems"])?;
    let prefix = input::opt_text(input, "PathPrefix")?.unwrap_or("/");
    listed(iam, input, |profile| profile.path.starts_with(prefix))
}

/// `ListInstanceProfilesForRole`.
pub(super) fn for_role(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "Marker", "MaxItems"])?;
    let role = &iam.known_role(names::role(input)?)?.name;
    listed(iam, input, |profile| profile.role.as_ref() == Some(role))
}

fn listed(iam: &Iam, input: &Value, wanted: impl Fn(&Profile) -> bool) -> Answer {
    let profiles = iam.profiles().filter(|profile| wanted(profile)).map(|profile| {
        let mut written = written(iam, profile);
        if let Some(members) = written.as_object_mut() {
            members.remove("Tags");
        }
        (profile.name.clone(), written)
    });
    paged(input, "InstanceProfiles", profiles.collect())
}
