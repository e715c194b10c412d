//! What a template may say, and what somebody else made.

use domain::roles::ExistingRole;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a template may say, one after another.
pub(crate) fn properties(which: usize) -> Value {
    match which {
        0 => json!({ "ClusterName": "prod" }),
        1 => json!({ "ClusterName": "prod", "Capacity": "FARGATE" }),
        2 => json!({ "ClusterName": "prod", "TaskRoles": { "web": { "s3": { "read": "a" } } } }),
        3 => json!({ "ClusterName": "prod", "TaskRoles": { "web": { "sqs": "b" }, "job": {} } }),
        4 => json!({ "ClusterName": "prod", "NamePrefix": "other" }),
        5 => json!({ "ClusterName": "prod", "NamePrefix": "Prod" }),
        6 => json!({ "ClusterName": "prod", "Path": "/muster/team/" }),
        7 => {
            json!({ "ClusterName": "prod", "SessionManager": "true", "Infrastructure": "Volumes" })
        }
        8 => json!({ "ClusterName": "prod", "Tags": [{ "Key": "team", "Value": "a" }] }),
        _ => json!({ "ClusterName": "prod", "Capactiy": "EC2" }),
    }
}

pub(crate) fn foreign() -> ExistingRole {
    ExistingRole {
        arn: "arn:aws:iam::123456789012:role/muster/x".to_owned(),
        path: "/muster/".to_owned(),
        description: "somebody else's".to_owned(),
        boundary: None,
        trust: json!({ "Statement": [] }),
        policies: BTreeMap::from([("theirs".to_owned(), json!({}))]),
        attached: BTreeSet::from(["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()]),
        tags: BTreeMap::new(),
        profiles: BTreeSet::new(),
    }
}
