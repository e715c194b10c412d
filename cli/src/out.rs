//! Where everything that is printed goes through. A closed pipe is no fault of ours.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::Write;

/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What holds.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What does not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What a function did.
pub(crate) const DID: Style = AnsiColor::Cyan.on_default();
/// What a person did.
pub(crate) const HAND: Style = AnsiColor::Yellow.on_default();

/// A line of output.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Why the command failed.
pub(crate) fn fault(text: &str) {
    let _ = writeln!(anstream::stderr(), "{BAD}muster:{BAD:#} {text}");
}

/// What goes on meanwhile, for a person who waits.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{DIM}{text}{DIM:#}");
}

/// Clears a terminal's screen; nothing elsewhere.
pub(crate) fn clear() {
    let mut out = anstream::stdout();
    let _ = write!(out, "\x1b[H\x1b[2J\x1b[3J");
}
