use crate::engine::{LocalAws, Weather};
use crate::happening::Happening;
use crate::testing::{Does, Seen, local_aws};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const TEMPLATE: &str = "
Resources:
  Drainer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/host-drainer/
      EventInvokeConfig:
        MaximumRetryAttempts: 2
        MaximumEventAgeInSeconds: 21600
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Failures.Arn } }
      Events:
        Terminating:
          Type: EventBridgeRule
          Properties:
            Pattern: { source: [aws.autoscaling], detail-type: [EC2 Instance-terminate Lifecycle Action] }
  Failures: { Type: AWS::SQS::Queue }
";

const CLOCKS: &str = "
Resources:
  Reconciler:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/reconciler/
      Events:
        Default: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }
        Rule: { Type: Schedule, Properties: { Schedule: x, ScheduleExpression: rate(2 minutes) } }
        Off: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute), State: DISABLED } }
        Own:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: rate(1 hour)
            Input: '{\"at\":\"<aws.scheduler.scheduled-time>\"}'
";

fn sample(name: &str) -> Value {
    let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn terminating() -> Value {
    sample("asg-terminate-lifecycle-action")
}

type Payloads = Arc<Mutex<Vec<Value>>>;

/// A local AWS whose functions keep what they get and then do as told.
async fn keeping(
    template: &str,
    does: impl Fn(Seen) -> Does + Send + Sync + 'static,
) -> (LocalAws, Payloads) {
    let payloads = Payloads::default();
    let keep = Arc::clone(&payloads);
    let local = local_aws(template, move |seen| {
        keep.lock().unwrap().push(seen.payload.clone());
        does(seen)
    });
    (local.await, payloads)
}

fn now(local: &LocalAws) -> Timestamp {
    local.world(|world| world.core.now())
}

#[tokio::test]
async fn an_event_goes_whole_to_the_function_whose_rule_matches() {
    let (local, payloads) = keeping(TEMPLATE, |_| Does::Answer(Value::Null)).await;
    let mut happenings = local.subscribe();
    local.put_event(terminating());
    local.put_event(sample("asg-launch-lifecycle-action"));
    local.settle().await;
    assert_eq!(*payloads.lock().unwrap(), [terminating()]);
    let said: Vec<_> = std::iter::from_fn(|| happenings.try_recv().ok())
        .filter_map(|one| match one {
            Happening::EventSaid { delivered_to, .. } => Some(delivered_to),
            _ => None,
        })
        .collect();
    assert_eq!(said, [vec!["host-drainer".to_owned()], vec![]]);
}

#[tokio::test]
async fn what_the_world_says_is_delivered() {
    let (local, payloads) = keeping(TEMPLATE, |_| Does::Answer(Value::Null)).await;
    local.world(|world| {
        let kind = "EC2 Instance-terminate Lifecycle Action";
        world.core.say("aws.autoscaling", kind, &[], json!({ "EC2InstanceId": "i-1" }));
    });
    local.settle().await;
    assert_eq!(payloads.lock().unwrap()[0]["detail"]["EC2InstanceId"], "i-1");
}

#[tokio::test]
async fn an_event_that_always_fails_is_tried_three_times_and_then_kept() {
    let error = json!({ "errorType": "Broken", "errorMessage": "always" });
    let answer = error.clone();
    let (local, payloads) = keeping(TEMPLATE, move |_| Does::Fail(answer.clone())).await;
    let start = now(&local);
    local.put_event(terminating());
    local.settle().await;
    assert_eq!((payloads.lock().unwrap().len(), now(&local)), (1, start));
    local.run_for(SignedDuration::from_secs(60)).await;
    assert_eq!(payloads.lock().unwrap().len(), 2);
    local.run_for(SignedDuration::from_secs(119)).await;
    assert_eq!((payloads.lock().unwrap().len(), local.queue("Failures").len()), (2, 0));
    local.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(*payloads.lock().unwrap(), [terminating(), terminating(), terminating()]);

    let queue = local.queue("Failures");
    let mut expected = sample("lambda-async-onfailure-destination-record");
    expected["timestamp"] = json!("2026-03-04T05:03:00.000Z");
    expected["requestContext"]["requestId"] = queue[0]["requestContext"]["requestId"].clone();
    expected["requestContext"]["functionArn"] =
        json!("arn:aws:lambda:us-west-2:123456789012:function:muster-Drainer:$LATEST");
    expected["responsePayload"] = error;
    assert_eq!(queue, [expected]);
    local.run_for(SignedDuration::from_hours(12)).await;
    assert_eq!(payloads.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn an_event_that_gets_too_old_is_not_tried_again() {
    let young = TEMPLATE.replace("21600", "100");
    let (local, payloads) = keeping(&young, |_| Does::Fail(json!({}))).await;
    local.put_event(terminating());
    local.run_for(SignedDuration::from_hours(1)).await;
    assert_eq!(payloads.lock().unwrap().len(), 2);
    let queue = local.queue("Failures");
    assert_eq!(queue[0]["requestContext"]["condition"], "EventAgeExceeded");
}

#[tokio::test]
async fn a_retry_that_succeeds_ends_it() {
    let count = Mutex::new(0);
    let (local, payloads) = keeping(TEMPLATE, move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count == 1 { Does::Fail(json!({})) } else { Does::Answer(Value::Null) }
    })
    .await;
    local.put_event(terminating());
    local.run_for(SignedDuration::from_hours(1)).await;
    assert_eq!((payloads.lock().unwrap().len(), local.queue("Failures").len()), (2, 0));
}

#[tokio::test]
async fn schedules_tick_by_world_time_with_what_their_service_sends() {
    let (local, payloads) = keeping(CLOCKS, |_| Does::Answer(Value::Null)).await;
    local.run_for(SignedDuration::from_mins(2)).await;
    let payloads = std::mem::take(&mut *payloads.lock().unwrap());
    let (rule, scheduler): (Vec<_>, Vec<_>) =
        payloads.iter().partition(|payload| payload["source"] == "aws.events");
    let times: Vec<_> = scheduler.iter().map(|payload| &payload["time"]).collect();
    assert_eq!(times, ["2026-03-04T05:01:00Z", "2026-03-04T05:02:00Z"]);
    for (found, file) in
        [(scheduler[0], "scheduler-default-payload"), (rule[0], "scheduled-rate-rule")]
    {
        let mut expected = sample(file);
        for name in ["id", "time", "region", "resources"] {
            expected[name] = found[name].clone();
        }
        assert_eq!(*found, expected);
    }
    assert_eq!(
        scheduler[0]["resources"][0],
        "arn:aws:scheduler:us-west-2:123456789012:schedule/default/ReconcilerDefault"
    );
}

#[tokio::test]
async fn a_schedules_own_input_is_sent_with_its_time() {
    let (local, payloads) = keeping(CLOCKS, |_| Does::Answer(Value::Null)).await;
    local.run_for(SignedDuration::from_hours(1)).await;
    assert!(payloads.lock().unwrap().contains(&json!({ "at": "2026-03-04T06:00:00Z" })));
}

#[tokio::test]
async fn the_weather_can_lose_double_and_delay_events() {
    let (local, payloads) = keeping(TEMPLATE, |_| Does::Answer(Value::Null)).await;
    let seen = || payloads.lock().unwrap().len();
    local.set_weather(Weather::DropAll);
    local.put_event(terminating());
    local.settle().await;
    assert_eq!((seen(), local.dropped_events()), (0, 1));
    local.set_weather(Weather::DoubleAll);
    local.put_event(terminating());
    local.settle().await;
    assert_eq!(seen(), 2);
    local.set_weather(Weather::Late(SignedDuration::from_secs(30)));
    local.put_event(terminating());
    local.run_for(SignedDuration::from_secs(29)).await;
    assert_eq!(seen(), 2);
    local.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!((seen(), local.dropped_events()), (3, 1));
}

#[tokio::test]
async fn waiting_ends_when_the_condition_holds_or_time_is_up() {
    let (local, _) = keeping(CLOCKS, |_| Does::Answer(Value::Null)).await;
    let start = now(&local);
    let two = start + SignedDuration::from_mins(2);
    let hour = SignedDuration::from_hours(1);
    local.run_until(hour, |world| world.core.now() >= two).await.unwrap();
    assert_eq!(now(&local), two);
    let error = local.run_until(hour, |_| false).await.unwrap_err();
    assert_eq!((error.limit, error.now), (hour, two + hour));
}

#[tokio::test]
async fn lambda_can_be_invoked_over_the_wire() {
    let (local, payloads) = keeping(TEMPLATE, |_| Does::Answer(json!({ "ok": true }))).await;
    let post = |name: &str, kind: &'static str| {
        let url = format!("{}/2015-03-31/functions/{name}/invocations", local.endpoint());
        async move { crate::testing::send("POST", &url, &[("x-amz-invocation-type", kind)], "{}").await }
    };
    let answered = post("muster-Drainer", "RequestResponse").await;
    assert_eq!(
        (answered.status().as_u16(), answered.body().as_ref()),
        (200, &br#"{"ok":true}"#[..])
    );
    assert_eq!(post("muster-Drainer", "Event").await.status(), 202);
    local.settle().await;
    assert_eq!(payloads.lock().unwrap().len(), 2);
    let nobody = post("nobody", "Event").await;
    assert_eq!(
        (nobody.status().as_u16(), &nobody.headers()["x-amzn-errortype"]),
        (404, &"ResourceNotFoundException".parse().unwrap())
    );
}
