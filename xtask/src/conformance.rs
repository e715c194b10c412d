//! The local AWS, held against AWS's own service models, two AWSs that are not ours and Lambda's own emulator.

use crate::python::{Environment, installed, without};
use crate::run::{Failed, Passed, cargo, emptied, root, run, target};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Names the folder in which the local AWS keeps what went over the wire.
pub(crate) const VARIABLE: &str = "LOCAL_AWS_EXCHANGES";

/// Where the tests, or the demo, leave what went over the wire.
pub(crate) fn folder() -> PathBuf {
    target().join("exchanges")
}

/// The step: what the tests left is judged too, or the demo's, if they did not run.
pub(crate) fn step() -> Result<Passed, Failed> {
    let left = std::fs::read_dir(folder()).is_ok_and(|mut entries| entries.next().is_some());
    if !left {
        record(false)?;
    }
    judge(false)
}

/// The command: judges what the demo does with the real functions, and the end-to-end tests if `full`.
pub(crate) fn command(full: bool, unlisted: bool) -> Result<Passed, Failed> {
    record(full)?;
    judge(unlisted)
}

fn record(full: bool) -> Result<(), Failed> {
    let folder = folder();
    emptied(&folder)?;
    let mut demo = Command::new(target().join("release/muster"));
    run(demo.arg("demo").env(VARIABLE, &folder).stdout(Stdio::null()))?;
    if full {
        let what = ["test", "--release", "--locked", "--workspace", "--all-features", "--quiet"];
        let mut tests = cargo(&what);
        run(tests.args(["--test", "*"]).env(VARIABLE, &folder).stdout(Stdio::null()))?;
    }
    Ok(())
}

fn judge(unlisted: bool) -> Result<Passed, Failed> {
    let program = target().join("release/examples/judged");
    if !program.is_file() {
        return Err(Failed(format!("{} was not built", program.display())));
    }
    // Where packages cannot be had, nothing is judged, and that is told.
    let had = |environment| installed(environment).map_err(|why| Passed::Skipped(why.to_string()));
    let judges = match had(Environment::Judges) {
        Ok(Some(judges)) => judges,
        Ok(None) => return Ok(without("botocore")),
        Err(skipped) => return Ok(skipped),
    };
    let mut command = Command::new(judges.join("bin/python"));
    command.arg(root().join("tests/house/conformance/main.py")).arg(&program);
    command.arg(target().join("release")).arg(target().join("conformance"));
    command.arg("--exchanges").arg(folder());
    // Nothing is left beside the scripts.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let mut left_out = Vec::new();
    for (name, environment) in [("sam", Environment::Sam), ("ministack", Environment::Ministack)] {
        match had(environment) {
            Ok(Some(folder)) => {
                command.arg(format!("--{name}")).arg(folder);
            }
            Ok(None) | Err(_) => left_out.push(name),
        }
    }
    if unlisted {
        command.arg("--unlisted");
    }
    run(&mut command)?;
    if left_out.is_empty() {
        return Ok(Passed::Done);
    }
    Ok(Passed::Partly(format!("without {}, whose packages cannot be had", left_out.join(" and "))))
}
