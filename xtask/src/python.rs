//! Python environments of the project's own, each from a locked and hashed list, for the judges that are not ours.

use crate::run::{Failed, Passed, root, run, starts, target};
use std::path::PathBuf;
use std::process::Command;

/// What an environment is for. They are apart where their packages do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Environment {
    /// cfn-lint, parliament, policy-sentry and moto.
    Judges,
    /// checkov.
    Checkov,
    /// SAM, with cargo-lambda.
    Sam,
    /// ministack.
    Ministack,
    /// boto3, as people write Lambda functions with it.
    Boto3,
}

impl Environment {
    /// Its folder's name, and the list of what is in it.
    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Judges => ("judges", "tests/house/requirements.txt"),
            Self::Checkov => ("checkov", "tests/house/requirements-checkov.txt"),
            Self::Sam => ("sam", "tests/house/requirements-sam.txt"),
            Self::Ministack => ("ministack", "tests/house/requirements-ministack.txt"),
            Self::Boto3 => ("boto3", "tests/bench/requirements.txt"),
        }
    }
}

/// The environment's folder, unless there is no Python. It is made anew when the list is not that which it was made of.
pub(crate) fn installed(environment: Environment) -> Result<Option<PathBuf>, Failed> {
    if !starts(Command::new("python3").arg("--version")) {
        return Ok(None);
    }
    let (name, list) = environment.place();
    let folder = target().join(name);
    let made_of = folder.join("made-of.txt");
    let list = root().join(list);
    let wanted = std::fs::read_to_string(&list).map_err(|error| Failed::at(&list, &error))?;
    if std::fs::read_to_string(&made_of).is_ok_and(|made| made == wanted) {
        return Ok(Some(folder));
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    // The list is complete: what a package asks for is not looked up again.
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
    pip.args(["--no-deps", "-r"]);
    run(pip.arg(&list))?;
    std::fs::write(&made_of, &wanted).map_err(|error| Failed::at(&made_of, &error))?;
    Ok(Some(folder))
}

/// That a judge was not asked, and why.
pub(crate) fn without(judge: &str) -> Passed {
    Passed::Skipped(format!("there is no python3, and {judge} needs it"))
}
