//! What a function writes to its standard output and error.

use crate::happening::{Happening, News};
use serde_json::Value;
use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::unix::pipe::Receiver;
use tokio::task::AbortHandle;

/// How often one draining reads at most, so that a function that writes without end cannot hold us.
const MOST_READS: usize = 64;

/// The lines of one process, in order.
///
/// The pipe is read by a task as things come, and once more whenever an invocation ends: what was
/// written before the answer belongs to the invocation, although nothing orders a pipe and a socket.
#[derive(Debug)]
pub(super) struct Logs {
    shared: Arc<Inner>,
    reader: Option<AbortHandle>,
}

#[derive(Debug)]
struct Inner {
    function: String,
    news: News,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pipe: Option<File>,
    partial: Vec<u8>,
    lines: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drained {
    Empty,
    Perhaps,
    Ended,
}

impl Logs {
    pub(super) fn read(output: Option<PipeReader>, function: &str, news: News) -> io::Result<Self> {
        let state = Mutex::new(State::default());
        let shared = Arc::new(Inner { function: function.to_owned(), news, state });
        let Some(output) = output else { return Ok(Self { shared, reader: None }) };
        let output = OwnedFd::from(output);
        // Two handles on one pipe: this one tells when there is something and makes it non-blocking,
        // the file reads what there is, whether or not that has been told yet.
        let ready = Receiver::from_owned_fd(output.try_clone()?)?;
        shared.lock().pipe = Some(File::from(output));
        let task = tokio::spawn(follow(Arc::clone(&shared), ready));
        Ok(Self { shared, reader: Some(task.abort_handle()) })
    }

    /// The lines since the last time.
    pub(super) fn take(&self) -> Vec<Value> {
        self.shared.drain();
        std::mem::take(&mut self.shared.lock().lines)
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

async fn follow(logs: Arc<Inner>, ready: Receiver) {
    while ready.readable().await.is_ok() {
        match logs.drain() {
            Drained::Empty => logs.wait_for_more(&ready),
            Drained::Perhaps => tokio::task::yield_now().await,
            Drained::Ended => return,
        }
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads in vain, so that `ready` waits again; what came just now is not lost.
    fn wait_for_more(&self, ready: &Receiver) {
        let mut state = self.lock();
        let mut buffer = vec![0; 4096];
        if let Ok(read) = ready.try_read(&mut buffer) {
            self.bytes(&mut state, buffer.get(..read).unwrap_or_default());
        }
    }

    fn drain(&self) -> Drained {
        let mut state = self.lock();
        let mut buffer = vec![0; 65_536];
        for _ in 0..MOST_READS {
            let Some(pipe) = &mut state.pipe else { return Drained::Ended };
            match pipe.read(&mut buffer) {
                Ok(0) => {
                    state.pipe = None;
                    self.line_end(&mut state);
                    return Drained::Ended;
                }
                Ok(read) => self.bytes(&mut state, buffer.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Drained::Empty,
                Err(_) => {
                    state.pipe = None;
                    return Drained::Ended;
                }
            }
        }
        Drained::Perhaps
    }

    fn bytes(&self, state: &mut State, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            state.partial.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.line_end(state);
            }
        }
    }

    fn line_end(&self, state: &mut State) {
        let line = std::mem::take(&mut state.partial);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            return;
        }
        self.news.keep(&self.function, text);
        let line = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        state.lines.push(line.clone());
        self.news.tell(|at| Happening::Log { at, function: self.function.clone(), line });
    }
}
