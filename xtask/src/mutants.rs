//! cargo-mutants on the code that decides: each mutant is one thing that the tests must see.
//!
//! What is argued to change nothing stands in `.cargo/mutants.toml`, one by one, with the argument.

use crate::run::{Failed, Passed, cargo, root, starts, target};
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use serde_json::Value;
use std::process::Stdio;

/// A part of a package, and the tests that must see what changes in it.
struct Room {
    package: &'static str,
    files: &'static [&'static str],
    /// For cargo: which tests are built, and with which features. The AWS SDK is never built for this.
    tests: &'static [&'static str],
    /// Packages whose tests look too, beside its own.
    others: &'static [&'static str],
    /// Tests that are too long to be asked about each mutant; the others see what these would.
    skip: &'static [&'static str],
}

/// What decides most comes first: the short form takes a share of the first room alone.
const ROOMS: [Room; 6] = [
    Room {
        package: "muster-domain",
        files: &[
            "shared/domain/src/*.rs",
            "shared/domain/src/{checkup,diagnosis,drain,host,plan,policy,roles,sweep,teardown}/*.rs",
        ],
        tests: &["--lib", "--test=judgements", "--test=documents"],
        others: &[],
        skip: &[],
    },
    Room {
        package: "muster-domain",
        files: &["shared/domain/src/{capacity,pack}/*.rs"],
        tests: &["--lib", "--test=capacity", "--test=packing"],
        others: &[],
        skip: &[],
    },
    Room {
        package: "cluster-roles",
        files: &["functions/cluster-roles/src/{lib,roles}.rs"],
        tests: &["--no-default-features", "--lib", "--test=asked", "--test=histories"],
        others: &[],
        skip: &["of_a_million_documents"],
    },
    Room {
        package: "cluster-teardown",
        files: &["functions/cluster-teardown/src/{lib,estate}.rs"],
        tests: &["--no-default-features", "--test=scenes"],
        others: &["muster-simulation"],
        skip: &[],
    },
    Room {
        package: "muster-ports",
        files: &["shared/ports/src/{flow,pages}.rs", "shared/ports/src/look/*.rs"],
        tests: &["--lib", "--test=flow", "--test=looks", "--test=faults", "--test=scenes"],
        others: &["muster-simulation"],
        skip: &[],
    },
    Room {
        package: "muster-lambda",
        files: &[
            "shared/lambda/src/custom_resource/*.rs",
            "shared/lambda/src/{envelope,events,place,refusal,sweep,telling}.rs",
        ],
        tests: &["--no-default-features", "--lib", "--test=histories", "--test=faults"],
        others: &["cluster-roles", "muster-simulation"],
        skip: &["ten_thousand_histories"],
    },
];
/// The share of the first room that the short form takes.
const SHORT: &str = "0/20";
/// In seconds. A mutant may loop without end.
const LEAST_TIME_OUT: &str = "15";

/// What came of the mutants of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    caught: u64,
    unviable: u64,
    timeouts: u64,
    missed: Vec<String>,
}

/// The packages that there are mutants of.
pub(crate) fn packages() -> Vec<&'static str> {
    let mut all: Vec<&str> = ROOMS.iter().map(|room| room.package).collect();
    all.dedup();
    all
}

/// Runs the mutants, and prints the table.
pub(crate) fn mutants(full: bool, only: &[String], shard: Option<&str>) -> Result<Passed, Failed> {
    if !starts(&mut cargo(&["mutants", "--version"])) {
        let why = "cargo-mutants is not installed (cargo install --locked cargo-mutants@27.1.0)";
        return Ok(Passed::Skipped(why.to_owned()));
    }
    let short = !full && only.is_empty() && shard.is_none();
    let chosen = |room: &&Room| only.is_empty() || only.iter().any(|name| name == room.package);
    let rooms = ROOMS.iter().filter(chosen).take(if short { 1 } else { ROOMS.len() });
    let shard = shard.or(short.then_some(SHORT));
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    table.set_header([
        "package",
        "part",
        "mutants",
        "caught",
        "unbuildable",
        "time-outs",
        "missed",
        "argued equivalent",
    ]);
    let mut missed = Vec::new();
    for (at, room) in rooms.enumerate() {
        let (all, kept) = (list(room, true)?, list(room, false)?);
        let tally = run(room, at, shard)?;
        let seen = tally.caught.saturating_add(tally.unviable).saturating_add(tally.timeouts);
        let lost = u64::try_from(tally.missed.len()).unwrap_or(u64::MAX);
        table.add_row([
            room.package.to_owned(),
            part(room),
            seen.saturating_add(lost).to_string(),
            tally.caught.to_string(),
            tally.unviable.to_string(),
            tally.timeouts.to_string(),
            lost.to_string(),
            all.saturating_sub(kept).to_string(),
        ]);
        missed.extend(tally.missed);
    }
    crate::steps::say(&table.to_string());
    if let Some(shard) = shard {
        crate::steps::say(&format!("\nOnly the share {shard} of the mutants, dealt out in turns."));
    }
    if missed.is_empty() {
        return Ok(Passed::Done);
    }
    Err(Failed(format!("no test sees these:\n{}", missed.join("\n"))))
}

/// The folders and files of a room, for people.
fn part(room: &Room) -> String {
    let ends = room.files.iter().filter_map(|file| file.split_once("/src/")).map(|(_, end)| end);
    ends.collect::<Vec<_>>().join(" ")
}

fn of(room: &Room) -> Vec<&'static str> {
    let files = room.files.iter().flat_map(|file| ["--file", *file]);
    ["mutants", "--colors=never", "--package", room.package].into_iter().chain(files).collect()
}

/// How many mutants there are, with those that are argued to change nothing or without.
fn list(room: &Room, argued: bool) -> Result<usize, Failed> {
    let mut command = cargo(&of(room));
    command.arg("--list").args(argued.then_some("--no-config")).current_dir(root());
    let told = command.output().map_err(|error| Failed(format!("cargo mutants: {error}")))?;
    if !told.status.success() {
        return Err(Failed(String::from_utf8_lossy(&told.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&told.stdout).lines().count())
}

fn run(room: &Room, at: usize, shard: Option<&str>) -> Result<Tally, Failed> {
    let folder = target().join("mutants-told").join(at.to_string());
    std::fs::create_dir_all(&folder).map_err(|error| Failed::at(&folder, &error))?;
    let mut command = cargo(&of(room));
    command.args(["--jobs=1", "--no-times", "--minimum-test-timeout", LEAST_TIME_OUT, "--output"]);
    command.arg(&folder);
    if let Some(shard) = shard {
        command.args(["--sharding=round-robin", "--shard", shard]);
    }
    for test in room.tests {
        // For what is built and for what is run alike.
        command.arg(format!("--cargo-arg={test}"));
    }
    for other in room.others.iter().chain([&room.package]).filter(|_| !room.others.is_empty()) {
        command.args(["--test-package", other]);
    }
    if !room.skip.is_empty() {
        // Behind the first sign it is cargo's, behind the second its tests'.
        command.args(["--", "--"]).args(room.skip.iter().flat_map(|test| ["--skip", *test]));
    }
    // The tree is copied, and built where the copy is: in a folder that is kept, cargo takes the last mutant of one run
    // for what the next run begins with.
    command.env_remove("CARGO_TARGET_DIR").current_dir(root());
    // Its own account is progress; ours is the table.
    command.stdout(Stdio::from(std::io::stderr()));
    let status = command.status().map_err(|error| Failed(format!("cargo mutants: {error}")))?;
    let file = folder.join("mutants.out/outcomes.json");
    let text = crate::run::read(&file)?;
    let told = serde_json::from_str(&text).map_err(|error| Failed(error.to_string()))?;
    // 2: missed, 3: timed out. All else is no result.
    match status.code() {
        Some(0 | 2 | 3) => Ok(tally(&told)),
        _ => Err(Failed(format!("cargo mutants on {}: {status}", room.package))),
    }
}

/// Reads `outcomes.json`.
fn tally(told: &Value) -> Tally {
    let count = |name: &str| told.get(name).and_then(Value::as_u64).unwrap_or(0);
    let outcomes = told.get("outcomes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let missed =
        outcomes.iter().filter(|it| it.get("summary").is_some_and(|it| it == "MissedMutant"));
    let name = |it: &Value| it.pointer("/scenario/Mutant/name")?.as_str().map(str::to_owned);
    Tally {
        caught: count("caught"),
        unviable: count("unviable"),
        timeouts: count("timeout"),
        missed: missed.filter_map(name).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_missed_is_named_and_the_rest_is_counted() {
        let mutant = |name: &str, summary: &str| json!({ "scenario": { "Mutant": { "name": name } }, "summary": summary });
        let told = json!({
            "outcomes": [
                { "scenario": "Baseline", "summary": "Success" },
                mutant("a.rs:1:1: replace a", "CaughtMutant"),
                mutant("b.rs:2:2: replace b", "MissedMutant"),
            ],
            "caught": 1, "unviable": 2, "timeout": 3, "missed": 1,
        });
        let missed = vec!["b.rs:2:2: replace b".to_owned()];
        assert_eq!(tally(&told), Tally { caught: 1, unviable: 2, timeouts: 3, missed });
        assert_eq!(tally(&Value::Null), Tally::default());
    }

    #[test]
    fn the_short_form_takes_a_share_of_what_decides_most() {
        assert!(ROOMS.first().is_some_and(|room| part(room).contains("drain")));
        assert_eq!(packages().len(), 5);
    }
}
