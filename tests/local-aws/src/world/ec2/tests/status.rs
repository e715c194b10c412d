use super::hosts;
use crate::world::trial::{Trial, assert_shaped_like};
use serde_json::{Value, json};

fn find(trial: &mut Trial, name: &str, value: &str) -> Vec<Value> {
    let input = json!({"Filter": [{"Name": name, "Value": [value]}]});
    let answer = trial.ec2("DescribeInstanceStatus", &input);
    answer["instanceStatusSet"].as_array().unwrap().clone()
}

fn of(trial: &mut Trial, id: &str) -> Value {
    let input = json!({"InstanceId": [id], "IncludeAllInstances": "true"});
    trial.ec2("DescribeInstanceStatus", &input)["instanceStatusSet"][0].clone()
}

#[test]
fn an_impaired_host_is_found_and_says_since_when() {
    let (mut trial, hosts) = hosts(2);
    let since = trial.world.core.now_text();
    trial.world.impair(&hosts[0]);
    trial.pass(300);
    trial.world.impair(&hosts[0]);
    let found = find(&mut trial, "instance-status.status", "impaired");
    assert_eq!((found.len(), &found[0]["instanceId"]), (1, &json!(hosts[0])));
    let details = json!([{"name": "reachability", "status": "failed", "impairedSince": since}]);
    assert_eq!(found[0]["instanceStatus"]["details"], details);
    assert_eq!(find(&mut trial, "system-status.status", "ok").len(), 2);
    trial.world.recover(&hosts[0]);
    assert!(find(&mut trial, "instance-status.status", "impaired").is_empty());
    assert_eq!(of(&mut trial, &hosts[0])["instanceStatus"]["details"][0]["status"], "passed");
}

#[test]
fn a_stopped_host_has_no_checks() {
    let (mut trial, hosts) = hosts(1);
    trial.ec2("StopInstances", &json!({"InstanceId": hosts}));
    let status = of(&mut trial, &hosts[0]);
    assert_eq!(status["instanceStatus"], json!({"status": "not-applicable", "details": []}));
    assert_eq!(trial.ec2("DescribeInstanceStatus", &json!({}))["instanceStatusSet"], json!([]));
}

#[test]
fn a_scheduled_event_is_described_and_told_until_it_is_completed() {
    let (mut trial, hosts) = hosts(2);
    let day = "2026-03-18T00:00:00Z".parse().unwrap();
    trial.world.schedule_event(&hosts[0], "instance-retirement", day);
    let found = find(&mut trial, "event.code", "instance-retirement");
    assert_eq!((found.len(), &found[0]["instanceId"]), (1, &json!(hosts[0])));
    let event = &found[0]["eventsSet"][0];
    assert_eq!(event["notBefore"], "2026-03-18T00:00:00Z");
    assert_eq!(event["description"], "The instance is running on degraded hardware");
    trial.world.complete_event(&hosts[0], "instance-retirement");
    trial.world.complete_event(&hosts[0], "instance-retirement");
    let done = of(&mut trial, &hosts[0]);
    let description = "[Completed] The instance is running on degraded hardware";
    assert_eq!(done["eventsSet"][0]["description"], description);
    let told = trial.events("AWS Health Event");
    let codes: Vec<&Value> = told.iter().map(|event| &event["detail"]["statusCode"]).collect();
    assert_eq!(codes, ["upcoming", "closed"]);
}

#[test]
fn the_health_event_has_the_shape_of_aws() {
    let (mut trial, hosts) = hosts(1);
    let day = "2026-08-27T13:19:03Z".parse().unwrap();
    trial.world.schedule_event(&hosts[0], "instance-retirement", day);
    let mut event = trial.events("AWS Health Event").remove(0);
    assert_eq!(event["detail"]["startTime"], "Thu, 27 Aug 2026 13:19:03 GMT");
    let entity = event["detail"]["affectedEntities"][0]["entityValue"].as_str().unwrap();
    assert!(entity.ends_with(&format!(":instance/{}", hosts[0])), "{entity}");
    assert_eq!(event["resources"], json!(hosts));
    // AWS's sample has no resources, which its other sample has, and placeholders as metadata.
    event.as_object_mut().unwrap().remove("resources");
    event["detail"]["eventMetadata"] = json!({
        "keystring1": "", "keystring2": "", "keystring3": "", "keystring4": "", "truncated": "",
    });
    assert_shaped_like(&event, "health-ec2-instance-retirement-scheduled.json");
}

#[test]
fn a_retired_host_is_stopped_when_its_time_comes_and_a_rebooted_one_is_not() {
    let (mut trial, hosts) = hosts(2);
    let soon = trial.world.core.now() + jiff::SignedDuration::from_secs(60);
    trial.world.schedule_event(&hosts[0], "instance-retirement", soon);
    trial.world.schedule_event(&hosts[1], "system-reboot", soon);
    trial.pass(50);
    let state = |trial: &Trial, id: &str| trial.world.ec2.instance(id).unwrap().state.to_string();
    assert_eq!(state(&trial, &hosts[0]), "running");
    trial.pass(50);
    assert_eq!(state(&trial, &hosts[0]), "stopped");
    assert_eq!(state(&trial, &hosts[1]), "running");
    for host in &hosts {
        let status = of(&mut trial, host);
        let text = status["eventsSet"][0]["description"].as_str().unwrap().to_owned();
        assert!(text.starts_with("[Completed]"), "{text}");
    }
}

#[test]
fn a_completed_retirement_stops_nothing_and_a_gone_host_has_no_events() {
    let (mut trial, hosts) = hosts(2);
    let soon = trial.world.core.now() + jiff::SignedDuration::from_secs(60);
    trial.world.schedule_event(&hosts[0], "instance-retirement", soon);
    trial.world.complete_event(&hosts[0], "instance-retirement");
    trial.ec2("TerminateInstances", &json!({"InstanceId": [hosts[1]]}));
    trial.world.schedule_event(&hosts[1], "instance-retirement", soon);
    trial.pass(100);
    assert_eq!(trial.world.ec2.instance(&hosts[0]).unwrap().state.to_string(), "running");
    assert_eq!(trial.events("AWS Health Event").len(), 2);
}
