//! Roles, policies and instance profiles.

use super::document;
use crate::world::core::whole_seconds;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// `AROA…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its path, for example `/muster/`.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// `Description`.
    pub description: Option<String>,
    /// `MaxSessionDuration`, seconds.
    pub max_session: i64,
    /// `AssumeRolePolicyDocument`, as it was given.
    pub trust: String,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its inline policies by their names, as they were given.
    pub inline: BTreeMap<String, String>,
    /// The ARNs of the managed policies that are attached.
    pub attached: BTreeSet<String>,
}

impl Role {
    /// Whether it belongs to an AWS service.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }

    /// As the list operations write it: without tags and boundary.
    pub(super) fn listed(&self) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn,
            "CreateDate": whole_seconds(self.created).to_string(),
            "AssumeRolePolicyDocument": document::encode(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.max_session,
        })
    }

    /// As `GetRole` writes it.
    pub(super) fn whole(&self) -> Value {
        let mut whole = self.listed();
        if let Some(members) = whole.as_object_mut() {
            if let Some(arn) = &self.boundary {
                let boundary =
                    json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
                members.insert("PermissionsBoundary".to_owned(), boundary);
            }
            if !self.tags.is_empty() {
                members.insert("Tags".to_owned(), tags(&self.tags).into());
            }
            members.insert("RoleLastUsed".to_owned(), json!({}));
        }
        whole
    }
}

/// `[{Key, Value}]`.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// An instance profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// `AIPA…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The name of its role; it can have one only.
    pub role: Option<String>,
}

/// A managed policy of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// `ANPA…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// `Description`.
    pub description: Option<String>,
    /// The document, as it was given.
    pub document: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
