//! Lambda's asynchronous invocation: attempts, retries, the age of an event, and what becomes of it
//! when all attempts failed.

use super::agenda::Entry;
use super::shared::{Shared, lock};
use crate::happening::Happening;
use crate::lambda::{Invocation, InvokeError, Pool};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// An event on its way to a function.
#[derive(Debug)]
pub(super) struct Attempt {
    pool: Arc<Pool>,
    request_id: String,
    payload: Bytes,
    since: Timestamp,
    failed: u32,
}

impl Shared {
    /// A synchronous invocation.
    pub(crate) async fn invoke(
        self: &Arc<Self>,
        function: &str,
        payload: Bytes,
    ) -> Result<Invocation, InvokeError> {
        let _in_flight = self.in_flight();
        let pool = self.lambda.find(function)?;
        Ok(pool.invoke(&self.ids.uuid(), payload).await)
    }

    /// An asynchronous invocation: accepted at once, with its request id.
    pub(crate) fn deliver(
        self: &Arc<Self>,
        function: &str,
        payload: Bytes,
    ) -> Result<String, InvokeError> {
        let pool = Arc::clone(self.lambda.find(function)?);
        let request_id = self.ids.uuid();
        let since = self.news.clock.now();
        self.attempt(Attempt { pool, request_id: request_id.clone(), payload, since, failed: 0 });
        Ok(request_id)
    }

    pub(super) fn attempt(self: &Arc<Self>, attempt: Attempt) {
        let in_flight = self.in_flight();
        let shared = Arc::clone(self);
        self.handle.spawn(async move {
            let _in_flight = in_flight;
            let payload = attempt.payload.clone();
            let invocation = attempt.pool.invoke(&attempt.request_id, payload).await;
            if let Err(error) = invocation.result {
                shared.failed(attempt, &error);
            }
        });
    }

    fn failed(&self, mut attempt: Attempt, error: &Value) {
        let config = &attempt.pool.function().event_invoke;
        attempt.failed = attempt.failed.saturating_add(1);
        if attempt.failed > config.maximum_retry_attempts {
            return self.give_up(&attempt, error, "RetriesExhausted");
        }
        // One minute before the first retry, two before the second.
        let delay = SignedDuration::from_mins(i64::from(attempt.failed));
        let due = self.news.clock.now().saturating_add(delay).unwrap_or(Timestamp::MAX);
        if due.duration_since(attempt.since) > config.maximum_event_age {
            return self.give_up(&attempt, error, "EventAgeExceeded");
        }
        self.news.tell(|at| Happening::Retried {
            at,
            function: attempt.pool.function().name.clone(),
            request_id: attempt.request_id.clone(),
            due,
        });
        lock(&self.agenda).set(due, Entry::Retry(attempt));
    }

    fn give_up(&self, attempt: &Attempt, error: &Value, condition: &str) {
        let function = attempt.pool.function();
        let record = record(attempt, error, condition, self.news.clock.now());
        let Some(queue) = function.event_invoke.on_failure.clone() else {
            let function = function.name.clone();
            return self.news.tell(|at| Happening::Discarded { at, function, record });
        };
        self.send(&queue, record.clone());
        self.news.tell(|at| Happening::DeadLetter { at, queue, record });
    }
}

/// The record that Lambda sends to an on-failure destination.
fn record(attempt: &Attempt, error: &Value, condition: &str, now: Timestamp) -> Value {
    let payload = serde_json::from_slice(&attempt.payload).unwrap_or(Value::Null);
    json!({
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "requestContext": {
            "requestId": attempt.request_id,
            "functionArn": format!("{}:$LATEST", attempt.pool.function().arn),
            "condition": condition,
            "approximateInvokeCount": attempt.failed,
        },
        "requestPayload": payload,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": error,
    })
}
