//! The stacks that CloudFormation knows, by their status.

use crate::engine::{LocalAws, Shared};
use crate::world::{Answer, ApiError, input};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Statuses by stack id, and since when each is so.
#[derive(Debug, Default)]
pub(crate) struct Stacks(Mutex<BTreeMap<String, (String, String)>>);

impl Stacks {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, id: &str, status: &str, now: String) {
        self.lock().insert(id.to_owned(), (status.to_owned(), now));
    }
}

impl LocalAws {
    /// Says in which status a stack is, for example `CREATE_IN_PROGRESS`.
    pub fn stack_is(&self, id: &str, status: &str) {
        let now = self.world(|world| world.core.now().to_string());
        self.stacks().set(id, status, now);
    }

    /// A request says what its stack is about, if nobody has said more.
    pub(super) fn stack_of(&self, request: &Value) {
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let status = match text("RequestType") {
            Some("Create") => "CREATE_IN_PROGRESS",
            Some("Update") => "UPDATE_IN_PROGRESS",
            _ => "DELETE_IN_PROGRESS",
        };
        if let Some(id) = text("StackId") {
            self.stack_is(id, status);
        }
    }
}

/// `DescribeStacks` of one stack.
pub(crate) fn describe(shared: &Arc<Shared>, input: &Value) -> Answer {
    input::only(input, &["StackName", "NextToken"])?;
    let id = input::text(input, "StackName")?;
    let (status, _) = stack(shared, id)?;
    let name = id.split('/').nth(1).unwrap_or(id);
    let created = shared.world(|world| world.core.now().to_string());
    let stack =
        json!({ "StackName": name, "StackId": id, "CreationTime": created, "StackStatus": status });
    Ok(json!({ "Stacks": [stack] }))
}

/// `DescribeStackResource`: what is asked for is the custom resource whose request is on its way.
pub(crate) fn describe_resource(shared: &Arc<Shared>, input: &Value) -> Answer {
    input::only(input, &["StackName", "LogicalResourceId"])?;
    let id = input::text(input, "StackName")?;
    let logical = input::text(input, "LogicalResourceId")?;
    let (status, since) = stack(shared, id)?;
    Ok(json!({
        "StackResourceDetail": {
            "StackId": id,
            "LogicalResourceId": logical,
            "ResourceType": "AWS::CloudFormation::CustomResource",
            "ResourceStatus": status,
            "LastUpdatedTimestamp": since,
        },
    }))
}

fn stack(shared: &Arc<Shared>, id: &str) -> Result<(String, String), ApiError> {
    let found = shared.stacks.lock().get(id).cloned();
    let told = || format!("Stack with id {id} does not exist");
    found.ok_or_else(|| ApiError::client("ValidationError", told()))
}
