//! `SimulatePrincipalPolicy` for roles.
//!
//! Evaluation: docs `IAM/latest/UserGuide/reference_policies_evaluation-logic.html`. Conditions are
//! taken as met. A managed policy of AWS whose document is not known here allows nothing.

use super::{Iam, Role, managed, missing, paged};
use crate::permissions::{Asked, decide};
use crate::world::{Answer, ApiError, Service, World, input};
use serde_json::{Value, json};

/// What `ContextEntries` gives would only narrow what is allowed.
const KNOWN: [&str; 6] =
    ["PolicySourceArn", "ActionNames", "ResourceArns", "ContextEntries", "MaxItems", "Marker"];

/// `SimulatePrincipalPolicy`: one result for every action on every resource, in that order.
pub(super) fn principal_policy(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &KNOWN)?;
    let arn = input::text(input, "PolicySourceArn")?;
    if !arn.starts_with("arn:") {
        return Err(ApiError::client("InvalidInput", format!("Invalid Entity Arn: {arn}")));
    }
    let role = iam.roles().find(|role| role.arn == arn);
    let role = role.ok_or_else(|| missing(format!("The entity {arn} cannot be found.")))?;
    let actions = input::texts(input, "ActionNames")?;
    if let Some(wrong) = actions.iter().find(|action| !action.contains(':')) {
        return Err(ApiError::client("InvalidInput", format!("Invalid Action: {wrong}")));
    }
    if actions.is_empty() {
        return Err(input::invalid("ActionNames is required."));
    }
    let given = input::texts(input, "ResourceArns")?;
    let resources = if given.is_empty() { vec!["*"] } else { given };
    let policies = documents(iam, role);
    let boundary = role.boundary.as_deref().map(|arn| vec![document(iam, arn)]);
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |at| (*action, *at)));
    let results = pairs.enumerate().map(|(number, (action, resource))| {
        let asked = Asked { action, resource, context: None };
        let decision = decide(&policies, asked);
        let decision = match &boundary {
            Some(boundary) => decision.within(decide(boundary, asked)),
            None => decision,
        };
        let result = json!({
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": decision.word(),
            "MatchedStatements": [],
            "MissingContextValues": [],
        });
        (format!("{number:06}"), result)
    });
    paged(input, "EvaluationResults", results.collect())
}

/// The documents of a role's inline and attached policies.
fn documents(iam: &Iam, role: &Role) -> Vec<Value> {
    let inline = role.inline.values().map(|text| parsed(text));
    inline.chain(role.attached.iter().map(|arn| document(iam, arn))).collect()
}

fn document(iam: &Iam, arn: &str) -> Value {
    match iam.policies.get(arn) {
        Some(policy) => parsed(&policy.document),
        None => managed::document(arn),
    }
}

/// Documents are checked when they are put, so that this one is JSON.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

impl World {
    /// Makes the role and the instance profile `ecsInstanceRole` that the usual launch template names,
    /// with AWS's policy for container instances (docs:
    /// `AmazonECS/latest/developerguide/instance_IAM_role.html`). What is there already stays.
    pub fn make_instance_role(&mut self) {
        let name = "ecsInstanceRole";
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]});
        let arn = managed::arn("service-role/", "AmazonEC2ContainerServiceforEC2Role");
        let trust = trust.to_string();
        for (operation, input) in [
            ("CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": trust})),
            ("AttachRolePolicy", json!({"RoleName": name, "PolicyArn": arn})),
            ("CreateInstanceProfile", json!({"InstanceProfileName": name})),
            ("AddRoleToInstanceProfile", json!({"InstanceProfileName": name, "RoleName": name})),
        ] {
            // An error says that it is there already.
            drop(self.call(Service::Iam, operation, &input));
        }
    }
}
