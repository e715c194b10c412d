//! The scenes in which the surveyed tools fail: each is played by the real functions, and, where the survey names
//! one of them, by the port of that tool, which must fail for the scene to be worth anything.
#![expect(
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "a scene knows its hosts, and a stage has a state"
)]

mod teardown;

use domain::Fault;
use domain::names::{LAUNCH_HOOK, TERMINATE_HOOK};
use serde_json::{Value, json};
use simulation::Stage;
use simulation::weather::{Controller, Event, Function};
use simulation::world::{
    Boot, HostNo, Kind, Life, When, complete, disconnect, launch, place, stop, terminate, timestamp,
};

/// Five hosts with four tasks each, which take 50 seconds to stop.
fn busy(controller: Controller) -> Stage {
    let mut stage = Stage::with(5, controller);
    stage.state().services[0].desired = 20;
    stage.run_for(3);
    let mut state = stage.state();
    for task in &mut state.tasks {
        task.stops_in = 50_000;
    }
    drop(state);
    assert!((0..5).all(|host| running(&stage, host) >= 3), "{}", stage.story());
    stage
}

/// The tasks on a host that have not stopped.
fn running(stage: &Stage, host: HostNo) -> usize {
    let state = stage.see();
    let tasks =
        state.hosts[host].registrations.iter().flat_map(|it| &state.registrations[*it].tasks);
    let stopped = simulation::world::Stage::Stopped;
    tasks.filter(|task| state.tasks[**task].told.get().stage != stopped).count()
}

fn cut(stage: &Stage) -> u64 {
    stage.see().tally.tasks_cut
}

/// An event in EventBridge's envelope.
fn hooked(stage: &Stage, host: HostNo, launching: bool) -> Value {
    let (kind, transition, hook) = if launching {
        ("launch", "LAUNCHING", LAUNCH_HOOK)
    } else {
        ("terminate", "TERMINATING", TERMINATE_HOOK)
    };
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "source": "aws.autoscaling",
        "detail-type": format!("EC2 Instance-{kind} Lifecycle Action"), "account": "111122223333",
        "region": "us-west-2", "resources": [], "time": format!("{:.0}", timestamp(stage.see().now)),
        "detail": {
            "LifecycleActionToken": "87654321-4321-4321-4321-210987654321",
            "AutoScalingGroupName": "group-0", "LifecycleHookName": hook,
            "EC2InstanceId": stage.see().hosts[host].id,
            "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
        },
    })
}

fn is_well(stage: &Stage) {
    assert_eq!(stage.broken(), [""; 0], "{}", stage.story());
    assert_eq!(cut(stage), 0, "{}", stage.story());
}

#[test]
fn t1_a_terminating_host_that_never_registered_goes_at_once() {
    let play = |controller| {
        let mut stage = Stage::with(5, controller);
        let host = stage.see().hosts.len();
        {
            let mut state = stage.state();
            state.groups[0].desired += 1;
            launch(&mut state, 0);
            state.hosts[host].boot = Boot::Never;
        }
        stage.run_for(1);
        // A person takes it out again.
        if stage.life(host) == Life::PendingWait {
            complete(&mut stage.state(), host, LAUNCH_HOOK, false);
        } else {
            terminate(&mut stage.state(), host);
        }
        stage.tick_for(10);
        (stage.life(host), stage)
    };
    let (life, stage) = play(Controller::Muster);
    assert_eq!(life, Life::Gone, "{}", stage.story());
    is_well(&stage);
    for controller in [Controller::Cdk, Controller::Nth] {
        let (life, stage) = play(controller);
        assert_eq!(life, Life::TerminatingWait, "{controller:?}: {}", stage.story());
    }
}

#[test]
fn t2_a_retry_after_a_crash_counts_the_tasks_that_are_stopping() {
    let play = |controller, awaits| {
        let mut stage = busy(controller);
        for task in &mut stage.state().tasks {
            task.stops_in = 150_000;
        }
        stage.next_dies_after(awaits);
        terminate(&mut stage.state(), 2);
        stage.tick_for(6);
        stage
    };
    for awaits in 0..40 {
        let stage = play(Controller::Muster, awaits);
        assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
        is_well(&stage);
    }
    let theirs = (0..40).map(|awaits| cut(&play(Controller::Cdk, awaits))).max();
    assert!(theirs > Some(0), "a retry that lists what is to run sees no task");
}

#[test]
fn t3_what_is_listed_on_a_second_page_is_seen() {
    let play = |controller| {
        let mut stage = busy(controller);
        // What stands on the second page takes longer.
        let last = stage.see().tasks.len() - 1;
        let host = {
            let state = stage.see();
            let one = state.tasks[last].registration;
            state.registrations[one].host
        };
        stage.state().tasks[last].stops_in = 170_000;
        terminate(&mut stage.state(), host);
        stage.tick_for(8);
        assert_eq!(stage.life(host), Life::Gone, "{}", stage.story());
        stage
    };
    is_well(&play(Controller::Muster));
    assert!(cut(&play(Controller::Cdk)) > 0);
}

#[test]
fn t4_a_standalone_task_that_nobody_is_named_for_is_waited_for() {
    let mut stage = busy(Controller::Muster);
    place(&mut stage.state(), 0, Kind::Standalone);
    let task = stage.see().tasks.len() - 1;
    let host = {
        let mut state = stage.state();
        state.tasks[task].runs_for = 12 * 60_000;
        state.registrations[state.tasks[task].registration].host
    };
    terminate(&mut stage.state(), host);
    stage.tick_for(8);
    assert_eq!((stage.life(host), running(&stage, host)), (Life::TerminatingWait, 1));
    stage.tick_for(12);
    assert_eq!(stage.life(host), Life::Gone, "{}", stage.story());
    is_well(&stage);
}

#[test]
fn t5_a_service_that_cannot_place_its_tasks_holds_up_nobody_elses_host() {
    let mut stage = busy(Controller::Muster);
    {
        // It wants more than the whole cluster holds, for ever.
        let mut state = stage.state();
        let mut other = state.services[0].clone();
        (other.name, other.desired, other.live) = ("unstable".to_owned(), 200, Vec::new());
        other.least = 0;
        state.services.push(other);
    }
    stage.run_for(3);
    terminate(&mut stage.state(), 2);
    stage.tick_for(9);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    is_well(&stage);
}

#[test]
fn t6_an_action_that_is_over_already_is_done_and_not_tried_again() {
    let mut stage = busy(Controller::Muster);
    terminate(&mut stage.state(), 2);
    stage.run_for(1);
    let old = hooked(&stage, 2, false);
    complete(&mut stage.state(), 2, TERMINATE_HOOK, true);
    let before = stage.writes().len();
    let records = stage.send(Function::Drainer, old);
    assert!(records.iter().all(|record| !record.should_be_retried()), "{records:?}");
    assert_eq!(stage.writes().len(), before);
    // And one that is completed by another between our look and our call.
    let mut stage = busy(Controller::Muster);
    terminate(&mut stage.state(), 3);
    let call = "autoscaling:CompleteLifecycleAction";
    let told = "No active Lifecycle Action found".to_owned();
    stage.fails(call, When::Before, Fault::AlreadySo { call: call.to_owned(), told }, 1);
    stage.tick_for(4);
    let letters = stage.see().tally.dead_letters;
    assert_eq!(letters, 0, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

// Checks S22: whatever the order, and however often.
#[test]
fn t7_doubled_and_reordered_events_end_in_the_same_state() {
    let play = |order: &[usize]| {
        let mut stage = busy(Controller::Muster);
        stage.state().swarm.drop_event = 2_500;
        let host = stage.see().hosts.len();
        terminate(&mut stage.state(), 1);
        {
            let mut state = stage.state();
            launch(&mut state, 0);
        }
        stage.run_for(3);
        for which in order {
            let (function, payload) = match which {
                0 => (Function::Drainer, hooked(&stage, 1, false)),
                1 => (Function::Verifier, hooked(&stage, host, true)),
                2 => (Function::Drainer, hooked(&stage, host, false)),
                _ => (Function::Verifier, hooked(&stage, 1, true)),
            };
            stage.send(function, payload);
        }
        stage.tick_for(8);
        is_well(&stage);
        let state = stage.see();
        let told = |it: &simulation::world::Registration| {
            let told = it.told.get();
            (told.status, told.connected, told.attributes.keys().cloned().collect::<Vec<_>>())
        };
        let hosts: Vec<_> = state.hosts.iter().map(|host| host.seat.get().life).collect();
        (hosts, state.registrations.iter().map(told).collect::<Vec<_>>())
    };
    let once = play(&[0, 1, 2, 3]);
    assert_eq!(once.0[1], Life::Gone);
    for order in [
        &[3, 2, 1, 0][..],
        &[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3],
        &[2, 0, 3, 1, 0, 2, 1, 3, 3, 0, 1, 2],
        &[],
    ] {
        assert_eq!(play(order), once, "{order:?}");
    }
}

#[test]
fn t8_agents_that_are_all_lost_at_once_cost_no_host() {
    let mut stage = busy(Controller::Muster);
    let all: Vec<_> = (0..5).map(|host| stage.see().hosts[host].registrations[0]).collect();
    for one in &all {
        disconnect(&mut stage.state(), *one);
        stage.state().registrations[*one].dead = true;
    }
    stage.tick_for(60);
    assert_eq!(stage.ours().len(), 5);
    let hard = ["unhealthy", "replace", "deregister", "drain "];
    let done = stage.writes().into_iter().find(|it| hard.iter().any(|word| it.contains(word)));
    assert_eq!(done, None);
    is_well(&stage);
}

#[test]
fn t12_a_host_without_any_cpu_left_is_verified_and_drained_like_any_other() {
    // No host of this world has any room left by what ECS says of it: the judgements do not ask.
    let mut stage = busy(Controller::Muster);
    let host = stage.see().hosts.len();
    {
        let mut state = stage.state();
        state.groups[0].desired += 1;
        launch(&mut state, 0);
    }
    stage.tick_for(4);
    assert_eq!(stage.life(host), Life::InService, "{}", stage.story());
    terminate(&mut stage.state(), host);
    stage.tick_for(8);
    assert_eq!(stage.life(host), Life::Gone, "{}", stage.story());
    is_well(&stage);
}

#[test]
fn t13_another_teams_hook_on_the_same_group_is_left_to_them() {
    let mut stage = busy(Controller::Muster);
    stage.state().groups[0].managed = true;
    terminate(&mut stage.state(), 2);
    stage.tell(Event::ManagedHook(2));
    stage.tick_for(8);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    let foreign = |it: &String| it.contains("ecs-managed-draining");
    assert!(!stage.writes().iter().any(foreign));
    is_well(&stage);
}

#[test]
fn t14_a_drain_of_forty_minutes_outlives_every_time_out_on_the_way() {
    let play = |controller| {
        let mut stage = busy(controller);
        stage.state().groups[0].terminate_hook.time_out = 10 * 60_000;
        place(&mut stage.state(), 0, Kind::Standalone);
        let task = stage.see().tasks.len() - 1;
        let host = {
            let mut state = stage.state();
            state.tasks[task].runs_for = 40 * 60_000;
            state.registrations[state.tasks[task].registration].host
        };
        stage.run_for(1);
        terminate(&mut stage.state(), host);
        stage.tick_for(35);
        let then = stage.life(host);
        stage.tick_for(12);
        (then, stage.life(host), stage)
    };
    let (then, at_last, stage) = play(Controller::Muster);
    assert_eq!((then, at_last), (Life::TerminatingWait, Life::Gone), "{}", stage.story());
    is_well(&stage);
    let (then, _, theirs) = play(Controller::Cdk);
    assert_eq!(then, Life::Gone);
    assert!(cut(&theirs) > 0);
}

#[test]
fn t15_a_failure_in_the_answer_to_a_drain_is_seen_and_made_good() {
    let mut stage = busy(Controller::Muster);
    let call = "ecs:UpdateContainerInstancesState";
    let told = Fault::Partial { call: call.to_owned(), told: "MISSING".to_owned() };
    stage.fails(call, When::Before, told, 1);
    terminate(&mut stage.state(), 2);
    stage.run_for_seconds(20);
    assert_eq!(stage.life(2), Life::TerminatingWait);
    assert!(!stage.story().contains("is DRAINING"), "{}", stage.story());
    stage.tick_for(8);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    is_well(&stage);
}

#[test]
fn t16_a_draining_host_that_is_stopped_goes_within_minutes() {
    let mut stage = busy(Controller::Muster);
    for task in &mut stage.state().tasks {
        task.stops_in = 50 * 60_000;
    }
    terminate(&mut stage.state(), 2);
    stage.tick_for(3);
    assert_eq!(stage.life(2), Life::TerminatingWait);
    stop(&mut stage.state(), 2);
    stage.tick_for(3);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}
