//! The other controller: managed scaling of ECS capacity providers, as AWS documents it (*Amazon ECS cluster auto
//! scaling* in the ECS developer guide, and what people measured): target capacity 100 %, managed termination protection.

use super::yard::{HOST, Life, Seconds, Yard};
use domain::host::Room;
use domain::pack::{Job, Kind, pack};

/// A host that was launched so lately holds further growth back (`instanceWarmupPeriod`).
const WARMUP: Seconds = 300;
/// The low alarm needs so many minutes in a row.
const LOW: u32 = 15;

/// Its memory.
#[derive(Debug, Default)]
pub(super) struct Managed {
    /// From a metric's minute to the alarm's effect.
    delay: Seconds,
    low_for: u32,
    scales_in: bool,
    due: Option<(Seconds, f64)>,
}

impl Managed {
    pub(super) fn new(rng: &mut fastrand::Rng) -> Self {
        Self { delay: rng.i64(20..=60), ..Self::default() }
    }

    /// Each step: protection follows the tasks, and an alarm may take effect.
    pub(super) fn step(&mut self, yard: &mut Yard) {
        for host in &mut yard.hosts {
            host.protected = host.life == Life::Active && !host.tasks.is_empty();
        }
        if let Some((at, reservation)) = self.due
            && at <= yard.now
        {
            self.due = None;
            self.alarms(yard, reservation);
        }
        if yard.now % 60 == 0 {
            let reservation = reservation(yard);
            self.due = Some((yard.now + self.delay, reservation));
        }
    }

    fn alarms(&mut self, yard: &mut Yard, reservation: f64) {
        let n = f64::from(yard.desired);
        if reservation > 100.0 {
            self.low_for = 0;
            self.scales_in = false;
            let warm =
                |host: &super::yard::Host| host.launched > 0 && yard.now - host.launched < WARMUP;
            if !yard.staying().any(|(_, host)| warm(host)) {
                let to = (n.max(1.0) * reservation / 100.0).ceil();
                yard.desired = whole(to).min(yard.max);
            }
            return;
        }
        self.low_for = if reservation < 100.0 { self.low_for + 1 } else { 0 };
        self.scales_in = reservation < 100.0 && (self.scales_in || self.low_for >= LOW);
        if self.scales_in {
            let to = whole((n * reservation / 100.0).ceil());
            let step = yard.desired.saturating_sub(to).min(1);
            yard.desired = yard.desired.saturating_sub(step).max(yard.min);
        }
    }
}

fn whole(number: f64) -> u32 {
    format!("{number:.0}").parse().unwrap_or(u32::MAX)
}

/// `CapacityProviderReservation`: what is needed in percent of what there is.
fn reservation(yard: &Yard) -> f64 {
    let there = yard.staying().count();
    let waiting = yard.families.iter().filter(|family| !family.waiting.is_empty());
    let empty = Room { amount: HOST, ports: Vec::new() };
    // Each group of alike tasks is packed by itself, onto new hosts; the largest counts.
    let needs = waiting.map(|family| {
        let count = u32::try_from(family.waiting.len()).unwrap_or(u32::MAX);
        pack(&[Job { each: family.size, count, ..Job::default() }], &[], &Kind::only(&empty)).hosts
    });
    let adds = needs.max();
    let busy = yard.staying().filter(|(_, host)| !host.tasks.is_empty()).count();
    let n = f64::from(u32::try_from(there).unwrap_or(u32::MAX));
    match (adds, there) {
        (None, 0) => 100.0,
        (Some(_), 0) => 200.0,
        (Some(adds), _) => (n + f64::from(adds.max(1))) / n * 100.0,
        (None, _) => f64::from(u32::try_from(busy).unwrap_or(u32::MAX)) / n * 100.0,
    }
}
