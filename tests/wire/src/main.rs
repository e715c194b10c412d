//! `cargo xtask wire`: the clients on a bad line, so many calls of it, and what became of them as tables.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program says what it has to say")]
#![expect(
    clippy::large_futures,
    reason = "what the SDK keeps for its calls is large, and is on the stack once"
)]

use clap::Parser;
use std::process::ExitCode;
use wire::fields::EDITS;
use wire::report::{self, number};
use wire::trial::Trial;
use wire::{catalogue, fields, life};

/// Plays calls of the clients that ship over a wire that breaks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask wire", bin_name = "cargo xtask wire")]
struct Asked {
    /// Calls, a fresh weather for every 250 of them.
    #[arg(long, default_value_t = 100_000)]
    calls: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Lives of a cluster under the functions themselves.
    #[arg(long, default_value_t = 30)]
    lives: u64,
    /// Not every field.
    #[arg(long)]
    no_fields: bool,
    /// Only the calls: not every field, every code, and no lives.
    #[arg(long)]
    calls_only: bool,
}

/// Calls in the weather of one seed.
const OF_A_SEED: u64 = 250;
/// Complaints that are told.
const TOLD: usize = 40;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let asked = Asked::parse();
    let mut trial = Trial::new().await;
    let seeds = asked.calls.div_ceil(OF_A_SEED);
    for at in 0..seeds {
        trial.seed(asked.seed + at, OF_A_SEED).await;
    }
    let (tally, trace) = (trial.tally.clone(), trial.net.line().trace());
    println!("{}", report::classes(&tally));
    println!(
        "{} calls of {} kinds, {} attempts, {} calls undisturbed, {} weathers from seed {}; {} told wrong. Trace {trace:016x}.\n",
        number(tally.calls),
        tally.names.len(),
        number(tally.attempts),
        number(tally.undisturbed),
        number(seeds),
        asked.seed,
        number(tally.wrong),
    );
    let mut complaints = tally.complaints.clone();
    if !asked.calls_only {
        complaints.extend(more(&asked, &mut trial).await);
    }
    for complaint in complaints.iter().take(TOLD) {
        let short: String = complaint.chars().take(1_000).collect();
        eprintln!("{short}");
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn more(asked: &Asked, trial: &mut Trial) -> Vec<String> {
    trial.tally = wire::tally::Tally::default();
    let calls = trial.calls();
    let edits: Vec<_> = EDITS.iter().map(|(edit, _)| *edit).collect();
    if !asked.no_fields {
        let edited = fields::every(trial, &calls, &edits).await;
        println!("{}", report::fields(&edited));
    }
    let mut complaints = std::mem::take(&mut trial.tally.complaints);

    let (rows, amiss) = catalogue::every(trial).await;
    println!("{}", report::catalogue(&rows));
    complaints.extend(amiss);

    let mut lives = Vec::new();
    for at in 0..asked.lives {
        let one = life::live(asked.seed + at).await;
        let wrong = one.wrong.iter().map(|wrong| format!("life {}: {wrong}", asked.seed + at));
        complaints.extend(wrong);
        lives.push(one);
    }
    println!("{}", report::lives(&lives));
    complaints
}
