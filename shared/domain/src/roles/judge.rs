//! What must change for the roles to be as asked.

use super::wanted::{Identity, Owner, WantedRole};
use super::{LOGICAL_TAG, STACK_TAG};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A role as IAM has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingRole {
    /// Its ARN.
    pub arn: String,
    /// Its path.
    pub path: String,
    /// Who may assume it.
    pub trust: Value,
    /// Its inline policies.
    pub policies: BTreeMap<String, Value>,
    /// The ARNs of its attached policies.
    pub attached: BTreeSet<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The instance profiles that carry it.
    pub profiles: BTreeSet<String>,
}

/// An instance profile as IAM has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingProfile {
    /// Its ARN.
    pub arn: String,
    /// Its path.
    pub path: String,
    /// The roles that it carries.
    pub roles: BTreeSet<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What there is in IAM under the names that concern us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Existing {
    /// Roles, by name.
    pub roles: BTreeMap<String, ExistingRole>,
    /// Instance profiles, by name.
    pub profiles: BTreeMap<String, ExistingProfile>,
}

/// One change to IAM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Change {
    /// Make the role, with its trust, tags and boundary at once.
    CreateRole {
        /// What is made.
        #[serde(skip)]
        wanted: Box<WantedRole>,
    },
    /// Set who may assume it.
    SetTrust {
        /// The document.
        #[serde(skip)]
        document: Value,
    },
    /// Set an inline policy.
    PutPolicy {
        /// The policy's name.
        policy: String,
        /// The document.
        #[serde(skip)]
        document: Value,
    },
    /// Delete an inline policy.
    DeletePolicy {
        /// The policy's name.
        policy: String,
    },
    /// Detach a managed policy.
    Detach {
        /// The policy's ARN.
        policy: String,
    },
    /// Delete the role.
    DeleteRole,
    /// Make an instance profile of the role's name.
    CreateProfile {
        /// Its path.
        path: String,
        /// Its tags.
        tags: BTreeMap<String, String>,
    },
    /// Put the role into the profile of its name.
    AddToProfile,
    /// Take the role out of a profile.
    RemoveFromProfile {
        /// The profile.
        profile: String,
    },
    /// Delete the profile of the role's name.
    DeleteProfile,
}

/// A change to the role, or the profile, of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleAction {
    /// The role's and its profile's name.
    pub name: String,
    /// What is changed.
    #[serde(flatten)]
    pub change: Change,
}

impl RoleAction {
    /// The IAM action that it needs.
    #[must_use]
    pub const fn call(&self) -> &'static str {
        match self.change {
            Change::CreateRole { .. } => "iam:CreateRole",
            Change::SetTrust { .. } => "iam:UpdateAssumeRolePolicy",
            Change::PutPolicy { .. } => "iam:PutRolePolicy",
            Change::DeletePolicy { .. } => "iam:DeleteRolePolicy",
            Change::Detach { .. } => "iam:DetachRolePolicy",
            Change::DeleteRole => "iam:DeleteRole",
            Change::CreateProfile { .. } => "iam:CreateInstanceProfile",
            Change::AddToProfile => "iam:AddRoleToInstanceProfile",
            Change::RemoveFromProfile { .. } => "iam:RemoveRoleFromInstanceProfile",
            Change::DeleteProfile => "iam:DeleteInstanceProfile",
        }
    }
}

impl fmt::Display for RoleAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.change {
            Change::CreateRole { .. } => write!(f, "create role {name}"),
            Change::SetTrust { .. } => write!(f, "set the trust of {name}"),
            Change::PutPolicy { policy, .. } => write!(f, "put policy {policy} on {name}"),
            Change::DeletePolicy { policy } => write!(f, "delete policy {policy} of {name}"),
            Change::Detach { policy } => write!(f, "detach {policy} from {name}"),
            Change::DeleteRole => write!(f, "delete role {name}"),
            Change::CreateProfile { .. } => write!(f, "create instance profile {name}"),
            Change::AddToProfile => write!(f, "put {name} into its instance profile"),
            Change::RemoveFromProfile { profile } => write!(f, "take {name} out of {profile}"),
            Change::DeleteProfile => write!(f, "delete instance profile {name}"),
        }
    }
}

/// A name that is taken by something that is not ours, or a profile of others that holds our role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// A role or profile of that name exists without our tags.
    #[error("{name} exists already and does not belong to this stack's resource")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Someone put our role into their instance profile.
    #[error(
        "{name} is in the instance profile {profile}, which does not belong to this stack's resource"
    )]
    InForeignProfile {
        /// Our role.
        name: String,
        /// Their profile.
        profile: String,
    },
}

fn is_owned(tags: &BTreeMap<String, String>, owner: &Owner) -> bool {
    tags.get(STACK_TAG) == Some(&owner.stack_id) && tags.get(LOGICAL_TAG) == Some(&owner.logical_id)
}

/// What must change so that exactly the wanted roles of this identity exist. Judging anew after the
/// changes comes to none.
///
/// Keeps S29, S30: nothing without our tags, path and name is ever changed.
///
/// # Errors
/// The first thing that is in the way.
pub fn judge(
    wanted: &[WantedRole],
    existing: &Existing,
    identity: &Identity,
    owner: &Owner,
) -> Result<Vec<RoleAction>, Clash> {
    let mut actions = Vec::new();
    for role in wanted {
        let changes = match existing.roles.get(&role.name) {
            None => create(role),
            Some(found) if is_owned(&found.tags, owner) => mend(role, found),
            Some(_) => return Err(Clash::NameTaken { name: role.name.clone() }),
        };
        actions.extend(named(&role.name, changes));
        actions.extend(named(&role.name, profile(role, existing, owner)?));
    }
    for (name, found) in &existing.roles {
        let ours = is_owned(&found.tags, owner)
            && found.path == identity.path
            && identity.may_have_named(name);
        if ours && !wanted.iter().any(|role| role.name == *name) {
            actions.extend(named(name, remove(name, found, existing, owner)?));
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
    if role.trust != found.trust {
        changes.push(Change::SetTrust { document: role.trust.clone() });
    }
    for (policy, document) in &role.policies {
        if found.policies.get(policy) != Some(document) {
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
        Some(found) if !is_owned(&found.tags, owner) => {
            Err(Clash::NameTaken { name: role.name.clone() })
        }
        Some(found) if found.roles.contains(&role.name) => Ok(Vec::new()),
        Some(_) => Ok(vec![Change::AddToProfile]),
    }
}

fn remove(
    name: &str,
    found: &ExistingRole,
    existing: &Existing,
    owner: &Owner,
) -> Result<Vec<Change>, Clash> {
    let mut changes = Vec::new();
    for profile in &found.profiles {
        let ours = existing.profiles.get(profile).is_some_and(|one| is_owned(&one.tags, owner));
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
        is_owned(&found.tags, owner) && found.path == identity.path && identity.may_have_named(name)
    };
    let lone = existing.profiles.iter().filter(|(name, found)| ours(name, found) && !kept(name));
    lone.map(|(name, _)| RoleAction { name: name.clone(), change: Change::DeleteProfile }).collect()
}
