//! What came of it, in tables.

use super::file::File;
use comfy_table::{CellAlignment, Table, presets};
use simulation::town::{Measured, hours};
use std::collections::BTreeSet;
use std::time::Duration;

/// A plan that was run, once for each seed.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) seeds: Vec<Measured>,
}

/// A row of the summary: its name, its number, and how that is written.
type Row<'a> = (&'static str, Box<dyn Fn(&Measured) -> f64 + 'a>, fn(f64) -> String);

/// All of it, line by line.
pub(super) fn lines(file: &File, cases: &[Case], days: u32) -> Vec<String> {
    let seeds = cases.first().map_or(0, |case| case.seeds.len());
    let mut lines = vec![head(days, seeds)];
    for (name, rows) in sections(file) {
        lines.push(String::new());
        lines.push(name.to_owned());
        lines.push(table(cases, &rows).to_string());
    }
    let nowhere: BTreeSet<&str> =
        all(cases).flat_map(|one| &one.nowhere).map(String::as_str).collect();
    if !nowhere.is_empty() {
        let names: Vec<&str> = nowhere.into_iter().collect();
        lines.push(format!("No host of any group could hold: {}", names.join(", ")));
    }
    // Each write was held against Muster's promises, as in the simulation that looks for bugs.
    for broken in all(cases).flat_map(|one| &one.broken).take(5) {
        lines.push(format!("A promise of Muster was broken, which is a bug: {broken:?}"));
    }
    lines
}

fn all(cases: &[Case]) -> impl Iterator<Item = &Measured> {
    cases.iter().flat_map(|case| &case.seeds)
}

/// What was run.
pub(super) fn head(days: u32, seeds: usize) -> String {
    let days = if days == 1 { "one day".to_owned() } else { format!("{days} days") };
    match seeds {
        0 | 1 => days,
        seeds => format!("{days}, {seeds} seeds: the median, and from least to greatest"),
    }
}

/// The tables, each with its rows.
pub(super) fn sections(file: &File) -> Vec<(&'static str, Vec<Row<'_>>)> {
    let mut cost: Vec<Row<'_>> = vec![
        ("host-hours", Box::new(Measured::host_hours), whole),
        ("of the bound", Box::new(|one| one.host_hours() / hours(one.bound).max(0.1)), parts),
        ("most hosts", Box::new(|one| f64::from(one.peak)), whole),
        ("hosts launched", Box::new(|one| float(one.launched)), whole),
        ("hosts let go", Box::new(|one| float(one.scaled_in)), whole),
    ];
    if file.prices.iter().all(Option::is_some) {
        cost.insert(1, ("price of the hosts", Box::new(|one| price(file, one)), money));
    }
    let waits: Vec<Row<'_>> = vec![
        ("median", Box::new(|one| f64::from(one.waited(50))), span),
        ("99 of 100", Box::new(|one| f64::from(one.waited(99))), span),
        ("longest", Box::new(|one| f64::from(one.waited(100))), span),
        ("tasks", Box::new(|one| length(one.waits.len())), whole),
    ];
    let breaks: Vec<Row<'_>> = vec![
        ("service tasks cut", Box::new(|one| float(one.cut)), whole),
        ("standalone tasks cut", Box::new(|one| float(one.cut_standalone)), whole),
        ("service tasks moved", Box::new(|one| float(one.moved)), whole),
        ("boots that never join", Box::new(|one| float(one.never_joined)), whole),
        ("launches abandoned", Box::new(|one| float(one.abandoned)), whole),
        ("agents lost", Box::new(|one| float(one.agents_lost)), whole),
        ("Spot Interruptions", Box::new(|one| float(one.interruptions)), whole),
        ("EC2 retirements", Box::new(|one| float(one.retirements)), whole),
        ("hosts given up", Box::new(|one| float(one.given_up)), whole),
        ("breaker openings", Box::new(|one| float(one.openings)), whole),
    ];
    let muster: Vec<Row<'_>> = vec![
        ("invocations", Box::new(|one| float(one.invocations.values().sum())), whole),
        ("calls of AWS's API", Box::new(|one| float(one.calls.values().sum())), whole),
    ];
    vec![
        ("What the hosts cost", cost),
        ("How long tasks wait, from wanted to running", waits),
        ("What breaks", breaks),
        ("What Muster does", muster),
    ]
}

fn table(cases: &[Case], rows: &[Row<'_>]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    if cases.len() > 1 {
        let names = cases.iter().map(|case| case.name.clone());
        table.set_header(std::iter::once(String::new()).chain(names));
    }
    for (name, of, told) in rows {
        let cells = cases.iter().map(|case| cell(case, of, *told));
        table.add_row(std::iter::once((*name).to_owned()).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A number of one seed; of several the median, and the least and the greatest.
pub(super) fn cell(case: &Case, of: &dyn Fn(&Measured) -> f64, told: fn(f64) -> String) -> String {
    let mut numbers: Vec<f64> = case.seeds.iter().map(of).collect();
    numbers.sort_by(f64::total_cmp);
    let at = |place: usize| numbers.get(place).copied().unwrap_or(0.0);
    let last = numbers.len().saturating_sub(1);
    let middle = f64::midpoint(at(last / 2), at(last.div_ceil(2)));
    if numbers.len() < 2 || told(at(0)) == told(at(last)) {
        return told(middle);
    }
    format!("{} ({} to {})", told(middle), told(at(0)), told(at(last)))
}

fn price(file: &File, one: &Measured) -> f64 {
    let groups = one.billed.iter().zip(&file.prices);
    let of = |((on_demand, spot), prices): (&(i64, i64), &Option<(f64, f64)>)| {
        let (price, spot_price) = prices.unwrap_or_default();
        hours(*on_demand) * price + hours(*spot) * spot_price
    };
    groups.map(of).sum()
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn length(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A whole number with its thousands apart.
pub(super) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let long = digits.len();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (long - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

fn parts(number: f64) -> String {
    format!("{number:.3}")
}

fn money(number: f64) -> String {
    format!("{number:.2}")
}

fn span(seconds: f64) -> String {
    let long = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    crate::span::short(jiff::SignedDuration::try_from(long).unwrap_or_default())
}
