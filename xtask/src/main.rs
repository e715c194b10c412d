//! What people type: `cargo xtask test` passes everything that must hold.

mod conformance;
mod deny;
mod evidence;
mod functions;
mod judges;
mod mutants;
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

/// What is handed on to a program of the project's own.
#[derive(Debug, clap::Args)]
struct Rest {
    /// What the program is told.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
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
    Bench(Rest),
    /// The local AWS against AWS's service models, moto, ministack and Lambda's emulator, told as Markdown.
    Conformance {
        /// With all that the tests of the workspace send, and not only the demo.
        #[arg(long)]
        full: bool,
        /// Also tells the differences that no table argues, to be argued.
        #[arg(long)]
        unlisted: bool,
    },
    /// Parsers under libFuzzer, guided by coverage: see `cargo xtask fuzz --help`. It needs a C++ compiler.
    #[command(disable_help_flag = true)]
    Fuzz(Rest),
    /// Has each claim's command run, and writes what it told into docs/evidence.md.
    Evidence {
        /// The long form: hours.
        #[arg(long)]
        full: bool,
        /// Only these sections.
        #[arg(value_parser = evidence::names())]
        only: Vec<String>,
    },
    /// Is each change of the code that decides seen by a test? With cargo-mutants; a share of it, unless told otherwise.
    Mutants {
        /// All of it: some hours of CPU.
        #[arg(long)]
        full: bool,
        /// One share of so many, for example `3/20`.
        #[arg(long)]
        shard: Option<String>,
        /// Only these packages.
        #[arg(value_parser = mutants::packages())]
        only: Vec<String>,
    },
    /// cdk-nag on the expanded template and on the stacks of infra/. It needs Node and npm.
    Nag,
    /// `sam build` of the functions as they ship, and how large each is.
    Package {
        /// What they are built for.
        #[arg(long, default_value = "arm64", value_parser = ["arm64", "x86_64"])]
        architecture: String,
    },
    /// Lets every await of every function be its last one, and tells what came of it.
    Crashes {
        /// The large scenes too, and a second crash at every await of the next invocation.
        #[arg(long)]
        twice: bool,
    },
    /// Worlds from seeds, on virtual time: see `cargo xtask simulate --help`.
    #[command(disable_help_flag = true)]
    Simulate(Rest),
    /// The AWS clients on a wire that breaks: see `cargo xtask wire --help`.
    #[command(disable_help_flag = true)]
    Wire(Rest),
    /// Every history of a few hosts, and the bugs that it must find: see `cargo xtask model --help`.
    #[command(disable_help_flag = true)]
    Model(Rest),
}

/// Runs a program of the project's own, as cargo is told to find it; what went wrong it tells itself.
fn own(which: &[&str], arguments: &[String]) -> bool {
    let mut command = run::cargo(&["run", "--release", "--locked", "--quiet"]);
    run::run(command.args(which).arg("--").args(arguments)).is_ok()
}

/// Runs a program that knows the AWS SDK, or the functions' binaries: as it is built with the whole house, for alone it would
/// be given other features, and the SDK be built again.
fn whole(program: &str, arguments: &[String]) -> bool {
    steps::built() && run::run(run::program(program).args(arguments)).is_ok()
}

/// The functions that judge hosts die in the simulation, and `cluster-roles` in its histories.
fn crashes(twice: bool) -> bool {
    let more: &[String] = if twice { &["--twice".to_owned()] } else { &[] };
    let histories = ["-p", "cluster-roles", "--no-default-features", "--example", "crashes"];
    let simulated = own(SIMULATION, &[&["--crashes".to_owned()], more].concat());
    own(&histories, more) && simulated
}

const SIMULATION: &[&str] = &["-p", "muster-simulation"];

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
        Command::Conformance { full, unlisted } => {
            steps::built() && told(&conformance::command(full, unlisted))
        }
        Command::Evidence { full, only } => evidence::evidence(full, &only),
        Command::Mutants { full, shard, only } => {
            told(&mutants::mutants(full, &only, shard.as_deref()))
        }
        Command::Nag => told(&nag::nag()),
        Command::Package { architecture } => told(&judges::package(&architecture)),
        Command::Fuzz(rest) => own(&["-p", "muster-fuzz"], &rest.arguments),
        Command::Simulate(rest) => own(SIMULATION, &rest.arguments),
        Command::Wire(rest) => whole("wire", &rest.arguments),
        Command::Model(rest) => own(&["-p", "muster-model"], &rest.arguments),
        Command::Crashes { twice } => crashes(twice),
        Command::Bench(rest) => match rest.arguments.split_first() {
            Some((what, rest)) if what == "functions" => {
                steps::built() && told(&functions::bench(rest))
            }
            _ => whole("muster-bench", &rest.arguments),
        },
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
