//! Judges that are not ours, in a Python environment of the project's own: cfn-lint of the template, parliament and
//! policy-sentry of the roles' documents, moto's IAM of what the custom resource does.

use crate::python::{Environment, installed, without};
use crate::run::{Failed, Passed, read, root, run, starts, target, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a judge that works must find fault with: a function that may take longer than Lambda allows.
const GOOD: &str = "Timeout: 60\n";
const BAD: &str = "Timeout: 60000\n";

/// Lints the template and the stacks of `infra/`, informational findings included.
pub(crate) fn template() -> Result<Passed, Failed> {
    let Some(judges) = installed(Environment::Judges)? else {
        return Ok(without("cfn-lint"));
    };
    let lint = judges.join("bin/cfn-lint");
    let bait = bait()?;
    if starts(&mut judge(&lint, &[bait])) {
        return Err(Failed("cfn-lint finds no fault with a template that has one".to_owned()));
    }
    let mut templates = templates()?;
    templates.push(expanded(&judges)?.0);
    run(&mut judge(&lint, &templates))
}

/// The template as CloudFormation gets it, and the policies of its roles.
pub(crate) fn expanded(judges: &Path) -> Result<(PathBuf, PathBuf), Failed> {
    let (expansion, roles) = (judges.join("expansion.json"), judges.join("roles.json"));
    let mut expand = Command::new(judges.join("bin/python"));
    expand.arg(root().join("tests/house/expand.py")).arg(root().join("template.yaml"));
    run(offline(expand.arg(&expansion).arg(&roles)))?;
    Ok((expansion, roles))
}

/// The transform asks for a region, and would look for one on the network.
fn offline(command: &mut Command) -> &mut Command {
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true")
}

/// The expanded template and the stacks of `infra/`, for what is open that need not be.
pub(crate) fn security() -> Result<Passed, Failed> {
    let (Some(judges), Some(checkov)) =
        (installed(Environment::Judges)?, installed(Environment::Checkov)?)
    else {
        return Ok(without("checkov"));
    };
    let mut templates = stacks()?;
    templates.push(expanded(&judges)?.0);
    let script = root().join("tests/house/judge_security.py");
    let mut judge = Command::new(checkov.join("bin/python"));
    judge.arg(script).arg(checkov.join("bin/checkov")).arg(&checkov);
    run(judge.args(templates))
}

/// The documents of roles: of those that Muster makes, as the domain's tests keep them, and of its functions' own.
pub(crate) fn policies() -> Result<Passed, Failed> {
    let Some(judges) = installed(Environment::Judges)? else {
        return Ok(without("parliament"));
    };
    let samples = root().join("shared/domain/tests/documents/samples");
    let entries = std::fs::read_dir(&samples).map_err(|error| Failed::at(&samples, &error))?;
    let own = expanded(&judges)?.1;
    let documents = entries.flatten().map(|entry| entry.path()).chain([own]);
    script("judge_policies.py", "parliament", documents)
}

/// The custom resource's own binary, on an IAM that is not ours.
pub(crate) fn moto() -> Result<Passed, Failed> {
    script("try_on_moto.py", "moto", [target().join("release/cluster-roles")])
}

/// The template, deployed by SAM onto an AWS that is not ours and that enforces the functions' own roles.
pub(crate) fn deploy() -> Result<Passed, Failed> {
    let (Some(sam), Some(ministack)) =
        (installed(Environment::Sam)?, installed(Environment::Ministack)?)
    else {
        return Ok(without("SAM"));
    };
    let script = root().join("tests/house/deploy_on_ministack.py");
    let mut deploy = Command::new(sam.join("bin/python"));
    deploy.arg(script).arg(target().join("release"));
    run(deploy.arg(sam.join("bin/sam")).arg(ministack.join("bin/ministack")))
}

/// The functions as they ship, built by SAM, with the size of each.
pub(crate) fn package(architecture: &str) -> Result<Passed, Failed> {
    let Some(sam) = installed(Environment::Sam)? else {
        return Ok(without("SAM"));
    };
    let script = root().join("tests/house/package.py");
    run(Command::new(sam.join("bin/python")).arg(script).arg(sam.join("bin")).arg(architecture))
}

/// Runs a script of `tests/house` where its judge is installed.
fn script(
    name: &str,
    judge: &str,
    arguments: impl IntoIterator<Item = PathBuf>,
) -> Result<Passed, Failed> {
    let Some(judges) = installed(Environment::Judges)? else {
        return Ok(without(judge));
    };
    let script = root().join("tests/house").join(name);
    run(Command::new(judges.join("bin/python")).arg(script).args(arguments))
}

fn judge(lint: &Path, templates: &[PathBuf]) -> Command {
    let mut command = Command::new(lint);
    offline(command.args(["--non-zero-exit-code", "informational"]).args(templates));
    command
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
    templates.extend(stacks()?);
    Ok(templates)
}

/// The stacks of `infra/`.
pub(crate) fn stacks() -> Result<Vec<PathBuf>, Failed> {
    let infra = root().join("infra");
    let entries = std::fs::read_dir(&infra).map_err(|error| Failed::at(&infra, &error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut stacks: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    stacks.sort();
    Ok(stacks)
}
