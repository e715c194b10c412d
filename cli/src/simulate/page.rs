//! The page: one file that needs no other, light or dark as the reader's screen is.

use super::chart::{self, Line};
use super::file::File;
use super::summary::{Case, cell, head, sections};
use crate::html::escaped;
use simulation::town::{Measured, Sample, What, hours};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --back: #fff; --grid: #d9dee3;
  --one: #0a64c8; --two: #d97706; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --back: #14181c; --grid: #30373e;
  --one: #6cb0ff; --two: #f5b04c; --bad: #ff7b72; } }
body { background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; }
p { color: var(--soft); margin: .2rem 0 .6rem; }
svg { display: block; height: auto; width: 100%; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--grid); stroke-width: 1; }
polyline { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.hosts, .waiting { stroke: var(--one); } .bound { stroke: var(--two); } .event { stroke: var(--bad); stroke-width: 1.5; }
.key::before { content: ''; border-top: 3px solid; display: inline-block; margin: 0 .4rem .25rem 0; width: 1.2rem; }
.key { color: var(--one); margin-right: 1.2rem; } .key.two { color: var(--two); }
.tables { align-items: start; display: grid; gap: 0 2.5rem; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); }
table { border-collapse: collapse; width: 100%; } td, th { padding: .2rem .4rem; text-align: right; }
td:first-child, th:first-child { text-align: left; white-space: nowrap; } tr { border-bottom: 1px solid var(--grid); }
th { color: var(--soft); font-weight: 600; } td { font-variant-numeric: tabular-nums; }
.nowhere { color: var(--bad); }
";

/// The whole page.
pub(super) fn page(title: &str, file: &File, cases: &[Case], days: u32) -> String {
    let title = escaped(title);
    let seeds = cases.first().map_or(0, |case| case.seeds.len());
    let told = head(days, seeds);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}: simulated</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n\
         <p>{told}; simulated with the functions that ship. Charts are of the first seed.</p>\n"
    );
    page.push_str(&tables(file, cases));
    for case in cases {
        let Some(one) = case.seeds.first() else { continue };
        let name =
            if cases.len() > 1 { format!(": {}", escaped(&case.name)) } else { String::new() };
        page.push_str(&charts(one, &name, days));
    }
    page.push_str("</html>\n");
    page
}

fn tables(file: &File, cases: &[Case]) -> String {
    let mut text = "<div class=\"tables\">\n".to_owned();
    for (name, rows) in sections(file) {
        let _ = write!(text, "<section><h2>{name}</h2>\n<table>\n");
        if cases.len() > 1 {
            text.push_str("<tr><th></th>");
            for case in cases {
                let _ = write!(text, "<th>{}</th>", escaped(&case.name));
            }
            text.push_str("</tr>\n");
        }
        for (name, of, told) in &rows {
            let _ = write!(text, "<tr><td>{name}</td>");
            for case in cases {
                let _ = write!(text, "<td>{}</td>", escaped(&cell(case, of, *told)));
            }
            text.push_str("</tr>\n");
        }
        text.push_str("</table></section>\n");
    }
    text.push_str("</div>\n");
    let all = cases.iter().flat_map(|case| &case.seeds);
    let nowhere: BTreeSet<&str> = all.flat_map(|one| &one.nowhere).map(String::as_str).collect();
    if !nowhere.is_empty() {
        let names: Vec<&str> = nowhere.into_iter().collect();
        let names = escaped(&names.join(", "));
        let _ = writeln!(text, "<p class=\"nowhere\">No host of any group could hold: {names}</p>");
    }
    text
}

fn charts(one: &Measured, name: &str, days: u32) -> String {
    let values = |of: fn(&Sample) -> u32| one.samples.iter().map(of).collect();
    let hosts = Line { class: "hosts", values: values(Sample::hosts) };
    let bound = Line { class: "bound", values: values(|it| it.bound) };
    let waiting = Line { class: "waiting", values: values(|it| it.waiting) };
    let kinds = What::ALL.iter().map(|what| {
        let of = one.events.iter().filter(|(_, it)| it == what);
        (what.words(), of.map(|(at, _)| hours(*at)).collect::<Vec<f64>>())
    });
    let rows: Vec<(&str, Vec<f64>)> = kinds.filter(|(_, at)| !at.is_empty()).collect();
    let events = if rows.is_empty() {
        "<p>Nothing went wrong.</p>".to_owned()
    } else {
        chart::ticks("What went wrong, over the days", &rows, days)
    };
    format!(
        "<h2>Hosts{name}</h2>\n<p><span class=\"key\">hosts</span><span class=\"key two\">the bound: \
         no packing of what is wanted needs fewer</span></p>\n{}\n\
         <h2>Tasks that wait for a place{name}</h2>\n{}\n<h2>What went wrong{name}</h2>\n{events}\n",
        chart::lines("Hosts and the bound, over the days", &[hosts, bound], days),
        chart::lines("Tasks that wait, over the days", &[waiting], days),
    )
}
