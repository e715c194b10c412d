//! Every history of one host, some of two, and the bugs that must be found.

use model::{Bug, check, worlds};

// Checks S1, S2, S3, S4, S5, S6, S7, S8, S13, S14, S15, S16, L1, L2, L3, L4.
#[test]
fn no_history_breaks_a_promise() {
    let small = worlds::all(false).into_iter().map(|(world, setup)| {
        // What the long way round takes, `cargo xtask model` goes.
        (world, model::Setup { bound: Some(200_000), ..setup })
    });
    for (world, setup) in small {
        let found = check(setup).expect("the model's names are names");
        let told = model::table::history(&found);
        assert!(found.broken.is_none(), "{} hosts, {world}:\n{told}", setup.hosts);
    }
}

// Checks S22: an event comes at any time here, often, late or never; so what holds, holds for all of that.
#[test]
fn each_planted_bug_breaks_a_promise_that_it_should() {
    for (bug, what, rules) in Bug::ALL {
        let found = check(worlds::of(*bug)).expect("the model's names are names");
        let (rule, _) = found.broken.unwrap_or_else(|| panic!("not found: {what}"));
        assert!(rules.split(' ').any(|one| one == rule), "{bug:?} breaks {rule}");
    }
}
