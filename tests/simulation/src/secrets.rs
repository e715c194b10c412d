//! What no output may hold: a canary stands in every secret field, and all that the functions put out is searched for
//! them. Each names its field, so that whoever finds one knows what leaks.

use crate::checks;
use crate::world::State;
use serde_json::Value;

/// The beginning of every canary.
const BEGINS: &str = "canary-7f3a-";

/// The fields that hold one.
pub const FIELDS: [&str; 7] =
    ["token", "metadata", "unknown", "environment", "payload", "response-url", "old-property"];

/// The canary of a field.
#[must_use]
pub fn canary(field: &str) -> String {
    format!("{BEGINS}{field}.")
}

/// Counts the canaries that a function is handed.
pub(crate) fn handed(state: &mut State, payload: &Value) {
    let count = payload.to_string().matches(BEGINS).count();
    state.tally.canaries += u64::try_from(count).unwrap_or(u64::MAX);
}

/// The fields whose canaries stand in a text.
pub fn found(text: &str) -> impl Iterator<Item = &str> {
    let after = text.match_indices(BEGINS).filter_map(|(at, _)| text.get(at + BEGINS.len()..));
    after.map(|rest| rest.split('.').next().unwrap_or_default())
}

/// Searches what is put out. Checks S36.
pub(crate) fn search(state: &mut State, what: &str, text: &str) {
    state.tally.searched += u64::try_from(text.len()).unwrap_or(u64::MAX);
    for field in found(text) {
        state.tally.leaks += 1;
        checks::broken(state, "S36", format!("{what} holds the secret in {field}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_canary_names_its_field() {
        let text: String = FIELDS.iter().map(|field| canary(field) + "7 and ").collect();
        assert_eq!(found(&text).collect::<Vec<_>>(), FIELDS);
        assert_eq!(found("canary-7f3 canary").count(), 0);
    }
}
