//! The steps of `cargo xtask test`, in order, and how they are told.

use crate::conformance;
use crate::deny::deny;
use crate::judges;
use crate::permissions;
use crate::run::{Failed, Passed, cargo, emptied, root, run};
use crate::terraform::terraform;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// One thing that must hold.
struct Step {
    name: &'static str,
    run: fn() -> Result<Passed, Failed>,
}

/// Cheap ones first. All that is built is built with one profile and one set of features: the SDK is
/// most of the time, and each second profile or set would build it again.
const STEPS: [Step; 13] = [
    Step { name: "format", run: format },
    Step { name: "template", run: judges::template },
    Step { name: "policies", run: judges::policies },
    Step { name: "security", run: judges::security },
    Step { name: "deny", run: deny },
    Step { name: "terraform", run: terraform },
    Step { name: "clippy", run: clippy },
    Step { name: "build", run: build },
    Step { name: "moto", run: judges::moto },
    Step { name: "deploy", run: judges::deploy },
    Step { name: "tests", run: tests },
    Step { name: "permissions", run: permissions::compare },
    Step { name: "conformance", run: conformance::step },
];

/// The steps' names.
pub(crate) fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// Runs the steps, or only those named, until one fails. Tells whether all passed.
pub(crate) fn test(only: &[String]) -> bool {
    let began = Instant::now();
    let mut done = Vec::new();
    let chosen = |step: &&Step| only.is_empty() || only.iter().any(|name| name == step.name);

    for step in STEPS.iter().filter(chosen) {
        say(&format!("\n=== {} ===", step.name));
        let from = Instant::now();
        let result = (step.run)();
        let failed = result.is_err();
        done.push((step.name, result, from.elapsed()));
        if failed {
            break;
        }
    }
    say(&summary(&done, began.elapsed()));
    done.iter().all(|(_, result, _)| result.is_ok())
}

type Done = (&'static str, Result<Passed, Failed>, Duration);

/// A line for each step, the time in all, and the counts alone on the last line.
fn summary(done: &[Done], took: Duration) -> String {
    let mut lines = vec![String::new()];
    let mut counts = [0_u32; 3];
    for (name, result, took) in done {
        let (kind, told) = match result {
            Ok(Passed::Done) => (0, "passed".to_owned()),
            Ok(Passed::Partly(why)) => (0, format!("passed, but {why}")),
            Ok(Passed::Skipped(why)) => (2, format!("SKIPPED: {why}")),
            Err(why) => (1, format!("FAILED: {why}")),
        };
        if let Some(count) = counts.get_mut(kind) {
            *count = count.saturating_add(1);
        }
        lines.push(format!("{name:<11} {:>5} s  {told}", took.as_secs()));
    }
    let [passed, failed, skipped] = counts;
    lines.push(format!("{:<11} {:>5} s", "in all", took.as_secs()));
    lines.push(format!("{passed} passed, {failed} failed, {skipped} skipped"));
    lines.join("\n")
}

pub(crate) fn say(text: &str) {
    // A closed output is no reason to stop testing: the exit code tells the result too.
    let _ = writeln!(io::stdout(), "{text}");
}

fn format() -> Result<Passed, Failed> {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Passed, Failed> {
    let what = ["--release", "--locked", "--workspace", "--all-targets", "--all-features"];
    let mut arguments = vec!["clippy"];
    arguments.extend(what);
    arguments.extend(["--", "-D", "warnings"]);
    run(&mut cargo(&arguments))
}

/// The functions' binaries, which the tests start. `--all-targets` makes cargo choose the features as
/// it does for the tests; without it the SDK would be built twice.
fn build() -> Result<Passed, Failed> {
    let what = ["--release", "--locked", "--workspace", "--all-targets", "--all-features"];
    run(cargo(&["build"]).args(what))?;
    let functions = root().join("functions");
    let entries = std::fs::read_dir(&functions).map_err(|error| Failed::at(&functions, &error))?;
    for entry in entries.flatten() {
        let binary = crate::run::target().join("release").join(entry.file_name());
        if !binary.is_file() {
            return Err(Failed(format!("{} was not built", binary.display())));
        }
    }
    Ok(Passed::Done)
}

/// Builds the functions' binaries; tells whether they are there.
pub(crate) fn built() -> bool {
    build().inspect_err(|failed| say(&failed.to_string())).is_ok()
}

fn tests() -> Result<Passed, Failed> {
    let (used, exchanged) = (permissions::folder(), conformance::folder());
    emptied(&used)?;
    emptied(&exchanged)?;
    let mut tests = cargo(&["test", "--release", "--locked", "--workspace", "--all-features"]);
    run(tests.env("LOCAL_AWS_PERMISSIONS", used).env(conformance::VARIABLE, exchanged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_tell_every_step_and_count_them() {
        let second = Duration::from_secs(1);
        let done = [
            ("format", Ok(Passed::Done), second),
            ("security", Ok(Passed::Partly("one was SKIPPED".to_owned())), second),
            ("deny", Ok(Passed::Skipped("not here".to_owned())), second),
            ("clippy", Err(Failed("cargo clippy: exit status: 1".to_owned())), second),
        ];
        let told = summary(&done, Duration::from_secs(3));
        let lines: Vec<&str> = told.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "format          1 s  passed",
                "security        1 s  passed, but one was SKIPPED",
                "deny            1 s  SKIPPED: not here",
                "clippy          1 s  FAILED: cargo clippy: exit status: 1",
                "in all          3 s",
                "2 passed, 1 failed, 1 skipped",
            ]
        );
    }
}
