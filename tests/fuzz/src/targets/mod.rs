//! A file for each target, and what they assert alike.

pub(crate) mod documents;
pub(crate) mod events;
pub(crate) mod names;
pub(crate) mod patterns;
pub(crate) mod placement;
pub(crate) mod records;
pub(crate) mod requests;
pub(crate) mod roles;
pub(crate) mod settings;
pub(crate) mod tags;
pub(crate) mod template;
pub(crate) mod towns;
pub(crate) mod userdata;
pub(crate) mod wire;

use jiff::Timestamp;
use serde_json::Value;
use std::fmt::Display;

/// What Lambda hands over is JSON, or it hands over nothing.
fn json(data: &[u8]) -> Option<Value> {
    serde_json::from_slice(data).ok()
}

/// The time in every scene.
fn now() -> Timestamp {
    Timestamp::from_second(1_772_600_400).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What anyone may have caused to be said goes into a log, a record or an answer: it is short, and commands nothing.
fn is_fit_to_print(told: &impl Display, most: usize) {
    let told = told.to_string();
    assert!(!told.is_empty(), "nothing is said");
    assert!(told.len() <= most, "{} bytes are said: {told:.200}", told.len());
    assert!(!told.chars().any(char::is_control), "{told:?}");
}
