//! What records say in their own words, in those of people. Every text of a record comes through here, and is made safe to
//! be shown.

use super::gather::text_of;
use super::story::{Deed, Outcome};
use crate::account;
use domain::{Fault, Hold};
use serde_json::Value;

/// How much of one text is shown.
const LONGEST: usize = 1_000;

/// A text without what could command a terminal or turn the order of letters, and not endless.
pub(super) fn clean(text: &str) -> String {
    let turns = |one: char| matches!(one, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let safe = |one: char| if one.is_control() || turns(one) { '\u{fffd}' } else { one };
    let cut = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    text.chars().take(LONGEST).map(safe).chain(cut.chars()).collect()
}

/// Why nothing more is done: in the words of the judgement, if it is one that we know.
pub(super) fn hold(value: &Value) -> String {
    if let Ok(hold) = serde_json::from_value::<Hold>(value.clone()) {
        return clean(&hold.to_string());
    }
    let word = text_of(value, "hold").unwrap_or("no reason is told").replace('-', " ");
    let fields = value.as_object().into_iter().flatten().filter(|(name, _)| *name != "hold");
    let told: Vec<String> = fields.map(|(name, value)| format!("{name} {value}")).collect();
    if told.is_empty() { clean(&word) } else { clean(&format!("{word}: {}", told.join(", "))) }
}

/// An action and what came of it.
pub(super) fn deed(value: &Value) -> Deed {
    let action = text_of(value, "action").map(clean).unwrap_or_default();
    let outcome = outcome(text_of(value, "outcome").unwrap_or_default());
    Deed {
        what: clean(&what(&action, value)),
        because: text_of(value, "because").map(clean).unwrap_or_default(),
        group: text_of(value, "group").map(clean),
        remedy: remedy(&outcome),
        action,
        outcome,
    }
}

fn what(action: &str, value: &Value) -> String {
    let text = |field: &str| text_of(value, field).unwrap_or_default();
    let flag = |field: &str| value.get(field).and_then(Value::as_bool).unwrap_or(false);
    let there = |field: &str| value.get(field).is_some_and(|one| !one.is_null());
    let since = |field: &str| value.get(field).and_then(|one| text_of(one, "since")).unwrap_or("?");
    match action {
        "let-in" => "let it into service".to_owned(),
        "abandon" => "give its launch up".to_owned(),
        "mark-draining" => {
            let how = if there("empty") { "empty" } else { "draining" };
            format!("mark it as {how} ({})", text("why"))
        }
        "forget-draining" => "take the mark off: it is not drained any more".to_owned(),
        "activate" => "set it ACTIVE again".to_owned(),
        "stop-task" => format!("stop task {}", text("task").rsplit('/').next().unwrap_or_default()),
        "drain" => "set it DRAINING".to_owned(),
        "heartbeat" => format!("ask for more time at its {} hook", text("hook")),
        "let-go" => "let it go".to_owned(),
        "deregister" if flag("force") => "strike its registration off (force)".to_owned(),
        "deregister" => "strike its registration off".to_owned(),
        "mark-agent-lost" => format!("mark it: agent lost since {}", since("lost")),
        "forget-agent-lost" => "take the mark off: its agent is back".to_owned(),
        "mark-not-found" => format!("mark it: EC2 does not find it since {}", since("missing")),
        "forget-not-found" => "take the mark off: EC2 finds it again".to_owned(),
        "mark-unhealthy" => "mark it unhealthy, so that its group replaces it".to_owned(),
        "replace" => "terminate it, so that its group replaces it".to_owned(),
        "choose" => "choose it to be taken away".to_owned(),
        "mark-breaker" => {
            let open = value.get("open").and_then(Value::as_array);
            let word = open.and_then(|open| text_of(open.get(1)?, "open"));
            match word {
                Some(word) => format!("open the breaker of its group ({word})"),
                None => "close the breaker of its group".to_owned(),
            }
        }
        "protect" if flag("protected") => "protect it from scale-in".to_owned(),
        "protect" => "take its protection from scale-in away".to_owned(),
        "mark-protected" => format!("mark why it is protected ({})", text("why")),
        "forget-protected" => "take the protection mark off".to_owned(),
        "scale-in" => "terminate it, and make its group smaller".to_owned(),
        "" => "an action without a name".to_owned(),
        other => other.replace('-', " "),
    }
}

fn outcome(told: &str) -> Outcome {
    match told {
        "done" => Outcome::Done,
        "already-so" => Outcome::AlreadySo,
        "changed-meanwhile" => Outcome::ChangedMeanwhile,
        "not-tried" => Outcome::NotTried,
        other => Outcome::Failed(clean(other.strip_prefix("failed: ").unwrap_or(other))),
    }
}

/// What a person can do about a failure, as far as its words tell which it was.
fn remedy(outcome: &Outcome) -> Option<String> {
    let Outcome::Failed(told) = outcome else { return None };
    let call = told.split(' ').next().unwrap_or_default().to_owned();
    let rest = told.get(call.len()..).unwrap_or_default();
    let forbidden = rest.starts_with(" is not allowed");
    let told = account::remedy(&Fault::Forbidden { call, told: String::new() });
    told.filter(|_| forbidden).map(|told| clean(&told.replace("\n  ", " ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_cannot_command_a_terminal_or_turn_letters_and_is_not_endless() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\nd"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
        assert_eq!(clean(&"x".repeat(5_000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn a_hold_is_told_in_the_words_of_its_judgement_and_one_of_another_version_in_its_own() {
        let known =
            json!({ "hold": "tasks-leaving", "left": 2, "groups": ["service:web"], "stuck": [] });
        assert_eq!(hold(&known), "2 tasks are leaving: service:web");
        let unknown = json!({ "hold": "moon-is-full", "until": "dawn" });
        assert_eq!(hold(&unknown), "moon is full: until \"dawn\"");
        assert_eq!(hold(&json!(3)), "no reason is told");
    }

    #[test]
    fn what_failed_for_want_of_a_permission_has_its_remedy() {
        let value = json!({
            "action": "drain", "because": "b",
            "outcome": "failed: ecs:UpdateContainerInstancesState is not allowed: User x is not authorized",
        });
        let deed = deed(&value);
        let remedy = deed.remedy.unwrap();
        assert!(remedy.contains(r#""Action":"ecs:UpdateContainerInstancesState""#), "{remedy}");
        assert!(matches!(deed.outcome, Outcome::Failed(told) if told.starts_with("ecs:Update")));
    }

    #[test]
    fn an_action_without_sense_is_told_all_the_same() {
        for value in [
            json!({}),
            json!({ "action": 3 }),
            json!(null),
            json!({ "action": "mark-breaker", "open": 1 }),
        ] {
            assert!(!deed(&value).what.is_empty(), "{value}");
        }
    }
}
