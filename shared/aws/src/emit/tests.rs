use crate::testing::{Reply, Wire, aws_on};
use domain::told::{Slice, SweepTold, Told};
use domain::{ClusterName, Fault};
use ports::Emit;
use serde_json::{Value, json};
use std::sync::Mutex;

fn wish(index: u32) -> Told {
    let cluster: ClusterName = "web".parse().unwrap();
    Told::SweepWanted(SweepTold { cluster, slice: Slice { index, of: 100 }, tags: Vec::new() })
}

fn wishes(count: u32) -> Vec<Told> {
    (0..count).map(wish).collect()
}

fn entries(body: &str) -> Vec<Value> {
    let body: Value = serde_json::from_str(body).unwrap();
    body["Entries"].as_array().unwrap().clone()
}

/// The numbers of the slices that a request carries.
fn indices(body: &str) -> Vec<u64> {
    let detail = |entry: &Value| -> Value {
        serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap()
    };
    let number = |entry: &Value| detail(entry)["slice"]["index"].as_u64().unwrap();
    entries(body).iter().map(number).collect()
}

fn taken() -> Value {
    json!({ "EventId": "e" })
}

fn answer(entries: &[Value]) -> Reply {
    let failed = entries.iter().filter(|entry| entry.get("EventId").is_none()).count();
    Reply::ok(json!({ "FailedEntryCount": failed, "Entries": entries }).to_string())
}

/// Everything is taken.
fn all(body: &str) -> Reply {
    answer(&vec![taken(); entries(body).len()])
}

async fn emit(
    bus: Option<&str>,
    told: &[Told],
    answers: impl Fn(&str) -> Reply + Send + Sync + 'static,
) -> (Result<(), Fault>, Wire) {
    let (aws, wire) = aws_on(bus, move |operation, body| {
        assert_eq!(operation, "PutEvents");
        answers(body)
    });
    (aws.emit(told).await, wire)
}

#[tokio::test]
async fn an_event_is_ours_and_goes_to_the_bus_that_was_named() {
    let (done, wire) = emit(Some("ops"), &wishes(1), all).await;
    assert_eq!(done, Ok(()));
    let entry = &entries(&wire.asked("PutEvents")[0])[0];
    assert_eq!(
        [&entry["Source"], &entry["DetailType"], &entry["EventBusName"]],
        ["muster", "Sweep Wanted", "ops"]
    );
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    let slice = json!({ "index": 0, "of": 100 });
    assert_eq!(detail, json!({ "version": "1", "cluster": "web", "slice": slice }));
}

#[tokio::test]
async fn no_call_is_made_without_a_bus_or_without_an_event() {
    for (bus, told) in [(None, wishes(3)), (Some("ops"), Vec::new())] {
        let (done, wire) = emit(bus, &told, all).await;
        assert_eq!(done, Ok(()));
        assert!(wire.operations().is_empty(), "{bus:?}");
    }
}

#[tokio::test]
async fn ten_go_together_and_all_in_order() {
    let (done, wire) = emit(Some("ops"), &wishes(23), all).await;
    assert_eq!(done, Ok(()));
    let sent: Vec<Vec<u64>> = wire.asked("PutEvents").iter().map(|body| indices(body)).collect();
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
    assert_eq!(sent.concat(), (0..23).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_request_stays_below_what_a_bus_takes() {
    let cluster: ClusterName = "web".parse().unwrap();
    let long = domain::told::HostTold {
        cluster,
        group: None,
        instance_id: crate::testing::HOST.parse().unwrap(),
        at: "2026-03-04T05:06:07Z".parse().unwrap(),
        because: "x".repeat(100_000),
        registration: None,
        waited_seconds: None,
        cause: None,
        remedy: None,
    };
    let told = vec![Told::HostDraining(long); 5];
    let (done, wire) = emit(Some("ops"), &told, all).await;
    assert_eq!(done, Ok(()));
    let sent: Vec<usize> = wire.asked("PutEvents").iter().map(|body| entries(body).len()).collect();
    assert_eq!(sent, [2, 2, 1]);
}

/// Refuses the odd slices the first so many times.
fn odd_ones_fail(times: u32) -> impl Fn(&str) -> Reply + Send + Sync {
    let left = Mutex::new(times);
    move |body| {
        let mut left = left.lock().unwrap();
        let failing = *left > 0;
        *left = left.saturating_sub(1);
        let bad = json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "slow down" });
        let one = |index: &u64| if failing && index % 2 == 1 { bad.clone() } else { taken() };
        answer(&indices(body).iter().map(one).collect::<Vec<_>>())
    }
}

#[tokio::test]
async fn what_was_not_taken_is_put_once_more_and_nothing_else_is() {
    let (done, wire) = emit(Some("ops"), &wishes(4), odd_ones_fail(1)).await;
    assert_eq!(done, Ok(()));
    let sent: Vec<Vec<u64>> = wire.asked("PutEvents").iter().map(|body| indices(body)).collect();
    assert_eq!(sent, [vec![0, 1, 2, 3], vec![1, 3]]);
}

#[tokio::test]
async fn what_is_not_taken_twice_is_a_fault_and_the_next_batch_has_its_try() {
    let (done, wire) = emit(Some("ops"), &wishes(12), odd_ones_fail(2)).await;
    let fault = done.unwrap_err();
    assert_eq!(fault.label(), "partial");
    assert!(fault.to_string().contains("5 of 10") && fault.to_string().contains("Throttling"));
    assert_eq!(wire.asked("PutEvents").len(), 3);
}

#[tokio::test]
async fn an_answer_that_is_not_about_every_event_is_no_success() {
    for body in ["{}", r#"{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}"#] {
        let (done, _) = emit(Some("ops"), &wishes(2), move |_| Reply::ok(body)).await;
        assert_eq!(done.unwrap_err().label(), "partial", "{body}");
    }
}

#[tokio::test]
async fn a_call_that_is_not_allowed_is_told_as_that() {
    let denied = r#"{"__type":"AccessDeniedException","message":"no"}"#;
    let (done, _) = emit(Some("ops"), &wishes(1), move |_| Reply::Http(400, denied.into())).await;
    assert_eq!(done.unwrap_err().label(), "forbidden");
}
