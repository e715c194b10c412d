//! The health of a container instance: what the agent says of the container runtime under it.
//!
//! Docs: `AmazonECS/latest/developerguide/container-instance-health.html`.

use super::render::Form;
use super::state::Instance;
use crate::world::World;
use serde_json::{Value, json};

/// `healthStatus`, which is answered only where it was asked for.
pub(super) fn shown(instance: &Instance) -> Value {
    let (status, since) = match instance.impaired_since {
        Some(since) => ("IMPAIRED", since),
        None if instance.connected => ("OK", instance.registered_at),
        None => return json!({ "overallStatus": "INSUFFICIENT_DATA", "details": [] }),
    };
    let since = Form::Api.time(since);
    let details = json!([{
        "type": "CONTAINER_RUNTIME",
        "status": status,
        "lastUpdated": since,
        "lastStatusChange": since,
    }]);
    json!({ "overallStatus": status, "details": details })
}

/// What happens to the container runtime of a host. No API: the demo and the tests call it.
impl World {
    /// The container runtime under a container instance, named by its ARN, fails its health check
    /// from now on: `overallStatus` is `IMPAIRED`. The agent stays connected, and the tasks go on.
    ///
    /// Nothing happens if there is no such container instance.
    pub fn impair_health(&mut self, container_instance: &str) {
        let now = self.core.now();
        if let Some(instance) = instance(self, container_instance) {
            instance.impaired_since.get_or_insert(now);
        }
    }

    /// The container runtime under a container instance, named by its ARN, is well again.
    pub fn recover_health(&mut self, container_instance: &str) {
        if let Some(instance) = instance(self, container_instance) {
            instance.impaired_since = None;
        }
    }
}

fn instance<'a>(world: &'a mut World, arn: &str) -> Option<&'a mut Instance> {
    let mut clusters = world.ecs.clusters.values_mut();
    clusters.find_map(|cluster| cluster.instances.values_mut().find(|one| one.arn == arn))
}
