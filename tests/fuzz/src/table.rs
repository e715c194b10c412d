//! What came of it, as a table of Markdown.

use crate::guided::Tried;
use comfy_table::{CellAlignment, Table, presets};
use fuzz::Target;

/// A row for each target, and all of them in the last.
pub(crate) fn of(all: &[(&Target, Tried)]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header([
        "target",
        "reads",
        "executions",
        "a second",
        "edges covered",
        "inputs kept",
        "faults",
    ]);
    for (target, tried) in all {
        let Tried { executions, a_second, edges, inputs, faults } = tried;
        table.add_row([
            target.name.to_owned(),
            target.reads.to_owned(),
            executions.to_string(),
            a_second.to_string(),
            edges.to_string(),
            inputs.to_string(),
            faults.len().to_string(),
        ]);
    }
    let executions: u64 = all.iter().map(|(_, tried)| tried.executions).sum();
    let faults: usize = all.iter().map(|(_, tried)| tried.faults.len()).sum();
    let blank = String::new;
    let sums = ["all".to_owned(), blank(), executions.to_string(), blank(), blank(), blank()];
    table.add_row(sums.into_iter().chain([faults.to_string()]));
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
