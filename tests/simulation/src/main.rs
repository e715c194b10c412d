//! `simulate`: seeds, one after another, or one with its whole history.
#![expect(clippy::print_stdout, reason = "a command line tool")]

use clap::Parser;
use simulation::{Setup, report, run};
use std::process::ExitCode;

/// Runs worlds of the simulation.
#[derive(Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed only, shrunk if it fails, with its history.
    #[arg(long)]
    replay: Option<u64>,
    /// Looks for every planted bug.
    #[arg(long)]
    planted: bool,
    /// Holds the baselines against us.
    #[arg(long)]
    baselines: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.replay {
        return replay(seed);
    }
    if arguments.planted {
        for found in report::planted(arguments.seeds) {
            println!("{:?}", found);
        }
        return ExitCode::SUCCESS;
    }
    if arguments.baselines {
        for (name, summary) in report::baselines(arguments.seeds) {
            println!("{name}: {:#?}", summary.tally);
        }
        return ExitCode::SUCCESS;
    }
    if let Ok(only) = std::env::var("SWARM") {
        let mut swarm = simulation::Swarm::default();
        for (at, name) in simulation::Swarm::NAMES.iter().enumerate() {
            if only.contains(name) {
                *swarm.rate_mut(at).unwrap() = 1000;
            }
        }
        let bug = simulation::Bug::ALL
            .iter()
            .find(|(b, _)| Ok(format!("{b:?}")) == std::env::var("BUG"))
            .map(|it| it.0);
        for seed in arguments.from..arguments.from + arguments.seeds {
            let o = run(&Setup {
                seed,
                swarm: Some(swarm),
                bug,
                history: arguments.seeds == 1,
                ..Setup::default()
            });
            o.history.iter().for_each(|l| println!("{l}"));
            println!("{seed} {:?} {:?}", o.violations.first(), o.tally.terminations);
        }
        return ExitCode::SUCCESS;
    }
    let summary = report::many(arguments.from, arguments.seeds, &Setup::default());
    println!("{summary:#?}");
    if summary.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn replay(seed: u64) -> ExitCode {
    let (setup, outcome) = report::shrink(&Setup { seed, ..Setup::default() });
    let told = run(&Setup { history: true, ..setup });
    for line in &told.history {
        println!("{line}");
    }
    println!("seed {seed}, faults {}, {:?} minutes", outcome.swarm, setup.minutes);
    for one in &outcome.violations {
        println!("{} at {} s: {}", one.promise, one.at / 1000, one.told);
    }
    if outcome.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
