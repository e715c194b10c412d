//! The yard: one cluster and one group in three zones, on virtual time, in steps of five seconds.

mod machines;
mod work;

use domain::host::Room;
use domain::pack::{Amount, Job, Kind, pack};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Seconds of the yard.
pub(crate) type Seconds = i64;
/// How long a step is.
pub(crate) const STEP: Seconds = 5;
/// What a host offers: an instance of 4 vCPU and 16 GiB, as ECS registers it.
pub(crate) const HOST: Amount =
    Amount { cpu: 4_096, memory: 15_800, gpus: 0, interfaces: u32::MAX };
/// How long a host takes until it runs tasks, in the mean.
pub(crate) const BOOT: Seconds = 90;
/// How many zones there are.
pub(crate) const ZONES: usize = 3;
/// How many tasks of a cluster may be in PROVISIONING (*Amazon ECS service quotas*); more are refused, and whoever submits
/// them tries again a minute later.
const MOST_WAITING: usize = 500;
/// How long ECS may wait until it says again that a service's task finds no place.
const COMPLAINS: Seconds = 60;

/// Where a host is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Launched; its agent is not connected yet.
    Booting,
    /// It takes tasks.
    Active,
    /// It is being emptied.
    Draining,
    /// Billed still, and empty.
    ShuttingDown,
    /// Gone.
    Gone,
}

/// A host.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) zone: usize,
    pub(crate) life: Life,
    pub(crate) launched: Seconds,
    pub(crate) billed_from: Seconds,
    pub(crate) joins: Seconds,
    pub(crate) gone: Option<Seconds>,
    pub(crate) left: Amount,
    pub(crate) protected: bool,
    pub(crate) marks: BTreeMap<String, String>,
    pub(crate) tasks: BTreeSet<usize>,
}

/// A task that has a place.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) family: usize,
    pub(crate) host: usize,
    pub(crate) wanted: Seconds,
    pub(crate) placed: Seconds,
    /// How long a standalone one runs.
    pub(crate) lasts: Option<Seconds>,
    /// Whether it takes the place of one whose host was let go.
    pub(crate) moved: bool,
    pub(crate) running: bool,
}

/// A task that waits for a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) wanted: Seconds,
    pub(crate) lasts: Option<Seconds>,
    pub(crate) moved: bool,
}

/// A service, or a family of standalone tasks: all of one size.
#[derive(Clone, Debug, Default)]
pub(crate) struct Family {
    pub(crate) size: Amount,
    /// How many tasks a service wants; none for standalone ones.
    pub(crate) desired: Option<u32>,
    pub(crate) waiting: VecDeque<Waiting>,
    /// Its tasks that have a place and are not to be replaced.
    pub(crate) settled: BTreeSet<usize>,
    /// Its tasks on hosts that drain.
    pub(crate) leaving: BTreeSet<usize>,
    pub(crate) refused: Option<Seconds>,
}

/// What happens to the yard from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival {
    /// A service wants so many tasks from now on.
    Desired(usize, u32),
    /// So many standalone tasks, each of which runs so long.
    Submitted(usize, u32, Seconds),
    /// A zone goes, for so long.
    ZoneLost(usize, Seconds),
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// Seconds from wanted to running.
    pub(crate) times: Vec<Seconds>,
    /// Tasks moved because their host was let go.
    pub(crate) moved: u64,
    /// Standalone tasks that were cut off.
    pub(crate) cut: u64,
    /// Seconds that hosts were billed for.
    pub(crate) billed: i64,
    /// The least that a perfect packer without delay would be billed for.
    pub(crate) bound: i64,
    /// The same, packed anew each minute as well as we know how.
    pub(crate) anew: i64,
    /// What the packer without delay would be billed for besides, if its hosts took `BOOT` to come, and it knew all that
    /// comes: for each host, the boot, or the time that it was not needed, whichever is less.
    pub(crate) boots: i64,
    /// Calls of AWS's API by the controller.
    pub(crate) calls: u64,
    /// The most hosts at one time.
    pub(crate) peak: u32,
    /// Tasks that were placed.
    pub(crate) tasks: u64,
}

/// All there is.
#[derive(Debug)]
pub(crate) struct Yard {
    pub(crate) now: Seconds,
    pub(crate) rng: fastrand::Rng,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) desired: u32,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) families: Vec<Family>,
    pub(crate) measured: Measured,
    /// Whether a service's task found no place, and ECS said so just now.
    pub(crate) complains: bool,
    /// Whether services' tasks wait in PROVISIONING too, as those of a capacity provider with managed scaling do.
    pub(crate) services_wait: bool,
    /// Until when a zone gives no hosts.
    pub(crate) away: [Seconds; ZONES],
    again: Vec<(Seconds, usize, Waiting)>,
    /// What a perfect packer would have running: standalone tasks until they would end.
    ends: BTreeMap<Seconds, Vec<usize>>,
    ideal: Vec<u32>,
    pub(crate) anew: i64,
    /// How many hosts the packer without delay has.
    least: usize,
    /// Since when it does not need the others.
    idle: Vec<Seconds>,
    live: BTreeSet<usize>,
    starting: BTreeSet<(Seconds, usize)>,
    ending: BTreeSet<(Seconds, usize)>,
    changed: bool,
}
impl Yard {
    pub(crate) fn new(seed: u64, sizes: &[Amount], services: usize, hosts: u32) -> Self {
        let families = sizes.iter().enumerate().map(|(at, size)| Family {
            size: *size,
            desired: (at < services).then_some(0),
            ..Family::default()
        });
        let mut yard = Self {
            now: 0,
            rng: fastrand::Rng::with_seed(seed ^ 0x00ad),
            min: 1,
            max: 1_000,
            desired: hosts,
            tags: BTreeMap::new(),
            hosts: Vec::new(),
            tasks: Vec::new(),
            families: families.collect(),
            measured: Measured::default(),
            complains: false,
            services_wait: false,
            away: [0; ZONES],
            again: Vec::new(),
            ends: BTreeMap::new(),
            ideal: vec![0; sizes.len()],
            anew: 0,
            least: 0,
            idle: vec![0; usize::try_from(hosts).unwrap_or(0)],
            live: BTreeSet::new(),
            starting: BTreeSet::new(),
            ending: BTreeSet::new(),
            changed: true,
        };
        for _ in 0..hosts {
            yard.launch();
        }
        // The yard begins with hosts that are there.
        for host in &mut yard.hosts {
            host.joins = 0;
        }
        yard
    }

    /// The hosts that are not gone.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (usize, &Host)> {
        self.live.iter().map(|at| (*at, &self.hosts[*at]))
    }

    /// Those that stay in the group.
    pub(crate) fn staying(&self) -> impl Iterator<Item = (usize, &Host)> {
        self.alive().filter(|(_, host)| matches!(host.life, Life::Booting | Life::Active))
    }

    pub(crate) fn call(&mut self) {
        self.measured.calls += 1;
    }

    /// Forgets what was measured until now: the first minutes are the same cold start for all.
    pub(crate) fn begin_to_measure(&mut self) {
        self.measured = Measured::default();
        for host in &mut self.hosts {
            host.billed_from = self.now;
        }
    }

    /// Goes on by a step.
    pub(crate) fn step(&mut self) {
        self.now += STEP;
        self.machines();
        self.group();
        self.tasks_go_on();
        self.schedule();
        self.count();
    }

    /// What a perfect packer without delay is billed for in this step, and what there is.
    fn count(&mut self) {
        while let Some(entry) = self.ends.first_entry().filter(|it| *it.key() <= self.now) {
            for family in entry.remove() {
                self.ideal[family] = self.ideal[family].saturating_sub(1);
            }
        }
        let sum = |of: fn(&Amount) -> u64| -> u64 {
            let all = self.families.iter().zip(&self.ideal);
            all.map(|(family, count)| of(&family.size) * u64::from(*count)).sum()
        };
        let cpu = sum(|it| u64::from(it.cpu)).div_ceil(u64::from(HOST.cpu));
        let memory = sum(|it| u64::from(it.memory)).div_ceil(u64::from(HOST.memory));
        let least = i64::try_from(cpu.max(memory).max(u64::from(self.min))).unwrap_or(i64::MAX);
        self.measured.bound += least * STEP;
        self.measured.boots += self.boots(usize::try_from(least).unwrap_or(0));
        if self.now % 60 == 0 {
            let jobs = self.families.iter().zip(&self.ideal);
            let jobs: Vec<Job> = jobs
                .map(|(one, count)| Job { each: one.size, count: *count, ..Job::default() })
                .collect();
            let empty = Room { amount: HOST, ports: Vec::new() };
            self.anew = i64::from(pack(&jobs, &[], &Kind::only(&empty)).hosts).max(least);
        }
        self.measured.anew += self.anew.max(least) * STEP;
        let there = u32::try_from(self.live.len()).unwrap_or(u32::MAX);
        self.measured.peak = self.measured.peak.max(there);
    }

    /// What is billed for hosts that are needed now and were not before.
    fn boots(&mut self, least: usize) -> Seconds {
        self.idle.resize(self.idle.len().max(least), -BOOT);
        let now = self.now;
        let more = self.idle.iter().take(least).skip(self.least);
        let billed = more.map(|since| (now - since).min(BOOT)).sum();
        self.idle.iter_mut().take(self.least).skip(least).for_each(|since| *since = now);
        self.least = least;
        billed
    }

    /// The end: what is there still is billed to now.
    pub(crate) fn close(mut self) -> Measured {
        for host in self.live.clone() {
            self.gone(host);
        }
        // What never ran waited to the end, at least.
        let now = self.now;
        for family in &self.families {
            let late = family.waiting.iter().filter(|it| !it.moved).map(|it| now - it.wanted);
            self.measured.times.extend(late);
        }
        self.measured
    }
}
