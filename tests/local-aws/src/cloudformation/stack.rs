//! A stack of one custom resource.

use super::{CloudFormationError, stringified};
use crate::engine::LocalAws;
use serde_json::{Map, Value, json};

/// A stack that has one custom resource, backed by a function.
#[derive(Debug)]
pub struct Stack {
    local: LocalAws,
    function: String,
    arn: String,
    id: String,
    resource_type: String,
    logical_id: String,
    resource: Option<Resource>,
    /// What an Update asked for that failed.
    failed: Option<Value>,
    last: Option<Value>,
}

#[derive(Clone, Debug)]
struct Resource {
    physical_id: String,
    properties: Value,
}

impl Stack {
    /// An empty stack whose resource `logical_id` will be made by `function`.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn new(
        local: &LocalAws,
        function: &str,
        resource_type: &str,
        logical_id: &str,
    ) -> Result<Self, CloudFormationError> {
        let arn = local.function_arn(function)?;
        let (region, account) =
            local.world(|world| (world.core.region().to_owned(), world.core.account().to_owned()));
        let id = local.uuid();
        Ok(Self {
            local: local.clone(),
            function: function.to_owned(),
            arn,
            id: format!("arn:aws:cloudformation:{region}:{account}:stack/local/{id}"),
            resource_type: resource_type.to_owned(),
            logical_id: logical_id.to_owned(),
            resource: None,
            failed: None,
            last: None,
        })
    }

    /// The stack's ARN.
    #[must_use]
    pub fn stack_id(&self) -> &str {
        &self.id
    }

    /// The id that the stack remembers for its resource.
    #[must_use]
    pub fn physical_id(&self) -> Option<&str> {
        self.resource.as_ref().map(|resource| resource.physical_id.as_str())
    }

    /// Creates the resource. After an error the stack keeps the id from the answer, or one that
    /// CloudFormation makes up, and a [`Stack::delete`] is what CloudFormation's rollback would do.
    ///
    /// # Errors
    /// `Failed` when the function says so; else as [`LocalAws::custom_resource`].
    pub async fn create(&mut self, properties: Value) -> Result<Value, CloudFormationError> {
        let properties = self.complete(&properties);
        let answer = self.send("Create", json!({ "ResourceProperties": properties })).await;
        let physical_id = match &answer {
            Ok(answer) => physical_id(answer),
            Err(CloudFormationError::Failed { physical_id, .. }) => physical_id.clone(),
            Err(_) => format!("local-{}-{}", self.logical_id, self.local.hex(12).to_uppercase()),
        };
        self.resource = Some(Resource { physical_id, properties });
        answer
    }

    /// Updates the resource. An answer with another physical id replaces it: the old one is deleted.
    ///
    /// # Errors
    /// As [`Stack::create`]; the stack then keeps what it had. `NothingThere` before a create.
    pub async fn update(&mut self, properties: Value) -> Result<Value, CloudFormationError> {
        let old = self.resource.clone().ok_or(CloudFormationError::NothingThere("update"))?;
        let properties = self.complete(&properties);
        let more = json!({
            "PhysicalResourceId": old.physical_id,
            "ResourceProperties": properties,
            "OldResourceProperties": old.properties,
        });
        self.failed = Some(properties.clone());
        let answer = self.send("Update", more).await?;
        self.failed = None;
        let physical_id = physical_id(&answer);
        self.resource = Some(Resource { physical_id: physical_id.clone(), properties });
        if physical_id != old.physical_id {
            self.delete_one(&old).await?;
        }
        Ok(answer)
    }

    /// Rolls a failed update back: the resource is updated to what it was.
    ///
    /// # Errors
    /// As [`Stack::create`]; `NothingThere` where no update failed.
    pub async fn roll_back(&mut self) -> Result<Value, CloudFormationError> {
        let failed = self.failed.take().ok_or(CloudFormationError::NothingThere("roll back"))?;
        let old = self.resource.clone().ok_or(CloudFormationError::NothingThere("roll back"))?;
        let more = json!({
            "PhysicalResourceId": old.physical_id,
            "ResourceProperties": old.properties,
            "OldResourceProperties": failed,
        });
        self.send("Update", more).await
    }

    /// Creates the resource, and cancels that while the function is at it: after so many looks of its at the stack.
    /// The Delete that follows has an id that CloudFormation made up, whatever the Create answers.
    ///
    /// # Errors
    /// As [`Stack::delete`].
    pub async fn create_and_cancel(
        &mut self,
        properties: Value,
        looks: u32,
    ) -> Result<Value, CloudFormationError> {
        let properties = self.complete(&properties);
        self.local.stack_is(&self.id, "CREATE_IN_PROGRESS");
        self.local.stack_becomes(&self.id, looks, "ROLLBACK_IN_PROGRESS");
        let create = self.request("Create", json!({ "ResourceProperties": properties }));
        let url = create.get("ResponseURL").and_then(Value::as_str).unwrap_or_default().to_owned();
        // Nobody waits for what it answers.
        drop(self.local.send_request(&self.function, &url, &create).await);
        let made_up = format!("local-{}-{}", self.logical_id, self.local.hex(12).to_uppercase());
        self.resource = Some(Resource { physical_id: made_up, properties });
        let deleted = self.delete().await;
        self.last = Some(create);
        deleted
    }

    /// Deletes the resource.
    ///
    /// # Errors
    /// As [`Stack::create`]; the stack then keeps the resource. `NothingThere` before a create.
    pub async fn delete(&mut self) -> Result<Value, CloudFormationError> {
        let old = self.resource.clone().ok_or(CloudFormationError::NothingThere("delete"))?;
        let answer = self.delete_one(&old).await?;
        self.resource = None;
        Ok(answer)
    }

    /// Delivers the last request once more, with the same ids and the same address, as Lambda's
    /// asynchronous invocation may. The stack changes nothing by it, and stays in the status in which it is.
    ///
    /// # Errors
    /// As [`Stack::create`]; `NothingThere` before the first request.
    pub async fn redeliver(&self) -> Result<Value, CloudFormationError> {
        let last = self.last.clone().ok_or(CloudFormationError::NothingThere("redeliver"))?;
        let url = last.get("ResponseURL").and_then(Value::as_str).unwrap_or_default().to_owned();
        failed(self.local.send_request(&self.function, &url, &last).await?)
    }

    async fn delete_one(&mut self, old: &Resource) -> Result<Value, CloudFormationError> {
        let more = json!({
            "PhysicalResourceId": old.physical_id,
            "ResourceProperties": old.properties,
        });
        self.send("Delete", more).await
    }

    async fn send(&mut self, kind: &str, more: Value) -> Result<Value, CloudFormationError> {
        let request = self.request(kind, more);
        failed(self.local.custom_resource(&self.function, request).await?)
    }

    fn request(&mut self, kind: &str, more: Value) -> Value {
        let mut request = Map::from_iter([
            ("RequestType".to_owned(), json!(kind)),
            ("RequestId".to_owned(), json!(self.local.uuid())),
            ("StackId".to_owned(), json!(self.id)),
            ("ResponseURL".to_owned(), json!(self.local.open_mailbox())),
            ("ResourceType".to_owned(), json!(self.resource_type)),
            ("LogicalResourceId".to_owned(), json!(self.logical_id)),
            ("ServiceToken".to_owned(), json!(self.arn)),
        ]);
        if let Value::Object(more) = more {
            request.extend(more);
        }
        let request = Value::Object(request);
        self.last = Some(request.clone());
        request
    }

    /// The properties as they are sent, with the service token among them.
    fn complete(&self, properties: &Value) -> Value {
        let mut all = stringified(properties);
        if let Value::Object(members) = &mut all {
            members.insert("ServiceToken".to_owned(), json!(self.arn));
        }
        all
    }
}

fn physical_id(answer: &Value) -> String {
    answer.get("PhysicalResourceId").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn failed(answer: Value) -> Result<Value, CloudFormationError> {
    if answer.get("Status").and_then(Value::as_str) != Some("FAILED") {
        return Ok(answer);
    }
    let reason = answer.get("Reason").and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(CloudFormationError::Failed { reason, physical_id: physical_id(&answer) })
}
