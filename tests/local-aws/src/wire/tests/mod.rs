//! What goes over the wire.

mod operations;
mod protocols;

use crate::engine::LocalAws;
use crate::template::Template;
use crate::testing::{send, setup};
use axum::http::Response;
use bytes::Bytes;
use serde_json::Value;

const SCOPE: &str =
    "AWS4-HMAC-SHA256 Credential=KEY/20260304/us-west-2/SERVICE/aws4_request, SignedHeaders=host";

async fn local() -> LocalAws {
    LocalAws::start(setup(Template::default())).await.unwrap()
}

async fn query(local: &LocalAws, service: &str, body: &str) -> Response<Bytes> {
    let scope = SCOPE.replace("SERVICE", service).replace("KEY", "ASIA-agent-verifier");
    send("POST", &local.endpoint(), &[("authorization", &scope)], body.to_owned()).await
}

async fn target(local: &LocalAws, target: &str, body: Value) -> Response<Bytes> {
    send("POST", &local.endpoint(), &[("x-amz-target", target)], body.to_string()).await
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}
