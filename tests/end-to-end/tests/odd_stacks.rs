//! Stacks on odd days, by the real binaries: people changed what is Muster's, and events do not come.

use end_to_end::Stage;
use end_to_end::acts::{hosts, ids, pass, registrations, service, standalone};
use local_aws::world::iam::Role;
use local_aws::world::{Service, World};
use local_aws::{Stack, Weather};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_people_changed_on_the_roles_is_as_it_should_be_after_the_next_update() {
    let boundary = "arn:aws:iam::123456789012:policy/muster-boundary";
    for bounded in [false, true] {
        let parameters = [("RolesBoundaryArn", boundary)];
        let stage = Stage::with(if bounded { &parameters } else { &[] }).await;
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
        ]});
        let policy =
            json!({ "PolicyName": "muster-boundary", "PolicyDocument": document.to_string() });
        stage.call(Service::Iam, "CreatePolicy", &policy);
        let mut stack =
            Stack::new(&stage.aws, "cluster-roles", "Custom::ClusterRoles", "Roles").unwrap();
        let mut asked = json!({ "ClusterName": "prod" });
        stack.create(asked.clone()).await.unwrap();
        let roles = |world: &mut World| {
            let ours = world.iam.roles().filter(|role| role.path == "/muster/");
            // What another attached stays, and goes with the role.
            ours.cloned().map(|role| Role { attached: [].into(), ..role }).collect::<Vec<_>>()
        };
        let before = stage.aws.world(roles);
        let name = &before.iter().find(|role| role.name.contains("-EC2Role-")).unwrap().name;
        // What a person did by hand.
        let managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "lambda.amazonaws.com" },
        }]});
        for (operation, more) in [
            ("AttachRolePolicy", json!({ "PolicyArn": managed })),
            ("UpdateAssumeRolePolicy", json!({ "PolicyDocument": trust.to_string() })),
            ("UpdateRole", json!({ "Description": "mine" })),
            if bounded {
                ("DeleteRolePermissionsBoundary", json!({}))
            } else {
                ("PutRolePermissionsBoundary", json!({ "PermissionsBoundary": boundary }))
            },
        ] {
            let mut input = json!({ "RoleName": name });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            stage.call(Service::Iam, operation, &input);
        }
        asked["SessionManager"] = json!("true");
        stack.update(asked.clone()).await.unwrap();
        asked.as_object_mut().unwrap().remove("SessionManager");
        stack.update(asked).await.unwrap();
        assert_eq!(stage.aws.world(roles), before, "bounded: {bounded}");
        stack.delete().await.unwrap();
        assert_eq!(stage.aws.world(roles), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_deleted_although_no_event_comes() {
    let stage =
        Stage::with(&[("StandaloneGraceSeconds", "60"), ("TeardownWaitSeconds", "0")]).await;
    hosts(&stage, 2).await;
    let pool = json!({ "AutoScalingGroupName": "web", "PoolState": "Running", "MinSize": "0" });
    stage.call(Service::AutoScaling, "PutWarmPool", &pool);
    standalone(&stage);
    service(&stage, 1);
    stage
        .until(5, |world| {
            registrations(world)
                .iter()
                .map(|one| one["runningTasksCount"].as_u64().unwrap())
                .sum::<u64>()
                == 2
        })
        .await;
    let mut stack =
        Stack::new(&stage.aws, "cluster-teardown", "Custom::ClusterTeardown", "Teardown").unwrap();
    let asked = json!({ "ClusterName": "prod", "AutoScalingGroups": ["web"], "DrainMinutes": "5" });
    stack.create(asked).await.unwrap();
    stage.aws.set_weather(Weather::DropAll);
    stage.aws.pause_schedules(true);
    // The service goes first, as what depends on the resource does, and so does the warm pool.
    let pool = json!({ "AutoScalingGroupName": "web", "ForceDelete": "true" });
    stage.call(Service::AutoScaling, "DeleteWarmPool", &pool);
    // Of a machine that crashed the registration is left.
    let idle = |one: &Value| one["runningTasksCount"] == 0;
    let host = stage.aws.world(|world| {
        let all = registrations(world);
        let one = all.iter().find(|one| idle(one)).unwrap_or(&all[0]);
        one["ec2InstanceId"].as_str().unwrap().to_owned()
    });
    stage.aws.world(|world| world.crash(&host));
    let mut result = stack.delete().await;
    for tries in 0..20 {
        if result.is_ok() {
            break;
        }
        if tries == 10 {
            let none = json!({ "cluster": "prod", "service": "web", "desiredCount": 0 });
            stage.call(Service::Ecs, "UpdateService", &none);
        }
        pass(&stage, 5).await;
        result = stack.delete().await;
    }
    result.unwrap();
    assert_eq!(ids(&stage), [""; 0]);
}
