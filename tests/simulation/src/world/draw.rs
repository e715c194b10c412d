//! A world from a seed: clusters, groups, hooks, services, policies.

use super::make::Make;
use super::{Alarm, Cluster, Due, Group, Hook, Service, State, asg, chaos};
use crate::versioned::Versioned;
use domain::Policy;
use domain::names::CLUSTER_TAG;
use domain::teardown::TEARDOWN_TAG;
use std::collections::BTreeMap;

const MINUTE: i64 = 60_000;

/// Draws a world: one or two clusters of ours and one that is not, with one to three groups each.
pub fn draw(state: &mut State) {
    let ours = state.rng.usize(1..=2);
    for number in 0..=ours {
        add_cluster(state, number, number < ours);
    }
    chaos::begin(state);
}

/// Puts a cluster and a group of the same number, which are there already, to life.
pub fn stage(state: &mut State, number: usize) {
    for _ in 0..state.groups[number].desired {
        asg::launch(state, number);
    }
    state.due(0, Due::Group(number));
    state.due(0, Due::Scheduler(number));
}

fn add_cluster(state: &mut State, number: usize, ours: bool) {
    let Ok(name) = format!("cluster-{number}").parse() else {
        return;
    };
    state.clusters.push(Cluster { name, ours, alarm: Alarm::default(), sizes: Vec::new() });
    let groups = if ours { state.rng.usize(1..=3) } else { 1 };
    for _ in 0..groups {
        add_group(state, number, ours);
    }
    let services = state.rng.usize(1..=3);
    for service in 0..services {
        let (least, most) = match state.rng.u32(0..8) {
            0 => (100, 100),
            1 => (100, 200),
            2 | 3 => (0, 100),
            _ => (50, 200),
        };
        let service = Service {
            name: format!("service-{service}"),
            cluster: number,
            desired: state.rng.u32(1..6),
            least,
            most,
            refused_at: None,
            live: Vec::new(),
        };
        state.services.push(service);
    }
    let first = state.rng.i64(0..10_000);
    state.due(first, Due::Scheduler(number));
}

fn add_group(state: &mut State, cluster: usize, ours: bool) {
    let number = state.groups.len();
    let Ok(name) = format!("group-{number}").parse() else {
        return;
    };
    let mut tags = BTreeMap::from([("team".to_owned(), "a\tb \u{202e}".to_owned())]);
    if ours {
        tags.insert(CLUSTER_TAG.to_owned(), state.clusters[cluster].name.to_string());
        tags.insert(TEARDOWN_TAG.to_owned(), "prod".to_owned());
    }
    let mut set = |name: &str, value: String| tags.insert(format!("muster:{name}"), value);
    set("join-patience-seconds", state.rng.u32(180..400).to_string());
    set("lost-patience-seconds", state.rng.u32(300..480).to_string());
    set("drain-patience-seconds", state.rng.u32(600..2400).to_string());
    set("drain-on-rebalance", state.rng.bool().to_string());
    let grace = if state.rng.bool() { state.rng.u32(60..600) } else { 0 };
    set("standalone-grace-seconds", grace.to_string());
    let patience = if state.rng.u32(0..3) == 0 { 0 } else { state.rng.u32(60..600) };
    set("scale-in-patience-seconds", patience.to_string());
    let headroom = u32::from(state.rng.u32(0..4) == 0);
    set("headroom-hosts", headroom.to_string());
    let policy = Policy::default().overridden_by(&tags).0;
    let desired = state.rng.u32(1..=8);
    let managed =
        state.swarm.managed_draining > 0 && state.rng.u32(0..1000) < state.swarm.managed_draining;
    let launch = state.rng.i64(15 * MINUTE..30 * MINUTE);
    let terminate = state.rng.i64(10 * MINUTE..30 * MINUTE);
    state.groups.push(Group {
        name,
        cluster,
        ours,
        desired,
        min: if state.rng.bool() { desired } else { state.rng.u32(0..=desired) },
        max: state.rng.u32(desired..=desired + 6),
        sized_by_hand_at: None,
        moved: Vec::new(),
        turns: Vec::new(),
        tags: Versioned::new(tags),
        launch_hook: Hook { time_out: launch, continues: state.rng.u32(0..10) == 0 },
        terminate_hook: Hook { time_out: terminate, continues: true },
        managed,
        spot: state.rng.bool(),
        bad_image_until: 0,
        alarm: Alarm::default(),
        taken: Vec::new(),
        sizes: Vec::new(),
        policy,
        make: Make::default(),
    });
    for _ in 0..state.groups[number].desired {
        asg::launch(state, number);
    }
    let first = state.rng.i64(0..15_000);
    state.due(first, Due::Group(number));
}
