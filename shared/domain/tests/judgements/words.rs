//! AWS's words, as they are read, and what an action is called.

use crate::at;
use domain::host::{Health, Lifecycle, Maintenance};
use domain::marks::{Leaving, Watched};
use domain::plan::HookOf;
use domain::{Action, ClusterName, GroupName, InstanceId, RegistrationArn};

const ARN: &str = "arn:aws:ecs:us-west-2:111122223333:container-instance/prod/abc";

fn group() -> GroupName {
    "web".parse().unwrap()
}

fn host() -> InstanceId {
    "i-0a1b2c3d".parse().unwrap()
}

fn cluster() -> ClusterName {
    "prod".parse().unwrap()
}

fn registration() -> RegistrationArn {
    ARN.parse().unwrap()
}

#[test]
fn only_the_plans_of_ec2s_that_are_known_are_read() {
    for (code, kind) in [
        ("instance-retirement", Some(Maintenance::Retirement)),
        ("instance-stop", Some(Maintenance::Retirement)),
        ("instance-reboot", Some(Maintenance::Reboot)),
        ("system-reboot", Some(Maintenance::Reboot)),
        ("system-maintenance", Some(Maintenance::Reboot)),
        ("instance-daydream", None),
    ] {
        assert_eq!(Maintenance::read(code), kind, "{code}");
    }
}

#[test]
fn a_health_that_is_not_known_is_neither_well_nor_impaired() {
    for (word, health) in [
        ("OK", Health::Ok),
        ("IMPAIRED", Health::Impaired),
        ("INSUFFICIENT_DATA", Health::Unknown),
        ("", Health::Unknown),
    ] {
        assert_eq!(Health::read(word), health, "{word}");
    }
}

#[test]
fn a_host_arrives_leaves_or_is_held_by_its_lifecycle_state_and_no_other_word() {
    let arriving = ["Pending", "Pending:Wait", "Pending:Proceed"];
    let leaving = [
        "Terminating",
        "Terminating:Wait",
        "Terminating:Proceed",
        "Terminated",
        "Warmed:Terminating:Wait",
    ];
    let held = ["Terminating:Wait", "Warmed:Terminating:Wait", "Warmed:Pending:Wait"];
    for word in crate::LIFECYCLES {
        let state = Lifecycle::read(word);
        assert_eq!(state.as_str(), word);
        assert_eq!(state.is_arriving(), arriving.contains(&word), "{word}");
        assert_eq!(state.is_leaving(), leaving.contains(&word), "{word}");
        assert_eq!(state.is_held_leaving(), held.contains(&word), "{word}");
    }
}

#[test]
fn a_service_that_wants_no_task_or_has_room_for_one_is_not_stuck() {
    let service = |desired, running, least, most| domain::host::ServiceView {
        name: "web".into(),
        min_healthy_percent: least,
        max_percent: most,
        desired,
        running,
    };
    assert!(service(4, 4, 100, 100).stuck().is_some());
    assert!(service(4, 3, 100, 75).stuck().is_some(), "not a task may be stopped or started");
    assert_eq!(service(0, 0, 100, 100).stuck(), None);
    assert_eq!(service(4, 5, 100, 100).stuck(), None);
    assert_eq!(service(4, 4, 100, 125).stuck(), None);
}

#[test]
fn our_hooks_have_the_names_that_people_give_them() {
    assert_eq!(HookOf::Launch.name(), "muster-launch");
    assert_eq!(HookOf::Terminate.name(), "muster-terminate");
}

/// An action, its call, and what it can be put together with.
type Called = (Action, &'static str, Option<(&'static str, &'static str)>);

/// Of each kind of call one action.
fn actions() -> Vec<Called> {
    let watched = Watched { since: at(0), seen: at(0) };
    let (since, why, empty) = (at(0), Leaving::Spot, None);
    let protect = |protected| Action::Protect { group: group(), instance: host(), protected };
    vec![
        (
            Action::LetIn { group: group(), instance: host() },
            "autoscaling:CompleteLifecycleAction",
            None,
        ),
        (
            Action::MarkDraining {
                cluster: cluster(),
                registration: registration(),
                since,
                why,
                empty,
            },
            "ecs:PutAttributes",
            Some(("mark", "prod")),
        ),
        (
            Action::MarkAgentLost {
                cluster: cluster(),
                registration: registration(),
                lost: watched,
            },
            "ecs:PutAttributes",
            Some(("mark", "prod")),
        ),
        (
            Action::ForgetDraining { cluster: cluster(), registration: registration() },
            "ecs:DeleteAttributes",
            None,
        ),
        (
            Action::Drain { cluster: cluster(), registration: registration() },
            "ecs:UpdateContainerInstancesState",
            Some(("drain", "prod")),
        ),
        (
            Action::Activate { cluster: cluster(), registration: registration() },
            "ecs:UpdateContainerInstancesState",
            None,
        ),
        (protect(true), "autoscaling:SetInstanceProtection", Some(("protect", "web"))),
        (protect(false), "autoscaling:SetInstanceProtection", Some(("release", "web"))),
        (
            Action::ScaleIn { group: group(), instance: host() },
            "autoscaling:TerminateInstanceInAutoScalingGroup",
            None,
        ),
        (Action::MarkBreaker { group: group(), open: None }, "autoscaling:DeleteTags", None),
        (
            Action::SetDesired { group: group(), from: 1, to: 2 },
            "autoscaling:SetDesiredCapacity",
            None,
        ),
    ]
}

#[test]
fn an_action_names_its_call_and_goes_together_only_with_the_same_change_in_the_same_place() {
    for (action, call, batch) in actions() {
        assert_eq!((action.call(), action.batch()), (call, batch), "{action}");
    }
}
