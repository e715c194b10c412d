//! Which service a request is for, in which protocol it speaks, and who calls.

use super::events;
use super::logs;
use super::query;
use super::xml::Dialect;
use crate::cloudformation::{describe, describe_resource};
use crate::engine::Shared;
use crate::lambda::caller_of;
use crate::permissions::Call;
use crate::world::{Answer, ApiError, Service};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

/// A service with its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// One of the world's services.
    Model(Service),
    /// EventBridge: the way onto an event bus.
    Events,
    /// CloudWatch Logs: what the functions wrote.
    Logs,
    /// CloudFormation: the statuses of stacks.
    CloudFormation,
    /// STS, which needs no world.
    Sts,
    /// A service that does not exist here, asked in awsJson.
    UnknownJson,
    /// A service that does not exist here, asked in a query.
    UnknownQuery,
}

/// One API call.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) door: Door,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) caller: String,
    pub(super) input: Result<Value, ApiError>,
}

const ECS_TARGET: &str = "AmazonEC2ContainerServiceV20141113";
const EVENTS_TARGET: &str = "AWSEvents";
const LOGS_TARGET: &str = "Logs_20140328";

impl Request {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (key, scope) = credential(text("authorization").unwrap_or_default());
        let caller = caller_of(key.unwrap_or("anonymous"));
        if let Some(target) = text("x-amz-target") {
            let (prefix, operation) = target.split_once('.').unwrap_or(("", target));
            let service = scope.or_else(|| of_target(prefix)).unwrap_or("unknown").to_owned();
            let door = Door::of(&service, true);
            let input = json_input(body);
            return Self { door, service, operation: operation.to_owned(), caller, input };
        }
        let query = query::read(body);
        let service = scope.or_else(|| of_version(&query.version)).unwrap_or("unknown").to_owned();
        let door = Door::of(&service, false);
        Self { door, service, operation: query.action, caller, input: Ok(query.input) }
    }

    /// What the caller must be allowed.
    pub(super) fn call<'a>(&'a self, input: &'a Value) -> Call<'a> {
        Call { service: &self.service, operation: &self.operation, input }
    }
}

/// Access key and service of `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn credential(authorization: &str) -> (Option<&str>, Option<&str>) {
    let Some((_, rest)) = authorization.split_once("Credential=") else { return (None, None) };
    let mut parts = rest.split(',').next().unwrap_or_default().split('/');
    (parts.next(), parts.nth(2))
}

/// The service whose operations have this prefix.
fn of_target(prefix: &str) -> Option<&'static str> {
    match prefix {
        ECS_TARGET => Some("ecs"),
        EVENTS_TARGET => Some("events"),
        LOGS_TARGET => Some("logs"),
        _ => None,
    }
}

/// The service whose API has this version.
fn of_version(version: &str) -> Option<&'static str> {
    match version {
        "2016-11-15" => Some("ec2"),
        "2011-01-01" => Some("autoscaling"),
        "2010-05-08" => Some("iam"),
        "2010-05-15" => Some("cloudformation"),
        "2011-06-15" => Some("sts"),
        _ => None,
    }
}

fn json_input(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    let input = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    input.ok_or_else(|| ApiError::client("SerializationException", "The request is not JSON."))
}

/// What is not there AWS leaves out.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(members) => {
            let there = members.iter().filter(|(_, member)| !member.is_null());
            let members = there.map(|(name, member)| (name.clone(), without_nulls(member)));
            Value::Object(members.collect())
        }
        scalar => scalar.clone(),
    }
}

impl Door {
    fn of(service: &str, json: bool) -> Self {
        match (service, json) {
            ("ecs", true) => Self::Model(Service::Ecs),
            ("ec2", false) => Self::Model(Service::Ec2),
            ("autoscaling", false) => Self::Model(Service::AutoScaling),
            ("iam", false) => Self::Model(Service::Iam),
            ("events", true) => Self::Events,
            ("logs", true) => Self::Logs,
            ("cloudformation", false) => Self::CloudFormation,
            ("sts", false) => Self::Sts,
            (_, true) => Self::UnknownJson,
            (_, false) => Self::UnknownQuery,
        }
    }

    fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Model(Service::Ecs) | Self::Events | Self::Logs | Self::UnknownJson => None,
            Self::Model(Service::Ec2) => Some(Dialect::Ec2),
            Self::Model(Service::AutoScaling) => {
                Some(Dialect::Query("http://autoscaling.amazonaws.com/doc/2011-01-01/"))
            }
            Self::Model(Service::Iam) => {
                Some(Dialect::Query("https://iam.amazonaws.com/doc/2010-05-08/"))
            }
            Self::CloudFormation => {
                Some(Dialect::Query("http://cloudformation.amazonaws.com/doc/2010-05-15/"))
            }
            Self::Sts | Self::UnknownQuery => {
                Some(Dialect::Query("https://sts.amazonaws.com/doc/2011-06-15/"))
            }
        }
    }

    /// That the service takes a call now.
    pub(super) fn in_measure(self, shared: &Arc<Shared>, service: &str) -> Result<(), ApiError> {
        if !shared.is_throttled(service) {
            return Ok(());
        }
        Err(match self.dialect() {
            None => ApiError::client("ThrottlingException", "Rate exceeded"),
            Some(Dialect::Query(_)) => ApiError::client("Throttling", "Rate exceeded"),
            Some(Dialect::Ec2) => {
                ApiError::client("RequestLimitExceeded", "Request limit exceeded.").with_status(503)
            }
        })
    }

    pub(super) fn call(
        self,
        shared: &Arc<Shared>,
        caller: &str,
        operation: &str,
        input: &Value,
    ) -> Answer {
        match (self, operation) {
            (Self::Model(service), _) => {
                shared.world(|world| world.call(service, operation, input))
            }
            (Self::Events, "PutEvents") => events::put_events(shared, input),
            (Self::Logs, "FilterLogEvents") => logs::filter_log_events(shared, input),
            (Self::CloudFormation, "DescribeStacks") => describe(shared, input),
            (Self::CloudFormation, "DescribeStackResource") => describe_resource(shared, input),
            (Self::Sts, "GetCallerIdentity") => {
                let account = shared.world(|world| world.core.account().to_owned());
                let arn = format!("arn:aws:sts::{account}:assumed-role/local-aws/{caller}");
                let user = format!("AROALOCALAWS:{caller}");
                Ok(json!({ "Arn": arn, "UserId": user, "Account": account }))
            }
            (Self::Events | Self::Logs | Self::UnknownJson, _) => Err(ApiError::client(
                "UnknownOperationException",
                format!("The operation {operation} does not exist in this local AWS."),
            )),
            (Self::CloudFormation | Self::Sts | Self::UnknownQuery, _) => Err(ApiError::client(
                "InvalidAction",
                format!("The action {operation} is not valid for this web service."),
            )),
        }
    }

    /// The answer in the service's protocol: content type and body.
    pub(super) fn write(
        self,
        operation: &str,
        answer: &Answer,
        request_id: &str,
    ) -> (&'static str, Vec<u8>) {
        let Some(dialect) = self.dialect() else {
            let body = match answer {
                Ok(Value::Null) => json!({}),
                Ok(answer) => without_nulls(answer),
                Err(error) => json!({ "__type": error.code, "message": error.message }),
            };
            return ("application/x-amz-json-1.1", body.to_string().into_bytes());
        };
        let body = match answer {
            Ok(answer) => dialect.answer(operation, answer, request_id),
            Err(error) => dialect.error(error, request_id),
        };
        ("text/xml;charset=UTF-8", body)
    }
}
