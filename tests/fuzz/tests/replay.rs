//! Each target on its corpus, and on changes of it.

use fuzz::{TARGETS, Target, changed, folders, seeds};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is asked of the allocator is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// What is wrong with what a target did on these bytes, if anything.
fn wrong(target: &Target, bytes: &[u8]) -> Option<String> {
    let region = Region::new(COUNTED);
    let well = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let asked = region.change().bytes_allocated;
    let most = target.whatever + target.per_byte * bytes.len();
    match well {
        // What it was, the panic itself has told.
        Err(_) => Some("it panics".to_owned()),
        Ok(()) if asked > most => {
            Some(format!("{asked} bytes are allocated for {}, and {most} are enough", bytes.len()))
        }
        Ok(()) => None,
    }
}

#[test]
fn every_input_of_the_corpus_is_borne() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    for target in &TARGETS {
        for (name, bytes) in seeds(target) {
            let why = wrong(target, &bytes);
            found.extend(why.map(|why| format!("corpus/{}/{name}: {why}", target.name)));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn changes_of_the_corpus_are_borne_too() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    for target in &TARGETS {
        let seeds = seeds(target);
        for number in 0..4_000 {
            let bytes = changed(&seeds, number, target.most);
            if let Some(why) = wrong(target, &bytes) {
                let text: String = String::from_utf8_lossy(&bytes).chars().take(300).collect();
                found.push(format!("{} {number}: {why}: {text}", target.name));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_panic_and_a_waste_are_found() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let bait = |run: fn(&[u8])| Target { name: "bait", per_byte: 1, run, ..TARGETS[0] };
    assert!(wrong(&bait(|_| ()), b"x").is_none());
    assert!(wrong(&bait(|bytes| assert!(bytes.is_empty())), b"x").is_some());
    let waste = |_: &[u8]| drop(std::hint::black_box(vec![0_u8; 64 << 20]));
    assert!(wrong(&bait(waste), b"x").is_some());
}

#[test]
fn a_corpus_is_there_for_each_target_and_all_of_it_is_small() {
    let mut all = 0;
    for target in &TARGETS {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{}", target.name);
        assert!(seeds.iter().any(|(_, bytes)| bytes.len() <= target.most), "{}", target.name);
        all += seeds.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        assert!(folders(target).iter().all(|folder| folder.is_dir()), "{}", target.name);
    }
    assert!(all <= 1_000_000, "{all} bytes");
}

#[test]
fn the_same_number_is_the_same_change() {
    let seeds = seeds(&TARGETS[0]);
    assert_eq!(changed(&seeds, 7, 999), changed(&seeds, 7, 999));
    assert_ne!(changed(&seeds, 7, 999), changed(&seeds, 8, 999));
}
