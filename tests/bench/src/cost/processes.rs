//! The CPU time of the functions' processes, as the kernel accounts for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The CPU time so far, in milliseconds, and the number of processes, by function: of all children that run a binary of this
/// folder. Where there is no `/proc`, nothing.
pub(super) fn cpu(binaries: &Path) -> BTreeMap<String, (f64, u64)> {
    let mut all: BTreeMap<String, (f64, u64)> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(running) = std::fs::read_link(entry.path().join("exe")) else { continue };
        let ours = running.parent().is_some_and(|folder| folder == binaries);
        let own = entry.file_name().to_str() == Some(&std::process::id().to_string());
        let Some(name) = running.file_name().and_then(|name| name.to_str()) else { continue };
        if ours && !own && is_child(&entry.path()) {
            let (sum, count) = all.entry(name.to_owned()).or_default();
            *sum += of_threads(&entry.path());
            *count += 1;
        }
    }
    all
}

/// The processes of one function, since they began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Processes {
    /// Their CPU time, in milliseconds.
    pub(crate) cpu: f64,
    /// The most resident memory that one of them had, in MB.
    pub(crate) memory: f64,
}

/// What the kernel says of the children that run this binary.
pub(crate) fn of(binaries: &Path, function: &str) -> Processes {
    let mut all = Processes::default();
    for process in children(&binaries.join(function)) {
        all.cpu += of_threads(&process);
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = most.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
        all.memory = all.memory.max(kib.unwrap_or_default() * 1_024.0 / 1e6);
    }
    all
}

/// This process's children that run this binary, in `/proc`.
fn children(binary: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = all.map(|entry| entry.path()).filter(|process| {
        let runs = std::fs::read_link(process.join("exe"));
        runs.is_ok_and(|running| running == binary) && is_child(process)
    });
    ours.collect()
}

fn is_child(process: &Path) -> bool {
    let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    parent.is_some_and(|parent| parent.trim() == std::process::id().to_string())
}

/// `schedstat` counts nanoseconds, where `stat` counts hundredths of a second.
pub(crate) fn of_threads(process: &Path) -> f64 {
    let threads = std::fs::read_dir(process.join("task")).into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    times.sum::<f64>() / 1_000_000.0
}
