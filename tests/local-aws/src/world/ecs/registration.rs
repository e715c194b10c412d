//! How a container instance comes to be: by an agent of this world, or by the API.

use super::agent::{self, Host};
use super::container_instances;
use super::state::{Attribute, Instance, InstanceStatus, Key, Resources, Tags};
use super::{Ecs, World, events, names, read};
use crate::world::ec2::vcpus_and_mebibytes;
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Ports that the host itself uses: SSH, Docker, the agent.
const HOST_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];
/// Some of what an agent says that it can do.
const CAPABILITIES: [&str; 5] = [
    "com.amazonaws.ecs.capability.docker-remote-api.1.44",
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    "com.amazonaws.ecs.capability.task-iam-role",
    "ecs.capability.container-health-check",
    "ecs.capability.task-eni",
];

/// vCPUs and MiB of a type that EC2's table does not have.
const USUAL: (u16, u32) = (2, 8192);

/// What an agent says of its host.
pub(super) struct Registration {
    ec2: String,
    resources: Resources,
    attributes: BTreeMap<String, Attribute>,
    version_info: Value,
    tags: Tags,
}

impl Registration {
    pub(super) fn of(host: &Host) -> Self {
        let (cpu, memory) = size(&host.instance_type);
        Self {
            ec2: host.instance_id.clone(),
            resources: Resources { cpu, memory, tcp: HOST_PORTS.into(), udp: [].into() },
            attributes: attributes(host),
            version_info: version_info(),
            tags: Tags::new(),
        }
    }
}

fn version_info() -> Value {
    json!({
        "agentVersion": "1.105.1",
        "agentHash": "a190a73f",
        "dockerVersion": "DockerVersion: 25.0.14",
    })
}

fn attributes(host: &Host) -> BTreeMap<String, Attribute> {
    let arm = host.instance_type.split('.').next().is_some_and(|family| {
        family.chars().skip_while(|sign| !sign.is_ascii_digit()).any(|sign| sign == 'g')
    });
    let told = [
        ("ecs.availability-zone", host.zone.as_str()),
        ("ecs.instance-type", &host.instance_type),
        ("ecs.subnet-id", &host.subnet_id),
        ("ecs.ami-id", &host.image_id),
        ("ecs.os-type", "linux"),
        ("ecs.os-family", "LINUX"),
        ("ecs.cpu-architecture", if arm { "arm64" } else { "x86_64" }),
    ];
    let told = told.into_iter().map(|(name, value)| (name, Some(value.to_owned())));
    let able = CAPABILITIES.into_iter().map(|name| (name, None));
    let all = told.chain(able);
    all.map(|(name, value)| (name.to_owned(), Attribute { value, custom: false })).collect()
}

/// CPU units and MiB of an instance type; a tenth of the memory is the system's.
fn size(instance_type: &str) -> (i64, i64) {
    let (cpus, memory) = vcpus_and_mebibytes(instance_type).unwrap_or(USUAL);
    (i64::from(cpus).saturating_mul(1024), i64::from(memory).saturating_mul(9) / 10)
}

/// The registration that an agent on this EC2 instance goes on with.
pub(super) fn existing(ecs: &Ecs, cluster: &str, ec2: &str) -> Option<Key> {
    let cluster = ecs.clusters.get(cluster)?;
    let own = cluster
        .instances
        .iter()
        .filter(|(_, instance)| instance.ec2 == ec2 && instance.status != InstanceStatus::Inactive);
    own.max_by_key(|(_, instance)| instance.registered_at).map(|(id, _)| cluster.key(id))
}

/// Makes a container instance, ACTIVE and not yet connected.
pub(super) fn create(world: &mut World, cluster: &str, registration: Registration) -> Key {
    let key = Key { cluster: cluster.to_owned(), id: world.core.hex(32) };
    let path = format!("{cluster}/{}", key.id);
    let now = world.core.now();
    let instance = Instance {
        arn: names::arn(&world.core, "container-instance", &path),
        ec2: registration.ec2,
        status: InstanceStatus::Active,
        connected: false,
        down: false,
        impaired_since: None,
        version: 0,
        registered_at: now,
        updated_at: now,
        deregistered_at: None,
        registered: registration.resources,
        attributes: registration.attributes,
        version_info: registration.version_info,
        tags: registration.tags,
    };
    if let Some(cluster) = world.ecs.clusters.get_mut(cluster) {
        cluster.instances.insert(key.id.clone(), instance);
    }
    events::instance_changed(world, &key);
    key
}

/// `RegisterContainerInstance`, as an agent calls it; its connection follows.
pub(super) fn register(world: &mut World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let place = cluster.name.clone();
    let ec2 = identity(input)?;
    let known = match read::text(input, "containerInstanceArn")? {
        Some(arn) => Some(cluster.instance_key(arn)?),
        None => existing(&world.ecs, &place, &ec2),
    };
    let registration = Registration {
        ec2,
        resources: resources(input)?,
        attributes: told(input)?,
        version_info: input.get("versionInfo").cloned().unwrap_or_else(version_info),
        tags: read::tags(input)?,
    };
    let key = match known {
        Some(key) => {
            renew(world, &key, registration);
            key
        }
        None => create(world, &place, registration),
    };
    agent::connect_after(world, key.clone(), agent::CONNECT_TIME);
    let cluster = world.ecs.cluster_of(input)?;
    Ok(json!({ "containerInstance": container_instances::shown(cluster, &key.id, &["TAGS"]) }))
}

/// The same agent registers again: what it says is news, what people put there stays.
fn renew(world: &mut World, key: &Key, registration: Registration) {
    let Some(instance) = world.ecs.instance_mut(key) else { return };
    instance.registered = registration.resources;
    instance.version_info = registration.version_info;
    instance.attributes.extend(registration.attributes);
    events::instance_changed(world, key);
}

/// The EC2 instance in the identity document.
fn identity(input: &Value) -> Result<String, ApiError> {
    let document = read::needed(input, "instanceIdentityDocument")?;
    let document: Value = serde_json::from_str(document)
        .map_err(|_| ApiError::client("ClientException", "Invalid identity document."))?;
    Ok(read::needed(&document, "instanceId")?.to_owned())
}

fn resources(input: &Value) -> Result<Resources, ApiError> {
    let (cpu, memory) = size("m7i.large");
    let mut found = Resources { cpu, memory, tcp: HOST_PORTS.into(), udp: [].into() };
    for resource in read::list(input, "totalResources")? {
        let number = resource.get("integerValue").and_then(Value::as_i64).unwrap_or(0);
        let ports = read::texts(resource, "stringSetValue")?;
        let ports = ports.into_iter().filter_map(|port| port.parse().ok()).collect();
        match read::needed(resource, "name")? {
            "CPU" => found.cpu = number,
            "MEMORY" => found.memory = number,
            "PORTS" => found.tcp = ports,
            "PORTS_UDP" => found.udp = ports,
            _ => {}
        }
    }
    Ok(found)
}

fn told(input: &Value) -> Result<BTreeMap<String, Attribute>, ApiError> {
    let mut told = BTreeMap::new();
    for attribute in read::list(input, "attributes")? {
        let value = read::text(attribute, "value")?.map(str::to_owned);
        let name = read::needed(attribute, "name")?.to_owned();
        told.insert(name, Attribute { value, custom: false });
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_type_has_its_cpus_and_nine_tenths_of_its_memory() {
        let table = [
            ("m7g.large", (2048, 7372)),
            ("c7i.large", (2048, 3686)),
            ("m7g.medium", (1024, 3686)),
            ("z9.unheard", (2048, 7372)),
        ];
        for (name, wanted) in table {
            assert_eq!(size(name), wanted, "{name}");
        }
    }
}
