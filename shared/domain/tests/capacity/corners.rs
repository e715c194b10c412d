//! What neither the work nor the policy asks for, and hosts of which too little is known.

use crate::{Town, actions, at, case, group, job, unread};
use domain::capacity::{Before, Case, SPARE_TAG, Wants};
use domain::plan::{Hold, Thing};

fn full(hosts: u32) -> Town {
    let mut town = Town::of(hosts);
    town.fill_all();
    town
}

#[test]
fn room_for_the_largest_task_is_kept_only_where_the_policy_says_so_and_the_group_can_grow() {
    let mut town = full(1);
    town.outlook.largest = Some(job(1_024, 1_000, 7));
    assert_eq!(town.done(), [""; 0]);
    town.tag("muster:headroom-task", "true");
    assert_eq!(town.done(), ["desired capacity of web from 1 to 2"]);
    let failing =
        Before { failing: Some("InsufficientInstanceCapacity".into()), ..Before::default() };
    let cases = [Case { before: failing, ..case(&town.groups[0]) }];
    assert_eq!(actions(&town.judged_as(&cases)), [""; 0]);
}

#[test]
fn a_service_that_lacks_nothing_asks_for_nothing_whatever_its_constraint() {
    let mut town = full(1);
    let constraints = vec!["task:group == service:db".to_owned()];
    town.misses("web", job(10, 10, 0)).wants = Wants { constraints, groups: None };
    assert!(matches!(town.held(), Hold::CapacityFits { .. }), "{:?}", town.held());
}

#[test]
fn a_group_of_which_nothing_is_known_gets_one_host_for_its_headroom_or_its_work() {
    let mut town = Town::of(0);
    assert_eq!(town.done(), [""; 0]);
    town.tag("muster:headroom-hosts", "3");
    assert_eq!(town.done(), ["desired capacity of web from 0 to 1"]);
    let mut town = Town::of(0);
    town.misses("web", job(10, 10, 5));
    assert_eq!(town.done(), ["desired capacity of web from 0 to 1"]);
}

#[test]
fn a_host_whose_size_is_not_told_is_no_model_for_new_ones() {
    for untold in [(0, 4_000), (2_048, 0)] {
        let mut town = full(2);
        let registered = &mut town.outlook.hosts[0].registration.registered.amount;
        (registered.cpu, registered.memory) = untold;
        // Two of these fill a host of the other's size.
        town.misses("web", job(1_024, 2_000, 2));
        assert_eq!(town.done(), ["desired capacity of web from 2 to 3"], "{untold:?}");
    }
    // The least that is told is told.
    let mut town = Town::of(1);
    let one = &mut town.outlook.hosts[0].registration;
    (one.registered.amount.cpu, one.registered.amount.memory) = (1, 1);
    one.remaining = one.registered.clone();
    town.misses("web", job(1, 1, 3));
    assert_eq!(town.done(), ["desired capacity of web from 1 to 3"]);
}

// Checks S14, S21.
#[test]
fn what_protection_could_not_be_read_is_told_where_hosts_would_leave() {
    let mut town = Town::of(3);
    town.outlook.protected = unread();
    assert!(matches!(town.held(), Hold::Unreadable { what: Thing::Tasks, .. }));
    town.tag("muster:scale-in-patience-seconds", "0");
    assert!(matches!(town.held(), Hold::CapacityFits { .. }), "none leaves anyhow");
}

// Checks S13.
#[test]
fn of_hosts_in_trouble_those_count_that_have_not_joined_or_are_unhealthy() {
    let ready = || {
        let mut town = Town::of(10);
        town.tag(SPARE_TAG, "2026-03-04T04:50:00Z 10");
        town
    };
    let leave = |town: &Town| town.done().iter().filter(|it| it.starts_with("let ")).count();
    assert!(leave(&ready()) > 0);
    let mut two = ready();
    two.seat_of(8).healthy = false;
    two.outlook.hosts[9].registration.agent_connected = false;
    assert!(leave(&two) > 0, "two of ten are bearable");
    let changes: [fn(&mut Town); 3] = [
        |town| town.seat_of(7).healthy = false,
        |town| town.outlook.hosts[7].registration.agent_connected = false,
        |town| town.tag("muster:breaker", "2026-03-04T04:50:00Z launch-loop"),
    ];
    for change in changes {
        let mut three = ready();
        three.seat_of(8).healthy = false;
        three.outlook.hosts[9].registration.agent_connected = false;
        change(&mut three);
        assert_eq!(leave(&three), 0);
    }
    // Hosts that are leaving anyhow are in nobody's trouble.
    let mut going = ready();
    for host in 7..10 {
        going.outlook.hosts[host].registration.agent_connected = false;
        going.seat_of(host).lifecycle = domain::host::Lifecycle::read("Terminating:Wait");
    }
    // Their seats are not to be filled again.
    going.groups[0].desired = 7;
    assert!(leave(&going) > 0);
}

// Checks S13: the cluster's trouble counts for each of its groups.
#[test]
fn a_group_lets_no_host_go_while_its_cluster_is_in_trouble() {
    let mut town = Town::of(3);
    town.groups.push(group("batch"));
    for _ in 0..3 {
        let host = town.host(1, 2_048, 4_000);
        town.outlook.hosts[host].registration.agent_connected = false;
    }
    town.tag(SPARE_TAG, "2026-03-04T04:50:00Z 3");
    town.now = at(0);
    assert!(!town.done().iter().any(|it| it.starts_with("let ")), "{:?}", town.done());
}
