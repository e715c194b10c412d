//! The AWS wire protocols on one loopback port.
//!
//! Every answer carries a `Date` header with the world's time: the functions take the time from there.

mod counter;
mod door;
mod events;
mod exchanges;
mod invoke;
mod logs;
mod query;
mod xml;

pub use counter::Counter;

use crate::engine::Shared;
use crate::happening::Happening;
use crate::world::{Answer, ApiError};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use bytes::Bytes;
use door::Request;
use exchanges::Exchange;
use jiff::fmt::rfc2822::DateTimePrinter;
use std::sync::Arc;

/// Lambda's limit of a synchronous payload is the largest of all that come here.
const LARGEST_BODY: usize = 6 * 1024 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// All that is answered on the port.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/", post(call))
        .route("/cloudformation-response/{key}", put(cloudformation_response))
        .route("/v1/traces", post(traces))
        .route("/2015-03-31/functions/{name}/invocations", post(invoke::invoke))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response_with_state(Arc::clone(shared), with_date))
        .with_state(Arc::clone(shared))
}

async fn call(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, &headers, &body).map(Body::from)
}

fn answer(shared: &Arc<Shared>, headers: &HeaderMap, body: &[u8]) -> http::Response<Bytes> {
    let request_id = shared.ids.uuid();
    let request = Request::read(headers, body);
    let answer = request.input.clone().and_then(|input| {
        request.door.in_measure(shared, &request.service)?;
        shared.allows(&request.caller, request.call(&input))?;
        request.door.call(shared, &request.caller, &request.operation, &input)
    });
    let status = status(&answer);
    let (kind, response) = request.door.write(&request.operation, &answer, &request_id);
    let exchange = Exchange {
        service: &request.service,
        operation: &request.operation,
        caller: &request.caller,
        request: body,
        status: status.as_u16(),
        content_type: kind,
        response: &response,
    };
    exchange.keep();
    shared.news.tell(|at| Happening::Call {
        at,
        service: request.service,
        operation: request.operation,
        caller: request.caller,
        error: answer.err().map(|error| error.code),
    });
    written(status, kind, &request_id, response)
}

fn written(
    status: StatusCode,
    kind: &'static str,
    request_id: &str,
    body: Vec<u8>,
) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    response
}

fn respond(status: StatusCode, kind: &'static str, request_id: &str, body: Vec<u8>) -> Response {
    written(status, kind, request_id, body).map(Body::from)
}

/// An OpenTelemetry collector's door. What it is told is not read here; an empty answer means that all was taken.
async fn traces(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    shared.news.tell(|at| Happening::Traced { at, spans: body.to_vec() });
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-protobuf")]).into_response()
}

fn status(answer: &Answer) -> StatusCode {
    let status = answer.as_ref().err().map_or(200, |error| error.status);
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The HTTP server adds the machine's time only where there is no `Date` yet.
async fn with_date(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    dated(&shared, response.headers_mut());
    response
}

fn dated(shared: &Shared, headers: &mut HeaderMap) {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&shared.news.clock.now());
    if let Some(date) = date.ok().and_then(|date| HeaderValue::from_str(&date).ok()) {
        headers.insert(header::DATE, date);
    }
}

/// The presigned S3 address that CloudFormation hands out: the signature covers an empty
/// `Content-Type`, so that a client which adds another is refused.
async fn cloudformation_response(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
    headers: HeaderMap,
    uri: axum::http::Uri,
    body: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).is_some_and(|kind| !kind.is_empty());
    let signature = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "X-Amz-Signature")
        .map(|(_, signature)| signature.into_owned());
    let error = match signature {
        Some(signature) if !kind && shared.mailboxes.put(&key, &signature, body.to_vec()) => {
            return StatusCode::OK.into_response();
        }
        _ => ApiError::client(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        ),
    };
    let body = xml::s3_error(&error.code, &error.message, &shared.ids.uuid());
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

#[cfg(test)]
mod tests;
