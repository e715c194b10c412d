//! Rows 73 to 77: invocations that die, hang, overlap, or are kept from running.

use crate::{arriving, hooked, leaving, lost, machine, nothing_was_done, silent, time, written};
use lambda::record::Decision;
use serde_json::{Value, json};
use simulation::Stage;
use simulation::weather::{Function, Wake};
use simulation::world::{Due, HostNo, Life, When, change, disconnect, shut_down};
use std::rc::Rc;

/// A scene in which one function has something to write, and how it should end.
struct Scene {
    stage: Stage,
    /// Who dies; the reconciler by a tick.
    function: Function,
    payload: Value,
    /// How long until all is well.
    minutes: i64,
    ends: fn(&Stage) -> Result<(), String>,
}

fn seat(stage: &Stage, host: HostNo, life: Life) -> Result<(), String> {
    let is = stage.life(host);
    if is == life { Ok(()) } else { Err(format!("host {host} is {is:?}")) }
}

fn struck(stage: &Stage, host: HostNo) -> Result<(), String> {
    let one = stage.see().hosts[host].registrations[0];
    let status = stage.see().registrations[one].told.get().status;
    if status == "INACTIVE" { Ok(()) } else { Err(format!("its registration is {status}")) }
}

fn terminating(function: Function) -> Scene {
    let stage = leaving();
    let payload = hooked(&stage, 2, false);
    let ends = |stage: &Stage| seat(stage, 2, Life::Gone);
    Scene { stage, function, payload, minutes: 10, ends }
}

fn launching(function: Function) -> Scene {
    let (stage, host) = arriving();
    assert_eq!(host, 6);
    let payload = hooked(&stage, host, true);
    let ends = |stage: &Stage| seat(stage, 6, Life::InService);
    Scene { stage, function, payload, minutes: 8, ends }
}

fn ghost(function: Function) -> Scene {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    change(&mut stage.state(), 1, Life::Gone);
    shut_down(&mut stage.state(), 1);
    stage.run_for(1);
    let payload = machine(&stage, 1, "terminated");
    let ends = |stage: &Stage| struck(stage, 1);
    Scene { stage, function, payload, minutes: 8, ends }
}

/// A host that lost its agent, so many minutes ago: it is marked, renewed, chosen, and given up.
fn without_agent(minutes: i64) -> Scene {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    stage.state().registrations[one].dead = true;
    stage.tick_for(minutes);
    let ends = |stage: &Stage| seat(stage, 1, Life::Gone).and_then(|()| struck(stage, 1));
    Scene { stage, function: Function::Reconciler, payload: Value::Null, minutes: 110, ends }
}

fn wake(scene: &mut Scene) {
    match scene.function {
        Function::Reconciler => {
            scene.stage.tick();
            scene.stage.run_for(1);
        }
        function => drop(scene.stage.send(function, scene.payload.clone())),
    }
}

/// Lets the function die at each of its awaits in turn, until it has none left.
fn dies_everywhere(what: &str, scene: impl Fn() -> Scene) {
    let mut deaths = 0;
    for awaits in 0..200 {
        let mut scene = scene();
        scene.stage.next_dies_after(awaits);
        wake(&mut scene);
        let died = scene.stage.deaths() > 0;
        scene.stage.tick_for(scene.minutes);
        let (broken, told) = (scene.stage.broken(), scene.stage.story());
        assert_eq!(broken, [""; 0], "{what} dies after {awaits} awaits: {told}");
        assert_eq!((scene.ends)(&scene.stage), Ok(()), "{what}, after {awaits} awaits: {told}");
        if !died {
            assert!(deaths > 2, "{what} was over after {deaths} awaits");
            return;
        }
        deaths += 1;
    }
    assert_eq!(deaths, 0, "{what} never came to its end");
}

#[test]
fn row_73_a_function_that_dies_at_any_await_is_made_good() {
    dies_everywhere("the drainer", || terminating(Function::Drainer));
    dies_everywhere("the verifier", || launching(Function::Verifier));
    dies_everywhere("the deregisterer", || ghost(Function::Deregisterer));
    dies_everywhere("a sweep that drains", || terminating(Function::Reconciler));
    dies_everywhere("a sweep that lets in", || launching(Function::Reconciler));
    dies_everywhere("a sweep that strikes off", || ghost(Function::Reconciler));
}

#[test]
fn row_73_a_sweep_that_dies_while_it_gives_a_host_up_is_made_good() {
    for minutes in [0, 3, 9, 10, 11, 12, 13] {
        dies_everywhere("a sweep that gives up", || without_agent(minutes));
    }
}

#[test]
fn row_74_a_function_that_hangs_until_its_time_is_over_is_made_good() {
    let scenes: [fn() -> Scene; 4] = [
        || terminating(Function::Drainer),
        || launching(Function::Verifier),
        || ghost(Function::Deregisterer),
        || terminating(Function::Reconciler),
    ];
    let calls = [
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:CompleteLifecycleAction",
        "ec2:DescribeInstances",
        "ecs:ListContainerInstances",
        "ecs:DescribeContainerInstances",
        "ecs:UpdateContainerInstancesState",
        "ecs:PutAttributes",
        "ecs:DeregisterContainerInstance",
        "events:PutEvents",
    ];
    let mut hung = 0;
    for scene in scenes {
        for call in calls {
            let mut scene = scene();
            scene.stage.fails(call, When::Hangs, lost(), 1);
            wake(&mut scene);
            scene.stage.run_for(2);
            hung += scene.stage.see().tally.faults.get("time_out").copied().unwrap_or_default();
            scene.stage.tick_for(scene.minutes);
            let told = scene.stage.story();
            assert_eq!(scene.stage.broken(), [""; 0], "{call}: {told}");
            assert_eq!((scene.ends)(&scene.stage), Ok(()), "{call}: {told}");
        }
    }
    assert!(hung >= 12, "only {hung} hung");
}

#[test]
fn row_76_functions_that_overlap_themselves_and_each_other_do_no_harm() {
    for mut scene in [
        terminating(Function::Drainer),
        launching(Function::Verifier),
        ghost(Function::Deregisterer),
        without_agent(12),
    ] {
        let stage = &mut scene.stage;
        for _ in 0..5 {
            let tick = json!({
                "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}",
            });
            let sweep = (Function::Reconciler, tick, None);
            let event = (scene.function, scene.payload.clone(), Some(stage.see().now));
            for (function, payload, at) in [sweep, event] {
                let wake = Wake { function, payload, at, attempt: 0, host: None };
                stage.due(Due::Deliver(Rc::new(wake)));
            }
        }
        stage.tick_for(scene.minutes);
        assert_eq!((scene.ends)(stage), Ok(()), "{}", stage.story());
        assert_eq!(stage.broken(), [""; 0], "{}", stage.story());
    }
}

#[test]
fn row_77_after_an_hour_without_any_invocation_the_sweep_catches_up() {
    let mut stage = leaving();
    let (old, at) = (hooked(&stage, 2, false), time(&stage, 0));
    assert_eq!(old["time"], at.as_str());
    stage.run_for(50);
    nothing_was_done(&stage);
    // What was queued meanwhile comes now, and is too old to act on.
    assert_eq!(stage.send(Function::Drainer, old)[0].decision, Decision::ReadsOnly);
    nothing_was_done(&stage);
    stage.tick_for(6);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    let id = stage.see().hosts[2].id.clone();
    assert_eq!(written(&stage, &format!("let {id} go")), 1);
    assert_eq!(stage.broken(), [""; 0]);
}
