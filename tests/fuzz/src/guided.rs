//! Builds what links libFuzzer, and runs it.

use fuzz::{Target, folders};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What libFuzzer sees of a program: which edges were gone, and what was compared.
const COVERAGE: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// The longest input that is taken into the project's corpus.
const MOST_KEPT: usize = 256;

/// Why nothing can be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotBuilt {
    /// What it takes is not here.
    #[error("{0}")]
    Missing(String),
    /// It is, and does not build.
    #[error("{0}")]
    Failed(String),
}

/// The program that runs targets under libFuzzer.
#[derive(Debug)]
pub(crate) struct Guided {
    program: PathBuf,
    /// Where it is built, and keeps what it found.
    folder: PathBuf,
}

/// What came of running a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    pub(crate) executions: u64,
    pub(crate) a_second: u64,
    /// Edges of the program that were gone.
    pub(crate) edges: u64,
    /// Inputs that each show something that no other does.
    pub(crate) inputs: u64,
    /// Files with inputs that are not borne.
    pub(crate) faults: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Build scripts watch some of these, and would run anew by each way of calling.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|it| text.starts_with(it)) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// The platform, which is named so that only the program is watched, and no build script or macro.
fn host() -> Option<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc).arg("-vV").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    told.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

impl Guided {
    /// Builds it.
    pub(crate) fn built() -> Result<Self, NotBuilt> {
        let missing = |why: &str| NotBuilt::Missing(why.to_owned());
        let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
        let version = Command::new(compiler).arg("--version").output();
        if !version.is_ok_and(|told| told.status.success()) {
            return Err(missing("libFuzzer is built with a C++ compiler, and there is no c++"));
        }
        let host = host().ok_or_else(|| missing("rustc does not tell its platform"))?;
        let manifest = root().join("tests/fuzz/guided/Cargo.toml");
        // The versions are the workspace's own; only what libFuzzer adds is chosen here, and pinned in the manifest.
        let lock = manifest.with_file_name("Cargo.lock");
        let copied = fs::copy(root().join("Cargo.lock"), &lock);
        copied.map_err(|error| NotBuilt::Failed(format!("{}: {error}", lock.display())))?;
        let fetched = cargo()
            .args(["fetch", "--quiet", "--target", &host, "--manifest-path"])
            .arg(&manifest)
            .status();
        if !fetched.is_ok_and(|status| status.success()) {
            return Err(missing("libfuzzer-sys is not here, and cannot be fetched"));
        }
        let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let folder = root().join(given.unwrap_or_else(|| "target".into())).join("guided");
        let status = cargo()
            .args(["build", "--release", "--target", &host, "--manifest-path"])
            .arg(&manifest)
            .env("CARGO_TARGET_DIR", &folder)
            .env("RUSTFLAGS", COVERAGE.join(" "))
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status();
        match status {
            Ok(status) if status.success() => {
                let program = folder.join(host).join("release/guided");
                Ok(Self { program, folder })
            }
            Ok(status) => Err(NotBuilt::Failed(format!("cargo build: {status}"))),
            Err(error) => Err(NotBuilt::Failed(format!("cargo build: {error}"))),
        }
    }

    /// Where what is found of a target is kept.
    fn found(&self, target: &Target) -> PathBuf {
        self.folder.join("corpus").join(target.name)
    }

    fn command(&self, target: &Target) -> Command {
        let mut command = Command::new(&self.program);
        command.env("MUSTER_FUZZ_TARGET", target.name);
        command.args(["-timeout=60", "-rss_limit_mb=2048", "-malloc_limit_mb=512"]);
        command
    }

    /// Tries a target for so long.
    pub(crate) fn run(&self, target: &Target, seconds: u32) -> io::Result<Tried> {
        let (found, faults) = (self.found(target), self.folder.join("faults").join(target.name));
        let log = self.folder.join("logs").join(format!("{}.log", target.name));
        for folder in [&found, &faults, &self.folder.join("logs")] {
            fs::create_dir_all(folder)?;
        }
        let before = files(&faults)?;
        let told = File::create(&log)?;
        let status = self
            .command(target)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={}", target.most))
            .arg(format!("-artifact_prefix={}/", faults.display()))
            .args(["-print_final_stats=1", "-reload=0"])
            .arg(&found)
            .args(folders(target))
            .stdout(told.try_clone()?)
            .stderr(told)
            .status()?;
        let mut tried = read(&fs::read_to_string(&log)?);
        tried.faults = files(&faults)?.into_iter().filter(|file| !before.contains(file)).collect();
        if !status.success() && tried.faults.is_empty() {
            tried.faults.push(format!("{status}: see {}", log.display()));
        }
        Ok(tried)
    }

    /// Takes into the project's corpus what adds to its coverage.
    pub(crate) fn merge(&self, target: &Target) -> io::Result<()> {
        let status = self
            .command(target)
            // How often an edge is gone is left out: that would keep ten times as much.
            .args(["-merge=1", "-use_counters=0"])
            .arg(format!("-max_len={}", target.most.min(MOST_KEPT)))
            .args(folders(target).first())
            .arg(self.found(target))
            .stderr(File::create(
                self.folder.join("logs").join(format!("{}.merge.log", target.name)),
            )?)
            .status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
    }
}

fn files(folder: &Path) -> io::Result<Vec<String>> {
    let entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    Ok(entries.iter().map(|entry| entry.path().display().to_string()).collect())
}

/// Reads libFuzzer's own account.
fn read(log: &str) -> Tried {
    let stat = |name: &str| {
        let line = log.lines().rev().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
    };
    // `#4096	pulse  cov: 812 ft: 3011 corp: 211/14Kb lim: 128 exec/s: 2048 rss: 51Mb`
    let last = log.lines().rev().find(|line| line.contains(" cov: ")).unwrap_or_default();
    let after = |name: &str| {
        let rest = last.split_once(name).map(|(_, rest)| rest.trim_start());
        let digits = rest.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    Tried {
        executions: stat("stat::number_of_executed_units"),
        a_second: stat("stat::average_exec_per_sec"),
        edges: after(" cov:"),
        inputs: after(" corp:"),
        faults: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libfuzzers_own_account_is_understood() {
        let log = "#2\tINITED cov: 5 ft: 6 corp: 1/1b exec/s: 0 rss: 30Mb\n\
            #4096\tpulse  cov: 812 ft: 3011 corp: 211/14Kb lim: 128 exec/s: 2048 rss: 51Mb\n\
            Done 4096 runs in 2 second(s)\nstat::number_of_executed_units: 4096\n\
            stat::average_exec_per_sec:     1365\n";
        let wanted =
            Tried { executions: 4_096, a_second: 1_365, edges: 812, inputs: 211, faults: vec![] };
        assert_eq!(read(log), wanted);
        assert_eq!(read("==1== ERROR"), Tried::default());
    }
}
