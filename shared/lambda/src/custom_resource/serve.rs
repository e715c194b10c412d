//! From a request to exactly one answer, before time runs out.

use super::answer::Reply;
use super::request::Request;
use crate::clock;
use crate::frame::{JsonOnly, refused_payload};
use crate::place::Place;
use crate::record::{Decision, Record, WokenBy};
use crate::refusal::Refusal;
use crate::traces;
use domain::Standing;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use ports::{Pause, PutAnswer, Session};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use tracing::Instrument as _;

/// What is kept back before Lambda's deadline for the answer. Keeps S25.
const FOR_THE_ANSWER: Duration = Duration::from_secs(5);
/// What is kept back after the last try to answer.
const AFTER_THE_ANSWER: Duration = Duration::from_secs(1);
/// Between two tries; doubled each time.
const PAUSE: Duration = Duration::from_millis(200);

/// A custom resource.
pub trait Resource {
    /// The function's name.
    fn name(&self) -> &'static str;

    /// The id to answer with when nothing is known but the request. Keeps S27: pure.
    fn physical_id(&self, request: &Request, place: &Place) -> String;

    /// Makes it as asked within this time, and tells it in the record.
    ///
    /// # Errors
    /// What is not done yet, where it is certain that Lambda hands the request over again: it is not answered now.
    fn handle(
        &self,
        request: &Request,
        place: &Place,
        budget: Duration,
        record: &mut Record,
    ) -> impl Future<Output = Result<Reply, NotYet>>;
}

/// What is not done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotYet(pub String);

/// Answers requests until Lambda ends the process.
///
/// # Errors
/// What the Lambda Runtime API makes impossible.
pub async fn run<R: Resource, A: Session + PutAnswer + Pause>(
    resource: R,
    aws: &A,
) -> Result<(), lambda_runtime::Error> {
    let handle = |event: LambdaEvent<Value>| answer(&resource, aws, event);
    Runtime::new(service_fn(handle)).layer(JsonOnly).run().await
}

async fn answer<R: Resource, A: Session + PutAnswer + Pause>(
    resource: &R,
    aws: &A,
    LambdaEvent { payload, context }: LambdaEvent<Value>,
) -> Result<Value, Diagnostic> {
    let began = clock::instant();
    let deadline = clock::deadline(context.deadline);
    let mut record = Record {
        function: resource.name().to_owned(),
        request_id: context.request_id.clone(),
        ..Record::default()
    };
    aws.begin(before(deadline, FOR_THE_ANSWER));
    let place = Place::of_function(&context.invoked_function_arn);
    let responded = respond(resource, aws, payload, place, deadline, &mut record);
    let result = responded.instrument(traces::invocation(resource.name(), &context)).await;
    traces::send().await;
    record.calls = aws.calls();
    record.throttled = aws.throttled();
    record.counts.cold_start_once(resource.name());
    record.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    record.write();
    result
}

/// From a payload to its one answer, told in the record.
///
/// # Errors
/// What could not be answered, so that Lambda hands it over again.
pub async fn respond<R: Resource, A: Session + PutAnswer + Pause>(
    resource: &R,
    aws: &A,
    payload: Value,
    place: Option<Place>,
    deadline: Instant,
    record: &mut Record,
) -> Result<Value, Diagnostic> {
    match read(&payload, place) {
        Err(refusal) => {
            record.refuse(&refusal);
            Ok(Value::Null)
        }
        Ok((request, place)) => one(resource, aws, &request, &place, deadline, record).await,
    }
}

fn read(payload: &Value, place: Option<Place>) -> Result<(Request, Place), Refusal> {
    if let Some(refusal) = refused_payload(payload) {
        return Err(refusal);
    }
    let request = Request::read(payload)?;
    let place = place.ok_or_else(|| Refusal::BadField {
        field: "invoked function ARN",
        expected: "a function's ARN",
        shape: "another text".to_owned(),
    })?;
    Ok((request, place))
}

async fn one<R: Resource, A: Session + PutAnswer + Pause>(
    resource: &R,
    aws: &A,
    request: &Request,
    place: &Place,
    deadline: Instant,
    record: &mut Record,
) -> Result<Value, Diagnostic> {
    record.woken_by = WokenBy {
        kind: format!("CloudFormation {}", request.word()),
        id: Some(request.request_id.clone()),
        time: None,
    };
    // Checked first: what cannot be answered is not begun.
    let url = match request.response_url.checked(place, aws.endpoint()) {
        Ok(url) => url,
        Err(bad) => {
            record.decision = Decision::Refuse;
            record.refused = Some("bad-address");
            record.because = bad.to_string();
            return Ok(Value::Null);
        }
    };
    let reply = match in_time(resource, request, place, deadline, record).await {
        Ok(reply) => reply,
        Err(NotYet(told)) => {
            record.because.clone_from(&told);
            return Err(Diagnostic { error_type: "NotYet".to_owned(), error_message: told });
        }
    };
    if let Reply::Failed { reason, .. } = &reply {
        record.decision = Decision::Fail;
        record.because.clone_from(reason);
    }
    let answer = Answer { url, body: reply.body(request) };
    answer.send(aws, deadline).await.map_err(|told| {
        record.decision = Decision::Fail;
        record.because.clone_from(&told);
        Diagnostic { error_type: "NotAnswered".to_owned(), error_message: told }
    })
}

/// The resource's own reply, or a failure when its time is up.
async fn in_time<R: Resource>(
    resource: &R,
    request: &Request,
    place: &Place,
    deadline: Instant,
    record: &mut Record,
) -> Result<Reply, NotYet> {
    let left = before(deadline, FOR_THE_ANSWER).saturating_duration_since(clock::instant());
    let fallback = || {
        let had = request.physical_id.clone();
        had.unwrap_or_else(|| resource.physical_id(request, place))
    };
    let failed = |reason: String| Ok(Reply::Failed { physical_id: fallback(), reason });

    if let Err(word) = &request.kind {
        return failed(format!("RequestType is {word:?}, not Create, Update or Delete"));
    }
    // Keeps S25: also when the invocation came too late to begin.
    if left.is_zero() {
        return failed("no time was left to begin; nothing was changed".to_owned());
    }
    let handling = unwound(Box::pin(resource.handle(request, place, left, record)));
    match tokio::time::timeout(left, handling).await {
        Ok(Some(come)) => come,
        // What it was stands in the function's log, put there by the panic itself.
        Ok(None) => failed("the function panicked; what it began is undone by a Delete".to_owned()),
        Err(_) => {
            failed("the function's time ran out; what is missing is made by a retry".to_owned())
        }
    }
}

/// What a future comes to; `None` if it panics. Keeps S25: a stack must not wait an hour for a bug of ours.
async fn unwound<T>(mut future: Pin<Box<impl Future<Output = T>>>) -> Option<T> {
    std::future::poll_fn(|context| {
        let poll = || future.as_mut().poll(context);
        catch_unwind(AssertUnwindSafe(poll)).map_or(Poll::Ready(None), |poll| poll.map(Some))
    })
    .await
}

/// The one answer to a request: sending it uses it up.
struct Answer<'a> {
    url: &'a str,
    body: Vec<u8>,
}

impl Answer<'_> {
    /// PUTs the same bytes until they arrive, or it is clear that they will not.
    async fn send<A: PutAnswer + Pause + Session>(
        self,
        aws: &A,
        deadline: Instant,
    ) -> Result<Value, String> {
        let last = before(deadline, AFTER_THE_ANSWER);
        // A budget of its own: what was handled may have used up all of the other.
        aws.extend(last);
        let mut pause = PAUSE;
        loop {
            let left = last.saturating_duration_since(clock::instant());
            match aws.put_answer(self.url, &self.body, left).await {
                Ok(()) => return Ok(Value::Null),
                Err(fault) if fault.standing() == Standing::Again && pause < left => {
                    aws.pause(pause).await;
                    pause = pause.saturating_mul(2);
                }
                Err(fault) => return Err(fault.to_string()),
            }
        }
    }
}

fn before(deadline: Instant, margin: Duration) -> Instant {
    deadline.checked_sub(margin).unwrap_or(deadline)
}
