//! Several groups, and where tasks may go.

use crate::{Town, actions, at, case, group, job};
use domain::capacity::{Before, Case, Example, SPARE_TAG, Wants};
use domain::host::Room;
use domain::pack::Amount;
use domain::plan::Hold;
use std::collections::BTreeMap;

/// A cluster of `web` and `batch`, both full.
fn two() -> Town {
    let mut town = Town::of(1);
    town.groups.push(group("batch"));
    town.host(1, 4_096, 8_000);
    town.fill_all();
    town
}

#[test]
fn two_groups_do_not_both_grow_for_the_same_work_and_the_cheapest_does() {
    let mut town = two();
    town.misses("web", job(2_048, 4_000, 2));
    // Two hosts of web, or one of batch, at one price.
    assert_eq!(town.done(), ["desired capacity of batch from 1 to 2"]);
    town.groups[1].tags.insert("muster:weight".into(), "300".into());
    assert_eq!(town.done(), ["desired capacity of web from 1 to 3"]);
}

#[test]
fn what_one_group_cannot_take_goes_to_the_other() {
    let mut town = two();
    town.groups[1].max = 2;
    town.misses("web", job(4_096, 100, 1));
    town.misses("api", job(2_048, 4_000, 4));
    assert_eq!(
        town.done(),
        ["desired capacity of web from 1 to 5", "desired capacity of batch from 1 to 2"]
    );
    town.groups[1].max = 1;
    let lines = town.judged();
    assert_eq!(lines[1].verdict.hold, Some(Hold::AtMax { needed: 4, max: 1 }), "{lines:?}");
}

#[test]
fn where_launches_fail_the_other_group_grows() {
    let mut town = two();
    town.misses("web", job(2_048, 4_000, 2));
    // Batch was asked for a host that could not be launched.
    town.groups[1].desired = 2;
    assert_eq!(town.done(), [""; 0], "it may be launched still");
    let failing = Some("InsufficientInstanceCapacity".to_owned());
    let cases = [
        case(&town.groups[0]),
        Case { before: Before { failing, ..Before::default() }, ..case(&town.groups[1]) },
    ];
    assert_eq!(actions(&town.judged_as(&cases)), ["desired capacity of web from 1 to 3"]);
}

fn wants(expression: &str) -> Wants {
    Wants { constraints: vec![expression.to_owned()], groups: None }
}

fn attribute(town: &mut Town, host: usize, name: &str, value: &str) {
    let attributes = &mut town.outlook.hosts[host].registration.attributes;
    attributes.insert(name.to_owned(), value.to_owned());
}

#[test]
fn tasks_go_where_their_constraints_hold_and_no_group_grows_for_nothing() {
    let mut town = two();
    attribute(&mut town, 0, "stack", "web");
    attribute(&mut town, 1, "stack", "batch");
    town.misses("web", job(100, 100, 1)).wants = wants("attribute:stack == web");
    assert_eq!(town.done(), ["desired capacity of web from 1 to 2"]);
    town.outlook.missing[0].wants = wants("attribute:stack == db");
    assert_eq!(town.done(), [""; 0]);
    assert_eq!(town.held(), Hold::FitsNowhere { services: vec!["web".into()] });
    // What nobody can read nobody acts on.
    town.outlook.missing[0].wants = wants("task:group == service:db");
    let told = format!("{:?}", town.held());
    assert!(told.contains("not understood"), "{told}");
}

#[test]
fn a_free_host_that_a_constraint_shuts_out_is_not_room() {
    let mut town = Town::of(2);
    town.fill(0);
    attribute(&mut town, 0, "stack", "web");
    town.misses("web", job(100, 100, 1)).wants = wants("attribute:stack exists");
    // New hosts are like those that there are, and not all of them have it: the smallest, here the first, tells.
    assert_eq!(town.done(), ["desired capacity of web from 2 to 3"]);
}

#[test]
fn the_zone_of_a_new_host_is_for_its_group_to_choose() {
    let mut town = Town::of(2);
    town.fill_all();
    let wants = wants("attribute:ecs.availability-zone == us-west-2a");
    town.misses("web", job(100, 100, 1)).wants = wants;
    assert_eq!(town.held(), Hold::FitsNowhere { services: vec!["web".into()] });
    attribute(&mut town, 1, "ecs.availability-zone", "us-west-2a");
    assert_eq!(town.done(), ["desired capacity of web from 2 to 3"], "it has but one zone");
}

#[test]
fn tasks_of_a_capacity_provider_go_to_its_group_alone() {
    let mut town = two();
    let own = Wants { constraints: Vec::new(), groups: Some(vec!["web".parse().unwrap()]) };
    town.misses("web", job(2_048, 4_000, 2)).wants = own;
    assert_eq!(town.done(), ["desired capacity of web from 1 to 3"]);
}

#[test]
fn a_group_at_zero_is_as_its_launch_template_says() {
    let mut town = Town::of(0);
    town.misses("web", job(1_024, 1_000, 5));
    town.outlook.missing[0].wants = wants("attribute:ecs.instance-type == m7g.large");
    let attributes = BTreeMap::from([("ecs.instance-type".into(), "m7g.large".into())]);
    let amount = Amount { cpu: 2_048, memory: 7_600, ..Amount::default() };
    let example = Some(Example { room: Room { amount, ports: Vec::new() }, attributes });
    let cases = [Case { example: example.clone(), ..case(&town.groups[0]) }];
    assert_eq!(actions(&town.judged_as(&cases)), ["desired capacity of web from 0 to 3"]);
    // An attribute that nobody promised is not hoped for.
    town.outlook.missing[0].wants = wants("attribute:stack == web");
    let cases = [Case { example: example.clone(), ..case(&town.groups[0]) }];
    assert_eq!(actions(&town.judged_as(&cases)), [""; 0]);
    town.tag("muster:required-attributes", "stack=web");
    let cases = [Case { example, ..case(&town.groups[0]) }];
    assert_eq!(actions(&town.judged_as(&cases)), ["desired capacity of web from 0 to 3"]);
}

#[test]
fn a_word_of_ecs_counts_for_every_group_at_once() {
    let mut town = two();
    town.host(0, 2_048, 4_000);
    town.misses("web", job(100, 100, 1)).refused_at = Some(at(0));
    town.now = at(2);
    assert_eq!(town.done().len(), 1, "one host, not one of each group: {:?}", town.done());
}

#[test]
fn two_groups_do_not_both_let_go_what_one_of_them_needs() {
    let mut town = Town::of(1);
    town.groups.push(group("batch"));
    town.host(1, 2_048, 4_000);
    town.host(1, 2_048, 4_000);
    town.task(0, "service:web", job(1_500, 1_000, 1));
    town.task(1, "service:web", job(1_500, 1_000, 1));
    for group in &mut town.groups {
        group.tags.insert(SPARE_TAG.into(), "2026-03-04T04:50:00Z 9".into());
    }
    let gone = town.done().iter().filter(|text| text.starts_with("let ")).count();
    // The idle host can go, or be moved to, and not both.
    assert_eq!(gone, 1, "{:?}", town.done());
}
