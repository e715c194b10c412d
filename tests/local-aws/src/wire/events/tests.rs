use crate::engine::LocalAws;
use crate::happening::Happening;
use crate::testing::{Does, local_aws, send};
use serde_json::{Value, json};

const TEMPLATE: &str = "
Parameters:
  Bus: { Type: String, Default: default }
Resources:
  Reconciler:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/reconciler/
      Events:
        Wanted:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: { source: [muster], detail-type: [Sweep Wanted] }
        Other:
          Type: EventBridgeRule
          Properties:
            EventBusName: ops
            Pattern: { source: [muster], detail-type: [Host Verified] }
";

async fn local() -> LocalAws {
    local_aws(TEMPLATE, |_| Does::Answer(Value::Null)).await
}

async fn put(local: &LocalAws, entries: Value) -> (u16, Value) {
    let headers = [("x-amz-target", "AWSEvents.PutEvents")];
    let body = json!({ "Entries": entries }).to_string();
    let answer = send("POST", &local.endpoint(), &headers, body).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

fn entry(source: &str, detail_type: &str, bus: Option<&str>) -> Value {
    let mut entry =
        json!({ "Source": source, "DetailType": detail_type, "Detail": r#"{"cluster":"web"}"# });
    if let Some(bus) = bus {
        entry["EventBusName"] = json!(bus);
    }
    entry
}

/// The events that were said and the functions that got them.
async fn said(entries: Value) -> Vec<(Value, Vec<String>)> {
    let local = local().await;
    let mut happenings = local.subscribe();
    put(&local, entries).await;
    let mut said = Vec::new();
    while let Ok(happening) = happenings.try_recv() {
        if let Happening::EventSaid { event, delivered_to, .. } = happening {
            said.push((event, delivered_to));
        }
    }
    said
}

#[tokio::test]
async fn what_is_put_goes_through_the_rules_in_aws_envelope() {
    let said = said(json!([entry("muster", "Sweep Wanted", None)])).await;
    let [(event, delivered_to)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(delivered_to, &["reconciler"]);
    let id = event["id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(
        *event,
        json!({
            "version": "0", "id": id, "detail-type": "Sweep Wanted", "source": "muster",
            "account": "123456789012", "time": "2026-03-04T05:00:00Z", "region": "us-west-2",
            "resources": [], "detail": { "cluster": "web" },
        })
    );
}

#[tokio::test]
async fn a_rule_hears_its_own_bus_alone() {
    let arn = "arn:aws:events:us-west-2:123456789012:event-bus/ops";
    let said = said(json!([
        entry("muster", "Sweep Wanted", Some("default")),
        entry("muster", "Sweep Wanted", Some("ops")),
        entry("muster", "Host Verified", Some("default")),
        entry("muster", "Host Verified", Some("ops")),
        entry("muster", "Host Verified", Some(arn)),
    ]))
    .await;
    let heard: Vec<usize> = said.iter().map(|(_, delivered_to)| delivered_to.len()).collect();
    assert_eq!(heard, [1, 0, 0, 1, 1]);
}

#[tokio::test]
async fn a_time_and_resources_are_kept() {
    let mut entry = entry("muster", "Sweep Wanted", None);
    entry["Time"] = json!(1_772_600_000.75);
    entry["Resources"] = json!(["arn:a"]);
    let said = said(json!([entry])).await;
    assert_eq!(said[0].0["time"], "2026-03-04T04:53:20Z");
    assert_eq!(said[0].0["resources"], json!(["arn:a"]));
}

#[tokio::test]
async fn an_entry_that_is_refused_leaves_the_others() {
    let local = local().await;
    let malformed = json!({ "Source": "muster", "DetailType": "x", "Detail": "[1]" });
    let nameless = json!({ "Source": "muster", "Detail": "{}" });
    let entries =
        json!([entry("aws.ec2", "x", None), entry("muster", "x", None), malformed, nameless]);
    let (status, answer) = put(&local, entries).await;
    assert_eq!((status, &answer["FailedEntryCount"]), (200, &json!(3)));
    let codes: Vec<Option<&str>> = answer["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry.get("ErrorCode").map(|code| code.as_str().unwrap()))
        .collect();
    assert_eq!(
        codes,
        [
            Some("NotAuthorizedForSourceException"),
            None,
            Some("MalformedDetail"),
            Some("InvalidArgument")
        ]
    );
    assert!(answer["Entries"][1]["EventId"].is_string());
}

#[tokio::test]
async fn too_many_or_too_much_is_refused_whole() {
    let local = local().await;
    let mut huge = entry("muster", "x", None);
    huge["Detail"] = json!(json!({ "a": "x".repeat(256 * 1024) }).to_string());
    for entries in [json!([]), json!(vec![entry("muster", "x", None); 11]), json!([huge])] {
        let (status, answer) = put(&local, entries).await;
        assert_eq!((status, &answer["__type"]), (400, &json!("ValidationException")));
    }
}
