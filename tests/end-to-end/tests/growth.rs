//! Two hundred events in one process: it handles each, and does not grow.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use end_to_end::{Stage, binaries, in_service, instances, sample};
use serde_json::{Value, json};
use std::path::Path;

const EVENTS: u32 = 200;
/// What an allocator may keep back between two looks; a leak of one payload an event would be far more.
const SLACK_KIB: u64 = 1_024;

fn event(function: &str, instance: &str) -> Value {
    let name = match function {
        "agent-verifier" => "asg-launch-lifecycle-action.json",
        "host-drainer" => "asg-terminate-lifecycle-action.json",
        "host-deregisterer" => "ec2-state-change-terminated.json",
        "capacity-adjuster" => "ecs-service-task-placement-failure-cpu.json",
        _ => "scheduled-rate-rule.json",
    };
    let mut event = sample(name);
    event["account"] = json!("123456789012");
    event["region"] = json!("us-west-2");
    event.as_object_mut().unwrap().remove("time");
    let detail = &mut event["detail"];
    match function {
        "agent-verifier" => detail["LifecycleHookName"] = json!("muster-launch"),
        "host-drainer" => detail["LifecycleHookName"] = json!("muster-terminate"),
        "host-deregisterer" => detail["instance-id"] = json!(instance),
        "capacity-adjuster" => {
            detail["clusterArn"] = json!("arn:aws:ecs:us-west-2:123456789012:cluster/prod");
        }
        _ => {}
    }
    if detail.get("EC2InstanceId").is_some() {
        detail["EC2InstanceId"] = json!(instance);
    }
    event
}

/// The resident memory, in KiB, of this test's child that runs a function's binary.
fn resident(function: &str) -> Option<(u32, u64)> {
    let binary = binaries().join(function).canonicalize().unwrap();
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let running = std::fs::read_link(entry.path().join("exe")).ok()?;
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        let ours = field("PPid:")? == u64::from(std::process::id()) && running == binary;
        ours.then(|| Some((pid, field("VmRSS:")?))).flatten()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_events_in_one_process_do_not_make_it_grow() {
    if !Path::new("/proc/self/status").exists() {
        println!("SKIPPED: memory is read from /proc, which this system does not have");
        return;
    }
    let stage = Stage::with_hosts(2).await;
    let instance = stage.aws.world(|world| instances(world)[0]["InstanceId"].clone());
    let instance = instance.as_str().unwrap();

    for function in
        ["agent-verifier", "host-drainer", "host-deregisterer", "capacity-adjuster", "reconciler"]
    {
        let payload = event(function, instance).to_string();
        let mut early = None;
        for turn in 0..EVENTS {
            let handed = stage.hand(function, payload.clone()).await;
            let record = handed.record();
            // The adjuster's first look remembers that idle hosts can be spared.
            let first = function == "capacity-adjuster" && turn == 0;
            let decision = if first { "act" } else { "hold" };
            assert_eq!(record["decision"], decision, "{function}: {record}");
            assert!(handed.invocation.result.is_ok(), "{function}: {record}");
            if turn == EVENTS / 4 {
                early = resident(function);
            }
        }
        let (pid, before) = early.unwrap();
        let (same, after) = resident(function).unwrap();
        println!("{function}: {before} KiB after 50 events, {after} KiB after {EVENTS}");
        assert_eq!(pid, same, "{function}: one process took them all");
        assert!(after <= before + SLACK_KIB, "{function}: grew from {before} to {after} KiB");
    }
    assert_eq!(stage.aws.world(in_service), 2);
}
