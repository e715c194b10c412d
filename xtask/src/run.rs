//! Runs other programs at the project's root.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What came of a step that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It was done.
    Done,
    /// It was done but for a part, and why. That is told in the closing lines too.
    Partly(String),
    /// It could not be done here, and why. It is told in the closing lines.
    Skipped(String),
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed(pub(crate) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Failed {
    /// A failure of the file system.
    pub(crate) fn at(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(given.unwrap_or_else(|| "target".into()))
}

/// Cargo, with the environment that a person's own call has.
///
/// `cargo run` tells this program about its package in variables. Build scripts that watch one of
/// them would run anew, and all that rests on them be built again, by each way of calling.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// A program that was built with the whole house.
pub(crate) fn program(name: &str) -> Command {
    Command::new(target().join("release").join(name))
}

/// Whether a program can be started at all.
pub(crate) fn starts(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// What a program tells on its output and as errors, whether it succeeds or not.
pub(crate) fn output(command: &mut Command) -> String {
    let told = command.current_dir(root()).output().map(|told| [told.stdout, told.stderr].concat());
    String::from_utf8_lossy(&told.unwrap_or_default()).into_owned()
}

/// Runs a program to its end; its output is ours.
///
/// # Errors
/// The program cannot be started, or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<Passed, Failed> {
    let told = told(command);
    let status = command.current_dir(root()).status();
    match status {
        Ok(status) if status.success() => Ok(Passed::Done),
        Ok(status) => Err(Failed(format!("{told}: {status}"))),
        Err(error) => Err(Failed(format!("{told}: {error}"))),
    }
}

/// Makes a folder, or makes it anew.
pub(crate) fn emptied(folder: &Path) -> Result<(), Failed> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failed::at(folder, &error)),
        _ => std::fs::create_dir_all(folder).map_err(|error| Failed::at(folder, &error)),
    }
}

pub(crate) fn read(path: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(path).map_err(|error| Failed::at(path, &error))
}

/// Writes a file, and makes the folders that it needs.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failed> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failed::at(folder, &error))?;
    }
    std::fs::write(path, text).map_err(|error| Failed::at(path, &error))
}

fn told(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_or_is_not_there_fails_the_step_by_name() {
        let failed = run(&mut cargo(&["no-such-command"])).unwrap_err();
        assert!(failed.to_string().starts_with("cargo no-such-command: "), "{failed}");
        let failed = run(&mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(failed.to_string().starts_with("no-such-program-anywhere: "), "{failed}");
        assert_eq!(run(&mut cargo(&["--version"])), Ok(Passed::Done));
    }
}
