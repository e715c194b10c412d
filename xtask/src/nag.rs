//! cdk-nag on the expanded template and on the stacks of `infra/`. Its packages take 190 MB and Node, so it is a command of its
//! own and no step of the tests.

use crate::judges::{expanded, stacks};
use crate::python::{Environment, installed, without};
use crate::run::{Failed, Passed, read, root, run, starts, target, write};
use std::path::PathBuf;
use std::process::Command;

/// Has every template judged.
pub(crate) fn nag() -> Result<Passed, Failed> {
    if !starts(Command::new("npm").arg("--version")) || !starts(Command::new("node").arg("-v")) {
        let why = "there is no npm or no node, and cdk-nag needs both";
        return Ok(Passed::Skipped(why.to_owned()));
    }
    let Some(judges) = installed(Environment::Judges)? else {
        return Ok(without("the expansion of the template"));
    };
    let packages = packages()?;
    let mut templates = vec![expanded(&judges)?.0];
    templates.extend(stacks()?);
    let mut node = Command::new("node");
    node.env("NODE_PATH", packages.join("node_modules"));
    run(node.arg(home().join("nag.js")).arg(packages.join("judged")).args(templates))
}

fn home() -> PathBuf {
    root().join("tests/house/nag")
}

/// The folder that cdk-nag is installed in, away from the sources. It is made anew when the lists are not those that it was
/// made of.
fn packages() -> Result<PathBuf, Failed> {
    let folder = target().join("nag");
    let made_of = folder.join("made-of.json");
    let lock = read(&home().join("package-lock.json"))?;
    if read(&made_of).is_ok_and(|made| made == lock) {
        return Ok(folder);
    }
    for name in ["package.json", "package-lock.json"] {
        write(&folder.join(name), &read(&home().join(name))?)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
    run(npm.arg(&folder))?;
    write(&made_of, &lock)?;
    Ok(folder)
}
