//! Lambda's side of one process: the Runtime API, with the time of each of its calls.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{any, get, post};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::AbortHandle;

/// Time enough for an event on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The API for one process after the other.
#[derive(Debug)]
pub(super) struct Runtime {
    /// Where it listens.
    pub(super) address: SocketAddr,
    jobs: mpsc::UnboundedSender<Bytes>,
    polled: mpsc::UnboundedReceiver<Instant>,
    answered: mpsc::UnboundedReceiver<Result<Instant, String>>,
    server: AbortHandle,
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug)]
struct Desk {
    jobs: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    polled: mpsc::UnboundedSender<Instant>,
    answered: mpsc::UnboundedSender<Result<Instant, String>>,
    arn: String,
}

impl Runtime {
    /// # Errors
    /// No port can be had.
    pub(super) async fn open(arn: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (jobs, waiting) = mpsc::unbounded_channel();
        let (polled, was_polled) = mpsc::unbounded_channel();
        let (answered, was_answered) = mpsc::unbounded_channel();
        let jobs_of = Mutex::new(waiting);
        let desk = Arc::new(Desk { jobs: jobs_of, polled, answered, arn: arn.to_owned() });
        let runtime = Router::new()
            .route("/invocation/next", get(next))
            .route("/invocation/{id}/response", post(response))
            .route("/invocation/{id}/error", post(error))
            .route("/init/error", post(init_error));
        let router = Router::new().nest("/2018-06-01/runtime", runtime).with_state(desk);
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        let (polled, answered) = (was_polled, was_answered);
        Ok(Self { address, jobs, polled, answered, server: server.abort_handle() })
    }

    /// Waits until the process asks for an event.
    ///
    /// # Errors
    /// It does not, or has told of a failure.
    pub(super) async fn polled(&mut self) -> Result<Instant, String> {
        tokio::select! {
            Some(at) = self.polled.recv() => Ok(at),
            Some(Err(told)) = self.answered.recv() => Err(told),
            () = tokio::time::sleep(PATIENCE) => Err("it asks for no event".to_owned()),
        }
    }

    /// Hands an event over, and tells how long the answer took.
    ///
    /// # Errors
    /// The answer is an error, or there is none.
    pub(super) async fn hand(&mut self, event: &Bytes) -> Result<Duration, String> {
        let from = Instant::now();
        // The receiver lives as long as the server.
        drop(self.jobs.send(event.clone()));
        match tokio::time::timeout(PATIENCE, self.answered.recv()).await {
            Ok(Some(answered)) => Ok(answered?.duration_since(from)),
            _ => Err("it does not answer".to_owned()),
        }
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Result<Response<Body>, StatusCode> {
    // Who measures is gone when the process is ended.
    let _told = desk.polled.send(Instant::now());
    let event = desk.jobs.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let deadline = now.saturating_add(PATIENCE).as_millis();
    let trace = "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=0";
    let response = Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("Lambda-Runtime-Deadline-Ms", deadline.to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", &desk.arn)
        .header("Lambda-Runtime-Trace-Id", trace)
        .body(Body::from(event));
    response.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(State(desk): State<Arc<Desk>>, Path(_): Path<String>, _: Bytes) -> StatusCode {
    let _told = desk.answered.send(Ok(Instant::now()));
    StatusCode::ACCEPTED
}

async fn error(State(desk): State<Arc<Desk>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    failed(&desk, &body)
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Bytes) -> StatusCode {
    failed(&desk, &body)
}

fn failed(desk: &Desk, body: &[u8]) -> StatusCode {
    let _told = desk.answered.send(Err(String::from_utf8_lossy(body).into_owned()));
    StatusCode::ACCEPTED
}

/// A bucket that takes every custom resource's answer.
///
/// # Errors
/// No port can be had.
pub(super) async fn bucket() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(any(async |_: Bytes| StatusCode::OK));
    tokio::spawn(async move { drop(axum::serve(listener, router).await) });
    Ok(address)
}
