//! The promises of `PROMISES.md`: each is kept somewhere in the code and checked somewhere in a test.
//!
//! Code says `Keeps S8.` where it keeps one, a test says `Checks S8.` where it would find it broken.

use crate::tree::{files, text};
use std::collections::BTreeSet;

/// Promises that no code claims to keep yet, or that no test checks yet; and why.
const NOT_YET: &[(&[&str], &str)] = &[
    (
        &["S10", "S22", "L1", "L2", "L3", "L4", "L11"],
        "no line of code keeps it by itself: it follows from the judgements together, and the simulation checks it",
    ),
    (
        &["S32", "S34", "L8"],
        "no line of code keeps it by itself: the histories of the custom resource, and what is asked of it, check it",
    ),
    (&["S37"], "serde_json writes no raw control character; the simulation looks at every record"),
    (&["L6", "L10"], "bounds in time, checked by the simulation and the story"),
];

/// The promises that a text names after this word: `Keeps S1, S2:` or `keeps S1 and S2`.
fn named(text: &str, word: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| line.contains("//")) {
        let lower = line.to_lowercase();
        for (at, _) in lower.match_indices(word) {
            let rest = &line[at + word.len()..];
            found.extend(numbers(rest));
        }
    }
    found
}

/// The list that a text begins with.
fn numbers(text: &str) -> Vec<String> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty() && *word != "and");
    let mut found = Vec::new();
    for word in words {
        let bare = word.trim_end_matches([':', '.', ';', ')']);
        if !is_number(bare) {
            break;
        }
        found.push(bare.to_owned());
        if bare != word {
            break;
        }
    }
    found
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['S', 'L']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The promises made: the lines `**S1** …` of the list.
fn promised() -> BTreeSet<String> {
    let lines = text("PROMISES.md");
    let heads = lines.lines().filter_map(|line| line.strip_prefix("**")?.split_once("**"));
    heads.map(|(number, _)| number.to_owned()).filter(|number| is_number(number)).collect()
}

fn in_code(word: &str, files_of: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let of = files(&["rs"]).into_iter().filter(|file| files_of(file));
    // What this crate says of itself is no promise.
    let of = of.filter(|file| !file.starts_with("tests/house/src/promises"));
    of.flat_map(|file| named(&text(&file), word)).collect()
}

fn kept() -> BTreeSet<String> {
    in_code("keeps ", |file| !file.starts_with("tests/"))
}

fn checked() -> BTreeSet<String> {
    in_code("checks ", |_| true)
}

/// What is not in both lists, but for the exceptions; and the exceptions that are in both.
fn complaints(
    promised: &BTreeSet<String>,
    kept: &BTreeSet<String>,
    checked: &BTreeSet<String>,
    excepted: &BTreeSet<String>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for one in promised {
        match (kept.contains(one), checked.contains(one), excepted.contains(one)) {
            (true, true, true) => complaints.push(format!("{one} is no exception any more")),
            (false, _, false) => complaints.push(format!("no code says that it keeps {one}")),
            (true, false, false) => complaints.push(format!("no test says that it checks {one}")),
            (true, true, false) | (_, false, true) | (false, true, true) => {}
        }
    }
    complaints
}

#[test]
fn only_what_is_promised_is_kept_or_checked() {
    let promised = promised();
    assert_eq!(promised.len(), 49);
    for said in [kept(), checked()] {
        let unknown: Vec<_> = said.difference(&promised).collect();
        assert!(unknown.is_empty(), "not in PROMISES.md: {unknown:?}");
    }
}

#[test]
fn what_is_promised_is_kept_and_what_is_kept_is_checked() {
    assert!(NOT_YET.iter().all(|(_, why)| why.len() > 20), "an exception needs a reason");
    let excepted = NOT_YET.iter().flat_map(|(numbers, _)| *numbers).map(|one| (*one).to_owned());
    let complaints = complaints(&promised(), &kept(), &checked(), &excepted.collect());
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn numbers_are_read_from_comments_as_people_write_them() {
    let read = |text: &str| named(text, "keeps ").into_iter().collect::<Vec<_>>();
    assert_eq!(read("// Keeps S1, S2: EC2 must say so"), ["S1", "S2"]);
    assert_eq!(read("/// never zero (keeps S21);"), ["S21"]);
    assert_eq!(read("// Keeps S17 and L3."), ["L3", "S17"]);
    assert_eq!(read("// It keeps Some(order)."), [""; 0]);
    assert_eq!(read("let keeps = S1;"), [""; 0]);
}

#[test]
fn an_unkept_an_unchecked_promise_and_a_needless_exception_are_found() {
    let set = |names: &[&str]| names.iter().map(|one| (*one).to_owned()).collect();
    let told = complaints(
        &set(&["S1", "S2", "S3", "S4", "S5"]),
        &set(&["S2", "S3", "S4"]),
        &set(&["S3", "S4"]),
        &set(&["S4", "S5"]),
    );
    let expected = [
        "no code says that it keeps S1",
        "no test says that it checks S2",
        "S4 is no exception any more",
    ];
    assert_eq!(told, expected);
}
