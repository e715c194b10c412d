//! Hosts that leave.

use crate::{Town, actions, at, case, job, unread};
use domain::Seen;
use domain::capacity::{Before, Case, Moved, SPARE_TAG, Spare};
use domain::host::{Lifecycle, RegistrationStatus};
use domain::pack::Job;
use domain::plan::Hold;

/// What the tag says when one host can be spared for more than the patience.
const RIPE: &str = "2026-03-04T04:50:00Z 9";

/// A town in which a host can be spared: one with much, three with little.
fn spare(hosts: u32) -> Town {
    let mut town = Town::of(hosts);
    for host in 0..town.outlook.hosts.len() {
        town.task(host, "service:web", job(500, 500, 1));
    }
    town.tag(SPARE_TAG, RIPE);
    town
}

fn gone(town: &Town) -> Vec<String> {
    let leave = |text: &String| text.strip_prefix("let ").map(str::to_owned);
    let all = town.done();
    all.iter().filter_map(leave).map(|text| text[..10].to_owned()).collect()
}

#[test]
fn the_tag_can_be_read_again() {
    let whole = |minutes| at(minutes);
    for spare in [
        Spare::default(),
        Spare { since: Some((whole(1), 3)), moved: None },
        Spare {
            since: None,
            moved: Some(Moved { at: whole(2), tasks: 4, regrets: 1, regretted: true }),
        },
        Spare {
            since: Some((whole(1), 3)),
            moved: Some(Moved { at: whole(2), tasks: 4, regrets: 1, regretted: true }),
        },
    ] {
        assert_eq!(Spare::read(&spare.write().unwrap_or_default()), spare);
    }
    assert_eq!(Spare::read("yesterday, some; moved about"), Spare::default());
}

#[test]
fn what_can_be_spared_is_remembered_first_and_leaves_when_patience_is_over() {
    let mut town = Town::of(2);
    town.task(0, "service:web", job(500, 500, 1));
    assert_eq!(town.done(), ["mark web: 1 hosts can be spared"]);
    town.tag(SPARE_TAG, "2026-03-04T05:00:00Z 1");
    town.now = at(2);
    assert!(matches!(town.held(), Hold::Sparing { hosts: 1, .. }));
    town.now = at(3);
    assert_eq!(
        town.done(),
        ["unmark web: no host can be spared", "let i-00000001 go: web does not need it"]
    );
    // The work came back meanwhile.
    town.fill(0);
    town.fill(1);
    assert_eq!(town.done(), ["unmark web: no host can be spared"]);
}

#[test]
fn a_host_with_work_leaves_if_its_tasks_fit_elsewhere_and_never_below_min() {
    let mut town = spare(2);
    assert_eq!(gone(&town).len(), 1);
    town.groups[0].min = 2;
    assert!(gone(&town).is_empty());
    town.groups[0].min = 0;
    town.fill(0);
    town.fill(1);
    assert!(gone(&town).is_empty());
}

// Checks S14.
#[test]
fn of_hosts_with_work_a_fifth_leaves_in_a_quarter_of_an_hour_and_idle_ones_at_once() {
    let mut town = spare(10);
    assert_eq!(gone(&town).len(), 2);
    town.tag(SPARE_TAG, "2026-03-04T04:50:00Z 9; moved 2026-03-04T04:46:00Z 99 0");
    assert_eq!(gone(&town).len(), 0, "some were moved fourteen minutes ago");
    town.tag(SPARE_TAG, "2026-03-04T04:50:00Z 9; moved 2026-03-04T04:43:00Z 99 0");
    assert_eq!(gone(&town).len(), 2);
    (0..4).for_each(|_| {
        town.host(0, 2_048, 4_000);
    });
    town.tag(SPARE_TAG, "2026-03-04T04:50:00Z 9; moved 2026-03-04T04:46:00Z 99 0");
    assert_eq!(gone(&town).len(), 4, "hosts without work are not moved");
    let mut town = spare(10);
    town.seat(0, "i-0000000a", "Terminating:Wait");
    town.groups[0].desired -= 1;
    assert_eq!(gone(&town).len(), 1, "one that leaves already counts");
}

// Checks L12.
#[test]
fn a_host_that_is_needed_again_soon_says_that_a_move_was_one_too_many() {
    let mut town = spare(2);
    town.tag(SPARE_TAG, "moved 2026-03-04T04:50:00Z 3 0");
    town.misses("web", job(2_000, 3_900, 1));
    let done = town.done();
    assert_eq!(done[0], "desired capacity of web from 2 to 3");
    assert_eq!(done.len(), 2, "it is remembered: {done:?}");
    town.tag(SPARE_TAG, "moved 2026-03-04T04:50:00Z 2 0");
    assert_eq!(town.done().len(), 1, "there are more tasks than there were");
    town.tag(SPARE_TAG, "moved 2026-03-04T04:20:00Z 3 0");
    assert_eq!(town.done().len(), 1, "that is long ago");

    let mut town = spare(10);
    let moved =
        |regrets: &str| format!("2026-03-04T04:50:00Z 9; moved 2026-03-04T04:30:00Z {regrets}");
    town.tag(SPARE_TAG, &moved("99 1"));
    assert_eq!(gone(&town).len(), 2);
    town.tag(SPARE_TAG, &moved("99 1!"));
    assert_eq!(gone(&town).len(), 0);
    town.now = at(31);
    assert_eq!(gone(&town).len(), 2, "an hour after the move it is tried again");
    town.tag(SPARE_TAG, &moved("99 2!"));
    assert_eq!(gone(&town).len(), 0, "after the second regret it waits for two hours");
}

#[test]
fn those_leave_first_whose_drain_moves_the_fewest_tasks() {
    let mut town = spare(4);
    for host in [0, 1, 3] {
        town.task(host, "service:api", job(10, 10, 1));
    }
    assert_eq!(gone(&town), ["i-00000002"]);
}

#[test]
fn zones_stay_in_balance() {
    let mut town = spare(4);
    // Zones a, b, a, b and one more in a: only those of a leave.
    town.outlook.hosts[3]
        .registration
        .attributes
        .insert("ecs.availability-zone".into(), "us-west-2a".into());
    town.task(0, "service:api", job(10, 10, 1));
    town.task(2, "service:api", job(10, 10, 1));
    assert_eq!(gone(&town), ["i-00000003"]);
    town.task(3, "service:api", job(10, 10, 1));
    town.task(3, "service:api", job(10, 10, 1));
    assert_eq!(gone(&town), ["i-00000000"], "not i-00000001, the only one of its zone");
}

#[test]
fn hosts_with_tasks_that_must_not_move_stay() {
    type Reason = (&'static str, fn(&mut Town));
    let reasons: [Reason; 8] = [
        ("a standalone task", |town| {
            for host in 0..2 {
                town.task(host, "family:batch", job(1, 1, 1));
            }
        }),
        ("a protected task", |town| {
            let hosts = &town.outlook.hosts;
            let arns = hosts.iter().flat_map(|host| &host.loads).map(|load| load.arn.clone());
            town.outlook.protected = Seen::Known(arns.collect());
        }),
        ("protection that could not be read", |town| town.outlook.protected = unread()),
        ("scale-in protection", |town| (0..2).for_each(|host| town.seat_of(host).protected = true)),
        ("a service that cannot move a task", |town| {
            town.outlook
                .hosts
                .iter_mut()
                .flat_map(|host| &mut host.loads)
                .for_each(|it| it.movable = false);
        }),
        ("Standby", |town| {
            (0..2).for_each(|host| town.seat_of(host).lifecycle = Lifecycle::read("Standby"));
        }),
        ("a task that the list lacks", |town| {
            town.outlook.hosts.iter_mut().for_each(|host| host.registration.pending = 1);
        }),
        ("an open breaker", |town| town.tag("muster:breaker", "2026-03-04T05:00:00Z too-many")),
    ];
    for (why, change) in reasons {
        let mut town = spare(2);
        assert_eq!(gone(&town).len(), 1, "without it one leaves");
        change(&mut town);
        assert!(gone(&town).is_empty(), "{why}");
    }
    // A standalone task that is older than the policy says holds it no more.
    let mut town = spare(2);
    for host in 0..2 {
        town.task(host, "family:batch", job(1, 1, 1)).since = Some(at(-25 * 60));
    }
    assert_eq!(gone(&town).len(), 1);
}

#[test]
fn work_on_hosts_that_drain_needs_room_too() {
    let mut town = spare(3);
    assert!(!gone(&town).is_empty());
    town.misses("web", job(1_900, 3_000, 2));
    assert!(gone(&town).is_empty(), "both others are needed for it");
    assert_eq!(town.outlook.hosts[0].registration.status, RegistrationStatus::Active);
}

#[test]
fn headroom_is_left() {
    let mut town = Town::of(4);
    town.task(0, "service:web", job(500, 500, 1));
    town.tag(SPARE_TAG, RIPE);
    town.tag("muster:headroom-hosts", "2");
    assert_eq!(gone(&town).len(), 1);
}

#[test]
fn tasks_that_must_be_apart_are_not_moved_together() {
    let mut town = Town::of(3);
    for host in 0..3 {
        town.task(host, "service:web", Job { apart: true, ..job(10, 10, 1) });
    }
    town.tag(SPARE_TAG, RIPE);
    assert!(gone(&town).is_empty());
}

#[test]
fn nothing_leaves_without_patience_or_our_hook_or_while_others_steer() {
    let mut town = spare(3);
    town.tag("muster:scale-in-patience-seconds", "0");
    assert!(gone(&town).is_empty());
    let town = spare(3);
    let befores = [
        Before { drains_not: true, ..Before::default() },
        Before { refreshing: true, ..Before::default() },
        Before { failing: Some("quota".into()), ..Before::default() },
    ];
    for before in befores {
        let lines = town.judged_as(&[Case { before, ..case(&town.groups[0]) }]);
        assert!(actions(&lines).is_empty(), "{lines:?}");
    }
}

#[test]
fn while_the_group_grows_or_a_host_comes_none_leaves() {
    let mut town = spare(3);
    town.seat(0, "i-0000000a", "Pending");
    assert!(gone(&town).is_empty());
    let mut town = spare(3);
    town.misses("web", job(2_000, 3_900, 4));
    assert_eq!(town.done().len(), 1);
}

#[test]
fn where_the_idle_host_is_the_zones_last_but_one_a_busy_one_of_the_fuller_zone_leaves() {
    let mut town = Town::of(5);
    for host in [0, 1, 2, 4] {
        for _ in 0..3 {
            town.task(host, "service:web", job(512, 900, 1));
        }
    }
    town.tag(SPARE_TAG, RIPE);
    // Its tasks fit on the idle one even if ECS spreads them; or on the others, and then that one leaves too.
    assert_eq!(gone(&town), ["i-00000000", "i-00000003"]);
}

// Checks S13: the simulation found it, in one world of ten thousand.
#[test]
fn a_host_that_rests_in_standby_does_not_make_the_crowd_larger() {
    let mut town = spare(10);
    for host in [0, 1] {
        town.outlook.hosts[host].registration.agent_connected = false;
    }
    assert!(!gone(&town).is_empty(), "two of ten are bearable");
    town.seat_of(9).lifecycle = Lifecycle::read("Standby");
    assert_eq!(gone(&town), Vec::<String>::new(), "two of nine are not");
}

// Anybody may have written it who may tag the group.
#[test]
fn a_tag_that_tells_of_more_regrets_than_there_can_be_is_one_of_the_longest_wait() {
    for regrets in [4, 63, 64, 65, 4_294_967_295_u32] {
        let moved = |at: &str| format!("2026-03-04T00:00:00Z 9; moved {at} 9 {regrets}!");
        let mut town = Town::of(3);
        (0..3).for_each(|host| drop(town.task(host, "service:web", job(10, 10, 1)).arn.clone()));
        town.tag(SPARE_TAG, &moved("2026-03-03T21:30:00Z"));
        assert_eq!(gone(&town).len(), 0, "{regrets}: seven and a half hours ago");
        town.tag(SPARE_TAG, &moved("2026-03-03T20:30:00Z"));
        assert_eq!(gone(&town).len(), 1, "{regrets}: eight and a half hours ago");
    }
}
