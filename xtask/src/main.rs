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
}

fn main() -> ExitCode {
    let Command::Test { only } = Xtask::parse().command;
    if steps::test(&only) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
