//! What Muster wrote on groups and registrations, and anybody may have written instead: a text each line.

use super::now;
use domain::breaker::Crowd;
use domain::capacity::{Before, Case, Host, Load, Outlook, SPARE_TAG, Spare, Wants, judge_cluster};
use domain::group::BREAKER_TAG;
use domain::host::{Health, Lifecycle, Registration, RegistrationStatus, Room, Seat, Seen};
use domain::marks::{AGENT_LOST, DRAINING, Marks, NOT_FOUND, PROTECTED, Watched};
use domain::pack::{Amount, Job};
use domain::taking::{self, MOST, Taking, Way};
use domain::{Action, GroupView, InstanceId, Policy, RegistrationArn};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.lines().take(8).collect();
    for line in &lines {
        takings(line);
        spares(line);
        marks(line);
    }
    let Some(first) = lines.first() else { return };
    let Some(mut group) = group() else { return };
    let tags = [SPARE_TAG, taking::TAG, BREAKER_TAG];
    for (tag, line) in tags.into_iter().zip(lines.iter().cycle()) {
        group.tags.insert(tag.to_owned(), (*line).to_owned());
    }
    judged(&group, first);
}

/// What is read is written so that it reads back, and a value of ours fits into a tag.
fn takings(text: &str) {
    let read = taking::read(text);
    let again = taking::read(&taking::write(&read));
    assert_eq!(taking::read(&taking::write(&again)), again);
    // Two of the same second become one.
    let whole: BTreeSet<String> =
        read.iter().map(|one| taking::write(std::slice::from_ref(one))).collect();
    assert_eq!(again.len(), whole.len());
    let now = now();
    for one in &read {
        assert!(!one.is_ripe(now) || (one.stands(now) && one.counts(now)));
    }
    let Ok(instance) = "i-1234567890abcdef0".parse::<InstanceId>() else { return };
    let more = Taking { at: now, instance, way: Way::Service };
    if let Some(kept) = taking::with(&read, more.clone(), now) {
        assert!(kept.len() <= MOST && kept.last() == Some(&more));
    }
    let crowd = Crowd { hosts: 10, settled: 10, in_service: 10, ..Crowd::default() };
    let _ = crowd.place(&read, read.first(), now);
    let _ = crowd.place(&read, None, now);
}

fn spares(text: &str) {
    let read = Spare::read(text);
    let written = read.write().unwrap_or_default();
    let again = Spare::read(&written);
    assert_eq!(again.write().unwrap_or_default(), written);
    assert_eq!(again.since.map(|it| it.1), read.since.map(|it| it.1));
    let moved = |spare: Spare| spare.moved.map(|it| (it.tasks, it.regrets, it.regretted));
    assert_eq!(moved(again), moved(read));
    assert!(written.len() <= 256, "{written}");
}

fn marks(text: &str) {
    let all = [DRAINING, AGENT_LOST, NOT_FOUND, PROTECTED];
    let attributes = all.map(|name| (name.to_owned(), text.to_owned())).into();
    let read = Marks::read(&attributes);
    let mut written = BTreeMap::new();
    if let Some((since, why)) = read.draining {
        let value = Marks::draining_value(since, why, read.empty);
        written.insert(DRAINING.to_owned(), value);
    }
    for (name, watched) in [(AGENT_LOST, read.agent_lost), (NOT_FOUND, read.not_found)] {
        if let Some(watched) = watched {
            written.insert(name.to_owned(), Marks::watched_value(watched));
            watching(watched);
        }
    }
    if let Some((since, why)) = read.protected {
        written.insert(PROTECTED.to_owned(), Marks::protected_value(since, why));
    }
    // ECS takes at most 128 letters, digits and a few signs as a value.
    assert!(written.values().all(|value| value.len() <= 128), "{written:?}");
    let again = Marks::read(&written);
    assert_eq!(again.draining.map(|it| it.1), read.draining.map(|it| it.1));
    assert_eq!(again.protected.map(|it| it.1), read.protected.map(|it| it.1));
    assert_eq!(again.empty.is_some(), read.empty.is_some());
    assert_eq!(again.agent_lost.is_some(), read.agent_lost.is_some());
}

/// Nobody's mark makes a host be lost for longer than it was watched.
fn watching(watched: Watched) {
    let now = now();
    let long = SignedDuration::from_mins(5);
    assert!(!watched.lasts(long, now) || watched.is_kept(now));
    if let Some(renewed) = Watched::renewed(Some(watched), now) {
        assert!(renewed.seen == now && renewed.is_kept(now));
        assert!(
            renewed.since == watched.since || !renewed.lasts(SignedDuration::from_secs(1), now)
        );
    }
}

/// One of two hosts can leave, so that the tag is asked when; the other's task can move.
fn judged(group: &GroupView, line: &str) {
    let hosts: Vec<Host> = [("i-00000001", 0), ("i-00000002", 1), ("i-00000003", 1)]
        .into_iter()
        .filter_map(|(id, tasks)| host(id, tasks))
        .collect();
    assert_eq!(hosts.len(), 3, "the scene is set");
    let outlook = Seen::Known(Outlook { hosts, ..Outlook::default() });
    let mut tags = group.tags.clone();
    tags.remove(BREAKER_TAG);
    for group in [group.clone(), GroupView { tags, ..group.clone() }] {
        let policy = Policy::default().overridden_by(&group.tags).0;
        let case = Case {
            group: &group,
            policy,
            anothers: None,
            example: None,
            before: Before::default(),
        };
        let judged = judge_cluster(&[case], &outlook, now());
        let leave = judged.iter().flat_map(|it| &it.verdict.steps);
        let leave = leave.filter(|step| matches!(step.action, Action::ScaleIn { .. })).count();
        assert!(leave <= 2, "{leave} leave for {line:?}");
        let _ = (group.takings(), group.breaker_mark(), group.cluster());
    }
}

fn group() -> Option<GroupView> {
    let name: domain::GroupName = "web".parse().ok()?;
    let seat = |id: &str| {
        let lifecycle = Lifecycle::read("InService");
        let seat = Seat { group: name.clone(), lifecycle, healthy: true, protected: false };
        Some((id.parse().ok()?, seat))
    };
    let ids = ["i-00000001", "i-00000002", "i-00000003"];
    Some(GroupView {
        seats: ids.into_iter().filter_map(seat).collect(),
        name: name.clone(),
        min: 0,
        max: 10,
        desired: 3,
        tags: BTreeMap::from([("muster:cluster".to_owned(), "prod".to_owned())]),
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        hooks: None,
    })
}

fn host(id: &str, tasks: u32) -> Option<Host> {
    let amount = |cpu, memory| Amount { cpu, memory, interfaces: u32::MAX, ..Amount::default() };
    let each = Amount { cpu: 256, memory: 512, ..Amount::default() };
    let (registered, left) = (amount(2_048, 4_000), amount(2_048, 4_000).less(&each, tasks));
    let arn = format!("arn:aws:ecs:us-west-2:123456789012:container-instance/prod/{id}");
    let registration = Registration {
        arn: arn.parse::<RegistrationArn>().ok()?,
        instance: id.parse().ok()?,
        status: RegistrationStatus::Active,
        agent_connected: true,
        running: tasks,
        pending: 0,
        registered: Room { amount: registered, ports: Vec::new() },
        remaining: Room { amount: left, ports: Vec::new() },
        registered_at: now().checked_sub(SignedDuration::from_hours(24)).ok(),
        agent_version: None,
        health: Health::Ok,
        attributes: BTreeMap::from([("ecs.availability-zone".to_owned(), "us-west-2a".to_owned())]),
        marks: Marks::default(),
        tasks: None,
    };
    let load = |number| Load {
        arn: format!("arn:aws:ecs:us-west-2:123456789012:task/prod/{id}-{number}"),
        group: "service:web".to_owned(),
        daemon: false,
        since: now().checked_sub(SignedDuration::from_hours(1)).ok(),
        job: Job { each, count: 1, ..Job::default() },
        wants: Wants::default(),
        movable: true,
    };
    Some(Host { registration, loads: (0..tasks).map(load).collect() })
}
