//! The processes of one function.

use super::Invocation;
use super::launch::Launch;
use super::sandbox::{Outcome, Sandbox};
use crate::happening::{Happening, News};
use crate::template::Function;
use bytes::Bytes;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many processes a function has at most: enough for two of a kind to meet.
const MOST_PROCESSES: u32 = 2;

/// One function with its processes, which start when they are needed.
#[derive(Debug)]
pub(crate) struct Pool {
    function: Function,
    launch: Arc<dyn Launch>,
    endpoint: String,
    news: News,
    permits: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
}

impl Pool {
    pub(super) fn new(
        function: Function,
        launch: Arc<dyn Launch>,
        endpoint: &str,
        news: News,
    ) -> Self {
        let most = function.reserved_concurrency.unwrap_or(MOST_PROCESSES).min(MOST_PROCESSES);
        let permits = Semaphore::new(usize::try_from(most).unwrap_or(1));
        let endpoint = endpoint.to_owned();
        Self { function, launch, endpoint, news, permits, idle: Mutex::default() }
    }

    pub(crate) fn function(&self) -> &Function {
        &self.function
    }

    /// Waits for a free process and has it handle the event.
    pub(crate) async fn invoke(&self, request_id: &str, payload: Bytes) -> Invocation {
        let permit = self.permits.acquire().await;
        let function = self.function.name.clone();
        let id = request_id.to_owned();
        self.news.tell(|at| Happening::Invoked { at, function, request_id: id });
        let outcome = match permit {
            Ok(_permit) => self.run(request_id, payload).await,
            Err(_closed) => not_run("Runtime.Stopped", request_id, "the local AWS has stopped"),
        };
        self.news.tell(|at| Happening::Finished {
            at,
            function: self.function.name.clone(),
            request_id: request_id.to_owned(),
            ok: outcome.result.is_ok(),
            duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        });
        Invocation {
            request_id: request_id.to_owned(),
            function: self.function.name.clone(),
            result: outcome.result,
            log: outcome.log,
            duration: outcome.duration,
        }
    }

    async fn run(&self, request_id: &str, payload: Bytes) -> Outcome {
        let mut sandbox = match self.sandbox().await {
            Ok(sandbox) => sandbox,
            Err(error) => {
                return not_run("Runtime.InvalidEntrypoint", request_id, &error.to_string());
            }
        };
        let outcome = sandbox.run(&self.function, request_id, payload).await;
        if sandbox.is_usable() {
            self.lock().push(sandbox);
        }
        outcome
    }

    async fn sandbox(&self) -> std::io::Result<Sandbox> {
        while let Some(mut sandbox) = self.pop() {
            if sandbox.is_usable() {
                sandbox.forget_lines();
                return Ok(sandbox);
            }
        }
        let news = self.news.clone();
        Sandbox::start(&self.function, self.launch.as_ref(), &self.endpoint, news).await
    }

    fn pop(&self) -> Option<Sandbox> {
        self.lock().pop()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the processes that are idle.
    pub(super) async fn stop(&self) {
        self.permits.close();
        while let Some(sandbox) = self.pop() {
            sandbox.stop().await;
        }
    }
}

fn not_run(kind: &str, request_id: &str, message: &str) -> Outcome {
    let message = format!("RequestId: {request_id} Error: {message}");
    let error = json!({ "errorType": kind, "errorMessage": message });
    Outcome { result: Err(error), log: Vec::new(), duration: Duration::ZERO }
}
