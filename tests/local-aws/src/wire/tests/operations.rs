//! Operations as the AWS SDKs write them, and their answers as the SDKs read them.

use super::{local, query, text};
use crate::engine::LocalAws;
use crate::world::{Service, World};
use serde_json::json;

/// A local AWS with one host of the group `web`, whose id is given back.
async fn with_host() -> (LocalAws, String) {
    let local = local().await;
    let id = local.world(|world| {
        world.make_instance_role();
        let group = json!({
            "AutoScalingGroupName": "web",
            "MinSize": "1",
            "MaxSize": "1",
            "AvailabilityZones": ["us-west-2a"],
            "LaunchTemplate": {"LaunchTemplateName": "host"},
            "Tags": [{"Key": "muster:cluster", "Value": "red"}],
        });
        world.call(Service::AutoScaling, "CreateAutoScalingGroup", &group).unwrap();
        pass(world, 60);
        world.ec2.instances().next().unwrap().id.clone()
    });
    (local, id)
}

fn pass(world: &mut World, seconds: i64) {
    let until = world.core.now() + jiff::SignedDuration::from_secs(seconds);
    world.advance_to(until);
}

/// Sends a request that must succeed, and looks for what its answer must have.
async fn has(local: &LocalAws, service: &str, body: &str, wanted: &[&str]) {
    let response = query(local, service, body).await;
    assert_eq!(response.status(), 200, "{body}: {}", text(&response));
    for wanted in wanted {
        assert!(text(&response).contains(wanted), "{body}: no {wanted} in {}", text(&response));
    }
}

#[tokio::test]
async fn ec2_answers_what_a_diagnosis_asks() {
    let (local, id) = with_host().await;
    let version = "Version=2016-11-15";
    let subnet = local.world(|world| world.ec2.instance(&id).unwrap().subnet.clone());
    local.world(|world| {
        world.impair(&id);
        let at = "2026-03-18T00:00:00Z".parse().unwrap();
        world.schedule_event(&id, "instance-retirement", at);
        world.cut_route(&subnet);
        world.add_vpc_endpoint("ecs");
    });
    let wanted = ["<groupSet><item><groupId>sg-", "<vpcId>vpc-", "<iamInstanceProfile><arn>"];
    let body = format!("Action=DescribeInstances&{version}&InstanceId.1={id}");
    has(&local, "ec2", &body, &wanted).await;
    let body = format!(
        "Action=DescribeRouteTables&{version}&Filter.1.Name=association.subnet-id&Filter.1.Value.1={subnet}"
    );
    let wanted = [
        "<routeTableSet><item>",
        "<main>false</main>",
        "<routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>",
    ];
    has(&local, "ec2", &body, &wanted).await;
    let body =
        format!("Action=DescribeVpcEndpoints&{version}&Filter.1.Name=vpc-id&Filter.1.Value.1=*");
    has(&local, "ec2", &body, &["<serviceName>com.amazonaws.us-west-2.ecs</serviceName>"]).await;
    let body = format!("Action=DescribeSecurityGroups&{version}&GroupId.1=sg-0123456789abcdef0");
    let wanted = ["<ipPermissionsEgress><item>", "<ipRanges><item><cidrIp>0.0.0.0/0</cidrIp>"];
    has(&local, "ec2", &body, &wanted).await;
    let body =
        format!("Action=DescribeInstanceAttribute&{version}&InstanceId={id}&Attribute=userData");
    has(&local, "ec2", &body, &["<userData><value>IyEvYmluL2Jhc2gK"]).await;
    let body = format!("Action=GetConsoleOutput&{version}&InstanceId={id}&Latest=true");
    has(&local, "ec2", &body, &["<output>", "<timestamp>2026-"]).await;
    let body = format!(
        "Action=DescribeInstanceStatus&{version}&Filter.1.Name=event.code\
         &Filter.1.Value.1=instance-retirement"
    );
    let wanted = [
        "<eventsSet><item><code>instance-retirement</code>",
        "<status>impaired</status>",
        "<details><item><impairedSince>2026-",
    ];
    has(&local, "ec2", &body, &wanted).await;
    let body = format!(
        "Action=DescribeSpotInstanceRequests&{version}&Filter.1.Name=status-code\
         &Filter.1.Value.1=marked-for-termination&Filter.1.Value.2=marked-for-stop"
    );
    has(&local, "ec2", &body, &["<spotInstanceRequestSet></spotInstanceRequestSet>"]).await;
}

#[tokio::test]
async fn iam_answers_what_a_role_may_do() {
    let (local, _) = with_host().await;
    let body = "Action=SimulatePrincipalPolicy&Version=2010-05-08\
                &PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FecsInstanceRole\
                &ActionNames.member.1=ecs%3APoll&ActionNames.member.2=ecs%3ARunTask\
                &ResourceArns.member.1=%2A";
    let wanted = [
        "<SimulatePrincipalPolicyResult>",
        "<EvaluationResults><member><EvalActionName>ecs:Poll</EvalActionName>\
         <EvalDecision>allowed</EvalDecision>",
        "<EvalDecision>implicitDeny</EvalDecision>",
        "<IsTruncated>false</IsTruncated>",
    ];
    has(&local, "iam", body, &wanted).await;
    let body = "Action=GetInstanceProfile&Version=2010-05-08&InstanceProfileName=ecsInstanceRole";
    has(&local, "iam", body, &["<Roles><member>", "<RoleName>ecsInstanceRole</RoleName>"]).await;
    let body = "Action=GetInstanceProfile&Version=2010-05-08&InstanceProfileName=nobody";
    let missing = query(&local, "iam", body).await;
    assert_eq!(missing.status(), 404);
    assert!(text(&missing).contains("<Code>NoSuchEntity</Code>"), "{}", text(&missing));
}

#[tokio::test]
async fn a_groups_hooks_say_how_long_they_hold() {
    let (local, _) = with_host().await;
    let body = "Action=PutLifecycleHook&Version=2011-01-01&AutoScalingGroupName=web\
                &LifecycleHookName=join&HeartbeatTimeout=300\
                &LifecycleTransition=autoscaling%3AEC2_INSTANCE_LAUNCHING";
    has(&local, "autoscaling", body, &[]).await;
    let body = "Action=DescribeLifecycleHooks&Version=2011-01-01&AutoScalingGroupName=web\
                &LifecycleHookNames.member.1=join";
    let wanted = [
        "<LifecycleHooks><member>",
        "<DefaultResult>ABANDON</DefaultResult>",
        "<GlobalTimeout>30000</GlobalTimeout>",
        "<HeartbeatTimeout>300</HeartbeatTimeout>",
    ];
    has(&local, "autoscaling", body, &wanted).await;
}

#[tokio::test]
async fn a_groups_tags_change_at_once() {
    let (local, _) = with_host().await;
    let tag = |action: &str, key: &str, value: &str| {
        format!(
            "Action={action}&Version=2011-01-01&Tags.member.1.Key={key}&Tags.member.1.Value={value}\
             &Tags.member.1.ResourceId=web&Tags.member.1.ResourceType=auto-scaling-group\
             &Tags.member.1.PropagateAtLaunch=false"
        )
    };
    let groups = "Action=DescribeAutoScalingGroups&Version=2011-01-01\
                  &AutoScalingGroupNames.member.1=web";
    let tags = "Action=DescribeTags&Version=2011-01-01&Filters.member.1.Name=auto-scaling-group\
                &Filters.member.1.Values.member.1=web";
    for value in ["one", "two"] {
        has(&local, "autoscaling", &tag("CreateOrUpdateTags", "muster%3Aroll", value), &[]).await;
        let shown = format!(
            "<member><Key>muster:roll</Key><PropagateAtLaunch>false</PropagateAtLaunch>\
             <ResourceId>web</ResourceId><ResourceType>auto-scaling-group</ResourceType>\
             <Value>{value}</Value></member>"
        );
        has(&local, "autoscaling", groups, &[&shown]).await;
        has(&local, "autoscaling", tags, &[&shown]).await;
    }
    // With a value, only the tag of that value is deleted.
    has(&local, "autoscaling", &tag("DeleteTags", "muster%3Aroll", "one"), &[]).await;
    has(&local, "autoscaling", groups, &["<Value>two</Value>"]).await;
    has(&local, "autoscaling", &tag("DeleteTags", "muster%3Aroll", "two"), &[]).await;
    let left = query(&local, "autoscaling", groups).await;
    assert!(!text(&left).contains("muster:roll"), "{}", text(&left));
    let stray = tag("CreateOrUpdateTags", "a", "b").replace("ResourceId=web", "ResourceId=gone");
    let refused = query(&local, "autoscaling", &stray).await;
    assert!(text(&refused).contains("<Code>ValidationError</Code>"), "{}", text(&refused));
}

#[tokio::test]
async fn a_warm_pool_is_put_described_and_deleted() {
    let (local, _) = with_host().await;
    let body = "Action=PutWarmPool&Version=2011-01-01&AutoScalingGroupName=web&MinSize=1\
                &PoolState=Running&InstanceReusePolicy.ReuseOnScaleIn=true";
    has(&local, "autoscaling", body, &["<PutWarmPoolResult>"]).await;
    local.world(|world| pass(world, 60));
    let body = "Action=DescribeWarmPool&Version=2011-01-01&AutoScalingGroupName=web";
    let wanted = [
        "<Instances><member><AvailabilityZone>",
        "<LifecycleState>Warmed:Running</LifecycleState>",
        "<InstanceReusePolicy><ReuseOnScaleIn>true</ReuseOnScaleIn></InstanceReusePolicy>",
        "<PoolState>Running</PoolState>",
    ];
    has(&local, "autoscaling", body, &wanted).await;
    let body = "Action=DeleteWarmPool&Version=2011-01-01&AutoScalingGroupName=web&ForceDelete=true";
    has(&local, "autoscaling", body, &[]).await;
}
