use super::TemplateStack;
use crate::engine::LocalAws;
use crate::testing::{Does, Seen, local_aws};
use crate::world::Service;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const FUNCTIONS: &str = "
Resources:
  Maker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: functions/maker/ }
Outputs:
  MakerArn: { Value: !GetAtt Maker.Arn, Export: { Name: !Sub '${AWS::StackName}-MakerArn' } }
";

const TEMPLATE: &str = "
Parameters:
  Subnets: { Type: List<AWS::EC2::Subnet::Id>, Default: 'subnet-1,subnet-2' }
  Hosts: { Type: Number, Default: 1, MinValue: 1, MaxValue: 3 }
  Word: { Type: String, Default: good }
  Extra: { Type: String, Default: 'false', AllowedValues: ['false', 'true'] }
Conditions:
  HasExtra: !Equals [!Ref Extra, 'true']
Resources:
  Cluster: { Type: AWS::ECS::Cluster }
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        InstanceType: m7g.large
        UserData: { Fn::Base64: !Sub 'ECS_CLUSTER=${Cluster}' }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: !Ref Hosts
      MaxSize: 3
      VPCZoneIdentifier: !Ref Subnets
      LaunchTemplate:
        { LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber }
      LifecycleHookSpecificationList:
        - LifecycleHookName: leave
          LifecycleTransition: autoscaling:EC2_INSTANCE_TERMINATING
          HeartbeatTimeout: 300
  Made:
    Type: Custom::Made
    Properties:
      ServiceToken: { Fn::ImportValue: muster-MakerArn }
      Name: !Ref Cluster
      Word: !Ref Word
      Group: !Ref Group
  Definition:
    Type: AWS::ECS::TaskDefinition
    Condition: HasExtra
    Properties:
      ContainerDefinitions: [{ Name: main, Image: !GetAtt Made.Image, Memory: 64 }]
  Service:
    Type: AWS::ECS::Service
    Condition: HasExtra
    Properties: { Cluster: !Ref Cluster, TaskDefinition: !Ref Definition, DesiredCount: !Ref Hosts }
Outputs:
  Image: { Value: !GetAtt Made.Image }
  ServiceName: { Condition: HasExtra, Value: !GetAtt Service.Name }
";

type Requests = Arc<Mutex<Vec<Value>>>;

/// A function that makes what is asked for, unless the word is bad.
async fn local() -> (LocalAws, Requests) {
    let requests = Requests::default();
    let keep = Arc::clone(&requests);
    let local = local_aws(FUNCTIONS, move |Seen { payload, .. }| {
        keep.lock().unwrap().push(payload.clone());
        let word = payload["ResourceProperties"]["Word"].as_str().unwrap();
        let bad = word == "bad" && payload["RequestType"] != "Delete";
        let mut answer = json!({
            "Status": if bad { "FAILED" } else { "SUCCESS" },
            "Reason": "a bad word",
            "PhysicalResourceId": format!("made:{word}"),
            "Data": { "Image": format!("image-{word}") },
        });
        for name in ["StackId", "RequestId", "LogicalResourceId"] {
            answer[name] = payload[name].clone();
        }
        let url = payload["ResponseURL"].as_str().unwrap().to_owned();
        Does::Put { url, headers: vec![], body: answer.to_string() }
    });
    (local.await, requests)
}

fn stack(local: &LocalAws, parameters: &[(&str, &str)]) -> TemplateStack {
    TemplateStack::new(local, "web", TEMPLATE, parameters).unwrap()
}

/// Type and physical id of each request so far.
fn told(requests: &Requests) -> Vec<String> {
    let all = std::mem::take(&mut *requests.lock().unwrap());
    let one = |request: &Value| {
        let id = request["PhysicalResourceId"].as_str().unwrap_or("-");
        format!("{} {id}", request["RequestType"].as_str().unwrap())
    };
    all.iter().map(one).collect()
}

fn size(local: &LocalAws, stack: &TemplateStack) -> i64 {
    let id = stack.physical_id("Group").unwrap();
    local.world(|world| world.autoscaling.group(id).unwrap().size.min)
}

/// That nothing is left of any stack.
fn is_clean(local: &LocalAws) -> bool {
    local.world(|world| {
        let clusters = world.call(Service::Ecs, "ListClusters", &json!({})).unwrap();
        world.autoscaling.groups().count() == 0 && clusters["clusterArns"] == json!([])
    })
}

#[tokio::test]
async fn a_stack_is_made_and_its_hosts_leave_through_their_hook_before_it_is_gone() {
    let (local, requests) = local().await;
    let mut stack = stack(&local, &[("Extra", "true")]);
    stack.create().await.unwrap();
    assert_eq!(stack.status().unwrap(), "CREATE_COMPLETE");
    let outputs = stack.outputs().unwrap();
    assert_eq!(outputs["Image"], "image-good");
    assert!(outputs["ServiceName"].starts_with("web-Service-"), "{outputs:?}");
    let cluster = stack.physical_id("Cluster").unwrap().to_owned();
    let properties = requests.lock().unwrap()[0]["ResourceProperties"].clone();
    assert_eq!((&properties["Name"], &properties["Word"]), (&json!(cluster), &json!("good")));

    let start = local.world(|world| world.core.now());
    stack.delete().await.unwrap();
    assert_eq!(stack.status().unwrap(), "DELETE_COMPLETE");
    assert_eq!(told(&requests), ["Create -", "Delete made:good"]);
    let took = local.world(|world| world.core.now()).duration_since(start);
    assert!(took >= SignedDuration::from_secs(300), "{took}");
    assert!(is_clean(&local));
}

#[tokio::test]
async fn a_create_that_fails_is_rolled_back_from_the_last_made_to_the_first() {
    for last_first in [false, true] {
        let (local, requests) = local().await;
        let mut stack = stack(&local, &[("Word", "bad")]);
        if last_first {
            stack = stack.in_another_order();
        }
        let error = stack.create().await.unwrap_err();
        assert_eq!(error.to_string(), "ROLLBACK_COMPLETE: Made: a bad word");
        assert_eq!(told(&requests), ["Create -", "Delete made:bad"]);
        assert!(is_clean(&local));
    }
}

#[tokio::test]
async fn an_update_changes_what_differs_and_replaces_what_must_be() {
    let (local, requests) = local().await;
    let mut stack = stack(&local, &[]);
    stack.create().await.unwrap();
    let group = stack.physical_id("Group").unwrap().to_owned();
    let more = [("Hosts", "2"), ("Word", "better"), ("Extra", "true")];
    stack.update(&more).await.unwrap();
    assert_eq!(stack.status().unwrap(), "UPDATE_COMPLETE");
    assert_eq!((size(&local, &stack), stack.physical_id("Group")), (2, Some(group.as_str())));
    assert_eq!(told(&requests), ["Create -", "Update made:good", "Delete made:good"]);
    let first = stack.physical_id("Definition").unwrap().to_owned();

    // Another image is another revision; the service runs on it, and the old one is struck off.
    stack.update(&[("Word", "best")]).await.unwrap();
    let asked = json!({ "taskDefinition": first });
    let old =
        local.world(|world| world.call(Service::Ecs, "DescribeTaskDefinition", &asked)).unwrap();
    assert_eq!(old["taskDefinition"]["status"], "INACTIVE");
    assert_ne!(stack.physical_id("Definition"), Some(first.as_str()));

    // What is no longer wanted goes at the end.
    stack.update(&[("Extra", "false")]).await.unwrap();
    assert_eq!(stack.physical_id("Service"), None);
    stack.delete().await.unwrap();
    assert!(is_clean(&local));
}

#[tokio::test]
async fn an_update_that_fails_is_rolled_back() {
    let (local, requests) = local().await;
    let mut stack = stack(&local, &[]);
    stack.create().await.unwrap();
    let error = stack.update(&[("Hosts", "2"), ("Word", "bad")]).await.unwrap_err();
    assert_eq!(error.to_string(), "UPDATE_ROLLBACK_COMPLETE: Made: a bad word");
    assert_eq!((size(&local, &stack), stack.physical_id("Made")), (1, Some("made:good")));
    assert_eq!(told(&requests), ["Create -", "Update made:good", "Update made:good"]);
    let bad = stack.update(&[("Hosts", "9")]).await.unwrap_err();
    assert_eq!(bad.resource, "Hosts");
    // The next update begins from what is there.
    stack.update(&[("Hosts", "2")]).await.unwrap();
    assert_eq!(size(&local, &stack), 2);
    stack.delete().await.unwrap();
    assert!(is_clean(&local));
}

#[tokio::test]
async fn what_is_not_modelled_is_told_before_anything_is_made() {
    let (local, _) = local().await;
    let changed = |from: &str, to: &str| {
        assert!(TEMPLATE.contains(from));
        TemplateStack::new(&local, "web", &TEMPLATE.replace(from, to), &[]).unwrap_err().path
    };
    assert_eq!(changed("AWS::ECS::Cluster ", "AWS::EKS::Cluster "), "Resources.Cluster.Type");
    assert_eq!(changed("Default: 1", "Default: 4"), "Parameters.Hosts");
    assert_eq!(changed("'ECS_CLUSTER=${Cluster}'", "'${Made}'"), "Resources");
    let template = TEMPLATE.replace("muster-MakerArn", "other-MakerArn");
    let mut stack = TemplateStack::new(&local, "web", &template, &[]).unwrap();
    let error = stack.create().await.unwrap_err();
    assert!(error.reason.contains("No export named other-MakerArn found."), "{error}");
    let template = TEMPLATE.replace("MaxSize: 3\n", "MaxSize: 3\n      Cooldown: 1\n");
    let mut stack = TemplateStack::new(&local, "web", &template, &[]).unwrap();
    let error = stack.create().await.unwrap_err();
    assert!(error.reason.contains("Cooldown is not recognized"), "{error}");
    assert!(is_clean(&local));
}
