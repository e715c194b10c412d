//! The yard: one cluster and one group in three zones, on virtual time, in steps of five seconds.

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

    pub(crate) fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Desired(family, desired) => {
                self.families[family].desired = Some(desired);
                self.ideal[family] = desired;
            }
            Arrival::Submitted(family, count, lasts) => {
                for _ in 0..count {
                    let waiting = Waiting { wanted: self.now, lasts: Some(lasts), moved: false };
                    self.submit(family, waiting);
                }
                self.ideal[family] += count;
                let all = self.ends.entry(self.now + lasts).or_default();
                all.extend(std::iter::repeat_n(family, usize::try_from(count).unwrap_or(0)));
            }
            Arrival::ZoneLost(zone, long) => {
                self.away[zone] = self.now + long;
                let lost: Vec<usize> =
                    self.alive().filter(|(_, host)| host.zone == zone).map(|(at, _)| at).collect();
                for host in lost {
                    self.lose(host);
                }
            }
        }
        self.changed = true;
    }

    fn submit(&mut self, family: usize, waiting: Waiting) {
        // A service's task that finds no place is no task yet, unless a capacity provider keeps it in PROVISIONING.
        let counts = |one: &&Family| one.desired.is_none() || self.services_wait;
        let waits: usize = self.families.iter().filter(counts).map(|one| one.waiting.len()).sum();
        if waits >= MOST_WAITING {
            self.again.push((self.now + 60, family, waiting));
        } else {
            self.families[family].waiting.push_back(waiting);
        }
    }

    fn launch(&mut self) {
        let mut counts = [0_u32; ZONES];
        self.staying().for_each(|(_, host)| counts[host.zone] += 1);
        let open = (0..ZONES).filter(|zone| self.away[*zone] <= self.now);
        let Some(zone) = open.min_by_key(|zone| counts[*zone]) else {
            return;
        };
        let joins = self.now + self.rng.i64(60..=120);
        self.live.insert(self.hosts.len());
        self.hosts.push(Host {
            zone,
            life: Life::Booting,
            launched: self.now,
            billed_from: self.now,
            joins,
            gone: None,
            left: HOST,
            protected: false,
            marks: BTreeMap::new(),
            tasks: BTreeSet::new(),
        });
    }

    /// A machine is gone at once, and all on it.
    fn lose(&mut self, host: usize) {
        for task in std::mem::take(&mut self.hosts[host].tasks) {
            let Task { family, lasts, .. } = self.tasks[task];
            self.families[family].settled.remove(&task);
            self.families[family].leaving.remove(&task);
            if let Some(lasts) = lasts {
                // Nobody starts it again but who submitted it.
                self.families[family].waiting.push_back(Waiting {
                    wanted: self.now,
                    lasts: Some(lasts),
                    moved: false,
                });
            }
        }
        self.gone(host);
    }

    fn gone(&mut self, host: usize) {
        let now = self.now;
        let one = &mut self.hosts[host];
        one.life = Life::Gone;
        one.gone = Some(now);
        // At least a minute is billed.
        self.measured.billed += (now - one.billed_from).max(60);
        self.live.remove(&host);
    }

    /// Lets a host go, through its drain.
    pub(crate) fn terminate(&mut self, host: usize) {
        if matches!(self.hosts[host].life, Life::Draining | Life::ShuttingDown | Life::Gone) {
            return;
        }
        self.hosts[host].life = Life::Draining;
        for task in self.hosts[host].tasks.clone() {
            let family = self.tasks[task].family;
            if self.families[family].desired.is_some()
                && self.families[family].settled.remove(&task)
            {
                self.families[family].leaving.insert(task);
                self.measured.moved += 1;
            }
        }
        self.changed = true;
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

    fn machines(&mut self) {
        for at in self.live.clone() {
            let host = &mut self.hosts[at];
            match host.life {
                Life::Booting if host.joins <= self.now => {
                    host.life = Life::Active;
                    self.changed = true;
                }
                Life::Draining if host.tasks.is_empty() => {
                    host.life = Life::ShuttingDown;
                    host.gone = Some(self.now + 60);
                }
                Life::ShuttingDown if host.gone.is_some_and(|at| at <= self.now) => self.gone(at),
                _ => {}
            }
        }
    }

    /// Auto Scaling: launches what is missing, and lets go what is too much by its default policy.
    fn group(&mut self) {
        let there = u32::try_from(self.staying().count()).unwrap_or(u32::MAX);
        for _ in there..self.desired {
            self.launch();
        }
        for _ in self.desired..there {
            let mut counts = [0_u32; ZONES];
            self.staying().for_each(|(_, host)| counts[host.zone] += 1);
            let free = self.staying().filter(|(_, host)| !host.protected);
            let chosen =
                free.min_by_key(|(_, host)| (std::cmp::Reverse(counts[host.zone]), host.launched));
            let Some((host, _)) = chosen else {
                return;
            };
            self.terminate(host);
        }
    }

    fn tasks_go_on(&mut self) {
        while let Some((at, task)) = self.starting.first().copied().filter(|it| it.0 <= self.now) {
            self.starting.remove(&(at, task));
            self.runs(task);
        }
        while let Some((at, task)) = self.ending.first().copied().filter(|it| it.0 <= self.now) {
            self.ending.remove(&(at, task));
            self.stop(task);
        }
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.again).into_iter().partition(|it| it.0 <= now);
        self.again = later;
        let due: Vec<(Seconds, usize, Waiting)> = due;
        for (_, family, waiting) in due {
            self.submit(family, waiting);
            self.changed = true;
        }
    }

    fn runs(&mut self, task: usize) {
        let Task { family, host, wanted, lasts, moved, .. } = self.tasks[task];
        if !self.hosts[host].tasks.contains(&task) {
            return;
        }
        self.tasks[task].running = true;
        if !moved {
            self.measured.times.push(self.now - wanted);
        }
        if let Some(lasts) = lasts {
            self.ending.insert((self.now + lasts, task));
            return;
        }
        // The one that it replaces may stop.
        let old = if moved { self.families[family].leaving.first().copied() } else { None };
        if let Some(old) = old {
            self.ending.insert((self.now + 10, old));
            self.families[family].leaving.remove(&old);
        }
    }

    pub(crate) fn stop(&mut self, task: usize) {
        let Task { family, host, .. } = self.tasks[task];
        if self.hosts[host].tasks.remove(&task) {
            self.hosts[host].left = self.hosts[host].left.plus(&self.families[family].size);
            self.hosts[host].left.interfaces = u32::MAX;
            self.changed = true;
        }
        self.families[family].settled.remove(&task);
        self.families[family].leaving.remove(&task);
    }

    /// ECS: what is missing waits, what waits is placed, what is too much stops.
    fn schedule(&mut self) {
        for family in 0..self.families.len() {
            self.level(family);
        }
        if !std::mem::take(&mut self.changed) {
            return;
        }
        for family in 0..self.families.len() {
            self.place_all(family);
        }
    }

    fn level(&mut self, family: usize) {
        let now = self.now;
        let one = &mut self.families[family];
        let Some(desired) = one.desired else {
            return;
        };
        let desired = usize::try_from(desired).unwrap_or(usize::MAX);
        let have = one.settled.len() + one.waiting.len();
        for _ in have..desired {
            let moved = one.waiting.iter().filter(|it| it.moved).count() < one.leaving.len();
            one.waiting.push_back(Waiting { wanted: now, lasts: None, moved });
            self.changed = true;
        }
        for _ in desired..have {
            if one.waiting.pop_back().is_none() {
                break;
            }
        }
        for _ in desired..one.settled.len() {
            if let Some(task) = self.one_too_many(family) {
                self.stop(task);
            }
        }
        // With all that are wanted in place, those on draining hosts go.
        if self.families[family].waiting.is_empty() {
            let runs = |task: &usize| self.tasks[*task].running;
            if self.families[family].settled.iter().all(runs) {
                for task in self.families[family].leaving.clone() {
                    self.stop(task);
                }
            }
        }
    }

    /// ECS stops where most are: in the fullest zone, on the host with the most of them, the youngest.
    fn one_too_many(&self, family: usize) -> Option<usize> {
        let all = &self.families[family].settled;
        let mut zones = [0_u32; ZONES];
        let mut hosts: BTreeMap<usize, u32> = BTreeMap::new();
        for task in all {
            let host = self.tasks[*task].host;
            zones[self.hosts[host].zone] += 1;
            *hosts.entry(host).or_default() += 1;
        }
        all.iter().copied().max_by_key(|task| {
            let host = self.tasks[*task].host;
            (zones[self.hosts[host].zone], hosts.get(&host).copied(), *task)
        })
    }

    fn place_all(&mut self, family: usize) {
        while let Some(waiting) = self.families[family].waiting.front().copied() {
            let size = self.families[family].size;
            let mut counts = [0_u32; ZONES];
            for task in &self.families[family].settled {
                counts[self.hosts[self.tasks[*task].host].zone] += 1;
            }
            let able = self
                .alive()
                .filter(|(_, host)| host.life == Life::Active && host.left.holds(&size));
            let best = able.min_by_key(|(_, host)| (counts[host.zone], host.left.memory));
            let Some((host, _)) = best else {
                let now = self.now;
                let one = &mut self.families[family];
                let quiet = one.refused.is_none_or(|at| now - at >= COMPLAINS);
                if one.desired.is_some() && quiet {
                    one.refused = Some(now);
                    self.complains = true;
                }
                return;
            };
            self.families[family].waiting.pop_front();
            let number = self.tasks.len();
            let runs = self.now + self.rng.i64(5..=15);
            self.tasks.push(Task {
                family,
                host,
                wanted: waiting.wanted,
                placed: self.now,
                lasts: waiting.lasts,
                moved: waiting.moved,
                running: false,
            });
            self.measured.tasks += 1;
            self.starting.insert((runs, number));
            self.hosts[host].left = self.hosts[host].left.less(&size, 1);
            self.hosts[host].left.interfaces = u32::MAX;
            self.hosts[host].tasks.insert(number);
            self.families[family].settled.insert(number);
        }
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
