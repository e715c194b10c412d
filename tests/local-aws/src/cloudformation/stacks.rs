//! The stacks that CloudFormation knows, by their status.

use crate::engine::{LocalAws, Shared};
use crate::template::Template;
use crate::world::{Answer, ApiError, input};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the stack that the template makes.
const OWN: &str = "muster";

/// Stacks by their ids, and the template's own by its name; and what those that are not made here export.
#[derive(Debug, Default)]
pub(crate) struct Stacks {
    all: Mutex<BTreeMap<String, One>>,
    pub(super) exports: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default)]
struct One {
    status: String,
    /// Since when.
    since: String,
    /// The next status, and after how many more looks at this one.
    next: Option<(u32, String)>,
    /// Of a stack that is made of a template: its resources' statuses, and since when.
    resources: Option<BTreeMap<String, (String, String)>>,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Stacks {
    /// The template's own stack is there from the beginning.
    pub(crate) fn of(template: &Template) -> Self {
        let status = "CREATE_COMPLETE".to_owned();
        let (outputs, parameters) = (template.outputs.clone(), template.parameters.clone());
        let own = One { status, outputs, parameters, ..One::default() };
        let all = Mutex::new(BTreeMap::from([(OWN.to_owned(), own)]));
        Self { all, exports: template.exports.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, One>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, id: &str, status: &str, now: String) {
        let mut all = self.lock();
        let one = all.entry(id.to_owned()).or_default();
        (one.status, one.since, one.next) = (status.to_owned(), now, None);
    }

    /// The status of a resource of a stack that is made of a template.
    pub(super) fn set_resource(&self, id: &str, resource: &str, status: &str, now: String) {
        let mut all = self.lock();
        let resources = all.entry(id.to_owned()).or_default().resources.get_or_insert_default();
        resources.insert(resource.to_owned(), (status.to_owned(), now));
    }

    pub(super) fn status(&self, id: &str) -> Option<String> {
        self.lock().get(id).map(|one| one.status.clone())
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
    let One { status, outputs, parameters, .. } = stack(shared, id)?;
    let name = id.split('/').nth(1).unwrap_or(id);
    let output = |(key, value)| json!({ "OutputKey": key, "OutputValue": value });
    let outputs: Vec<Value> = outputs.into_iter().map(output).collect();
    let parameter = |(key, value)| json!({ "ParameterKey": key, "ParameterValue": value });
    let parameters: Vec<Value> = parameters.into_iter().map(parameter).collect();
    let created = shared.world(|world| world.core.now().to_string());
    let stack = json!({
        "StackName": name, "StackId": id, "CreationTime": created, "StackStatus": status,
        "Outputs": outputs, "Parameters": parameters,
    });
    Ok(json!({ "Stacks": [stack] }))
}

/// An output of the template's own stack.
pub(crate) fn output(shared: &Arc<Shared>, key: &str) -> Option<String> {
    shared.stacks.lock().get(OWN)?.outputs.get(key).cloned()
}

/// `DescribeStackResource`. Of a stack without a template, what is asked for is the resource whose request is on its way.
pub(crate) fn describe_resource(shared: &Arc<Shared>, input: &Value) -> Answer {
    input::only(input, &["StackName", "LogicalResourceId"])?;
    let id = input::text(input, "StackName")?;
    let logical = input::text(input, "LogicalResourceId")?;
    let One { mut status, mut since, resources, .. } = stack(shared, id)?;
    if let Some(resources) = resources {
        let told = || format!("Resource {logical} does not exist for stack {id}");
        let found = resources.get(logical).cloned();
        (status, since) = found.ok_or_else(|| ApiError::client("ValidationError", told()))?;
    }
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
