//! Rows 52 to 60: what EC2 does not say, agents that are lost together, and hooks that are short.

use crate::{disruptive, silent, written};
use domain::breaker::{Crowd, Open};
use domain::host::{
    Health, HostView, Lifecycle, Machine, MachineState, Registration, RegistrationStatus, Room,
    Seat, Seen, Trouble,
};
use domain::marks::Marks;
use domain::sweep::{self, Stand};
use domain::{GroupView, Plan, Policy};
use jiff::{SignedDuration, Timestamp};
use simulation::Stage;
use simulation::weather::Controller;
use simulation::world::{Boot, Kind, Life, disconnect, launch, place, shut_down, terminate};
use std::collections::BTreeMap;

/// A host of the group `web`, with a connected agent, launched a day ago.
fn host(lifecycle: &str, connected: bool) -> HostView {
    let instance: domain::InstanceId = "i-0a1b2c3d".parse().unwrap();
    let arn = "arn:aws:ecs:us-west-2:111122223333:container-instance/prod/0123456789abcdef";
    let registration = Registration {
        arn: arn.to_owned().try_into().unwrap(),
        instance: instance.clone(),
        status: RegistrationStatus::Active,
        agent_connected: connected,
        running: 0,
        pending: 0,
        registered: Room::default(),
        remaining: Room::default(),
        registered_at: Some(now() - SignedDuration::from_hours(24)),
        agent_version: None,
        health: Health::Ok,
        marks: Marks::default(),
        attributes: BTreeMap::new(),
        tasks: None,
    };
    let machine = Machine {
        state: MachineState::Running,
        launched_at: Some(now() - SignedDuration::from_hours(24)),
        spot: false,
        trouble: None,
    };
    HostView {
        instance,
        seat: Seen::Known(Some(seat(lifecycle))),
        cluster: Some("prod".parse().unwrap()),
        machine: Seen::Known(machine),
        registrations: Seen::Known(vec![registration]),
    }
}

fn seat(lifecycle: &str) -> Seat {
    let lifecycle = Lifecycle::read(lifecycle);
    Seat { group: "web".parse().unwrap(), lifecycle, healthy: true, protected: false }
}

fn now() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

/// What a sweep does about a host that is one of ten.
fn swept(host: &HostView, policy: &Policy) -> Plan {
    let group = GroupView {
        name: "web".parse().unwrap(),
        min: 0,
        max: 20,
        desired: 10,
        tags: BTreeMap::from([("muster:cluster".to_owned(), "prod".to_owned())]),
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        seats: BTreeMap::from([(
            host.instance.clone(),
            host.seat.known().unwrap().clone().unwrap(),
        )]),
        hooks: None,
    };
    let groups = BTreeMap::from([(group.name.clone(), group)]);
    sweep::judge(&groups, std::slice::from_ref(host), policy, now())
}

fn steps(host: &HostView, policy: &Policy) -> Vec<String> {
    let plan = swept(host, policy);
    let verdict = &plan.hosts[&host.instance];
    verdict.steps.iter().map(|step| step.action.to_string()).collect()
}

#[test]
fn row_23_a_host_on_its_way_through_a_warm_pool_is_never_abandoned() {
    let states = [
        "Warmed:Pending",
        "Warmed:Pending:Wait",
        "Warmed:Pending:Proceed",
        "Warmed:Running",
        "Warmed:Stopped",
        "Warmed:Hibernated",
        "Warmed:Terminating",
        "Warmed:Terminating:Wait",
        "Warmed:Terminating:Proceed",
        "Warmed:Terminated",
    ];
    for state in states {
        // Its agent may never have connected, or it may not even have registered.
        let lost = host(state, false);
        let mut unregistered = host(state, false);
        unregistered.registrations = Seen::Known(Vec::new());
        for host in [lost, unregistered] {
            let steps = steps(&host, &Policy::default());
            let hard = |told: &&String| told.contains("abandon") || told.contains("unhealthy");
            assert!(!steps.iter().any(|told| hard(&told)), "{state}: {steps:?}");
        }
    }
}

#[test]
fn row_40_a_breaker_counts_for_the_group_and_for_its_cluster() {
    let fine = Crowd { hosts: 10, in_service: 10, failing: 1, ..Crowd::default() };
    let bad = Crowd { hosts: 10, in_service: 10, failing: 8, ..Crowd::default() };
    let names = ["web", "batch"].map(|name| name.parse::<domain::GroupName>().unwrap());
    let policy = Policy::default();
    let stand = |cluster| Stand {
        groups: BTreeMap::from([(names[0].clone(), fine), (names[1].clone(), bad)]),
        cluster,
        ..Stand::default()
    };
    let both = Crowd { hosts: 20, in_service: 20, failing: 9, ..Crowd::default() };
    assert!(matches!(stand(both).open(&names[0], &policy), Some(Open::TooManyFailing { .. })));
    // In a cluster that is fine, only the group itself counts.
    let large = Crowd { hosts: 200, in_service: 200, failing: 9, ..Crowd::default() };
    assert_eq!(stand(large).open(&names[0], &policy), None);
    assert!(stand(large).open(&names[1], &policy).is_some());
}

#[test]
fn row_42_no_state_but_those_that_we_know_leads_to_a_write() {
    let states = [
        "Pending",
        "Pending:Proceed",
        "Quarantined",
        "Terminating",
        "Terminating:Proceed",
        "Terminating:Retained",
        "Terminated",
        "Detaching",
        "Detached",
        "EnteringStandby",
        "Standby",
        "ReplacingRootVolume",
        "ReplacingRootVolume:Wait",
        "ReplacingRootVolume:Proceed",
        "RootVolumeReplaced",
        "Warmed:Running",
        "Warmed:Stopped",
        "Hovering",
        "",
    ];
    for state in states {
        for connected in [true, false] {
            let steps = steps(&host(state, connected), &Policy::default());
            assert_eq!(steps, [""; 0], "{state}, connected: {connected}");
        }
    }
}

#[test]
fn row_52_what_ec2_does_not_find_is_gone_only_after_a_while() {
    // Young, or hidden for seconds: it is there.
    let mut stage = silent();
    let (now, one) = (stage.see().now, stage.see().hosts[1].registrations[0]);
    stage.state().hosts[1].hidden_until = now + 90_000;
    disconnect(&mut stage.state(), one);
    stage.tick_for(4);
    assert_eq!(written(&stage, "deregister"), 0, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
    // Gone for long: nobody saw it end, and EC2 has forgotten it.
    let mut stage = silent();
    let one = stage.see().hosts[1].registrations[0];
    disconnect(&mut stage.state(), one);
    simulation::world::change(&mut stage.state(), 1, Life::Gone);
    shut_down(&mut stage.state(), 1);
    stage.run_for(90);
    stage.tick();
    stage.run_for(1);
    assert_eq!(written(&stage, "deregister"), 0, "one look is not enough: {}", stage.story());
    stage.tick_for(8);
    assert_eq!(written(&stage, "deregister"), 1, "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_54_failing_status_checks_of_a_connected_host_are_the_policys_affair() {
    let mut impaired = host("InService", true);
    if let Seen::Known(machine) = &mut impaired.machine {
        let impaired_since = Some(now() - SignedDuration::from_hours(2));
        machine.trouble = Some(Trouble { impaired_since, ..Trouble::default() });
    }
    assert_eq!(steps(&impaired, &Policy::default()), [""; 0]);
    let policy = Policy { repair_impaired: true, ..Policy::default() };
    assert_ne!(steps(&impaired, &policy), [""; 0]);
}

#[test]
fn row_55_agents_that_are_lost_together_cost_no_host() {
    let mut stage = silent();
    let all: Vec<usize> =
        stage.ours().iter().map(|host| stage.see().hosts[*host].registrations[0]).collect();
    for one in all {
        disconnect(&mut stage.state(), one);
        stage.state().registrations[one].dead = true;
    }
    stage.tick_for(60);
    assert_eq!(stage.ours(), [0, 1, 2, 3, 4]);
    assert_eq!(disruptive(&stage), [""; 0], "{}", stage.story());
    assert_eq!(written(&stage, "nothing is taken from it"), 1, "people are told");
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_56_in_a_small_cluster_one_host_at_most_is_given_up() {
    for (hosts, bad, given_up) in [(2, 1, 1), (2, 2, 0), (1, 1, 0), (0, 0, 0)] {
        let mut stage = Stage::with(hosts, Controller::Muster);
        for host in 0..bad {
            let one = stage.see().hosts[host].registrations[0];
            disconnect(&mut stage.state(), one);
            stage.state().registrations[one].dead = true;
        }
        stage.tick_for(60);
        let told = stage.story();
        assert_eq!(written(&stage, "unhealthy"), given_up, "{bad} of {hosts}: {told}");
        assert_eq!(stage.broken(), [""; 0], "{bad} of {hosts}: {told}");
    }
}

#[test]
fn row_57_a_bad_image_does_not_make_a_launch_loop() {
    let mut stage = Stage::with(5, Controller::Muster);
    stage.state().groups[0].bad_image_until = i64::MAX;
    stage.state().groups[0].desired = 6;
    stage.tick_for(180);
    let abandoned = written(&stage, "abandon the launch");
    assert!((1..=9).contains(&abandoned), "{abandoned} in three hours: {}", stage.story());
    assert!((0..5).all(|host| stage.life(host) == Life::InService), "{}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn row_58_a_hook_shorter_than_patience_is_kept_alive_until_the_host_is_there() {
    for continues in [false, true] {
        let mut stage = silent();
        let host = stage.see().hosts.len();
        {
            let mut state = stage.state();
            state.groups[0].launch_hook.time_out = 3 * 60_000;
            state.groups[0].launch_hook.continues = continues;
            state.groups[0].desired += 1;
            launch(&mut state, 0);
            state.hosts[host].boot = Boot::Joins(7 * 60_000);
        }
        stage.tick_for(11);
        assert_eq!(stage.life(host), Life::InService, "{continues}: {}", stage.story());
        assert_eq!(written(&stage, "into service"), 1, "by us, not by the time-out");
        assert!(written(&stage, "ask for more time") > 0);
        assert_eq!(stage.broken(), [""; 0]);
    }
}

#[test]
fn row_59_beyond_patience_no_more_time_is_asked_for_and_the_default_acts() {
    let mut stage = silent();
    place(&mut stage.state(), 0, Kind::Standalone);
    let task = stage.see().tasks.len() - 1;
    let host = {
        let mut state = stage.state();
        state.tasks[task].runs_for = i64::MAX / 4;
        state.registrations[state.tasks[task].registration].host
    };
    terminate(&mut stage.state(), host);
    stage.tick_for(70);
    let asked = written(&stage, "ask for more time");
    assert!(asked > 0, "{}", stage.story());
    stage.tick_for(70);
    assert_eq!(written(&stage, "ask for more time"), asked, "{}", stage.story());
    assert_eq!(written(&stage, "go from"), 0);
    assert_eq!(stage.life(host), Life::Gone, "the default result: {}", stage.story());
    assert_eq!(stage.broken(), [""; 0]);
}
