//! What can go wrong, row by row: the real functions, from Lambda's payload to their records, in a world where
//! nothing else happens. `tests/FAULTS.md` maps each row to its test.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests are not seen as tests, and a scene knows its hosts"
)]
#![expect(clippy::similar_names, reason = "a stage has a state")]

mod calls;
mod crashes;
mod events;
mod forms;
mod hints;
mod places;
mod worlds;

use domain::Fault;
use domain::names::{LAUNCH_HOOK, TERMINATE_HOOK};
use lambda::Record;
use serde_json::{Value, json};
use simulation::Stage;
use simulation::weather::{Controller, Function};
use simulation::world::{HostNo, launch, terminate, timestamp};

const ALL: [Function; 4] =
    [Function::Verifier, Function::Drainer, Function::Deregisterer, Function::Reconciler];

/// An event in EventBridge's envelope, of here and now.
fn event(stage: &Stage, source: &str, kind: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": kind,
        "source": source, "account": "111122223333", "region": "us-west-2", "resources": [],
        "time": time(stage, 0), "detail": detail,
    })
}

/// The time so many minutes ago.
fn time(stage: &Stage, minutes_ago: i64) -> String {
    format!("{:.0}", timestamp(stage.see().now - minutes_ago * 60_000))
}

/// A lifecycle action of our hook.
fn hooked(stage: &Stage, host: HostNo, launching: bool) -> Value {
    let (kind, transition, hook) = if launching {
        ("launch", "LAUNCHING", LAUNCH_HOOK)
    } else {
        ("terminate", "TERMINATING", TERMINATE_HOOK)
    };
    let detail = json!({
        "LifecycleActionToken": "87654321-4321-4321-4321-210987654321",
        "AutoScalingGroupName": "group-0", "LifecycleHookName": hook,
        "EC2InstanceId": stage.see().hosts[host].id,
        "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
    });
    event(stage, "aws.autoscaling", &format!("EC2 Instance-{kind} Lifecycle Action"), &detail)
}

/// EC2 tells the state of a machine.
fn machine(stage: &Stage, host: HostNo, state: &str) -> Value {
    let detail = json!({ "instance-id": stage.see().hosts[host].id, "state": state });
    event(stage, "aws.ec2", "EC2 Instance State-change Notification", &detail)
}

/// Spot takes a host back.
fn spot(stage: &Stage, host: HostNo, action: &str) -> Value {
    let detail = json!({ "instance-id": stage.see().hosts[host].id, "instance-action": action });
    event(stage, "aws.ec2", "EC2 Spot Instance Interruption Warning", &detail)
}

/// ECS tells a change of a registration.
fn registration(stage: &Stage, host: HostNo, status: &str, connected: bool) -> Value {
    let detail = json!({
        "agentConnected": connected, "status": status, "version": 1,
        "ec2InstanceId": stage.see().hosts[host].id,
    });
    event(stage, "aws.ecs", "ECS Container Instance State Change", &detail)
}

/// A text in a message of a queue.
fn in_a_queue(body: &str) -> Value {
    let record = json!({ "messageId": "m-1", "eventSource": "aws:sqs", "body": body });
    json!({ "Records": [record] })
}

/// Five hosts in service, and nobody is told anything unless the test does.
fn silent() -> Stage {
    let mut stage = Stage::with(5, Controller::Muster);
    // The chance is in thousandths of the class's own most: this is more than always.
    stage.state().swarm.drop_event = 2_500;
    stage
}

/// Host 2 is held by our terminate hook, and nobody has been told.
fn leaving() -> Stage {
    let mut stage = silent();
    terminate(&mut stage.state(), 2);
    stage.run_for(1);
    stage
}

/// A sixth host is held by our launch hook, its agent is connected, and nobody has been told. Its number comes with it.
fn arriving() -> (Stage, HostNo) {
    let mut stage = silent();
    let host = stage.see().hosts.len();
    {
        let mut state = stage.state();
        state.groups[0].desired += 1;
        launch(&mut state, 0);
    }
    stage.run_for(3);
    (stage, host)
}

/// Nothing was written, and no promise is broken.
fn nothing_was_done(stage: &Stage) {
    assert_eq!(stage.writes(), [""; 0], "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0], "{}", stage.story());
}

/// Every record refuses, with this word, and made no call.
fn all_refuse(records: &[Record], word: &str) {
    assert!(!records.is_empty());
    for record in records {
        assert_eq!(record.refused, Some(word), "{record:?}");
        assert!(record.calls.is_empty(), "{record:?}");
        assert!(!record.should_be_retried(), "{record:?}");
    }
}

fn written(stage: &Stage, how: &str) -> usize {
    stage.writes().iter().filter(|told| told.contains(how)).count()
}

/// What takes a host, or its work, away.
fn disruptive(stage: &Stage) -> Vec<String> {
    let hard = ["unhealthy", "replace", "abandon", "deregister", "stop task", "go from", "drain "];
    let all = stage.writes().into_iter();
    all.filter(|told| hard.iter().any(|word| told.contains(word))).collect()
}

fn throttled() -> Fault {
    Fault::Throttled { call: "a call".to_owned() }
}

fn lost() -> Fault {
    Fault::NoAnswer { call: "a call".to_owned(), told: "timed out".to_owned() }
}
