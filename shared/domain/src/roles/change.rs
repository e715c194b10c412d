//! What there is in IAM, and the changes that are made to it: these and no others.

use super::wanted::{ServiceLinked, WantedRole};
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
    /// What people read in the console.
    pub description: String,
    /// The ARN of its boundary.
    pub boundary: Option<String>,
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
    /// The names of the service-linked roles that are there, of those that were asked about.
    pub service_linked: BTreeSet<String>,
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
    /// Make the service-linked role of this name.
    CreateServiceLinked {
        /// The service that it is for.
        service: &'static str,
    },
    /// Set its boundary.
    SetBoundary {
        /// The policy's ARN.
        boundary: String,
    },
    /// Take its boundary away.
    DeleteBoundary,
    /// Set what people read in the console.
    Describe {
        /// The text.
        description: String,
    },
    /// Put tags on it, in place of what they said before.
    Tag {
        /// The tags.
        tags: BTreeMap<String, String>,
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
            Change::CreateServiceLinked { .. } => "iam:CreateServiceLinkedRole",
            Change::SetBoundary { .. } => "iam:PutRolePermissionsBoundary",
            Change::DeleteBoundary => "iam:DeleteRolePermissionsBoundary",
            Change::Describe { .. } => "iam:UpdateRole",
            Change::Tag { .. } => "iam:TagRole",
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
            Change::CreateServiceLinked { .. } => write!(f, "create service-linked role {name}"),
            Change::SetBoundary { .. } => write!(f, "set the boundary of {name}"),
            Change::DeleteBoundary => write!(f, "take the boundary of {name} away"),
            Change::Describe { .. } => write!(f, "describe {name}"),
            Change::Tag { .. } => write!(f, "tag {name}"),
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
    /// Instances still use the profile that is to go: without it their agents lose their credentials.
    #[error("the instance profile {profile} is still used by {}", told(instances))]
    InUse {
        /// The profile.
        profile: String,
        /// The instances.
        instances: Vec<String>,
    },
}

/// The first few, and how many more.
fn told(instances: &[String]) -> String {
    let first: Vec<&str> = instances.iter().take(5).map(String::as_str).collect();
    match instances.len().saturating_sub(5) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

impl ServiceLinked {
    /// The change that makes it.
    #[must_use]
    pub fn create(&self) -> RoleAction {
        let change = Change::CreateServiceLinked { service: self.service };
        RoleAction { name: self.name.to_owned(), change }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_change_is_one_call_of_iam_and_told_in_words() {
        let tags = BTreeMap::new;
        let (document, policy) = (json!({}), "p".to_owned());
        let table = [
            (
                Change::SetBoundary { boundary: "b".into() },
                "iam:PutRolePermissionsBoundary",
                "set the boundary of r",
            ),
            (
                Change::DeleteBoundary,
                "iam:DeleteRolePermissionsBoundary",
                "take the boundary of r away",
            ),
            (Change::Describe { description: "d".into() }, "iam:UpdateRole", "describe r"),
            (Change::Tag { tags: tags() }, "iam:TagRole", "tag r"),
            (
                Change::SetTrust { document: document.clone() },
                "iam:UpdateAssumeRolePolicy",
                "set the trust of r",
            ),
            (
                Change::PutPolicy { policy: policy.clone(), document },
                "iam:PutRolePolicy",
                "put policy p on r",
            ),
            (
                Change::DeletePolicy { policy: policy.clone() },
                "iam:DeleteRolePolicy",
                "delete policy p of r",
            ),
            (Change::Detach { policy }, "iam:DetachRolePolicy", "detach p from r"),
            (Change::DeleteRole, "iam:DeleteRole", "delete role r"),
            (
                Change::CreateProfile { path: "/".into(), tags: tags() },
                "iam:CreateInstanceProfile",
                "create instance profile r",
            ),
            (
                Change::AddToProfile,
                "iam:AddRoleToInstanceProfile",
                "put r into its instance profile",
            ),
            (
                Change::RemoveFromProfile { profile: "q".into() },
                "iam:RemoveRoleFromInstanceProfile",
                "take r out of q",
            ),
            (Change::DeleteProfile, "iam:DeleteInstanceProfile", "delete instance profile r"),
        ];
        for (change, call, told) in table {
            let action = RoleAction { name: "r".to_owned(), change };
            assert_eq!((action.call(), action.to_string().as_str()), (call, told));
        }
    }

    #[test]
    fn five_instances_are_named_and_the_others_counted() {
        let clash = |count: u32| {
            let instances = (0..count).map(|it| format!("i-{it}")).collect();
            Clash::InUse { profile: "p".to_owned(), instances }.to_string()
        };
        let used = "the instance profile p is still used by i-0, i-1, i-2, i-3, i-4";
        assert_eq!(clash(5), used);
        assert_eq!(clash(7), format!("{used} and 2 more"));
    }
}
