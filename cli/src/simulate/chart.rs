//! Charts as inline SVG. Their colours are the page's, so that they follow light and dark.

use std::fmt::Write as _;

/// How wide and high a chart is drawn.
const WIDTH: f64 = 1_100.0;
const HEIGHT: f64 = 240.0;
/// Room for the scale, and for the days.
const LEFT: f64 = 52.0;
const BELOW: f64 = 24.0;
/// So many points of a line are told apart.
const POINTS: usize = 1_000;

/// A line of a chart.
pub(super) struct Line<'a> {
    /// Its class in the page's style.
    pub(super) class: &'a str,
    /// A value a minute.
    pub(super) values: Vec<u32>,
}

/// Lines over the days.
pub(super) fn lines(label: &str, all: &[Line<'_>], days: u32) -> String {
    let most = all.iter().flat_map(|line| &line.values).copied().max().unwrap_or(0);
    let top = top(most);
    let mut svg = open(label, HEIGHT);
    for part in 0..=4 {
        let value = f64::from(top) * f64::from(part) / 4.0;
        let y = height(value, top);
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}"/><text x="{x}" y="{ty:.1}" text-anchor="end">{value}</text>"#,
            x = LEFT - 6.0,
            ty = y + 4.0,
        );
    }
    svg.push_str(&axis(days, HEIGHT));
    for line in all {
        let _ = write!(svg, r#"<polyline class="{}" points="{}"/>"#, line.class, points(line, top));
    }
    svg.push_str("</svg>");
    svg
}

/// A row of ticks for each kind of event, with its name.
pub(super) fn ticks(label: &str, rows: &[(&str, Vec<f64>)], days: u32) -> String {
    let high = 26.0 * f64::from(u32::try_from(rows.len()).unwrap_or(1)) + BELOW;
    let mut svg = open(label, high);
    svg.push_str(&axis(days, high));
    let mut y = 0.0;
    for (name, hours) in rows {
        let _ = write!(svg, r#"<text class="name" x="{LEFT}" y="{:.0}">{name}</text>"#, y + 12.0);
        for hour in hours {
            let x = across(*hour, days);
            let _ = write!(
                svg,
                r#"<line class="event" x1="{x:.1}" x2="{x:.1}" y1="{:.0}" y2="{:.0}"/>"#,
                y + 15.0,
                y + 25.0
            );
        }
        y += 26.0;
    }
    svg.push_str("</svg>");
    svg
}

fn open(label: &str, high: f64) -> String {
    format!(r#"<svg viewBox="0 0 {} {high}" role="img" aria-label="{label}">"#, WIDTH + 10.0)
}

/// The beginning of each day.
fn axis(days: u32, high: f64) -> String {
    let mut svg = String::new();
    let base = high - BELOW;
    for day in 0..days {
        let x = across(f64::from(day) * 24.0, days);
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="0" y2="{base:.0}"/><text x="{tx:.1}" y="{ty:.0}">day {}</text>"#,
            day + 1,
            tx = x + 4.0,
            ty = high - 8.0,
        );
    }
    svg
}

fn across(hour: f64, days: u32) -> f64 {
    LEFT + (WIDTH - LEFT) * hour / (f64::from(days) * 24.0)
}

fn height(value: f64, top: u32) -> f64 {
    let high = HEIGHT - BELOW - 8.0;
    8.0 + high * (1.0 - value / f64::from(top))
}

/// The greatest of each few minutes, so that no peak is lost.
fn points(line: &Line<'_>, top: u32) -> String {
    let each = line.values.len().div_ceil(POINTS).max(1);
    let count = float(line.values.len().max(1));
    let mut points = String::new();
    for (at, few) in line.values.chunks(each).enumerate() {
        let most = few.iter().copied().max().unwrap_or(0);
        let x = LEFT + (WIDTH - LEFT) * float(at * each) / count;
        let _ = write!(points, "{x:.1},{:.1} ", height(f64::from(most), top));
    }
    points
}

/// A round number at or above, in four even parts.
fn top(most: u32) -> u32 {
    let mut step = 1;
    while step * 4 < most {
        let leading = step.to_string();
        step = if leading.starts_with('2') { step / 2 * 5 } else { step * 2 };
    }
    step * 4
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
