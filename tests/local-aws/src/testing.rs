//! Helps for tests: an HTTP client, and functions that live in the test and speak the Runtime API.

use crate::engine::{LocalAws, Pace, Setup};
use crate::lambda::{Launch, Running};
use crate::template::Template;
use crate::world::Config;
use axum::http::{HeaderMap, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Sends one request to `http://HOST:PORT/…` on a connection of its own.
pub(crate) async fn http(request: Request<Bytes>) -> Result<Response<Bytes>, hyper::Error> {
    let host = request.uri().authority().unwrap().to_string();
    let stream = TcpStream::connect(&host).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    parts.headers.insert("host", host.parse().unwrap());
    parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    let response = sender.send_request(Request::from_parts(parts, Full::new(body))).await?;
    let (parts, body) = response.into_parts();
    Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
}

/// A request with headers and a body.
pub(crate) async fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    http(request.body(body.into()).unwrap()).await.unwrap()
}

/// What a function of a test sees of one invocation.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Value,
}

/// What it does: an answer, an error, or an HTTP request of its own before the answer.
pub(crate) enum Does {
    Answer(Value),
    Fail(Value),
    Put { url: String, headers: Vec<(&'static str, &'static str)>, body: String },
}

type Handler = dyn Fn(Seen) -> Does + Send + Sync;

/// Runtimes that live in the test: every function has the same handler.
#[derive(Clone)]
pub(crate) struct InTest(Arc<Handler>);

impl std::fmt::Debug for InTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InTest")
    }
}

impl Launch for InTest {
    fn launch(&self, _: &str, environment: &BTreeMap<String, String>) -> io::Result<Running> {
        tokio::spawn(poll(Arc::clone(&self.0), environment.clone()));
        Ok(Running { child: None, output: None })
    }
}

async fn poll(handler: Arc<Handler>, environment: BTreeMap<String, String>) {
    let api =
        format!("http://{}/2018-06-01/runtime/invocation", environment["AWS_LAMBDA_RUNTIME_API"]);
    loop {
        let next = Request::get(format!("{api}/next")).body(Bytes::new()).unwrap();
        // The listener goes with its sandbox.
        let Ok(next) = http(next).await else { return };
        let headers = next.headers().clone();
        let id = headers["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
        let payload = serde_json::from_slice(next.body()).unwrap();
        let (path, body) =
            match handler(Seen { environment: environment.clone(), headers, payload }) {
                Does::Answer(answer) => ("response", answer),
                Does::Fail(error) => ("error", error),
                Does::Put { url, headers, body } => {
                    let put = send("PUT", &url, &headers, body).await;
                    ("response", json!(put.status().as_u16()))
                }
            };
        let reply = send("POST", &format!("{api}/{id}/{path}"), &[], body.to_string()).await;
        assert_eq!(reply.status(), 202);
    }
}

/// A local AWS whose functions are one handler.
pub(crate) async fn local_aws(
    template: &str,
    handler: impl Fn(Seen) -> Does + Send + Sync + 'static,
) -> LocalAws {
    let template = Template::read(template, &BTreeMap::new()).unwrap();
    LocalAws::start_with(setup(template), Arc::new(InTest(Arc::new(handler)))).await.unwrap()
}

/// A setup with the binaries of `fixtures/`.
pub(crate) fn setup(template: Template) -> Setup {
    let binaries = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    Setup { world: Config::default(), template, binaries, port: None, pace: Pace::Unbounded }
}
