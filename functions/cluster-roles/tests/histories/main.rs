//! Histories of a stack: created, updated, renamed, rolled back, deleted; each request doubled, faulted, and dying at any
//! await. What is checked in all of them stands in `check`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests are not seen as tests"
)]

mod asked;
mod cloudformation;
mod crashes;
mod ends;
mod iam;
mod rows;
mod scenes;
mod stated;

use cloudformation::{Answer, Stack};
use stated::{foreign, properties};

/// One history, from its seed. Checks S25, S26, S27, S29, S30, S33, S34, S35.
fn play(seed: u64, faults: u32) {
    let mut stack = Stack::new(seed, faults);
    // Somebody else's role, of a name of our kind; now and then of the very name of one of ours.
    let taken = stack.world.chance(100);
    let name = Stack::name_of(&properties(0), if taken { "ECSRole" } else { "Theirs" });
    stack.world.now.borrow_mut().roles.insert(name.clone(), foreign());

    let first = stack.world.pick(10);
    let created = if stack.world.chance(150) {
        stack.create_and_cancel(properties(first));
        None
    } else {
        Some(stack.create(properties(first)))
    };
    if let Some(Answer::Success { .. }) = created {
        assert!(first < 9, "seed {seed}: an unknown property was taken");
        stack.is_as_asked(&properties(first));
        for _ in 0..stack.world.pick(4) {
            let next = stack.world.pick(10);
            let before = stack.documents();
            match stack.update(properties(next)) {
                Answer::Success { .. } => stack.is_as_asked(&properties(next)),
                Answer::Failed { .. } => assert_eq!(stack.documents(), before, "seed {seed}: S34"),
            }
        }
    }
    stack.delete();
    stack.nothing_is_left();
    assert_eq!(stack.world.now.borrow().roles.get(&name), Some(&foreign()), "seed {seed}: S29");
}

#[test]
fn ten_thousand_histories_end_as_they_should_and_every_request_is_answered() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let seeds = (first..10_000).step_by(threads);
            scope.spawn(|| {
                for seed in seeds {
                    // A third without faults, a third with some, a third with many.
                    play(u64::try_from(seed).unwrap(), [0, 30, 150][seed % 3]);
                }
            });
        }
    });
}

/// Checks S25, S33: whichever await a Create dies at, and whichever its Delete comes in at.
#[test]
fn a_create_that_dies_or_is_cancelled_at_any_await_leaves_nothing_behind() {
    for awaits in 0..400 {
        let mut stack = Stack::new(1, 0);
        let over = stack.create_dying_at(properties(3), awaits);
        stack.is_as_asked(&properties(3));
        stack.delete();
        stack.nothing_is_left();

        let mut stack = Stack::new(1, 0);
        let done = stack.create_cancelled_at(properties(3), awaits);
        stack.nothing_is_left();
        if over && done {
            return;
        }
    }
    panic!("a Create has no more than 400 awaits");
}

/// Checks S25, S30, S33, S34.
#[test]
fn a_crash_at_any_await_of_any_request_is_made_good() {
    let crashed = crashes::all(false);
    assert_eq!(crashed.failures, [""; 0]);
    assert_eq!((crashed.answers, crashed.not_restored, crashed.twice), (0, 0, 0));
    assert_eq!(crashed.unreached(), [""; 0]);
    assert!(crashed.scenes > 60 && crashed.awaits > 1_000, "{crashed:?}");
    assert_eq!(crashed.before + crashed.after, crashed.awaits);
    assert!(crashed.again >= crashed.awaits && crashed.searched > 100_000, "{crashed:?}");
}

#[test]
fn flaws_that_show_only_in_a_crash_are_found() {
    for flaw in iam::Flaw::ALL {
        assert!(crashes::with_flaw(flaw) > 0, "{flaw:?}");
    }
}
