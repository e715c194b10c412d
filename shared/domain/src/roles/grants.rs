//! What a task's role may do, in words that people think in.

use super::documents::{Arns, allow};
use crate::property::{
    BUCKET, KEY, Kind, PARAMETER, PropertyError, QUEUE, SECRET, TABLE, TOPIC, bad, flag, names,
    unknown,
};
use serde_json::{Map, Value, json};

/// The grants of one task role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Buckets, or `bucket/prefix*`, whose objects it reads.
    pub s3_read: Vec<String>,
    /// Buckets, or `bucket/prefix*`, whose objects it writes and deletes.
    pub s3_write: Vec<String>,
    /// Queues, by name, that it receives from.
    pub sqs_receive: Vec<String>,
    /// Queues, by name, that it sends to.
    pub sqs_send: Vec<String>,
    /// Topics, by name, that it publishes to.
    pub sns_publish: Vec<String>,
    /// Tables, by name, that it reads.
    pub dynamodb_read: Vec<String>,
    /// Tables, by name, that it writes.
    pub dynamodb_write: Vec<String>,
    /// Parameters of Systems Manager, by name, that it reads.
    pub ssm_read: Vec<String>,
    /// Secrets, by name, that it reads.
    pub secrets_read: Vec<String>,
    /// KMS keys, by id, that it decrypts with.
    pub kms_decrypt: Vec<String>,
    /// KMS keys, by id, that it encrypts with.
    pub kms_encrypt: Vec<String>,
    /// Whether ECS Exec works in it.
    pub exec: bool,
    /// Statements as they are; only where the function's settings allow them, and inside a boundary.
    pub statements: Vec<Value>,
}

const KNOWN: [&str; 9] =
    ["dynamodb", "exec", "kms", "s3", "secretsmanager", "sns", "sqs", "ssm", "statements"];

impl Grants {
    /// Reads the grants of a role.
    ///
    /// # Errors
    /// The first that cannot be used, by its name.
    pub(super) fn read(role: &str, value: &Value) -> Result<Self, PropertyError> {
        let at = |grant: &str| format!("TaskRoles.{role}.{grant}");
        let Value::Object(fields) = value else {
            return Err(bad(format!("TaskRoles.{role}"), "an object of grants", value));
        };
        let mut grants = Self::default();
        for (grant, value) in fields {
            let here = at(grant);
            match grant.as_str() {
                "s3" => {
                    [grants.s3_read, grants.s3_write] =
                        ways(&here, value, ["read", "write"], &BUCKET)?;
                }
                "sqs" => {
                    [grants.sqs_receive, grants.sqs_send] =
                        ways(&here, value, ["receive", "send"], &QUEUE)?;
                }
                "sns" => grants.sns_publish = names(&here, value, &TOPIC)?,
                "dynamodb" => {
                    [grants.dynamodb_read, grants.dynamodb_write] =
                        ways(&here, value, ["read", "write"], &TABLE)?;
                }
                "ssm" => grants.ssm_read = names(&here, value, &PARAMETER)?,
                "secretsmanager" => grants.secrets_read = names(&here, value, &SECRET)?,
                "kms" => {
                    [grants.kms_decrypt, grants.kms_encrypt] =
                        ways(&here, value, ["decrypt", "encrypt"], &KEY)?;
                }
                "exec" => grants.exec = flag(&here, value, false)?,
                "statements" => grants.statements = statements(&here, value)?,
                _ => return Err(unknown(&at(""), grant, &KNOWN)),
            }
        }
        Ok(grants)
    }

    /// The statements that they come to.
    pub(super) fn statements(&self, arns: &Arns<'_>) -> Vec<Value> {
        let all = |service: &str, kind: &str, names: &[String]| -> Vec<String> {
            names.iter().map(|name| arns.of(service, &format!("{kind}{name}"))).collect()
        };
        let tables = |names: &[String]| -> Vec<String> {
            let own = all("dynamodb", "table/", names);
            // A star at the end takes the indexes in already.
            let open = names.iter().filter(|name| !name.ends_with('*'));
            let indexes = open.map(|name| arns.of("dynamodb", &format!("table/{name}/index/*")));
            own.iter().cloned().chain(indexes).collect()
        };
        let mut out = Vec::new();
        let mut add = |sid: &str, actions: &[&str], resources: Vec<String>| {
            if !resources.is_empty() {
                out.push(allow(sid, actions, &json!(resources)));
            }
        };
        add("ReadObjects", &["s3:GetObject"], arns.objects(&self.s3_read));
        let delete = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"];
        add("WriteObjects", &delete, arns.objects(&self.s3_write));
        let receive = [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
        ];
        add("Receive", &receive, all("sqs", "", &self.sqs_receive));
        let send = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"];
        add("Send", &send, all("sqs", "", &self.sqs_send));
        add("Publish", &["sns:Publish"], all("sns", "", &self.sns_publish));
        let read = [
            "dynamodb:BatchGetItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DescribeTable",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
        ];
        add("ReadTables", &read, tables(&self.dynamodb_read));
        let write = [
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:DescribeTable",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ];
        add("WriteTables", &write, tables(&self.dynamodb_write));
        let read = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"];
        add("ReadParameters", &read, arns.parameters(&self.ssm_read));
        add("ReadSecrets", &["secretsmanager:GetSecretValue"], arns.secrets(&self.secrets_read));
        add("Decrypt", &["kms:Decrypt"], all("kms", "key/", &self.kms_decrypt));
        let encrypt = ["kms:Encrypt", "kms:GenerateDataKey"];
        add("Encrypt", &encrypt, all("kms", "key/", &self.kms_encrypt));
        if self.exec {
            let channels = [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ];
            // These four take no resource.
            out.push(allow("Exec", &channels, &json!("*")));
        }
        out.extend(self.statements.iter().cloned());
        out
    }
}

/// Two lists by what is done with them; a list, or a name, alone means both.
fn ways(
    at: &str,
    value: &Value,
    known: [&'static str; 2],
    kind: &Kind,
) -> Result<[Vec<String>; 2], PropertyError> {
    let Value::Object(fields) = value else {
        let both = names(at, value, kind)?;
        return Ok([both.clone(), both]);
    };
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(unknown(&format!("{at}."), name, &known));
    }
    let read = |way: &str| match fields.get(way) {
        Some(value) => names(&format!("{at}.{way}"), value, kind),
        None => Ok(Vec::new()),
    };
    let [first, second] = known;
    Ok([read(first)?, read(second)?])
}

/// Services that no statement of a task's role may name: with them a task could make itself another one.
const NEVER: [&str; 5] = ["account", "iam", "organizations", "sso", "sts"];
const FIELDS: [&str; 5] = ["Action", "Condition", "Effect", "Resource", "Sid"];

fn statements(at: &str, value: &Value) -> Result<Vec<Value>, PropertyError> {
    let all = match value {
        Value::Array(all) if all.len() <= 20 => all.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        other => return Err(bad(at, "a list of at most 20 statements", other)),
    };
    all.iter().map(|one| statement(at, one)).collect()
}

fn statement(at: &str, value: &Value) -> Result<Value, PropertyError> {
    let Value::Object(fields) = value else {
        return Err(bad(at, "a list of statements, each an object", value));
    };
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(unknown(&format!("{at}."), name, &FIELDS));
    }
    let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
    if !matches!(get("Effect").as_str(), Some("Allow" | "Deny")) {
        return Err(bad(format!("{at}.Effect"), "Allow or Deny", get("Effect")));
    }
    let actions = texts(&format!("{at}.Action"), get("Action"), is_action)?;
    let resources = texts(&format!("{at}.Resource"), get("Resource"), is_resource)?;
    if let (Some(other), false) = (fields.get("Sid"), get("Sid").as_str().is_some_and(is_sid)) {
        return Err(bad(format!("{at}.Sid"), "letters and digits", other));
    }
    if fields.get("Condition").is_some_and(|it| !it.as_object().is_some_and(is_condition)) {
        let expected = "an object of operators, each with keys and their texts";
        return Err(bad(format!("{at}.Condition"), expected, get("Condition")));
    }
    let mut out = fields.clone();
    out.insert("Action".to_owned(), json!(actions));
    out.insert("Resource".to_owned(), json!(resources));
    Ok(Value::Object(out))
}

fn texts(at: &str, value: &Value, fits: fn(&str) -> bool) -> Result<Vec<String>, PropertyError> {
    let all = match value {
        Value::Array(all) if !all.is_empty() => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let expected = "one or more, of a service that a task's role may use";
    let read = |item: &Value| {
        let text = item.as_str().filter(|text| fits(text));
        text.map(str::to_owned).ok_or_else(|| bad(at, expected, item))
    };
    all.iter().map(read).collect()
}

/// `service:Name`, with stars in the name only.
fn is_action(text: &str) -> bool {
    let Some((service, name)) = text.split_once(':') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let never = NEVER.iter().any(|never| service.eq_ignore_ascii_case(never));
    plain(service)
        && !never
        && name.len() <= 128
        && name.split('*').all(|part| part.is_empty() || plain(part))
        && !name.is_empty()
}

fn is_resource(text: &str) -> bool {
    let printable = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    printable
        && text.len() <= 2_048
        && (text == "*" || (text.starts_with("arn:") && text.split(':').count() >= 6))
}

fn is_sid(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_condition(operators: &Map<String, Value>) -> bool {
    let value = |value: &Value| match value {
        Value::Array(all) => !all.is_empty() && all.iter().all(Value::is_string),
        one => one.is_string(),
    };
    let operator = |(name, keys): (&String, &Value)| {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b':';
        let keys = keys.as_object().filter(|keys| !keys.is_empty());
        name.bytes().all(word) && keys.is_some_and(|keys| keys.values().all(value))
    };
    !operators.is_empty() && operators.iter().all(operator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(statements: &Value) -> Result<Vec<Value>, String> {
        let grants = Grants::read("web", &json!({ "statements": statements }));
        grants.map(|grants| grants.statements).map_err(|bad| bad.to_string())
    }

    fn one(name: &str, value: Value) -> bool {
        let mut statement = json!({ "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" });
        statement[name] = value;
        read(&json!([statement])).is_ok()
    }

    #[test]
    fn statements_are_kept_as_they_are_with_lists_of_actions_and_resources() {
        let plain = json!({ "Effect": "Deny", "Action": "s3:Get*", "Resource": "*", "Sid": "No1" });
        let kept =
            json!({ "Effect": "Deny", "Action": ["s3:Get*"], "Resource": ["*"], "Sid": "No1" });
        assert_eq!(read(&plain), Ok(vec![kept.clone()]), "one alone is a list of one");
        assert_eq!(read(&json!([plain.clone(), plain])), Ok(vec![kept.clone(), kept]));
        let two = json!({ "Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": ["*"] });
        assert_eq!(read(&json!([two.clone()])), Ok(vec![two]));
    }

    #[test]
    fn at_most_twenty_statements_are_taken() {
        let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
        let many = |count| read(&Value::Array(vec![statement.clone(); count])).is_ok();
        assert!(many(20) && !many(21));
        assert!(read(&json!("x")).is_err() && read(&json!(["x"])).is_err());
    }

    #[test]
    fn an_action_is_a_service_that_a_task_may_use_and_a_name_with_stars() {
        for fits in ["s3:GetObject", "s3:*", "s3:Get*Acl", "execute-api:Invoke", "s3:Get-It"] {
            assert!(is_action(fits), "{fits}");
        }
        let longest = format!("s3:{}", "a".repeat(128));
        assert!(is_action(&longest) && !is_action(&format!("{longest}a")));
        for bad in [
            "",
            "s3",
            "*",
            "*:*",
            ":GetObject",
            "s3:",
            "s*:GetObject",
            "s 3:GetObject",
            "s3:Get Object",
            "s3:Get:Object",
            "iam:PassRole",
            "IAM:*",
            "sts:AssumeRole",
            "account:x",
            "organizations:x",
            "sso:x",
        ] {
            assert!(!is_action(bad), "{bad}");
        }
    }

    #[test]
    fn a_resource_is_a_star_or_an_arn() {
        for fits in ["*", "arn:aws:s3:::bucket", "arn:aws:sns:us-west-2:111122223333:a b"] {
            assert!(is_resource(fits), "{fits}");
        }
        let arn = |length: usize| format!("{:x<length$}", "arn:aws:s3:::");
        assert!(is_resource(&arn(2_048)) && !is_resource(&arn(2_049)));
        for bad in [
            "",
            "bucket",
            "**",
            "arn:aws:s3::",
            "x:aws:s3:::bucket",
            "arn:aws:s3:::b\u{e9}",
            "arn:aws:s3:::b\n",
        ] {
            assert!(!is_resource(bad), "{bad}");
        }
    }

    #[test]
    fn a_statements_name_is_letters_and_digits() {
        for (sid, fits) in [("Read1", true), ("", false), ("a b", false), ("a-b", false)] {
            assert_eq!(one("Sid", json!(sid)), fits, "{sid}");
        }
        assert!(!one("Sid", json!(1)));
        assert!(!one("Effect", json!("allow")) && one("Effect", json!("Deny")));
        assert!(!one("Principal", json!("*")));
    }

    #[test]
    fn a_condition_is_operators_with_keys_and_texts() {
        for fits in [
            json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }),
            json!({ "ForAllValues:StringLike": { "a": ["b", "c"], "d": "e" }, "Bool": { "f": "true" } }),
        ] {
            assert!(one("Condition", fits.clone()), "{fits}");
        }
        for bad in [
            json!("x"),
            json!({}),
            json!({ "StringEquals": {} }),
            json!({ "StringEquals": "x" }),
            json!({ "String Equals": { "a": "b" } }),
            json!({ "StringEquals": { "a": [] } }),
            json!({ "StringEquals": { "a": 1 } }),
            json!({ "StringEquals": { "a": ["b", 1] } }),
            json!({ "StringEquals": { "a": "b", "c": 1 } }),
            json!({ "StringEquals": { "a": "b" }, "Bool": {} }),
        ] {
            assert!(!one("Condition", bad.clone()), "{bad}");
        }
    }

    #[test]
    fn what_is_no_text_or_an_empty_list_is_no_action_and_no_resource() {
        for bad in [
            json!([]),
            json!(null),
            json!(1),
            json!(["s3:GetObject", 1]),
            json!([["s3:GetObject"]]),
        ] {
            assert!(!one("Action", bad.clone()) && !one("Resource", bad.clone()), "{bad}");
        }
    }
}
