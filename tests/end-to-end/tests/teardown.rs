//! A stack of a cluster is deleted: the hosts are seen out first, by the real binaries.

use end_to_end::Stage;
use local_aws::world::Service;
use local_aws::{CloudFormationError, Stack};
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
    // The first try begins it, the second finds hosts on their way and names them.
    let failed = stack.delete().await.unwrap_err();
    let CloudFormationError::Failed { reason, .. } = &failed else { panic!("{failed}") };
    assert!(reason.starts_with("not gone yet: ") && reason.contains("i-"), "{reason}");

    let shown = stage.call(Service::Ecs, "DescribeClusters", &json!({ "clusters": ["prod"] }));
    assert_eq!(shown["clusters"][0]["capacityProviders"], json!(["FARGATE"]));
    stage
        .until(10, |world| {
            let asked = json!({ "AutoScalingGroupNames": ["web"] });
            let answer =
                world.call(Service::AutoScaling, "DescribeAutoScalingGroups", &asked).unwrap();
            answer["AutoScalingGroups"][0]["Instances"].as_array().is_none_or(Vec::is_empty)
        })
        .await;
    stack.delete().await.unwrap();
    // What CloudFormation does next would have failed before.
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
    assert!(handed.records[0]["because"].as_str().unwrap().contains("left alone"), "{handed:?}");
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
    let typo = json!({ "ClusterName": "prod", "AutoScalingGroups": ["wbe"] });
    let failed = stack.create(typo).await.unwrap_err();
    assert!(failed.to_string().contains("wbe is not there"), "{failed}");
    // Its rollback's Delete finds an id that promises nothing of another cluster's.
    stack.delete().await.unwrap();
}
