//! What people watch Muster by: metrics, traces, and how often it is woken.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use end_to_end::acts::{ids, pass, registrations, standalone, terminate};
use end_to_end::{Stage, root};
use local_aws::Happening;
use local_aws::world::{Service, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The lines of metrics among what was heard.
fn metrics(heard: &[Happening]) -> Vec<Value> {
    let lines = heard.iter().filter_map(|one| match one {
        Happening::Log { line, .. } if line["_aws"].is_object() => Some(line.clone()),
        _ => None,
    });
    lines.collect()
}

/// The metrics of `docs/watching.md`.
fn documented() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/watching.md")).unwrap();
    let table = text.split("## Metrics").nth(1).unwrap().split("## ").next().unwrap();
    let rows = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

/// A day: two hosts join, one never does, one leaves, and nonsense comes.
async fn day(stage: &Stage) {
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
    stage.group("web", 2);
    stage.until(20, |world| end_to_end::in_service(world) == 2).await;
    standalone(stage);
    let busy = |world: &mut World| {
        let all = registrations(world);
        let busy = all.iter().find(|one| one["runningTasksCount"] == 1);
        busy.map(|one| one["ec2InstanceId"].as_str().unwrap().to_owned())
    };
    stage.until(5, |world| busy(world).is_some()).await;
    let stays = stage.aws.world(busy).unwrap();
    let leaves = ids(stage).into_iter().find(|id| *id != stays).unwrap();
    terminate(stage, &leaves, true);
    pass(stage, 15).await;
    stage.hand("host-drainer", "[]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_of_metrics_is_whole_and_names_only_what_is_documented() {
    let mut stage = Stage::empty().await;
    day(&stage).await;
    let known = documented();
    let mut seen = BTreeSet::new();
    let mut dimensions = BTreeSet::new();
    for line in metrics(&stage.heard()) {
        let [directive] = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else {
            panic!("{line}")
        };
        assert_eq!(directive["Namespace"], "Muster");
        assert!(line["_aws"]["Timestamp"].as_i64().unwrap() > 1_600_000_000_000, "milliseconds");
        for name in directive["Dimensions"][0].as_array().unwrap() {
            let name = name.as_str().unwrap();
            assert!(line[name].is_string(), "{line}");
            dimensions.insert(name.to_owned());
        }
        for one in directive["Metrics"].as_array().unwrap() {
            let name = one["Name"].as_str().unwrap();
            assert!(line[name].is_u64() || line[name].is_array(), "{line}");
            assert!(known.contains(name), "{name}");
            seen.insert(name.to_owned());
        }
    }
    // No host is ever a dimension: each value of one is a metric that is paid for.
    let few = ["Cluster", "Function", "Group", "Phase"].map(str::to_owned);
    assert_eq!(dimensions, BTreeSet::from(few));
    // Of a day without mishaps: an agent that ends in peace takes its registration along.
    let rare = ["HostsAbandoned", "HostsRepaired", "RegistrationsDeregistered"];
    let missing: Vec<&String> = known.difference(&seen).collect();
    assert_eq!(missing, rare);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_tell_what_happened() {
    let mut stage = Stage::empty().await;
    day(&stage).await;
    let lines = metrics(&stage.heard());
    let sum = |name: &str| -> u64 { lines.iter().filter_map(|line| line[name].as_u64()).sum() };
    let times = |name: &str| -> Vec<u64> {
        let all = lines.iter().filter_map(|line| line[name].as_array());
        all.flatten().map(|one| one.as_u64().unwrap()).collect()
    };
    assert_eq!((sum("HostsVerified"), times("TimeToVerified").len()), (2, 2));
    assert!(times("TimeToVerified").iter().all(|it| (10..600).contains(it)), "{lines:?}");
    assert_eq!((sum("HostsDrained"), times("TimeToDrained").len()), (1, 1));
    assert_eq!(sum("EventsRefused"), 1);
    assert_eq!(sum("CallsThrottled"), 0);
    let last = |name: &str| lines.iter().rev().find_map(|line| line[name].as_u64()).unwrap();
    assert_eq!((last("CapacityAsked"), last("CapacityNeeded")), (1, 1));
    let phases: BTreeMap<&str, u64> = lines
        .iter()
        .filter_map(|line| Some((line["Phase"].as_str()?, line["Hosts"].as_u64()?)))
        .collect();
    assert_eq!(phases["Active"], 1, "{phases:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_call_is_counted_though_the_next_attempt_comes_through() {
    let mut stage = Stage::with_hosts(1).await;
    stage.heard();
    stage.aws.throttle("ecs", 3);
    pass(&stage, 3).await;
    let lines = metrics(&stage.heard());
    let throttled: u64 = lines.iter().filter_map(|line| line["CallsThrottled"].as_u64()).sum();
    assert!(throttled > 0, "{lines:?}");
}

fn holds(all: &[Vec<u8>], text: &str) -> bool {
    all.iter().any(|one| one.windows(text.len()).any(|part| part == text.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_collector_is_named_each_invocation_and_each_call_has_a_span() {
    let layer =
        "arn:aws:lambda:us-west-2:901920570463:layer:aws-otel-collector-arm64-ver-0-117-0:1";
    let mut stage = Stage::with(&[("CollectorLayerArn", layer)]).await;
    day(&stage).await;
    let spans = stage.heard().into_iter().filter_map(|one| match one {
        Happening::Traced { spans, .. } => Some(spans),
        _ => None,
    });
    let spans: Vec<Vec<u8>> = spans.collect();
    for text in ["agent-verifier", "host-drainer", "reconciler", "ECS.DescribeContainerInstances"] {
        assert!(holds(&spans, text), "{text}");
    }
    for secret in ["AWS4-HMAC-SHA256", "lifecycleActionToken", "local"] {
        assert!(!holds(&spans, secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_one_nothing_is_sent() {
    let mut stage = Stage::with_hosts(1).await;
    pass(&stage, 3).await;
    assert!(!stage.heard().iter().any(|one| matches!(one, Happening::Traced { .. })));
}
