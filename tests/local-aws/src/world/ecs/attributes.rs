//! Attributes of container instances that people put there.

use super::container_instances::no_target;
use super::state::{Attribute, Cluster, InstanceStatus, Key};
use super::{World, read};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

/// Custom attributes on one container instance, at most.
const MOST_CUSTOM: usize = 10;

fn checked(name: &str) -> Result<&str, ApiError> {
    let good = |sign: char| sign.is_ascii_alphanumeric() || "-_/\\.".contains(sign);
    if name.is_empty() || name.len() > 128 || !name.chars().all(good) {
        return Err(read::invalid(format!(
            "Invalid attribute name '{name}': 1 to 128 letters, numbers, - _ / \\ and . only."
        )));
    }
    Ok(name)
}

fn checked_value(value: &str) -> Result<&str, ApiError> {
    let good = |sign: char| sign.is_ascii_alphanumeric() || "-_.@:/\\ ".contains(sign);
    let spaced = value.starts_with(' ') || value.ends_with(' ');
    if value.is_empty() || value.len() > 128 || spaced || !value.chars().all(good) {
        return Err(read::invalid(format!("Invalid attribute value '{value}'.")));
    }
    Ok(value)
}

/// The container instance that an attribute is for.
fn target(cluster: &Cluster, attribute: &Value) -> Result<Key, ApiError> {
    let text = read::needed(attribute, "targetId")?;
    let kind = read::text(attribute, "targetType")?;
    if kind.is_some_and(|kind| kind != "container-instance") {
        return Err(read::invalid("Invalid target type: it must be container-instance."));
    }
    if kind.is_none() && !text.starts_with("arn:") {
        return Err(read::invalid("A target type is needed with a short target ID."));
    }
    let key = cluster.instance_key(text).map_err(|_| no_target(text))?;
    let there = cluster.instances.get(&key.id).filter(|i| i.status != InstanceStatus::Inactive);
    there.map(|_| key).ok_or_else(|| no_target(text))
}

fn asked(input: &Value) -> Result<&[Value], ApiError> {
    let attributes = read::list(input, "attributes")?;
    if attributes.is_empty() || attributes.len() > 10 {
        return Err(read::invalid("Between 1 and 10 attributes must be given."));
    }
    Ok(attributes)
}

pub(super) fn put(world: &mut World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of_mut(input)?;
    let mut puts = Vec::new();
    for attribute in asked(input)? {
        let name = checked(read::needed(attribute, "name")?)?;
        if name.starts_with("ecs.") || name.starts_with("com.amazonaws.") {
            return Err(read::invalid(format!("The attribute name '{name}' is reserved.")));
        }
        let value = read::text(attribute, "value")?.map(checked_value).transpose()?;
        puts.push((target(cluster, attribute)?, name, value));
    }
    let mut done = Vec::new();
    for (key, name, value) in puts {
        let Some(instance) = cluster.instances.get_mut(&key.id) else { continue };
        let custom = instance.attributes.values().filter(|attribute| attribute.custom).count();
        if custom >= MOST_CUSTOM && !instance.attributes.contains_key(name) {
            return Err(ApiError::client(
                "AttributeLimitExceededException",
                "At most 10 custom attributes can be put on a resource.",
            ));
        }
        let attribute = Attribute { value: value.map(str::to_owned), custom: true };
        done.push(shown(&instance.arn, name, &attribute));
        instance.attributes.insert(name.to_owned(), attribute);
    }
    Ok(json!({ "attributes": done }))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of_mut(input)?;
    let mut deletes = Vec::new();
    for attribute in asked(input)? {
        deletes.push((target(cluster, attribute)?, checked(read::needed(attribute, "name")?)?));
    }
    let mut done = Vec::new();
    for (key, name) in deletes {
        let Some(instance) = cluster.instances.get_mut(&key.id) else { continue };
        if instance.attributes.get(name).is_some_and(|attribute| attribute.custom)
            && let Some(gone) = instance.attributes.remove(name)
        {
            done.push(shown(&instance.arn, name, &gone));
        }
    }
    Ok(json!({ "attributes": done }))
}

fn shown(target: &str, name: &str, attribute: &Attribute) -> Value {
    let mut shown = super::render::attribute(name, attribute);
    if let Some(members) = shown.as_object_mut() {
        members.insert("targetId".to_owned(), target.into());
        members.insert("targetType".to_owned(), "container-instance".into());
    }
    shown
}

pub(super) fn list(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    if read::needed(input, "targetType")? != "container-instance" {
        return Err(read::invalid("Invalid target type: it must be container-instance."));
    }
    let wanted_name = read::text(input, "attributeName")?;
    let wanted_value = read::text(input, "attributeValue")?;
    if wanted_value.is_some() && wanted_name.is_none() {
        return Err(read::invalid("An attribute value needs an attribute name."));
    }
    let mut all = std::collections::BTreeMap::new();
    for instance in cluster.instances.values().filter(|i| i.status != InstanceStatus::Inactive) {
        for (name, attribute) in &instance.attributes {
            let named = wanted_name.is_none_or(|wanted| wanted == name);
            let valued = wanted_value.is_none() || attribute.value.as_deref() == wanted_value;
            if named && valued {
                let place = format!("{} {name}", instance.arn);
                all.insert(place, shown(&instance.arn, name, attribute));
            }
        }
    }
    let places: Vec<String> = all.keys().cloned().collect();
    let page = read::page(input, &places, 100)?;
    let attributes: Vec<&Value> = page.items.iter().filter_map(|place| all.get(place)).collect();
    let mut answer = json!({ "attributes": attributes });
    if let (Some(next), Some(members)) = (page.next, answer.as_object_mut()) {
        members.insert("nextToken".to_owned(), next.into());
    }
    Ok(answer)
}
