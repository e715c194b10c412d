//! What the tests play: the corpus of a target, and changes of it, the same ones every time.

use super::Target;
use fastrand::Rng;
use std::path::PathBuf;

/// The project's root.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the inputs of a target stand: its own folder first.
#[must_use]
pub fn folders(target: &Target) -> Vec<PathBuf> {
    let own = root().join("tests/fuzz/corpus").join(target.name);
    std::iter::once(own).chain(target.also.iter().map(|one| root().join(one))).collect()
}

/// The target's inputs by name, in order.
#[must_use]
pub fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in folders(target) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        all.extend(entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some((name, std::fs::read(entry.path()).ok()?))
        }));
    }
    all.sort();
    all
}

/// Words that mean something to some parser.
const WORDS: [&str; 40] = [
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    " ",
    "0",
    "-1",
    "4294967296",
    "1e999",
    "null",
    "true",
    "*",
    "?",
    "${",
    "}",
    "!",
    "not ",
    "(",
    ")",
    "..",
    "/",
    "%",
    "\u{0}",
    "\u{7f}",
    "é",
    "\u{202e}",
    "\u{1f980}",
    "2026-03-04T05:00:00Z",
    "i-1234567890abcdef0",
    "arn:aws:",
    "\"Records\":[",
    "&a ",
    "*a",
    "=",
];

/// A change of one of the inputs, or of several: what it is follows from the number alone.
#[must_use]
pub fn changed(seeds: &[(String, Vec<u8>)], number: u64, most: usize) -> Vec<u8> {
    let mut chance = Rng::with_seed(number);
    let pick = |chance: &mut Rng| {
        let at = chance.usize(..seeds.len().max(1));
        seeds.get(at).map(|(_, bytes)| bytes.clone()).unwrap_or_default()
    };
    let mut bytes = pick(&mut chance);
    for _ in 0..chance.usize(1..=4) {
        let at = chance.usize(..=bytes.len());
        let to = bytes.len().min(at.saturating_add(chance.usize(..=24)));
        match chance.u8(..8) {
            0 => drop(bytes.drain(at..to)),
            1 => {
                let part: Vec<u8> = bytes.get(at..to).unwrap_or_default().to_vec();
                for _ in 0..chance.usize(1..=3) {
                    bytes.splice(at..at, part.iter().copied());
                }
            }
            2 | 3 => {
                let word = WORDS.get(chance.usize(..WORDS.len())).copied().unwrap_or_default();
                bytes.splice(at..at, word.bytes());
            }
            4 => {
                let word = WORDS.get(chance.usize(..WORDS.len())).copied().unwrap_or_default();
                bytes.splice(at..to, word.bytes());
            }
            5 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.u8(..8);
                }
            }
            6 => {
                let other = pick(&mut chance);
                let from = chance.usize(..=other.len());
                let end = other.len().min(from.saturating_add(chance.usize(..=200)));
                bytes.splice(at..at, other.get(from..end).unwrap_or_default().iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = chance.u8(..);
                }
            }
        }
    }
    bytes.truncate(most);
    bytes
}
