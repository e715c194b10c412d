//! From properties to the roles as they should be.

use super::documents::{self, Arns};
use super::properties::Properties;
use super::{CLUSTER_TAG, LOGICAL_TAG, REQUEST_TAG, STACK_TAG};
use crate::property::{PropertyError, bad};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// On whose behalf roles are made, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// The request, if it is to create the resource: what it finds under its names must be its own.
    pub creating: Option<String>,
}

impl Owner {
    /// The end of AWS's host names.
    #[must_use]
    pub fn domain(&self) -> &'static str {
        if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// Whether a thing with these tags was made for this owner. Keeps S29: also that of our own stack is taken by a
    /// creating request only if that very request made it, for tags can be forged, and request ids not be foreseen.
    #[must_use]
    pub fn owns(&self, tags: &BTreeMap<String, String>) -> bool {
        let is = |tag: &str, value: &str| tags.get(tag).is_some_and(|it| it == value);
        let same = is(STACK_TAG, &self.stack_id) && is(LOGICAL_TAG, &self.logical_id);
        same && self.creating.as_ref().is_none_or(|request| is(REQUEST_TAG, request))
    }
}

/// What the operator of the function allows, whatever a stack asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The boundary that every role must have.
    pub boundary: Option<String>,
    /// Whether task roles may have statements as they are.
    pub raw_statements: bool,
}

/// The physical id of the custom resource: what decides names, and nothing else. Keeps S27.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Eight hexadecimal digits that tell one resource of one stack, and one path and prefix of it, from every other.
    pub suffix: String,
    /// The IAM path.
    pub path: String,
    /// What names begin with.
    pub prefix: String,
}

const HEAD: &str = "muster-roles:v1";

/// IAM is global, so the region is in the stack's ARN and thereby in the digits; names differ in more than their case,
/// so path and prefix are too: another path or another prefix means other names.
fn suffix(owner: &Owner, path: &str, prefix: &str) -> String {
    let text = format!("{}\n{}\n{path}\n{prefix}", owner.stack_id, owner.logical_id);
    let digest = Sha256::digest(text.as_bytes());
    let head = digest.first_chunk::<4>().copied().unwrap_or_default();
    format!("{:08x}", u32::from_be_bytes(head))
}

impl Identity {
    /// The identity of what these properties ask for.
    #[must_use]
    pub fn of(properties: &Properties, owner: &Owner) -> Self {
        let (path, prefix) = (properties.path.clone(), properties.prefix.clone());
        Self { suffix: suffix(owner, &path, &prefix), path, prefix }
    }

    /// Reads a physical id back; `None` for one that we never issued for this owner. Keeps S28.
    #[must_use]
    pub fn read(physical_id: &str, owner: &Owner) -> Option<Self> {
        let rest = physical_id.strip_prefix(HEAD)?.strip_prefix(':')?;
        let (digits, rest) = rest.split_once(':')?;
        let (path, prefix) = rest.split_once(':')?;
        (digits == suffix(owner, path, prefix)).then(|| Self {
            suffix: digits.to_owned(),
            path: path.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// Whether CloudFormation made this id up itself, for a resource that never answered:
    /// `<stack>-<logical id>-<12 or 13 capitals and digits>`.
    #[must_use]
    pub fn is_made_up(physical_id: &str, owner: &Owner) -> bool {
        let stack = owner.stack_id.split('/').nth(1).unwrap_or_default();
        let rest = physical_id.strip_prefix(stack).and_then(|rest| rest.strip_prefix('-'));
        let rest = rest.unwrap_or(physical_id);
        let end = rest.strip_prefix(&owner.logical_id).and_then(|rest| rest.strip_prefix('-'));
        let capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        end.is_some_and(|end| (12..=13).contains(&end.len()) && end.bytes().all(capital))
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
    /// What the custom resource's attributes about it begin with, for example `EC2Role`.
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

/// A role of the account that AWS's own service owns: made if it is missing, never changed, never deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceLinked {
    /// The service that it is made for.
    pub service: &'static str,
    /// The role's name.
    pub name: &'static str,
}

const FOR_ECS: ServiceLinked =
    ServiceLinked { service: "ecs.amazonaws.com", name: "AWSServiceRoleForECS" };
const FOR_SCALING: ServiceLinked = ServiceLinked {
    service: "ecs.application-autoscaling.amazonaws.com",
    name: "AWSServiceRoleForApplicationAutoScaling_ECSService",
};

/// The attribute that names the service-linked roles that were made because they were missing.
pub const LINKED_MADE: &str = "ServiceLinkedRolesMade";

/// All that should be there; nothing, if it is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The roles.
    pub roles: Vec<WantedRole>,
    /// The service-linked roles.
    pub service_linked: Vec<ServiceLinked>,
    /// The boundary that the operator names: what is taken away is brought inside it first, for the function's own role
    /// reaches nothing outside of it.
    pub boundary: Option<String>,
}

/// The characters of all inline policies of a role (*IAM and STS quotas*; white space does not count, and there is none).
const MOST_INLINE: usize = 10_240;
/// The characters of a trust policy.
const MOST_TRUST: usize = 2_048;

/// The roles that these properties ask for.
///
/// # Errors
/// What IAM would not take, or the operator does not allow, before anything is written.
pub fn wanted(
    properties: &Properties,
    owner: &Owner,
    limits: &Limits,
) -> Result<Wanted, PropertyError> {
    let boundary = boundary(properties, owner, limits)?;
    let identity = Identity::of(properties, owner);
    let plan = Plan { properties, identity, owner, boundary };
    let roles = plan.roles(limits)?;
    for role in &roles {
        fits(role)?;
    }
    let mut service_linked = Vec::new();
    if properties.service_linked {
        service_linked.push(FOR_ECS);
        if properties.has_hosts() {
            service_linked.push(FOR_SCALING);
        }
    }
    Ok(Wanted { roles, service_linked, boundary: limits.boundary.clone() })
}

/// Keeps S31: a boundary that the operator names is every role's.
fn boundary(
    properties: &Properties,
    owner: &Owner,
    limits: &Limits,
) -> Result<Option<String>, PropertyError> {
    let refused = |expected: &'static str, arn: &str| {
        Err(bad("PermissionsBoundary", expected, &Value::String(arn.to_owned())))
    };
    match (&properties.boundary, &limits.boundary) {
        (None, given) => Ok(given.clone()),
        (Some(asked), Some(given)) if asked != given => {
            refused("the boundary that this function is told to use, or none", asked)
        }
        (Some(asked), _) => {
            let Owner { partition, account, .. } = owner;
            let of = |who: &str| asked.starts_with(&format!("arn:{partition}:iam::{who}:policy/"));
            if of(account) || of("aws") {
                Ok(Some(asked.clone()))
            } else {
                refused("a managed policy of this account or of AWS", asked)
            }
        }
    }
}

fn fits(role: &WantedRole) -> Result<(), PropertyError> {
    let characters = |documents: &[&Value]| -> usize {
        documents.iter().map(|document| document.to_string().chars().count()).sum()
    };
    let inline = characters(&role.policies.values().collect::<Vec<_>>());
    let trust = characters(&[&role.trust]);
    let table = [
        (inline, MOST_INLINE, "characters of its inline policies"),
        (trust, MOST_TRUST, "characters of its trust"),
    ];
    match table.into_iter().find(|(is, most, _)| is > most) {
        Some((is, most, what)) => {
            Err(PropertyError::TooMuch { name: role.attribute.clone(), what, is, most })
        }
        None => Ok(()),
    }
}

struct Plan<'a> {
    properties: &'a Properties,
    identity: Identity,
    owner: &'a Owner,
    boundary: Option<String>,
}

impl Plan<'_> {
    fn roles(&self, limits: &Limits) -> Result<Vec<WantedRole>, PropertyError> {
        let Self { properties, owner, .. } = self;
        let arns = Arns { owner, cluster: &properties.cluster };
        let ecs = documents::for_our_ecs(owner);
        let mut service = self
            .role("ECSRole", "lets ECS manage AWS resources on your behalf")
            .trusts("ecs.amazonaws.com", Some(&ecs))
            .may("manage", documents::service(&arns));
        for kind in &properties.infrastructure {
            let document = documents::infrastructure(&arns, *kind);
            service = service.may(&format!("{kind:?}").to_lowercase(), document);
        }
        let execution = self
            .role("ECSTaskExecutionRole", "starts tasks: pulls images, writes logs")
            .trusts("ecs-tasks.amazonaws.com", Some(&ecs))
            .may("start", documents::execution(&arns, properties));
        let mut roles = vec![service, execution];
        if properties.has_hosts() {
            let account = documents::for_our_account(owner);
            let ec2 = format!("ec2.{}", owner.domain());
            let mut host = self
                .role("EC2Role", "the agent of each host")
                .trusts(&ec2, None)
                .may("agent", documents::agent(&arns, properties));
            host.profile = true;
            roles.push(host);
            roles.push(
                self.role(
                    "AutoScalingRole",
                    "adjusts the scalable targets of the cluster's services",
                )
                .trusts("application-autoscaling.amazonaws.com", Some(&account))
                .may("scale", documents::scaling(&arns)),
            );
        }
        for (name, grants) in &properties.task_roles {
            if !grants.statements.is_empty() && (!limits.raw_statements || self.boundary.is_none())
            {
                let at = format!("TaskRoles.{name}.statements");
                let expected =
                    "absent: this function is not told to allow statements, and a boundary";
                return Err(bad(at, expected, &json!(grants.statements)));
            }
            let mut role = self
                .role(&format!("Task-{name}"), "what the tasks themselves may do")
                .trusts("ecs-tasks.amazonaws.com", Some(&ecs));
            let statements = grants.statements(&arns);
            // A role without a grant has no policy: IAM takes no empty one.
            if !statements.is_empty() {
                role = role.may("task", documents::policy(&statements));
            }
            role.attribute = format!("TaskRole.{name}");
            roles.push(role);
        }
        Ok(roles)
    }

    fn role(&self, word: &str, does: &str) -> WantedRole {
        let cluster = self.properties.cluster.to_string();
        let mut tags = self.properties.tags.clone();
        tags.insert(STACK_TAG.to_owned(), self.owner.stack_id.clone());
        tags.insert(LOGICAL_TAG.to_owned(), self.owner.logical_id.clone());
        tags.insert(CLUSTER_TAG.to_owned(), cluster.clone());
        if let Some(request) = &self.owner.creating {
            tags.insert(REQUEST_TAG.to_owned(), request.clone());
        }
        WantedRole {
            attribute: word.to_owned(),
            name: self.identity.name(word),
            path: self.identity.path.clone(),
            description: format!("Cluster {cluster}: {does}"),
            trust: Value::Null,
            policies: BTreeMap::new(),
            tags,
            boundary: self.boundary.clone(),
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

impl Wanted {
    /// The attributes of the custom resource, for `Fn::GetAtt`. They follow from what is asked alone, so that it is known
    /// before anything is written whether they fit into an answer.
    #[must_use]
    pub fn attributes(&self, owner: &Owner) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        // The most that it may come to.
        let linked: Vec<&str> = self.service_linked.iter().map(|one| one.name).collect();
        all.insert(LINKED_MADE.to_owned(), linked.join(","));
        for role in &self.roles {
            let arn = |kind: &str| {
                let Owner { partition, account, .. } = owner;
                format!("arn:{partition}:iam::{account}:{kind}{}{}", role.path, role.name)
            };
            // `TaskRoleArn.<name>`, so that the names of tasks' roles stand behind the full stop.
            if let Some((word, name)) = role.attribute.split_once('.') {
                all.insert(format!("{word}Arn.{name}"), arn("role"));
            } else {
                all.insert(format!("{}Arn", role.attribute), arn("role"));
                all.insert(format!("{}Name", role.attribute), role.name.clone());
            }
            if role.profile {
                all.insert("EC2InstanceProfileArn".to_owned(), arn("instance-profile"));
                all.insert("EC2InstanceProfileName".to_owned(), role.name.clone());
            }
        }
        all
    }
}
