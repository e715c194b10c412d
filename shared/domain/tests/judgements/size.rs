use crate::{actions, only_waits, throttled};
use domain::host::{Lifecycle, Room, Seat, Seen};
use domain::pack::{Amount, Job};
use domain::plan::{Hold, Verdict};
use domain::size::{Demand, Missing, Supply, judge, judge_cluster};
use domain::{GroupView, Policy};
use std::collections::BTreeMap;

fn group(hosts: &[&str]) -> GroupView {
    let seats = hosts.iter().enumerate().map(|(n, lifecycle)| {
        let seat = Seat {
            group: "web".parse().unwrap(),
            lifecycle: Lifecycle::read(lifecycle),
            healthy: true,
            protected: false,
        };
        (format!("i-{n:08x}").parse().unwrap(), seat)
    });
    GroupView {
        name: "web".parse().unwrap(),
        min: 0,
        max: 10,
        desired: u32::try_from(hosts.len()).unwrap(),
        tags: BTreeMap::from([("muster:cluster".into(), "prod".into())]),
        suspended: Vec::new(),
        warm_pool: false,
        hooks: None,
        seats: seats.collect(),
    }
}

fn room(cpu: u32, memory: u32) -> Room {
    Room { amount: Amount { cpu, memory, gpus: 0, interfaces: u32::MAX }, ports: Vec::new() }
}

fn tasks(cpu: u32, memory: u32, count: u32) -> Seen<Demand> {
    Seen::Known(Demand {
        missing: vec![Missing {
            service: "web".into(),
            job: Job { each: Amount { cpu, memory, ..Amount::default() }, count, ..Job::default() },
        }],
    })
}

fn supply(rooms: Vec<Room>) -> Seen<Supply> {
    Seen::Known(Supply { rooms, empty_host: Some(room(2048, 4000)) })
}

fn grown(group: &GroupView, demand: &Seen<Demand>, supply: &Seen<Supply>) -> Verdict {
    judge(group, demand, supply, &Policy::default())
}

#[test]
fn the_group_grows_to_what_the_work_needs_in_one_step() {
    let verdict = grown(&group(&["InService"]), &tasks(1024, 1000, 5), &supply(vec![room(0, 0)]));
    assert_eq!(actions(&verdict), ["desired capacity of web from 1 to 4"]);
}

#[test]
fn what_fits_on_the_hosts_there_are_needs_no_more() {
    let verdict =
        grown(&group(&["InService"]), &tasks(512, 500, 2), &supply(vec![room(1024, 1000)]));
    assert!(matches!(only_waits(&verdict), Hold::CapacityFits { .. }));
}

#[test]
fn hosts_on_their_way_are_not_asked_for_twice() {
    let verdict = grown(
        &group(&["InService", "Pending:Wait", "Pending"]),
        &tasks(1024, 1000, 4),
        &supply(vec![room(0, 0)]),
    );
    assert!(matches!(only_waits(&verdict), Hold::CapacityFits { .. }), "{verdict:?}");
}

// Checks S17.
#[test]
fn never_above_max_and_never_more_than_a_step() {
    let full = supply(vec![room(0, 0)]);
    let verdict = grown(&group(&["InService"; 8]), &tasks(2048, 1000, 50), &full);
    assert_eq!(actions(&verdict), ["desired capacity of web from 8 to 10"]);
    let wide = GroupView { max: 1_000, ..group(&["InService"]) };
    assert_eq!(
        actions(&grown(&wide, &tasks(2048, 1000, 50), &full)),
        ["desired capacity of web from 1 to 11"]
    );
    let at_max = GroupView { max: 1, ..group(&["InService"]) };
    let verdict = grown(&at_max, &tasks(2048, 1000, 2), &full);
    assert!(matches!(only_waits(&verdict), Hold::AtMax { .. }));
}

// Checks S17, S21.
#[test]
fn an_unreadable_demand_or_supply_changes_nothing() {
    let group = group(&["InService"]);
    let verdict = grown(&group, &Seen::Unknown(throttled()), &supply(Vec::new()));
    assert!(matches!(only_waits(&verdict), Hold::Unreadable { .. }));
    let verdict = grown(&group, &tasks(1, 1, 1), &Seen::Unknown(throttled()));
    assert!(matches!(only_waits(&verdict), Hold::Unreadable { .. }));
}

// Checks S18.
#[test]
fn hands_off_where_someone_else_steers() {
    let mut managed = group(&["InService"]);
    managed.tags.insert("AmazonECSManaged".into(), String::new());
    let fixed = GroupView { min: 3, max: 3, ..group(&["InService"]) };
    let suspended = GroupView { suspended: vec!["Launch".into()], ..group(&["InService"]) };
    for group in [managed, fixed, suspended] {
        let verdict = grown(&group, &tasks(1024, 1000, 5), &supply(Vec::new()));
        assert!(matches!(only_waits(&verdict), Hold::HandsOff { .. }));
    }
}

#[test]
fn a_task_that_no_host_can_hold_asks_for_none() {
    let verdict = grown(&group(&["InService"]), &tasks(4096, 1000, 5), &supply(Vec::new()));
    assert_eq!(only_waits(&verdict), &Hold::FitsNowhere { services: vec!["web".into()] });
}

#[test]
fn tasks_of_one_port_want_a_host_each() {
    let need = Job {
        each: Amount { cpu: 10, memory: 10, ..Amount::default() },
        ports: vec![8080],
        ..Job::default()
    };
    let demand = Seen::Known(Demand {
        missing: vec![Missing { service: "web".into(), job: Job { count: 3, ..need } }],
    });
    let verdict = grown(&group(&["InService"]), &demand, &supply(vec![room(2048, 4000)]));
    assert_eq!(actions(&verdict), ["desired capacity of web from 1 to 3"]);
}

#[test]
fn a_group_at_zero_asks_for_one_host_to_learn_what_it_offers() {
    let unknown = Seen::Known(Supply { rooms: Vec::new(), empty_host: None });
    let verdict = grown(&group(&[]), &tasks(1024, 1000, 5), &unknown);
    assert_eq!(actions(&verdict), ["desired capacity of web from 0 to 1"]);
}

#[test]
fn two_groups_do_not_both_grow_for_the_same_work() {
    let (one, mut two) = (group(&["InService"]), group(&["InService"]));
    two.name = "web-2".parse().unwrap();
    let full = || supply(vec![room(0, 0)]);
    let cases = [(&one, full(), Policy::default()), (&two, full(), Policy::default())];
    let verdicts = judge_cluster(&cases, &tasks(2048, 1000, 2));
    assert_eq!(actions(&verdicts[0]), ["desired capacity of web from 1 to 3"]);
    assert!(matches!(only_waits(&verdicts[1]), Hold::HandsOff { .. }));
}
