//! The work: the same arrivals for both controllers.

use super::yard::{Arrival, Seconds};
use domain::pack::Amount;

const MINUTE: Seconds = 60;
const HOUR: Seconds = 3_600;

/// A workload of one seed.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) sizes: Vec<Amount>,
    /// How many of the families are services; the others are standalone.
    pub(super) services: usize,
    pub(super) hosts: u32,
    pub(super) long: Seconds,
    pub(super) arrivals: Vec<(Seconds, Arrival)>,
}

/// A workload by its name.
pub(super) type Make = fn(&mut fastrand::Rng) -> Workload;

/// All of them.
pub(super) const ALL: [(&str, Make); 7] = [
    ("steady", steady),
    ("diurnal", diurnal),
    ("bursts", bursts),
    ("batch", batch),
    ("deploys", deploys),
    ("large among small", large),
    ("zone loss", zone_loss),
];

fn size(cpu: u32, memory: u32) -> Amount {
    Amount { cpu, memory, ..Amount::default() }
}

/// Six services of common sizes.
fn services() -> Vec<Amount> {
    vec![
        size(256, 512),
        size(512, 1_024),
        size(1_024, 2_048),
        size(256, 2_048),
        size(512, 3_072),
        size(1_024, 1_024),
    ]
}

fn begin(sizes: Vec<Amount>, services: usize, long: Seconds) -> Workload {
    Workload { sizes, services, hosts: 3, long, arrivals: Vec::new() }
}

impl Workload {
    fn at(&mut self, at: Seconds, arrival: Arrival) {
        self.arrivals.push((at, arrival));
    }

    /// Every service wants so many, from the start.
    fn base(&mut self, rng: &mut fastrand::Rng, from: u32, to: u32) -> Vec<u32> {
        let base: Vec<u32> = (0..self.services).map(|_| rng.u32(from..to)).collect();
        for (service, count) in base.iter().enumerate() {
            self.at(0, Arrival::Desired(service, *count));
        }
        base
    }

    fn ready(mut self) -> Self {
        self.arrivals.sort_by_key(|(at, _)| *at);
        self
    }
}

fn steady(rng: &mut fastrand::Rng) -> Workload {
    let mut work = begin(services(), 6, 8 * HOUR);
    let base = work.base(rng, 20, 50);
    // Now and then a service wants one more, or one less.
    let mut now = base;
    for minute in (10..480).step_by(5) {
        let service = rng.usize(0..6);
        let count = &mut now[service];
        *count = if rng.bool() { *count + 1 } else { count.saturating_sub(1).max(1) };
        let count = *count;
        work.at(minute * MINUTE, Arrival::Desired(service, count));
    }
    work.ready()
}

fn diurnal(rng: &mut fastrand::Rng) -> Workload {
    let mut work = begin(services(), 6, 24 * HOUR);
    let peak: Vec<u32> = (0..6).map(|_| rng.u32(40..90)).collect();
    for minute in (0..24 * 60).step_by(5) {
        let hour = f64::from(u32::try_from(minute).unwrap_or(0)) / 60.0;
        let curve = 0.55 - 0.45 * ((hour - 4.0) / 24.0 * std::f64::consts::TAU).cos();
        for (service, peak) in peak.iter().enumerate() {
            let noise = 0.97 + 0.06 * rng.f64();
            let count = format!("{:.0}", f64::from(*peak) * curve * noise).parse().unwrap_or(1);
            work.at(minute * MINUTE, Arrival::Desired(service, count));
        }
    }
    work.ready()
}

fn bursts(rng: &mut fastrand::Rng) -> Workload {
    let mut work = begin(services(), 6, 8 * HOUR);
    let base = work.base(rng, 20, 40);
    let mut hour = 1;
    while hour < 8 {
        let start = hour * HOUR + rng.i64(0..20 * MINUTE);
        let service = rng.usize(0..6);
        let to = base[service] * rng.u32(3..=5);
        let rises = rng.i64(5..=10);
        for minute in 0..=rises {
            let part = i64::from(to - base[service]) * minute / rises;
            let count = base[service] + u32::try_from(part).unwrap_or(0);
            work.at(start + minute * MINUTE, Arrival::Desired(service, count));
        }
        let holds = rng.i64(30..=60);
        let over = start + (rises + holds) * MINUTE;
        work.at(over, Arrival::Desired(service, base[service]));
        hour += 2;
    }
    work.ready()
}

fn batch(rng: &mut fastrand::Rng) -> Workload {
    let mut sizes = services();
    sizes.push(size(512, 1_536));
    let mut work = begin(sizes, 6, 6 * HOUR);
    work.base(rng, 15, 30);
    for start in [HOUR, 3 * HOUR] {
        let start = start + rng.i64(0..30 * MINUTE);
        for burst in 0..20 {
            let lasts = rng.i64(10 * MINUTE..30 * MINUTE);
            work.at(start + burst * 5, Arrival::Submitted(6, 50, lasts));
        }
    }
    work.ready()
}

fn deploys(rng: &mut fastrand::Rng) -> Workload {
    let mut work = begin(services(), 6, 8 * HOUR);
    let base = work.base(rng, 40, 100);
    for hour in 1..8 {
        let service = rng.usize(0..6);
        let start = hour * HOUR + rng.i64(0..30 * MINUTE);
        // Old and new side by side for ten minutes.
        work.at(start, Arrival::Desired(service, base[service] * 2));
        work.at(start + 10 * MINUTE, Arrival::Desired(service, base[service]));
    }
    work.ready()
}

fn large(rng: &mut fastrand::Rng) -> Workload {
    let sizes = vec![size(256, 512), size(256, 1_024), size(3_500, 8_000), size(3_000, 12_000)];
    let mut work = begin(sizes, 4, 8 * HOUR);
    let mut now = [rng.u32(100..200), rng.u32(100..200), rng.u32(5..15), rng.u32(3..10)];
    for (service, count) in now.into_iter().enumerate() {
        work.at(0, Arrival::Desired(service, count));
    }
    for minute in (10..480).step_by(10) {
        let service = rng.usize(0..4);
        let by = if service < 2 { rng.u32(5..30) } else { rng.u32(1..4) };
        let count = &mut now[service];
        *count = if rng.bool() { *count + by } else { count.saturating_sub(by).max(2) };
        let count = *count;
        work.at(minute * MINUTE, Arrival::Desired(service, count));
    }
    work.ready()
}

fn zone_loss(rng: &mut fastrand::Rng) -> Workload {
    let mut work = steady(rng);
    let zone = rng.usize(0..3);
    work.at(2 * HOUR + rng.i64(0..HOUR), Arrival::ZoneLost(zone, HOUR));
    work.ready()
}
