//! `cargo xtask evidence`: has each claim's command run, and writes what it told into `docs/evidence.md`.

mod page;
mod sections;

pub(crate) use sections::names;

use crate::run::{Failed, cargo, read, root, write};
use crate::steps::{built, say};
use page::{Page, Part};
use sections::{Section, chosen, head};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

fn path() -> PathBuf {
    root().join("docs/evidence.md")
}

/// Runs the sections, or only those named; tells whether all that they claim holds. What does not hold is not written over
/// what did.
pub(crate) fn evidence(full: bool, only: &[String]) -> bool {
    // Nothing is measured while it is built.
    let mut well = built();
    for section in chosen(only) {
        say(&format!("\n=== {} ===", section.name));
        if let Err(failed) = part(section, full).and_then(|part| keep(section, &part)) {
            say(&format!("FAILED: {failed}"));
            well = false;
        }
    }
    well
}

/// Each section is kept as soon as it is there: the long form takes hours.
fn keep(section: &Section, part: &Part) -> Result<(), Failed> {
    let mut page = Page::read(&read(&path()).unwrap_or_default());
    page.put(section.name, part);
    write(&path(), &page.write(&head(), &names()))
}

fn part(section: &Section, full: bool) -> Result<Part, Failed> {
    let mut told = Vec::new();
    let from = Instant::now();
    let lines = if full { section.full } else { section.short };
    for line in lines {
        say(&format!("$ {line}"));
        told.push(((*line).to_owned(), output(line)?));
    }
    let form = if full && section.full != section.short { "long" } else { "short" };
    let machine = format!("{form} form, {}, {} s", commit(), from.elapsed().as_secs());
    let Section { title, claim, changed, .. } = section;
    let [title, claim, changed] = [title, claim, changed].map(|text| (*text).to_owned());
    Ok(Part { title, claim, changed, machine, told })
}

/// What a command told on its output; what it says meanwhile goes to the terminal.
fn output(line: &str) -> Result<String, Failed> {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let mut command = cargo(&words);
    let running = command.current_dir(root()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let done = running.output().map_err(|error| Failed(format!("{line}: {error}")))?;
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    say(&told);
    if done.status.success() { Ok(told) } else { Err(Failed(format!("{line}: {}", done.status))) }
}

/// The commit that is measured, and whether anything is changed in it but this page.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).current_dir(root()).output().ok()?;
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "no commit".to_owned();
    };
    let changed = git(&["status", "--porcelain", "--", ".", ":!docs/evidence.md"]);
    let clean = changed.is_some_and(|changed| changed.is_empty());
    format!("at `{commit}`{}", if clean { "" } else { " with changes" })
}
