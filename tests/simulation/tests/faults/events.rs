//! Rows 13 to 34: events that come late, twice, in the wrong order, or not at all; and what they may not lead to.

use crate::{
    all_refuse, arriving, disruptive, event, hooked, leaving, machine, nothing_was_done,
    registration, silent, spot, time, written,
};
use domain::Fault;
use lambda::record::Decision;
use serde_json::json;
use simulation::Stage;
use simulation::weather::{Controller, Function, Wake};
use simulation::world::{
    Due, Life, Machine, When, change, connect, disconnect, launch, shut_down, stop, terminate,
};
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

#[test]
fn row_25_a_spot_warning_about_nobodys_host_asks_for_nothing() {
    let mut stage = silent();
    stage.state().groups[1].spot = true;
    let now = stage.see().now;
    stage.state().hosts[5].trouble.change(now, |it| it.taken_back = true);
    change(&mut stage.state(), 1, Life::Gone);
    shut_down(&mut stage.state(), 1);
    let mut unknown = spot(&stage, 1, "terminate");
    unknown["detail"]["instance-id"] = json!("i-0123456789abcdef0");
    let other = [spot(&stage, 5, "terminate"), spot(&stage, 1, "terminate")];
    for payload in other.into_iter().chain([unknown]) {
        let records = stage.send(Function::Drainer, payload);
        assert_eq!(records[0].decision, Decision::Hold, "{records:?}");
        assert!(!records[0].should_be_retried(), "{records:?}");
    }
    nothing_was_done(&stage);
}

#[test]
fn row_26_a_spot_host_that_is_to_stop_or_hibernate_is_drained_and_keeps_its_registration() {
    for action in ["stop", "hibernate", "terminate"] {
        let mut stage = silent();
        let now = stage.see().now;
        stage.state().groups[0].spot = true;
        stage.state().hosts[2].trouble.change(now, |it| it.taken_back = true);
        let payload = spot(&stage, 2, action);
        stage.send(Function::Drainer, payload);
        assert_eq!(written(&stage, "drain "), 1, "{action}: {}", stage.story());
        stop(&mut stage.state(), 2);
        for told in ["stopping", "stopped"] {
            let payload = machine(&stage, 2, told);
            all_refuse(&stage.send(Function::Deregisterer, payload), "nothing-follows");
        }
        assert_eq!(*stage.see().hosts[2].machine.get(), Machine::Stopping);
        assert_eq!(written(&stage, "deregister"), 0, "{action}: {}", stage.story());
        assert_eq!(stage.broken(), [""; 0]);
    }
}

#[test]
fn row_27_a_recommendation_is_followed_only_where_the_policy_says_so() {
    for (told, drained) in [(None, 0), (Some("false"), 0), (Some("true"), 1)] {
        let mut stage = silent();
        let now = stage.see().now;
        stage.state().groups[0].spot = true;
        if let Some(told) = told {
            stage.state().groups[0].tags.change(now, |tags| {
                tags.insert("muster:drain-on-rebalance".to_owned(), told.to_owned());
            });
            stage.state().groups[0].policy.drain_on_rebalance = told == "true";
        }
        stage.state().hosts[2].recommended_at = Some(now);
        let detail = json!({ "instance-id": stage.see().hosts[2].id });
        let kind = "EC2 Instance Rebalance Recommendation";
        let payload = event(&stage, "aws.ec2", kind, &detail);
        stage.send(Function::Drainer, payload);
        assert_eq!(written(&stage, "drain "), drained, "{told:?}: {}", stage.story());
        assert_eq!(stage.broken(), [""; 0], "{told:?}: {}", stage.story());
    }
}

#[test]
fn row_28_only_a_terminated_machine_leads_to_deregistration() {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    for state in ["pending", "running", "stopping", "stopped", "shutting-down", "rebooting", ""] {
        let payload = machine(&stage, 1, state);
        all_refuse(&stage.send(Function::Deregisterer, payload), "nothing-follows");
    }
    stop(&mut stage.state(), 2);
    stage.run_for(1);
    let payload = machine(&stage, 2, "terminated");
    stage.send(Function::Deregisterer, payload);
    assert_eq!(written(&stage, "deregister"), 0, "a stopped host may come back");
    // And what is terminated is struck off, so that the above says something.
    change(&mut stage.state(), 1, Life::Gone);
    shut_down(&mut stage.state(), 1);
    stage.run_for(1);
    let payload = machine(&stage, 1, "terminated");
    stage.send(Function::Deregisterer, payload);
    assert_eq!(written(&stage, "deregister"), 1, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_29_a_forged_end_of_a_running_machine_changes_nothing() {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    for host in 0..5 {
        let payload = machine(&stage, host, "terminated");
        let records = stage.send(Function::Deregisterer, payload);
        assert_eq!(records[0].decision, Decision::Hold, "{records:?}");
    }
    nothing_was_done(&stage);
}

#[test]
fn row_30_an_event_older_than_what_ecs_says_is_not_believed() {
    let mut stage = silent();
    for (status, connected) in [("DRAINING", true), ("ACTIVE", false), ("INACTIVE", false)] {
        for function in [Function::Verifier, Function::Drainer] {
            let payload = registration(&stage, 1, status, connected);
            stage.send(function, payload);
        }
    }
    nothing_was_done(&stage);
}

#[test]
fn row_31_an_agent_that_is_away_for_seconds_is_no_event() {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    let payload = registration(&stage, 1, "ACTIVE", false);
    let records = stage.send(Function::Verifier, payload);
    assert_eq!(records[0].decision, Decision::Hold);
    connect(&mut stage.state(), one);
    stage.tick_for(20);
    nothing_was_done(&stage);
}

#[test]
fn row_32_a_storm_of_terminations_is_resolved_within_bounds() {
    let mut stage = Stage::with(200, Controller::Muster);
    stage.state().groups[0].desired = 20;
    for host in 0..180 {
        terminate(&mut stage.state(), host);
    }
    stage.tick_for(45);
    let here = stage.ours();
    assert!(here.iter().all(|host| *host >= 180), "{here:?}");
    assert_eq!(stage.broken(), [""; 0], "too many calls, or worse: {}", stage.story());
    assert_eq!(written(&stage, "unhealthy") + written(&stage, "abandon"), 0);
}

#[test]
fn row_33_what_no_event_told_is_found_by_the_clock() {
    let mut stage = silent();
    let host = stage.see().hosts.len();
    {
        let mut state = stage.state();
        state.groups[0].desired += 1;
        launch(&mut state, 0);
        terminate(&mut state, 2);
        let one = state.hosts[4].registrations[0];
        disconnect(&mut state, one);
        state.registrations[one].dead = true;
    }
    stage.tick_for(60);
    assert_eq!(stage.life(host), Life::InService, "{}", stage.story());
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    assert_eq!(stage.life(4), Life::Gone, "{}", stage.story());
    let left = stage.see().hosts[4].registrations.clone();
    for one in left {
        assert_eq!(stage.see().registrations[one].told.get().status, "INACTIVE");
    }
    assert_eq!(stage.broken(), [""; 0], "{}", stage.story());
}

#[test]
fn row_34_an_event_that_was_held_up_for_a_day_undoes_nothing() {
    let mut stage = leaving();
    let (first, end) = (hooked(&stage, 2, false), machine(&stage, 1, "terminated"));
    stage.tick_for(6);
    assert_eq!(stage.life(2), Life::Gone);
    let before = stage.writes();
    stage.run_for(23 * 60);
    for (function, payload) in [(Function::Drainer, first), (Function::Deregisterer, end)] {
        stage.send(function, payload);
    }
    assert_eq!(stage.writes(), before);
    assert_eq!(disruptive(&stage).len(), 2, "one drained, one let go: {before:?}");
}
