use super::*;
use crate::template::DEFAULT_BUS;
use serde_json::json;
use std::collections::BTreeMap;

fn rules(patterns: &[(&str, Value)]) -> Result<Rules, RuleError> {
    let mut rules = Rules { matcher: Quamina::new(), targets: Vec::new() };
    for (name, pattern) in patterns {
        let target = Target { bus: DEFAULT_BUS.to_owned(), function: (*name).to_owned() };
        rules.add(name, target, pattern)?;
    }
    Ok(rules)
}

fn matches(pattern: Value, event: &Value) -> bool {
    !rules(&[("rule", pattern)]).unwrap().targets(event).is_empty()
}

fn sample(name: &str) -> Value {
    let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_pattern_matches_as_in_eventbridge() {
    let event = json!({
        "source": "aws.ecs",
        "detail": {
            "status": "ACTIVE", "agentConnected": true, "runningTasksCount": 2, "reason": null,
            "list": ["a", "b"],
            "attributes": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}],
        },
    });
    let cases = [
        (json!({"source": ["aws.ecs"]}), true),
        (json!({"source": ["aws.ec2", "aws.ecs"]}), true),
        (json!({"source": ["aws.ec2"]}), false),
        (json!({"source": ["aws.ecs"], "detail": {"status": ["DRAINING"]}}), false),
        (json!({"detail": {"agentConnected": [true]}}), true),
        (json!({"detail": {"agentConnected": [false]}}), false),
        (json!({"detail": {"agentConnected": ["true"]}}), false),
        (json!({"detail": {"reason": [null]}}), true),
        (json!({"detail": {"status": [{"prefix": "ACT"}]}}), true),
        (json!({"detail": {"status": [{"prefix": "DRAIN"}, "ACTIVE"]}}), true),
        (json!({"detail": {"status": [{"suffix": "IVE"}]}}), true),
        (json!({"detail": {"status": [{"wildcard": "A*E"}]}}), true),
        (json!({"detail": {"status": [{"equals-ignore-case": "active"}]}}), true),
        (json!({"detail": {"status": [{"anything-but": ["DRAINING"]}]}}), true),
        (json!({"detail": {"status": [{"anything-but": "ACTIVE"}]}}), false),
        (json!({"detail": {"missing": [{"anything-but": ["DRAINING"]}]}}), false),
        (json!({"detail": {"runningTasksCount": [{"numeric": [">=", 1, "<", 3]}]}}), true),
        (json!({"detail": {"runningTasksCount": [{"numeric": [">", 2]}]}}), false),
        (json!({"detail": {"status": [{"exists": true}]}}), true),
        (json!({"detail": {"missing": [{"exists": false}]}}), true),
        (json!({"detail": {"status": [{"exists": false}]}}), false),
        (json!({"detail": {"status": ["ACTIVE", {"exists": false}]}}), true),
        (json!({"detail": {"status": ["DRAINING", {"exists": false}]}}), false),
        (json!({"detail": {"missing": ["DRAINING", {"exists": false}]}}), true),
        (
            json!({"detail": {"runningTasksCount": [{"numeric": ["=", 2]}, {"exists": false}]}}),
            true,
        ),
        (
            json!({"detail": {"runningTasksCount": [{"numeric": ["=", 0]}, {"exists": false}]}}),
            false,
        ),
        (json!({"detail": {"list": ["b"]}}), true),
        (json!({"detail": {"attributes": {"name": ["a"], "value": ["1"]}}}), true),
        (json!({"detail": {"attributes": {"name": ["a"], "value": ["2"]}}}), false),
    ];
    for (pattern, expected) in cases {
        assert_eq!(matches(pattern.clone(), &event), expected, "{pattern}");
    }
}

#[test]
fn or_is_fulfilled_by_any_of_its_patterns_at_any_depth() {
    let pattern = json!({
        "source": ["aws.ecs"],
        "detail": {
            "status": ["ACTIVE"],
            "$or": [{"agentConnected": [false]}, {"runningTasksCount": [0]}],
        },
    });
    let event = |status: &str, connected: bool, tasks: u32| {
        let detail =
            json!({"status": status, "agentConnected": connected, "runningTasksCount": tasks});
        json!({"source": "aws.ecs", "detail": detail})
    };
    assert!(matches(pattern.clone(), &event("ACTIVE", false, 5)));
    assert!(matches(pattern.clone(), &event("ACTIVE", true, 0)));
    assert!(!matches(pattern.clone(), &event("ACTIVE", true, 5)));
    assert!(!matches(pattern, &event("DRAINING", false, 0)));
}

#[test]
fn what_cannot_be_matched_is_refused_by_name() {
    for pattern in [
        json!({"source": "aws.ecs"}),
        json!({"source": [{"anything-but": {"prefix": "aws."}}]}),
        json!({"$or": [{"source": ["aws.ecs"]}]}),
        json!({"a": ["1"], "$or": [{"a": ["1"]}, {"b": ["1"]}]}),
    ] {
        assert_eq!(rules(&[("mine", pattern.clone())]).unwrap_err().rule, "mine", "{pattern}");
    }
}

#[test]
fn every_sample_event_goes_to_the_rules_it_belongs_to_and_no_other() {
    let rules = rules(&[
        ("launch", json!({"source": ["aws.autoscaling"], "detail-type": ["EC2 Instance-launch Lifecycle Action"],
            "detail": {"Destination": [{"anything-but": "WarmPool"}, {"exists": false}]}})),
        ("terminate", json!({"source": ["aws.autoscaling"], "detail-type": ["EC2 Instance-terminate Lifecycle Action"]})),
        ("connected", json!({"source": ["aws.ecs"], "detail-type": ["ECS Container Instance State Change"],
            "detail": {"status": ["ACTIVE"], "agentConnected": [true]}})),
        ("draining", json!({"source": ["aws.ecs"], "detail": {"status": ["DRAINING"]}})),
        ("lost", json!({"source": ["aws.ecs"], "detail": {"agentConnected": [false]}})),
        ("gone", json!({"source": ["aws.ec2"], "detail": {"state": ["terminated"]}})),
        ("spot", json!({"source": ["aws.ec2"], "detail-type": [{"prefix": "EC2 Spot"}, {"suffix": "Rebalance Recommendation"}]})),
        ("retire", json!({"source": ["aws.health"], "detail": {"service": ["EC2"], "eventTypeCategory": ["scheduledChange"]}})),
        ("short", json!({"source": ["aws.ecs"], "detail": {"eventName": ["SERVICE_TASK_PLACEMENT_FAILURE"]}})),
        ("clock", json!({"source": ["aws.events", "aws.scheduler"]})),
    ]).unwrap();
    let mut seen = BTreeMap::new();
    for name in samples() {
        let targets = rules.targets(&sample(&name));
        if !targets.is_empty() {
            seen.insert(name, targets.join(" "));
        }
    }
    let found: Vec<_> = seen.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(found, EXPECTED);
}

fn samples() -> Vec<String> {
    let folder = format!("{}/../events", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let names = files.filter_map(|name| name.to_str()?.strip_suffix(".json").map(str::to_owned));
    names.collect()
}

const EXPECTED: &[(&str, &str)] = &[
    ("asg-launch-lifecycle-action", "launch"),
    ("asg-terminate-lifecycle-action", "terminate"),
    ("asg-warmpool-launch-ec2-to-asg", "launch"),
    ("asg-warmpool-launch-warmpool-to-asg", "launch"),
    ("asg-warmpool-terminate-asg-to-warmpool", "terminate"),
    ("ec2-rebalance-recommendation", "spot"),
    ("ec2-spot-interruption-warning", "spot"),
    ("ec2-spot-interruption-warning-hibernate", "spot"),
    ("ec2-state-change-terminated", "gone"),
    ("ecs-container-instance-active", "connected"),
    ("ecs-container-instance-agent-disconnected", "lost"),
    ("ecs-container-instance-draining", "draining"),
    ("ecs-container-instance-draining-empty", "draining"),
    ("ecs-container-instance-inactive", "lost"),
    ("ecs-container-instance-minimal-required-only", "connected"),
    ("ecs-service-task-placement-failure-cpu", "short"),
    ("ecs-service-task-placement-failure-fargate", "short"),
    ("health-ec2-instance-retirement-scheduled", "retire"),
    ("scheduled-rate-rule", "clock"),
    ("scheduler-default-payload", "clock"),
];

#[test]
fn a_pattern_with_more_ways_than_eventbridge_takes_is_refused() {
    let two = json!([{ "a": ["b"] }, { "c": ["d"] }]);
    let pattern = |fields: usize| {
        let field = |at| (format!("f{at}"), json!({ "$or": two }));
        Value::Object((0..fields).map(field).collect())
    };
    assert!(rules(&[("rule", pattern(6))]).is_ok());
    let refused = rules(&[("rule", pattern(64))]).unwrap_err();
    assert!(refused.problem.contains("1000 ways"), "{refused}");
}
