//! Rows 35 to 46: clusters, groups and registrations in states that nobody hopes for.

use crate::{arriving, disruptive, hooked, leaving, machine, nothing_was_done, silent, written};
use domain::Fault;
use lambda::record::Decision;
use simulation::Stage;
use simulation::weather::{Controller, Function};
use simulation::world::{
    Boot, Kind, Life, Machine, Stage as Step, When, change, connect, disconnect, drain, launch,
    place, register, shut_down, terminate,
};

fn no_cluster(stage: &mut Stage) {
    for call in ["ecs:ListContainerInstances", "ecs:DescribeContainerInstances"] {
        let told = "Cluster not found.".to_owned();
        let gone = Fault::NotFound { call: call.to_owned(), told };
        stage.fails(call, When::Before, gone, u32::MAX);
    }
}

/// One more host of our group, that boots like this.
fn booting(boot: Boot) -> (Stage, usize) {
    let mut stage = silent();
    let host = stage.see().hosts.len();
    {
        let mut state = stage.state();
        state.groups[0].desired += 1;
        launch(&mut state, 0);
        state.hosts[host].boot = boot;
    }
    stage.run_for(1);
    (stage, host)
}

#[test]
fn row_35_without_its_cluster_a_launch_waits_and_an_end_is_left_to_the_hook() {
    let (mut stage, host) = arriving();
    no_cluster(&mut stage);
    stage.tick_for(20);
    assert_eq!(stage.life(host), Life::PendingWait, "{}", stage.story());
    nothing_was_done(&stage);

    let mut stage = leaving();
    no_cluster(&mut stage);
    stage.tick_for(20);
    assert_eq!(stage.life(2), Life::TerminatingWait, "{}", stage.story());
    nothing_was_done(&stage);
    stage.tick_for(50);
    assert_eq!(stage.life(2), Life::Gone, "the default result: {}", stage.story());
}

#[test]
fn row_36_a_group_that_is_gone_while_a_host_drains_asks_for_nothing() {
    let mut stage = leaving();
    let payload = hooked(&stage, 2, false);
    stage.send(Function::Drainer, payload);
    let before = stage.writes();
    change(&mut stage.state(), 2, Life::Gone);
    let payload = hooked(&stage, 2, false);
    let records = stage.send(Function::Drainer, payload);
    assert!(!records[0].should_be_retried(), "{records:?}");
    assert_eq!(stage.writes(), before);
    // What is left behind is still struck off later.
    let one = stage.see().hosts[2].registrations[0];
    disconnect(&mut stage.state(), one);
    shut_down(&mut stage.state(), 2);
    stage.tick_for(3);
    assert_eq!(stage.see().registrations[one].told.get().status, "INACTIVE", "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_37_a_host_that_never_registers_is_given_up_after_patience_and_not_before() {
    let (mut stage, host) = booting(Boot::Never);
    stage.tick_for(8);
    assert_eq!(stage.life(host), Life::PendingWait);
    assert_eq!(written(&stage, "abandon"), 0);
    stage.tick_for(8);
    assert_eq!(written(&stage, "abandon"), 1, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_38_a_host_in_another_cluster_is_not_let_in_and_nothing_is_changed_there() {
    let (mut stage, host) = booting(Boot::Elsewhere(20_000));
    stage.run_for(3);
    let payload = hooked(&stage, host, true);
    let records = stage.send(Function::Verifier, payload);
    assert_eq!(records[0].decision, Decision::Hold, "{records:?}");
    assert!(records[0].because.contains("no registration in its cluster"), "{records:?}");
    stage.tick_for(20);
    let id = stage.see().hosts[host].id.clone();
    assert_eq!(written(&stage, &format!("let {id} into service")), 0);
    let one = stage.see().hosts[host].registrations[0];
    let arn = stage.see().registrations[one].arn.to_string();
    let name = arn.rsplit('/').next().unwrap();
    assert_eq!(written(&stage, name), 0, "{:?}", stage.writes());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_39_two_registrations_of_one_host_are_judged_each() {
    let mut stage = silent();
    let old = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), old);
    stage.state().registrations[old].dead = true;
    register(&mut stage.state(), 1);
    stage.run_for(1);
    let new = stage.see().hosts[1].registrations[1];
    assert!(stage.see().registrations[new].told.get().connected);
    stage.tick_for(30);
    assert_eq!(stage.life(1), Life::InService, "the connected one is the host");
    assert_eq!(disruptive(&stage), [""; 0], "{}", stage.story());
    // The tasks of the old one stay on ECS's books, so the hook's own time-out ends it.
    terminate(&mut stage.state(), 1);
    stage.tick_for(150);
    for one in [old, new] {
        let state = stage.see();
        assert_eq!(state.registrations[one].told.get().status, "INACTIVE", "{}", stage.story());
    }
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_41_a_group_whose_name_begins_like_ours_is_not_ours() {
    let mut stage = silent();
    stage.state().groups[1].name = "group-0-2".parse().unwrap();
    stage.state().clusters[1].name = "cluster-00".parse().unwrap();
    terminate(&mut stage.state(), 5);
    stage.run_for(1);
    let payload = hooked(&stage, 5, false);
    stage.send(Function::Drainer, payload);
    stage.tick_for(5);
    assert_eq!(stage.life(5), Life::TerminatingWait);
    nothing_was_done(&stage);
}

#[test]
fn row_42_a_host_in_standby_is_left_alone_even_without_its_agent() {
    let mut stage = silent();
    stage.state().groups[0].desired = 4;
    change(&mut stage.state(), 1, Life::Standby);
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    stage.state().registrations[one].dead = true;
    stage.tick_for(40);
    assert_eq!(stage.life(1), Life::Standby);
    nothing_was_done(&stage);
}

#[test]
fn row_43_a_registration_in_an_odd_state_is_neither_joined_nor_drained() {
    for status in ["REGISTERING", "REGISTRATION_FAILED", "DEREGISTERING", "INACTIVE", "HIBERNATED"]
    {
        let (mut stage, host) = arriving();
        let (now, one) = (stage.see().now, stage.see().hosts[host].registrations[0]);
        stage.state().registrations[one].told.change(now, |told| told.status = status);
        let payload = hooked(&stage, host, true);
        stage.send(Function::Verifier, payload);
        stage.tick_for(2);
        assert_eq!(stage.life(host), Life::PendingWait, "{status}: {}", stage.story());
        nothing_was_done(&stage);

        // INACTIVE is struck off: nothing is left to drain.
        if status == "INACTIVE" {
            continue;
        }
        let mut stage = leaving();
        let (now, one) = (stage.see().now, stage.see().hosts[2].registrations[0]);
        stage.state().registrations[one].told.change(now, |told| told.status = status);
        let payload = hooked(&stage, 2, false);
        stage.send(Function::Drainer, payload);
        stage.tick_for(2);
        assert_eq!(stage.life(2), Life::TerminatingWait, "{status}: {}", stage.story());
        assert_eq!(written(&stage, "go from"), 0, "{status}");
        assert_eq!(stage.broken(), [""; 0]);
    }
}

#[test]
fn row_44_what_a_person_drains_is_the_persons() {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    drain(&mut stage.state(), one, false);
    let payload = crate::registration(&stage, 1, "DRAINING", true);
    stage.send(Function::Drainer, payload);
    stage.tick_for(30);
    assert_eq!(stage.see().registrations[one].told.get().status, "DRAINING");
    nothing_was_done(&stage);
}

#[test]
fn row_45_a_task_of_any_kind_holds_a_host() {
    let mut stage = silent();
    // The emptiest host takes it; which one does not matter.
    place(&mut stage.state(), 0, Kind::Standalone);
    let task = stage.see().tasks.len() - 1;
    let host = {
        let mut state = stage.state();
        state.tasks[task].runs_for = i64::MAX / 4;
        state.registrations[state.tasks[task].registration].host
    };
    terminate(&mut stage.state(), host);
    // Starting, running, and stopping for ever.
    for step in [Step::Pending, Step::Running, Step::Stopping] {
        let now = stage.see().now;
        stage.state().tasks[task].told.change(now, |told| {
            told.stage = step;
            told.told_to_stop = step == Step::Stopping;
        });
        stage.tick_for(5);
        assert_eq!(stage.life(host), Life::TerminatingWait, "{step:?}: {}", stage.story());
    }
    assert_eq!(written(&stage, "go from") + written(&stage, "stop task"), 0);
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_46_more_than_a_page_and_a_batch_holds_are_all_seen() {
    let mut stage = Stage::with(250, Controller::Muster);
    stage.state().swarm.drop_event = 2_500;
    stage.state().groups[0].desired = 220;
    for host in 0..30 {
        terminate(&mut stage.state(), host);
    }
    stage.run_for(1);
    stage.tick();
    stage.run_for(1);
    assert_eq!(written(&stage, "drain "), 30, "{}", stage.story());
    stage.tick_for(10);
    assert!((0..30).all(|host| stage.life(host) == Life::Gone), "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_50_of_a_batch_only_what_failed_is_done_again() {
    let mut stage = Stage::with(20, Controller::Muster);
    stage.state().swarm.drop_event = 2_500;
    stage.state().groups[0].desired = 10;
    for host in 0..10 {
        terminate(&mut stage.state(), host);
    }
    stage.run_for(1);
    let call = "ecs:UpdateContainerInstancesState";
    let partial = Fault::Partial { call: call.to_owned(), told: "MISSING".to_owned() };
    stage.fails(call, When::Inside, partial, 1);
    stage.tick();
    stage.run_for(1);
    assert_eq!(written(&stage, "drain "), 9, "{}", stage.story());
    stage.tick();
    stage.run_for(1);
    assert_eq!(written(&stage, "drain "), 10, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_51_a_connected_agent_of_a_terminated_machine_is_waited_for() {
    let mut stage = silent();
    let now = stage.see().now;
    stage.state().hosts[1].machine.set(now, Machine::Terminated);
    change(&mut stage.state(), 1, Life::Gone);
    let payload = machine(&stage, 1, "terminated");
    stage.send(Function::Deregisterer, payload);
    stage.tick_for(5);
    assert_eq!(written(&stage, "deregister"), 0);
    assert_eq!(stage.broken(), [""; 0]);
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    stage.tick_for(2);
    assert_eq!(written(&stage, "deregister"), 1, "{}", stage.story());
    connect(&mut stage.state(), one);
    assert_eq!(stage.broken(), [""; 0]);
}
