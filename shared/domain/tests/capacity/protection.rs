//! Scale-in protection.

use crate::{Town, at, job, unread};
use domain::Seen;
use domain::marks::Protected;
use std::collections::BTreeSet;

fn done(town: &Town) -> Vec<String> {
    let all = town.done().into_iter();
    all.filter(|text| text.contains("protect") || text.contains("scaled in")).collect()
}

const MARK: &str = "mark 00000000 as protected (tasks)";
const SET: &str = "protect i-00000000 from scale-in";
const CLEAR: &str = "let i-00000000 be scaled in";
const FORGET: &str = "unmark 00000000: it is not protected for us";

#[test]
fn a_standalone_task_protects_its_host_until_it_is_gone_or_too_old() {
    let mut town = Town::of(1);
    assert_eq!(done(&town), [""; 0]);
    town.task(0, "family:batch", job(1, 1, 1));
    assert_eq!(done(&town), [MARK, SET]);
    town.seat_of(0).protected = true;
    town.outlook.hosts[0].registration.marks.protected = Some((at(0), Protected::Tasks));
    assert_eq!(done(&town), [""; 0]);
    town.outlook.hosts[0].loads[0].since = Some(at(-24 * 60));
    assert_eq!(done(&town), [CLEAR, FORGET]);
    town.outlook.hosts[0].loads.clear();
    town.outlook.hosts[0].registration.running = 0;
    assert_eq!(done(&town), [CLEAR, FORGET]);
}

// Checks S3: found in one of 20,000 worlds, where a page of tasks and the counters were each one behind.
#[test]
fn while_tasks_leave_no_protection_is_taken_away() {
    let mut town = Town::of(1);
    town.task(0, "service:web", job(1, 1, 1));
    town.seat_of(0).protected = true;
    let one = &mut town.outlook.hosts[0].registration;
    one.marks.protected = Some((at(0), Protected::Tasks));
    one.status = domain::host::RegistrationStatus::Draining;
    assert_eq!(done(&town), [""; 0]);
    town.outlook.hosts[0].loads.clear();
    town.outlook.hosts[0].registration.running = 0;
    assert_eq!(done(&town), [CLEAR, FORGET]);
}

#[test]
fn a_task_under_protection_protects_its_host_and_a_daemon_or_a_services_task_does_not() {
    let mut town = Town::of(1);
    let arn = town.task(0, "service:web", job(1, 1, 1)).arn.clone();
    town.task(0, "service:agent", job(1, 1, 1)).daemon = true;
    assert_eq!(done(&town), [""; 0]);
    town.outlook.protected = Seen::Known([arn].into());
    assert_eq!(done(&town), [MARK, SET]);
    town.tag("muster:protect-tasks", "false");
    assert_eq!(done(&town), [""; 0]);
}

#[test]
fn what_a_person_protected_stays_so_and_a_half_done_change_is_finished() {
    let mut town = Town::of(1);
    town.seat_of(0).protected = true;
    assert_eq!(done(&town), [""; 0], "no mark: it is not ours to release");
    town.task(0, "family:batch", job(1, 1, 1));
    assert_eq!(done(&town), [""; 0], "it is protected as it is");
    town.seat_of(0).protected = false;
    town.outlook.hosts[0].registration.marks.protected = Some((at(0), Protected::Tasks));
    assert_eq!(done(&town), [SET], "marked, and then we died");
    town.outlook.hosts[0].loads.clear();
    town.outlook.hosts[0].registration.running = 0;
    assert_eq!(done(&town), [FORGET], "released, and then we died");
}

#[test]
fn what_could_not_be_read_whole_changes_no_protection() {
    let mut town = Town::of(1);
    town.task(0, "family:batch", job(1, 1, 1));
    town.outlook.hosts[0].registration.pending = 1;
    assert_eq!(done(&town), [""; 0], "the counters know a task more than the list");
    town.outlook.hosts[0].registration.pending = 0;
    town.outlook.protected = unread();
    assert_eq!(done(&town), [""; 0]);
    town.outlook.protected = Seen::Known(BTreeSet::default());
    town.seat_of(0).lifecycle = domain::host::Lifecycle::read("Pending:Wait");
    assert_eq!(done(&town), [""; 0], "only hosts in service can be protected");
    town.seat_of(0).lifecycle = domain::host::Lifecycle::InService;
    assert_eq!(done(&town), [MARK, SET]);
    town.groups[0].desired = 0;
    assert_eq!(done(&town), [""; 0], "its group is being emptied");
}

#[test]
fn a_host_that_a_capacity_provider_forgot_to_release_is_released_after_ten_minutes() {
    let mut town = Town::of(1);
    town.tag("AmazonECSManaged", "");
    town.task(0, "service:agent", job(1, 1, 1)).daemon = true;
    assert_eq!(done(&town), [""; 0]);
    town.seat_of(0).protected = true;
    assert_eq!(done(&town), ["mark 00000000 as protected (idle)"]);
    town.outlook.hosts[0].registration.marks.protected = Some((at(0), Protected::Idle));
    town.now = at(9);
    assert_eq!(done(&town), [""; 0]);
    town.now = at(10);
    assert_eq!(done(&town), [CLEAR, FORGET]);
    town.task(0, "service:web", job(1, 1, 1));
    assert_eq!(done(&town), [FORGET], "it has work: whoever protects it is right");
    // Never set by us: AWS's own managed scaling does.
    town.seat_of(0).protected = false;
    town.outlook.hosts[0].registration.marks.protected = None;
    assert_eq!(done(&town), [""; 0]);
}
