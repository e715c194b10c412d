//! A stack of a cluster is deleted: the hosts are seen out first, by the real binaries.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use end_to_end::Stage;
use local_aws::world::Service;
use local_aws::{CloudFormationError, Happening, Stack};
use serde_json::{Value, json};

fn asked() -> Value {
    json!({ "ClusterName": "prod", "AutoScalingGroups": ["web"], "DrainMinutes": "5" })
}

fn stack(stage: &Stage) -> Stack {
    Stack::new(&stage.aws, "cluster-teardown", "Custom::ClusterTeardown", "Teardown").unwrap()
}

fn instances(stage: &Stage) -> Vec<Value> {
    let asked = json!({ "AutoScalingGroupNames": ["web"] });
    let answer = stage.call(Service::AutoScaling, "DescribeAutoScalingGroups", &asked);
    answer["AutoScalingGroups"][0]["Instances"].as_array().unwrap().clone()
}

// Keeps the survey's T17: protected hosts and an attached capacity provider hold the delete of every stack that does not
// see them out.
#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_deleted_with_protected_hosts_and_a_capacity_provider() {
    let stage = Stage::with_hosts(2).await;
    let ids: Vec<Value> = instances(&stage).iter().map(|one| one["InstanceId"].clone()).collect();
    stage.call(
        Service::AutoScaling,
        "SetInstanceProtection",
        &json!({
            "AutoScalingGroupName": "web", "InstanceIds": ids, "ProtectedFromScaleIn": "true",
        }),
    );
    let arn = "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:\
        c967fdec-cca8-423b-bf98-9e6a1f8d3a2b:autoScalingGroupName/web";
    stage.call(
        Service::Ecs,
        "CreateCapacityProvider",
        &json!({ "name": "web", "autoScalingGroupProvider": { "autoScalingGroupArn": arn } }),
    );
    let strategy = json!([{ "capacityProvider": "web", "weight": 1, "base": 0 }]);
    stage.call(
        Service::Ecs,
        "PutClusterCapacityProviders",
        &json!({
            "cluster": "prod", "capacityProviders": ["web", "FARGATE"],
            "defaultCapacityProviderStrategy": strategy,
        }),
    );

    let mut stack = stack(&stage);
    stack.create(asked()).await.unwrap();
    let mut heard = stage.aws.subscribe();
    stack.delete().await.unwrap();
    assert_eq!(instances(&stage), [Value::Null; 0]);

    let shown = stage.call(Service::Ecs, "DescribeClusters", &json!({ "clusters": ["prod"] }));
    assert_eq!(shown["clusters"][0]["capacityProviders"], json!(["FARGATE"]));
    // What CloudFormation does next would have failed before.
    stage.call(Service::Ecs, "DeleteCluster", &json!({ "cluster": "prod" }));
    // It was not done at once: Lambda's own retry resumed it.
    let mut tries = 0;
    while let Ok(one) = heard.try_recv() {
        tries += u32::from(
            matches!(&one, Happening::Invoked { function, .. } if function == "cluster-teardown"),
        );
    }
    assert_eq!(tries, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_the_delete_is_named_and_a_later_delete_succeeds() {
    let stage = Stage::with_hosts(2).await;
    let definition = json!({
        "family": "batch",
        "containerDefinitions": [{ "name": "main", "image": "batch", "cpu": 64, "memory": 64 }],
    });
    stage.call(Service::Ecs, "RegisterTaskDefinition", &definition);
    let run = json!({ "cluster": "prod", "taskDefinition": "batch" });
    let run = stage.call(Service::Ecs, "RunTask", &run);
    let mut stack = stack(&stage);
    stack.create(asked()).await.unwrap();

    let failed = stack.delete().await.unwrap_err();
    let CloudFormationError::Failed { reason, .. } = &failed else { panic!("{failed}") };
    assert!(reason.starts_with("not gone yet: i-"), "{reason}");
    assert!(reason.contains("Terminating:Wait (1 tasks are leaving: family:batch)"), "{reason}");
    assert_eq!(instances(&stage).len(), 1);

    let task = &run["tasks"][0]["taskArn"];
    stage.call(Service::Ecs, "StopTask", &json!({ "cluster": "prod", "task": task }));
    let asked = json!({ "AutoScalingGroupNames": ["web"] });
    stage
        .until(5, |world| {
            let shown = world.call(Service::AutoScaling, "DescribeAutoScalingGroups", &asked);
            shown.unwrap()["AutoScalingGroups"][0]["Instances"] == json!([])
        })
        .await;
    stack.delete().await.unwrap();
    assert_eq!(instances(&stage), [Value::Null; 0]);
    stage.call(Service::Ecs, "DeleteCluster", &json!({ "cluster": "prod" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_takes_the_resource_away_leaves_the_hosts_alone() {
    let mut stage = Stage::with_hosts(1).await;
    let mut stack = stack(&stage);
    stack.create(asked()).await.unwrap();
    let physical_id = stack.physical_id().unwrap().to_owned();
    stage.heard();
    stage.aws.stack_is(stack.stack_id(), "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    let request = json!({
        "RequestType": "Delete", "RequestId": "1", "StackId": stack.stack_id(),
        "ResponseURL": format!("{}/nowhere", stage.aws.endpoint()),
        "LogicalResourceId": "Teardown", "PhysicalResourceId": physical_id,
        "ResourceProperties": asked(),
    });
    let handed = stage.hand("cluster-teardown", request.to_string()).await;
    assert_eq!(handed.record()["calls"], json!({ "cloudformation:DescribeStacks": 1 }));
    assert_eq!(stage.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_the_tag_is_told_when_the_stack_is_made() {
    let stage = Stage::with_hosts(1).await;
    let mut stack = stack(&stage);
    let wrong = json!({ "ClusterName": "staging", "AutoScalingGroups": ["web"] });
    let failed = stack.create(wrong).await.unwrap_err();
    let CloudFormationError::Failed { reason, .. } = &failed else { panic!("{failed}") };
    assert_eq!(reason, "web has no tag muster:cluster = staging");
    let tag = json!({
        "ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "muster:teardown",
    });
    stage.call(Service::AutoScaling, "DeleteTags", &json!({ "Tags": [tag] }));
    let failed = stack.create(asked()).await.unwrap_err();
    assert!(failed.to_string().contains("web is not of this stack"), "{failed}");
    let typo = json!({ "ClusterName": "prod", "AutoScalingGroups": ["wbe"] });
    let failed = stack.create(typo).await.unwrap_err();
    assert!(failed.to_string().contains("wbe is not there"), "{failed}");
    // Its rollback's Delete finds an id that promises nothing of another cluster's.
    stack.delete().await.unwrap();
}

// Checks S19: whoever may make stacks can name any group, and must not be able to empty it.
#[tokio::test(flavor = "multi_thread")]
async fn the_group_of_another_stack_is_not_emptied() {
    let mut stage = Stage::with_hosts(2).await;
    let mut stack = stack(&stage);
    stack.create(asked()).await.unwrap();
    let tag = json!({
        "ResourceId": "web", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": "false",
        "Key": "muster:teardown", "Value": "theirs",
    });
    stage.call(Service::AutoScaling, "CreateOrUpdateTags", &json!({ "Tags": [tag] }));
    stage.heard();
    stack.delete().await.unwrap();
    assert_eq!(instances(&stage).len(), 2);
    assert!(!stage.writes().iter().any(|call| call == "UpdateAutoScalingGroup"));
}
