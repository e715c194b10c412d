//! The properties of `Custom::ClusterRoles`: a closed schema, read leniently in kind and strictly in name.
//!
//! CloudFormation hands every scalar over as a text, so a list of one may come as a text too.

use crate::names::ClusterName;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Properties that CloudFormation puts beside ours.
const NOT_OURS: [&str; 2] = ["ServiceToken", "ServiceTimeout"];
const KNOWN: [&str; 7] =
    ["Capacity", "ClusterName", "NamePrefix", "Path", "PermissionsBoundary", "Tags", "TaskRoles"];

/// Where a cluster's tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// On EC2 hosts.
    Ec2,
    /// On Fargate.
    Fargate,
}

/// What a task role may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Buckets, or `bucket/prefix*`, whose objects it reads.
    pub s3_read: Vec<String>,
    /// Buckets, or `bucket/prefix*`, whose objects it writes.
    pub s3_write: Vec<String>,
    /// Queues, by name, that it sends to and receives from.
    pub sqs: Vec<String>,
    /// Whether ECS Exec works in it.
    pub exec: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Roles for tasks, by name.
    pub task_roles: BTreeMap<String, Grants>,
}

/// A property that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// It is none of ours.
    #[error("unknown property {name}{}", nearest.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    Unknown {
        /// Its name.
        name: String,
        /// The nearest name that is ours.
        nearest: Option<&'static str>,
    },
    /// It is not what it should be.
    #[error("{name} must be {expected}, not {shape}")]
    Bad {
        /// Its name.
        name: String,
        /// What it should be.
        expected: &'static str,
        /// What it is like.
        shape: String,
    },
}

fn bad(name: impl Into<String>, expected: &'static str, value: &Value) -> PropertyError {
    let shape = match value {
        Value::Null => "missing".to_owned(),
        Value::String(text) => {
            let cut: String = text.chars().take(40).flat_map(char::escape_default).collect();
            format!("\"{cut}\"")
        }
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    PropertyError::Bad { name: name.into(), expected, shape }
}

impl Properties {
    /// Reads the properties of a request.
    ///
    /// # Errors
    /// The first property that cannot be used, by its name.
    pub fn read(value: &Value) -> Result<Self, PropertyError> {
        let empty = Map::new();
        let fields = match value {
            Value::Object(fields) => fields,
            Value::Null => &empty,
            other => return Err(bad("ResourceProperties", "an object", other)),
        };
        for name in fields.keys().filter(|name| !NOT_OURS.contains(&name.as_str())) {
            if !KNOWN.contains(&name.as_str()) {
                let name: String = name.chars().take(60).flat_map(char::escape_default).collect();
                return Err(PropertyError::Unknown { nearest: nearest(&name), name });
            }
        }
        let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
        let cluster = cluster(get("ClusterName"))?;

        Ok(Self {
            capacity: capacity(get("Capacity"))?,
            path: path(get("Path"))?,
            prefix: prefix(get("NamePrefix"), &cluster)?,
            boundary: boundary(get("PermissionsBoundary"))?,
            tags: tags(get("Tags"))?,
            task_roles: task_roles(get("TaskRoles"))?,
            cluster,
        })
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let closest = KNOWN.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    closest.min().filter(|(distance, _)| *distance <= 4).map(|(_, known)| known)
}

fn cluster(value: &Value) -> Result<ClusterName, PropertyError> {
    let expected = "a cluster's name: letters, digits, hyphens and underscores";
    let name = value.as_str().and_then(|name| ClusterName::try_from(name.to_owned()).ok());
    name.ok_or_else(|| bad("ClusterName", expected, value))
}

fn capacity(value: &Value) -> Result<Vec<Capacity>, PropertyError> {
    let read = |value: &Value| match value.as_str() {
        Some("EC2") => Ok(Capacity::Ec2),
        Some("FARGATE") => Ok(Capacity::Fargate),
        _ => Err(bad("Capacity", "EC2, FARGATE, or a list of both", value)),
    };
    let mut kinds = match value {
        Value::Null => vec![Capacity::Ec2],
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(read).collect::<Result<_, _>>()?
        }
        other => vec![read(other)?],
    };
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
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
                && path.bytes().all(|b| b == b'/' || is_plain(b)) =>
        {
            Ok(path.clone())
        }
        other => Err(bad("Path", expected, other)),
    }
}

fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

fn prefix(value: &Value, cluster: &ClusterName) -> Result<String, PropertyError> {
    // 64 characters of a role's name, less "-ECSTaskExecutionRole-" and eight digits.
    let expected = "1 to 34 letters, digits, hyphens, underscores and full stops (the cluster's name, if \
                    it is not given)";
    let name = match value {
        Value::Null => cluster.as_str(),
        Value::String(name) => name,
        other => return Err(bad("NamePrefix", expected, other)),
    };
    let plain = (1..=34).contains(&name.len()) && name.bytes().all(is_plain);
    if plain { Ok(name.to_owned()) } else { Err(bad("NamePrefix", expected, &name.into())) }
}

fn boundary(value: &Value) -> Result<Option<String>, PropertyError> {
    match value {
        Value::Null => Ok(None),
        Value::String(arn)
            if arn.starts_with("arn:") && arn.contains(":policy/") && arn.len() <= 2048 =>
        {
            Ok(Some(arn.clone()))
        }
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
    let read = |item: &Value| {
        let key = item.get("Key")?.as_str()?;
        let text = item.get("Value")?.as_str()?;
        let ours = key.starts_with("aws:") || key.starts_with("muster:");
        (!ours && (1..=128).contains(&key.len()) && text.len() <= 256)
            .then(|| (key.to_owned(), text.to_owned()))
    };
    items.iter().map(|item| read(item).ok_or_else(|| bad("Tags", expected, item))).collect()
}

fn task_roles(value: &Value) -> Result<BTreeMap<String, Grants>, PropertyError> {
    let expected = "an object of at most 20 names with their grants";
    let roles = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Object(roles) if roles.len() <= 20 => roles,
        other => return Err(bad("TaskRoles", expected, other)),
    };
    roles.iter().map(|(name, grants)| Ok((task_name(name)?, self::grants(name, grants)?))).collect()
}

fn task_name(name: &str) -> Result<String, PropertyError> {
    if (1..=34).contains(&name.len()) && name.bytes().all(is_plain) {
        Ok(name.to_owned())
    } else {
        Err(bad("TaskRoles", "named by 1 to 34 plain characters", &name.into()))
    }
}

fn grants(role: &str, value: &Value) -> Result<Grants, PropertyError> {
    let at = |grant: &str| format!("TaskRoles.{role}.{grant}");
    let Value::Object(fields) = value else {
        return Err(bad(at(""), "an object of grants", value));
    };
    let mut grants = Grants::default();
    for (grant, value) in fields {
        match (grant.as_str(), value) {
            ("s3", Value::Object(ways)) => {
                for (way, value) in ways {
                    let names = names(&at(&format!("s3.{way}")), value)?;
                    match way.as_str() {
                        "read" => grants.s3_read = names,
                        "write" => grants.s3_write = names,
                        _ => return Err(bad(at("s3"), "read or write", &way.as_str().into())),
                    }
                }
            }
            ("sqs", value) => grants.sqs = names(&at("sqs"), value)?,
            ("exec", Value::Bool(wanted)) => grants.exec = *wanted,
            ("exec", Value::String(text)) if text == "true" || text == "false" => {
                grants.exec = text == "true";
            }
            ("s3" | "exec", value) => return Err(bad(at(grant), "a grant's value", value)),
            _ => return Err(bad(at(""), "s3, sqs or exec", &grant.as_str().into())),
        }
    }
    Ok(grants)
}

/// Names of AWS things as they go into an ARN: a star is allowed at the end only.
fn names(at: &str, value: &Value) -> Result<Vec<String>, PropertyError> {
    let expected = "a name or a list of names, with a star at the end at most";
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let read = |item: &Value| {
        let name = item.as_str()?;
        let stem = name.strip_suffix('*').unwrap_or(name);
        let plain = !stem.is_empty() && stem.bytes().all(|b| b == b'/' || is_plain(b));
        (plain && name.len() <= 512).then(|| name.to_owned())
    };
    items.iter().map(|item| read(item).ok_or_else(|| bad(at, expected, item))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(value: &Value) -> String {
        Properties::read(value).unwrap_err().to_string()
    }

    #[test]
    fn a_cluster_alone_is_enough() {
        let asked =
            Properties::read(&json!({ "ClusterName": "prod", "ServiceToken": "x" })).unwrap();
        assert_eq!((asked.path.as_str(), asked.prefix.as_str()), ("/muster/", "prod"));
        assert_eq!(asked.capacity, [Capacity::Ec2]);
    }

    #[test]
    fn an_unknown_property_is_named_with_the_nearest_known_one() {
        let told = refused(&json!({ "ClusterName": "prod", "Capacty": "EC2" }));
        assert_eq!(told, "unknown property Capacty; did you mean Capacity?");
        let told = refused(&json!({ "ClusterName": "prod", "ManagedPolicyArns": [] }));
        assert_eq!(told, "unknown property ManagedPolicyArns");
    }

    #[test]
    fn a_property_of_another_kind_is_refused_by_its_name() {
        let with = |name: &str, value: Value| json!({ "ClusterName": "prod", name: value });
        let cases = [
            ("Capacity", json!("EC3")),
            ("Capacity", json!([])),
            ("Path", json!("/")),
            ("Path", json!("/muster/../admin/")),
            ("Path", json!("muster")),
            ("NamePrefix", json!("a b")),
            ("NamePrefix", json!("x".repeat(35))),
            ("PermissionsBoundary", json!("AdministratorAccess")),
            ("Tags", json!([{ "Key": "muster:stack-id", "Value": "x" }])),
            ("Tags", json!({ "a": "b" })),
            ("TaskRoles", json!({ "web": { "s3": { "own": "b" } } })),
            ("TaskRoles", json!({ "web": { "iam": "*" } })),
            ("TaskRoles", json!({ "web": { "s3": { "read": ["*"] } } })),
            ("TaskRoles", json!({ "web": { "sqs": "a*b" } })),
        ];
        for (name, value) in cases {
            let told = refused(&with(name, value.clone()));
            assert!(told.starts_with(name), "{name} {value}: {told}");
        }
        assert!(refused(&json!({})).starts_with("ClusterName must be"));
        assert!(refused(&json!([])).starts_with("ResourceProperties must be"));
    }

    #[test]
    fn booleans_and_lists_are_read_as_cloudformation_writes_them() {
        let asked = Properties::read(&json!({
            "ClusterName": "prod",
            "Capacity": ["FARGATE", "EC2", "EC2"],
            "TaskRoles": { "web": { "exec": "true", "sqs": "jobs" } },
        }))
        .unwrap();
        assert_eq!(asked.capacity, [Capacity::Ec2, Capacity::Fargate]);
        let grants = &asked.task_roles["web"];
        assert!(grants.exec);
        assert_eq!(grants.sqs, ["jobs"]);
    }
}
