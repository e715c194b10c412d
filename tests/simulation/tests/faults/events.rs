//! Rows 13 to 24: events that come late, twice, in the wrong order, or contradict the truth or themselves.

use crate::{all_refuse, arriving, hooked, leaving, nothing_was_done, silent, time, written};
use domain::Fault;
use lambda::record::Decision;
use serde_json::json;
use simulation::weather::{Function, Wake};
use simulation::world::{Due, Life, When, change};
use std::rc::Rc;

#[test]
fn row_13_an_old_event_causes_reads_only_and_the_truth_is_acted_on_later() {
    let mut stage = leaving();
    for minutes in [16, 25 * 60, 7 * 24 * 60] {
        let mut payload = hooked(&stage, 2, false);
        payload["time"] = json!(time(&stage, minutes));
        let records = stage.send(Function::Drainer, payload);
        assert_eq!(records[0].decision, Decision::ReadsOnly, "{minutes}");
    }
    let mut replayed = hooked(&stage, 2, false);
    replayed["replay-name"] = json!("of-last-week");
    assert_eq!(stage.send(Function::Drainer, replayed)[0].decision, Decision::ReadsOnly);
    nothing_was_done(&stage);
    stage.tick_for(6);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
}

#[test]
fn row_14_a_time_that_is_ahead_or_unreadable_is_no_age() {
    for at in ["9999-12-31T23:59:59Z", "yesterday", "", "2026-13-45T99:00:00Z"] {
        let mut stage = leaving();
        let mut payload = hooked(&stage, 2, false);
        payload["time"] = json!(at);
        assert_eq!(stage.send(Function::Drainer, payload)[0].decision, Decision::Act, "{at}");
    }
    for minutes in [-10, -5, 5] {
        let mut stage = leaving();
        let mut payload = hooked(&stage, 2, false);
        payload["time"] = json!(time(&stage, minutes));
        assert_eq!(stage.send(Function::Drainer, payload)[0].decision, Decision::Act, "{minutes}");
    }
    let mut stage = leaving();
    let mut payload = hooked(&stage, 2, false);
    payload["time"] = json!("1970-01-01T00:00:00Z");
    assert_eq!(stage.send(Function::Drainer, payload)[0].decision, Decision::ReadsOnly);
    nothing_was_done(&stage);
}

#[test]
fn row_15_the_same_event_a_hundred_times_at_once_is_as_one() {
    for copies in [1, 2, 100] {
        let mut stage = leaving();
        let payload = hooked(&stage, 2, false);
        let wake = Wake {
            function: Function::Drainer,
            payload,
            at: Some(stage.see().now),
            attempt: 0,
            host: Some(2),
        };
        let wake = Rc::new(wake);
        for _ in 0..copies {
            stage.due(Due::Deliver(Rc::clone(&wake)));
        }
        stage.tick_for(6);
        assert_eq!(stage.life(2), Life::Gone, "{copies}: {}", stage.story());
        assert_eq!(written(&stage, "go from"), 1, "{copies}: {:?}", stage.writes());
        let drained = stage.story().matches("is DRAINING (by us: true)").count();
        assert_eq!(drained, 1, "{copies}: {}", stage.story());
        assert_eq!(stage.broken(), [""; 0]);
    }
}

#[test]
fn row_16_the_same_event_under_another_id_is_as_one() {
    let mut stage = leaving();
    for n in 0..20 {
        let mut payload = hooked(&stage, 2, false);
        payload["id"] = json!(format!("id-{n}"));
        stage.send(Function::Drainer, payload);
    }
    stage.tick_for(6);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    assert_eq!(written(&stage, "go from"), 1, "{:?}", stage.writes());
    assert_eq!(written(&stage, "drain "), 1, "{:?}", stage.writes());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_17_an_end_that_is_told_before_the_beginning_follows_the_truth() {
    let (mut stage, host) = arriving();
    let payload = hooked(&stage, host, false);
    stage.send(Function::Drainer, payload);
    nothing_was_done(&stage);
    let payload = hooked(&stage, host, true);
    stage.send(Function::Verifier, payload);
    assert_eq!(stage.life(host), Life::InService, "{}", stage.story());
}

#[test]
fn row_18_a_launch_that_is_over_asks_for_nothing() {
    let mut stage = silent();
    let payload = hooked(&stage, 1, true);
    let records = stage.send(Function::Verifier, payload);
    assert_eq!(records[0].decision, Decision::Hold);
    change(&mut stage.state(), 1, Life::Gone);
    let payload = hooked(&stage, 1, true);
    assert_eq!(stage.send(Function::Verifier, payload)[0].decision, Decision::Hold);
    nothing_was_done(&stage);
}

#[test]
fn row_19_a_hook_that_a_person_completed_is_done() {
    let (mut stage, host) = arriving();
    let call = "autoscaling:CompleteLifecycleAction";
    let told = "No active Lifecycle Action found".to_owned();
    let so = Fault::AlreadySo { call: call.to_owned(), told };
    stage.fails(call, When::Before, so, 1);
    let payload = hooked(&stage, host, true);
    let records = stage.send(Function::Verifier, payload);
    assert_eq!(records[0].decision, Decision::Act, "{records:?}");
    assert!(!records[0].should_be_retried());
    nothing_was_done(&stage);
}

#[test]
fn row_20_another_hook_than_ours_is_never_touched() {
    let mut stage = leaving();
    for hook in ["ecs-managed-draining-termination-hook", "muster-launch", "MUSTER-TERMINATE", ""] {
        let mut payload = hooked(&stage, 2, false);
        payload["detail"]["LifecycleHookName"] = json!(hook);
        all_refuse(&stage.send(Function::Drainer, payload), "foreign-hook");
    }
    nothing_was_done(&stage);
}

#[test]
fn row_21_the_token_is_not_believed_and_not_needed() {
    for token in [None, Some(json!("of another action")), Some(json!(7)), Some(json!(null))] {
        let (mut stage, host) = arriving();
        let mut payload = hooked(&stage, host, true);
        match &token {
            Some(token) => payload["detail"]["LifecycleActionToken"] = token.clone(),
            None => {
                payload["detail"].as_object_mut().unwrap().remove("LifecycleActionToken");
            }
        }
        stage.send(Function::Verifier, payload);
        assert_eq!(stage.life(host), Life::InService, "{token:?}: {}", stage.story());
        assert_eq!(stage.broken(), [""; 0]);
    }
}

#[test]
fn row_22_a_test_notification_asks_for_nothing() {
    let mut stage = leaving();
    let name = "autoscaling:TEST_NOTIFICATION";
    for function in [Function::Verifier, Function::Drainer] {
        let test = json!({ "Event": name, "AccountId": "111122223333" });
        all_refuse(&stage.send(function, test), "test-notification");
        let mut payload = hooked(&stage, 2, function == Function::Verifier);
        payload["detail"]["LifecycleTransition"] = json!(name);
        all_refuse(&stage.send(function, payload), "inconsistent");
    }
    nothing_was_done(&stage);
}

#[test]
fn row_24_an_event_that_contradicts_itself_is_refused() {
    let mut stage = leaving();
    let mut payload = hooked(&stage, 2, false);
    payload["detail"]["LifecycleTransition"] = json!("autoscaling:EC2_INSTANCE_LAUNCHING");
    all_refuse(&stage.send(Function::Drainer, payload), "inconsistent");
    let mut payload = hooked(&stage, 2, true);
    payload["detail"]["LifecycleTransition"] = json!("autoscaling:EC2_INSTANCE_TERMINATING");
    all_refuse(&stage.send(Function::Verifier, payload), "inconsistent");
    nothing_was_done(&stage);
}
