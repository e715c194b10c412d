//! Rows 61 to 72: calls that fail, before they have an effect or after.

use crate::{arriving, hooked, leaving, lost, machine, silent, throttled, written};
use domain::Fault;
use lambda::record::Decision;
use simulation::Stage;
use simulation::weather::Function;
use simulation::world::{Life, When, change, disconnect, mark, shut_down};

/// Every call that changes something.
const WRITES: [&str; 9] = [
    "autoscaling:CompleteLifecycleAction",
    "autoscaling:RecordLifecycleActionHeartbeat",
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DeleteTags",
    "autoscaling:SetInstanceHealth",
    "ecs:UpdateContainerInstancesState",
    "ecs:PutAttributes",
    "ecs:DeleteAttributes",
    "ecs:DeregisterContainerInstance",
];

/// Every call that only looks.
const READS: [&str; 8] = [
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeLifecycleHooks",
    "ec2:DescribeInstances",
    "ecs:ListContainerInstances",
    "ecs:DescribeContainerInstances",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
];

/// A host that leaves, one that comes, one that is a ghost, one that lost its agent, one whose mark is over.
fn busy() -> Stage {
    let (mut stage, host) = arriving();
    assert_eq!(host, 6);
    simulation::world::terminate(&mut stage.state(), 2);
    for host in [1, 4] {
        let one = stage.see().hosts[host].registrations[0];
        disconnect(&mut stage.state(), one);
    }
    change(&mut stage.state(), 1, Life::Gone);
    shut_down(&mut stage.state(), 1);
    let (lost, back) =
        (stage.see().hosts[4].registrations[0], stage.see().hosts[3].registrations[0]);
    stage.state().registrations[lost].dead = true;
    let old = format!("{:.0} {:.0}", stage.see().timestamp(), stage.see().timestamp());
    mark(&mut stage.state(), back, domain::marks::AGENT_LOST, old);
    stage.run_for(1);
    stage
}

fn ends_well(stage: &Stage, what: &str) {
    let told = stage.story();
    for (host, life) in [(1, Life::Gone), (2, Life::Gone), (4, Life::Gone), (6, Life::InService)] {
        assert_eq!(stage.life(host), life, "{what}: host {host}: {told}");
    }
    for host in [1, 2, 4] {
        let one = stage.see().hosts[host].registrations[0];
        let status = stage.see().registrations[one].told.get().status;
        assert_eq!(status, "INACTIVE", "{what}: host {host}: {told}");
    }
    assert_eq!(stage.broken(), [""; 0], "{what}: {told}");
}

#[test]
fn row_61_a_change_under_way_is_tried_again() {
    let (mut stage, host) = arriving();
    let call = "autoscaling:CompleteLifecycleAction";
    let told = "ResourceContention".to_owned();
    let contended = Fault::Contended { call: call.to_owned(), told };
    stage.fails(call, When::Before, contended, 1);
    let payload = hooked(&stage, host, true);
    let records = stage.send(Function::Verifier, payload);
    assert_eq!(records[0].decision, Decision::Fail);
    assert!(records[0].should_be_retried(), "{records:?}");
    // Lambda hands it over again after a minute.
    stage.run_for(2);
    assert_eq!(stage.life(host), Life::InService, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_65_throttling_once_by_turns_or_for_ten_minutes_only_delays() {
    for call in WRITES.into_iter().chain(READS) {
        let mut stage = busy();
        stage.fails(call, When::Before, throttled(), 1);
        stage.tick_for(110);
        ends_well(&stage, call);
    }
    let mut stage = busy();
    stage.state().swarm.throttle = 6_000;
    stage.tick_for(5);
    stage.state().swarm.throttle = 0;
    stage.tick_for(110);
    ends_well(&stage, "every second call");
    let mut stage = busy();
    let now = stage.see().now;
    stage.state().storm_until = now + 10 * 60_000;
    let before = stage.see().tally.calls;
    stage.tick_for(9);
    assert!(stage.see().tally.calls - before < 9 * 100, "it hammers");
    assert_eq!(stage.writes(), [""; 0]);
    stage.tick_for(110);
    ends_well(&stage, "ten minutes");
}

#[test]
fn row_65_a_throttled_look_is_handed_over_again() {
    let mut stage = leaving();
    stage.fails("ecs:ListContainerInstances", When::Before, throttled(), 1);
    let payload = hooked(&stage, 2, false);
    let records = stage.send(Function::Drainer, payload);
    assert!(records[0].should_be_retried(), "{records:?}");
    assert_eq!(stage.writes(), [""; 0]);
    stage.run_for(2);
    assert_eq!(written(&stage, "drain "), 1, "{}", stage.story());
}

#[test]
fn row_66_a_broken_answer_is_unknown_and_nothing_is_done_about_what_is_unknown() {
    for call in READS {
        let mut stage = busy();
        stage.fails(call, When::Before, lost(), u32::MAX);
        stage.tick_for(20);
        assert_eq!(stage.broken(), [""; 0], "{call}: {}", stage.story());
        stage.state().scripted.clear();
        stage.tick_for(110);
        ends_well(&stage, call);
    }
}

#[test]
fn row_68_a_time_out_before_or_after_the_effect_is_repeated_and_changes_nothing_twice() {
    let mut struck = 0;
    for call in WRITES {
        for when in [When::Before, When::After] {
            let mut stage = busy();
            stage.fails(call, when, lost(), 1);
            stage.tick_for(110);
            struck += u32::from(stage.see().scripted.iter().all(|one| one.times == 0));
            ends_well(&stage, call);
        }
    }
    assert!(struck >= 14, "only {struck} of the faults struck");
}

#[test]
fn row_69_a_call_that_is_not_allowed_is_never_absence_and_a_write_is_not_handed_over_again() {
    let forbidden = |call: &str| Fault::Forbidden { call: call.to_owned(), told: "no".to_owned() };
    for call in READS {
        let mut stage = busy();
        stage.fails(call, When::Before, forbidden(call), u32::MAX);
        stage.tick_for(20);
        assert_eq!(stage.broken(), [""; 0], "{call}: {}", stage.story());
    }
    let (mut stage, host) = arriving();
    let call = "autoscaling:CompleteLifecycleAction";
    stage.fails(call, When::Before, forbidden(call), 1);
    let payload = hooked(&stage, host, true);
    let records = stage.send(Function::Verifier, payload);
    assert_eq!(records[0].decision, Decision::Fail, "people can be alarmed");
    assert!(!records[0].should_be_retried());
}

#[test]
fn row_71_a_registration_that_is_gone_meanwhile_is_done() {
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    change(&mut stage.state(), 1, Life::Gone);
    shut_down(&mut stage.state(), 1);
    stage.run_for(1);
    let call = "ecs:DeregisterContainerInstance";
    let told = "The referenced container instance was not found.".to_owned();
    stage.fails(call, When::Before, Fault::AlreadySo { call: call.to_owned(), told }, 1);
    let payload = machine(&stage, 1, "terminated");
    let records = stage.send(Function::Deregisterer, payload);
    assert_eq!(records[0].decision, Decision::Act, "{records:?}");
    assert!(!records[0].should_be_retried());
}

#[test]
fn row_72_an_unknown_error_is_tried_again_and_never_a_reason_to_act() {
    let unknown = |call: &str| Fault::Unknown {
        call: call.to_owned(),
        code: "BrandNewException".to_owned(),
        told: "surprise".to_owned(),
    };
    let mut stage = leaving();
    let payload = hooked(&stage, 2, false);
    stage.send(Function::Drainer, payload);
    for call in ["ecs:ListTasks", "ecs:DescribeContainerInstances"] {
        stage.fails(call, When::Before, unknown(call), 1);
        let payload = hooked(&stage, 2, false);
        let records = stage.send(Function::Drainer, payload);
        assert_eq!(written(&stage, "go from"), 0, "{call}: {}", stage.story());
        assert!(records[0].should_be_retried(), "{call}: {records:?}");
    }
    assert_eq!(stage.broken(), [""; 0]);
}
