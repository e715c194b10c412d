//! Which function would an event wake?

use local_aws::Template;
use local_aws::rules::Rules;
use local_aws::template::Wakeup;
use serde_json::Value;

/// The functions, and why these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) functions: Vec<String>,
    pub(super) why: String,
}

impl Choice {
    fn new(functions: Vec<String>, why: impl Into<String>) -> Self {
        Self { functions, why: why.into() }
    }
}

/// The event inside its wrappers: SQS, SNS, both, or an on-failure record. The first record of a batch
/// that is an event stands for the batch.
pub(super) fn innermost(event: &Value) -> Option<Value> {
    let parsed = |text: &Value| serde_json::from_str::<Value>(text.as_str()?).ok();
    if let Some(records) = event.get("Records").and_then(Value::as_array) {
        let inner = |record: &Value| {
            let text = record.get("body").or_else(|| record.pointer("/Sns/Message"))?;
            innermost(&parsed(text)?)
        };
        return records.iter().find_map(inner);
    }
    if event.get("Type").is_some_and(|kind| kind == "Notification") {
        return innermost(&parsed(event.get("Message")?)?);
    }
    Some(event.clone())
}

/// Chooses the functions for an event.
pub(super) fn choose(
    event: Option<&Value>,
    template: &Template,
    rules: &Rules,
    named: Option<&str>,
) -> Choice {
    let all = || template.functions.iter().map(|function| function.name.clone()).collect();
    if let Some(name) = named {
        return Choice::new(vec![name.to_owned()], "handed to the function that you named");
    }
    let Some(event) = event else {
        return Choice::new(all(), "not JSON: handed to every function");
    };
    if event.get("RequestType").is_some() {
        return Choice::new(vec!["cluster-roles".to_owned()], "a custom resource's request");
    }
    let Some(inner) = innermost(event) else {
        return Choice::new(all(), "no event inside: handed to every function");
    };
    if let Some(told) = hook_message(&inner, template) {
        return told;
    }
    if is_tick(&inner) {
        return Choice::new(scheduled(template), "a tick of the clock");
    }
    let matching = rules.targets(&inner);
    if !matching.is_empty() {
        return Choice::new(matching, "a rule in template.yaml matches");
    }
    let text = |field: &str| inner.get(field).and_then(Value::as_str).unwrap_or_default();
    let (source, kind) = (text("source"), text("detail-type"));
    if source.is_empty() {
        return Choice::new(all(), "no event that EventBridge knows: handed to every function");
    }
    let near = of_kind(template, source, kind);
    let why = format!("no rule in template.yaml matches ({source}, {kind})");
    let why = if near.is_empty() { why } else { format!("{why}; handed over all the same") };
    Choice::new(near, why)
}

fn is_tick(event: &Value) -> bool {
    event.get("detail-type").is_some_and(|kind| kind == "Scheduled Event")
        || event.get("scheduledTime").is_some()
}

fn scheduled(template: &Template) -> Vec<String> {
    let has_clock =
        |wakeups: &[Wakeup]| wakeups.iter().any(|wakeup| matches!(wakeup, Wakeup::Schedule(_)));
    let functions = template.functions.iter();
    functions.filter(|one| has_clock(&one.wakeups)).map(|one| one.name.clone()).collect()
}

/// A lifecycle hook's own message is the event of its transition without the envelope.
fn hook_message(event: &Value, template: &Template) -> Option<Choice> {
    if event.get("detail-type").is_some() {
        return None;
    }
    let kind = match event.get("LifecycleTransition").and_then(Value::as_str) {
        Some("autoscaling:EC2_INSTANCE_LAUNCHING") => "EC2 Instance-launch Lifecycle Action",
        Some("autoscaling:EC2_INSTANCE_TERMINATING") => "EC2 Instance-terminate Lifecycle Action",
        _ if event.get("Event").is_some_and(|kind| kind == "autoscaling:TEST_NOTIFICATION") => {
            "EC2 Instance-launch Lifecycle Action"
        }
        _ => return None,
    };
    let functions = of_kind(template, "aws.autoscaling", kind);
    Some(Choice::new(functions, "a lifecycle hook's own message"))
}

/// The functions with a rule for a source and a detail-type, whatever else the rule asks for.
fn of_kind(template: &Template, source: &str, kind: &str) -> Vec<String> {
    let names = |pattern: &Value, field: &str, text: &str| {
        let values = pattern.get(field).and_then(Value::as_array);
        values.is_some_and(|values| values.iter().any(|value| value == text))
    };
    let listens = |wakeup: &Wakeup| match wakeup {
        Wakeup::Rule { pattern, .. } => {
            names(pattern, "source", source) && names(pattern, "detail-type", kind)
        }
        Wakeup::Schedule(_) => false,
    };
    let functions = template.functions.iter();
    functions.filter(|one| one.wakeups.iter().any(listens)).map(|one| one.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn chosen(event: &Value) -> Choice {
        let text = include_str!("../../../template.yaml");
        let template = Template::read(text, &BTreeMap::new()).unwrap();
        let rules = Rules::read(&template).unwrap();
        choose(Some(event), &template, &rules, None)
    }

    fn launch(hook: &str) -> Value {
        json!({
            "source": "aws.autoscaling",
            "detail-type": "EC2 Instance-launch Lifecycle Action",
            "detail": { "LifecycleHookName": hook },
        })
    }

    #[test]
    fn the_rules_of_the_template_choose() {
        assert_eq!(chosen(&launch("muster-launch")).functions, ["agent-verifier"]);
        assert!(chosen(&launch("muster-launch")).why.contains("matches"));
    }

    #[test]
    fn what_no_rule_matches_goes_to_those_who_listen_to_its_kind() {
        let choice = chosen(&launch("another"));
        assert_eq!(choice.functions, ["agent-verifier"]);
        assert!(choice.why.starts_with("no rule in template.yaml matches"), "{}", choice.why);
        let strange = json!({ "source": "com.evil", "detail-type": "Weather", "detail": {} });
        assert!(chosen(&strange).functions.is_empty());
    }

    #[test]
    fn wrappers_are_looked_through() {
        let inner = launch("muster-launch").to_string();
        let sns = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": inner } }] });
        let document = json!({ "Type": "Notification", "Message": inner }).to_string();
        let both = json!({ "Records": [{ "eventSource": "aws:sqs", "body": document }] });
        for wrapped in [sns, both] {
            assert_eq!(chosen(&wrapped).functions, ["agent-verifier"]);
        }
    }

    #[test]
    fn requests_and_ticks_have_their_functions() {
        assert_eq!(chosen(&json!({ "RequestType": "Create" })).functions, ["cluster-roles"]);
        let tick = json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event" });
        assert!(chosen(&tick).functions.contains(&"reconciler".to_owned()));
    }
}
