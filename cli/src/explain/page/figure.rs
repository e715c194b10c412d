//! The picture: what was decided as marks over the phases as a band, and the tasks that were left.

use super::scale::Scale;
use super::{clock, date, tone};
use crate::explain::story::{Kind, Story};
use crate::html::Html;
use crate::span;

/// The picture's width, in its own units; the page stretches it.
const WIDTH: i64 = 1_000;
const LEFT: i64 = 14;
/// What happened last is drawn so far from the edge: the last phase goes on.
const RIGHT: i64 = 956;

/// Marks nearer than this stand over one another.
const APART: i64 = 26;
const LANES: usize = 6;
const LANE: i64 = 27;
const BAND: i64 = 36;
/// Times nearer than this to one another are not written.
const TIMES_APART: i64 = 66;
/// About what a letter takes.
const LETTER: i64 = 8;
const TASKS: i64 = 78;

/// Draws the picture.
pub(super) fn draw(story: &Story, html: &mut Html) {
    let rows = story.rows.iter().flat_map(|row| [row.at, row.until]);
    let scale = Scale::of(rows.chain([story.begins]).collect(), LEFT, RIGHT);
    let marks = marks(story, &scale);
    let lanes = marks.iter().map(|mark| mark.lane).max().map_or(0, |most| most.saturating_add(1));
    let top = whole(lanes).saturating_mul(LANE).saturating_add(14);
    let tasks = story.tasks();
    let height = top.saturating_add(BAND).saturating_add(34);
    let with_tasks = height.saturating_add(if tasks.is_empty() { 0 } else { TASKS + 26 });
    html.raw("<svg viewBox=\"0 0 ").text(WIDTH).raw(" ").text(with_tasks);
    html.raw("\" role=\"group\" aria-label=\"The phases of the host over time, and what was decided\">\n");
    band(story, &scale, top, html);
    times(story, &scale, top.saturating_add(BAND), html);
    for mark in &marks {
        draw_mark(mark, top, html);
    }
    if !tasks.is_empty() {
        draw_tasks(&tasks, &scale, height, html);
    }
    html.raw("</svg>\n");
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(0)
}

fn band(story: &Story, scale: &Scale, top: i64, html: &mut Html) {
    let last = story.stays.len().saturating_sub(1);
    for (number, stay) in story.stays.iter().enumerate() {
        let from = scale.at(stay.from);
        let to = if number == last { WIDTH.saturating_sub(LEFT) } else { scale.at(stay.to) };
        let wide = to.saturating_sub(from).max(3);
        html.raw("<g class=\"phase ").raw(tone(&stay.phase)).raw("\"><title>");
        html.text(&stay.phase).raw(", ").text(clock(stay.from)).raw(" to ").text(clock(stay.to));
        html.raw(", ").text(span::short(stay.long())).raw("</title>");
        rect(html, from, top, wide, BAND);
        if whole(stay.phase.chars().count()).saturating_mul(LETTER).saturating_add(12) < wide {
            label(html, "", from.saturating_add(8), top.saturating_add(23), &stay.phase);
        }
        html.raw("</g>\n");
    }
    for row in story.rows.iter().filter(|row| row.kind() == Kind::Waited) {
        let at = scale.at(row.at);
        line(html, "look", (at, top.saturating_add(BAND - 7)), (at, top.saturating_add(BAND)));
    }
    for (at, long) in &scale.cuts {
        html.raw("<g class=\"cut\"><title>").text(span::short(*long));
        html.raw(" in which nothing else was told, drawn shorter</title><path d=\"M");
        html.text(at.saturating_sub(5))
            .raw(" ")
            .text(top.saturating_sub(2))
            .raw("l10 13l-10 13l10 13\"/>");
        html.raw("</g>\n");
    }
}

/// The times at which phases began, and the last one; with its date, where that is another than the one before.
fn times(story: &Story, scale: &Scale, top: i64, html: &mut Html) {
    let mut free = i64::MIN;
    let mut day = date(story.begins);
    let all = story.stays.iter().map(|stay| stay.from).chain([story.ends]);
    for at in std::iter::once(story.begins).chain(all) {
        let place = scale.at(at);
        if place < free {
            continue;
        }
        let dated = day != date(at);
        day = date(at);
        let told = if dated { format!("{day} {}", clock(at)) } else { clock(at) };
        let wide = if dated { TIMES_APART.saturating_mul(2) } else { TIMES_APART };
        free = place.saturating_add(wide);
        line(html, "tick", (place, top), (place, top.saturating_add(6)));
        let anchor = if free > WIDTH { "time last" } else { "time" };
        label(html, anchor, place, top.saturating_add(20), &told);
    }
}

/// A row that did something.
struct Mark {
    number: usize,
    at: i64,
    lane: usize,
    kind: Kind,
    title: String,
}

fn marks(story: &Story, scale: &Scale) -> Vec<Mark> {
    let mut ends: Vec<i64> = Vec::new();
    let mut marks = Vec::new();
    for (number, row) in (1_usize..).zip(&story.rows) {
        let kind = row.kind();
        if kind == Kind::Waited {
            continue;
        }
        let at = scale.at(row.at);
        let free = ends.iter().position(|end| *end <= at);
        let lane = free.unwrap_or(if ends.len() < LANES { ends.len() } else { LANES - 1 });
        let end = at.saturating_add(APART);
        match ends.get_mut(lane) {
            Some(there) => *there = end,
            None => ends.push(end),
        }
        let what: Vec<String> =
            row.deeds.iter().map(|deed| format!("{}: {}", deed.what, deed.outcome)).collect();
        let title = format!("{} {}", clock(row.at), what.join("; "));
        marks.push(Mark { number, at, lane, kind, title });
    }
    marks
}

fn draw_mark(mark: &Mark, top: i64, html: &mut Html) {
    let high = whole(mark.lane).saturating_mul(LANE).saturating_add(LANE / 2).saturating_add(4);
    let y = top.saturating_sub(high);
    let class = match mark.kind {
        Kind::Failed => "mark failed",
        Kind::Took => "mark took",
        Kind::Did | Kind::Waited => "mark did",
    };
    html.raw("<a class=\"").raw(class).raw("\" id=\"m").text(mark.number);
    html.raw("\" href=\"#r").text(mark.number).raw("\"><title>").text(&mark.title).raw("</title>");
    line(html, "stem", (mark.at, y), (mark.at, top.saturating_add(4)));
    html.raw("<circle cx=\"").text(mark.at).raw("\" cy=\"").text(y).raw("\" r=\"11\"/>");
    label(html, "", mark.at, y.saturating_add(4), &mark.number.to_string());
    html.raw("</a>\n");
}

fn draw_tasks(tasks: &[(jiff::Timestamp, u32)], scale: &Scale, top: i64, html: &mut Html) {
    let most = tasks.iter().map(|(_, left)| i64::from(*left)).max().unwrap_or(0).max(1);
    let floor = top.saturating_add(TASKS);
    let high = |left: u32| {
        let up = i64::from(left).saturating_mul(TASKS - 34).checked_div(most).unwrap_or(0);
        floor.saturating_sub(up)
    };
    label(html, "what", LEFT, top.saturating_add(18), "tasks left");
    line(html, "axis", (LEFT, floor), (WIDTH.saturating_sub(LEFT), floor));
    html.raw("<path class=\"tasks\" d=\"");
    for (number, (at, left)) in tasks.iter().enumerate() {
        let (x, y) = (scale.at(*at), high(*left));
        if number == 0 {
            html.raw("M").text(x).raw(" ").text(floor);
        } else {
            html.raw("H").text(x);
        }
        html.raw("V").text(y);
    }
    html.raw("H").text(WIDTH.saturating_sub(LEFT)).raw("\"/>\n");
    let mut free = i64::MIN;
    for (at, left) in tasks {
        let x = scale.at(*at);
        if x >= free {
            free = x.saturating_add(20);
            label(
                html,
                "count",
                x.saturating_add(4),
                high(*left).saturating_sub(4),
                &left.to_string(),
            );
        }
    }
}

fn rect(html: &mut Html, x: i64, y: i64, wide: i64, high: i64) {
    html.raw("<rect x=\"").text(x).raw("\" y=\"").text(y).raw("\" width=\"").text(wide);
    html.raw("\" height=\"").text(high).raw("\"/>");
}

fn line(html: &mut Html, class: &'static str, from: (i64, i64), to: (i64, i64)) {
    html.raw("<line class=\"").raw(class).raw("\" x1=\"").text(from.0).raw("\" y1=\"").text(from.1);
    html.raw("\" x2=\"").text(to.0).raw("\" y2=\"").text(to.1).raw("\"/>");
}

fn label(html: &mut Html, class: &'static str, x: i64, y: i64, text: &str) {
    html.raw("<text class=\"").raw(class).raw("\" x=\"").text(x).raw("\" y=\"").text(y).raw("\">");
    html.text(text).raw("</text>");
}
