//! The story as one page that needs nothing else: no network, no script.

mod figure;
mod scale;
mod table;

use super::story::Story;
use crate::html::Html;
use crate::span;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Should anything ever come through that is no text: no script, no picture, no address is followed.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<style>
"#;

/// The page of a story.
pub(super) fn page(story: &Story, searched: &str) -> String {
    let mut html = Html::default();
    html.raw(HEAD).raw(include_str!("page.css")).raw("</style>\n<title>").text(&story.host);
    html.raw(" – muster explain</title>\n<main>\n");
    header(story, &mut html);
    html.raw("<section class=\"figure\" aria-label=\"Over time\">\n");
    figure::draw(story, &mut html);
    html.raw("</section>\n");
    phases(story, &mut html);
    table::draw(story, &mut html);
    html.raw("<footer><p>Times are UTC, by AWS’s clock. Searched: ").text(searched);
    html.raw(".</p></footer>\n</main>\n</html>\n");
    html.finish()
}

fn header(story: &Story, html: &mut Html) {
    html.raw("<header>\n<h1>").text(&story.host).raw("</h1>\n<p class=\"ending\">");
    html.text(story.ending()).raw("</p>\n<dl>\n");
    let launched = if story.launched.is_some() { "launch hook" } else { "first seen" };
    let facts = [
        ("cluster", story.cluster.clone()),
        ("group", story.group.clone()),
        (launched, Some(story.begins.to_string())),
        ("last seen", Some(story.ends.to_string())),
        ("seen for", Some(span::short(story.since(story.ends)))),
        ("records", Some(story.records.to_string())),
    ];
    for (what, value) in facts {
        if let Some(value) = value {
            html.raw("<div><dt>").text(what).raw("</dt><dd>").text(value).raw("</dd></div>\n");
        }
    }
    html.raw("</dl>\n");
    if let Some(cause) = story.cause() {
        let perhaps = if cause.certain { "" } else { "perhaps " };
        html.raw("<div class=\"cause\"><p><strong>Why it did not join:</strong> ").text(perhaps);
        html.text(&cause.check).raw(". ").text(&cause.evidence).raw("</p>\n");
        html.raw("<p><strong>Remedy:</strong> ").text(&cause.remedy).raw("</p></div>\n");
    }
    html.raw("</header>\n");
}

/// The phases in words: what the band shows.
fn phases(story: &Story, html: &mut Html) {
    html.raw("<ol class=\"phases\">\n");
    for stay in &story.stays {
        html.raw("<li class=\"").raw(tone(&stay.phase)).raw("\"><i></i>").text(&stay.phase);
        html.raw(" <span>").text(clock(stay.from)).raw(", ").text(span::short(stay.long()));
        html.raw("</span></li>\n");
    }
    html.raw("</ol>\n");
}

/// The colour of a phase.
fn tone(phase: &str) -> &'static str {
    match phase {
        "Launching" | "Registering" => "arriving",
        "Active" => "active",
        "AgentLost" => "lost",
        "Draining" => "draining",
        "Drained" => "drained",
        "Ghost" => "ghost",
        "Departed" => "departed",
        _ => "stray",
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The time of a day, in whole seconds.
fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string()
}
