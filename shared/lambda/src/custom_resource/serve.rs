//! From a request to exactly one answer, before time runs out.

use super::answer::Reply;
use super::request::Request;
use crate::clock;
use crate::frame::{JsonOnly, refused_payload};
use crate::place::Place;
use crate::record::{Decision, Record, WokenBy};
use crate::refusal::Refusal;
use domain::Standing;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use ports::{PutAnswer, Session};
use serde_json::Value;
use std::time::{Duration, Instant};

/// What is kept back before Lambda's deadline for the answer. Keeps S25.
const FOR_THE_ANSWER: Duration = Duration::from_secs(5);
/// How often the same answer is PUT if the way is broken.
const TRIES: u32 = 3;
/// Between two tries; doubled each time.
const PAUSE: Duration = Duration::from_millis(200);

/// A custom resource.
pub trait Resource {
    /// The function's name.
    fn name(&self) -> &'static str;

    /// The id to answer with when nothing is known but the request. Keeps S27: pure.
    fn physical_id(&self, request: &Request, place: &Place) -> String;

    /// Makes it as asked, and tells it in the record.
    fn handle(
        &self,
        request: &Request,
        place: &Place,
        record: &mut Record,
    ) -> impl Future<Output = Reply>;
}

/// Answers requests until Lambda ends the process.
///
/// # Errors
/// What the Lambda Runtime API makes impossible.
pub async fn run<R: Resource, A: Session + PutAnswer>(
    resource: R,
    aws: &A,
) -> Result<(), lambda_runtime::Error> {
    let handle = |event: LambdaEvent<Value>| answer(&resource, aws, event);
    Runtime::new(service_fn(handle)).layer(JsonOnly).run().await
}

async fn answer<R: Resource, A: Session + PutAnswer>(
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
    let result = match read(&payload, place) {
        Err(refusal) => {
            record.refuse(&refusal);
            Ok(Value::Null)
        }
        Ok((request, place)) => one(resource, aws, &request, &place, deadline, &mut record).await,
    };
    record.calls = aws.calls();
    record.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    record.write();
    result
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

async fn one<R: Resource, A: Session + PutAnswer>(
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
    let reply = in_time(resource, request, place, deadline, record).await;
    if let Reply::Failed { reason, .. } = &reply {
        record.decision = Decision::Fail;
        record.because.clone_from(reason);
    }
    send(aws, url, &reply.body(request), deadline).await.map_err(|told| {
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
) -> Reply {
    let left = before(deadline, FOR_THE_ANSWER).saturating_duration_since(clock::instant());
    let fallback = || {
        let had = request.physical_id.clone();
        had.unwrap_or_else(|| resource.physical_id(request, place))
    };
    let failed = |reason: String| Reply::Failed { physical_id: fallback(), reason };

    if let Err(word) = &request.kind {
        return failed(format!("RequestType is {word:?}, not Create, Update or Delete"));
    }
    // Keeps S25: also when the invocation came too late to begin.
    if left.is_zero() {
        return failed("no time was left to begin; nothing was changed".to_owned());
    }
    let handling = Box::pin(resource.handle(request, place, record));
    match tokio::time::timeout(left, handling).await {
        Ok(reply) => reply,
        Err(_) => {
            failed("the function's time ran out; what is missing is made by a retry".to_owned())
        }
    }
}

/// PUTs the same bytes until they arrive, or it is clear that they will not.
async fn send<A: PutAnswer + Session>(
    aws: &A,
    url: &str,
    body: &[u8],
    deadline: Instant,
) -> Result<Value, String> {
    let mut pause = PAUSE;
    for turn in 1..=TRIES {
        match aws.put_answer(url, body).await {
            Ok(()) => return Ok(Value::Null),
            Err(fault) if fault.standing() == Standing::Again && turn < TRIES => {
                let left = deadline.saturating_duration_since(clock::instant());
                tokio::time::sleep(pause.min(left)).await;
                pause = pause.saturating_mul(2);
            }
            Err(fault) => return Err(fault.to_string()),
        }
    }
    Err("the answer could not be sent".to_owned())
}

fn before(deadline: Instant, margin: Duration) -> Instant {
    deadline.checked_sub(margin).unwrap_or(deadline)
}
