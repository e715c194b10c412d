//! What is told of a host or group that is not well.

use crate::states::group;
use crate::{at, draining, host, machine, registration, throttled, troubled, with};
use domain::breaker::Open;
use domain::checkup::{Case, Finding, Verdict, of_group, of_host};
use domain::group::{Hook, Hooks};
use domain::host::{
    Health, HostView, Lifecycle, MachineState, Maintenance, Registration, Scheduled, Seen,
    ServiceView, TaskView, Tasks, Trouble,
};
use domain::plan::{Hold, Thing};
use domain::{GroupView, Policy};
use std::collections::BTreeSet;
use std::time::Duration;

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|it| format!("{:?} {}: {}", it.verdict, it.check, it.evidence)).collect()
}

fn seen(view: &HostView, group: Option<&GroupView>, hold: Option<&Hold>) -> Vec<String> {
    let protected = BTreeSet::from(["task/safe".to_owned()]);
    told(&of_host(&Case { host: view, group, hold, protected: &protected }))
}

fn leaving(tasks: Vec<TaskView>) -> HostView {
    let tasks = Tasks { left: tasks, ..Tasks::default() };
    let one = Registration { tasks: Some(Seen::Known(tasks)), ..draining(&[]) };
    with(host(Lifecycle::TerminatingWait), one)
}

fn task(name: &str, group: &str, told_to_stop: bool) -> TaskView {
    let (arn, group) = (format!("task/{name}"), group.to_owned());
    TaskView { arn, group, last_status: "RUNNING".into(), told_to_stop }
}

#[test]
fn of_a_healthy_host_nothing_is_told() {
    let settled = Hold::Settled { lifecycle: "InService".into() };
    assert_eq!(seen(&host(Lifecycle::InService), None, Some(&settled)), [""; 0]);
    // The tasks of a host that serves are not in its way.
    let busy = with(
        host(Lifecycle::InService),
        Registration { status: registration().status, ..draining(&["family:batch"]) },
    );
    assert_eq!(seen(&busy, None, None), [""; 0]);
}

#[test]
fn what_a_sweep_holds_a_host_for_is_told_with_how_sure_it_is() {
    let until = at(600);
    let waits = |until| Hold::NotJoinedYet { missing: "it lacks a GPU".into(), until };
    let unread = Hold::Unreadable { what: Thing::Machine, fault: "no answer".into() };
    let active = host(Lifecycle::PendingWait);
    for (view, hold, expected) in [
        (
            with(host(Lifecycle::InService), draining(&[])),
            Hold::DrainedByHand,
            "Blamed drained-by-hand: it is DRAINING, and Muster did not do it",
        ),
        (
            host(Lifecycle::InService),
            Hold::NotRegistered,
            "Suspect registered: it is in service and not registered in its cluster",
        ),
        (
            host(Lifecycle::InService),
            Hold::AgentLost { until },
            "Suspect agent-lost: its agent was connected and is not any more; it is given up after 2026-03-04T05:10:00Z",
        ),
        (
            active.clone(),
            waits(Some(until)),
            "Blamed requirements: it joined, but is not let into service: it lacks a GPU",
        ),
        (active, unread, "Unreadable readable: no answer"),
    ] {
        assert_eq!(seen(&view, None, Some(&hold)), [expected]);
    }
    // One that has not joined is the diagnosis' to explain.
    let absent =
        HostView { registrations: Seen::Known(Vec::new()), ..host(Lifecycle::PendingWait) };
    assert_eq!(seen(&absent, None, Some(&waits(None))), [""; 0]);
}

#[test]
fn a_ghost_and_what_ec2_says_of_a_machine_are_told() {
    let ghost =
        HostView { machine: machine(MachineState::Terminated), ..host(Lifecycle::InService) };
    assert_eq!(
        seen(&ghost, None, None),
        ["Suspect ghost: its instance is gone, and its registration is not"]
    );
    let trouble = |scheduled| Trouble {
        taken_back: true,
        impaired_since: Some(at(0)),
        scheduled: Some(scheduled),
    };
    let planned = Scheduled { kind: Maintenance::Retirement, not_before: Some(at(0)) };
    let view = troubled(host(Lifecycle::InService), true, trouble(planned));
    assert_eq!(
        seen(&view, None, None),
        [
            "Blamed machine: EC2 is to retire or stop it from 2026-03-04T05:00:00Z",
            "Blamed machine: EC2 takes the Spot instance back",
            "Blamed machine: EC2's status checks fail since 2026-03-04T05:00:00Z",
        ]
    );
    let soon = Scheduled { kind: Maintenance::Reboot, not_before: None };
    let view = troubled(host(Lifecycle::InService), true, trouble(soon));
    assert!(seen(&view, None, None).contains(&"Blamed machine: EC2 is to reboot it soon".into()));
}

#[test]
fn an_agent_that_ecs_holds_for_impaired_is_suspect_and_one_of_unknown_health_is_not() {
    let of = |health| {
        seen(
            &with(host(Lifecycle::InService), Registration { health, ..registration() }),
            None,
            None,
        )
    };
    assert_eq!(
        of(Health::Impaired),
        ["Suspect health: ECS says that its agent or container runtime is IMPAIRED"]
    );
    assert_eq!((of(Health::Ok), of(Health::Unknown)), (Vec::new(), Vec::new()));
}

// Checks S21.
#[test]
fn what_could_not_be_read_is_told_and_blames_nobody() {
    let blind = |seat: bool| {
        let mut view = host(Lifecycle::InService);
        if seat {
            view.seat = Seen::Unknown(throttled());
        } else {
            view.registrations = Seen::Unknown(throttled());
        }
        seen(&view, None, None)
    };
    for told in [blind(true), blind(false)] {
        assert!(told.len() == 1 && told[0].starts_with("Unreadable readable: "), "{told:?}");
    }
    let hidden = Registration { tasks: Some(Seen::Unknown(throttled())), ..draining(&[]) };
    let told = seen(&with(host(Lifecycle::TerminatingWait), hidden), None, None);
    assert!(told.len() == 1 && told[0].starts_with("Unreadable readable: "), "{told:?}");
}

#[test]
fn why_a_host_does_not_become_empty_is_told_task_by_task() {
    let view = leaving(vec![
        task("safe", "service:web", false),
        task("one", "family:batch", false),
        task("two", "family:batch", false),
        task("told", "family:other", true),
        task("moves", "service:web", true),
    ]);
    assert_eq!(
        seen(&view, None, None),
        [
            "Blamed task-protection: 1 of its tasks are under ECS's task protection",
            "Blamed standalone-tasks: standalone tasks run on it, and nothing moves them: 2 of batch",
            "Suspect stopping: 2 of its tasks were told to stop and have not yet",
        ]
    );
    assert_eq!(seen(&leaving(vec![task("moves", "service:web", false)]), None, None), [""; 0]);
    let over = Hold::OutOfPatience { left: 1, stuck: Vec::new() };
    assert_eq!(
        seen(&leaving(Vec::new()), None, Some(&over)),
        ["Suspect patience: its patience is over, and 1 tasks are left"]
    );
    // A host on its way out is asked too where its registration is not DRAINING yet.
    let active = Registration { status: registration().status, ..draining(&["family:batch"]) };
    let held = with(host(Lifecycle::WarmedPendingWait), active);
    assert_eq!(
        seen(&held, None, None),
        ["Blamed standalone-tasks: standalone tasks run on it, and nothing moves them: 1 of batch"]
    );
}

#[test]
fn a_service_that_cannot_move_its_tasks_is_to_blame() {
    let stuck = ServiceView {
        name: "web".into(),
        min_healthy_percent: 100,
        max_percent: 100,
        desired: 2,
        running: 2,
    };
    let tasks = Tasks { services: vec![stuck], ..Tasks::default() };
    let one = Registration { tasks: Some(Seen::Known(tasks)), ..draining(&[]) };
    let told = seen(&with(host(Lifecycle::TerminatingWait), one), None, None);
    assert!(
        told.len() == 1 && told[0].starts_with("Blamed service-stuck: service web"),
        "{told:?}"
    );
}

fn hook(continues: bool) -> Hook {
    Hook { heartbeat: Duration::from_mins(15), in_all: Duration::from_hours(24), continues }
}

#[test]
fn a_terminate_hook_of_others_is_to_blame_only_where_ours_is_not_there_and_a_hook_holds() {
    let with_hooks = |terminate| {
        let mut group = group(&[]);
        group.hooks = Some(Seen::Known(Hooks { launch: None, terminate }));
        group
    };
    let (theirs, ours) = (with_hooks(None), with_hooks(Some(hook(true))));
    let blamed = ["Blamed other-hook: a terminate hook that is not Muster's holds it"];
    assert_eq!(seen(&leaving(Vec::new()), Some(&theirs), None), blamed);
    assert_eq!(seen(&leaving(Vec::new()), Some(&ours), None), [""; 0]);
    assert_eq!(seen(&leaving(Vec::new()), Some(&group(&[])), None), [""; 0], "not read");
    let goes = with(host(Lifecycle::Terminating), draining(&[]));
    assert_eq!(seen(&goes, Some(&theirs), None), [""; 0]);
}

fn of(group: &GroupView, hooks: Option<&Hooks>) -> Vec<String> {
    told(&of_group(group, hooks, &Policy::default(), None))
}

#[test]
fn a_group_has_both_hooks_as_they_should_be() {
    let hooks = |launch, terminate| of(&group(&[]), Some(&Hooks { launch, terminate }));
    assert_eq!(hooks(Some(hook(false)), Some(hook(true))), [""; 0]);
    assert_eq!(
        hooks(None, None),
        [
            "Blamed launch-hook: it has no hook muster-launch, so hosts enter service unverified",
            "Blamed terminate-hook: it has no hook muster-terminate, so hosts go before they are drained",
        ]
    );
    assert_eq!(
        hooks(Some(hook(true)), Some(hook(false))),
        [
            "Blamed launch-hook: its hook muster-launch ends with CONTINUE, so a host that never joins enters service",
            "Blamed terminate-hook: its hook muster-terminate ends with ABANDON, which skips the hooks of others",
        ]
    );
    let short = |seconds| Hook { heartbeat: Duration::from_secs(seconds), ..hook(false) };
    assert_eq!(
        hooks(Some(short(600)), Some(hook(true))),
        [
            "Suspect launch-hook: its hook muster-launch times out after 600 s, before the join patience of 600 s"
        ]
    );
    assert_eq!(hooks(Some(short(601)), Some(hook(true))), [""; 0]);
    assert_eq!(of(&group(&[]), None), [""; 0], "of hooks that could not be read nothing is said");
}

#[test]
fn suspended_processes_bad_tags_and_an_open_breaker_are_told() {
    let mut group = group(&[]);
    group.suspended = ["AZRebalance", "Terminate", "Launch"].map(str::to_owned).into();
    let findings = of_group(&group, None, &Policy::default(), None);
    assert_eq!(
        told(&findings),
        ["Suspect suspended: its processes Launch, Terminate are suspended"]
    );
    assert!(
        findings[0]
            .remedy
            .ends_with("--auto-scaling-group-name web --scaling-processes Launch Terminate")
    );
    group.suspended = vec!["AZRebalance".to_owned()];
    assert_eq!(of(&group, None), [""; 0]);
    group.tags.insert("muster:join-patience-seconds".into(), "soon".into());
    let complaint = of_group(&group, None, &Policy::default(), None);
    assert_eq!(complaint.len(), 1);
    assert_eq!(complaint[0].verdict, Verdict::Blamed);
    let open = Some(Open::LaunchLoop { abandoned: 3 });
    group.tags.clear();
    assert_eq!(
        told(&of_group(&group, None, &Policy::default(), open)),
        [
            "Suspect breaker: its breaker is open: 3 launches were given up in the last hour and none joined"
        ]
    );
}
