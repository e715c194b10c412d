//! Rows 25 to 34: hints about machines and agents, storms, and silence.

use crate::{
    all_refuse, disruptive, event, hooked, leaving, machine, nothing_was_done, registration,
    silent, spot, written,
};
use lambda::record::Decision;
use serde_json::json;
use simulation::Stage;
use simulation::weather::{Controller, Function};
use simulation::world::{
    Life, Machine, change, connect, disconnect, launch, shut_down, stop, terminate,
};

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
        stage.run_for(1);
        assert_eq!(*stage.see().hosts[2].machine.get(), Machine::Stopped);
        stage.tick();
        stage.run_for(1);
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
    let mut stage = Stage::with(1_000, Controller::Muster);
    stage.state().groups[0].desired = 100;
    for host in 0..900 {
        terminate(&mut stage.state(), host);
    }
    stage.tick_for(45);
    let here = stage.ours();
    assert!(here.iter().all(|host| *host >= 900), "{here:?}");
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
