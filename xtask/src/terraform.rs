//! The Terraform modules of `infra/terraform`: their format, their types by the provider's own schema, and their tests, which ask
//! no AWS. All but the format is done in a copy, so that the tree stays as it is.

use crate::run::{Failed, Passed, read, root, run, starts, target, write};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A fault that is put into a module, and what must find it.
struct Bait {
    good: &'static str,
    bad: &'static str,
    found_by: &'static [&'static str],
}

/// What all baits are put into.
const SPOILED: &str = "modules/group/main.tf";
const INIT: [&str; 4] = ["init", "-backend=false", "-input=false", "-no-color"];
const FORMAT: &[&str] = &["fmt", "-check", "-recursive", "-diff"];
const VALIDATE: &[&str] = &["validate", "-no-color"];
const TEST: &[&str] = &["test", "-no-color"];
const BAITS: [Bait; 3] = [
    Bait { good: "  default_result ", bad: " default_result ", found_by: FORMAT },
    Bait { good: "default_result ", bad: "default_outcome ", found_by: VALIDATE },
    Bait { good: "\"ABANDON\"", bad: "\"CONTINUE\"", found_by: TEST },
];

/// Judges every module and example.
pub(crate) fn terraform() -> Result<Passed, Failed> {
    if !starts(Command::new("terraform").arg("-version")) {
        return Ok(Passed::Skipped("terraform is not installed".to_owned()));
    }
    let (source, work) = (root().join("infra/terraform"), target().join("terraform"));
    run(command(&source).args(FORMAT))?;
    let Some(providers) = providers(&source, &work.join("provider"))? else {
        let why = "the modules' format is right, but terraform init finds no AWS provider for the rest \
            (TF_CLI_ARGS_init=-plugin-dir=FOLDER names a folder of providers)";
        return Ok(Passed::Skipped(why.to_owned()));
    };
    let copy = work.join("copy");
    fresh(&source, &copy)?;
    let modules = modules(&copy)?;
    if modules.len() < 4 {
        return Err(Failed(format!("only {} modules and examples were found", modules.len())));
    }
    for module in &modules {
        init(module, &providers)?;
        run(command(module).args(VALIDATE))?;
        if module.join("tests").is_dir() {
            run(command(module).args(TEST))?;
        }
    }
    baited(&source, &work.join("bait"), &providers)
}

/// Terraform in a folder, as it is for everyone.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("terraform");
    let mut chdir = OsStr::new("-chdir=").to_owned();
    chdir.push(folder);
    command.arg(chdir).env("TF_IN_AUTOMATION", "true").env("CHECKPOINT_DISABLE", "true");
    command.env_remove("TF_DATA_DIR").env_remove("TF_WORKSPACE");
    // Of a file that is named and not there, terraform complains at each call.
    if std::env::var_os("TF_CLI_CONFIG_FILE").is_some_and(|file| !Path::new(&file).is_file()) {
        command.env_remove("TF_CLI_CONFIG_FILE");
    }
    command
}

/// The folder of the provider that the modules ask for, got in whichever way terraform is set up here, if it can be had.
fn providers(source: &Path, folder: &Path) -> Result<Option<PathBuf>, Failed> {
    emptied(folder)?;
    let asked = read(&source.join("modules/group/versions.tf"))?;
    write(&folder.join("versions.tf"), &asked)?;
    // What is wrong is told by terraform itself.
    let had = run(command(folder).args(INIT).stdout(Stdio::null())).is_ok();
    Ok(had.then(|| folder.join(".terraform/providers")))
}

/// Readies a module with that provider. What fails here is the module's own fault.
fn init(module: &Path, providers: &Path) -> Result<Passed, Failed> {
    let mut init = command(module);
    let mut plugins = OsStr::new("-plugin-dir=").to_owned();
    plugins.push(providers);
    run(init.args(INIT).arg(plugins).stdout(Stdio::null()))
}

/// The folders with modules and examples.
fn modules(copy: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut found = Vec::new();
    for kind in ["modules", "examples"] {
        let folder = copy.join(kind);
        let entries = fs::read_dir(&folder).map_err(|error| Failed::at(&folder, &error))?;
        let folders = entries.flatten().map(|entry| entry.path());
        found.extend(folders.filter(|path| path.join("main.tf").is_file()));
    }
    found.sort();
    Ok(found)
}

/// Puts each bait into a copy, which must be found faulty then.
fn baited(source: &Path, copy: &Path, providers: &Path) -> Result<Passed, Failed> {
    fresh(source, copy)?;
    let module = copy.join("modules/group");
    init(&module, providers)?;
    let good = read(&source.join(SPOILED))?;
    for bait in BAITS {
        if !good.contains(bait.good) {
            return Err(Failed(format!("{SPOILED} has no '{}' to spoil", bait.good)));
        }
        write(&copy.join(SPOILED), &good.replace(bait.good, bait.bad))?;
        if starts(command(&module).args(bait.found_by)) {
            let judge = bait.found_by.join(" ");
            return Err(Failed(format!("terraform {judge} finds no fault with '{}'", bait.bad)));
        }
    }
    Ok(Passed::Done)
}

/// A copy that nothing of an earlier one is left in.
fn fresh(source: &Path, copy: &Path) -> Result<(), Failed> {
    emptied(copy)?;
    let entries = fs::read_dir(source).map_err(|error| Failed::at(source, &error))?;
    for entry in entries.flatten() {
        let (from, to) = (entry.path(), copy.join(entry.file_name()));
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if from.is_dir() {
            fresh(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(|error| Failed::at(&from, &error))?;
        }
    }
    Ok(())
}

fn emptied(folder: &Path) -> Result<(), Failed> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| Failed::at(folder, &error))?;
    }
    fs::create_dir_all(folder).map_err(|error| Failed::at(folder, &error))
}
