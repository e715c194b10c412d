//! Judges that are not ours, in a Python environment of the project's own: cfn-lint of the template, parliament and
//! policy-sentry of the roles' documents, moto's IAM of what the custom resource does.

use crate::python::{Environment, installed, without};
use crate::run::{Failed, Passed, output, read, root, run, target, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What cfn-lint must find fault with, in the template and in its expansion: a function that may take longer than Lambda allows.
const BAITS: [(&str, &str, &str); 2] = [
    ("bait.yaml", "Timeout: 60\n", "Timeout: 60000\n"),
    ("bait.json", "\"Timeout\": 60,", "\"Timeout\": 60000,"),
];
/// The rule that such a timeout breaks.
const BROKEN: &str = "E3034";

/// Lints the template and the stacks of `infra/`, informational findings included.
pub(crate) fn template() -> Result<Passed, Failed> {
    let Some(judges) = installed(Environment::Judges)? else {
        return Ok(without("cfn-lint"));
    };
    let lint = judges.join("bin/cfn-lint");
    let expansion = expanded(&judges)?.0;
    for (name, good, bad) in BAITS {
        let source =
            if name.ends_with("json") { &expansion } else { &root().join("template.yaml") };
        let bait = judges.join(name);
        write(&bait, &spoiled(source, good, bad)?)?;
        if !output(&mut judge(&lint, &[bait])).contains(BROKEN) {
            return Err(Failed(format!("cfn-lint does not find {BROKEN} in {name}")));
        }
    }
    let mut templates = templates()?;
    templates.push(expansion);
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

/// A template with a fault put into it.
fn spoiled(source: &Path, good: &str, bad: &str) -> Result<String, Failed> {
    let template = read(source)?;
    if template.contains(good) {
        return Ok(template.replacen(good, bad, 1));
    }
    Err(Failed(format!("{} has no '{}' to spoil", source.display(), good.trim())))
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
