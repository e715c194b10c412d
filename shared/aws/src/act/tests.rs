//! Writes, with real clients and real wire formats.

use super::*;
use crate::testing::{CLUSTER, HOST, Reply, Wire, arn, aws};
use domain::marks::Watched;

fn drain() -> Action {
    Action::Drain { cluster: CLUSTER.parse().unwrap(), registration: arn("one").parse().unwrap() }
}

fn deregister() -> Action {
    let registration = arn("one").parse().unwrap();
    Action::Deregister { cluster: CLUSTER.parse().unwrap(), registration, force: true }
}

async fn perform(action: &Action, status: u16, body: &str) -> (Result<(), Fault>, Wire) {
    let reply = Reply::Http(status, body.to_owned());
    let (aws, wire) = aws(move |_, _| reply.clone());
    (aws.perform(action).await, wire)
}

fn label(done: Result<(), Fault>) -> &'static str {
    done.map_or_else(|fault| fault.label(), |()| "done")
}

#[tokio::test]
async fn a_failure_inside_a_success_is_not_done() {
    let changed = r#"{"containerInstances":[{"containerInstanceArn":"arn:aws:ecs:eu-west-1:111122223333:container-instance/web/one","status":"DRAINING"}],"failures":[]}"#;
    let inactive = r#"{"containerInstances":[],"failures":[{"arn":"one","reason":"INACTIVE"}]}"#;
    let missing = r#"{"containerInstances":[],"failures":[{"arn":"one","reason":"MISSING"}]}"#;
    let table =
        [(changed, "done"), (inactive, "already-so"), (missing, "partial"), ("{}", "partial")];
    for (body, told) in table {
        assert_eq!(label(perform(&drain(), 200, body).await.0), told, "{body}");
    }
    assert_eq!(label(perform(&deregister(), 200, "").await.0), "no-answer");
    assert_eq!(label(perform(&deregister(), 200, r#"{"containerInstance":{}}"#).await.0), "done");
}

#[tokio::test]
async fn a_registration_that_is_gone_is_struck_off_already() {
    let body = r#"{"__type":"ClientException","message":"Container instance one is inactive."}"#;
    assert_eq!(label(perform(&deregister(), 400, body).await.0), "already-so");
    let body = r#"{"__type":"InvalidParameterException","message":"Found running tasks"}"#;
    assert_eq!(label(perform(&deregister(), 400, body).await.0), "refused");
}

#[tokio::test]
async fn a_terminating_host_is_let_go_with_continue_at_our_hook_and_by_its_id() {
    let action = Action::LetGo { group: "web".parse().unwrap(), instance: HOST.parse().unwrap() };
    let body = "<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/>\
        </CompleteLifecycleActionResponse>";
    let (done, wire) = perform(&action, 200, body).await;
    assert_eq!(done, Ok(()));
    // Checks S9, S11.
    let asked = &wire.asked("CompleteLifecycleAction")[0];
    for part in ["Result=CONTINUE", "HookName=muster-terminate", "GroupName=web", HOST] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    assert!(!asked.contains("Token"), "{asked}");

    let over = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>\
        No active Lifecycle Action found with instance ID i-1</Message></Error></ErrorResponse>";
    assert_eq!(label(perform(&action, 400, over).await.0), "already-so");
}

#[tokio::test]
async fn a_mark_is_put_on_the_registration_in_words_that_can_be_read_again() {
    let at = "2026-03-04T05:06:07Z".parse().unwrap();
    let action = Action::MarkAgentLost {
        cluster: CLUSTER.parse().unwrap(),
        registration: arn("one").parse().unwrap(),
        lost: Watched { since: at, seen: at },
    };
    let (done, wire) = perform(&action, 200, r#"{"attributes":[]}"#).await;
    assert_eq!(done, Ok(()));
    let asked = &wire.asked("PutAttributes")[0];
    for part in ["muster.agent-lost", "2026-03-04T05:06:07Z", "container-instance", &arn("one")] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
}

#[tokio::test]
async fn a_size_is_set_without_waiting_and_bad_health_with_respect_for_the_grace_period() {
    let group = || "web".parse().unwrap();
    let size = Action::SetDesired { group: group(), from: 1, to: 3 };
    let (done, wire) = perform(&size, 200, "<SetDesiredCapacityResponse/>").await;
    assert_eq!(done, Ok(()));
    let asked = &wire.asked("SetDesiredCapacity")[0];
    assert!(asked.contains("DesiredCapacity=3") && asked.contains("HonorCooldown=false"));

    let bad = Action::MarkUnhealthy { group: group(), instance: HOST.parse().unwrap() };
    let (done, wire) = perform(&bad, 200, "<SetInstanceHealthResponse/>").await;
    assert_eq!(done, Ok(()));
    let asked = &wire.asked("SetInstanceHealth")[0];
    assert!(asked.contains("Unhealthy") && asked.contains("ShouldRespectGracePeriod=true"));
}
