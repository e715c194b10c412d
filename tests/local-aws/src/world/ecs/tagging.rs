//! Tags of everything in ECS that has an ARN.

use super::state::{Cluster, Tags};
use super::{Ecs, World, read, render};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

impl Ecs {
    /// The tags of the resource with this ARN.
    fn tags_of(&mut self, arn: &str) -> Result<&mut Tags, ApiError> {
        let path = arn.splitn(6, ':').nth(5).filter(|_| arn.starts_with("arn:"));
        let (kind, rest) = path
            .and_then(|path| path.split_once('/'))
            .ok_or_else(|| read::invalid("Invalid ARN."))?;
        let found = match kind {
            "task-definition" => self.definitions.get_mut(arn).map(|known| &mut known.tags),
            "cluster" => self.clusters.get_mut(rest).map(|cluster| &mut cluster.tags),
            _ => rest.split_once('/').and_then(|(name, id)| {
                self.clusters.get_mut(name).and_then(|cluster| cluster.tags_in(kind, id))
            }),
        };
        found.ok_or_else(|| {
            read::invalid("The specified resource was not found or is not taggable.")
        })
    }
}

impl Cluster {
    fn tags_in(&mut self, kind: &str, id: &str) -> Option<&mut Tags> {
        match kind {
            "container-instance" => self.instances.get_mut(id).map(|instance| &mut instance.tags),
            "task" => self.tasks.get_mut(id).map(|task| &mut task.tags),
            "service" => self.services.get_mut(id).map(|service| &mut service.tags),
            _ => None,
        }
    }
}

pub(super) fn tag(world: &mut World, input: &Value) -> Answer {
    read::there(input, "tags")?;
    let new = read::tags(input)?;
    let tags = world.ecs.tags_of(read::needed(input, "resourceArn")?)?;
    let fresh = new.keys().filter(|key| !tags.contains_key(*key)).count();
    if tags.len().saturating_add(fresh) > 50 {
        return Err(read::invalid("Too many tags: at most 50."));
    }
    tags.extend(new);
    Ok(json!({}))
}

pub(super) fn untag(world: &mut World, input: &Value) -> Answer {
    read::there(input, "tagKeys")?;
    let keys = read::texts(input, "tagKeys")?;
    let tags = world.ecs.tags_of(read::needed(input, "resourceArn")?)?;
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(json!({}))
}

pub(super) fn list(world: &mut World, input: &Value) -> Answer {
    let tags = world.ecs.tags_of(read::needed(input, "resourceArn")?)?;
    Ok(json!({ "tags": render::tags(tags) }))
}
