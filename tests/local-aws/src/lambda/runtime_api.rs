//! The Runtime API that a function's process polls, on a listener of its own.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::task::AbortHandle;

const LARGEST_RESPONSE: usize = 6 * 1024 * 1024;

/// What a runtime answers: its response or its error.
pub(super) type Answer = Result<Value, Value>;

/// The event that the runtime works on.
type Current = Option<(String, oneshot::Sender<Answer>)>;

/// One event for the function.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) arn: String,
    pub(super) timeout: Duration,
    pub(super) payload: Bytes,
    /// Told when the runtime fetches the event.
    pub(super) taken: oneshot::Sender<()>,
    /// Told what the runtime answers.
    pub(super) answer: oneshot::Sender<Answer>,
}

/// The API for one process.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    jobs: mpsc::Sender<Job>,
    desk: Arc<Desk>,
    server: AbortHandle,
}

#[derive(Debug)]
struct Desk {
    waiting: AsyncMutex<mpsc::Receiver<Job>>,
    current: Mutex<Current>,
    init_error: Mutex<Option<Value>>,
}

impl RuntimeApi {
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (jobs, waiting) = mpsc::channel(1);
        let waiting = AsyncMutex::new(waiting);
        let desk =
            Arc::new(Desk { waiting, current: Mutex::default(), init_error: Mutex::default() });
        let router = router(&desk);
        let server = tokio::spawn(async move {
            // Ends only with the process that it serves.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { address, jobs, desk, server: server.abort_handle() })
    }

    /// Lays an event out for the runtime to fetch.
    pub(super) async fn offer(&self, job: Job) {
        // The receiver lives as long as we do.
        drop(self.jobs.send(job).await);
    }

    /// What the runtime complained about before it fetched its first event.
    pub(super) fn init_error(&self) -> Option<Value> {
        self.desk.init_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(desk: &Arc<Desk>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        .route("/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(LARGEST_RESPONSE));
    Router::new().nest("/2018-06-01/runtime", runtime).with_state(Arc::clone(desk))
}

async fn next(State(desk): State<Arc<Desk>>) -> Result<Response<Body>, StatusCode> {
    let job = desk.waiting.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let deadline = since.saturating_add(job.timeout).as_millis();
    let response = Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", &job.request_id)
        .header("Lambda-Runtime-Deadline-Ms", deadline.to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", &job.arn)
        .header("Lambda-Runtime-Trace-Id", trace(&job.request_id))
        .body(Body::from(job.payload));
    *desk.current.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((job.request_id, job.answer));
    // Nobody waits any more if the invocation was given up meanwhile.
    let _told = job.taken.send(());
    response.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// An X-Ray trace header made from the request id's hexadecimal digits.
fn trace(request_id: &str) -> String {
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let (time, rest) = hex.split_at_checked(8).unwrap_or(("00000000", ""));
    format!("Root=1-{time}-{rest:0<24.24};Parent={rest:0<16.16};Sampled=0")
}

async fn response(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> Reply {
    desk.settle(&id, Ok(read(&body)))
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> Reply {
    desk.settle(&id, Err(read(&body)))
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Bytes) -> Reply {
    *desk.init_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(read(&body));
    accepted()
}

type Reply = (StatusCode, axum::Json<Value>);

fn accepted() -> Reply {
    (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK" })))
}

fn read(body: &[u8]) -> Value {
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    serde_json::from_slice(body).unwrap_or_else(|_| text())
}

impl Desk {
    fn settle(&self, id: &str, answer: Answer) -> Reply {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, waiting)) = current.take_if(|(request_id, _)| request_id == id) else {
            let error =
                json!({ "errorMessage": "Invalid request ID", "errorType": "InvalidRequestID" });
            return (StatusCode::BAD_REQUEST, axum::Json(error));
        };
        // Nobody waits any more if the function took too long.
        let _told = waiting.send(answer);
        accepted()
    }
}
