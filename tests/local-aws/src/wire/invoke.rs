//! Lambda's `Invoke` API.

use super::respond;
use crate::engine::Shared;
use crate::lambda::InvokeError;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

const JSON: &str = "application/json";

pub(super) async fn invoke(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let name = name.rsplit("function:").next().unwrap_or_default();
    let kind = headers.get("x-amz-invocation-type").and_then(|kind| kind.to_str().ok());
    let payload = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    if serde_json::from_slice::<Value>(&payload).is_err() {
        let message = "Could not parse request body into json.";
        return refused(
            &shared,
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            message,
        );
    }
    match kind.unwrap_or("RequestResponse") {
        "Event" => match shared.deliver(name, payload) {
            Ok(request_id) => respond(StatusCode::ACCEPTED, JSON, &request_id, Vec::new()),
            Err(error) => unknown(&shared, &error),
        },
        "RequestResponse" => match shared.invoke(name, payload).await {
            Ok(invocation) => {
                let (failed, Ok(body) | Err(body)) =
                    (invocation.result.is_err(), invocation.result);
                let body = body.to_string().into_bytes();
                let mut response = respond(StatusCode::OK, JSON, &invocation.request_id, body);
                if failed {
                    let unhandled = HeaderValue::from_static("Unhandled");
                    response.headers_mut().insert("x-amz-function-error", unhandled);
                }
                response
            }
            Err(error) => unknown(&shared, &error),
        },
        other => {
            let message = format!("The invocation type {other} is not modelled.");
            refused(&shared, StatusCode::BAD_REQUEST, "InvalidParameterValueException", &message)
        }
    }
}

fn unknown(shared: &Shared, error: &InvokeError) -> Response {
    let message = format!("Function not found: {error}");
    refused(shared, StatusCode::NOT_FOUND, "ResourceNotFoundException", &message)
}

fn refused(shared: &Shared, status: StatusCode, code: &'static str, message: &str) -> Response {
    let body = json!({ "Type": "User", "Message": message }).to_string().into_bytes();
    let mut response = respond(status, JSON, &shared.ids.uuid(), body);
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}
