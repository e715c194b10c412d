//! What is told of what was done.

use domain::told::{BreakerReason, BreakerTold, Slice, SweepTold, Told, Whose, told};
use domain::{Action, ClusterName, GroupName, InstanceId, RegistrationArn};
use jiff::Timestamp;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:ecs:us-west-2:111122223333:container-instance/web/abc";
const HOST: &str = "i-0123456789abcdef0";

fn at() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

fn cluster() -> ClusterName {
    "web".parse().unwrap()
}

fn group() -> GroupName {
    "web-blue".parse().unwrap()
}

fn instance() -> InstanceId {
    HOST.parse().unwrap()
}

fn registration() -> RegistrationArn {
    ARN.parse().unwrap()
}

/// Tells of an action for a host whose seat is gone, so that only the action can name the group.
fn tell(action: &Action) -> Option<Told> {
    let (cluster, instance) = (cluster(), instance());
    told(action, &Whose { cluster: &cluster, group: None, instance: &instance }, at(), "so it is")
}

#[test]
fn every_action_that_settles_something_is_told_under_its_name() {
    let (group, instance, force) = (group(), instance(), false);
    let hooked = || (group.clone(), instance.clone());
    let registered = || (cluster(), registration());
    let ((g1, i1), (g2, i2), (g3, i3), (g4, i4)) = (hooked(), hooked(), hooked(), hooked());
    let ((c1, r1), (c2, r2)) = (registered(), registered());
    for (action, name, with_group) in [
        (Action::LetIn { group: g1, instance: i1 }, "Host Verified", true),
        (Action::Abandon { group: g2, instance: i2 }, "Host Abandoned", true),
        (Action::LetGo { group: g3, instance: i3 }, "Host Drained", true),
        (Action::MarkUnhealthy { group: g4, instance: i4 }, "Host Repaired", true),
        (Action::Drain { cluster: c1, registration: r1 }, "Host Draining", false),
        (
            Action::Deregister { cluster: c2, registration: r2, force },
            "Registration Deregistered",
            false,
        ),
    ] {
        let told = tell(&action).unwrap();
        assert_eq!(told.detail_type(), name);
        let detail = serde_json::to_value(&told).unwrap();
        assert_eq!(detail["instanceId"], HOST, "{name}");
        assert_eq!(detail.get("group").is_some(), with_group, "{name}");
        assert_eq!(detail.get("registration").is_some(), !with_group, "{name}");
    }
}

#[test]
fn steps_on_the_way_are_not_told() {
    let (group, instance) = (group(), instance());
    let (cluster, registration) = (cluster(), registration());
    let size = Action::SetDesired { group: group.clone(), from: 1, to: 2 };
    let beat = Action::Heartbeat { group, instance, hook: domain::plan::HookOf::Terminate };
    let back = Action::ForgetAgentLost { cluster, registration };
    assert_eq!([tell(&size), tell(&beat), tell(&back)], [None, None, None]);
}

#[test]
fn a_detail_has_camel_case_fields_and_only_those_that_apply() {
    let (cluster, group, instance) = (cluster(), group(), instance());
    let action = Action::Drain { cluster: cluster.clone(), registration: registration() };
    let whose = Whose { cluster: &cluster, group: Some(&group), instance: &instance };
    let mut told = told(&action, &whose, at(), "so it is").unwrap();
    let expected = json!({
        "version": "1", "cluster": "web", "group": "web-blue", "instanceId": HOST,
        "at": "2026-03-04T05:06:07Z", "because": "so it is", "registration": ARN,
    });
    assert_eq!(serde_json::to_value(&told).unwrap(), expected);

    let host = told.host_mut().unwrap();
    host.waited_seconds = Some(600);
    host.cause = Some("agent-lost".to_owned());
    host.remedy = Some("look at its log".to_owned());
    let detail = serde_json::to_value(&told).unwrap();
    assert_eq!(
        [&detail["waitedSeconds"], &detail["cause"], &detail["remedy"]],
        [&json!(600), &json!("agent-lost"), &json!("look at its log")]
    );
}

#[test]
fn a_breaker_tells_its_reason_in_a_word() {
    for (reason, word) in [
        (BreakerReason::TooManyFailing, "too-many-failing"),
        (BreakerReason::BudgetSpent, "budget-spent"),
        (BreakerReason::CorrelatedLoss, "correlated-loss"),
        (BreakerReason::LaunchLoop, "launch-loop"),
        (BreakerReason::EcsUnreadable, "ecs-unreadable"),
    ] {
        let (cluster, group) = (cluster(), None);
        let breaker = BreakerTold { cluster, group, at: at(), reason, failing: 3, hosts: 9 };
        let mut told = Told::BreakerOpened(breaker);
        assert_eq!(
            serde_json::to_value(&told).unwrap(),
            json!({
                "version": "1", "cluster": "web", "at": "2026-03-04T05:06:07Z",
                "reason": word, "failing": 3, "hosts": 9,
            })
        );
        assert!(told.host_mut().is_none());
    }
}

#[test]
fn a_wish_for_a_sweep_is_read_again_and_no_slice_lies_outside() {
    let wish = SweepTold {
        cluster: cluster(),
        slice: Slice { index: 1, of: 4 },
        tags: vec!["web".to_owned(), "api".to_owned()],
    };
    let detail = serde_json::to_value(Told::SweepWanted(wish.clone())).unwrap();
    assert_eq!(
        detail,
        json!({
            "version": "1", "cluster": "web", "slice": { "index": 1, "of": 4 }, "tags": ["web", "api"],
        })
    );
    let read = |detail: Value| serde_json::from_value::<SweepTold>(detail);
    assert_eq!(read(detail).unwrap(), wish);
    // What the version before this one said has no tags.
    let before = json!({ "cluster": "web", "slice": { "index": 1, "of": 4 } });
    assert_eq!(read(before).unwrap(), SweepTold { tags: Vec::new(), ..wish });
    for (index, of) in [(4, 4), (0, 0), (9, 2)] {
        let slice = json!({ "index": index, "of": of });
        assert!(read(json!({ "cluster": "web", "slice": slice })).is_err(), "{index} of {of}");
    }
}
