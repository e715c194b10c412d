//! From properties to the roles as they should be.

use super::properties::{Capacity, Properties};
use super::{CLUSTER_TAG, LOGICAL_TAG, STACK_TAG, documents};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// On whose behalf roles are made, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// For example `aws`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// For example `us-west-2`.
    pub region: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's name in the stack.
    pub logical_id: String,
}

impl Owner {
    /// Eight hexadecimal digits that tell one resource of one stack from every other. IAM is global, so
    /// the region is in the stack's ARN and thereby in the digits.
    #[must_use]
    pub fn suffix(&self) -> String {
        let text = format!("{}\n{}", self.stack_id, self.logical_id);
        let digest = Sha256::digest(text.as_bytes());
        let head = digest.first_chunk::<4>().copied().unwrap_or_default();
        format!("{:08x}", u32::from_be_bytes(head))
    }
}

/// The physical id of the custom resource: what decides names, and nothing else. Keeps S27.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Of the owner.
    pub suffix: String,
    /// The IAM path.
    pub path: String,
    /// What names begin with.
    pub prefix: String,
}

const HEAD: &str = "muster-roles:v1";

impl Identity {
    /// The identity of what these properties ask for.
    #[must_use]
    pub fn of(properties: &Properties, owner: &Owner) -> Self {
        let (path, prefix) = (properties.path.clone(), properties.prefix.clone());
        Self { suffix: owner.suffix(), path, prefix }
    }

    /// Reads a physical id back; `None` for one that we never issued for this owner. Keeps S28.
    #[must_use]
    pub fn read(physical_id: &str, owner: &Owner) -> Option<Self> {
        let rest = physical_id.strip_prefix(HEAD)?.strip_prefix(':')?;
        let (suffix, rest) = rest.split_once(':')?;
        let (path, prefix) = rest.split_once(':')?;
        let ours = suffix == owner.suffix() && path.starts_with("/muster/") && !prefix.is_empty();
        ours.then(|| Self {
            suffix: suffix.to_owned(),
            path: path.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The physical id.
    #[must_use]
    pub fn physical_id(&self) -> String {
        format!("{HEAD}:{}:{}:{}", self.suffix, self.path, self.prefix)
    }

    /// The name of a role or profile: `<prefix>-<word>-<suffix>`.
    #[must_use]
    pub fn name(&self, word: &str) -> String {
        format!("{}-{word}-{}", self.prefix, self.suffix)
    }

    /// Whether a name can be one of ours; its tags tell whether it is.
    #[must_use]
    pub fn may_have_named(&self, name: &str) -> bool {
        let inner = name.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('-'));
        inner.is_some_and(|rest| rest.ends_with(&format!("-{}", self.suffix)))
    }
}

/// A role as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRole {
    /// The attribute of the custom resource that gives its ARN, for example `EC2RoleArn`.
    pub attribute: String,
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// What people read in the console.
    pub description: String,
    /// Who may assume it.
    pub trust: Value,
    /// Its inline policies.
    pub policies: BTreeMap<String, Value>,
    /// Its tags, the ownership tags among them.
    pub tags: BTreeMap<String, String>,
    /// Its boundary.
    pub boundary: Option<String>,
    /// Whether an instance profile of the same name carries it.
    pub profile: bool,
}

/// The roles that these properties ask for.
#[must_use]
pub fn wanted(properties: &Properties, owner: &Owner) -> Vec<WantedRole> {
    let cluster = &properties.cluster;
    let plan = Plan { properties, identity: Identity::of(properties, owner), owner };
    let ecs = documents::for_our_ecs(owner);
    let account = documents::for_our_account(owner);
    let mut roles = vec![
        plan.role("ECSRole", "lets ECS manage AWS resources on your behalf")
            .trusts("ecs.amazonaws.com", Some(&ecs))
            .may("manage", documents::service(owner, cluster)),
        plan.role("ECSTaskExecutionRole", "starts tasks: pulls images, writes logs")
            .trusts("ecs-tasks.amazonaws.com", Some(&ecs))
            .may("start", documents::execution(owner, cluster)),
    ];
    if properties.capacity.contains(&Capacity::Ec2) {
        let mut host = plan
            .role("EC2Role", "the agent of each host")
            .trusts("ec2.amazonaws.com", None)
            .may("agent", documents::agent(owner, cluster));
        host.profile = true;
        roles.push(host);
        roles.push(
            plan.role("AutoScalingRole", "adjusts the scalable targets of the cluster's services")
                .trusts("application-autoscaling.amazonaws.com", Some(&account))
                .may("scale", documents::scaling(owner, cluster)),
        );
    }
    for (name, grants) in &properties.task_roles {
        let mut role = plan
            .role(&format!("Task-{name}"), "what the tasks themselves may do")
            .trusts("ecs-tasks.amazonaws.com", Some(&ecs))
            .may("task", documents::task(owner, cluster, grants));
        role.attribute = format!("TaskRoleArn.{name}");
        // A role without a grant has no policy: IAM takes no empty one.
        role.policies.retain(|_, document| document["Statement"] != serde_json::json!([]));
        roles.push(role);
    }
    roles
}

struct Plan<'a> {
    properties: &'a Properties,
    identity: Identity,
    owner: &'a Owner,
}

impl Plan<'_> {
    fn role(&self, word: &str, does: &str) -> WantedRole {
        let cluster = self.properties.cluster.to_string();
        let mut tags = self.properties.tags.clone();
        tags.insert(STACK_TAG.to_owned(), self.owner.stack_id.clone());
        tags.insert(LOGICAL_TAG.to_owned(), self.owner.logical_id.clone());
        tags.insert(CLUSTER_TAG.to_owned(), cluster.clone());
        WantedRole {
            attribute: format!("{word}Arn"),
            name: self.identity.name(word),
            path: self.identity.path.clone(),
            description: format!("Cluster {cluster}: {does}"),
            trust: Value::Null,
            policies: BTreeMap::new(),
            tags,
            boundary: self.properties.boundary.clone(),
            profile: false,
        }
    }
}

impl WantedRole {
    fn trusts(mut self, service: &str, conditions: Option<&Value>) -> Self {
        self.trust = documents::trust(service, conditions);
        self
    }

    fn may(mut self, name: &str, document: Value) -> Self {
        self.policies.insert(name.to_owned(), document);
        self
    }
}
