//! The stacks that CloudFormation knows, by their status.

use crate::engine::{LocalAws, Shared};
use crate::template::Template;
use crate::world::{Answer, ApiError, input};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the stack that the template makes.
const OWN: &str = "muster";

/// Stacks by their ids, and the template's own by its name.
#[derive(Debug, Default)]
pub(crate) struct Stacks(Mutex<BTreeMap<String, One>>);

#[derive(Clone, Debug, Default)]
struct One {
    status: String,
    /// Since when.
    since: String,
    /// The next status, and after how many more looks at this one.
    next: Option<(u32, String)>,
    outputs: BTreeMap<String, String>,
}

impl Stacks {
    /// The template's own stack is there from the beginning.
    pub(crate) fn of(template: &Template) -> Self {
        let status = "CREATE_COMPLETE".to_owned();
        let own = One { status, outputs: template.outputs.clone(), ..One::default() };
        Self(Mutex::new(BTreeMap::from([(OWN.to_owned(), own)])))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, One>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, id: &str, status: &str, now: String) {
        let one = One { status: status.to_owned(), since: now, ..One::default() };
        self.lock().insert(id.to_owned(), one);
    }

    fn next(&self, id: &str, looks: u32, status: &str) {
        if let Some(one) = self.lock().get_mut(id) {
            one.next = Some((looks, status.to_owned()));
        }
    }

    /// A look at a stack.
    fn look(&self, id: &str) -> Option<One> {
        let mut all = self.lock();
        let one = all.get_mut(id)?;
        match one.next.take() {
            Some((0, status)) => one.status = status,
            Some((looks, status)) => one.next = Some((looks.saturating_sub(1), status)),
            None => {}
        }
        Some(one.clone())
    }
}

impl LocalAws {
    /// Says in which status a stack is, for example `CREATE_IN_PROGRESS`.
    pub fn stack_is(&self, id: &str, status: &str) {
        let now = self.world(|world| world.core.now().to_string());
        self.stacks().set(id, status, now);
    }

    /// Says in which status a stack is after so many more looks at it.
    pub fn stack_becomes(&self, id: &str, looks: u32, status: &str) {
        self.stacks().next(id, looks, status);
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
    let One { status, outputs, .. } = stack(shared, id)?;
    let name = id.split('/').nth(1).unwrap_or(id);
    let output = |(key, value)| json!({ "OutputKey": key, "OutputValue": value });
    let outputs: Vec<Value> = outputs.into_iter().map(output).collect();
    let created = shared.world(|world| world.core.now().to_string());
    let stack = json!({
        "StackName": name, "StackId": id, "CreationTime": created, "StackStatus": status,
        "Outputs": outputs,
    });
    Ok(json!({ "Stacks": [stack] }))
}

/// An output of the template's own stack.
pub(crate) fn output(shared: &Arc<Shared>, key: &str) -> Option<String> {
    shared.stacks.lock().get(OWN)?.outputs.get(key).cloned()
}

/// `DescribeStackResource`: what is asked for is the custom resource whose request is on its way.
pub(crate) fn describe_resource(shared: &Arc<Shared>, input: &Value) -> Answer {
    input::only(input, &["StackName", "LogicalResourceId"])?;
    let id = input::text(input, "StackName")?;
    let logical = input::text(input, "LogicalResourceId")?;
    let One { status, since, .. } = stack(shared, id)?;
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

fn stack(shared: &Arc<Shared>, id: &str) -> Result<One, ApiError> {
    let found = shared.stacks.look(id);
    let told = || format!("Stack with id {id} does not exist");
    found.ok_or_else(|| ApiError::client("ValidationError", told()))
}
