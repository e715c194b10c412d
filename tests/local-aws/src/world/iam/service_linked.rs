//! `CreateServiceLinkedRole`.

use super::{Role, managed, names};
use crate::world::{Answer, ApiError, World, input};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The services that matter here: principal, role, policy, and whether it takes a suffix.
const SERVICES: [(&str, &str, &str, bool); 4] = [
    ("ecs.amazonaws.com", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy", false),
    (
        "autoscaling.amazonaws.com",
        "AWSServiceRoleForAutoScaling",
        "AutoScalingServiceRolePolicy",
        true,
    ),
    (
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "AWSApplicationAutoscalingECSServicePolicy",
        false,
    ),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", "AWSEC2SpotServiceRolePolicy", false),
];

fn wrong(text: impl Into<String>) -> ApiError {
    ApiError::client("InvalidInput", text)
}

/// `CreateServiceLinkedRole`.
pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AWSServiceName", "Description", "CustomSuffix"])?;
    let service = input::text(input, "AWSServiceName")?;
    let (_, base, policy, suffixed) = SERVICES
        .into_iter()
        .find(|(principal, ..)| *principal == service)
        .ok_or_else(|| wrong(format!("{service} does not have a service-linked role here.")))?;
    let name = match input::opt_text(input, "CustomSuffix")? {
        None => base.to_owned(),
        Some(suffix) if suffixed => format!("{base}_{suffix}"),
        Some(_) => return Err(wrong(format!("Custom suffix is not allowed for {service}"))),
    };
    if world.iam.roles.contains_key(&name.to_lowercase()) {
        return Err(wrong(format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        )));
    }
    let path = format!("/aws-service-role/{service}/");
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": [service]},
            "Action": ["sts:AssumeRole"],
        }],
    });
    let role = Role {
        id: names::id(&mut world.core, "AROA"),
        arn: names::arn(&world.core, "role", &path, &name),
        name,
        path,
        created: world.core.now(),
        description: input::opt_text(input, "Description")?.map(str::to_owned),
        max_session: 3600,
        trust: trust.to_string(),
        boundary: None,
        tags: BTreeMap::new(),
        inline: BTreeMap::new(),
        attached: BTreeSet::from([managed::arn("aws-service-role/", policy)]),
    };
    let answer = json!({"Role": role.whole()});
    world.iam.roles.insert(role.name.to_lowercase(), role);
    Ok(answer)
}
