//! What the real binaries do on the local AWS: in the lives of hosts, and at the ticks of the clock.

use super::processes;
use end_to_end::acts::{define, pass, set_group};
use end_to_end::life::{live, prepare};
use end_to_end::tally::Tally;
use end_to_end::{Stage, binaries};
use local_aws::world::Service;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// So many lives are measured, after one that is not.
const LIVES: u32 = 10;
/// So many minutes of the clock are measured, after those in which the world settles.
const TICKS: u32 = 10;
const SETTLES: i64 = 30;
/// A world of so many hosts, each with so many tasks.
pub(super) const HOSTS: u32 = 100;
pub(super) const TASKS: u32 = 10;

/// What a function does in one life, or at one tick.
#[derive(Clone, Debug, Default)]
pub(super) struct Share {
    pub(super) wakes: f64,
    pub(super) ticks: f64,
    pub(super) calls: f64,
    pub(super) told: f64,
    pub(super) bytes: f64,
    pub(super) cpu: f64,
    /// How many services it calls: each has a connection of its own.
    pub(super) services: f64,
}

/// By function.
pub(super) type Shares = BTreeMap<String, Share>;

/// What was measured.
#[derive(Debug)]
pub(super) struct Measured {
    /// A host's life.
    pub(super) life: Shares,
    /// How long it took until the host was let go, in seconds.
    pub(super) drain: i64,
    /// Events that ECS said of the container instance in one life.
    pub(super) said: f64,
    /// A tick where there is nothing.
    pub(super) empty: Shares,
    /// A tick with one settled host.
    pub(super) one: Shares,
    /// A tick with one settled cluster of [`HOSTS`].
    pub(super) full: Shares,
    /// The CPU time of a process's start, in milliseconds, by function.
    pub(super) start: BTreeMap<String, f64>,
    /// How many metrics one cluster with one group told.
    pub(super) metrics: usize,
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn folder() -> PathBuf {
    let folder = binaries();
    folder.canonicalize().unwrap_or(folder)
}

/// Listens for a while, and divides what was done.
struct Ear(BTreeMap<String, (f64, u64)>);

impl Ear {
    fn begin(stage: &mut Stage) -> Self {
        stage.heard();
        Self(processes::cpu(&folder()))
    }

    fn end(self, stage: &mut Stage, by: u32) -> (Shares, Tally) {
        let cpu = processes::cpu(&folder());
        let tally = Tally::of(&stage.heard());
        let by = f64::from(by);
        let mut shares = Shares::new();
        for (function, done) in &tally.by {
            let spent =
                |all: &BTreeMap<String, (f64, u64)>| all.get(function).map_or(0.0, |it| it.0);
            let services: BTreeSet<&str> =
                done.calls.keys().filter_map(|call| call.split(':').next()).collect();
            let told = done.calls.get("events:PutEvents").copied().unwrap_or_default();
            let share = Share {
                wakes: float(done.woken()) / by,
                ticks: float(done.ticks) / by,
                calls: float(done.called()) / by,
                told: float(told) / by,
                bytes: float(done.bytes) / by,
                cpu: (spent(&cpu) - spent(&self.0)) / by,
                services: f64::from(u32::try_from(services.len()).unwrap_or(0)),
            };
            shares.insert(function.clone(), share);
        }
        (shares, tally)
    }
}

/// Measures all of it.
pub(super) async fn all() -> Measured {
    let start = starts().await;
    let (life, drain, said, metrics) = lives().await;
    let (empty, one, full) = (ticks(0).await, ticks(1).await, ticks(HOSTS).await);
    Measured { life, drain, said, empty, one, full, start, metrics }
}

/// What each process costs before it has done anything but refuse nonsense.
async fn starts() -> BTreeMap<String, f64> {
    let stage = Stage::empty().await;
    for function in ["agent-verifier", "host-drainer", "host-deregisterer"] {
        stage.hand(function, "[]").await;
    }
    processes::cpu(&folder()).into_iter().map(|(name, (cpu, _))| (name, cpu)).collect()
}

async fn lives() -> (Shares, i64, f64, usize) {
    let mut stage = Stage::empty().await;
    prepare(&stage);
    live(&stage).await;
    let ear = Ear::begin(&mut stage);
    let mut drain = 0;
    for _ in 0..LIVES {
        drain += live(&stage).await;
    }
    let (shares, tally) = ear.end(&mut stage, LIVES);
    let said = float(tally.registration_events) / f64::from(LIVES);
    (shares, drain / i64::from(LIVES), said, tally.metrics.len())
}

async fn ticks(hosts: u32) -> Shares {
    let mut stage = Stage::empty().await;
    if hosts > 0 {
        stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
        stage.group("web", 0);
        let (size, tasks) = (hosts.to_string(), hosts * TASKS);
        set_group(&stage, &json!({ "MaxSize": size, "MinSize": size, "DesiredCapacity": size }));
        define(&stage, "web");
        let service = json!({
            "cluster": "prod", "serviceName": "web", "taskDefinition": "web",
            "desiredCount": tasks, "launchType": "EC2",
        });
        stage.call(Service::Ecs, "CreateService", &service);
    }
    pass(&stage, SETTLES).await;
    let ear = Ear::begin(&mut stage);
    pass(&stage, i64::from(TICKS)).await;
    ear.end(&mut stage, TICKS).0
}
