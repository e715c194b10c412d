//! What must change for the roles to be as asked.

use super::change::{Change, Clash, Existing, ExistingProfile, ExistingRole, RoleAction};
use super::same::same;
use super::wanted::{Identity, Owner, ServiceLinked, Wanted, WantedRole};
use serde_json::Value;
use std::collections::BTreeMap;

/// What must change so that exactly the wanted roles of this identity exist. Judging anew after the
/// changes comes to none.
///
/// Keeps S29, S30: nothing without our tags, path and name is ever changed.
///
/// # Errors
/// The first thing that is in the way.
pub fn judge(
    wanted: &Wanted,
    existing: &Existing,
    identity: &Identity,
    owner: &Owner,
) -> Result<Vec<RoleAction>, Clash> {
    let missing = |one: &&ServiceLinked| !existing.service_linked.contains(one.name);
    let mut actions: Vec<RoleAction> =
        wanted.service_linked.iter().filter(missing).map(ServiceLinked::create).collect();
    let bound = wanted.boundary.as_ref();
    let wanted = &wanted.roles;
    for role in wanted {
        let changes = match existing.roles.get(&role.name) {
            None => create(role),
            Some(found) if owner.owns(&found.tags) && found.path == role.path => mend(role, found),
            Some(_) => return Err(Clash::NameTaken { name: role.name.clone() }),
        };
        actions.extend(named(&role.name, changes));
        actions.extend(named(&role.name, profile(role, existing, owner)?));
    }
    for (name, found) in &existing.roles {
        let ours =
            owner.owns(&found.tags) && found.path == identity.path && identity.may_have_named(name);
        if ours && !wanted.iter().any(|role| role.name == *name) {
            actions.extend(named(name, remove(name, found, bound, existing, owner)?));
        }
    }
    actions.extend(lone_profiles(wanted, existing, identity, owner));
    Ok(actions)
}

fn named(name: &str, changes: Vec<Change>) -> impl Iterator<Item = RoleAction> {
    changes.into_iter().map(move |change| RoleAction { name: name.to_owned(), change })
}

fn create(role: &WantedRole) -> Vec<Change> {
    let put = |(policy, document): (&String, &Value)| Change::PutPolicy {
        policy: policy.clone(),
        document: document.clone(),
    };
    let made = Change::CreateRole { wanted: Box::new(role.clone()) };
    std::iter::once(made).chain(role.policies.iter().map(put)).collect()
}

fn mend(role: &WantedRole, found: &ExistingRole) -> Vec<Change> {
    let mut changes = Vec::new();
    // The boundary first: what is put after it is put inside it.
    match (&role.boundary, &found.boundary) {
        (Some(boundary), found) if found.as_ref() != Some(boundary) => {
            changes.push(Change::SetBoundary { boundary: boundary.clone() });
        }
        (None, Some(_)) => changes.push(Change::DeleteBoundary),
        _ => {}
    }
    if role.description != found.description {
        changes.push(Change::Describe { description: role.description.clone() });
    }
    let other = |(key, value): &(&String, &String)| found.tags.get(*key) != Some(*value);
    let tags: BTreeMap<String, String> =
        role.tags.iter().filter(other).map(|(key, value)| (key.clone(), value.clone())).collect();
    if !tags.is_empty() {
        changes.push(Change::Tag { tags });
    }
    if !same(&role.trust, &found.trust) {
        changes.push(Change::SetTrust { document: role.trust.clone() });
    }
    for (policy, document) in &role.policies {
        if !found.policies.get(policy).is_some_and(|found| same(found, document)) {
            changes.push(Change::PutPolicy { policy: policy.clone(), document: document.clone() });
        }
    }
    for policy in found.policies.keys().filter(|name| !role.policies.contains_key(*name)) {
        changes.push(Change::DeletePolicy { policy: policy.clone() });
    }
    changes
}

fn profile(role: &WantedRole, existing: &Existing, owner: &Owner) -> Result<Vec<Change>, Clash> {
    if !role.profile {
        return Ok(Vec::new());
    }
    match existing.profiles.get(&role.name) {
        None => {
            let (path, tags) = (role.path.clone(), role.tags.clone());
            Ok(vec![Change::CreateProfile { path, tags }, Change::AddToProfile])
        }
        Some(found) if !owner.owns(&found.tags) => {
            Err(Clash::NameTaken { name: role.name.clone() })
        }
        Some(found) if found.roles.contains(&role.name) => Ok(Vec::new()),
        Some(_) => Ok(vec![Change::AddToProfile]),
    }
}

fn remove(
    name: &str,
    found: &ExistingRole,
    boundary: Option<&String>,
    existing: &Existing,
    owner: &Owner,
) -> Result<Vec<Change>, Clash> {
    let outside = boundary.filter(|boundary| found.boundary.as_ref() != Some(*boundary));
    let set = |boundary: &String| Change::SetBoundary { boundary: boundary.clone() };
    let mut changes: Vec<Change> = outside.map(set).into_iter().collect();
    for profile in &found.profiles {
        let ours = existing.profiles.get(profile).is_some_and(|one| owner.owns(&one.tags));
        if !ours {
            let (name, profile) = (name.to_owned(), profile.clone());
            return Err(Clash::InForeignProfile { name, profile });
        }
        changes.push(Change::RemoveFromProfile { profile: profile.clone() });
    }
    // Of our own role everything is taken away, also what others attached: else it cannot be deleted.
    changes.extend(found.attached.iter().map(|policy| Change::Detach { policy: policy.clone() }));
    let policies = found.policies.keys();
    changes.extend(policies.map(|policy| Change::DeletePolicy { policy: policy.clone() }));
    changes.push(Change::DeleteRole);
    Ok(changes)
}

/// Profiles of ours that nobody wants; their roles have been taken out before.
fn lone_profiles(
    wanted: &[WantedRole],
    existing: &Existing,
    identity: &Identity,
    owner: &Owner,
) -> Vec<RoleAction> {
    let kept = |name: &str| wanted.iter().any(|role| role.profile && role.name == name);
    let ours = |name: &str, found: &ExistingProfile| {
        owner.owns(&found.tags) && found.path == identity.path && identity.may_have_named(name)
    };
    let lone = existing.profiles.iter().filter(|(name, found)| ours(name, found) && !kept(name));
    lone.map(|(name, _)| RoleAction { name: name.clone(), change: Change::DeleteProfile }).collect()
}
