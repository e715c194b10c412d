//! What can go wrong with what is asked for, and with IAM, rows 105 to 116; `tests/FAULTS.md` maps each row to its test.

use crate::cloudformation::{Answer, Stack};
use crate::properties;
use crate::rows::{HOUR, reason, refused};
use domain::Fault;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn row_105_properties_of_the_wrong_kind_are_refused_by_name_and_strings_are_read() {
    assert_eq!(refused(&properties(9)), "unknown property Capactiy; did you mean Capacity?");
    let deep = (0..50).fold(json!(1), |inner, _| json!([inner]));
    for (name, value) in [
        ("Capacity", json!(5)),
        ("TaskRoles", json!("web")),
        ("SessionManager", json!("yes")),
        ("Tags", deep),
        ("ImageRepositories", json!(vec!["a"; 51])),
        ("TaskExecution", json!({ "keys": "a" })),
    ] {
        let told = refused(&json!({ "ClusterName": "prod", name: value }));
        assert!(told.contains(name), "{told}");
    }
    let mut stack = Stack::new(7, 0);
    let texts = json!({ "ClusterName": "prod", "SessionManager": "true", "SpotDraining": true, "Capacity": ["EC2"] });
    assert!(matches!(stack.create(texts), Answer::Success { .. }));
}

#[test]
fn row_106_a_name_that_iam_would_not_take_is_refused_before_any_call() {
    let long = "x".repeat(30);
    for properties in [
        json!({ "ClusterName": "prod", "NamePrefix": "x".repeat(35) }),
        json!({ "ClusterName": "x".repeat(256) }),
        json!({ "ClusterName": "prod", "NamePrefix": "" }),
        json!({ "ClusterName": "prod", "NamePrefix": "a/b" }),
        json!({ "ClusterName": "prod", "Path": "muster" }),
        json!({ "ClusterName": "prod", "Path": "/other/" }),
        json!({ "ClusterName": "prod", "NamePrefix": "x".repeat(34), "TaskRoles": { long: {} } }),
        json!({ "ClusterName": "prod", "TaskRoles": { "web": {}, "Web": {} } }),
    ] {
        refused(&properties);
    }
}

#[test]
fn row_107_policies_and_boundaries_of_others_are_refused() {
    let with = |name: &str, value: &str| refused(&json!({ "ClusterName": "prod", name: value }));
    assert!(with("ManagedPolicyArns", "x").starts_with("unknown property ManagedPolicyArns"));
    for arn in [
        "AdministratorAccess",
        "arn:aws:iam::999999999999:policy/Theirs",
        "arn:aws-cn:iam::123456789012:policy/Bounds",
        "arn:aws-us-gov:iam::aws:policy/x",
        "arn:aws:iam::123456789012:role/x",
    ] {
        assert!(
            with("PermissionsBoundary", arn).starts_with("PermissionsBoundary must be"),
            "{arn}"
        );
    }
}

#[test]
fn row_108_who_may_assume_a_role_cannot_be_asked_for() {
    for name in ["AssumeRolePolicyDocument", "Trust", "Principal", "TrustedAccounts"] {
        let told = refused(&json!({ "ClusterName": "prod", name: "*" }));
        assert!(told.starts_with("unknown property"), "{told}");
    }
}

#[test]
fn row_109_more_than_a_quota_is_refused_before_any_write_or_leaves_nothing() {
    let names: Vec<String> = (0..50).map(|n| format!("{}{n}", "x".repeat(240))).collect();
    let many = json!({ "web": { "s3": names } });
    let told = refused(&json!({ "ClusterName": "prod", "TaskRoles": many }));
    assert!(told.contains("inline policies"), "{told}");
    let twenty: serde_json::Map<String, Value> =
        (0..20).map(|n| (format!("task-number-{n}"), json!({}))).collect();
    let wide = json!({ "ClusterName": "prod", "NamePrefix": "x".repeat(34), "Path": format!("/muster/{}/", "y".repeat(100)), "TaskRoles": twenty });
    assert!(refused(&wide).contains("TaskRole"), "the answer would be too long, or a name");

    let mut stack = Stack::new(7, 0);
    let fault = Fault::Refused {
        call: "iam:CreateRole".to_owned(),
        code: "LimitExceeded".to_owned(),
        told: "Cannot exceed quota for RolesPerAccount: 1000".to_owned(),
    };
    *stack.world.fails.borrow_mut() = Some(("iam:CreateRole", u32::MAX, fault));
    let answer = stack.create(properties(0));
    assert!(reason(&answer).contains("RolesPerAccount"), "{answer:?}");
    stack.delete();
    stack.nothing_is_left();
}

#[test]
fn row_110_a_document_that_iam_does_not_take_yet_is_tried_again() {
    let mut stack = Stack::new(7, 0);
    let call = "iam:PutRolePolicy".to_owned();
    let fault =
        Fault::Refused { call, code: "MalformedPolicyDocument".to_owned(), told: "x".to_owned() };
    *stack.world.fails.borrow_mut() = Some(("iam:PutRolePolicy", 2, fault));
    assert!(matches!(stack.create(properties(0)), Answer::Success { .. }));
    stack.is_as_asked(&properties(0));
}

#[test]
fn row_113_throttling_without_end_is_a_failure_in_time() {
    let mut stack = Stack::new(7, 0);
    let fault = Fault::Throttled { call: "iam:ListRoles".to_owned() };
    *stack.world.fails.borrow_mut() = Some(("iam:", u32::MAX, fault));
    let answer = stack.create(properties(0));
    assert!(reason(&answer).contains("throttled"), "{answer:?}");
    *stack.world.fails.borrow_mut() = None;
    stack.delete();
    stack.nothing_is_left();
}

#[test]
fn row_114_with_a_second_left_nothing_is_begun() {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let request = stack.request("Create", &properties(0), None);
    stack.invoke(&request, Duration::from_secs(1));
    let answer = stack.answer(&request);
    let told = answer.as_ref().map(reason);
    assert_eq!(told, Some("no time was left to begin; nothing was changed"), "{answer:?}");
    assert_eq!(stack.world.writes.get(), 0);
}

// Checks S36.
#[test]
fn row_115_what_a_property_says_is_in_no_answer_and_no_record() {
    let canary = "canary-7f3a";
    let names = [
        "ClusterName",
        "NamePrefix",
        "Path",
        "PermissionsBoundary",
        "Capacity",
        "SessionManager",
        "LogGroups",
    ];
    for name in names {
        let mut stack = Stack::new(7, 0);
        stack.status("CREATE_IN_PROGRESS");
        let mut properties = properties(0);
        properties[name] = json!(format!("{canary} \u{0}"));
        let request = stack.request("Create", &properties, None);
        let (_, record) = stack.invoke(&request, HOUR);
        let told = serde_json::to_string(&record).unwrap();
        let answers = stack.world.answers.borrow();
        let body = String::from_utf8(answers.values().next().unwrap()[0].clone()).unwrap();
        assert!(!told.contains(canary) && !body.contains(canary), "{name}: {told} {body}");
    }
}
