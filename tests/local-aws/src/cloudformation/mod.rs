//! CloudFormation: its half of a custom resource, and stacks that are made of a template.

mod answer;
mod custom;
mod mailbox;
mod order;
mod properties;
mod reading;
mod resources;
mod stack;
mod stacks;
mod template_stack;
mod update;

pub(crate) use mailbox::Mailboxes;
pub use stack::Stack;
pub(crate) use stacks::{Stacks, describe, describe_resource, output};
pub use template_stack::{StackError, TemplateStack};

use crate::engine::LocalAws;
use crate::lambda::InvokeError;
use crate::template::plain;
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::time::Duration;

/// How long CloudFormation waits if the resource has no `ServiceTimeout`, in seconds.
const DEFAULT_SERVICE_TIMEOUT: i64 = 3600;

/// A custom resource request that did not come to a good end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CloudFormationError {
    /// There is no such function.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// The request is not an object.
    #[error("the request must be an object")]
    BadRequest,
    /// The answer is longer than 4096 bytes.
    #[error("Response object is too long: {0} bytes")]
    TooLong(usize),
    /// The answer is not what CloudFormation takes.
    #[error("Invalid response: {0}")]
    Malformed(String),
    /// The answer names no physical id.
    #[error("Invalid PhysicalResourceId")]
    NoPhysicalResourceId,
    /// The answer is one to another request.
    #[error("the answer does not repeat the request's {0}")]
    NotThisRequest(&'static str),
    /// No answer came within the service timeout.
    #[error("CloudFormation did not receive a response from your Custom Resource within {0:#}")]
    NoAnswer(SignedDuration),
    /// The function answered `FAILED`.
    #[error("Received response status [FAILED] from custom resource. Message returned: {reason}")]
    Failed {
        /// The answer's reason.
        reason: String,
        /// The physical id that it named.
        physical_id: String,
    },
    /// The stack has no such resource yet.
    #[error("the stack has no resource to {0}")]
    NothingThere(&'static str),
}

impl LocalAws {
    /// Has a function handle a custom resource request: adds the `ResponseURL` (unless there is one
    /// already), invokes the function asynchronously, waits for the answer and checks it. Time
    /// passes as long as the function's retries need it.
    ///
    /// Returns the body that was PUT, whether its status is `SUCCESS` or `FAILED`.
    ///
    /// # Errors
    /// An answer that CloudFormation would not take, or none within the `ServiceTimeout`.
    pub async fn custom_resource(
        &self,
        function: &str,
        request: Value,
    ) -> Result<Value, CloudFormationError> {
        let Value::Object(mut request) = request else {
            return Err(CloudFormationError::BadRequest);
        };
        let url = match request.get("ResponseURL").and_then(Value::as_str) {
            Some(url) => url.to_owned(),
            None => self.open_mailbox(),
        };
        request.insert("ResponseURL".to_owned(), Value::String(url.clone()));
        let request = Value::Object(request);
        self.stack_of(&request);
        self.send_request(function, &url, &request).await
    }

    /// A new address that takes one answer to a custom resource's request.
    #[must_use]
    pub fn response_url(&self) -> String {
        self.open_mailbox()
    }

    /// A new address to answer to, on our own origin.
    fn open_mailbox(&self) -> String {
        let (key, signature) = (self.hex(24), self.hex(64));
        let endpoint = self.endpoint();
        self.mailboxes().open(&key, &signature);
        format!(
            "{endpoint}/cloudformation-response/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Expires=7199&X-Amz-Signature={signature}"
        )
    }

    pub(crate) async fn send_request(
        &self,
        function: &str,
        url: &str,
        request: &Value,
    ) -> Result<Value, CloudFormationError> {
        let key = mailbox::key_of(url).to_owned();
        let seen = self.mailboxes().count(&key);
        self.deliver(function, Bytes::from(request.to_string()))?;
        let timeout = service_timeout(request);
        self.wait_for_answer(&key, seen, timeout).await?;
        match self.mailboxes().answer(&key, seen) {
            Some(body) => answer::check(request, &body),
            None => Err(CloudFormationError::NoAnswer(timeout)),
        }
    }

    async fn wait_for_answer(
        &self,
        key: &str,
        seen: usize,
        timeout: SignedDuration,
    ) -> Result<(), CloudFormationError> {
        let came = || self.mailboxes().count(key) > seen;
        if !self.is_live() {
            let waited = self.run_until(timeout, |_| came()).await;
            return waited.map_err(|_| CloudFormationError::NoAnswer(timeout));
        }
        let since = self.world(|world| world.core.now());
        while !came() {
            // Somebody else moves the clock.
            tokio::time::sleep(Duration::from_millis(50)).await;
            if self.world(|world| world.core.now()).duration_since(since) > timeout {
                return Err(CloudFormationError::NoAnswer(timeout));
            }
        }
        Ok(())
    }
}

fn service_timeout(request: &Value) -> SignedDuration {
    let given = request.pointer("/ResourceProperties/ServiceTimeout").map(plain);
    let seconds = given.and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_SERVICE_TIMEOUT);
    SignedDuration::from_secs(seconds)
}

/// Properties as CloudFormation sends them: every scalar a string, lists and maps as they are, no
/// nulls.
pub(crate) fn stringified(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(stringified).collect()
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, member)| !member.is_null());
            Value::Object(
                members
                    .map(|(name, member)| (name.clone(), stringified(member)))
                    .collect::<Map<_, _>>(),
            )
        }
        scalar => Value::String(plain(scalar)),
    }
}

#[cfg(test)]
mod template_tests;
#[cfg(test)]
mod tests;
