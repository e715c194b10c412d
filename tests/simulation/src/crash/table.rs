//! What the crashes came to, as tables for people and for a document.

use super::{Crashed, Method, Sum};
use crate::table::{name, number};
use crate::weather::Function;
use comfy_table::{CellAlignment, Table, presets};
use std::collections::BTreeSet;

fn markdown(header: Vec<String>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    table
}

/// A row for each function.
#[must_use]
pub fn table(crashed: &Crashed) -> String {
    let header = [
        "function",
        "scenes",
        "awaits",
        "died before the effect",
        "died after it",
        "with the tick handed over again",
        "died again",
        "handed over again",
        "a promise broken",
        "not restored",
        "minutes later at rest, at most",
    ];
    let mut table = markdown(header.map(str::to_owned).to_vec());
    for (function, sum) in &crashed.functions {
        table.add_row(row(name(*function), sum));
    }
    for column in 1..header.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn row(name: &str, sum: &Sum) -> Vec<String> {
    let scenes = u64::try_from(sum.scenes.len()).unwrap_or(u64::MAX);
    let late = u64::try_from(sum.minutes_late).unwrap_or(u64::MAX);
    let counts = [
        scenes,
        sum.awaits,
        sum.before,
        sum.after,
        sum.ticks_again,
        sum.twice,
        sum.again,
        sum.broken,
        sum.not_restored,
        late,
    ];
    std::iter::once(name.to_owned()).chain(counts.into_iter().map(number)).collect()
}

/// A row for each method of a port, and a column for each function: how often it died before and after it.
#[must_use]
pub fn methods(crashed: &Crashed) -> String {
    let functions: Vec<Function> = crashed.functions.keys().copied().collect();
    let names = functions.iter().map(|one| name(*one).to_owned());
    let header = std::iter::once("method".to_owned()).chain(names).collect();
    let mut table = markdown(header);
    let all: BTreeSet<Method> = crashed.methods.keys().map(|(_, method)| *method).collect();
    for method in all {
        let cells = functions.iter().map(|function| {
            let sides = crashed.methods.get(&(*function, method));
            sides.map_or(String::new(), |(before, after)| format!("{before} + {after}"))
        });
        table.add_row(std::iter::once(method.to_string()).chain(cells));
    }
    table.to_string()
}
