//! Tags of groups.

use super::{AutoScaling, Group, Tag, render};
use crate::world::input::{self, Paging, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const KIND: &str = "auto-scaling-group";
const PAGING: Paging = Paging {
    size: "MaxRecords",
    token: "NextToken",
    usual: 50,
    most: 100,
    refusal: "InvalidNextToken",
};

fn read(tag: &Value) -> Result<(String, Tag), ApiError> {
    let key = input::text(tag, "Key")?;
    let value = input::opt_text(tag, "Value")?.unwrap_or_default();
    if key.chars().count() > 128 || value.chars().count() > 256 {
        return Err(invalid(format!("The tag {key} is too long.")));
    }
    if key.starts_with("aws:") {
        return Err(invalid("Tag keys that begin with aws: are reserved for AWS."));
    }
    let propagate = input::opt_bool(tag, "PropagateAtLaunch")?.unwrap_or_default();
    Ok((key.to_owned(), Tag { value: value.to_owned(), propagate }))
}

/// The tags that `CreateAutoScalingGroup` brings.
pub(super) fn of_new_group(input: &Value) -> Result<BTreeMap<String, Tag>, ApiError> {
    input::list(input, "Tags")?.iter().map(read).collect()
}

/// The group that a tag names.
fn group<'a>(autoscaling: &'a mut AutoScaling, tag: &Value) -> Result<&'a mut Group, ApiError> {
    match input::opt_text(tag, "ResourceType")? {
        None | Some(KIND) => autoscaling.known_mut(input::text(tag, "ResourceId")?),
        Some(other) => Err(invalid(format!("Invalid resource type: {other}"))),
    }
}

/// `CreateOrUpdateTags`. All tags are checked before any is written.
pub(super) fn put(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["Tags"])?;
    let tags = input::needed(input, "Tags")?;
    for tag in tags {
        group(&mut world.autoscaling, tag)?;
        read(tag)?;
    }
    for tag in tags {
        let (key, value) = read(tag)?;
        group(&mut world.autoscaling, tag)?.tags.insert(key, value);
    }
    Ok(json!({}))
}

/// `DeleteTags`. A tag that is not there is done already.
pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["Tags"])?;
    for tag in input::needed(input, "Tags")? {
        let key = input::text(tag, "Key")?;
        let value = input::opt_text(tag, "Value")?;
        let tags = &mut group(&mut world.autoscaling, tag)?.tags;
        if tags.get(key).is_some_and(|tag| value.is_none_or(|value| value == tag.value)) {
            tags.remove(key);
        }
    }
    Ok(json!({}))
}

/// `DescribeTags`.
pub(super) fn describe(autoscaling: &AutoScaling, input: &Value) -> Answer {
    input::only(input, &["Filters", "MaxRecords", "NextToken"])?;
    let mut all = BTreeMap::new();
    for group in autoscaling.groups() {
        for (key, tag) in &group.tags {
            if passes(input, group, key, tag)? {
                all.insert(format!("{}\n{key}", group.name), render::tag(group, key, tag));
            }
        }
    }
    Ok(PAGING.page(input, all)?.answer("Tags", "NextToken"))
}

fn passes(input: &Value, group: &Group, key: &str, tag: &Tag) -> Result<bool, ApiError> {
    for filter in input::list(input, "Filters")? {
        let values = input::texts(filter, "Values")?;
        let propagates = if tag.propagate { "true" } else { "false" };
        let found = match input::text(filter, "Name")? {
            "auto-scaling-group" => &group.name,
            "key" => key,
            "value" => &tag.value,
            "propagate-at-launch" => propagates,
            other => return Err(invalid(format!("Filter type {other} is not correct."))),
        };
        if !values.contains(&found) {
            return Ok(false);
        }
    }
    Ok(true)
}
