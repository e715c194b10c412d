use crate::engine::{LocalAws, StartError};
use crate::happening::Happening;
use crate::template::Template;
use crate::testing::{Does, local_aws, send, setup};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const ONE: &str = "
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/NAME
      Timeout: 1
      Environment: { Variables: { MUSTER_MODE: act, AWS_REGION: mars } }
";

async fn with_binary(name: &str) -> Result<LocalAws, StartError> {
    let template = Template::read(&ONE.replace("NAME", name), &BTreeMap::new()).unwrap();
    LocalAws::start(setup(template)).await
}

#[tokio::test]
async fn a_function_gets_its_event_and_its_answer_comes_back() {
    let local = local_aws(ONE, |seen| Does::Answer(json!({ "got": seen.payload }))).await;
    for name in ["Echo", "NAME", "muster-Echo"] {
        let invocation = local.invoke(name, br#"{"a":1}"#.to_vec()).await.unwrap();
        assert_eq!(invocation.result, Ok(json!({ "got": { "a": 1 } })));
        assert_eq!(invocation.function, "NAME");
    }
    assert!(local.invoke("Nobody", Vec::new()).await.is_err());
}

#[tokio::test]
async fn a_function_sees_lambdas_environment_and_headers() {
    let seen = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&seen);
    let local = local_aws(ONE, move |now| {
        *keep.lock().unwrap() = Some(now);
        Does::Answer(Value::Null)
    })
    .await;
    let before =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let invocation = local.invoke("Echo", b"{}".to_vec()).await.unwrap();
    let seen = seen.lock().unwrap().take().unwrap();
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "muster-Echo"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "us-west-2"),
        ("AWS_ENDPOINT_URL", &local.endpoint()),
        ("MUSTER_MODE", "act"),
    ] {
        assert_eq!(seen.environment[name], value, "{name}");
    }
    assert!(!seen.environment.contains_key("HOME"));
    let header = |name: &str| seen.headers[name].to_str().unwrap();
    assert_eq!(header("lambda-runtime-aws-request-id"), invocation.request_id);
    assert_eq!(
        header("lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:us-west-2:123456789012:function:muster-Echo"
    );
    let deadline: u128 = header("lambda-runtime-deadline-ms").parse().unwrap();
    assert!(deadline >= before + 1000, "{deadline} against {before}");
    assert!(header("lambda-runtime-trace-id").starts_with("Root=1-"));
}

#[tokio::test]
async fn an_error_of_the_function_is_the_result() {
    let error = json!({ "errorType": "Unreadable", "errorMessage": "no detail" });
    let answer = error.clone();
    let local = local_aws(ONE, move |_| Does::Fail(answer.clone())).await;
    assert_eq!(local.invoke("Echo", b"{}".to_vec()).await.unwrap().result, Err(error));
}

#[tokio::test]
async fn a_process_that_exits_is_an_error_and_its_lines_are_kept() {
    let local = with_binary("exits").await.unwrap();
    let mut happenings = local.subscribe();
    for _ in 0..2 {
        let invocation = local.invoke("Echo", b"{}".to_vec()).await.unwrap();
        let error = invocation.result.unwrap_err();
        assert_eq!(error["errorType"], "Runtime.ExitError");
        assert!(error["errorMessage"].as_str().unwrap().ends_with("exit status 3"), "{error}");
        assert_eq!(invocation.log, [json!({ "level": "ERROR", "code": 3 }), json!("plain text")]);
    }
    let told: Vec<_> = std::iter::from_fn(|| happenings.try_recv().ok()).collect();
    let lines = told.iter().filter(|one| matches!(one, Happening::Log { .. })).count();
    let failed =
        told.iter().filter(|one| matches!(one, Happening::Finished { ok: false, .. })).count();
    assert_eq!((lines, failed), (4, 2));
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed() {
    // The runtime of this function lives in the test and never answers what it fetched.
    let local = with_binary("hangs").await.unwrap();
    let mut happenings = local.subscribe();
    let invoked = tokio::spawn({
        let local = local.clone();
        async move { local.invoke("Echo", b"{}".to_vec()).await.unwrap() }
    });
    let api = loop {
        if let Happening::Log { line: Value::String(api), .. } = happenings.recv().await.unwrap() {
            break api;
        }
    };
    let next = format!("http://{api}/2018-06-01/runtime/invocation/next");
    let id = send("GET", &next, &[], "").await.headers()["lambda-runtime-aws-request-id"].clone();
    let invocation = invoked.await.unwrap();
    assert_eq!(id, invocation.request_id.as_str());
    let error = invocation.result.unwrap_err();
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(error["errorMessage"].as_str().unwrap().ends_with("Task timed out after 1.00 seconds"));
}

#[tokio::test]
async fn a_missing_binary_is_found_at_the_start() {
    let error = with_binary("nowhere").await.unwrap_err();
    assert!(matches!(error, StartError::NoBinary { function, .. } if function == "nowhere"));
}
