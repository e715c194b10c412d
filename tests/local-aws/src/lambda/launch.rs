//! Starts a function's process.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{self, PipeReader};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// How a function's runtime comes to life.
pub(crate) trait Launch: Debug + Send + Sync {
    /// Starts the runtime of the function with this binary name in this environment.
    fn launch(&self, name: &str, environment: &BTreeMap<String, String>) -> io::Result<Running>;
}

/// A runtime that was started.
#[derive(Debug)]
pub(crate) struct Running {
    /// The process; nothing if the runtime lives in this one.
    pub(crate) child: Option<Child>,
    /// Its standard output and error in one stream.
    pub(crate) output: Option<PipeReader>,
}

impl Running {
    /// Waits for the process to end.
    pub(crate) async fn exit(&mut self) -> io::Result<ExitStatus> {
        match &mut self.child {
            Some(child) => child.wait().await,
            None => std::future::pending().await,
        }
    }

    /// Whether the process has not ended yet.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends the process.
    pub(crate) async fn kill(&mut self) {
        if let Some(child) = &mut self.child {
            // An error means that it has ended already.
            drop(child.kill().await);
        }
    }
}

/// The binaries of one folder.
#[derive(Clone, Debug)]
pub(crate) struct Binaries(pub(crate) PathBuf);

impl Launch for Binaries {
    fn launch(&self, name: &str, environment: &BTreeMap<String, String>) -> io::Result<Running> {
        let (output, writer) = io::pipe()?;
        let child = Command::new(self.0.join(name))
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Running { child: Some(child), output: Some(output) })
    }
}
