use super::{CloudFormationError, Stack};
use crate::engine::LocalAws;
use crate::testing::{Does, Seen, local_aws};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const TEMPLATE: &str = "
Resources:
  Roles:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: functions/cluster-roles/ }
";

type Requests = Arc<Mutex<Vec<Value>>>;

async fn local(does: impl Fn(Seen) -> Does + Send + Sync + 'static) -> (LocalAws, Requests) {
    let requests = Requests::default();
    let keep = Arc::clone(&requests);
    let local = local_aws(TEMPLATE, move |seen| {
        keep.lock().unwrap().push(seen.payload.clone());
        does(seen)
    });
    (local.await, requests)
}

fn answer(request: &Value, more: &Value) -> Value {
    let mut answer = json!({
        "Status": "SUCCESS",
        "PhysicalResourceId": "cluster-roles:prod",
        "StackId": request["StackId"],
        "RequestId": request["RequestId"],
        "LogicalResourceId": request["LogicalResourceId"],
    });
    for (name, value) in more.as_object().unwrap() {
        answer[name] = value.clone();
    }
    answer
}

fn put(request: &Value, body: &Value) -> Does {
    let url = request["ResponseURL"].as_str().unwrap().to_owned();
    Does::Put { url, headers: vec![("content-type", "")], body: body.to_string() }
}

fn roles(local: &LocalAws) -> Stack {
    Stack::new(local, "cluster-roles", "Custom::ClusterRoles", "ClusterRoles").unwrap()
}

#[tokio::test]
async fn a_resource_lives_through_create_update_and_delete() {
    let (local, requests) =
        local(|seen| put(&seen.payload, &answer(&seen.payload, &json!({})))).await;
    let mut stack = roles(&local);
    assert_eq!(stack.update(json!({})).await, Err(CloudFormationError::NothingThere("update")));
    let properties =
        json!({ "Cluster": "prod", "Spot": true, "Session": 3600, "Tags": [{ "N": 1 }] });
    stack.create(properties).await.unwrap();
    assert_eq!(stack.physical_id(), Some("cluster-roles:prod"));
    stack.update(json!({ "Cluster": "prod" })).await.unwrap();
    stack.delete().await.unwrap();
    assert_eq!(stack.physical_id(), None);

    let requests = requests.lock().unwrap();
    let kinds: Vec<_> = requests.iter().map(|request| &request["RequestType"]).collect();
    assert_eq!(kinds, ["Create", "Update", "Delete"]);
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:muster-Roles";
    let first = json!({
        "ServiceToken": arn, "Cluster": "prod", "Spot": "true", "Session": "3600", "Tags": [{ "N": "1" }],
    });
    assert_eq!(requests[0]["ResourceProperties"], first);
    assert!(requests[0].get("PhysicalResourceId").is_none());
    assert_eq!(requests[1]["OldResourceProperties"], first);
    assert_eq!(requests[2]["PhysicalResourceId"], "cluster-roles:prod");
    assert!(requests[0]["ResponseURL"].as_str().unwrap().contains("&X-Amz-Signature="));
}

#[tokio::test]
async fn another_physical_id_replaces_the_resource() {
    let (local, requests) = local(|seen| {
        let id =
            format!("roles:{}", seen.payload["ResourceProperties"]["Cluster"].as_str().unwrap());
        put(&seen.payload, &answer(&seen.payload, &json!({ "PhysicalResourceId": id })))
    })
    .await;
    let mut stack = roles(&local);
    stack.create(json!({ "Cluster": "a" })).await.unwrap();
    stack.update(json!({ "Cluster": "b" })).await.unwrap();
    assert_eq!(stack.physical_id(), Some("roles:b"));
    let last = requests.lock().unwrap().pop().unwrap();
    assert_eq!(
        (&last["RequestType"], &last["PhysicalResourceId"]),
        (&json!("Delete"), &json!("roles:a"))
    );
}

#[tokio::test]
async fn a_failure_is_told_with_its_reason() {
    let (local, _) = local(|seen| {
        let failed = json!({ "Status": "FAILED", "Reason": "no cluster" });
        put(&seen.payload, &answer(&seen.payload, &failed))
    })
    .await;
    let error = roles(&local).create(json!({})).await.unwrap_err();
    let physical_id = "cluster-roles:prod".to_owned();
    assert_eq!(error, CloudFormationError::Failed { reason: "no cluster".to_owned(), physical_id });
}

#[tokio::test]
async fn a_put_with_a_content_type_is_refused_and_no_answer() {
    let (local, requests) = local(|seen| {
        let url = seen.payload["ResponseURL"].as_str().unwrap().to_owned();
        let body = answer(&seen.payload, &json!({})).to_string();
        Does::Put { url, headers: vec![("content-type", "application/json")], body }
    })
    .await;
    let mut stack = roles(&local);
    let properties = json!({ "ServiceTimeout": 300 });
    let error = stack.create(properties).await.unwrap_err();
    assert_eq!(error, CloudFormationError::NoAnswer(SignedDuration::from_secs(300)));
    assert_eq!(requests.lock().unwrap().len(), 1);
    // CloudFormation makes up an id for what it must delete now.
    assert!(stack.physical_id().unwrap().starts_with("local-ClusterRoles-"));
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let (local, _) = local(|seen| {
        let url =
            seen.payload["ResponseURL"].as_str().unwrap().replace("Signature=", "Signature=0");
        let body = answer(&seen.payload, &json!({})).to_string();
        Does::Put { url, headers: vec![], body }
    })
    .await;
    assert!(matches!(roles(&local).create(json!({})).await, Err(CloudFormationError::NoAnswer(_))));
}

#[tokio::test]
async fn a_function_that_fails_at_first_answers_in_a_retry() {
    let count = Mutex::new(0);
    let (local, requests) = local(move |seen| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count < 3 {
            Does::Fail(json!({}))
        } else {
            put(&seen.payload, &answer(&seen.payload, &json!({})))
        }
    })
    .await;
    let start = local.world(|world| world.core.now());
    roles(&local).create(json!({})).await.unwrap();
    let took = local.world(|world| world.core.now()).duration_since(start);
    assert_eq!(took, SignedDuration::from_secs(180));
    let requests = requests.lock().unwrap();
    assert!(requests.iter().all(|request| *request == requests[0]));
}

#[tokio::test]
async fn a_request_can_come_twice() {
    let (local, requests) =
        local(|seen| put(&seen.payload, &answer(&seen.payload, &json!({})))).await;
    let mut stack = roles(&local);
    let first = stack.create(json!({ "Cluster": "prod" })).await.unwrap();
    assert_eq!(stack.redeliver().await.unwrap(), first);
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1]);
}
