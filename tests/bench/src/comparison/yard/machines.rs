//! Hosts come and go.

use super::{BOOT, HOST, Host, Life, Task, Waiting, Yard, ZONES};
use std::collections::{BTreeMap, BTreeSet};

impl Yard {
    pub(super) fn launch(&mut self) {
        let mut counts = [0_u32; ZONES];
        self.staying().for_each(|(_, host)| counts[host.zone] += 1);
        let open = (0..ZONES).filter(|zone| self.away[*zone] <= self.now);
        let Some(zone) = open.min_by_key(|zone| counts[*zone]) else {
            return;
        };
        let joins = self.now + self.rng.i64(BOOT - 30..=BOOT + 30);
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
    pub(super) fn lose(&mut self, host: usize) {
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

    pub(super) fn gone(&mut self, host: usize) {
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

    pub(super) fn machines(&mut self) {
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
    pub(super) fn group(&mut self) {
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
}
