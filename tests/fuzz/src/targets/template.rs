//! SAM templates, as the local AWS reads them, and the rules in them.

use local_aws::Template;
use local_aws::rules::Rules;
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let none = BTreeMap::new();
    let template = match Template::read(&text, &none) {
        Ok(template) => template,
        Err(error) => {
            assert!(!error.path.is_empty() && !error.problem.is_empty(), "it names a place");
            return;
        }
    };
    assert_eq!(Template::read(&text, &none).as_ref(), Ok(&template));
    for function in &template.functions {
        assert!((1..=900).contains(&function.timeout.as_secs()));
        assert!((128..=10_240).contains(&function.memory_size));
        assert!(function.event_invoke.maximum_retry_attempts <= 2);
        assert!(template.function(&function.name).is_some());
    }
    let Ok(rules) = Rules::read(&template) else { return };
    let event =
        json!({ "source": "aws.ec2", "detail-type": "x", "detail": { "state": "running" } });
    for target in rules.targets(&event) {
        assert!(template.function(&target).is_some(), "{target} is woken and not there");
    }
}
