//! A town from its plan.

use super::{Batch, DAY, Measured, Plan, Town, Work};
use crate::swarm::Swarm;
use crate::versioned::Versioned;
use crate::world::make::Make;
use crate::world::{Alarm, Cluster, Due, Group, Hook, Service, State, launch};
use domain::Policy;
use domain::names::CLUSTER_TAG;
use std::collections::BTreeMap;
use std::rc::Rc;

const MINUTE: i64 = 60_000;
/// The name of the cluster.
const NAME: &str = "simulated";

pub(super) fn raise(plan: &Rc<Plan>, seed: u64) -> State {
    let mut state = State::new(seed, Swarm::default());
    let Ok(name) = NAME.parse() else { return state };
    let cluster = Cluster { name, ours: true, alarm: Alarm::default(), sizes: Vec::new() };
    state.clusters.push(cluster);
    add_services(&mut state, plan);
    let mut works = vec![Work::default(); plan.services.len()];
    for work in &mut works {
        work.next_burst = state.rng.i64(0..DAY / 8);
    }
    state.town = Some(Box::new(Town {
        plan: Rc::clone(plan),
        services: works,
        batches: vec![Batch::default(); plan.batches.len()],
        notes: Vec::new(),
        billed: BTreeMap::new(),
        open: 0,
        measured: Measured { billed: vec![(0, 0); plan.groups.len()], ..Measured::default() },
    }));
    add_groups(&mut state, plan);
    state.due(0, Due::Minute);
    state.due(0, Due::Scheduler(0));
    state.due(10_000, Due::Tick);
    state
}

fn add_services(state: &mut State, plan: &Plan) {
    for one in &plan.services {
        state.services.push(Service {
            name: one.name.clone(),
            cluster: 0,
            desired: 0,
            least: one.least,
            most: one.most,
            refused_at: None,
            live: Vec::new(),
        });
    }
}

fn add_groups(state: &mut State, plan: &Plan) {
    for (number, one) in plan.groups.iter().enumerate() {
        let Ok(name) = one.name.parse() else { continue };
        let mut tags = one.tags.clone();
        tags.insert(CLUSTER_TAG.to_owned(), NAME.to_owned());
        let policy = Policy::default().overridden_by(&tags).0;
        // Until a machine runs takes some of the boot.
        let joins = (one.boot - 12_000).max(3_000);
        state.groups.push(Group {
            name,
            cluster: 0,
            ours: true,
            desired: one.min,
            min: one.min,
            max: one.max,
            sized_by_hand_at: None,
            moved: Vec::new(),
            turns: Vec::new(),
            tags: Versioned::new(tags),
            // As those of infra/cluster.yaml.
            launch_hook: Hook { time_out: 30 * MINUTE, continues: false },
            terminate_hook: Hook { time_out: 15 * MINUTE, continues: true },
            managed: false,
            spot: false,
            bad_image_until: 0,
            alarm: Alarm::default(),
            taken: Vec::new(),
            sizes: Vec::new(),
            policy,
            make: Make {
                room: one.host,
                boots: (joins * 3 / 4, joins * 5 / 4),
                zones: one.zones,
                at_once: u32::MAX,
                never_joins: 0,
                spot_percent: one.spot_percent,
            },
        });
        for _ in 0..one.min {
            launch(state, number);
        }
        state.due(0, Due::Group(number));
    }
}
