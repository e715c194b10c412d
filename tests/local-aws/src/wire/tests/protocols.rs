use super::{local, query, target, text};
use crate::happening::Happening;
use crate::testing::send;
use serde_json::{Value, json};

#[tokio::test]
async fn every_answer_has_the_worlds_date_and_only_that() {
    let local = local().await;
    let ok = query(&local, "sts", "Action=GetCallerIdentity&Version=2011-06-15").await;
    let nothing = send("GET", &format!("{}/nowhere", local.endpoint()), &[], "").await;
    assert_eq!((ok.status().as_u16(), nothing.status().as_u16()), (200, 404));
    for response in [ok, nothing] {
        let dates: Vec<_> = response.headers().get_all("date").iter().collect();
        assert_eq!(dates, ["Wed, 04 Mar 2026 05:00:00 GMT"]);
    }
    local.world(|world| world.advance_to("2026-03-05T00:00:01Z".parse().unwrap()));
    let later = query(&local, "sts", "Action=GetCallerIdentity").await;
    assert_eq!(later.headers()["date"], "Thu, 05 Mar 2026 00:00:01 GMT");
}

#[tokio::test]
async fn sts_says_who_calls() {
    let response = query(&local().await, "sts", "Action=GetCallerIdentity").await;
    assert!(
        text(&response).starts_with("<GetCallerIdentityResponse xmlns="),
        "{}",
        text(&response)
    );
    assert!(text(&response).contains("<Account>123456789012</Account>"));
    assert!(text(&response).contains("agent-verifier"));
    assert!(response.headers().contains_key("x-amzn-requestid"));
}

#[tokio::test]
async fn what_does_not_exist_is_an_error_of_its_protocol() {
    let local = local().await;
    let json = target(&local, "DynamoDB_20120810.ListTables", json!({})).await;
    assert_eq!(json.status(), 400);
    assert_eq!(
        serde_json::from_slice::<Value>(json.body()).unwrap()["__type"],
        "UnknownOperationException"
    );
    let xml = query(&local, "sqs", "Action=ListQueues&Version=2012-11-05").await;
    assert_eq!(xml.status(), 400);
    assert!(text(&xml).contains("<Code>InvalidAction</Code>"), "{}", text(&xml));
    for service in ["iam", "autoscaling", "ec2"] {
        let answer = query(&local, service, "Action=PaintItBlack").await;
        assert_eq!(answer.status(), 400, "{service}: {}", text(&answer));
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_serialization_error() {
    let local = local().await;
    let target = [("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListClusters")];
    let answer = send("POST", &local.endpoint(), &target, "{").await;
    assert_eq!(answer.status(), 400);
    assert_eq!(
        text(&answer),
        r#"{"__type":"SerializationException","message":"The request is not JSON."}"#
    );
}

#[tokio::test]
async fn every_call_is_told_with_its_caller_and_its_error() {
    let local = local().await;
    let mut happenings = local.subscribe();
    query(&local, "sts", "Action=GetCallerIdentity").await;
    target(&local, "AmazonEC2ContainerServiceV20141113.PaintItBlack", json!({})).await;
    let Happening::Call { service, operation, caller, error, .. } = happenings.try_recv().unwrap()
    else {
        panic!("not a call")
    };
    assert_eq!((service.as_str(), operation.as_str()), ("sts", "GetCallerIdentity"));
    assert_eq!((caller.as_str(), error), ("agent-verifier", None));
    let Happening::Call { service, operation, caller, error, .. } = happenings.try_recv().unwrap()
    else {
        panic!("not a call")
    };
    assert_eq!((service.as_str(), operation.as_str()), ("ecs", "PaintItBlack"));
    assert_eq!(caller, "anonymous");
    assert!(error.is_some());
}
