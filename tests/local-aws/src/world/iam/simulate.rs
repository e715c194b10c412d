//! `SimulatePrincipalPolicy` for roles.
//!
//! Evaluation: docs `IAM/latest/UserGuide/reference_policies_evaluation-logic.html`. Conditions are
//! taken as met. A managed policy of AWS whose document is not known here allows nothing.

use super::{Iam, Role, managed, missing, paged};
use crate::world::{Answer, ApiError, Service, World, input};
use serde_json::{Value, json};

const KNOWN: [&str; 5] = ["PolicySourceArn", "ActionNames", "ResourceArns", "MaxItems", "Marker"];

/// What a policy says of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

impl Decision {
    fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }

    /// Of a permissions boundary and the policies: what both allow.
    fn within(self, boundary: Self) -> Self {
        match (self, boundary) {
            (Self::ExplicitDeny, _) | (_, Self::ExplicitDeny) => Self::ExplicitDeny,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
            _ => Self::ImplicitDeny,
        }
    }
}

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
        let decision = decide(&policies, action, resource);
        let decision = match &boundary {
            Some(boundary) => decision.within(decide(boundary, action, resource)),
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

/// An explicit deny wins over any allow; without an allow it is an implicit deny.
fn decide(policies: &[Value], action: &str, resource: &str) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for statement in policies.iter().flat_map(|policy| many(policy.get("Statement"))) {
        if applies(statement, action, resource) {
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Allow") => decision = Decision::Allowed,
                _ => return Decision::ExplicitDeny,
            }
        }
    }
    decision
}

fn applies(statement: &Value, action: &str, resource: &str) -> bool {
    let any = |name: &str, matches: &dyn Fn(&str) -> bool| {
        let given = statement.get(name)?;
        Some(many(Some(given)).iter().filter_map(Value::as_str).any(matches))
    };
    // The names of actions have no case; ARNs have.
    let of_action = |pattern: &str| like(&pattern.to_lowercase(), &action.to_lowercase());
    let of_resource = |pattern: &str| like(pattern, resource);
    let not = |found: Option<bool>| found.map(|found| !found);
    let acts = any("Action", &of_action).or_else(|| not(any("NotAction", &of_action)));
    let on = any("Resource", &of_resource).or_else(|| not(any("NotResource", &of_resource)));
    acts.unwrap_or_default() && on.unwrap_or_default()
}

/// One value is written without the brackets of a list.
fn many(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
    }
}

/// IAM's wildcards: `*` is any text, `?` one character.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => alike(pattern, text),
        Some((start, rest)) => {
            let length = start.chars().count();
            let at = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
            let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
            let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
            let mut tails = ends.filter_map(|at| tail.get(at..));
            alike(start, head) && tails.any(|tail| like(rest, tail))
        }
    }
}

fn alike(pattern: &str, text: &str) -> bool {
    pattern.chars().count() == text.chars().count()
        && pattern.chars().zip(text.chars()).all(|(wanted, found)| wanted == '?' || wanted == found)
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

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn wildcards_match_as_in_iam() {
        for (pattern, text, expected) in [
            ("ecs:Submit*", "ecs:SubmitTaskStateChange", true),
            ("ecs:Submit*", "ecs:Poll", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc*", "ab", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
