//! The rows below the picture.

use super::{clock, date, tone};
use crate::explain::story::{Deed, Kind, Outcome, Row, Story};
use crate::html::Html;
use crate::span;
use jiff::civil::Date;

/// So many looks in a row that left it alone are shown as they are; more are folded.
const SHOWN: usize = 1;

/// Draws the table: what was done in rows, why nothing was done folded between them.
pub(super) fn draw(story: &Story, html: &mut Html) {
    html.raw(
        "<div class=\"wide\"><table>\n<thead><tr><th>#</th><th>time</th><th>since launch</th>",
    );
    html.raw("<th>function</th><th>saw</th><th>did, and what came of it</th><th>because</th></tr></thead>\n");
    let mut day: Option<Date> = None;
    let mut rows = (1_usize..).zip(&story.rows).peekable();
    html.raw("<tbody>\n");
    while let Some((number, row)) = rows.next() {
        let today = date(row.at);
        if day.replace(today) != Some(today) {
            html.raw("<tr class=\"day\"><th colspan=\"7\" scope=\"rowgroup\">").text(today);
            html.raw("</th></tr>\n");
        }
        if row.kind() != Kind::Waited {
            deeds(story, number, row, html);
            continue;
        }
        let mut waits = vec![(number, row)];
        while let Some(next) =
            rows.next_if(|(_, row)| row.kind() == Kind::Waited && date(row.at) == today)
        {
            waits.push(next);
        }
        folded(story, &waits, html);
    }
    html.raw("</tbody>\n</table></div>\n");
}

fn deeds(story: &Story, number: usize, row: &Row, html: &mut Html) {
    let class = match row.kind() {
        Kind::Failed => "failed",
        Kind::Took => "took",
        Kind::Did | Kind::Waited => "did",
    };
    html.raw("<tr class=\"").raw(class).raw("\" id=\"r").text(number).raw("\"><td><a href=\"#m");
    html.text(number).raw("\">").text(number).raw("</a></td>");
    begin(story, row, html);
    html.raw("<td><ul>");
    for deed in &row.deeds {
        html.raw("<li>").text(&deed.what).raw(" <b class=\"").raw(how(&deed.outcome)).raw("\">");
        html.text(&deed.outcome).raw("</b>");
        if let Some(remedy) = &deed.remedy {
            html.raw("<p class=\"remedy\">").text(remedy).raw("</p>");
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
    if !row.told.is_empty() {
        html.raw("<p class=\"small\">told others: ").text(row.told.join(", ")).raw("</p>");
    }
    html.raw("</td><td>");
    let mut told: Option<&str> = None;
    for Deed { because, .. } in &row.deeds {
        if told.replace(because) != Some(because) {
            html.raw("<p>").text(because).raw("</p>");
        }
    }
    if let Some(hold) = &row.hold {
        html.raw("<p class=\"small\">then: ").text(hold).raw("</p>");
    }
    if let Some(cause) = &row.cause {
        // The page begins with what was seen of it.
        html.raw("<p class=\"small\">why it did not join: ").text(&cause.check).raw("</p>");
    }
    html.raw("</td></tr>\n");
}

/// The time, the function, and what it saw.
fn begin(story: &Story, row: &Row, html: &mut Html) {
    html.raw("<td class=\"time\">").text(clock(row.at));
    repeated(row, html);
    html.raw("</td><td class=\"time\">+").text(span::short(story.since(row.at))).raw("</td><td>");
    html.text(row.functions.join(", ")).raw("<p class=\"small\">").text(row.woken_by.join(", "));
    html.raw("</p></td><td>");
    if let Some(phase) = &row.phase {
        html.raw("<span class=\"chip ")
            .raw(tone(phase))
            .raw("\"><i></i>")
            .text(phase)
            .raw("</span>");
    }
    html.raw("</td>");
}

fn repeated(row: &Row, html: &mut Html) {
    if row.times > 1 {
        html.raw("<p class=\"small\">× ").text(row.times).raw(" until ").text(clock(row.until));
        html.raw("</p>");
    }
}

fn how(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Failed(_) => "bad",
        Outcome::AlreadySo | Outcome::ChangedMeanwhile | Outcome::NotTried => "other",
    }
}

/// Why nothing was done: the first reason, and all of them behind it.
fn folded(story: &Story, waits: &[(usize, &Row)], html: &mut Html) {
    if waits.len() <= SHOWN {
        for (number, row) in waits {
            html.raw("<tr class=\"waits\" id=\"r")
                .text(number)
                .raw("\"><td>")
                .text(number)
                .raw("</td>");
            begin(story, row, html);
            html.raw("<td class=\"nothing\">left alone</td><td>");
            reason(row, html);
            html.raw("</td></tr>\n");
        }
        return;
    }
    let (Some((_, first)), Some((_, last))) = (waits.first(), waits.last()) else { return };
    let looks = waits.iter().map(|(_, row)| row.times).fold(0, u32::saturating_add);
    html.raw("<tr class=\"waits\"><td></td><td class=\"time\">").text(clock(first.at));
    html.raw("</td><td class=\"time\">+").text(span::short(story.since(first.at)));
    html.raw("</td><td colspan=\"4\"><details><summary>left alone by ").text(looks);
    html.raw(" looks until ").text(clock(last.until)).raw(": ");
    html.text(reasons(waits)).raw("</summary>\n<ol>\n");
    for (number, row) in waits {
        html.raw("<li id=\"r").text(number).raw("\" value=\"").text(number).raw("\">");
        html.text(clock(row.at)).raw(" ").text(row.functions.join(", ")).raw(" ");
        if let Some(phase) = &row.phase {
            html.raw("<span class=\"chip ").raw(tone(phase)).raw("\"><i></i>").text(phase);
            html.raw("</span> ");
        }
        reason(row, html);
        repeated(row, html);
        html.raw("</li>\n");
    }
    html.raw("</ol></details></td></tr>\n");
}

/// The first reason and the last, and whether there were others between them.
fn reasons(waits: &[(usize, &Row)]) -> String {
    let mut all: Vec<&str> = waits.iter().filter_map(|(_, row)| row.hold.as_deref()).collect();
    all.dedup();
    match all.as_slice() {
        [] => "no reason is told".to_owned(),
        [one] => (*one).to_owned(),
        [first, last] => format!("{first} → {last}"),
        [first, .., last] => format!("{first} → … → {last}"),
    }
}

fn reason(row: &Row, html: &mut Html) {
    if row.reads_only {
        html.raw("the event was too old to act on: it was only looked at; ");
    }
    html.text(row.hold.as_deref().unwrap_or("no reason is told"));
}
