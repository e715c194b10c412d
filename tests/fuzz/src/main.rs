//! `fuzz`: the targets under libFuzzer, guided by coverage, and what came of it as a table.
//!
//! libFuzzer is built with a C++ compiler, and its licence is not one of `deny.toml`; so what links it (`guided/`) is no
//! member of the workspace, and is built here, by the toolchain that builds everything else.

mod guided;
mod table;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use fuzz::{TARGETS, Target};
use guided::Guided;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lets libFuzzer look for inputs that a parser does not bear, and tells what it tried.
///
/// What it finds interesting is kept under the target directory and gone on with the next time.
#[derive(Debug, Parser)]
#[command(name = "fuzz", bin_name = "cargo xtask fuzz")]
struct Arguments {
    /// Only these targets. A wrong one lists them.
    #[arg(value_parser = PossibleValuesParser::new(TARGETS.iter().map(|one| one.name)), hide_possible_values = true)]
    only: Vec<String>,
    /// How long each is tried.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Then takes into the project's corpus what adds to its coverage and is small.
    #[arg(long)]
    merge: bool,
    /// Only this input of one target, without libFuzzer: it panics as it was found to.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seconds", "merge"])]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let named = |target: &&Target| arguments.only.iter().any(|it| it == target.name);
    if let Some(path) = &arguments.replay {
        return replay(path, TARGETS.iter().filter(named));
    }
    let guided = match Guided::built() {
        Ok(guided) => guided,
        Err(guided::NotBuilt::Missing(why)) => {
            say(&format!("SKIPPED: {why}"));
            return ExitCode::SUCCESS;
        }
        Err(guided::NotBuilt::Failed(why)) => {
            complain(&format!("FAILED: {why}"));
            return ExitCode::FAILURE;
        }
    };
    let chosen = |target: &&Target| arguments.only.is_empty() || named(target);
    let mut all = Vec::new();
    for target in TARGETS.iter().filter(chosen) {
        complain(&format!("{} for {} s …", target.name, arguments.seconds));
        match guided.run(target, arguments.seconds) {
            Ok(tried) => all.push((target, tried)),
            Err(error) => {
                complain(&format!("FAILED: {}: {error}", target.name));
                return ExitCode::FAILURE;
            }
        }
        if arguments.merge
            && let Err(error) = guided.merge(target)
        {
            complain(&format!("FAILED: {}: {error}", target.name));
            return ExitCode::FAILURE;
        }
    }
    say(&table::of(&all));
    for fault in all.iter().flat_map(|(_, tried)| &tried.faults) {
        complain(&format!("FAILED: {fault}"));
    }
    let well = all.iter().all(|(_, tried)| tried.faults.is_empty());
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays one input, on every target that is named.
fn replay<'a>(path: &Path, targets: impl Iterator<Item = &'a Target>) -> ExitCode {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&format!("FAILED: {}: {error}", path.display()));
            return ExitCode::FAILURE;
        }
    };
    for target in targets {
        (target.run)(&bytes);
        say(&format!("{} bears {}", target.name, path.display()));
    }
    ExitCode::SUCCESS
}

/// A reader that went away is no failure.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
