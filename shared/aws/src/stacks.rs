//! What CloudFormation says of a stack.

use crate::config::Aws;
use aws_sdk_cloudformation::types::{Stack, StackStatus};
use domain::Fault;
use jiff::Timestamp;
use ports::Stacks;
#[cfg(feature = "person")]
use std::collections::BTreeMap;

const STACKS: &str = "cloudformation:DescribeStacks";

impl Stacks for Aws {
    async fn stack_status(&self, stack_id: &str) -> Result<Option<String>, Fault> {
        let stacks = self.described(stack_id).await?;
        let Some(stacks) = stacks else { return Ok(None) };
        let found = stacks.iter().find(|stack| stack.stack_id() == Some(stack_id));
        let status = found.and_then(Stack::stack_status).map(StackStatus::as_str);
        // The SDK puts a word of its own in the place of one that is not there; and what a stack in a status of which nobody
        // knows waits for, nobody knows either.
        let status = status.filter(|status| StackStatus::values().contains(status));
        let status = status.map(|status| Some(status.to_owned()));
        status.ok_or_else(|| partial(STACKS, "the stack's status is missing or unknown"))
    }

    async fn resource_since(
        &self,
        stack_id: &str,
        logical_id: &str,
    ) -> Result<Option<Timestamp>, Fault> {
        const CALL: &str = "cloudformation:DescribeStackResource";
        let sending = self
            .cloudformation
            .describe_stack_resource()
            .stack_name(stack_id)
            .logical_resource_id(logical_id)
            .send();
        let Some(answer) = absent(self.send(CALL, sending).await)? else { return Ok(None) };
        let at = answer.stack_resource_detail.and_then(|detail| detail.last_updated_timestamp);
        // The SDK puts the epoch in the place of a time that is not there.
        let at = at.filter(|at| at.secs() > 0);
        let at = at.and_then(|at| Timestamp::from_second(at.secs()).ok());
        at.map(Some).ok_or_else(|| partial(CALL, "LastUpdatedTimestamp is missing"))
    }
}

impl Aws {
    /// `DescribeStacks` of a stack by its name or ARN; none if there is no such stack.
    async fn described(&self, stack: &str) -> Result<Option<Vec<Stack>>, Fault> {
        let sending = self.cloudformation.describe_stacks().stack_name(stack).send();
        let Some(answer) = absent(self.send(STACKS, sending).await)? else { return Ok(None) };
        // Keeps S21: CloudFormation has an error for a stack that is not there.
        let named = |stack: &Stack| stack.stack_name().is_some_and(|name| !name.is_empty());
        let stacks = answer.stacks.filter(|all| !all.is_empty() && all.iter().all(named));
        stacks.map(Some).ok_or_else(|| partial(STACKS, "Stacks, or the name of one, is missing"))
    }
}

#[cfg(feature = "person")]
impl Aws {
    /// One output of a stack; `None` if there is no such stack, or it has no such output.
    pub(crate) async fn stack_output(
        &self,
        stack: &str,
        key: &str,
    ) -> Result<Option<String>, Fault> {
        let stacks = self.described(stack).await?;
        for output in stacks.iter().flatten().flat_map(Stack::outputs) {
            let whole = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
            // One that cannot be read may be the one.
            if !whole(output.output_key()) || !whole(output.output_value()) {
                return Err(partial(STACKS, "an output's key or value is missing"));
            }
            if output.output_key() == Some(key) {
                return Ok(output.output_value().map(str::to_owned));
            }
        }
        Ok(None)
    }
}

#[cfg(feature = "person")]
impl ports::Deployment for Aws {
    async fn parameters(&self, stack: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let Some(found) = self.described(stack).await?.and_then(|all| all.into_iter().next())
        else {
            return Ok(None);
        };
        let given = found.parameters.unwrap_or_default().into_iter();
        let given = given.filter_map(|one| Some((one.parameter_key?, one.parameter_value?)));
        Ok(Some(given.collect()))
    }
}

fn partial(call: &str, told: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: told.to_owned() }
}

/// CloudFormation has no code of its own for what is not there.
fn absent<T>(result: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(Fault::Refused { told, .. }) if told.contains("does not exist") => Ok(None),
        Err(fault) => Err(fault),
    }
}
