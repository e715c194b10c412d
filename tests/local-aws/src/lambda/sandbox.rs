//! One process of a function with its Runtime API: one event at a time.

use super::environment;
use super::launch::{Launch, Running};
use super::logs::Logs;
use super::runtime_api::{Job, RuntimeApi};
use crate::happening::News;
use crate::template::Function;
use bytes::Bytes;
use serde_json::{Value, json};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Lambda gives a start ten seconds; a busy machine gets more, since only a broken binary needs it.
const LONGEST_START: Duration = Duration::from_mins(1);

/// A function's process.
#[derive(Debug)]
pub(super) struct Sandbox {
    api: RuntimeApi,
    running: Running,
    logs: Logs,
    broken: bool,
}

/// What came of one event.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) result: Result<Value, Value>,
    pub(super) log: Vec<Value>,
    pub(super) duration: Duration,
}

impl Sandbox {
    pub(super) async fn start(
        function: &Function,
        launch: &dyn Launch,
        endpoint: &str,
        news: News,
    ) -> io::Result<Self> {
        let api = RuntimeApi::open().await?;
        let environment = environment::of(function, endpoint, api.address);
        let mut running = launch.launch(&function.name, &environment)?;
        let logs = Logs::read(running.output.take(), &function.name, news)?;
        Ok(Self { api, running, logs, broken: false })
    }

    /// Whether the process can take another event.
    pub(super) fn is_usable(&mut self) -> bool {
        !self.broken && self.running.is_alive()
    }

    /// Forgets the lines that came after the last invocation ended.
    pub(super) fn forget_lines(&self) {
        drop(self.logs.take());
    }

    /// Ends the process.
    pub(super) async fn stop(mut self) {
        self.running.kill().await;
    }

    /// Has the process handle one event. If it dies or takes too long, it is not usable any more.
    pub(super) async fn run(&mut self, function: &Function, id: &str, payload: Bytes) -> Outcome {
        let (taken, was_taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let arn = function.arn.clone();
        let timeout = function.timeout;
        let job = Job { request_id: id.to_owned(), arn, timeout, payload, taken, answer };
        self.api.offer(job).await;
        let mut started = Instant::now();
        let result = match self.wait(was_taken, LONGEST_START).await {
            Wait::Told(()) => {
                started = Instant::now();
                match self.wait(answered, timeout).await {
                    Wait::Told(result) => result,
                    other => Err(self.fail(&other, id, timeout).await),
                }
            }
            other => Err(self.fail(&other, id, LONGEST_START).await),
        };
        Outcome { result, log: self.logs.take(), duration: started.elapsed() }
    }

    async fn wait<T>(&mut self, told: oneshot::Receiver<T>, timeout: Duration) -> Wait<T> {
        tokio::select! {
            // An answer counts even if the process ends right after it.
            biased;
            Ok(told) = told => Wait::Told(told),
            exit = self.running.exit() => Wait::Exited(exit.ok()),
            () = sleep(timeout) => Wait::TooLong,
        }
    }

    async fn fail<T>(&mut self, wait: &Wait<T>, id: &str, timeout: Duration) -> Value {
        self.broken = true;
        self.running.kill().await;
        let (kind, message) = match wait {
            Wait::Exited(status) => {
                if let Some(error) = self.api.init_error() {
                    return error;
                }
                ("Runtime.ExitError", exited(*status))
            }
            Wait::TooLong | Wait::Told(_) => {
                let seconds = timeout.as_secs_f64();
                ("Sandbox.Timedout", format!("Task timed out after {seconds:.2} seconds"))
            }
        };
        json!({ "errorType": kind, "errorMessage": format!("RequestId: {id} Error: {message}") })
    }
}

enum Wait<T> {
    Told(T),
    Exited(Option<ExitStatus>),
    TooLong,
}

fn exited(status: Option<ExitStatus>) -> String {
    match status {
        Some(status) if status.success() => "Runtime exited without providing a reason".to_owned(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
            (None, Some(signal)) => format!("Runtime exited with error: signal: {signal}"),
            (None, None) => "Runtime exited with error".to_owned(),
        },
        None => "Runtime exited with error".to_owned(),
    }
}
