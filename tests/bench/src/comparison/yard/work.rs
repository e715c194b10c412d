//! Tasks are wanted, placed, run and stop.

use super::{Arrival, COMPLAINS, Family, Life, MOST_WAITING, Seconds, Task, Waiting, Yard, ZONES};
use std::collections::BTreeMap;

impl Yard {
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

    pub(super) fn submit(&mut self, family: usize, waiting: Waiting) {
        // A service's task that finds no place is no task yet, unless a capacity provider keeps it in PROVISIONING.
        let counts = |one: &&Family| one.desired.is_none() || self.services_wait;
        let waits: usize = self.families.iter().filter(counts).map(|one| one.waiting.len()).sum();
        if waits >= MOST_WAITING {
            self.again.push((self.now + 60, family, waiting));
        } else {
            self.families[family].waiting.push_back(waiting);
        }
    }

    pub(super) fn tasks_go_on(&mut self) {
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

    pub(super) fn runs(&mut self, task: usize) {
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
    pub(super) fn schedule(&mut self) {
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

    pub(super) fn level(&mut self, family: usize) {
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
    pub(super) fn one_too_many(&self, family: usize) -> Option<usize> {
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

    pub(super) fn place_all(&mut self, family: usize) {
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
}
