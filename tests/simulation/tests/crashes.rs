//! A crash anywhere: awaits of the invocations of a scene are each once the last one. `cargo xtask crashes` plays them all.

use simulation::crash::{self, Options};
use simulation::report;
use std::io::Write;

// Checks S22: every promise at every write, and at rest the truth that there is without a crash.
#[test]
fn a_crash_at_any_await_of_any_function_is_made_good() {
    let crashed = crash::all(&Options { every: 9, ..Options::default() });
    let _ = writeln!(std::io::stdout(), "\n{}\n", crash::table(&crashed));
    assert!(crashed.failures.is_empty(), "{}", crashed.failures.join("\n"));
    assert_eq!(crashed.wrong(), 0);
    assert_eq!(crashed.functions.len(), 6);
    assert_eq!(crashed.unreached(&report::used(0, 100)), crash::UNPLAYED);
}

#[test]
fn flaws_that_show_only_in_a_crash_are_found() {
    for (flaw, what, found) in crash::planted() {
        assert!(found > 0, "{flaw:?}: {what}");
    }
}
