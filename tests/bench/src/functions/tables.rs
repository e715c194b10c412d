//! What was measured, as tables.

use super::figures::Figures;
use super::scene::Scene;
use super::subject::Run;
use super::{FAR, Line, SMALL, WHOLE, Who};
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use end_to_end::FUNCTIONS;
use std::collections::BTreeMap;

pub(super) fn all(figures: &Figures, scenes: &BTreeMap<&'static str, Scene>) -> String {
    [
        "#### The functions, on a whole core".to_owned(),
        whole(figures),
        asked(scenes),
        "#### The functions, with a 128 MB function's part of a core from the first event on"
            .to_owned(),
        small(figures),
        "#### Beside others, for the drainer's event".to_owned(),
        others(figures),
        "#### Goals".to_owned(),
        goals(figures),
    ]
    .join("\n\n")
}

fn blank(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    table.set_header(header);
    table
}

fn told(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

fn built(line: &Line) -> &'static str {
    if line.lto { "fat LTO" } else { "plain" }
}

fn lines(figures: &Figures, who: Who) -> Vec<Line> {
    let all = [true, false]
        .into_iter()
        .flat_map(|lto| FUNCTIONS.into_iter().map(move |function| Line { function, who, lto }));
    all.filter(|line| figures.median(line, WHOLE, |run| run.ready).is_some()).collect()
}

/// A start and its first event.
fn cold(run: &Run) -> f64 {
    run.ready + run.first
}

fn cold_cpu(run: &Run) -> f64 {
    run.cpu[0] + run.cpu[1]
}

/// The figures on a whole core: times, CPU times, memory, sizes.
fn costs(figures: &Figures, line: &Line) -> Vec<String> {
    let median = |figure: fn(&Run) -> f64| figures.median(line, WHOLE, figure);
    let size = figures.sizes.get(line).copied().unwrap_or_default();
    vec![
        told(median(|run| run.ready), 1),
        told(median(|run| run.first), 1),
        told(figures.warm(line, WHOLE, 0.5), 1),
        told(figures.warm(line, WHOLE, 0.99), 1),
        told(median(|run| run.cpu[0]), 1),
        told(median(|run| run.cpu[1]), 1),
        told(median(|run| run.cpu[2]), 2),
        told(median(|run| run.peak), 1),
        told(size.program, 1),
        told(size.zipped, 2),
    ]
}

const COSTS: [&str; 10] = [
    "ready",
    "first event",
    "warm p50",
    "p99",
    "CPU: start",
    "first",
    "warm",
    "memory",
    "binary",
    "zip",
];

fn whole(figures: &Figures) -> String {
    let mut table = blank(&[&["function", "built", "calls"][..], &COSTS].concat());
    for line in lines(figures, Who::Function) {
        let calls = figures.calls.get(&line).map_or(0, Vec::len);
        let own =
            vec![line.function.to_owned(), built(&line).to_owned(), calls.div_ceil(2).to_string()];
        table.add_row([own, costs(figures, &line)].concat());
    }
    format!(
        "{table}\n\nTimes in ms, sizes in MB; medians. Calls are those of the first event, behind TLS."
    )
}

fn asked(scenes: &BTreeMap<&'static str, Scene>) -> String {
    let all = scenes.iter().map(|(function, scene)| format!("`{function}`: {}", scene.what));
    format!("The events: {}.", all.collect::<Vec<_>>().join("; "))
}

fn small(figures: &Figures) -> String {
    let mut table = blank(&[
        "function",
        "built",
        "ready + first",
        "of trimmed",
        "with 15 ms a call",
        "of trimmed",
        "warm p50",
        "with 15 ms a call",
        "cold CPU, of trimmed",
        "warm CPU, of trimmed",
    ]);
    for line in lines(figures, Who::Function) {
        let trimmed = Line { who: Who::Trimmed, ..line.clone() };
        table.add_row([
            line.function.to_owned(),
            built(&line).to_owned(),
            told(figures.median(&line, SMALL, cold), 0),
            told(figures.ratio(&line, &trimmed, SMALL, cold), 2),
            told(figures.median(&line, FAR, cold), 0),
            told(figures.ratio(&line, &trimmed, FAR, cold), 2),
            told(figures.warm(&line, SMALL, 0.5), 1),
            told(figures.warm(&line, FAR, 0.5), 1),
            told(figures.ratio(&line, &trimmed, WHOLE, cold_cpu), 2),
            told(figures.ratio(&line, &trimmed, WHOLE, |run| run.cpu[2]), 2),
        ]);
    }
    format!(
        "{table}\n\n`trimmed` makes the same calls with the same clients, and does nothing else. Ratios are of runs in \
         the same round; those of CPU time are the kernel's account on a whole core, and the load of the machine counts least in them."
    )
}

/// The drainer, and what it is held against.
fn others(figures: &Figures) -> String {
    let mut table = blank(
        &[&["who", "built"][..], &COSTS, &["ready + first, 128 MB", "with 15 ms a call"]].concat(),
    );
    let names = [
        (Who::Function, "host-drainer"),
        (Who::OneRoot, "it, with one root certificate"),
        (Who::Trimmed, "trimmed: its calls alone"),
        (Who::Hello, "hello, lambda_runtime"),
        (Who::Bare, "bare loop, std"),
        (Who::Python, "boto3 drain hook"),
    ];
    for (who, name) in names {
        for line in lines(figures, who) {
            if line.function != "host-drainer" {
                continue;
            }
            let how = if who == Who::Python { "–" } else { built(&line) };
            let own = vec![name.to_owned(), how.to_owned()];
            let small = vec![
                told(figures.median(&line, SMALL, cold), 0),
                told(figures.median(&line, FAR, cold), 0),
            ];
            table.add_row([own, costs(figures, &line), small].concat());
        }
    }
    let python = Line { function: "host-drainer", who: Who::Python, lto: false };
    let mut said = Vec::new();
    for line in lines(figures, Who::Function) {
        let ratio = |terms, figure: fn(&Run) -> f64| figures.ratio(&python, &line, terms, figure);
        if let (true, Some(cpu)) = (line.function == "host-drainer", ratio(WHOLE, cold_cpu)) {
            said.push(format!(
                "boto3 takes of the drainer ({}): cold CPU {cpu:.0} ×, warm CPU {} ×, memory {} ×, ready + first at 128 MB {} ×, \
                 with 15 ms a call {} ×.",
                built(&line),
                told(ratio(WHOLE, |run| run.cpu[2]), 1),
                told(ratio(WHOLE, |run| run.peak), 1),
                told(ratio(SMALL, cold), 0),
                told(ratio(FAR, cold), 0),
            ));
        }
    }
    format!("{table}\n\n{}", said.join("\n"))
}

/// The worst of the functions, and whether that is within a bound.
struct Goal {
    what: &'static str,
    most: f64,
    digits: usize,
}

impl Goal {
    fn row(&self, all: impl Iterator<Item = (&'static str, Option<f64>)>) -> [String; 4] {
        let all: Vec<(&str, f64)> = all.filter_map(|(who, value)| Some((who, value?))).collect();
        let within = all.iter().filter(|(_, value)| *value <= self.most).count();
        let worst = all.iter().max_by(|one, other| one.1.total_cmp(&other.1));
        let Some((who, worst)) = worst else {
            return [
                self.what.to_owned(),
                told(Some(self.most), 2),
                "–".to_owned(),
                "SKIPPED".to_owned(),
            ];
        };
        let came = match (within, all.len()) {
            (within, count) if within == count => "reached".to_owned(),
            (0, 1) => "missed".to_owned(),
            (within, count) => format!("missed: {within} of {count} reach it"),
        };
        let digits = self.digits;
        [
            self.what.to_owned(),
            format!("{:.2}", self.most),
            format!("{worst:.digits$} ({who})"),
            came,
        ]
    }
}

/// Of what ships, where that was measured.
fn goals(figures: &Figures) -> String {
    let mut table = blank(&["goal", "at most", "the worst", ""]);
    let mut shipped = lines(figures, Who::Function);
    if shipped.iter().any(|line| line.lto) {
        shipped.retain(|line| line.lto);
    }
    let python = Line { function: "host-drainer", who: Who::Python, lto: false };
    let own = |figure: &dyn Fn(&Line) -> Option<f64>| -> Vec<(&'static str, Option<f64>)> {
        shipped.iter().map(|line| (line.function, figure(line))).collect()
    };
    let beside = |terms, figure: fn(&Run) -> f64| -> Vec<(&'static str, Option<f64>)> {
        let drainer = shipped.iter().filter(|line| line.function == "host-drainer");
        drainer.map(|line| (line.function, figures.ratio(line, &python, terms, figure))).collect()
    };
    let trimmed = |terms| {
        own(&|line| {
            let trimmed = Line { who: Who::Trimmed, ..line.clone() };
            figures.ratio(line, &trimmed, terms, cold)
        })
    };
    let goal = |what, most, digits| Goal { what, most, digits };
    let small = "ready + first event at 128 MB, of the trimmed client's";
    table.add_row(goal(small, 1.15, 2).row(trimmed(SMALL).into_iter()));
    let far = "the same with 15 ms a call";
    table.add_row(goal(far, 1.15, 2).row(trimmed(FAR).into_iter()));
    let of = "ready + first event at 128 MB, of boto3's";
    table.add_row(goal(of, 0.05, 3).row(beside(SMALL, cold).into_iter()));
    table.add_row(goal(far, 0.05, 3).row(beside(FAR, cold).into_iter()));
    let peak = own(&|line| figures.median(line, WHOLE, |run| run.peak));
    table.add_row(goal("peak memory, MB", 12.0, 1).row(peak.into_iter()));
    let memory = beside(WHOLE, |run| run.peak);
    table.add_row(goal("peak memory, of boto3's", 0.25, 2).row(memory.into_iter()));
    let cpu = beside(WHOLE, |run| run.cpu[2]);
    table.add_row(goal("CPU of a warm event, of boto3's", 0.2, 2).row(cpu.into_iter()));
    let zips = own(&|line| figures.sizes.get(line)?.zipped);
    table.add_row(goal("zip, MB", 4.0, 2).row(zips.into_iter()));
    table.to_string()
}
