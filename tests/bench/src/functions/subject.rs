//! One program under measure, and one run of it.

use super::quota::Quota;
use super::runtime::Runtime;
use super::scene::Scene;
use crate::cost::processes::of_threads;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;
use tokio::process::{Child, Command};

/// A program that answers a scene's event.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// The program.
    pub(super) program: PathBuf,
    /// Its arguments.
    pub(super) arguments: Vec<OsString>,
    /// What its environment has besides the scene's.
    pub(super) environment: BTreeMap<String, String>,
}

/// Under which conditions it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Terms {
    /// Whether it has a small function's part of a core from the first event on.
    pub(super) small: bool,
    /// How long a call takes on its way, in milliseconds.
    pub(super) late: u64,
}

/// What one run came to. Times are in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// From its start until it asks for an event.
    pub(super) ready: f64,
    /// The first event.
    pub(super) first: f64,
    /// Each later one.
    pub(super) warm: Vec<f64>,
    /// CPU until it was ready, for the first event, and for a later one.
    pub(super) cpu: [f64; 3],
    /// The most memory that it held, in MB.
    pub(super) peak: f64,
}

/// What is left of a process when this goes: nothing.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.start_kill());
    }
}

fn millis(since: Instant, until: Instant) -> f64 {
    until.saturating_duration_since(since).as_secs_f64() * 1_000.0
}

impl Subject {
    /// Starts it, hands it the first event and so many later ones, and ends it.
    ///
    /// # Errors
    /// It does not start, or fails on an event.
    pub(super) async fn run(
        &self,
        scene: &Scene,
        quota: Option<&Quota>,
        terms: Terms,
        warm: u32,
    ) -> Result<Run, String> {
        let told = |error: std::io::Error| format!("{}: {error}", self.program.display());
        let mut runtime = Runtime::open(&scene.arn).await.map_err(told)?;
        let quota = quota.filter(|_| terms.small);
        if let Some(quota) = quota {
            quota.whole().map_err(told)?;
        }
        scene.late(terms.late);
        scene.reset();
        let begun = Instant::now();
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(scene.environment(runtime.address))
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(told)?;
        let id = child.id().unwrap_or_default();
        let mut process = Process(child);
        if let Some(quota) = quota {
            quota.take(id).map_err(told)?;
        }
        let polled = tokio::select! {
            polled = runtime.polled() => polled?,
            ended = process.0.wait() => return Err(format!("{}: {ended:?}", self.program.display())),
        };
        let home = PathBuf::from(format!("/proc/{id}"));
        let mut run = Run { ready: millis(begun, polled), ..Run::default() };
        run.cpu[0] = of_threads(&home);
        if let Some(quota) = quota {
            quota.part().map_err(told)?;
        }
        run.first = runtime.hand(&scene.event).await?.as_secs_f64() * 1_000.0;
        runtime.polled().await?;
        run.cpu[1] = of_threads(&home) - run.cpu[0];
        for _ in 0..warm {
            scene.reset();
            let long = runtime.hand(&scene.event).await?;
            run.warm.push(long.as_secs_f64() * 1_000.0);
            runtime.polled().await?;
        }
        let spent = of_threads(&home) - run.cpu[0] - run.cpu[1];
        run.cpu[2] = spent / f64::from(warm.max(1));
        let status = std::fs::read_to_string(home.join("status")).unwrap_or_default();
        run.peak = peak(&status).unwrap_or_default();
        // Only where nothing runs any more can the next one be put into the group alone.
        drop(process.0.kill().await);
        Ok(run)
    }
}

/// `VmHWM` of `/proc/PID/status`, in MB.
fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1_024.0 / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_as_the_kernel_tells_it() {
        assert_eq!(peak("VmPeak:\t 9 kB\nVmHWM:\t   12500 kB\n"), Some(12.8));
        assert_eq!(peak("Name: x"), None);
    }
}
