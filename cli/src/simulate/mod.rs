//! `muster simulate`: what settings would come to, for a cluster that a file describes.

mod chart;
mod file;
mod page;
mod summary;

use crate::error::Error;
use crate::out;
use file::File;
use indicatif::{ProgressBar, ProgressStyle};
use simulation::town::{self, Measured, Plan};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use summary::Case;

/// Run a cluster that a file describes for a week, with the functions that ship.
///
/// Nothing of AWS is touched. The summary says what the hosts would cost, how long tasks would wait, and what would
/// break. docs/simulate.md tells what is modelled and what is not; docs/simulate.yaml is an example.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file.
    file: PathBuf,
    /// How many days; 7 where neither this nor the file says.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=28))]
    days: Option<u32>,
    /// A setting over those of the file, for every group.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A second case beside the first, with this setting other than there.
    #[arg(long, value_name = "NAME=VALUE")]
    against: Vec<String>,
    /// The first seed: the same seed tells the same story.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// So many seeds: the summary has medians, and from which to which.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// Write a page with charts of the first seed here too.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Simulates, and prints what came of it.
pub(crate) fn run(arguments: &Arguments) -> crate::Result<()> {
    let path = &arguments.file;
    let fault = |told: String| Error::File { path: path.clone(), told };
    let text = std::fs::read_to_string(path).map_err(|it| fault(it.to_string()))?;
    let file = file::read(&text).map_err(|it| fault(it.to_string()))?;
    let days = arguments.days.or(file.days).unwrap_or(7);
    let cases = cases(arguments, &file, days)?;
    for line in summary::lines(&file, &cases, days) {
        out::line(line);
    }
    if let Some(page) = &arguments.html {
        write(page, &page::page(&title(path), &file, &cases, days))?;
    }
    Ok(())
}

fn title(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn write(path: &Path, text: &str) -> crate::Result<()> {
    let fault = |it: std::io::Error| Error::File { path: path.to_owned(), told: it.to_string() };
    std::fs::write(path, text).map_err(fault)
}

/// The plan as it is told, and the one that is held against it.
fn cases(arguments: &Arguments, file: &File, days: u32) -> crate::Result<Vec<Case>> {
    let mut plan = file.plan.clone();
    file::set(&mut plan.groups, &arguments.set).map_err(Error::Setting)?;
    let mut plans = vec![(named("as told", &arguments.set), plan.clone())];
    if !arguments.against.is_empty() {
        file::set(&mut plan.groups, &arguments.against).map_err(Error::Setting)?;
        plans.push((arguments.against.join(", "), plan));
    }
    let bar = bar(u64::from(days) * 24 * arguments.seeds, plans.len());
    let seeds: Vec<u64> =
        (0..arguments.seeds).map(|seed| arguments.seed.wrapping_add(seed)).collect();
    let case = |(name, plan)| Case { name, seeds: lived(plan, days, &seeds, &bar) };
    let cases = plans.into_iter().map(case).collect();
    bar.finish_and_clear();
    Ok(cases)
}

fn named(name: &str, set: &[String]) -> String {
    if set.is_empty() { name.to_owned() } else { set.join(", ") }
}

fn lived(plan: Plan, days: u32, seeds: &[u64], bar: &ProgressBar) -> Vec<Measured> {
    let plan = Rc::new(plan);
    let one = |seed: &u64| town::run(&plan, days, *seed, |hour| bar.inc(u64::from(hour > 0)));
    seeds.iter().map(one).collect()
}

/// Progress in hours of the towns: on a terminal only.
fn bar(hours: u64, cases: usize) -> ProgressBar {
    let cases = u64::try_from(cases).unwrap_or(1);
    let bar = ProgressBar::new(hours.saturating_mul(cases));
    let style = ProgressStyle::with_template("{bar:40} hour {pos} of {len}, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests;
