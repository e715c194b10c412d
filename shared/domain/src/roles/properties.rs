//! The properties of `Custom::ClusterRoles`: a closed schema.

use super::grants::Grants;
use crate::names::ClusterName;
use crate::property::{
    KEY, LOG_GROUP, PARAMETER, PropertyError, REPOSITORY, SECRET, bad, closed, cluster, flag,
    is_plain, names, unknown,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const KNOWN: [&str; 15] = [
    "Capacity",
    "CloudWatchAgent",
    "ClusterName",
    "ImageRepositories",
    "Infrastructure",
    "LogGroups",
    "NamePrefix",
    "Path",
    "PermissionsBoundary",
    "ServiceLinkedRoles",
    "SessionManager",
    "SpotDraining",
    "Tags",
    "TaskExecution",
    "TaskRoles",
];

/// Where a cluster's tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// On EC2 hosts.
    Ec2,
    /// On Fargate.
    Fargate,
}

/// What else ECS manages for the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Infrastructure {
    /// EBS volumes that are attached to tasks.
    Volumes,
    /// Listeners and rules that blue/green deployments switch.
    LoadBalancers,
}

/// What tasks read while they start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskExecution {
    /// Secrets, by name.
    pub secrets: Vec<String>,
    /// Parameters of Systems Manager, by name.
    pub parameters: Vec<String>,
    /// KMS keys that these are encrypted with, by id.
    pub keys: Vec<String>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Properties {
    /// The cluster.
    pub cluster: ClusterName,
    /// Where its tasks run.
    pub capacity: Vec<Capacity>,
    /// The IAM path of everything that is made; begins and ends with a slash.
    pub path: String,
    /// What every name begins with.
    pub prefix: String,
    /// The ARN of a boundary that every role gets.
    pub boundary: Option<String>,
    /// Tags that every role gets beside ours.
    pub tags: BTreeMap<String, String>,
    /// Repositories of ECR that images are pulled from; all of the account, if none is named.
    pub repositories: Vec<String>,
    /// Log groups that hosts and tasks write to; all of the account, if none is named.
    pub log_groups: Vec<String>,
    /// What tasks read while they start.
    pub execution: TaskExecution,
    /// Roles for tasks, by name.
    pub task_roles: BTreeMap<String, Grants>,
    /// What else ECS manages.
    pub infrastructure: Vec<Infrastructure>,
    /// Whether people may open sessions on the hosts.
    pub session_manager: bool,
    /// Whether the CloudWatch agent runs on the hosts.
    pub cloudwatch_agent: bool,
    /// Whether agents set their own hosts DRAINING on a Spot warning (`ECS_ENABLE_SPOT_INSTANCE_DRAINING`).
    pub spot_draining: bool,
    /// Whether service-linked roles that are missing are made.
    pub service_linked: bool,
}

impl Properties {
    /// Reads the properties of a request.
    ///
    /// # Errors
    /// The first property that cannot be used, by its name.
    pub fn read(value: &Value) -> Result<Self, PropertyError> {
        closed(value, &KNOWN)?;
        let get = |name: &str| value.get(name).unwrap_or(&Value::Null);
        let flag = |name: &str, otherwise: bool| flag(name, get(name), otherwise);
        let cluster = cluster(get("ClusterName"))?;
        let prefix = prefix(get("NamePrefix"), &cluster)?;

        Ok(Self {
            capacity: capacity(get("Capacity"))?,
            path: path(get("Path"))?,
            boundary: boundary(get("PermissionsBoundary"))?,
            tags: tags(get("Tags"))?,
            repositories: names("ImageRepositories", get("ImageRepositories"), &REPOSITORY)?,
            log_groups: names("LogGroups", get("LogGroups"), &LOG_GROUP)?,
            execution: execution(get("TaskExecution"))?,
            task_roles: task_roles(get("TaskRoles"), &prefix)?,
            infrastructure: infrastructure(get("Infrastructure"))?,
            session_manager: flag("SessionManager", false)?,
            cloudwatch_agent: flag("CloudWatchAgent", false)?,
            spot_draining: flag("SpotDraining", false)?,
            service_linked: flag("ServiceLinkedRoles", true)?,
            prefix,
            cluster,
        })
    }

    /// Whether there are EC2 hosts.
    #[must_use]
    pub fn has_hosts(&self) -> bool {
        self.capacity.contains(&Capacity::Ec2)
    }
}

fn capacity(value: &Value) -> Result<Vec<Capacity>, PropertyError> {
    let expected = "EC2, FARGATE, or a list of both";
    let known = [("EC2", Capacity::Ec2), ("FARGATE", Capacity::Fargate)];
    let kinds = words("Capacity", value, expected, &known)?;
    if let Value::Array(items) = value
        && items.is_empty()
    {
        return Err(bad("Capacity", expected, value));
    }
    Ok(if kinds.is_empty() { vec![Capacity::Ec2] } else { kinds })
}

fn infrastructure(value: &Value) -> Result<Vec<Infrastructure>, PropertyError> {
    let known =
        [("Volumes", Infrastructure::Volumes), ("LoadBalancers", Infrastructure::LoadBalancers)];
    words("Infrastructure", value, "Volumes, LoadBalancers, or a list of both", &known)
}

/// Some of a few words, in order and once each.
fn words<T: Copy + Ord>(
    name: &str,
    value: &Value,
    expected: &'static str,
    known: &[(&str, T)],
) -> Result<Vec<T>, PropertyError> {
    let items = match value {
        Value::Null => &[],
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let read = |item: &Value| {
        let found = known.iter().find(|(word, _)| item.as_str() == Some(word));
        found.map(|(_, is)| *is).ok_or_else(|| bad(name, expected, item))
    };
    let found: BTreeSet<T> = items.iter().map(read).collect::<Result<_, _>>()?;
    Ok(found.into_iter().collect())
}

fn path(value: &Value) -> Result<String, PropertyError> {
    let expected = "a path that begins with /muster/, ends with a slash and has plain characters";
    match value {
        Value::Null => Ok("/muster/".to_owned()),
        // The function's own role may write under this path only.
        Value::String(path)
            if path.starts_with("/muster/")
                && path.ends_with('/')
                && path.len() <= 128
                && !path.contains("..")
                && !path.contains("//")
                && path.bytes().all(|b| b == b'/' || is_plain(b)) =>
        {
            Ok(path.clone())
        }
        other => Err(bad("Path", expected, other)),
    }
}

/// 64 characters of a role's name, less `-ECSTaskExecutionRole-` and eight digits.
const MOST_PREFIX: usize = 34;
/// A role's name has this many characters at most (*IAM and STS quotas*).
const MOST_NAME: usize = 64;

fn prefix(value: &Value, cluster: &ClusterName) -> Result<String, PropertyError> {
    let expected = "1 to 34 letters, digits, hyphens, underscores and full stops (the beginning of the cluster's name, if \
                    it is not given)";
    let name = match value {
        // CloudFormation's own names are longer; the eight digits tell those apart that begin alike.
        Value::Null => cluster.as_str().get(..MOST_PREFIX).unwrap_or(cluster.as_str()),
        Value::String(name) => name,
        other => return Err(bad("NamePrefix", expected, other)),
    };
    let plain = (1..=MOST_PREFIX).contains(&name.len()) && name.bytes().all(is_plain);
    if plain { Ok(name.to_owned()) } else { Err(bad("NamePrefix", expected, &name.into())) }
}

fn boundary(value: &Value) -> Result<Option<String>, PropertyError> {
    let is_policy = |arn: &str| {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        matches!(parts[..], ["arn", partition, "iam", "", account, name]
            if partition.starts_with("aws") && !account.is_empty()
                && name.strip_prefix("policy/").is_some_and(|name| !name.is_empty())
                && name.bytes().all(|b| is_plain(b) || b"/+=,@".contains(&b)))
    };
    match value {
        Value::Null => Ok(None),
        Value::String(arn) if arn.len() <= 2_048 && is_policy(arn) => Ok(Some(arn.clone())),
        other => Err(bad("PermissionsBoundary", "the ARN of a managed policy", other)),
    }
}

fn tags(value: &Value) -> Result<BTreeMap<String, String>, PropertyError> {
    let expected =
        "a list of at most 40 Key and Value, the keys not beginning with aws: or muster:";
    let items = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Array(items) if items.len() <= 40 => items,
        other => return Err(bad("Tags", expected, other)),
    };
    // *Tags for IAM resources*: letters, numbers, spaces and these.
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    let read = |item: &Value| {
        let key = item.get("Key")?.as_str()?;
        let text = item.get("Value")?.as_str()?;
        let lower = key.to_lowercase();
        let ours = lower.starts_with("aws:") || lower.starts_with("muster:");
        let sizes = (1..=128).contains(&key.chars().count()) && text.chars().count() <= 256;
        (!ours && sizes && plain(key) && plain(text)).then(|| (key.to_owned(), text.to_owned()))
    };
    let mut tags = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for item in items {
        let (key, value) = read(item).ok_or_else(|| bad("Tags", expected, item))?;
        // IAM takes keys that differ in their case only for the same.
        if !seen.insert(key.to_lowercase()) {
            return Err(bad("Tags", "keys once each", &key.as_str().into()));
        }
        tags.insert(key, value);
    }
    Ok(tags)
}

fn execution(value: &Value) -> Result<TaskExecution, PropertyError> {
    const KNOWN: [&str; 3] = ["Keys", "Parameters", "Secrets"];
    let fields = match value {
        Value::Null => return Ok(TaskExecution::default()),
        Value::Object(fields) => fields,
        other => {
            return Err(bad("TaskExecution", "an object of Secrets, Parameters and Keys", other));
        }
    };
    if let Some(name) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(unknown("TaskExecution.", name, &KNOWN));
    }
    let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
    Ok(TaskExecution {
        secrets: names("TaskExecution.Secrets", get("Secrets"), &SECRET)?,
        parameters: names("TaskExecution.Parameters", get("Parameters"), &PARAMETER)?,
        keys: names("TaskExecution.Keys", get("Keys"), &KEY)?,
    })
}

fn task_roles(value: &Value, prefix: &str) -> Result<BTreeMap<String, Grants>, PropertyError> {
    let expected = "an object of at most 20 names with their grants";
    let roles = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Object(roles) if roles.len() <= 20 => roles,
        other => return Err(bad("TaskRoles", expected, other)),
    };
    let mut all = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (name, grants) in roles {
        let name = task_name(name, prefix)?;
        // IAM's names differ in more than their case.
        if !seen.insert(name.to_lowercase()) {
            return Err(bad(
                "TaskRoles",
                "names that differ in more than their case",
                &name.into(),
            ));
        }
        let grants = Grants::read(&name, grants)?;
        all.insert(name, grants);
    }
    Ok(all)
}

fn task_name(name: &str, prefix: &str) -> Result<String, PropertyError> {
    if name.is_empty() || !name.bytes().all(is_plain) || name.len() > MOST_NAME {
        return Err(bad("TaskRoles", "named by plain characters", &name.into()));
    }
    let is = prefix.len() + "-Task-".len() + name.len() + "-12345678".len();
    if is > MOST_NAME {
        let (name, what) = (format!("TaskRoles.{name}"), "a role's name of so many characters");
        return Err(PropertyError::TooMuch { name, what, is, most: MOST_NAME });
    }
    Ok(name.to_owned())
}
