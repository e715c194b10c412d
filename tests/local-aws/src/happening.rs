//! What happens in the local AWS, told to whoever listens.

use jiff::Timestamp;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// How many happenings a slow listener may lie behind before it misses some.
const BACKLOG: usize = 65_536;

/// One thing that happened. `at` is the world's time, `function` the name of its binary.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An event came onto the event bus.
    EventSaid {
        /// World time.
        at: Timestamp,
        /// The whole envelope.
        event: Value,
        /// The functions whose rules matched, in the template's order.
        delivered_to: Vec<String>,
    },
    /// The weather lost an event.
    EventDropped {
        /// World time.
        at: Timestamp,
        /// The whole envelope.
        event: Value,
    },
    /// A function was handed an event.
    Invoked {
        /// World time.
        at: Timestamp,
        /// The function.
        function: String,
        /// The invocation; retries of one event share it, as in AWS.
        request_id: String,
    },
    /// A function answered, failed, timed out or died.
    Finished {
        /// World time.
        at: Timestamp,
        /// The function.
        function: String,
        /// The invocation.
        request_id: String,
        /// Whether it answered without an error.
        ok: bool,
        /// How long it took, in real milliseconds.
        duration_ms: u64,
    },
    /// A function wrote a line to its standard output or error.
    Log {
        /// World time.
        at: Timestamp,
        /// The function.
        function: String,
        /// The line: parsed if it is JSON, else a string.
        line: Value,
    },
    /// Somebody called an AWS API over the wire.
    Call {
        /// World time.
        at: Timestamp,
        /// The service's name in the credential scope, for example `ecs`.
        service: String,
        /// The operation.
        operation: String,
        /// The function that called, or the access key of whoever else it was.
        caller: String,
        /// The error code that it got, or nothing if it succeeded.
        error: Option<String>,
    },
    /// An event whose attempts all failed went to its function's on-failure queue.
    DeadLetter {
        /// World time.
        at: Timestamp,
        /// The queue's logical id.
        queue: String,
        /// Lambda's record of it.
        record: Value,
    },
    /// An event whose attempts all failed is gone: the function has no on-failure destination.
    Discarded {
        /// World time.
        at: Timestamp,
        /// The function.
        function: String,
        /// The record that nobody keeps.
        record: Value,
    },
    /// A function sent spans to the collector of its layer.
    Traced {
        /// World time.
        at: Timestamp,
        /// An OTLP `ExportTraceServiceRequest`, as it came.
        spans: Vec<u8>,
    },
    /// A failed asynchronous invocation will be tried again.
    Retried {
        /// World time.
        at: Timestamp,
        /// The function.
        function: String,
        /// The invocation.
        request_id: String,
        /// When it will be tried again.
        due: Timestamp,
    },
}

/// The world's time, readable without the world's lock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// How many lines of functions are kept at most: those of some days of a small cluster.
const MOST_KEPT: usize = 200_000;

/// A line that a function wrote.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) at: Timestamp,
    pub(crate) function: String,
    pub(crate) line: String,
}

/// Where happenings are told.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) clock: Clock,
    sender: broadcast::Sender<Happening>,
    kept: Arc<Mutex<VecDeque<Kept>>>,
}

impl News {
    pub(crate) fn new() -> Self {
        Self {
            clock: Clock::default(),
            sender: broadcast::channel(BACKLOG).0,
            kept: Arc::default(),
        }
    }

    /// Keeps a line that a function wrote, as CloudWatch Logs does. The oldest go.
    pub(crate) fn keep(&self, function: &str, line: &str) {
        let (function, line) = (function.to_owned(), line.to_owned());
        let mut kept = self.lines();
        if kept.len() >= MOST_KEPT {
            kept.pop_front();
        }
        kept.push_back(Kept { at: self.clock.now(), function, line });
    }

    /// The kept lines from one to another, and whether there are more.
    pub(crate) fn kept(&self, from: usize, to: usize) -> (Vec<Kept>, bool) {
        let kept = self.lines();
        let count = to.saturating_sub(from);
        (kept.iter().skip(from).take(count).cloned().collect(), kept.len() > to)
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a happening of the present world time; it is not an error if nobody listens.
    pub(crate) fn tell(&self, happening: impl FnOnce(Timestamp) -> Happening) {
        drop(self.sender.send(happening(self.clock.now())));
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Happening> {
        self.sender.subscribe()
    }
}
