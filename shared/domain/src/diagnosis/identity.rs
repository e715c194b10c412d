//! May the agent speak to ECS?

use super::Check;
use super::case::{Case, Found, blamed, cleared, name, quote, read, suspect, unseen};
use super::facts::is_needed_to_join;
use crate::host::Seen;

/// The profile's name, at the end of its ARN.
fn profile_name(arn: &str) -> String {
    quote(arn.rsplit('/').next().unwrap_or(arn))
}

pub(super) fn profile(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::InstanceProfile;
    case.unless_connected(CHECK)?;
    let instance = case.instance(CHECK)?;
    Ok(match &instance.profile {
        Some(arn) => cleared(CHECK, format!("it has the instance profile {}", profile_name(arn))),
        None => blamed(
            CHECK,
            "it has no instance profile, so the agent has no credentials",
            format!(
                "name an instance profile in the group's launch template, with a role that carries {POLICY}"
            ),
        ),
    })
}

/// The managed policy for hosts (*Amazon ECS container instance IAM role* in the ECS developer guide).
const POLICY: &str = "AmazonEC2ContainerServiceforEC2Role";

pub(super) fn role(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::Role;
    case.unless_connected(CHECK)?;
    let instance = case.instance(CHECK)?;
    let Some(arn) = &instance.profile else {
        return Err(unseen(CHECK, "there is no instance profile to look into", ""));
    };
    let profile = profile_name(arn);
    Ok(match read(CHECK, &case.facts.role)? {
        Some(role) => cleared(CHECK, format!("the profile {profile} has the role {role}")),
        None => blamed(
            CHECK,
            format!("the instance profile {profile} holds no role"),
            format!("add a role that carries {POLICY} to the instance profile {profile}"),
        ),
    })
}

pub(super) fn permissions(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::RolePermissions;
    let nothing = |what| unseen(CHECK, what, "");
    let connected = case.connected_to().is_some();
    let denied = match &case.facts.role {
        Seen::Known(None) if !connected => {
            return Err(nothing("there is no role to ask about"));
        }
        _ => read(CHECK, &case.facts.denied),
    };
    let denied = match denied {
        Ok(denied) => denied,
        // What it needs to be connected it may do, whatever IAM would say.
        Err(unread) => {
            case.unless_connected(CHECK)?;
            return Err(unread);
        }
    };
    let role = case.facts.role.known().ok().and_then(Option::as_ref);
    let role = role.map(ToString::to_string);
    let role = name(role.as_ref(), "its role");
    // A simulation does not know everything; an agent that is connected does what it may.
    let counts = |action: &&String| !(connected && is_needed_to_join(action));
    let denied: Vec<String> = denied.iter().filter(counts).map(|action| quote(action)).collect();
    let told = denied.join(", ");
    let remedy = format!("allow {told} to the role {role}, or attach {POLICY}");
    Ok(if denied.is_empty() {
        cleared(CHECK, format!("{role} may do what the agent needs"))
    } else if denied.iter().any(|action| is_needed_to_join(action)) {
        blamed(CHECK, format!("{role} may not do {told}"), remedy)
    } else {
        suspect(CHECK, format!("{role} may not do {told}"), remedy)
    })
}
