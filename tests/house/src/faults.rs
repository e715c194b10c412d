//! The rows of `tests/FAULTS.md`: each has a test, and the test is there.

use crate::tree::text;
use std::collections::BTreeSet;

/// The last row that is promised.
const ROWS: u32 = 116;

/// A row, its test and the test's file: `| 7 | `name` | `path` |`.
fn row(line: &str) -> Option<(u32, String, String)> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let number = cells.next()?.parse().ok()?;
    let bare = |cell: &str| cell.trim_end_matches(" |").trim_matches('`').to_owned();
    Some((number, bare(cells.next()?), bare(cells.next()?)))
}

fn complaints(table: &str, rows: u32, read: impl Fn(&str) -> String) -> Vec<String> {
    let all: Vec<_> = table.lines().filter_map(row).collect();
    let tested: BTreeSet<u32> = all.iter().map(|(number, ..)| *number).collect();
    let untested = (1..=rows).filter(|row| !tested.contains(row));
    let mut told: Vec<String> = untested.map(|row| format!("row {row} has no test")).collect();
    for (number, test, file) in &all {
        if !read(file).contains(&format!("fn {test}(")) {
            told.push(format!("row {number}: {file} has no test {test}"));
        }
    }
    told
}

#[test]
fn every_fault_of_the_catalogue_has_a_test() {
    let told = complaints(&text("tests/FAULTS.md"), ROWS, text);
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn a_row_without_a_test_and_a_test_that_is_not_there_are_found() {
    let table = "| Row | Test | File |\n|---|---|---|\n| 1 | `a` | `x.rs` |\n| 3 | `b` | `x.rs` |";
    let told = complaints(table, 3, |_| "fn a() {}".to_owned());
    assert_eq!(told, ["row 2 has no test", "row 3: x.rs has no test b"]);
}
