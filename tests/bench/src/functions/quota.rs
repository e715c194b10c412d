//! The part of a core that Lambda gives a small function: a control group of Linux's.

use std::io;
use std::path::{Path, PathBuf};

/// Lambda accounts for CPU in periods of this many microseconds.
const PERIOD: u32 = 20_000;
/// Of each, at 128 MB: a whole core comes with 1,769 MB (*Configure Lambda function memory* in the Lambda developer guide).
const PART: u32 = 1_440;

/// A control group of our own; it goes when this goes.
#[derive(Debug)]
pub(super) struct Quota {
    folder: PathBuf,
    /// The file of the quota, and what it says for none and for ours.
    file: &'static str,
    whole: String,
    part: String,
}

impl Quota {
    /// None where control groups cannot be made.
    pub(super) fn make() -> Option<Self> {
        Self::under(Path::new("/sys/fs/cgroup"))
    }

    fn under(root: &Path) -> Option<Self> {
        let name = format!("muster-bench-{}", std::process::id());
        let first = root.join("cpu");
        let quota = if first.join("cpu.cfs_quota_us").is_file() {
            let folder = first.join(name);
            std::fs::create_dir(&folder).ok()?;
            let quota = Self {
                folder,
                file: "cpu.cfs_quota_us",
                whole: "-1".to_owned(),
                part: PART.to_string(),
            };
            quota.write("cpu.cfs_period_us", &PERIOD.to_string()).ok()?;
            quota
        } else {
            let controllers = std::fs::read_to_string(root.join("cgroup.subtree_control")).ok()?;
            if !controllers.split_whitespace().any(|one| one == "cpu") {
                return None;
            }
            let folder = root.join(name);
            std::fs::create_dir(&folder).ok()?;
            let part = format!("{PART} {PERIOD}");
            Self { folder, file: "cpu.max", whole: format!("max {PERIOD}"), part }
        };
        quota.whole().ok().map(|()| quota)
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        std::fs::write(self.folder.join(file), text)
    }

    /// Takes a process in.
    pub(super) fn take(&self, process: u32) -> io::Result<()> {
        self.write("cgroup.procs", &process.to_string())
    }

    /// As at a start: a whole core.
    pub(super) fn whole(&self) -> io::Result<()> {
        self.write(self.file, &self.whole)
    }

    /// As from the first event on.
    pub(super) fn part(&self) -> io::Result<()> {
        self.write(self.file, &self.part)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // A group with a process in it stays, and hinders nobody.
        drop(std::fs::remove_dir(&self.folder));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_group_can_be_made_there_is_no_quota() {
        let folder = std::env::temp_dir().join(format!("muster-quota-{}", std::process::id()));
        assert!(Quota::under(&folder).is_none());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("cgroup.subtree_control"), "memory pids").unwrap();
        assert!(Quota::under(&folder).is_none());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn both_kinds_of_control_groups_are_told_the_same_part() {
        for second in [false, true] {
            let name = format!("muster-quota-{second}-{}", std::process::id());
            let root = std::env::temp_dir().join(name);
            std::fs::create_dir_all(root.join("cpu")).unwrap();
            if second {
                std::fs::write(root.join("cgroup.subtree_control"), "cpu memory").unwrap();
            } else {
                std::fs::write(root.join("cpu/cpu.cfs_quota_us"), "-1").unwrap();
            }
            let quota = Quota::under(&root).unwrap();
            quota.part().unwrap();
            let told = std::fs::read_to_string(quota.folder.join(quota.file)).unwrap();
            assert_eq!(told, if second { "1440 20000" } else { "1440" });
            quota.whole().unwrap();
            let told = std::fs::read_to_string(quota.folder.join(quota.file)).unwrap();
            assert_eq!(told, if second { "max 20000" } else { "-1" });
            drop(quota);
            std::fs::remove_dir_all(&root).unwrap();
        }
    }
}
