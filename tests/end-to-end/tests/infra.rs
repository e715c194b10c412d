//! The ready stacks of `infra/`, made, lived in and deleted, with the real binaries.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use end_to_end::acts::terminate;
use end_to_end::stacks::{Leaving, cluster, held_and_let_go, infra, left, roll, serving, tasks};
use end_to_end::{Stage, in_service, instances};
use local_aws::world::{Service, World};
use local_aws::{Happening, TemplateStack};
use serde_json::{Value, json};

const SAMPLE: (&str, &str) = ("SampleImage", "public.ecr.aws/nginx/nginx:stable");

/// That hosts and registrations are the same, and that the roles have the names that the stack tells.
fn is_whole(stage: &Stage, stack: &TemplateStack) {
    let outputs = stack.outputs().unwrap();
    let (cluster, group) = (&outputs["ClusterName"], &outputs["GroupName"]);
    stage.aws.world(|world| {
        let hosts = serving(world, group);
        assert!(!hosts.is_empty());
        assert_eq!(roll(world, cluster), hosts, "each host in service is registered, and no other");
        for output in ["ECSTaskExecutionRoleArn", "AutoScalingRoleArn"] {
            let arn = &outputs[output];
            let name = arn.rsplit('/').next().unwrap();
            assert_eq!(&world.iam.role(name).unwrap().arn, arn);
        }
        for host in &hosts {
            let profile = world.ec2.instance(host).unwrap().profile.clone().unwrap();
            let name = profile.rsplit('/').next().unwrap();
            assert_eq!(world.iam.profile(name).unwrap().arn, profile);
        }
    });
}

/// A host is terminated by hand: it is drained, and its tasks run on another.
async fn one_leaves(stage: &Stage, stack: &TemplateStack) {
    let outputs = stack.outputs().unwrap();
    let (cluster, group) = (&outputs["ClusterName"], &outputs["GroupName"]);
    let (host, count, wanted) = stage.aws.world(|world| {
        let hosts = serving(world, group);
        (hosts[0].clone(), hosts.len(), tasks(world))
    });
    terminate(stage, &host, false);
    let mut leaving = Leaving::default();
    stage
        .until(40, |world| {
            leaving.look(world, &host);
            let hosts = serving(world, group);
            hosts.len() == count && roll(world, cluster) == hosts && tasks(world) == wanted
        })
        .await;
    assert_eq!(leaving, Leaving { drained: true, cut_off: Some(0) });
}

/// Deletes a stack. While a function runs the world stands still, and so the teardown waits for nothing in its two tries:
/// where that is too soon, a second delete goes on, as it would for people.
async fn delete(stack: &mut TemplateStack) {
    if let Err(held) = stack.delete().await {
        let at = (held.status.as_str(), held.resource.as_str());
        assert_eq!(at, ("DELETE_FAILED", "Teardown"), "{held}");
        assert!(held.reason.starts_with("not gone yet: i-"), "{held}");
        stack.delete().await.unwrap();
    }
}

/// Deletes a stack, after which nothing is left of it.
async fn goes(stage: &mut Stage, mut stack: TemplateStack, heard: &mut Vec<Happening>) {
    delete(&mut stack).await;
    heard.extend(stage.heard());
    let (held, let_go) = held_and_let_go(heard);
    // A hook that waits for its time-out is one that no function lets go.
    assert_eq!(held, let_go, "every host that a hook held was let go by a function");
    assert!(held >= 2, "a host came and went");
    assert_eq!(stage.aws.world(left), Vec::<String>::new());
    for queue in ["AsyncFailures", "RuleFailures"] {
        assert_eq!(stage.aws.queue(queue), Vec::<Value>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_the_ready_stack_is_verified_drained_changed_and_deleted() {
    let mut stage = Stage::empty().await;
    let mut stack = cluster(&stage, "shop", &[SAMPLE]);
    stack.create().await.unwrap();
    let mut heard = stage.heard();
    // The stack is made only once the sample's tasks run, and so its hosts are in service.
    assert_eq!(stage.aws.world(|world| tasks(world)), (2, 2));
    is_whole(&stage, &stack);
    let by = |function: &str, one: &Happening| {
        matches!(one, Happening::Call { operation, caller, error: None, .. }
            if operation == "CompleteLifecycleAction" && caller == function)
    };
    assert!(heard.iter().any(|one| by("agent-verifier", one)), "hosts are verified");
    one_leaves(&stage, &stack).await;
    is_whole(&stage, &stack);

    let group = stack.physical_id("Group").unwrap().to_owned();
    let more = [("MinHosts", "3"), ("OnDemandPercent", "0"), ("InstanceType", "c7g.large")];
    stack.update(&more).await.unwrap();
    assert_eq!(stack.physical_id("Group"), Some(group.as_str()));
    stage.until(20, |world| serving(world, &group).len() == 3).await;
    is_whole(&stage, &stack);
    let spot = |world: &mut World| world.ec2.instances().filter(|one| one.spot).count();
    assert_eq!(stage.aws.world(spot), 2, "beyond the first, hosts are Spot");
    heard.extend(stage.heard());
    goes(&mut stage, stack, &mut heard).await;
}

// ECS takes no capacity provider whose name begins with ecs, and IAM no role's name of more than 64 letters.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_with_a_capacity_provider_lives_under_a_long_name_in_another_order() {
    let mut stage = Stage::empty().await;
    let name = "ecs-production-of-the-shop-in-the-north";
    let more = [SAMPLE, ("CapacityProvider", "true"), ("MinHosts", "2")];
    let mut stack = cluster(&stage, name, &more).in_another_order();
    stack.create().await.unwrap();
    is_whole(&stage, &stack);
    let id = stack.physical_id("Cluster").unwrap();
    let asked = json!({ "clusters": [id] });
    let shown = stage.call(Service::Ecs, "DescribeClusters", &asked);
    assert_eq!(shown["clusters"][0]["capacityProviders"], json!([format!("hosts-of-{id}")]));
    one_leaves(&stage, &stack).await;
    goes(&mut stage, stack, &mut Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_was_there_before_is_under_muster_for_as_long_as_its_hooks_are() {
    let mut stage = Stage::empty().await;
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    let tag = json!({ "Key": "muster:cluster", "Value": "prod", "PropagateAtLaunch": "false" });
    let input = json!({
        "AutoScalingGroupName": "old", "MinSize": "1", "MaxSize": "3",
        "AvailabilityZones": ["us-west-2a", "us-west-2b"],
        "LaunchTemplate": { "LaunchTemplateName": "hosts", "Version": "1" }, "Tags": [tag],
    });
    stage.call(Service::AutoScaling, "CreateAutoScalingGroup", &input);
    stage.until(10, |world| in_service(world) == 1).await;
    let group = |stage: &Stage| {
        let named = json!({ "AutoScalingGroupName": "old" });
        let hooks = stage.call(Service::AutoScaling, "DescribeLifecycleHooks", &named);
        let named = json!({ "AutoScalingGroupNames": ["old"] });
        let shown = stage.call(Service::AutoScaling, "DescribeAutoScalingGroups", &named);
        let mut shown = shown["AutoScalingGroups"][0].clone();
        let hosts = shown.as_object_mut().unwrap().remove("Instances").unwrap();
        assert_eq!(hosts.as_array().unwrap().len(), 1);
        (shown, hooks)
    };
    let before = group(&stage);
    let resize = |stage: &Stage, most: u32| {
        let size = json!({ "AutoScalingGroupName": "old", "DesiredCapacity": most.to_string() });
        stage.call(Service::AutoScaling, "SetDesiredCapacity", &size);
    };

    let parameters = [("GroupName", "old")];
    let text = infra("hooks.yaml");
    let mut stack = TemplateStack::new(&stage.aws, "hooks", &text, &parameters).unwrap();
    stack.create().await.unwrap();
    stage.heard();
    resize(&stage, 2);
    let mut waited = false;
    stage
        .until(10, |world| {
            waited |= end_to_end::acts::states(world).contains(&"Pending:Wait".to_owned());
            in_service(world) == 2
        })
        .await;
    assert!(waited, "a launched host is held until it is verified");
    let host = stage.aws.world(|world| serving(world, "old"))[0].clone();
    terminate(&stage, &host, true);
    let mut leaving = Leaving::default();
    stage
        .until(20, |world| {
            leaving.look(world, &host);
            instances(world).len() == 1 && !roll(world, "prod").contains(&host)
        })
        .await;
    assert_eq!(leaving, Leaving { drained: true, cut_off: Some(0) });
    assert_eq!(held_and_let_go(&stage.heard()), (2, 2));

    stack.update(&[("LaunchHeartbeatSeconds", "900")]).await.unwrap();
    let hook = &group(&stage).1["LifecycleHooks"][0];
    assert_eq!(
        (&hook["HeartbeatTimeout"], &hook["DefaultResult"]),
        (&json!(900), &json!("ABANDON"))
    );
    stack.delete().await.unwrap();
    assert_eq!(group(&stage), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_whose_roles_are_refused_is_rolled_back_and_made_once_the_boundary_is_there() {
    let boundary = |stage: &Stage| {
        TemplateStack::new(&stage.aws, "boundary", &infra("boundary.yaml"), &[]).unwrap()
    };
    // Its ARN is told before: the same seed gives the same name.
    let other = Stage::empty().await;
    let mut first = boundary(&other);
    first.create().await.unwrap();
    let arn = first.outputs().unwrap()["BoundaryArn"].clone();

    let mut stage = Stage::with(&[("RolesBoundaryArn", &arn)]).await;
    let mut second = boundary(&stage);
    second.create().await.unwrap();
    assert_eq!(second.outputs().unwrap()["BoundaryArn"], arn);
    let mut stack = cluster(&stage, "shop", &[SAMPLE]);
    stack.create().await.unwrap();
    let bounded = |world: &mut World| {
        let ours = world.iam.roles().filter(|role| role.path == "/muster/");
        ours.map(|role| role.boundary.clone()).collect::<Vec<_>>()
    };
    assert_eq!(stage.aws.world(bounded), vec![Some(arn.clone()); 5]);
    let mut heard = stage.heard();
    goes(&mut stage, stack, &mut heard).await;

    second.delete().await.unwrap();
    let mut stack = cluster(&stage, "shop", &[SAMPLE]);
    let failed = stack.create().await.unwrap_err();
    assert_eq!((failed.status.as_str(), failed.resource.as_str()), ("ROLLBACK_COMPLETE", "Roles"));
    assert!(failed.reason.contains(&arn), "{failed}");
    assert_eq!(stage.aws.world(left), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_fails_with_hosts_in_it_is_rolled_back_without_a_trace() {
    for (right, wrong, resource) in [
        ("DrainMinutes: 15", "DrainMinutes: soon", "Teardown"),
        ("LaunchType: EC2", "LaunchType: FARGATE", "Sample"),
    ] {
        let mut stage = Stage::empty().await;
        let text = infra("cluster.yaml");
        assert!(text.contains(right));
        let text = text.replace(right, wrong);
        let place =
            [("SubnetIds", "subnet-0a"), ("SecurityGroupIds", "sg-0123456789abcdef0"), SAMPLE];
        let mut stack = TemplateStack::new(&stage.aws, "shop", &text, &place).unwrap();
        let failed = stack.create().await.unwrap_err();
        if failed.status == "ROLLBACK_FAILED" {
            assert!(failed.reason.contains("not gone yet: i-"), "{failed}");
            delete(&mut stack).await;
        } else {
            assert_eq!(failed.status, "ROLLBACK_COMPLETE");
        }
        assert!(failed.to_string().contains(&format!("{resource}: ")), "{failed}");
        stage.until(5, |world| left(world).is_empty()).await;
        let launched = |one: &Happening| matches!(one, Happening::EventSaid { event, .. } if event["detail"]["state"] == "running");
        assert!(stage.heard().iter().any(launched), "there was a host");
    }
}
