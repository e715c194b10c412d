//! Names, ids and ARNs, and how a request may say them.

use super::state::{Cluster, Instance, Key, Task};
use super::{Ecs, read};
use crate::world::ApiError;
use crate::world::core::Core;
use serde_json::{Value, json};

/// `arn:aws:ecs:REGION:ACCOUNT:KIND/PATH`.
pub(super) fn arn(core: &Core, kind: &str, path: &str) -> String {
    format!("arn:aws:ecs:{}:{}:{kind}/{path}", core.region(), core.account())
}

/// The id in a short id or a full ARN of `kind` in `cluster`; nothing if it is an ARN of elsewhere.
pub(super) fn id_in<'a>(text: &'a str, kind: &str, cluster: &Cluster) -> Option<&'a str> {
    if !text.starts_with("arn:") {
        return Some(text);
    }
    let root = cluster.arn.strip_suffix(&format!(":cluster/{}", cluster.name))?;
    let path = text.strip_prefix(root)?.strip_prefix(':')?.strip_prefix(kind)?.strip_prefix('/')?;
    let (place, id) = path.split_once('/')?;
    (place == cluster.name).then_some(id)
}

/// `{arn, reason}` for something that a batch call asked for.
pub(super) fn failure(core: &Core, kind: &str, path: &str, text: &str, reason: &str) -> Value {
    let arn =
        if text.starts_with("arn:") { text.to_owned() } else { arn(core, kind, &join(path, text)) };
    json!({ "arn": arn, "reason": reason })
}

fn join(path: &str, last: &str) -> String {
    if path.is_empty() { last.to_owned() } else { format!("{path}/{last}") }
}

/// The short name of a cluster in a request: a name, an ARN, or nothing for `default`.
pub(super) fn cluster_name(text: Option<&str>) -> &str {
    let text = text.filter(|text| !text.is_empty()).unwrap_or("default");
    text.rsplit_once(":cluster/").map_or(text, |(_, name)| name)
}

fn no_cluster() -> ApiError {
    ApiError::client("ClusterNotFoundException", "Cluster not found.")
}

fn no_instance() -> ApiError {
    read::invalid("The referenced container instance was not found.")
}

impl Ecs {
    /// The active cluster that `cluster` in the request names.
    pub(super) fn cluster_of(&self, input: &Value) -> Result<&Cluster, ApiError> {
        let name = cluster_name(read::text(input, "cluster")?);
        self.clusters.get(name).filter(|cluster| cluster.active).ok_or_else(no_cluster)
    }

    /// The same, to change it.
    pub(super) fn cluster_of_mut(&mut self, input: &Value) -> Result<&mut Cluster, ApiError> {
        let name = cluster_name(read::text(input, "cluster")?);
        self.clusters.get_mut(name).filter(|cluster| cluster.active).ok_or_else(no_cluster)
    }

    pub(super) fn instance_mut(&mut self, key: &Key) -> Option<&mut Instance> {
        self.clusters.get_mut(&key.cluster)?.instances.get_mut(&key.id)
    }

    pub(super) fn task_mut(&mut self, key: &Key) -> Option<&mut Task> {
        self.clusters.get_mut(&key.cluster)?.tasks.get_mut(&key.id)
    }
}

impl Cluster {
    /// The key of the container instance that a request names.
    pub(super) fn instance_key(&self, text: &str) -> Result<Key, ApiError> {
        id_in(text, "container-instance", self)
            .filter(|id| self.instances.contains_key(*id))
            .map(|id| self.key(id))
            .ok_or_else(no_instance)
    }

    /// The key of the task that a request names.
    pub(super) fn task_key(&self, text: &str) -> Result<Key, ApiError> {
        id_in(text, "task", self)
            .filter(|id| self.tasks.contains_key(*id))
            .map(|id| self.key(id))
            .ok_or_else(|| read::invalid("The referenced task was not found."))
    }

    /// The name of the service that a request names, if there is one.
    pub(super) fn service_name(&self, text: &str) -> Result<String, ApiError> {
        id_in(text, "service", self)
            .filter(|name| self.services.contains_key(*name))
            .map(str::to_owned)
            .ok_or_else(|| ApiError::client("ServiceNotFoundException", "Service not found."))
    }

    pub(super) fn key(&self, id: &str) -> Key {
        Key { cluster: self.name.clone(), id: id.to_owned() }
    }
}
