//! A town that is described: what its work waits for, what goes wrong in it, and what does not.

use domain::pack::Amount;
use simulation::town::{
    Arrivals, BatchPlan, Count, Failures, GroupPlan, Measured, Placement, Plan, ServicePlan, run,
};
use std::rc::Rc;

const HOUR: i64 = 3_600_000;

fn amount(cpu: u32, memory: u32) -> Amount {
    Amount { cpu, memory, ..Amount::default() }
}

fn service(name: &str, each: Amount, count: Count, placement: Placement) -> ServicePlan {
    ServicePlan { name: name.to_owned(), each, count, placement, least: 100, most: 200 }
}

/// A group, three services that place their tasks in three ways, and a batch in each night.
fn small(failures: Failures) -> Plan {
    let diurnal = Count::Diurnal { low: 10, high: 60, peak_hour: 15, weekend_percent: 60 };
    let bursts = Count::Bursts { base: 5, to: 30, every: 3 * HOUR, lasts: HOUR / 2 };
    Plan {
        groups: vec![GroupPlan {
            name: "hosts".to_owned(),
            min: 2,
            max: 60,
            host: amount(4_096, 15_800),
            boot: 90_000,
            zones: 3,
            spot_percent: 50,
            ..GroupPlan::default()
        }],
        services: vec![
            service("web", amount(512, 1_024), diurnal, Placement::AzSpread),
            service("jobs", amount(256, 2_048), bursts, Placement::AzBinpack),
            service("proxy", amount(128, 256), Count::Steady(3), Placement::OnePerHost),
        ],
        batches: vec![BatchPlan {
            name: "nightly".to_owned(),
            each: amount(1_024, 2_048),
            arrivals: Arrivals::Daily { tasks: 60, at_hour: 2 },
            lasts: (HOUR / 6, HOUR / 2),
            placement: Placement::Binpack,
        }],
        failures,
    }
}

fn lived(plan: &Plan, days: u32, seed: u64) -> Measured {
    run(&Rc::new(plan.clone()), days, seed, |_| {})
}

#[test]
fn the_same_seed_is_the_same_town() {
    let plan = small(Failures { never_join: 50_000, ..Failures::default() });
    assert_eq!(lived(&plan, 1, 3), lived(&plan, 1, 3));
    assert_ne!(lived(&plan, 1, 3), lived(&plan, 1, 4));
}

#[test]
fn where_nothing_fails_nothing_breaks() {
    let one = lived(&small(Failures::default()), 2, 1);
    assert_eq!(one.broken, []);
    let broke = [one.cut, one.cut_standalone, one.abandoned, one.given_up, one.openings];
    assert_eq!(broke, [0; 5]);
    assert!(one.events.is_empty() && one.nowhere.is_empty());
    assert_eq!(one.samples.len(), 2 * 1_440);
    assert!(one.scaled_in > 5 && one.launched > 5, "{} {}", one.scaled_in, one.launched);
    let (hours, bound) = (one.host_hours(), simulation::town::hours(one.bound));
    assert!(hours > bound && hours < bound * 2.0, "{hours} of {bound}");
    // A batch that needs new hosts waits for their boots, and not for much more.
    assert!(one.waited(100) < 900, "{}", one.waited(100));
}

#[test]
fn what_fails_is_counted_and_no_promise_is_broken() {
    let failures = Failures {
        never_join: 100_000,
        agents_lost: 60_000,
        interruptions: 300_000,
        retirements: 60_000,
    };
    let one = lived(&small(failures), 12, 2);
    assert_eq!(one.broken, []);
    assert!(one.never_joined > 0 && one.abandoned > 0, "{} {}", one.never_joined, one.abandoned);
    assert!(one.interruptions > 0 && one.agents_lost > 0 && one.retirements > 0);
    assert!(one.given_up > 0 && !one.events.is_empty());
    assert!(one.billed.iter().all(|(on_demand, spot)| *on_demand > 0 && *spot > 0));
}

#[test]
fn what_no_host_holds_is_named_and_waits() {
    let mut plan = small(Failures::default());
    let large = amount(8_192, 1_024);
    plan.services.push(service("giant", large, Count::Steady(1), Placement::AzSpread));
    let one = lived(&plan, 1, 1);
    assert_eq!(one.nowhere.iter().collect::<Vec<_>>(), ["giant"]);
    assert_eq!(one.waited(100), 25 * 3_600 - 1);
}

#[test]
fn more_tasks_than_the_greatest_size_holds_wait() {
    let mut plan = small(Failures::default());
    plan.groups[0].max = 4;
    let one = lived(&plan, 1, 1);
    assert!(one.peak <= 4 && one.waited(99) > 3_600, "{} {}", one.peak, one.waited(99));
}
