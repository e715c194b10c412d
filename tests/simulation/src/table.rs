//! What many seeds came to, as tables for people.

use crate::report::{Found, Summary};
use crate::run::{Outcome, Setup};
use crate::weather::Function;
use comfy_table::{CellAlignment, Table, presets};

fn table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

/// What was counted, and the faults by class.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    let mut counts = table();
    counts.add_row(["seeds".to_owned(), number(summary.seeds)]);
    for (what, count) in summary.tally.lines() {
        counts.add_row([what.to_owned(), number(count)]);
    }
    counts.add_row(["seeds in which a promise was broken", &summary.failed.len().to_string()]);
    right(&mut counts, 1);

    let mut faults = table();
    let all: Vec<_> = summary.tally.faults.iter().collect();
    for some in all.chunks(3) {
        faults.add_row(
            some.iter().flat_map(|(class, count)| [class.replace('_', " "), number(**count)]),
        );
    }
    for column in [1, 3, 5] {
        right(&mut faults, column);
    }
    let busy = summary.busy.as_secs_f64();
    let pace = format!("{busy:.1} s of processors");
    format!("{counts}\n\nfaults that were injected, by class\n{faults}\n\n{pace}")
}

/// Each failing seed, with the command that replays it.
#[must_use]
pub fn failures(summary: &Summary) -> String {
    let lines = summary.failed.iter().take(10).map(|(seed, told)| {
        format!("seed {seed}: {told}\n  cargo xtask simulate --replay {seed}\n")
    });
    lines.collect()
}

/// The planted bugs, each with the seed that found it.
#[must_use]
pub fn planted(all: &[Found]) -> String {
    let mut found = table();
    found.set_header(["planted bug", "what is wrong", "broken", "seeds"]);
    for one in all {
        let (promise, seeds) = one
            .first
            .map_or(("-", "not found".to_owned()), |(seed, promise)| (promise, number(seed + 1)));
        found.add_row([format!("{:?}", one.bug), one.what.to_owned(), promise.to_owned(), seeds]);
    }
    right(&mut found, 3);
    found.to_string()
}

/// The three controllers side by side.
#[must_use]
pub fn baselines(all: &[(&'static str, Summary)]) -> String {
    let mut sides = table();
    let names = all.iter().map(|(name, _)| (*name).to_owned());
    sides.set_header(std::iter::once(String::new()).chain(names));
    let columns: Vec<_> = all.iter().map(|(_, summary)| summary.tally.lines()).collect();
    for (row, (what, _)) in columns.iter().take(1).flatten().enumerate() {
        let counts = columns.iter().filter_map(|lines| lines.get(row));
        let counts = counts.map(|(_, count)| number(*count));
        sides.add_row(std::iter::once((*what).to_owned()).chain(counts));
    }
    for column in 1..=all.len() {
        right(&mut sides, column);
    }
    sides.to_string()
}

/// A seed's history, what was broken in it, and how small it was made.
#[must_use]
pub fn story(setup: &Setup, outcome: &Outcome) -> String {
    let mut lines = outcome.history.clone();
    let minutes = setup.minutes.unwrap_or(Setup::MINUTES);
    lines.push(String::new());
    lines.push(format!("seed {}, {minutes} minutes of faults: {}", setup.seed, outcome.swarm));
    for one in &outcome.violations {
        lines.push(format!("{} was broken at {} s: {}", one.promise, one.at / 1000, one.told));
    }
    if outcome.violations.is_empty() {
        lines.push("no promise was broken".to_owned());
    }
    lines.join("\n")
}

fn right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// A function's name, as the template has it.
#[must_use]
pub const fn name(function: Function) -> &'static str {
    match function {
        Function::Verifier => "agent-verifier",
        Function::Drainer => "host-drainer",
        Function::Deregisterer => "host-deregisterer",
        Function::Adjuster => "capacity-adjuster",
        Function::Teardown => "cluster-teardown",
        Function::Reconciler => "reconciler",
        Function::Baseline => "another's",
    }
}

/// A number with its thousands apart.
#[must_use]
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
