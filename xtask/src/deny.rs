//! cargo-deny on what is built in: bans, licences, sources, and advisories where their database is at hand.

use crate::run::{Failed, Passed, cargo, output, run, starts, target, write};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];
/// The database of advisories, as cargo-deny names it after where it comes from.
const DATABASE: &str = "advisory-db-3157b0e258782691";
/// Under these rules nearly every crate of ours is refused, by each check.
const BAIT: &str = r#"[licenses]
allow = ["0BSD"]
[bans]
deny = [{ name = "serde" }]
[sources]
unknown-registry = "deny"
allow-registry = []
"#;
const REFUSED: &str = "bans FAILED, licenses FAILED, sources FAILED";

/// An advisory on a crate of ours.
const ADVISORY: &str = r#"```toml
[advisory]
id = "RUSTSEC-2026-9999"
package = "serde"
date = "2026-01-01"

[versions]
patched = []
```

# A bait

No version of it is well.
"#;

pub(crate) fn deny() -> Result<Passed, Failed> {
    if !starts(&mut cargo(&["deny", "--version"])) {
        let why = "cargo-deny is not installed (cargo install --locked cargo-deny@0.20.2)";
        return Ok(Passed::Skipped(why.to_owned()));
    }
    // The crates of all platforms are judged, not only those that are built here. Where all are here, nothing is fetched.
    if run(&mut cargo(&["fetch", "--locked", "--quiet"])).is_err() {
        let why = "some crates of the lock file are not here, and cannot be fetched (cargo fetch)";
        return Ok(Passed::Skipped(why.to_owned()));
    }
    refused(BAIT, &CHECKS, REFUSED)?;
    let mut real = with(&["check", "--deny", "warnings"]);
    if database().is_some_and(|database| database.is_dir()) {
        advisory()?;
        return run(real.args(CHECKS).arg("advisories"));
    }
    run(real.args(CHECKS))?;
    let why = "advisories were SKIPPED: their database is not here (cargo deny fetch)";
    Ok(Passed::Partly(why.to_owned()))
}

/// Where what is to be refused is put.
fn bait() -> PathBuf {
    target().join("deny")
}

/// Has our crates judged by rules under which they must be refused.
fn refused(rules: &str, checks: &[&str], verdict: &str) -> Result<(), Failed> {
    let file = bait().join("deny.toml");
    write(&file, rules)?;
    let told = output(with(&["--config"]).arg(&file).arg("check").args(checks));
    if told.contains(verdict) {
        return Ok(());
    }
    Err(Failed(format!("cargo-deny refuses no bait ({verdict}):\n{told}")))
}

/// A database with an advisory on a crate of ours, which must be found.
fn advisory() -> Result<(), Failed> {
    let database = bait().join(DATABASE);
    if database.exists() {
        fs::remove_dir_all(&database).map_err(|error| Failed::at(&database, &error))?;
    }
    write(&database.join("crates/serde/RUSTSEC-2026-9999.md"), ADVISORY)?;
    // A database is a repository. Nothing of a person's own settings counts for this one.
    let settings = ["user.name=bait", "user.email=bait@example.com", "commit.gpgSign=false"];
    let settings = settings.iter().chain(&["core.hooksPath=none"]).flat_map(|one| ["-c", one]);
    let settings: Vec<&str> = settings.collect();
    for step in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", "A bait"]] {
        run(Command::new("git").arg("-C").arg(&database).args(&settings).args(step))?;
    }
    let rules = format!("[advisories]\ndb-path = '{}'\n", bait().display());
    refused(&rules, &["advisories"], "advisories FAILED")
}

/// cargo-deny without colours, so that what it tells can be read.
fn with(arguments: &[&str]) -> Command {
    let mut command = cargo(&["deny", "--offline", "--color", "never"]);
    command.args(arguments);
    command
}

/// Where cargo keeps it.
fn database() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    home.map(|home| home.join("advisory-dbs").join(DATABASE))
}
