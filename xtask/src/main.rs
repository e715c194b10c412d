//! What people type: `cargo xtask test` passes everything that must hold.

mod judges;
mod permissions;
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
    /// Format, lints, the seven binaries, all tests, the template. The first failure ends it.
    Test {
        /// Only these steps.
        #[arg(value_parser = steps::names())]
        only: Vec<String>,
    },
    /// What Muster costs, measured: see `cargo xtask bench --help`.
    #[command(disable_help_flag = true)]
    Bench {
        /// What the bench is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Worlds from seeds, on virtual time: see `cargo xtask simulate --help`.
    #[command(disable_help_flag = true)]
    Simulate {
        /// What the simulation is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Runs a program of the project's own; what went wrong it tells itself.
fn own(package: &str, arguments: &[String]) -> bool {
    let what = ["run", "--release", "--locked", "--quiet", "-p", package, "--"];
    run::run(run::cargo(&what).args(arguments)).is_ok()
}

fn main() -> ExitCode {
    let well = match Xtask::parse().command {
        Command::Test { only } => steps::test(&only),
        Command::Simulate { arguments } => own("muster-simulation", &arguments),
        Command::Bench { arguments } => own("muster-bench", &arguments),
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
