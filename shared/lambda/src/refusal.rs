//! Why an event is not acted on at all. Retrying cannot help, so it is recorded and done with.

use domain::names::NotAName;
use serde_json::Value;

/// Why an event was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The payload is not JSON.
    #[error("the payload is not JSON ({bytes} bytes): {told}")]
    NotJson {
        /// Its size.
        bytes: usize,
        /// What the parser said.
        told: String,
    },
    /// The payload is JSON, but nothing that wakes this function.
    #[error("the payload is {shape}, not an event")]
    NotAnEvent {
        /// What it is like.
        shape: String,
    },
    /// A field is missing or is not what it should be.
    #[error("{field} is {shape}, not {expected}")]
    BadField {
        /// The field's path.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is like.
        shape: String,
    },
    /// A name that cannot be one.
    #[error(transparent)]
    BadName(#[from] NotAName),
    /// An event of another account.
    #[error("the event is of account {0}, not of this one")]
    ForeignAccount(String),
    /// An event of another region.
    #[error("the event is of region {0}, not of this one")]
    ForeignRegion(String),
    /// A source or detail-type that this function does not know.
    #[error("nothing here knows {detail_type} from {event_source}")]
    UnknownEvent {
        /// The event's source.
        event_source: String,
        /// Its detail-type.
        detail_type: String,
    },
    /// A lifecycle hook that is not ours. Keeps S11.
    #[error("the hook {0} is not ours")]
    ForeignHook(String),
    /// The event contradicts itself.
    #[error("the event contradicts itself: {0}")]
    Inconsistent(String),
    /// A state that asks for nothing.
    #[error("{0}: nothing follows from that")]
    NothingFollows(String),
    /// The test message that Auto Scaling sends when a hook is made.
    #[error("a test notification of Auto Scaling")]
    TestNotification,
}

impl Refusal {
    /// The word for records and metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::NotJson { .. }
            | Self::NotAnEvent { .. }
            | Self::BadField { .. }
            | Self::BadName(_) => "malformed",
            Self::ForeignAccount(_) => "foreign-account",
            Self::ForeignRegion(_) => "foreign-region",
            Self::UnknownEvent { .. } => "unknown-event",
            Self::ForeignHook(_) => "foreign-hook",
            Self::Inconsistent(_) => "inconsistent",
            Self::NothingFollows(_) => "nothing-follows",
            Self::TestNotification => "test-notification",
        }
    }
}

/// What a value is like, without telling it: it may be long, hostile or secret.
#[must_use]
pub fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => format!("a text of {} bytes", text.len()),
        Value::Array(items) => format!("a list of {} items", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
    }
}

/// A name as the event gave it, safe to print: escaped and cut.
#[must_use]
pub fn safe(text: &str) -> String {
    let cut = if text.chars().count() > 100 { "…" } else { "" };
    text.chars().take(100).flat_map(char::escape_default).chain(cut.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_refusal_has_its_word_for_metrics() {
        let text = || "x".to_owned();
        for (refusal, label) in [
            (Refusal::NotAnEvent { shape: text() }, "malformed"),
            (Refusal::ForeignAccount(text()), "foreign-account"),
            (Refusal::ForeignRegion(text()), "foreign-region"),
            (Refusal::UnknownEvent { event_source: text(), detail_type: text() }, "unknown-event"),
            (Refusal::ForeignHook(text()), "foreign-hook"),
            (Refusal::Inconsistent(text()), "inconsistent"),
            (Refusal::NothingFollows(text()), "nothing-follows"),
            (Refusal::TestNotification, "test-notification"),
        ] {
            assert_eq!(refusal.label(), label);
        }
    }

    #[test]
    fn a_value_is_told_by_its_shape() {
        for (value, told) in [
            (json!(null), "null"),
            (json!(true), "a boolean"),
            (json!(7), "a number"),
            (json!(""), "an empty text"),
            (json!("é"), "a text of 2 bytes"),
            (json!([1, 2]), "a list of 2 items"),
            (json!({ "a": 1 }), "an object of 1 fields"),
        ] {
            assert_eq!(shape(&value), told);
        }
    }

    #[test]
    fn a_text_of_others_is_escaped_and_cut_after_a_hundred_characters() {
        assert_eq!(safe("a\nb"), "a\\nb");
        assert_eq!(safe(&"x".repeat(100)), "x".repeat(100));
        assert_eq!(safe(&"x".repeat(101)), format!("{}…", "x".repeat(100)));
    }
}
