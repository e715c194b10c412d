//! From `main` to a function's judgement and back: payloads that are no JSON, batches, records, replies.

use crate::clock;
use crate::envelope::{Event, Wake, open};
use crate::place::Place;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::traces;
use bytes::Bytes;
use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use ports::Session;
use serde_json::{Value, json};
use std::task::{Context, Poll};
use std::time::Duration;
use tracing::Instrument as _;

/// What is left unused before Lambda's deadline, for the record and the reply.
const MARGIN: Duration = Duration::from_secs(1);

/// A function that answers events.
pub trait Function {
    /// What an event asks of it.
    type Trigger;

    /// Its name, as in the template and the binary.
    fn name(&self) -> &'static str;

    /// Reads an event.
    ///
    /// # Errors
    /// Why nothing follows from it.
    fn read(&self, event: &Event) -> Result<Self::Trigger, Refusal>;

    /// Looks, judges, acts, and tells it in the record.
    fn pass(
        &self,
        trigger: Self::Trigger,
        event: &Event,
        record: &mut Record,
    ) -> impl Future<Output = ()>;
}

/// Answers invocations until Lambda ends the process.
///
/// # Errors
/// What the Lambda Runtime API makes impossible.
pub async fn run<F: Function, S: Session>(
    function: F,
    session: &S,
) -> Result<(), lambda_runtime::Error> {
    let handle = |event: LambdaEvent<Value>| answer(&function, session, event);
    Runtime::new(service_fn(handle)).layer(JsonOnly).run().await
}

async fn answer<F: Function, S: Session>(
    function: &F,
    session: &S,
    LambdaEvent { payload, context }: LambdaEvent<Value>,
) -> Result<Value, Diagnostic> {
    let deadline = clock::deadline(context.deadline);
    let place = Place::of_function(&context.invoked_function_arn);
    let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
    let begin = || session.begin(deadline);
    let id = &context.request_id;
    let records = records(function, session, begin, payload, place.as_ref(), id);
    let records = records.instrument(traces::invocation(function.name(), &context)).await;
    traces::send().await;
    let is_batch = records.iter().any(|(message_id, _)| message_id.is_some());
    let mut again = Vec::new();
    for (message_id, mut record) in records {
        record.counts.cold_start_once(function.name());
        record.write();
        if record.should_be_retried() {
            again.push((message_id, record.because));
        }
    }
    reply(is_batch, again)
}

/// All that one payload asks of a function, passed: a record for each event in it, with the id of the message that
/// it came in. What answers Lambda, and what the simulation runs.
pub async fn records<F: Function, S: Session>(
    function: &F,
    session: &S,
    begin: impl Fn(),
    payload: Value,
    place: Option<&Place>,
    request_id: &str,
) -> Vec<(Option<String>, Record)> {
    let wakes = match refused_payload(&payload) {
        Some(refusal) => vec![Wake { message_id: None, event: Err(refusal) }],
        None => open(payload, place),
    };
    let mut records = Vec::new();
    for wake in wakes {
        begin();
        let record = one(function, session, &wake, request_id).await;
        records.push((wake.message_id, record));
    }
    records
}

async fn one<F: Function, S: Session>(
    function: &F,
    session: &S,
    wake: &Wake,
    request_id: &str,
) -> Record {
    let began = clock::instant();
    let mut record = Record {
        function: function.name().to_owned(),
        request_id: request_id.to_owned(),
        ..Record::default()
    };

    match &wake.event {
        Err(refusal) => record.refuse(refusal),
        Ok(event) => {
            record.woken_by(event);
            match function.read(event) {
                Err(refusal) => record.refuse(&refusal),
                // Boxed: the futures of the SDK nest deeper than the compiler lays out inline.
                Ok(trigger) => Box::pin(function.pass(trigger, event, &mut record)).await,
            }
        }
    }
    record.calls = session.calls();
    record.throttled = session.throttled();
    record.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    record
}

/// A batch is answered record by record; a single event by success or an error that Lambda retries.
fn reply(is_batch: bool, again: Vec<(Option<String>, String)>) -> Result<Value, Diagnostic> {
    if is_batch {
        let failures: Vec<Value> = again
            .into_iter()
            .filter_map(|(id, _)| Some(json!({ "itemIdentifier": id? })))
            .collect();
        return Ok(json!({ "batchItemFailures": failures }));
    }
    match again.into_iter().next() {
        None => Ok(Value::Null),
        Some((_, error_message)) => {
            Err(Diagnostic { error_type: "Again".to_owned(), error_message })
        }
    }
}

/// The refusal of a payload that [`JsonOnly`] found to be no JSON.
pub(crate) fn refused_payload(payload: &Value) -> Option<Refusal> {
    NotJson::read(payload)
}

/// A payload that is no JSON would be reported as our error and retried in vain. This layer puts a
/// description of it in its place, so that it is refused like any other bad input.
#[derive(Clone, Copy, Debug)]
pub struct JsonOnly;

impl<S> Layer<S> for JsonOnly {
    type Service = JsonOnlyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        JsonOnlyService { inner }
    }
}

/// The service of [`JsonOnly`].
#[derive(Clone, Debug)]
pub struct JsonOnlyService<S> {
    inner: S,
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for JsonOnlyService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> Self::Future {
        // Parsed as the runtime will: what is nested too deep is refused here, not retried there.
        if let Err(fault) = serde_json::from_slice::<Value>(&invocation.body) {
            invocation.body = NotJson::write(invocation.body.len(), &fault.to_string());
        }
        self.inner.call(invocation)
    }
}

struct NotJson;

impl NotJson {
    // No event of AWS has this key, and who forges it only gets himself refused.
    const KEY: &'static str = "muster.not-json";

    fn write(bytes: usize, told: &str) -> Bytes {
        Bytes::from(json!({ Self::KEY: { "bytes": bytes, "told": told } }).to_string())
    }

    fn read(payload: &Value) -> Option<Refusal> {
        let told = payload.get(Self::KEY)?;
        let bytes = told.get("bytes").and_then(Value::as_u64).unwrap_or(0);
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let told = told.get("told").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Refusal::NotJson { bytes, told })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_names_what_must_come_again_and_nothing_else() {
        let again = vec![(Some("m-2".to_owned()), "throttled".to_owned())];
        assert_eq!(
            reply(true, again).unwrap(),
            json!({ "batchItemFailures": [{ "itemIdentifier": "m-2" }] })
        );
        assert_eq!(reply(true, Vec::new()).unwrap(), json!({ "batchItemFailures": [] }));
    }

    #[test]
    fn a_single_event_fails_only_if_it_should_come_again() {
        assert_eq!(reply(false, Vec::new()).unwrap(), Value::Null);
        let fault = reply(false, vec![(None, "throttled".to_owned())]).unwrap_err();
        assert_eq!(fault.error_message, "throttled");
    }

    #[test]
    fn what_is_no_json_is_described_and_then_refused() {
        let body = NotJson::write(9, "expected value at line 1");
        let payload: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            NotJson::read(&payload),
            Some(Refusal::NotJson { bytes: 9, told: "expected value at line 1".into() })
        );
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert!(serde_json::from_slice::<Value>(deep.as_bytes()).is_err());
    }
}
