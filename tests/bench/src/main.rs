//! What Muster costs, measured: `cargo xtask bench`. Figures depend on the machine; nothing here passes or fails.

mod packing;

use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::process::ExitCode;

/// The benches.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How long a plan for so many tasks takes, and how near to the bound it comes.
    Packing,
}

fn main() -> ExitCode {
    let told = match Bench::parse().what {
        What::Packing => packing::table(),
    };
    let well = writeln!(io::stdout(), "{told}").is_ok();
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
