//! What people type: `cargo xtask test` passes everything that must hold.

mod judges;
mod run;
mod steps;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Format, lints, the six binaries, all tests, the template. The first failure ends it.
    Test {
        /// Only these steps.
        #[arg(value_parser = steps::names())]
        only: Vec<String>,
    },
    /// Worlds from seeds, on virtual time: see `cargo xtask simulate --help`.
    #[command(disable_help_flag = true)]
    Simulate {
        /// What the simulation is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Whether no promise was broken. What went wrong the simulation tells itself.
fn simulate(arguments: &[String]) -> bool {
    let what = ["run", "--release", "--locked", "--quiet", "-p", "muster-simulation", "--"];
    run::run(run::cargo(&what).args(arguments)).is_ok()
}

fn main() -> ExitCode {
    let well = match Xtask::parse().command {
        Command::Test { only } => steps::test(&only),
        Command::Simulate { arguments } => simulate(&arguments),
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
