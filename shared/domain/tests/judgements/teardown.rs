//! What holds a cluster's hosts when their stack is deleted, and the next step out for each.

use super::{actions_of, at, draining, host, machine, registration, with};
use domain::group::GroupView;
use domain::host::{HostView, Lifecycle, MachineState, Seat, Seen};
use domain::names::CLUSTER_TAG;
use domain::teardown::{
    Attached, Estate, Judged, Properties, Provider, Share, TEARDOWN_TAG, is_wanted, judge,
};
use domain::{GroupName, Policy};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn asked() -> Properties {
    Properties::read(&json!({ "ClusterName": "prod", "AutoScalingGroups": ["web"] })).unwrap()
}

fn web(hosts: &[HostView]) -> GroupView {
    let seats = hosts.iter().filter_map(|host| {
        let seat = host.seat.known().ok()?.clone()?;
        Some((host.instance.clone(), seat))
    });
    GroupView {
        name: "web".parse().unwrap(),
        min: 1,
        max: 5,
        desired: 2,
        tags: BTreeMap::from([
            (CLUSTER_TAG.to_owned(), "prod".to_owned()),
            (TEARDOWN_TAG.to_owned(), "web".to_owned()),
        ]),
        suspended: Vec::new(),
        warm_pool: false,
        weighted: false,
        seats: seats.collect(),
        hooks: None,
    }
}

fn emptied(hosts: &[HostView]) -> GroupView {
    GroupView { min: 0, desired: 0, ..web(hosts) }
}

/// What comes of these groups and hosts, so many minutes after the delete began.
fn after(minutes: i64, groups: &[GroupView], hosts: &[HostView], attached: &Attached) -> Judged {
    let groups: BTreeMap<GroupName, GroupView> =
        groups.iter().map(|group| (group.name.clone(), group.clone())).collect();
    let asked = asked();
    let estate = Estate {
        asked: &asked,
        stack_id: "arn:aws:cloudformation:us-west-2:111122223333:stack/web/1",
        groups: &groups,
        hosts,
        attached: Some(attached),
        since: at(0),
        now: at(minutes * 60),
    };
    judge(&estate, &Policy::default())
}

fn of(groups: &[GroupView], hosts: &[HostView]) -> Judged {
    after(1, groups, hosts, &Attached::default())
}

fn told(judged: &Judged) -> Vec<String> {
    judged.holders.iter().map(ToString::to_string).collect()
}

fn protected(mut host: HostView) -> HostView {
    if let Seen::Known(Some(seat)) = &mut host.seat {
        seat.protected = true;
    }
    host
}

#[test]
fn protection_goes_before_the_group_is_emptied() {
    let hosts = [protected(host(Lifecycle::InService))];
    let judged = of(&[web(&hosts)], &hosts);
    assert_eq!(
        actions_of(&judged),
        ["let i-0a1b2c3d be scaled in", "set min and desired capacity of web to 0"]
    );
    assert!(!judged.holders.is_empty());
}

#[test]
fn a_group_is_emptied_for_its_least_size_or_for_its_desired_one() {
    for (min, desired, emptied) in [(1, 0, true), (0, 1, true), (0, 0, false)] {
        let judged = of(&[GroupView { min, desired, ..web(&[]) }], &[]);
        assert_eq!(!actions_of(&judged).is_empty(), emptied, "min {min} desired {desired}");
    }
}

#[test]
fn a_host_in_service_of_an_emptied_group_is_waited_for() {
    let hosts = [host(Lifecycle::InService)];
    let judged = of(&[emptied(&hosts)], &hosts);
    assert_eq!(actions_of(&judged), [""; 0]);
    assert_eq!(told(&judged), ["i-0a1b2c3d InService (it is on its way)"]);
}

#[test]
fn nothing_left_is_done() {
    assert_eq!(of(&[emptied(&[])], &[]), Judged::default());
    assert_eq!(of(&[], &[]), Judged::default());
}

#[test]
fn a_launching_host_is_given_up_and_a_leaving_one_drained() {
    let hosts = [host(Lifecycle::PendingWait)];
    let judged = of(&[emptied(&hosts)], &hosts);
    assert_eq!(actions_of(&judged), ["abandon the launch of i-0a1b2c3d in web"]);

    let hosts = [host(Lifecycle::TerminatingWait)];
    let judged = of(&[emptied(&hosts)], &hosts);
    assert_eq!(actions_of(&judged), ["mark abc as draining (terminate)", "drain abc"]);
}

#[test]
fn tasks_are_waited_for_within_the_bound_and_named() {
    let hosts = [with(host(Lifecycle::TerminatingWait), draining(&["service:web"]))];
    let within = after(14, &[emptied(&hosts)], &hosts, &Attached::default());
    assert!(!actions_of(&within).iter().any(|action| action.contains("go from")), "{within:?}");
    assert_eq!(told(&within), ["i-0a1b2c3d Terminating:Wait (1 tasks are leaving: service:web)"]);

    let beyond = after(15, &[emptied(&hosts)], &hosts, &Attached::default());
    assert_eq!(actions_of(&beyond), ["let i-0a1b2c3d go from web"]);
    assert_eq!(told(&beyond), told(&within), "what is cut off is named");
}

#[test]
fn a_registration_of_a_terminated_machine_is_struck_off_and_waited_for() {
    let mut ghost = host(Lifecycle::InService);
    ghost.seat = Seen::Known(None);
    ghost.machine = machine(MachineState::Terminated);
    let mut lost = registration();
    lost.agent_connected = false;
    let hosts = [with(ghost, lost)];
    let judged = of(&[emptied(&[])], &hosts);
    assert_eq!(actions_of(&judged), ["deregister abc (force)"]);
    assert_eq!(judged.holders.len(), 1);
}

// Checks S19: what lives and is in none of the groups belongs to somebody else.
#[test]
fn a_living_host_of_another_group_is_left_alone() {
    let mut other = host(Lifecycle::TerminatingWait);
    other.seat = Seen::Known(Some(Seat {
        group: "theirs".parse().unwrap(),
        lifecycle: Lifecycle::TerminatingWait,
        healthy: true,
        protected: true,
    }));
    let mut unseated = host(Lifecycle::InService);
    unseated.seat = Seen::Known(None);
    for hosts in [[other], [unseated]] {
        assert_eq!(of(&[emptied(&[])], &hosts), Judged::default());
    }
}

// Checks S18: no tag, no action.
#[test]
fn a_group_without_the_clusters_tag_is_left_alone_and_holds_nothing() {
    for tag in [None, Some("staging")] {
        let hosts = [protected(host(Lifecycle::TerminatingWait))];
        let mut group = web(&hosts);
        group.tags = tag.map(|tag| (CLUSTER_TAG.to_owned(), tag.to_owned())).into_iter().collect();
        assert_eq!(of(&[group], &hosts), Judged::default());
    }
}

// Checks S18, S19: the tag of the cluster says whose hosts they are, and the stack's who may see them out.
#[test]
fn a_group_needs_both_tags() {
    for tag in [CLUSTER_TAG, TEARDOWN_TAG] {
        let hosts = [protected(host(Lifecycle::TerminatingWait))];
        let mut group = web(&hosts);
        group.tags.remove(tag);
        assert_eq!(of(&[group], &hosts), Judged::default(), "without {tag}");
    }
}

#[test]
fn what_is_to_be_done_is_wanted_and_nothing_else() {
    let judged = of(&[web(&[])], &[]);
    let empty = |name: &str| domain::Action::Empty { group: name.parse().unwrap() };
    assert!(judged.wants(&empty("web")) && !judged.wants(&empty("theirs")));
    assert!(!Judged::default().wants(&empty("web")));
}

#[test]
fn only_the_providers_of_the_groups_are_detached() {
    let provider = |name: &str, group: Option<&str>| Provider {
        name: name.to_owned(),
        group: group.map(|name| name.parse().unwrap()),
    };
    let share = |provider: &str| Share { provider: provider.to_owned(), base: 0, weight: 1 };
    let attached = Attached {
        providers: vec![
            provider("FARGATE", None),
            provider("web", Some("web")),
            provider("theirs", Some("theirs")),
        ],
        strategy: vec![share("web"), share("FARGATE")],
    };
    let judged = after(1, &[], &[], &attached);
    assert_eq!(actions_of(&judged), ["detach web from prod"]);
    let (_, steps) = &judged.steps[0];
    let domain::Action::DetachProviders { keep, strategy, .. } = &steps[0].action else {
        panic!("{judged:?}");
    };
    assert_eq!(keep, &["FARGATE", "theirs"]);
    assert_eq!(strategy, &[share("FARGATE")]);

    let rest = Attached { providers: vec![provider("FARGATE", None)], ..Attached::default() };
    assert_eq!(after(1, &[], &[], &rest), Judged::default());
}

#[test]
fn a_suspended_terminate_process_is_named() {
    let hosts = [host(Lifecycle::InService)];
    let mut group = emptied(&hosts);
    group.suspended = vec!["Terminate".to_owned()];
    assert!(
        told(&of(&[group], &hosts)).contains(&"web (its process Terminate is suspended)".into())
    );
}

// An update that takes the resource out of a stack leaves the cluster alive.
#[test]
fn only_a_stack_that_goes_as_a_whole_takes_its_hosts_along() {
    let goes = ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"];
    let stays = [
        "CREATE_COMPLETE",
        "CREATE_IN_PROGRESS",
        "DELETE_COMPLETE",
        "DELETE_FAILED",
        "ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "SOMETHING_NEW",
    ];
    assert!(goes.iter().all(|status| is_wanted(Some(status))));
    assert!(!stays.iter().any(|status| is_wanted(Some(status))));
    assert!(!is_wanted(None));
}

#[test]
fn properties_are_a_closed_schema() {
    let read = |value: &Value| Properties::read(value).map_err(|bad| bad.to_string());
    let whole = json!({
        "ServiceToken": "x", "ServiceTimeout": "1800", "ClusterName": "prod",
        "AutoScalingGroups": "web", "DrainMinutes": "20",
    });
    let asked = read(&whole).unwrap();
    assert_eq!((asked.drain.as_secs(), asked.timeout.as_secs()), (1_200, 1_800));
    assert_eq!(asked.groups.iter().map(GroupName::as_str).collect::<Vec<_>>(), ["web"]);

    let told = |value: Value| read(&value).unwrap_err();
    assert!(told(json!({ "ClusterName": "prod" })).starts_with("AutoScalingGroups must be"));
    assert!(told(json!({ "AutoScalingGroups": ["web"] })).starts_with("ClusterName must be"));
    let with = |name: &str, value: Value| {
        let mut all = whole.clone();
        all[name] = value;
        told(all)
    };
    assert_eq!(
        with("AutoScalingGroup", json!("web")),
        "unknown property AutoScalingGroup; did you mean AutoScalingGroups?"
    );
    for bad in [json!("-1"), json!(46), json!("soon"), json!([1])] {
        assert!(with("DrainMinutes", bad).starts_with("DrainMinutes must be a whole number"));
    }
    assert!(with("AutoScalingGroups", json!(["a:b"])).starts_with("AutoScalingGroups must be"));
    assert!(with("AutoScalingGroups", json!([])).starts_with("AutoScalingGroups must be"));
}
