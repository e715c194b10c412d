//! What is remembered of hosts that left, and for how long.

use crate::{Town, at, job};
use domain::Action;
use domain::capacity::SPARE_TAG;

/// One task on each of so many hosts, and one host could be spared for long.
fn town(hosts: u32, tag: &str) -> Town {
    let mut town = Town::of(hosts);
    for host in 0..town.outlook.hosts.len() {
        town.task(host, "service:web", job(500, 500, 1));
    }
    town.tag(SPARE_TAG, tag);
    town
}

/// The tag as it is to be written, if it is; empty if it is taken off.
fn written(town: &Town) -> Option<String> {
    let lines = town.judged();
    lines[0].verdict.steps.iter().find_map(|step| match &step.action {
        Action::MarkSpare { spare, .. } => Some(spare.write().unwrap_or_default()),
        _ => None,
    })
}

fn leave(town: &Town) -> usize {
    town.done().iter().filter(|it| it.starts_with("let ")).count()
}

// Checks L12.
#[test]
fn a_regret_is_counted_beside_the_move_that_it_is_of() {
    let mut again = town(2, "moved 2026-03-04T04:50:00Z 3 1");
    again.misses("web", job(2_000, 3_900, 1));
    let tag = "moved 2026-03-04T04:50:00Z 3 2!";
    assert_eq!(written(&again), Some(tag.to_owned()));
    again.tag(SPARE_TAG, tag);
    assert_eq!(written(&again), None, "once");
    again.tag(SPARE_TAG, "moved 2026-03-04T04:30:01Z 3 1");
    assert!(written(&again).is_some());
    again.tag(SPARE_TAG, "moved 2026-03-04T04:30:00Z 3 1");
    assert_eq!(written(&again), None, "half an hour later it is another story");
}

#[test]
fn a_move_is_remembered_for_a_day() {
    let mut full = Town::of(1);
    full.fill(0);
    full.tag(SPARE_TAG, "moved 2026-03-03T05:00:01Z 1 0");
    assert_eq!(written(&full), None);
    full.tag(SPARE_TAG, "moved 2026-03-03T05:00:00Z 1 0");
    assert_eq!(written(&full), Some(String::new()));
}

#[test]
fn only_a_host_with_work_of_services_is_remembered_as_a_move() {
    let ripe = "2026-03-04T04:50:00Z 9";
    let mut idle = Town::of(2);
    idle.task(0, "service:web", job(500, 500, 1));
    idle.tag(SPARE_TAG, ripe);
    assert_eq!((leave(&idle), written(&idle)), (1, Some(String::new())));
    idle.task(1, "service:web", job(500, 500, 1)).daemon = true;
    assert_eq!(
        (leave(&idle), written(&idle)),
        (1, Some(String::new())),
        "a daemon goes with its host"
    );
    let busy = town(2, ripe);
    assert_eq!(leave(&busy), 1);
    assert_eq!(written(&busy), Some("moved 2026-03-04T05:00:00Z 2 0".to_owned()));
}

// Checks S14.
#[test]
fn after_a_move_the_next_waits_until_the_window_is_over() {
    let mut busy = town(2, "2026-03-04T04:40:00Z 9; moved 2026-03-04T04:50:00Z 9 0");
    busy.now = at(6) - jiff::SignedDuration::from_secs(1);
    assert_eq!(leave(&busy), 0);
    busy.now = at(6);
    assert_eq!(leave(&busy), 1, "sixteen minutes after the last");
}

// Checks S14: hosts that came lately, or are not in service, do not widen what may leave at once.
#[test]
fn a_fifth_is_counted_of_the_hosts_that_were_in_service_when_the_window_began() {
    let mut busy = town(10, "2026-03-04T04:50:00Z 9");
    assert_eq!(leave(&busy), 2);
    let mut young = town(10, "2026-03-04T04:50:00Z 9");
    young.outlook.hosts[9].registration.registered_at = Some(at(-15));
    assert_eq!(leave(&young), 1);
    young.outlook.hosts[9].registration.registered_at = Some(at(-16));
    assert_eq!(leave(&young), 2);
    busy.seat_of(9).lifecycle = domain::host::Lifecycle::read("Standby");
    assert_eq!(leave(&busy), 1);
}

#[test]
fn a_host_that_is_registered_twice_does_not_leave() {
    let mut idle = Town::of(2);
    idle.fill(0);
    idle.tag(SPARE_TAG, "2026-03-04T04:50:00Z 9");
    assert_eq!(leave(&idle), 1);
    let mut twin = idle.outlook.hosts[1].clone();
    twin.registration.agent_connected = false;
    idle.outlook.hosts.push(twin);
    assert_eq!(leave(&idle), 0);
}
