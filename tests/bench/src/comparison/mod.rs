//! The adjuster that ships, and managed scaling as AWS documents it, in the same worlds with the same arrivals.

mod aws;
mod managed;
mod workloads;
mod yard;

use aws::Hand;
use capacity_adjuster::Adjuster;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use domain::Policy;
use lambda::Place;
use managed::Managed;
use serde_json::{Value, json};
use std::cell::RefCell;
use workloads::{ALL, Make, Workload};
use yard::{Measured, STEP, Seconds, Yard};

/// What is measured begins when the cold start, the same for both, is over.
const BEGIN: Seconds = 1_800;

/// Who steers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Muster,
    Managed,
}

fn wake(yard: &RefCell<Yard>, settings: &Policy, failed: bool) {
    let place = Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "us-west-2".to_owned(),
    };
    let time = format!("{:.0}", aws::timestamp(yard.borrow().now));
    let payload: Value = if failed {
        json!({
            "version": "0", "id": "0", "detail-type": "ECS Service Action", "source": "aws.ecs",
            "account": "111122223333", "time": time, "region": "us-west-2", "resources": [],
            "detail": {
                "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
                "clusterArn": "arn:aws:ecs:us-west-2:111122223333:cluster/yard",
            },
        })
    } else {
        json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}" })
    };
    let hand = Hand(yard);
    let adjuster = Adjuster { world: &hand, settings: settings.clone() };
    let pass = lambda::frame::records(&adjuster, &hand, || (), payload, Some(&place), "request");
    drop(pollster::block_on(pass));
}

fn run(work: &Workload, seed: u64, who: Who, settings: &Policy) -> Measured {
    let mut yard = Yard::new(seed, &work.sizes, work.services, work.hosts);
    let mut managed = Managed::new(&mut yard.rng);
    yard.services_wait = who == Who::Managed;
    // The clock ticks at any second of the minute.
    let offset = yard.rng.i64(0..60 / STEP) * STEP;
    let yard = RefCell::new(yard);
    let mut arrivals = work.arrivals.iter().peekable();
    while yard.borrow().now < work.long {
        let now = yard.borrow().now;
        while let Some((_, arrival)) = arrivals.next_if(|(at, _)| *at <= now) {
            yard.borrow_mut().arrive(*arrival);
        }
        yard.borrow_mut().step();
        if now == BEGIN {
            yard.borrow_mut().begin_to_measure();
        }
        let failed = std::mem::take(&mut yard.borrow_mut().complains);
        match who {
            Who::Managed => managed.step(&mut yard.borrow_mut()),
            Who::Muster if failed => wake(&yard, settings, true),
            Who::Muster if now % 60 == offset => wake(&yard, settings, false),
            Who::Muster => {}
        }
    }
    yard.into_inner().close()
}

/// What came of a workload, over all seeds.
#[derive(Debug, Default)]
struct Sum {
    times: Vec<Seconds>,
    billed: i64,
    bound: i64,
    anew: i64,
    boots: i64,
    moved: u64,
    cut: u64,
    calls: u64,
    hours: f64,
    peak: u32,
}

impl Sum {
    fn add(&mut self, one: Measured, long: Seconds) {
        self.times.extend(one.times);
        self.billed += one.billed;
        self.bound += one.bound;
        self.anew += one.anew;
        self.boots += one.boots;
        self.moved += one.moved;
        self.cut += one.cut;
        self.calls += one.calls;
        self.peak = self.peak.max(one.peak);
        self.hours += hours(long - BEGIN);
    }

    fn percentile(&mut self, percent: usize) -> Seconds {
        self.times.sort_unstable();
        let at = self.times.len().saturating_sub(1) * percent / 100;
        self.times.get(at).copied().unwrap_or(0)
    }
}

fn hours(seconds: Seconds) -> f64 {
    std::time::Duration::from_secs(seconds.unsigned_abs()).as_secs_f64() / 3_600.0
}

fn summed(make: Make, seeds: u64, who: Who, settings: &Policy) -> Sum {
    let mut sum = Sum::default();
    for seed in 0..seeds {
        let work = make(&mut fastrand::Rng::with_seed(seed));
        let long = work.long;
        sum.add(run(&work, seed, who, settings), long);
    }
    sum
}

/// The table.
pub(crate) fn table(seeds: u64, only: Option<&str>, settings: &Policy) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    table.set_header([
        "workload",
        "controller",
        "p50",
        "p99",
        "host-hours",
        "of the bound",
        "of a packing anew",
        "of one that boots",
        "moved",
        "cut",
        "calls an hour",
        "peak",
    ]);
    for (name, make) in ALL.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only))) {
        for who in [Who::Muster, Who::Managed] {
            let mut sum = summed(*make, seeds, who, settings);
            let calls = f64::from(u32::try_from(sum.calls).unwrap_or(u32::MAX)) / sum.hours;
            table.add_row([
                (*name).to_owned(),
                if who == Who::Muster { "Muster".to_owned() } else { "managed scaling".to_owned() },
                format!("{} s", sum.percentile(50)),
                format!("{} s", sum.percentile(99)),
                format!("{:.0}", hours(sum.billed)),
                format!("{:.3}", hours(sum.billed) / hours(sum.bound)),
                format!("{:.3}", hours(sum.billed) / hours(sum.anew)),
                format!("{:.3}", hours(sum.billed) / hours(sum.bound + sum.boots)),
                sum.moved.to_string(),
                sum.cut.to_string(),
                if who == Who::Muster { format!("{calls:.0}") } else { "AWS's own".to_owned() },
                sum.peak.to_string(),
            ]);
        }
    }
    table.to_string()
}

#[cfg(test)]
mod tests;
