//! What was found, as tables for people.

use crate::check::{Found, Setup, promise};
use crate::planted::Bug;
use comfy_table::{CellAlignment, Table, presets};

/// A row of the worlds that were gone through.
#[derive(Clone, Debug)]
pub struct Row {
    /// What befalls the hosts.
    pub world: &'static str,
    /// What was checked.
    pub setup: Setup,
    /// What was found.
    pub found: Found,
}

fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The worlds.
#[must_use]
pub fn worlds(rows: &[Row]) -> String {
    let header = [
        "hosts",
        "what befalls them",
        "in flight",
        "states generated",
        "unique",
        "depth",
        "all of them",
        "CPU s",
        "broken",
    ];
    let mut table = table(&header, &[0, 2, 3, 4, 5, 7]);
    for Row { world, setup, found } in rows {
        let reads = if setup.faults { "; reads lag and fail" } else { "" };
        table.add_row([
            setup.hosts.to_string(),
            format!("{world}{reads}"),
            setup.in_flight.to_string(),
            number(&found.generated.to_string()),
            number(&found.unique.to_string()),
            found.depth.to_string(),
            if found.complete { "yes" } else { "bounded" }.to_owned(),
            format!("{:.1}", found.took.as_secs_f64()),
            found.broken.as_ref().map_or("none".to_owned(), |(rule, _)| (*rule).to_owned()),
        ]);
    }
    table.to_string()
}

/// How often each change was made with effect, and the states of interest that no world reached.
#[must_use]
pub fn reached(rows: &[Row]) -> String {
    let mut table = table(&["a host, in these worlds, was", "times"], &[1]);
    let names = rows.first().map(|row| row.found.done.clone()).unwrap_or_default();
    for (at, (name, _)) in names.iter().enumerate() {
        let counts = rows.iter().filter_map(|row| row.found.done.get(at));
        table.add_row([
            (*name).to_owned(),
            number(&counts.map(|(_, count)| *count).sum::<u64>().to_string()),
        ]);
    }
    let missing = missing(rows);
    let told = if missing.is_empty() {
        format!("All {} states of interest were reached.", crate::check::REACHED.len())
    } else {
        format!("Not reached: {}.", missing.join("; "))
    };
    let slowest = rows.iter().map(|row| row.found.slowest).max().unwrap_or(0);
    format!(
        "{table}\n\n{told} From every state, with what is in flight cut short, everything is at rest after {slowest} sweeps at most."
    )
}

/// The states of interest that no world reached.
#[must_use]
pub fn missing(rows: &[Row]) -> Vec<&'static str> {
    let names = crate::check::REACHED.map(|(name, _)| name);
    names
        .into_iter()
        .filter(|name| rows.iter().all(|row| row.found.not_reached.contains(name)))
        .collect()
}

/// The planted bugs.
#[must_use]
pub fn planted(all: &[(Bug, &'static str, Option<Found>)]) -> String {
    let header = ["planted bug", "what is wrong", "shortest history", "it breaks"];
    let mut table = table(&header, &[2]);
    for (bug, what, found) in all {
        let broken = found.as_ref().and_then(|found| found.broken.as_ref());
        let (moves, rule) = broken
            .map_or(("-".to_owned(), "not found".to_owned()), |(rule, path)| {
                (path.len().to_string(), format!("{rule}: {}", promise(rule)))
            });
        table.add_row([format!("{bug:?}"), (*what).to_owned(), moves, rule]);
    }
    table.to_string()
}

/// A history, a move a line.
#[must_use]
pub fn history(found: &Found) -> String {
    let Some((rule, path)) = &found.broken else {
        return "no promise was broken".to_owned();
    };
    let lines = path.iter().enumerate().map(|(at, it)| format!("{:>3}  {it:?}\n", at + 1));
    format!("{}     {rule} is broken: {}", lines.collect::<String>(), promise(rule))
}

/// A number with its thousands apart.
fn number(digits: &str) -> String {
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
        assert_eq!(["0", "999", "1000", "1234567"].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
