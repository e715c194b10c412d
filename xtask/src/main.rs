//! What people type: `cargo xtask test` passes everything that must hold.

mod deny;
mod functions;
mod judges;
mod nag;
mod permissions;
mod python;
mod run;
mod steps;
mod terraform;

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
    /// cdk-nag on the expanded template and on the stacks of infra/. It needs Node and npm.
    Nag,
    /// `sam build` of the functions as they ship, and how large each is.
    Package {
        /// What they are built for.
        #[arg(long, default_value = "arm64", value_parser = ["arm64", "x86_64"])]
        architecture: String,
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

/// Tells what a person asked for and did not get.
fn told(result: &Result<run::Passed, run::Failed>) -> bool {
    match result {
        Ok(run::Passed::Done) => return true,
        Ok(run::Passed::Partly(why)) => {
            steps::say(why);
            return true;
        }
        Ok(run::Passed::Skipped(why)) => steps::say(&format!("SKIPPED: {why}")),
        Err(failed) => steps::say(&format!("FAILED: {failed}")),
    }
    false
}

fn main() -> ExitCode {
    let well = match Xtask::parse().command {
        Command::Test { only } => steps::test(&only),
        Command::Nag => told(&nag::nag()),
        Command::Package { architecture } => told(&judges::package(&architecture)),
        Command::Simulate { arguments } => own("muster-simulation", &arguments),
        // What it costs is measured of the functions' own binaries.
        Command::Bench { arguments } => match arguments.split_first() {
            Some((what, rest)) if what == "functions" => told(&functions::bench(rest)),
            Some((what, _)) if what == "cost" && !steps::built() => false,
            _ => own("muster-bench", &arguments),
        },
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
