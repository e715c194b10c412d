//! The roles' own binary through CloudFormation's whole dance, on an IAM that shows changes late and throttles.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use end_to_end::Stage;
use local_aws::world::iam::Role;
use local_aws::world::{Service, World};
use local_aws::{CloudFormationError, Stack};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn stack(stage: &Stage) -> Stack {
    Stack::new(&stage.aws, "cluster-roles", "Custom::ClusterRoles", "Roles").unwrap()
}

fn asked() -> Value {
    json!({ "ClusterName": "prod", "TaskRoles": { "Web": { "s3": { "read": ["assets"] } } } })
}

/// IAM shows a write only after six reads, and throttles every ninety-seventh call.
async fn troubled() -> Stage {
    let stage = Stage::empty().await;
    stage.aws.world(|world| world.iam.is_late_by(6));
    stage.aws.throttle("iam", 97);
    stage
}

/// The roles under our path, as IAM truly has them.
fn roles(stage: &Stage) -> BTreeSet<String> {
    let ours = |world: &mut World| {
        let all = world.iam.roles().filter(|role| role.path.starts_with("/muster/"));
        all.map(|role| role.name.clone()).collect()
    };
    stage.aws.world(ours)
}

fn policies(stage: &Stage, word: &str) -> Value {
    let inline = |world: &mut World| {
        let ours = |role: &&Role| role.path == "/muster/" && role.name.contains(word);
        let found = world.iam.roles().find(ours).cloned().unwrap();
        json!(found.inline)
    };
    stage.aws.world(inline)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_lives_on_an_iam_that_is_late_and_throttles() {
    let stage = troubled().await;
    let mut stack = stack(&stage);
    stack.create(asked()).await.unwrap();
    let first = roles(&stage);
    assert_eq!(first.len(), 5, "{first:?}");
    // The same request a second time.
    stack.redeliver().await.unwrap();
    assert_eq!(roles(&stage), first);

    // An update, and drift.
    let name = first.iter().find(|name| name.contains("-ECSRole-")).unwrap();
    let drift = json!({ "RoleName": name, "PolicyName": "manage" });
    stage.call(Service::Iam, "DeleteRolePolicy", &drift);
    let before = policies(&stage, "-EC2Role-");
    let mut more = asked();
    more["SessionManager"] = json!("true");
    stack.update(more.clone()).await.unwrap();
    assert_eq!(roles(&stage), first);
    assert_ne!(policies(&stage, "-EC2Role-"), before);
    assert!(policies(&stage, "-ECSRole-").get("manage").is_some());

    // Another prefix is a replacement: the old ones are deleted afterwards.
    more["NamePrefix"] = json!("green");
    stack.update(more).await.unwrap();
    let second = roles(&stage);
    assert!(
        second.len() == 5 && second.iter().all(|name| name.starts_with("green-")),
        "{second:?}"
    );

    stack.delete().await.unwrap();
    assert_eq!(roles(&stage), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_fails_leaves_nothing_behind_and_its_rollback_changes_nothing() {
    let stage = troubled().await;
    let mut stack = stack(&stage);
    stack.create(asked()).await.unwrap();
    let before = (roles(&stage), policies(&stage, "-Task-Web-"));
    // A name of the replacement is taken by somebody else, which only IAM knows.
    let mut other = asked();
    other["NamePrefix"] = json!("green");
    stack.update(other.clone()).await.unwrap();
    let green = roles(&stage).into_iter().find(|name| name.contains("-Task-Web-")).unwrap();
    stack.update(asked()).await.unwrap();
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "ec2.amazonaws.com" },
        }],
    });
    let foreign = json!({
        "RoleName": green, "Path": "/theirs/", "AssumeRolePolicyDocument": trust.to_string(),
    });
    stage.call(Service::Iam, "CreateRole", &foreign);

    let failed = stack.update(other).await.unwrap_err();
    let CloudFormationError::Failed { reason, .. } = &failed else { panic!("{failed}") };
    assert!(reason.contains(&green), "{reason}");
    stack.roll_back().await.unwrap();
    assert_eq!((roles(&stage), policies(&stage, "-Task-Web-")), before);
    stack.delete().await.unwrap();
    assert_eq!(roles(&stage), BTreeSet::new());
    assert!(stage.aws.world(|world| world.iam.role(&green).is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_cancelled_before_during_or_after_leaves_nothing_behind() {
    for looks in 0..4 {
        let stage = troubled().await;
        let mut stack = stack(&stage);
        stack.create_and_cancel(asked(), looks).await.unwrap();
        assert_eq!(roles(&stage), BTreeSet::new(), "cancelled at look {looks}");
        // A Create that was held up until after its Delete.
        let _ = stack.redeliver().await;
        assert_eq!(roles(&stage), BTreeSet::new());
    }
}
