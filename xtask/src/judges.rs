//! Judges that are not ours, in a Python environment of the project's own: cfn-lint of the template, parliament and
//! policy-sentry of the roles' documents, moto's IAM of what the custom resource does.

use crate::run::{Failed, Passed, root, run, starts, target};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed: every package with its version and its hashes.
const REQUIREMENTS: &str = "tests/house/requirements.txt";

/// What a judge that works must find fault with: a function that may take longer than Lambda allows.
const GOOD: &str = "Timeout: 60\n";
const BAD: &str = "Timeout: 60000\n";

/// Lints the template and the stacks of `infra/`, informational findings included.
pub(crate) fn template() -> Result<Passed, Failed> {
    let Some(judges) = installed()? else {
        return Ok(without_python("cfn-lint"));
    };
    let lint = judges.join("bin/cfn-lint");
    let bait = bait()?;
    if starts(&mut judge(&lint, &[bait])) {
        return Err(Failed("cfn-lint finds no fault with a template that has one".to_owned()));
    }
    run(&mut judge(&lint, &templates()?))
}

/// The documents of roles, as the domain's tests keep them.
pub(crate) fn policies() -> Result<Passed, Failed> {
    let samples = root().join("shared/domain/tests/documents/samples");
    let entries = std::fs::read_dir(&samples).map_err(|error| Failed::at(&samples, &error))?;
    let documents = entries.flatten().map(|entry| entry.path());
    script("judge_policies.py", "parliament", documents)
}

/// The custom resource's own binary, on an IAM that is not ours.
pub(crate) fn moto() -> Result<Passed, Failed> {
    script("try_on_moto.py", "moto", [target().join("release/cluster-roles")])
}

/// Runs a script of `tests/house` where its judge is installed.
fn script(
    name: &str,
    judge: &str,
    arguments: impl IntoIterator<Item = PathBuf>,
) -> Result<Passed, Failed> {
    let Some(judges) = installed()? else {
        return Ok(without_python(judge));
    };
    let script = root().join("tests/house").join(name);
    run(Command::new(judges.join("bin/python")).arg(script).args(arguments))
}

fn without_python(judge: &str) -> Passed {
    Passed::Skipped(format!("there is no python3, and {judge} needs it"))
}

fn judge(lint: &Path, templates: &[PathBuf]) -> Command {
    let mut command = Command::new(lint);
    command.args(["--non-zero-exit-code", "informational"]).args(templates);
    // The transform asks for a region, and would look for one on the network.
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// The environment's folder, unless there is no Python. It is made anew when the requirements are not those that it was
/// made of.
fn installed() -> Result<Option<PathBuf>, Failed> {
    if !starts(Command::new("python3").arg("--version")) {
        return Ok(None);
    }
    let folder = target().join("judges");
    let made_of = folder.join("made-of.txt");
    let wanted = read(&root().join(REQUIREMENTS))?;
    if std::fs::read_to_string(&made_of).is_ok_and(|made| made == wanted) {
        return Ok(Some(folder));
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
    run(pip.args(["-r", REQUIREMENTS]))?;
    write(&made_of, &wanted)?;
    Ok(Some(folder))
}

fn bait() -> Result<PathBuf, Failed> {
    let template = read(&root().join("template.yaml"))?;
    if !template.contains(GOOD) {
        return Err(Failed(format!("template.yaml has no '{}' to spoil", GOOD.trim())));
    }
    let bait = target().join("judges/bait.yaml");
    write(&bait, &template.replacen(GOOD, BAD, 1))?;
    Ok(bait)
}

fn templates() -> Result<Vec<PathBuf>, Failed> {
    let mut templates = vec![root().join("template.yaml")];
    let infra = root().join("infra");
    let entries = std::fs::read_dir(&infra).map_err(|error| Failed::at(&infra, &error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    templates.extend(paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")));
    Ok(templates)
}

fn read(path: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(path).map_err(|error| Failed::at(path, &error))
}

fn write(path: &Path, text: &str) -> Result<(), Failed> {
    std::fs::write(path, text).map_err(|error| Failed::at(path, &error))
}
