//! Rows 1 to 12: what is no event, or names what is nothing of ours.

use crate::{
    ALL, all_refuse, arriving, event, hooked, in_a_queue, leaving, machine, nothing_was_done, spot,
    written,
};
use serde_json::{Value, json};
use simulation::weather::Function;
use simulation::world::{Life, change, terminate};

#[test]
fn row_01_what_is_no_event_is_refused() {
    let mut stage = leaving();
    for function in ALL {
        for payload in [json!(null), json!([]), json!("x"), json!(7), json!({})] {
            all_refuse(&stage.send(function, payload), "malformed");
        }
        for body in ["", "{", "null", "[]", "\"x\"", "7"] {
            all_refuse(&stage.send(function, in_a_queue(body)), "malformed");
        }
    }
    nothing_was_done(&stage);
}

#[test]
fn row_02_a_huge_or_deep_payload_is_refused() {
    let mut stage = leaving();
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let in_detail = format!("{{\"source\": \"aws.ec2\", \"detail\": {deep}}}");
    let wide: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\": 1")).collect();
    let wide = format!("{{{}}}", wide.join(","));
    for function in ALL {
        for body in [&deep, &in_detail, &wide, &format!("\"{}\"", "x".repeat(1 << 20))] {
            all_refuse(&stage.send(function, in_a_queue(body)), "malformed");
        }
    }
    // As long as Lambda lets an event be, and right but for the name.
    let mut long = hooked(&stage, 2, false);
    long["detail"]["EC2InstanceId"] = json!("i-".to_owned() + &"0".repeat(256 * 1024));
    let records = stage.send(Function::Drainer, long);
    all_refuse(&records, "malformed");
    assert!(serde_json::to_string(&records[0]).unwrap().len() < 2_000, "the record stays short");
    nothing_was_done(&stage);
}

#[test]
fn row_03_text_that_is_none_is_refused() {
    let mut stage = leaving();
    let good = hooked(&stage, 2, false).to_string();
    let id = stage.see().hosts[2].id.to_string();
    for function in ALL {
        for body in [
            format!("\u{feff}{good}"),
            good.replace(&id, "\\ud800"),
            good.replace(&id, "\u{0}"),
            format!("{good}\u{0}"),
        ] {
            all_refuse(&stage.send(function, in_a_queue(&body)), "malformed");
        }
    }
    let nul = good.replace(&id, &format!("{id}\\u0000"));
    all_refuse(&stage.send(Function::Drainer, in_a_queue(&nul)), "malformed");
    nothing_was_done(&stage);
}

#[test]
fn row_04_of_a_doubled_key_the_last_counts_and_is_checked_against_the_truth() {
    let mut stage = leaving();
    let good = hooked(&stage, 2, false).to_string();
    let (calm, leaves) = (stage.see().hosts[1].id.to_string(), stage.see().hosts[2].id.to_string());
    let last = |id: &str| format!("\"EC2InstanceId\":\"{leaves}\",\"EC2InstanceId\":\"{id}\"");
    let field = format!("\"EC2InstanceId\":\"{leaves}\"");
    assert!(good.contains(&field));

    let records = stage.send(Function::Drainer, in_a_queue(&good.replace(&field, &last(&calm))));
    assert_eq!(records[0].host.as_ref().map(ToString::to_string), Some(calm));
    nothing_was_done(&stage);
    let records = stage.send(Function::Drainer, in_a_queue(&good.replace(&field, &last(&leaves))));
    assert_eq!(records[0].host.as_ref().map(ToString::to_string), Some(leaves));
    assert_eq!(written(&stage, "drain "), 1);
}

#[test]
fn row_05_another_accounts_event_is_refused() {
    let mut stage = leaving();
    let mut payload = hooked(&stage, 2, false);
    payload["account"] = json!("999999999999");
    all_refuse(&stage.send(Function::Drainer, payload), "foreign-account");
    nothing_was_done(&stage);
}

#[test]
fn row_06_another_regions_event_is_refused() {
    let mut stage = leaving();
    let mut payload = hooked(&stage, 2, false);
    payload["region"] = json!("eu-west-1");
    all_refuse(&stage.send(Function::Drainer, payload), "foreign-region");
    nothing_was_done(&stage);
}

#[test]
fn row_07_an_unknown_source_is_refused() {
    let mut stage = leaving();
    for source in ["com.evil", "aws.autoscaling ", " aws.autoscaling", "AWS.AUTOSCALING", ""] {
        let mut payload = hooked(&stage, 2, false);
        payload["source"] = json!(source);
        for function in ALL {
            all_refuse(&stage.send(function, payload.clone()), "unknown-event");
        }
    }
    nothing_was_done(&stage);
}

#[test]
fn row_08_an_unknown_detail_type_is_refused() {
    let mut stage = leaving();
    let id = stage.see().hosts[2].id.clone();
    let detail = json!({ "ec2InstanceId": id, "instance-id": id, "EC2InstanceId": id });
    for kind in [
        "ECS Container Instance Health Change",
        "ECS Daemon Deployment State Change",
        "EC2 Instance-terminate Lifecycle Action v2",
        "",
    ] {
        for source in ["aws.ecs", "aws.ec2", "aws.autoscaling"] {
            let payload = event(&stage, source, kind, &detail);
            for function in ALL {
                all_refuse(&stage.send(function, payload.clone()), "unknown-event");
            }
        }
    }
    nothing_was_done(&stage);
}

#[test]
fn row_09_an_event_without_a_readable_detail_is_refused() {
    let mut stage = leaving();
    for detail in [None, Some(json!("{}")), Some(Value::Null), Some(json!([])), Some(json!(7))] {
        for (function, mut payload) in [
            (Function::Drainer, hooked(&stage, 2, false)),
            (Function::Verifier, hooked(&stage, 2, true)),
            (Function::Deregisterer, machine(&stage, 2, "terminated")),
        ] {
            match &detail {
                Some(detail) => payload["detail"] = detail.clone(),
                None => drop(payload.as_object_mut().unwrap().remove("detail")),
            }
            all_refuse(&stage.send(function, payload), "malformed");
        }
    }
    nothing_was_done(&stage);
}

#[test]
fn row_10_an_id_that_is_none_is_refused_and_never_sent_to_aws() {
    let mut stage = leaving();
    let ids = [
        json!(null),
        json!(""),
        json!("i-"),
        json!("i-zzzzzzzzzzzzzzzzz"),
        json!("i-0123456789abcdef0123"),
        json!("i-0123456789abcdef0\n"),
        json!("x".repeat(1 << 20)),
        json!(7),
        json!(["i-0123456789abcdef0"]),
    ];
    for id in ids {
        for (function, mut payload, field) in [
            (Function::Drainer, hooked(&stage, 2, false), "EC2InstanceId"),
            (Function::Verifier, hooked(&stage, 2, true), "EC2InstanceId"),
            (Function::Drainer, spot(&stage, 2, "terminate"), "instance-id"),
            (Function::Deregisterer, machine(&stage, 2, "terminated"), "instance-id"),
        ] {
            payload["detail"][field] = id.clone();
            all_refuse(&stage.send(function, payload), "malformed");
        }
    }
    nothing_was_done(&stage);
}

#[test]
fn row_11_a_strange_group_name_is_not_believed_and_not_printed() {
    let mut stage = leaving();
    for name in ["\u{202e}0-puorg", "a/b c", &"\u{1f980}".repeat(255), "\u{1b}[31m"] {
        let mut payload = hooked(&stage, 1, false);
        payload["detail"]["AutoScalingGroupName"] = json!(name);
        let records = stage.send(Function::Drainer, payload);
        let text = serde_json::to_string(&records).unwrap();
        assert!(!text.contains(name), "{text}");
        assert!(!text.contains(char::is_control), "{text}");
    }
    nothing_was_done(&stage);
    // Truth names the group: the host that it terminates is drained whatever the event says of it.
    let mut payload = hooked(&stage, 2, false);
    payload["detail"]["AutoScalingGroupName"] = json!("\u{202e}0-puorg");
    let records = stage.send(Function::Drainer, payload);
    assert_eq!(records[0].group.as_ref().map(ToString::to_string).as_deref(), Some("group-0"));
    assert_eq!(written(&stage, "drain "), 1);
}

#[test]
fn row_12_a_host_of_no_group_of_ours_is_left_alone() {
    let (mut stage, host) = arriving();
    // The first host of the group that does not carry our tag.
    terminate(&mut stage.state(), 5);
    stage.run_for(1);
    assert_eq!(stage.life(5), Life::TerminatingWait);
    let payload = hooked(&stage, 5, false);
    let records = stage.send(Function::Drainer, payload);
    assert!(!records[0].should_be_retried(), "{records:?}");
    // The group is gone since the event was sent.
    change(&mut stage.state(), host, Life::Gone);
    let payload = hooked(&stage, host, true);
    let records = stage.send(Function::Verifier, payload);
    assert!(!records[0].should_be_retried(), "{records:?}");
    nothing_was_done(&stage);
}
