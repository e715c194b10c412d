//! A world for one scene: nothing happens but what the test does, and every write is on record.

use crate::planted::Bug;
use crate::run::Driver;
use crate::swarm::Swarm;
use crate::versioned::{Ms, Versioned};
use crate::weather::{Controller, Event, Function, Wake, emit};
use crate::world::{
    self, Alarm, Cluster, Due, Group, Hook, HostNo, Life, Scripted, Service, State, When, chaos,
    make::Make,
};
use domain::names::CLUSTER_TAG;
use domain::teardown::TEARDOWN_TAG;
use domain::{Fault, Policy};
use lambda::Record;
use serde_json::Value;
use std::cell::{Ref, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

const MINUTE: Ms = 60_000;

/// A stage: the cluster `cluster-0` with the group `group-0` that is ours, and `cluster-1` with `group-1` that is not.
pub struct Stage {
    driver: Driver,
}

impl Stage {
    /// A stage with so many hosts, settled in service. The clock ticks for the reconciler only if asked to.
    #[must_use]
    pub fn with(hosts: u32, controller: Controller) -> Self {
        Self::set(hosts, controller, None)
    }

    /// The same, with a bug planted.
    #[must_use]
    pub fn set(hosts: u32, controller: Controller, bug: Option<Bug>) -> Self {
        let mut state = State::new(7, Swarm::default());
        state.controller = controller;
        state.history = Some(Vec::new());
        for (number, count) in [hosts, 1].into_iter().enumerate() {
            raise(&mut state, number, count, number == 0);
        }
        let mut stage = Self { driver: Driver::of(state, bug) };
        stage.run_for(25);
        stage.state().history = Some(Vec::new());
        stage.driver.keeps_records();
        stage
    }

    /// Runs so many minutes of the world, without the clock's ticks.
    pub fn run_for(&mut self, minutes: i64) {
        let end = self.see().now + minutes * MINUTE;
        self.driver.run_until(end);
    }

    /// Runs so many seconds, without the clock's ticks.
    pub fn run_for_seconds(&mut self, seconds: i64) {
        let end = self.see().now + seconds * 1000;
        self.driver.run_until(end);
    }

    /// Spot takes a host back in two minutes, and says so.
    pub fn spot_takes(&mut self, host: HostNo) {
        chaos::take_back(&mut self.state(), host);
    }

    /// Runs so many minutes, with a tick for the reconciler in each.
    pub fn tick_for(&mut self, minutes: i64) {
        for _ in 0..minutes {
            self.tick();
            self.run_for(1);
        }
    }

    /// One tick for the reconciler.
    pub fn tick(&mut self) {
        self.driver.tick_once();
    }

    /// Hands a payload to a function, as Lambda would, runs for a second, and answers the records of it.
    pub fn send(&mut self, function: Function, payload: Value) -> Vec<Record> {
        let at = Some(self.see().now);
        let before = self.driver.records().len();
        let wake = Wake { function, payload, at, attempt: 0, host: None };
        self.driver.invoke(&Rc::new(wake));
        let end = self.see().now + 5_000;
        self.driver.run_until(end);
        self.driver.records().get(before..).unwrap_or_default().to_vec()
    }

    /// Tells an event of the world, as AWS would.
    pub fn tell(&mut self, event: Event) {
        emit(&mut self.state(), event);
    }

    /// Puts something on the agenda for now.
    pub fn due(&mut self, due: Due) {
        let now = self.see().now;
        self.state().due(now, due);
    }

    /// Lets a call fail so many times, from now on.
    pub fn fails(&mut self, call: &'static str, when: When, fault: Fault, times: u32) {
        self.state().scripted.push(Scripted { call, when, fault, times });
    }

    /// Lets the next invocation die at its await of this number.
    pub fn next_dies_after(&mut self, awaits: u32) {
        self.state().next_dies_after = Some(awaits);
    }

    /// How many invocations died so far.
    #[must_use]
    pub fn deaths(&self) -> u64 {
        self.see().tally.faults.get("crash").copied().unwrap_or_default()
    }

    /// The world, to change it.
    pub fn state(&mut self) -> RefMut<'_, State> {
        self.driver.shared.borrow_mut()
    }

    /// The world, to look at it.
    #[must_use]
    pub fn see(&self) -> Ref<'_, State> {
        self.driver.shared.borrow()
    }

    /// Where a host stands.
    #[must_use]
    pub fn life(&self, host: HostNo) -> Life {
        self.see().hosts[host].seat.get().life
    }

    /// The hosts of our group that have a seat.
    #[must_use]
    pub fn ours(&self) -> Vec<HostNo> {
        let state = self.see();
        let all = state.hosts.iter().enumerate();
        all.filter(|(_, it)| it.group == 0 && it.seat.get().life != Life::Gone)
            .map(|(no, _)| no)
            .collect()
    }

    /// The writes so far that had an effect, in words, without who did them.
    #[must_use]
    pub fn writes(&self) -> Vec<String> {
        let state = self.see();
        let lines = state.history.iter().flatten().filter_map(|line| line.split_once("      "));
        let done = lines.filter_map(|(_, told)| told.split_once(": ")?.1.strip_suffix(": done"));
        done.map(str::to_owned).collect()
    }

    /// All that happened, for a message.
    #[must_use]
    pub fn story(&self) -> String {
        self.see().history.iter().flatten().map(|line| line.to_owned() + "\n").collect()
    }

    /// The promises broken so far.
    #[must_use]
    pub fn broken(&self) -> Vec<&'static str> {
        self.see().violations.iter().map(|one| one.promise).collect()
    }
}

fn raise(state: &mut State, number: usize, hosts: u32, ours: bool) {
    let (Ok(cluster), Ok(group)) =
        (format!("cluster-{number}").parse(), format!("group-{number}").parse())
    else {
        return;
    };
    let mut tags = BTreeMap::new();
    if ours {
        tags.insert(CLUSTER_TAG.to_owned(), format!("cluster-{number}"));
        tags.insert(TEARDOWN_TAG.to_owned(), "prod".to_owned());
    }
    state.clusters.push(Cluster {
        name: cluster,
        ours,
        alarm: Alarm::default(),
        sizes: Vec::new(),
    });
    state.groups.push(Group {
        name: group,
        cluster: number,
        ours,
        desired: hosts,
        // Scenes have the size that they are given.
        min: hosts,
        max: hosts,
        sized_by_hand_at: None,
        moved: Vec::new(),
        turns: Vec::new(),
        tags: Versioned::new(tags),
        launch_hook: Hook { time_out: 30 * MINUTE, continues: false },
        terminate_hook: Hook { time_out: 60 * MINUTE, continues: true },
        managed: false,
        spot: false,
        bad_image_until: 0,
        alarm: Alarm::default(),
        taken: Vec::new(),
        sizes: Vec::new(),
        policy: Policy::default(),
        make: Make::default(),
    });
    state.services.push(Service {
        name: "web".to_owned(),
        cluster: number,
        desired: hosts,
        least: 50,
        most: 200,
        refused_at: None,
        live: Vec::new(),
    });
    world::stage(state, number);
}
