//! What no function may act on: a clear refusal in the record, no call that writes, no panic.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use end_to_end::{FUNCTIONS, Stage, sample};
use serde_json::{Value, json};

/// Payloads that nothing may follow from, with the word of the refusal.
fn payloads() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let with = |name: &str, path: &str, value: Value| {
        let mut event = sample(name);
        *event.pointer_mut(path).unwrap() = value;
        event.to_string().into_bytes()
    };
    let launch = "asg-launch-lifecycle-action.json";
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);

    vec![
        ("no JSON", b"{\"source\": ".to_vec(), "malformed"),
        ("nothing", Vec::new(), "malformed"),
        ("null", b"null".to_vec(), "malformed"),
        ("a list", b"[]".to_vec(), "malformed"),
        ("a text", b"\"x\"".to_vec(), "malformed"),
        ("a number", b"7".to_vec(), "malformed"),
        ("an empty object", b"{}".to_vec(), "malformed"),
        ("invalid UTF-8", b"{\"source\": \"\xff\"}".to_vec(), "malformed"),
        ("10,000 levels", deep.into_bytes(), "malformed"),
        ("1 MB", format!("\"{}\"", "x".repeat(1 << 20)).into_bytes(), "malformed"),
        ("another account", with(launch, "/account", json!("999999999999")), "foreign-account"),
        ("another region", with(launch, "/region", json!("eu-west-1")), "foreign-region"),
        ("an unknown detail-type", with(launch, "/detail-type", json!("Weather")), "unknown-event"),
        ("an unknown source", with(launch, "/source", json!("com.evil")), "unknown-event"),
    ]
}

// Checks S19.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_of_ours_is_refused_by_every_function() {
    let mut stage = Stage::empty().await;
    for function in FUNCTIONS {
        for (what, payload, word) in payloads() {
            let handed = stage.hand(function, payload).await;
            let record = handed.record();
            assert_eq!(record["decision"], "refuse", "{function}: {what}: {record}");
            // The custom resources know no events at all: whatever is no request is malformed.
            if !function.starts_with("cluster-") {
                assert_eq!(record["refused"], word, "{function}: {what}: {record}");
            }
            assert!(record["because"].as_str().unwrap().len() > 10, "{function}: {what}: {record}");
            assert_eq!(record["calls"], json!({}), "{function}: {what}: {record}");
        }
    }
    assert_eq!(stage.writes(), Vec::<String>::new());
}

/// Each function's own event, with an id that is none, or a field that is missing or of another kind.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_none_is_refused_and_never_sent_to_aws() {
    let mut stage = Stage::empty().await;
    let cases = [
        ("agent-verifier", "asg-launch-lifecycle-action.json", "EC2InstanceId"),
        ("host-drainer", "asg-terminate-lifecycle-action.json", "EC2InstanceId"),
        ("host-drainer", "ec2-spot-interruption-warning.json", "instance-id"),
        ("host-deregisterer", "ec2-state-change-terminated.json", "instance-id"),
        ("capacity-adjuster", "ecs-service-task-placement-failure-cpu.json", "clusterArn"),
    ];
    let ids = [
        json!(null),
        json!(""),
        json!("i-"),
        json!("i-zzzzzzzzzzzzzzzzz"),
        json!("i-0123456789abcdef0123"),
        json!("i-0123456789abcdef0\n"),
        json!("i-0 or ec2InstanceId != i-1"),
        json!("x".repeat(1 << 20)),
        json!(7),
        json!(["i-0123456789abcdef0"]),
    ];
    for (function, name, field) in cases {
        for id in &ids {
            let mut event = sample(name);
            event["account"] = json!("123456789012");
            event["region"] = json!("us-west-2");
            if event["source"] == "aws.autoscaling" {
                let ours =
                    if function == "agent-verifier" { "muster-launch" } else { "muster-terminate" };
                event["detail"]["LifecycleHookName"] = json!(ours);
            }
            event["detail"][field] = id.clone();
            let handed = stage.hand(function, event.to_string()).await;
            let record = handed.record();
            assert_eq!(record["refused"], "malformed", "{function}: {record}");
            assert_eq!(record["calls"], json!({}), "{function}: {record}");
            assert!(record.to_string().len() < 2_000, "{function}: the record stays short");
        }
    }
    assert_eq!(stage.writes(), Vec::<String>::new());
}

// Checks S11.
#[tokio::test(flavor = "multi_thread")]
async fn another_hook_than_ours_is_never_touched() {
    let mut stage = Stage::empty().await;
    for (function, name) in [
        ("agent-verifier", "asg-launch-lifecycle-action.json"),
        ("host-drainer", "asg-terminate-lifecycle-action.json"),
    ] {
        for hook in ["ecs-managed-draining-termination-hook", "muster-launch2", "MUSTER-LAUNCH", ""]
        {
            let mut event = sample(name);
            event["detail"]["LifecycleHookName"] = json!(hook);
            let handed = stage.hand(function, event.to_string()).await;
            assert_eq!(handed.record()["refused"], "foreign-hook", "{:?}", handed.record());
        }
    }
    assert_eq!(stage.writes(), Vec::<String>::new());
}
