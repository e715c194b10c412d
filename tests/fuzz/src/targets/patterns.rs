//! Event patterns: two documents, a pattern and an event.

use jiff::SignedDuration;
use local_aws::Template;
use local_aws::rules::Rules;
use local_aws::template::{EventInvokeConfig, Function, Wakeup};
use serde_json::{Deserializer, Value};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) fn run(data: &[u8]) {
    let mut documents = Deserializer::from_slice(data).into_iter::<Value>();
    let (Some(Ok(pattern)), Some(Ok(event))) = (documents.next(), documents.next()) else { return };
    let template = template(pattern.clone());
    let rules = match Rules::read(&template) {
        Ok(rules) => rules,
        Err(error) => {
            assert_eq!(error.rule, "Rule");
            return assert!(!error.problem.is_empty());
        }
    };
    let matched = !rules.targets(&event).is_empty();
    assert_eq!(rules.targets_on("default", &event).is_empty(), !matched);
    assert!(rules.targets_on("another", &event).is_empty());
    // Where it is plain what a pattern means, it means that.
    if let Some(plain) = holds(&pattern, &event) {
        assert_eq!(matched, plain, "{pattern} on {event}");
    }
}

/// Whether a pattern of names and words alone matches an event without lists; `None` for all other.
fn holds(pattern: &Value, event: &Value) -> Option<bool> {
    let (Value::Object(fields), Value::Object(event)) = (pattern, event) else { return None };
    if fields.is_empty() {
        return None;
    }
    let mut all = true;
    for (name, wanted) in fields {
        let there = event.get(name);
        let plain =
            |text: &str| !name.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain(name) {
            return None;
        }
        match (wanted, there) {
            (Value::Array(words), there) => {
                let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
                let words =
                    words.filter(|words| !words.is_empty() && words.iter().all(|it| plain(it)))?;
                match there {
                    None => all = false,
                    Some(Value::String(text)) => all &= words.contains(&text.as_str()),
                    Some(_) => return None,
                }
            }
            (Value::Object(_), Some(inner @ Value::Object(_))) => all &= holds(wanted, inner)?,
            _ => return None,
        }
    }
    Some(all)
}

fn template(pattern: Value) -> Template {
    let wakeup =
        Wakeup::Rule { id: "Rule".to_owned(), bus: "default".to_owned(), pattern, enabled: true };
    let event_invoke = EventInvokeConfig {
        maximum_retry_attempts: 0,
        maximum_event_age: SignedDuration::from_hours(1),
        on_failure: None,
    };
    let function = Function {
        logical_id: "Function".to_owned(),
        name: "function".to_owned(),
        function_name: "function".to_owned(),
        arn: "arn:aws:lambda:us-west-2:123456789012:function:function".to_owned(),
        timeout: Duration::from_secs(3),
        memory_size: 128,
        reserved_concurrency: None,
        log_level: None,
        environment: BTreeMap::new(),
        event_invoke,
        policies: Vec::new(),
        wakeups: vec![wakeup],
    };
    Template { functions: vec![function], ..Template::default() }
}
