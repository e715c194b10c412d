//! The size of a group when its bounds, its owners, or the numbers are odd.

use crate::{Town, actions, at, case, job};
use domain::capacity::{Before, Case, judge_cluster};
use domain::plan::Hold;
use domain::{Fault, Seen};

/// One full host, and so many tasks that fill a host each.
fn town(min: u32, max: u32, desired: u32, missing: u32) -> Town {
    let mut town = Town::of(1);
    town.fill(0);
    let group = &mut town.groups[0];
    (group.min, group.max, group.desired) = (min, max, desired);
    town.misses("web", job(2_048, 4_000, missing));
    town
}

fn hands_off(town: &Town) -> bool {
    matches!(town.held(), Hold::HandsOff { .. })
}

#[test]
fn row_60_a_group_of_fixed_size_or_that_a_person_holds_is_left_alone() {
    assert!(hands_off(&town(3, 3, 3, 5)));
    for process in ["Launch", "Terminate"] {
        let mut held = town(0, 10, 1, 5);
        held.groups[0].suspended = vec!["AZRebalance".into(), process.into()];
        assert!(hands_off(&held), "{process}");
    }
    let mut weighted = town(0, 10, 1, 5);
    weighted.groups[0].weighted = true;
    assert!(hands_off(&weighted), "sizes that count weights are not counted in hosts");
    // New limits below what is desired: nothing is taken back, and nothing is added.
    for (min, max, desired) in [(0, 3, 5), (0, 0, 5), (8, 10, 10)] {
        assert_eq!(town(min, max, desired, 20).done(), [""; 0], "{desired} in {min} to {max}");
    }
}

// Checks S17, S21.
#[test]
fn row_62_a_demand_that_is_missing_or_beyond_measure_moves_nothing_far() {
    let told = "MISSING".to_owned();
    let fault = Fault::Partial { call: "ecs:DescribeServices".into(), told };
    let own = town(0, 10, 1, 5);
    let lines = judge_cluster(&[case(&own.groups[0])], &Seen::Unknown(fault), at(0));
    assert!(actions(&lines).is_empty());
    assert!(matches!(lines[0].verdict.hold, Some(Hold::Unreadable { .. })));
    assert_eq!(town(0, 10, 1, 0).done(), [""; 0]);
    // The greatest size of a task that there can be fits on no host, and asks for none.
    let mut own = town(0, 10, 1, 0);
    own.misses("web", job(u32::MAX, u32::MAX, u32::MAX));
    assert_eq!(own.done(), [""; 0]);
}

#[test]
fn row_63_a_target_is_held_between_max_and_one_step() {
    for (max, desired, missing, to) in [
        (3, 1, 100, "desired capacity of web from 1 to 3"),
        (1_000, 1, 100_000, "desired capacity of web from 1 to 101"),
        (1_000, 1, 2, "desired capacity of web from 1 to 3"),
    ] {
        assert_eq!(town(0, max, desired, missing).done(), [to]);
    }
    let most = town(0, u32::MAX, u32::MAX, 5);
    assert_eq!(most.done(), [""; 0], "no overflow");
    let mut none = town(0, 5, 0, 0);
    none.groups[0].seats.clear();
    none.outlook.hosts.clear();
    assert_eq!(none.done(), [""; 0]);
}

// Checks S18.
#[test]
fn row_64_a_group_that_another_steers_is_left_to_it() {
    let mut steered = town(0, 10, 1, 5);
    steered.tag("AmazonECSManaged", "");
    assert!(hands_off(&steered));
    let own = town(0, 10, 1, 5);
    let refreshing = Before { refreshing: true, ..Before::default() };
    let owned = Some("muster-blue".to_owned());
    for other in [
        Case { before: refreshing, ..case(&own.groups[0]) },
        Case { anothers: owned, ..case(&own.groups[0]) },
    ] {
        let lines = own.judged_as(&[other]);
        assert!(actions(&lines).is_empty());
        assert!(matches!(lines[0].verdict.hold, Some(Hold::HandsOff { .. })), "{lines:?}");
    }
}

#[test]
fn a_group_that_cannot_launch_is_named_and_not_asked_again() {
    let own = town(0, 10, 3, 5);
    let why = "We currently do not have sufficient m7g.large capacity".to_owned();
    let before = Before { failing: Some(why.clone()), ..Before::default() };
    let lines = own.judged_as(&[Case { before, ..case(&own.groups[0]) }]);
    assert_eq!(actions(&lines), [""; 0]);
    assert_eq!(lines[0].verdict.hold, Some(Hold::CannotLaunch { why }));
}
