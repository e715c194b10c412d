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
        daemons: Vec::new(),
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
        daemons: Vec::new(),
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

// A host of 2,048 units, on each of which an agent takes 1,024: one task of 1,024 a host, not two.
#[test]
fn daemons_take_their_part_of_every_new_host() {
    let daemon =
        Job { each: Amount { cpu: 1_024, memory: 10, ..Amount::default() }, ..Job::default() };
    let mut demand = tasks(1_024, 10, 4);
    let without = grown(&group(&["InService"]), &demand, &supply(Vec::new()));
    if let Seen::Known(demand) = &mut demand {
        demand.daemons = vec![daemon];
    }
    let with = grown(&group(&["InService"]), &demand, &supply(Vec::new()));
    assert_eq!(actions(&without), ["desired capacity of web from 1 to 3"]);
    assert_eq!(actions(&with), ["desired capacity of web from 1 to 5"]);
}

fn kept_free(hosts: u32, rooms: Vec<Room>, arriving: bool) -> Vec<String> {
    let policy = Policy { headroom_hosts: hosts, ..Policy::default() };
    let group = group(if arriving { &["InService", "Pending:Wait"] } else { &["InService"] });
    let nothing = Seen::Known(Demand::default());
    actions(&judge(&group, &nothing, &supply(rooms), &policy))
}

// Checks L12: what is kept free is there after one step, and then nothing more is asked for.
#[test]
fn headroom_is_kept_without_any_demand_and_only_once() {
    let free = || room(2048, 4000);
    assert_eq!(kept_free(2, vec![room(0, 0)], false), ["desired capacity of web from 1 to 3"]);
    assert_eq!(
        kept_free(2, vec![room(0, 0), free()], false),
        ["desired capacity of web from 1 to 2"]
    );
    assert_eq!(kept_free(2, vec![room(0, 0), free(), free()], false), [""; 0]);
    assert_eq!(kept_free(1, vec![room(0, 0)], true), [""; 0]);
    // A host with a little on it is not free.
    assert_eq!(
        kept_free(1, vec![room(2047, 4000)], false),
        ["desired capacity of web from 1 to 2"]
    );
}

#[test]
fn headroom_in_percent_is_of_the_hosts_there_are() {
    let policy = Policy { headroom_hosts: 1, headroom_percent: 25, ..Policy::default() };
    assert_eq!([0, 1, 4, 5, 9].map(|hosts| policy.headroom(hosts)), [1, 1, 1, 2, 3]);
}
