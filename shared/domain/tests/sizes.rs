//! The size of a group when its bounds, its owners, or the numbers are odd.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use domain::host::{Lifecycle, Room, Seat, Seen};
use domain::pack::{Amount, Job};
use domain::plan::{Hold, Verdict};
use domain::size::{Demand, Missing, Supply, judge, judge_cluster};
use domain::{Fault, GroupView, Policy};
use std::collections::BTreeMap;

/// A group of one host in service.
fn group(min: u32, max: u32, desired: u32) -> GroupView {
    let seat = Seat {
        group: "web".parse().unwrap(),
        lifecycle: Lifecycle::InService,
        healthy: true,
        protected: false,
    };
    GroupView {
        name: "web".parse().unwrap(),
        min,
        max,
        desired,
        tags: BTreeMap::from([("muster:cluster".into(), "prod".into())]),
        suspended: Vec::new(),
        warm_pool: false,
        seats: BTreeMap::from([("i-0a1b2c3d".parse().unwrap(), seat)]),
        hooks: None,
    }
}

/// So many tasks that fill a host each.
fn tasks(count: u32) -> Seen<Demand> {
    let need = Job {
        each: Amount { cpu: 2048, memory: 4000, ..Amount::default() },
        ports: Vec::new(),
        ..Job::default()
    };
    Seen::Known(Demand {
        missing: vec![Missing { service: "web".into(), job: Job { count, ..need } }],
        daemons: Vec::new(),
    })
}

fn supply() -> Seen<Supply> {
    let empty = Room {
        amount: Amount { cpu: 2048, memory: 4000, gpus: 0, interfaces: u32::MAX },
        ports: Vec::new(),
    };
    Seen::Known(Supply { rooms: Vec::new(), empty_host: Some(empty) })
}

fn sizes(verdict: &Verdict) -> Vec<String> {
    verdict.steps.iter().map(|step| step.action.to_string()).collect()
}

fn judged(group: &GroupView, demand: &Seen<Demand>) -> Verdict {
    judge(group, demand, &supply(), &Policy::default())
}

fn hands_off(verdict: &Verdict) -> bool {
    verdict.steps.is_empty() && matches!(verdict.hold, Some(Hold::HandsOff { .. }))
}

#[test]
fn row_60_a_group_of_fixed_size_or_that_a_person_holds_is_left_alone() {
    assert!(hands_off(&judged(&group(3, 3, 3), &tasks(5))));
    for process in ["Launch", "Terminate"] {
        let mut held = group(0, 10, 1);
        held.suspended = vec!["AZRebalance".into(), process.into()];
        assert!(hands_off(&judged(&held, &tasks(5))), "{process}");
    }
    // New limits below what is desired: nothing is taken back, and nothing is added.
    for (min, max, desired) in [(0, 3, 5), (0, 0, 5), (8, 10, 10)] {
        let verdict = judged(&group(min, max, desired), &tasks(20));
        assert_eq!(sizes(&verdict), [""; 0], "{desired} in {min} to {max}");
    }
}

#[test]
fn row_62_a_demand_that_is_missing_or_beyond_measure_moves_nothing_far() {
    let fault = || Fault::Partial { call: "ecs:DescribeServices".into(), told: "MISSING".into() };
    let own = group(0, 10, 1);
    let unreadable = judged(&own, &Seen::Unknown(fault()));
    assert!(
        matches!(unreadable.hold, Some(Hold::Unreadable { .. })) && unreadable.steps.is_empty()
    );
    let verdict = judge(&own, &tasks(5), &Seen::Unknown(fault()), &Policy::default());
    assert!(matches!(verdict.hold, Some(Hold::Unreadable { .. })) && verdict.steps.is_empty());
    assert_eq!(sizes(&judged(&own, &tasks(0))), [""; 0]);
    // The greatest size of a task that there can be fits on no host, and asks for none.
    let need = Job {
        each: Amount { cpu: u32::MAX, memory: u32::MAX, ..Amount::default() },
        ports: Vec::new(),
        ..Job::default()
    };
    let demand = Seen::Known(Demand {
        missing: vec![Missing { service: "web".into(), job: Job { count: u32::MAX, ..need } }],
        daemons: Vec::new(),
    });
    assert_eq!(sizes(&judged(&own, &demand)), [""; 0]);
}

#[test]
fn row_63_a_target_is_held_between_max_and_one_step() {
    for (max, desired, missing, to) in [
        (3, 1, 100, "desired capacity of web from 1 to 3"),
        (1_000, 1, 100_000, "desired capacity of web from 1 to 11"),
        (1_000, 1, 2, "desired capacity of web from 1 to 3"),
    ] {
        assert_eq!(sizes(&judged(&group(0, max, desired), &tasks(missing))), [to]);
    }
    let most = group(0, u32::MAX, u32::MAX);
    assert_eq!(sizes(&judged(&most, &tasks(5))), [""; 0], "no overflow");
    let mut none = group(0, 5, 0);
    none.seats.clear();
    assert_eq!(sizes(&judged(&none, &tasks(0))), [""; 0]);
}

#[test]
fn row_64_a_group_that_another_steers_is_left_to_it() {
    let mut steered = group(0, 10, 1);
    steered.tags.insert("AmazonECSManaged".into(), String::new());
    assert!(hands_off(&judged(&steered, &tasks(5))));
    // Of two groups of ours only one grows for the same work.
    let (own, mut other) = (group(0, 10, 1), group(0, 10, 1));
    other.name = "batch".parse().unwrap();
    let cases = [&own, &other].map(|group| (group, supply(), Policy::default()));
    let verdicts = judge_cluster(&cases, &tasks(2));
    assert_eq!(sizes(&verdicts[0]).len(), 1);
    assert!(hands_off(&verdicts[1]));
}
