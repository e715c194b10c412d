//! Growing to what the work needs.

use crate::{Town, amount, at, job};
use domain::Policy;
use domain::pack::{Amount, Job};
use domain::plan::Hold;

fn full(hosts: u32) -> Town {
    let mut town = Town::of(hosts);
    town.fill_all();
    town
}

#[test]
fn the_group_grows_to_what_the_work_needs_in_one_step() {
    let mut town = full(1);
    town.misses("web", job(1_024, 1_000, 5));
    assert_eq!(town.done(), ["desired capacity of web from 1 to 4"]);
}

#[test]
fn what_fits_on_the_hosts_there_are_needs_no_more() {
    let mut town = Town::of(1);
    town.task(0, "service:web", job(1_024, 1_000, 1));
    town.misses("web", job(512, 500, 2));
    assert!(matches!(town.held(), Hold::CapacityFits { needed: 1, have: 1 }));
}

#[test]
fn hosts_on_their_way_are_not_asked_for_twice() {
    let mut town = full(1);
    town.seat(0, "i-0000000a", "Pending:Wait");
    // Asked for, and not launched yet.
    town.groups[0].desired += 1;
    town.misses("web", job(1_024, 1_000, 4));
    assert!(matches!(town.held(), Hold::CapacityFits { .. }));
    town.outlook.missing[0].job.count = 5;
    assert_eq!(town.done(), ["desired capacity of web from 3 to 4"]);
}

#[test]
fn hosts_that_leave_or_lost_their_agent_have_no_room() {
    for change in ["Terminating:Wait", "lost", "draining"] {
        let mut town = Town::of(1);
        match change {
            "lost" => town.outlook.hosts[0].registration.agent_connected = false,
            "draining" => {
                town.outlook.hosts[0].registration.status =
                    domain::host::RegistrationStatus::Draining;
            }
            other => {
                town.seat_of(0).lifecycle = domain::host::Lifecycle::read(other);
                town.groups[0].desired = 0;
            }
        }
        town.misses("web", job(1_024, 1_000, 1));
        assert_eq!(town.done().len(), 1, "{change}");
    }
}

// Checks S17.
#[test]
fn never_above_max_and_never_more_than_a_step() {
    let mut town = full(8);
    town.misses("web", job(2_048, 1_000, 50));
    assert_eq!(town.done(), ["desired capacity of web from 8 to 10"]);
    town.groups[0].max = 1_000;
    town.tag("muster:step-hosts", "20");
    assert_eq!(town.done(), ["desired capacity of web from 8 to 28"]);
    town.groups[0].max = 8;
    assert_eq!(town.held(), Hold::AtMax { needed: 58, max: 8 });
}

#[test]
fn a_group_that_grows_says_whether_max_lets_it_have_all_that_it_needs() {
    let mut town = full(8);
    town.misses("web", job(2_048, 1_000, 2));
    assert_eq!(town.judged()[0].verdict.hold, None);
    town.misses("web", job(2_048, 1_000, 1));
    assert_eq!(town.judged()[0].verdict.hold, Some(Hold::AtMax { needed: 11, max: 10 }));
}

// Checks L12.
#[test]
fn while_hosts_are_on_their_way_or_asked_for_none_is_spared() {
    assert_eq!(Town::of(3).done(), ["mark web: 3 hosts can be spared"]);
    let mut coming = Town::of(3);
    coming.seat(0, "i-000000ff", "Pending");
    assert!(matches!(coming.held(), Hold::CapacityFits { .. }));
    let mut growing = Town::of(3);
    growing.groups.push(crate::group("batch"));
    growing.host(1, 4_096, 8_000);
    growing.fill(3);
    growing.misses("batch", job(4_096, 8_000, 1));
    let lines = growing.judged();
    let hold = |at: usize| lines[at].verdict.hold.clone();
    assert!(matches!(hold(0), Some(Hold::CapacityFits { .. })), "{lines:?}");
    // Also while another group asks for its first host.
    let mut learning = Town::of(3);
    learning.groups.push(crate::group("batch"));
    learning.misses("batch", job(4_096, 8_000, 1));
    assert_eq!(learning.done(), ["desired capacity of batch from 0 to 1"]);
}

#[test]
fn a_task_that_no_host_can_hold_asks_for_none() {
    let mut town = full(1);
    town.misses("web", job(4_096, 1_000, 5));
    assert_eq!(town.held(), Hold::FitsNowhere { services: vec!["web".into()] });
}

#[test]
fn tasks_of_one_port_want_a_host_each() {
    let mut town = Town::of(1);
    town.misses("web", Job { ports: vec![8080], ..job(10, 10, 3) });
    assert_eq!(town.done(), ["desired capacity of web from 1 to 3"]);
}

#[test]
fn tasks_that_must_be_apart_go_where_none_of_theirs_is() {
    let mut town = Town::of(3);
    town.task(0, "service:web", job(10, 10, 1));
    town.misses("web", Job { apart: true, ..job(10, 10, 3) });
    assert_eq!(town.done(), ["desired capacity of web from 3 to 4"]);
}

#[test]
fn a_group_at_zero_asks_for_one_host_to_learn_what_it_offers() {
    let mut town = Town::of(0);
    town.misses("web", job(1_024, 1_000, 5));
    assert_eq!(town.done(), ["desired capacity of web from 0 to 1"]);
    town.groups[0].desired = 1;
    assert!(town.done().is_empty(), "the one that was asked for is on its way");
}

// A host of 2,048 units, on each of which an agent takes 1,024: one task of 1,024 a host, not two.
#[test]
fn daemons_take_their_part_of_every_new_host() {
    let mut town = full(1);
    town.misses("web", job(1_024, 10, 4));
    assert_eq!(town.done(), ["desired capacity of web from 1 to 3"]);
    town.outlook.daemons = vec![job(1_024, 10, 0)];
    assert_eq!(town.done(), ["desired capacity of web from 1 to 5"]);
}

#[test]
fn gpus_are_counted() {
    let mut town = full(1);
    town.outlook.hosts[0].registration.registered.amount.gpus = 4;
    let each = Amount { gpus: 2, ..amount(10, 10) };
    town.misses("learn", Job { each, count: 4, ..Job::default() });
    assert_eq!(town.done(), ["desired capacity of web from 1 to 3"]);
}

// Checks L12: what is kept free is there after one step, and then nothing more is asked for.
#[test]
fn headroom_is_kept_without_any_demand_and_only_once() {
    let kept = |hosts: &str, free: u32, coming: bool| {
        let mut town = full(1);
        (0..free).for_each(|_| {
            town.host(0, 2_048, 4_000);
        });
        if coming {
            town.seat(0, "i-0000000a", "Pending:Wait");
        }
        town.tag("muster:headroom-hosts", hosts);
        town.done()
    };
    assert_eq!(kept("2", 0, false), ["desired capacity of web from 1 to 3"]);
    assert_eq!(kept("2", 1, false), ["desired capacity of web from 2 to 3"]);
    assert_eq!(kept("2", 2, false), [""; 0]);
    assert_eq!(kept("1", 0, true), [""; 0]);
    // A host with a little on it is a little less than what is to be free.
    let mut town = Town::of(1);
    town.task(0, "service:web", job(1, 1, 1));
    town.tag("muster:headroom-hosts", "1");
    assert_eq!(town.done(), ["desired capacity of web from 1 to 2"]);
}

// Checks L12.
#[test]
fn headroom_in_percent_is_of_the_hosts_with_work_and_comes_to_rest() {
    let policy = Policy { headroom_hosts: 1, headroom_percent: 25, ..Policy::default() };
    assert_eq!([0, 1, 4, 5, 9].map(|hosts| policy.headroom(hosts)), [1, 1, 1, 2, 3]);
    let mut town = full(3);
    town.groups[0].max = 1_000;
    town.tag("muster:headroom-percent", "100");
    assert_eq!(town.done(), ["desired capacity of web from 3 to 6"]);
    (0..3).for_each(|_| {
        town.host(0, 2_048, 4_000);
    });
    assert_eq!(town.done(), [""; 0], "the hosts that are kept free do not count themselves");
}

// Checks L12: where ECS spreads tasks over hosts, none of which is ever empty, the group does not grow for ever.
#[test]
fn headroom_is_room_wherever_it_is() {
    let spread = |hosts: usize, cpu: u32| {
        let mut town = Town::of(0);
        for _ in 0..hosts {
            let host = town.host(0, 2_048, 4_000);
            town.task(host, "service:web", job(cpu, 1_000, 1));
        }
        town.tag("muster:headroom-hosts", "2");
        town.done()
    };
    assert_eq!(spread(4, 1_024), [""; 0], "half of four hosts is two");
    assert_eq!(spread(4, 1_229), ["desired capacity of web from 4 to 5"], "two fifths are not");
    // Of a host's room the scarcest counts.
    let mut town = Town::of(0);
    for _ in 0..4 {
        let host = town.host(0, 2_048, 4_000);
        town.task(host, "service:web", job(100, 3_900, 1));
    }
    town.tag("muster:headroom-hosts", "2");
    assert_eq!(town.done(), ["desired capacity of web from 4 to 6"]);
}

// Checks L12: of a group of several types, a free host is one that is empty, not one as large as the largest.
#[test]
fn free_hosts_of_a_smaller_type_are_headroom_too() {
    let mut town = Town::of(0);
    let large = town.host(0, 8_192, 16_000);
    town.fill(large);
    town.host(0, 2_048, 4_000);
    town.tag("muster:headroom-hosts", "1");
    assert_eq!(town.done(), [""; 0]);
}

#[test]
fn room_for_one_more_of_the_largest_task_is_kept() {
    let mut town = Town::of(1);
    town.tag("muster:headroom-task", "true");
    town.outlook.largest = Some(job(2_000, 3_000, 0));
    town.task(0, "service:web", job(100, 100, 1));
    assert_eq!(town.done(), ["desired capacity of web from 1 to 2"]);
    town.host(0, 2_048, 4_000);
    assert_eq!(town.done(), [""; 0]);
}

#[test]
fn where_ecs_finds_no_place_and_we_see_one_ecs_is_right_after_a_minute() {
    let mut town = Town::of(2);
    town.tag("muster:scale-in-patience-seconds", "0");
    town.misses("web", job(10, 10, 1)).refused_at = Some(at(0));
    assert_eq!(town.done(), [""; 0], "it may be about to use it");
    town.now = at(2);
    assert_eq!(town.done(), ["desired capacity of web from 2 to 3"]);
    // A host that joined since is not what ECS spoke of.
    town.outlook.hosts[1].registration.registered_at = Some(at(1));
    assert_eq!(town.done(), [""; 0]);
    town.outlook.hosts[1].registration.registered_at = Some(at(-9));
    town.now = at(30);
    assert_eq!(town.done(), [""; 0], "what ECS said half an hour ago tells nothing of now");
}
