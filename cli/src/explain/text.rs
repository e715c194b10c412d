//! The story as text, at a hundred columns.

use super::story::{Deed, Kind, Outcome, Row, Story};
use crate::out::{BAD, BOLD, DID, DIM, GOOD};
use crate::span;
use anstyle::Style;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const WIDTH: usize = 100;

/// Where the last column begins: after the time, the time since the launch, the function and the phase.
const INDENT: usize = 50;

/// A piece of text with a style.
type Piece = (Style, String);

/// The lines of a story.
pub(super) fn lines(story: &Story) -> Vec<String> {
    let mut lines = head(story);
    let mut day: Option<Date> = None;
    for row in &story.rows {
        let at = row.at.to_zoned(TimeZone::UTC);
        if day != Some(at.date()) {
            day = Some(at.date());
            lines.push(String::new());
            lines.push(format!("{BOLD}{} UTC{BOLD:#}", at.date()));
        }
        lines.extend(row_lines(story, row));
    }
    lines
}

fn head(story: &Story) -> Vec<String> {
    let Story { host, group, cluster, launched, begins, ends, records, stays, .. } = story;
    let of = |what: &str, name: &Option<String>| {
        name.as_ref().map(|name| format!(", {what} {name}")).unwrap_or_default()
    };
    let (group, cluster) = (of("group", group), of("cluster", cluster));
    let word = if launched.is_some() { "launch hook" } else { "first seen" };
    let long = span::short(story.since(*ends));
    let mut lines = vec![
        format!("{BOLD}{host}{BOLD:#}{group}{cluster}"),
        format!("{word} {begins}, last seen {ends}, {long} later; told from {records} records"),
    ];
    lines.extend(wrapped("", &story.ending(), WIDTH));
    let phases: Vec<String> = stays
        .iter()
        .map(|stay| format!("{} {} ({})", clock(stay.from), stay.phase, span::short(stay.long())))
        .collect();
    lines.extend(wrapped("phases: ", &phases.join(" → "), WIDTH));
    if let Some(cause) = story.cause() {
        let perhaps = if cause.certain { "" } else { "perhaps " };
        let why = format!("{perhaps}{}: {}", cause.check, cause.evidence);
        lines.extend(styled(BAD, wrapped("why it did not join: ", &why, WIDTH)));
        lines.extend(styled(GOOD, wrapped("remedy: ", &cause.remedy, WIDTH)));
    }
    lines
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .time()
        .round(jiff::Unit::Second)
        .map_or_else(|_| at.to_string(), |time| time.to_string())
}

fn row_lines(story: &Story, row: &Row) -> Vec<String> {
    let since = format!("+{}", span::short(story.since(row.at)));
    let function = row.functions.first().map(String::as_str).unwrap_or_default();
    let phase = row.phase.as_deref().unwrap_or_default();
    let style = match row.kind() {
        Kind::Failed | Kind::Took => BAD,
        Kind::Did => DID,
        Kind::Waited => DIM,
    };
    let before = format!(
        "{}{DIM}{since:>9}{DIM:#}  {style}{function:<17}{style:#}  {phase:<11} ",
        clock(row.at)
    );
    let mut lines: Vec<String> = Vec::new();
    for (style, text) in pieces(row) {
        for line in wrapped("", &text, WIDTH.saturating_sub(INDENT)) {
            let before = if lines.is_empty() { before.clone() } else { " ".repeat(INDENT) };
            lines.push(format!("{before}{style}{line}{style:#}").trim_end().to_owned());
        }
    }
    // What is to be copied is not broken.
    let remedies = row.deeds.iter().filter_map(|deed| deed.remedy.as_ref());
    lines.extend(remedies.map(|remedy| format!("          {GOOD}remedy: {remedy}{GOOD:#}")));
    lines
}

/// What a row says, piece by piece.
fn pieces(row: &Row) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if !row.woken_by.is_empty() {
        pieces.push((DIM, format!("on {}", row.woken_by.join(", "))));
    }
    for (at, deed) in row.deeds.iter().enumerate() {
        pieces.extend(of_deed(deed, row.deeds.get(at.saturating_add(1))));
    }
    if row.reads_only {
        pieces.push((DIM, "the event was too old to act on: it was only looked at".to_owned()));
    }
    if let Some(hold) = &row.hold {
        let then = if row.deeds.is_empty() { "left alone" } else { "then" };
        pieces.push((DIM, format!("{then}: {hold}")));
    }
    if !row.told.is_empty() {
        pieces.push((DIM, format!("told others: {}", row.told.join(", "))));
    }
    if row.times > 1 {
        let several = row.functions.len() > 1;
        let whose =
            if several { format!(" ({})", row.functions.join(", ")) } else { String::new() };
        pieces.push((DIM, format!("× {} until {}{whose}", row.times, clock(row.until))));
    }
    if pieces.is_empty() {
        pieces.push((DIM, "nothing is told".to_owned()));
    }
    pieces
}

fn of_deed(deed: &Deed, next: Option<&Deed>) -> Vec<Piece> {
    let style = match deed.outcome {
        Outcome::Done => GOOD,
        Outcome::Failed(_) => BAD,
        _ => DIM,
    };
    let mut pieces = vec![(style, format!("{}: {}", deed.what, deed.outcome))];
    // The same reason is told once.
    if next.is_none_or(|next| next.because != deed.because) && !deed.because.is_empty() {
        pieces.push((Style::new(), format!("because {}", deed.because)));
    }
    pieces
}

fn styled(style: Style, lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| format!("{style}{line}{style:#}"))
}

/// Breaks a text at its spaces, and words that are longer than a line. Later lines are set in by two.
fn wrapped(label: &str, text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = label.to_owned();
    let mut long = label.chars().count();
    let mut fresh = true;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let room = long.saturating_add(word.len()).saturating_add(usize::from(!fresh));
        if room > width && !fresh {
            lines.push(std::mem::replace(&mut line, "  ".to_owned()));
            long = 2;
            fresh = true;
        }
        if !fresh {
            line.push(' ');
            long = long.saturating_add(1);
        }
        while long.saturating_add(word.len()) > width {
            let rest = word.split_off(width.saturating_sub(long).min(word.len()));
            line.extend(word);
            lines.push(std::mem::replace(&mut line, "  ".to_owned()));
            (word, long) = (rest, 2);
        }
        long = long.saturating_add(word.len());
        line.extend(word);
        fresh = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_its_spaces_and_a_word_where_it_must_be() {
        assert_eq!(wrapped("", "one two three", 8), ["one two", "  three"]);
        assert_eq!(wrapped("a: ", "abcdefghij", 8), ["a: abcde", "  fghij"]);
        assert_eq!(wrapped("", "", 8), [""]);
        let all = wrapped("why: ", &"subnet-0123456789abcdef0 ".repeat(20), 30);
        assert!(all.iter().all(|line| line.chars().count() <= 30), "{all:#?}");
    }
}
