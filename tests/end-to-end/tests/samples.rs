//! Every sample event, handed to every function: acted on, held, or refused with a reason. None panics.

use end_to_end::{FUNCTIONS, Stage, root};
use local_aws::world::Service;
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_comes_to_a_decision_in_every_function() {
    let mut stage = Stage::with_hosts(1).await;
    // Idle hosts above Min would be let go, and rightly.
    let input = json!({ "AutoScalingGroupName": "web", "MinSize": "1" });
    stage.call(Service::AutoScaling, "UpdateAutoScalingGroup", &input);
    stage.heard();
    let mut samples: Vec<_> = std::fs::read_dir(root().join("tests/events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    samples.sort();
    assert!(samples.len() >= 67, "only {} samples", samples.len());

    let mut words: BTreeMap<String, u32> = BTreeMap::new();
    for path in &samples {
        let payload = std::fs::read(path).unwrap();
        for function in FUNCTIONS {
            let handed = stage.hand(function, payload.clone()).await;
            let told = format!("{function}: {}: {:?}", path.display(), handed.invocation);
            assert!(!handed.records.is_empty(), "no record: {told}");
            for record in &handed.records {
                let decision = record["decision"].as_str().unwrap();
                assert!(!record["because"].as_str().unwrap().is_empty(), "no reason: {told}");
                *words.entry(decision.to_owned()).or_default() += 1;
            }
            let panicked = handed.invocation.result.as_ref().err().map(ToString::to_string);
            assert!(!panicked.unwrap_or_default().contains("panic"), "{told}");
        }
    }
    println!("{} samples x {} functions: {words:?}", samples.len(), FUNCTIONS.len());
    // None of these samples speaks of a thing of this account, so nothing may have been changed.
    assert_eq!(stage.writes(), Vec::<String>::new());
}
