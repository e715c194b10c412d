//! What a crash at any await of `cluster-roles` comes to: `cargo xtask crashes`. With `--twice` each next attempt dies too.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not seen as tests"
)]
#![expect(dead_code, reason = "the histories use more of it")]

#[path = "../tests/histories/cloudformation.rs"]
mod cloudformation;
#[path = "../tests/histories/crashes.rs"]
mod crashes;
#[path = "../tests/histories/ends.rs"]
mod ends;
#[path = "../tests/histories/iam.rs"]
mod iam;
#[path = "../tests/histories/stated.rs"]
mod stated;

use comfy_table::{Table, presets};
use crashes::{all, with_flaw};
use iam::Flaw;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let twice = std::env::args().any(|one| one == "--twice");
    let crashed = all(twice);
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header([
        "function",
        "scenes",
        "awaits",
        "died before the effect",
        "died after it",
        "died again",
        "handed over again",
        "another answer",
        "not restored",
    ]);
    let counts = [
        crashed.scenes,
        crashed.awaits,
        crashed.before,
        crashed.after,
        crashed.twice,
        crashed.again,
        crashed.answers,
        crashed.not_restored,
    ];
    let counts = counts.iter().map(ToString::to_string);
    table.add_row(std::iter::once("cluster-roles".to_owned()).chain(counts));
    let mut methods = Table::new();
    methods.load_preset(presets::ASCII_MARKDOWN).set_header([
        "method",
        "died before",
        "died after",
    ]);
    for (what, (before, after)) in &crashed.methods {
        methods.add_row([what.clone(), before.to_string(), after.to_string()]);
    }
    let found: Vec<(Flaw, u32)> =
        Flaw::ALL.into_iter().map(|flaw| (flaw, with_flaw(flaw))).collect();
    let planted: Vec<String> = found
        .iter()
        .map(|(flaw, runs)| format!("* planted: {flaw:?}: {runs} runs went wrong"))
        .collect();
    let searched = crashed.searched;
    let told = format!(
        "{table}\n\n{methods}\n\n{}\n\n{searched} bytes of output were searched for the canaries in every request: none was found.",
        planted.join("\n")
    );
    let _ = writeln!(io::stdout(), "{told}");
    for failure in &crashed.failures {
        let _ = writeln!(io::stderr(), "{failure}");
    }
    let well = crashed.failures.is_empty()
        && crashed.unreached().is_empty()
        && found.iter().all(|(_, runs)| *runs > 0);
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
