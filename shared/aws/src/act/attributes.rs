//! Marks and tags as the SDK wants them.

use aws_sdk_autoscaling::types::Tag;
use aws_sdk_autoscaling::types::builders::TagBuilder;
use aws_sdk_ecs::types::{Attribute, TargetType};
use domain::marks::{self, Marks};
use domain::names::RegistrationArn;
use domain::{Action, Fault, GroupName};

/// The attributes that these marks are.
pub(super) fn marks(call: &str, actions: &[Action]) -> Result<Vec<Attribute>, Fault> {
    actions
        .iter()
        .filter_map(mark)
        .map(|(arn, name, value)| attribute(call, arn, name, Some(value)))
        .collect()
}

fn mark(action: &Action) -> Option<(&RegistrationArn, &'static str, String)> {
    match action {
        Action::MarkDraining { registration, since, why, empty, .. } => {
            Some((registration, marks::DRAINING, Marks::draining_value(*since, *why, *empty)))
        }
        Action::MarkAgentLost { registration, lost, .. } => {
            Some((registration, marks::AGENT_LOST, Marks::watched_value(*lost)))
        }
        Action::MarkNotFound { registration, missing, .. } => {
            Some((registration, marks::NOT_FOUND, Marks::watched_value(*missing)))
        }
        Action::MarkProtected { registration, since, why, .. } => {
            Some((registration, marks::PROTECTED, Marks::protected_value(*since, *why)))
        }
        _ => None,
    }
}

pub(super) fn attribute(
    call: &str,
    registration: &RegistrationArn,
    name: &str,
    value: Option<String>,
) -> Result<Attribute, Fault> {
    Attribute::builder()
        .name(name)
        .set_value(value)
        .target_type(TargetType::ContainerInstance)
        .target_id(registration.as_str())
        .build()
        .map_err(|_| Fault::Refused {
            call: call.to_owned(),
            code: "Attribute".to_owned(),
            told: "the mark could not be written down".to_owned(),
        })
}

pub(super) fn tag(group: &GroupName, key: &str) -> TagBuilder {
    Tag::builder().resource_type("auto-scaling-group").resource_id(group.as_str()).key(key)
}
