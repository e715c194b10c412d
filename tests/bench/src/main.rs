//! What Muster costs, measured: `cargo xtask bench`. Figures depend on the machine; nothing here passes or fails.

#![expect(
    clippy::indexing_slicing,
    reason = "numbers of hosts, tasks and families are made by the yard that they index"
)]

mod comparison;
mod cost;
mod fleet;
mod functions;
mod packing;

use clap::{Parser, Subcommand};
use domain::Policy;
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
    /// How often Muster is woken, what it calls, writes and computes, and what a month of it costs.
    Cost,
    /// How calls, time and memory grow with the hosts, from ten to 5,000 in a cluster, and 10,000 in a hundred clusters.
    Fleet {
        /// 100,000 hosts in a hundred clusters too.
        #[arg(long)]
        full: bool,
    },
    /// What each function costs through Lambda's Runtime API, beside others that do the same.
    Functions(functions::Asked),
    /// How long a plan for so many tasks takes, and how near to the bound it comes.
    Packing,
    /// Holds the capacity adjuster against managed scaling of ECS capacity providers, in the same worlds.
    Comparison {
        /// How many seeds of each workload.
        #[arg(long, default_value_t = 20)]
        seeds: u64,
        /// Only workloads with this in their name.
        #[arg(long)]
        only: Option<String>,
        /// Other settings than the default, as a tag of a group gives them: `muster:headroom-task=true`.
        #[arg(long)]
        tag: Vec<String>,
    },
}

fn main() -> ExitCode {
    let told = match Bench::parse().what {
        What::Cost => cost::table(),
        What::Fleet { full } => fleet::table(full),
        What::Functions(asked) => match functions::table(&asked) {
            Ok((told, true)) => Ok(told),
            Ok((told, false)) => {
                let _ = writeln!(io::stdout(), "{told}");
                return ExitCode::FAILURE;
            }
            Err(fault) => Err(io::Error::other(fault.to_string())),
        },
        What::Packing => Ok(packing::table()),
        What::Comparison { seeds, only, tag } => {
            let tags = tag.iter().filter_map(|tag| tag.split_once('='));
            let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            let (settings, complaints) = Policy::default().overridden_by(&tags);
            for complaint in complaints {
                let _ = writeln!(io::stderr(), "{complaint}");
            }
            Ok(comparison::table(seeds, only.as_deref(), &settings))
        }
    };
    let told = match told {
        Ok(told) => told,
        Err(fault) => {
            let _ = writeln!(io::stderr(), "{fault}");
            return ExitCode::FAILURE;
        }
    };
    let well = writeln!(io::stdout(), "{told}").is_ok();
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
