//! What can go wrong with a custom resource, row by row; `tests/FAULTS.md` maps each row to its test.

use crate::cloudformation::{Answer, Stack};
use crate::properties;
use domain::Fault;
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

/// A stack with its roles made, and nothing that goes wrong.
fn made(which: usize) -> Stack {
    let mut stack = Stack::new(7, 0);
    assert!(matches!(stack.create(properties(which)), Answer::Success { .. }));
    stack.world.writes.set(0);
    stack
}

fn reason(answer: &Answer) -> &str {
    match answer {
        Answer::Failed { reason, .. } => reason,
        Answer::Success { .. } => "",
    }
}

fn refused(properties: &Value) -> String {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let answer = stack.ask("Create", properties, None);
    assert_eq!(stack.world.writes.get(), 0, "{properties}");
    assert!(matches!(answer, Answer::Failed { .. }), "{properties}: {answer:?}");
    reason(&answer).to_owned()
}

#[test]
fn row_81_what_is_no_request_is_refused_without_any_call() {
    let stack = Stack::new(7, 0);
    for payload in [json!({}), json!(null), json!([]), json!({ "RequestType": "Create" })] {
        let (well, record) = stack.invoke(&payload, HOUR);
        assert!(well && record.refused.is_some(), "{payload}: {record:?}");
    }
    assert!(stack.world.answers.borrow().is_empty());
    assert_eq!(stack.world.writes.get(), 0);
}

#[test]
fn row_82_an_unknown_request_type_fails() {
    for kind in ["Read", "create", ""] {
        let mut stack = Stack::new(7, 0);
        stack.status("CREATE_IN_PROGRESS");
        let answer = stack.ask(kind, &properties(0), None);
        assert!(reason(&answer).starts_with("RequestType is"), "{answer:?}");
        assert_eq!(stack.world.writes.get(), 0);
    }
}

// Checks S35.
#[test]
fn row_83_forty_hostile_addresses_are_refused_without_a_connection() {
    let host = "cloudformation-custom-resource-response-uswest2.s3.us-west-2.amazonaws.com";
    let hostile = [
        String::new(),
        "x".into(),
        " ".into(),
        "//".into(),
        "https://".into(),
        "https:///x".into(),
        format!("http://{host}/x"),
        format!("HTTP://{host}/x"),
        format!("ftp://{host}/x"),
        format!("file://{host}/x"),
        format!("//{host}/x"),
        format!("https:{host}"),
        format!("https://user@{host}/x"),
        format!("https://a:b@{host}/x"),
        format!("https://{host}@evil.example/x"),
        format!("https://{host}:8443/x"),
        format!("https://{host}:80/x"),
        format!("https://{host}./x"),
        format!("https://{host}.evil.example/x"),
        format!("https://evil.example/{host}"),
        format!("https://evil.example?{host}"),
        format!("https://evil.example#{host}"),
        format!("https://x.{host}/x"),
        host.replace("uswest2", "useast1"),
        format!("https://{}/x", host.replace("uswest2", "useast1")),
        format!("https://{}/x", host.replace("us-west-2", "us-east-1")),
        format!("https://{}/x", host.replace(".com", ".com.cn")),
        format!("https://{}/x", host.replace("amazonaws", "am\u{430}zonaws")),
        format!("https://{}/x", host.replace("amazonaws", "xn--amzonaws-wyf")),
        "https://169.254.169.254/latest/meta-data".into(),
        "https://2852039166/x".into(),
        "https://0xa9fea9fe/x".into(),
        "https://[::1]/x".into(),
        "https://[::ffff:169.254.169.254]/x".into(),
        "https://localhost/x".into(),
        "https://127.0.0.1/x".into(),
        "https://bucket.s3.us-west-2.amazonaws.com/x".into(),
        format!("https://{host}/x\r\nHost: evil.example"),
        format!("https:\\\\{host}\\@evil.example/"),
        format!("https://{host}\u{0}.evil.example/x"),
    ];
    assert_eq!(hostile.len(), 40);
    for url in hostile {
        let mut stack = Stack::new(7, 0);
        stack.status("CREATE_IN_PROGRESS");
        let mut request = stack.request("Create", &properties(0), None);
        request["ResponseURL"] = json!(url);
        let (_, record) = stack.invoke(&request, HOUR);
        assert!(record.refused.is_some(), "{url:?}");
        assert!(stack.world.answers.borrow().is_empty(), "{url:?}");
        assert_eq!(stack.world.writes.get(), 0, "{url:?}");
        let told = serde_json::to_string(&record).unwrap();
        assert!(!told.contains("evil") && !told.contains("169.254"), "{told}");
    }
}

#[test]
fn row_84_an_address_that_has_expired_is_not_tried_for_ever_and_nothing_is_undone() {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let call = "cloudformation:Response".to_owned();
    let fault =
        Fault::Refused { call, code: "ResponseURL".to_owned(), told: "HTTP 403".to_owned() };
    *stack.world.fails.borrow_mut() = Some(("cloudformation:Response", u32::MAX, fault));
    let request = stack.request("Create", &properties(0), None);
    let (well, _) = stack.invoke(&request, HOUR);
    let left = stack.world.fails.borrow().as_ref().map(|(_, left, _)| *left);
    assert!(!well && left == Some(u32::MAX - 1), "one try: {left:?}");
    stack.is_as_asked(&properties(0));
}

#[test]
fn row_85_an_answer_that_does_not_arrive_is_sent_again_as_it_is() {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let fault =
        Fault::NoAnswer { call: "cloudformation:Response".to_owned(), told: "HTTP 503".to_owned() };
    // Each second of these comes after the answer has arrived: the same bytes are sent again.
    *stack.world.fails.borrow_mut() = Some(("cloudformation:Response", 6, fault));
    let request = stack.request("Create", &properties(0), None);
    assert!(stack.invoke(&request, HOUR).0);
    let answers = stack.world.answers.borrow();
    let all = answers.values().next().unwrap();
    assert!(!all.is_empty() && all.iter().all(|body| *body == all[0]), "{} came", all.len());
}

#[test]
fn row_90_the_same_create_twice_at_once_makes_one_set_of_roles() {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let request = stack.request("Create", &properties(3), None);
    stack.at_once(&request);
    stack.is_as_asked(&properties(3));
    assert!(matches!(stack.answer(&request), Some(Answer::Success { .. })));
    stack.deliver(&request);
    stack.is_as_asked(&properties(3));
}

#[test]
fn row_93_a_create_that_fails_half_way_is_removed_by_its_rollback() {
    let mut stack = Stack::new(7, 0);
    let call = "iam:PutRolePolicy".to_owned();
    let fault =
        Fault::Refused { call, code: "MalformedPolicyDocument".to_owned(), told: "x".to_owned() };
    *stack.world.fails.borrow_mut() = Some(("iam:PutRolePolicy", u32::MAX, fault));
    let answer = stack.create(properties(3));
    assert!(reason(&answer).contains("MalformedPolicyDocument"), "{answer:?}");
    assert!(stack.world.writes.get() > 0);
    stack.delete();
    stack.nothing_is_left();
}

#[test]
fn row_95_a_create_that_comes_after_its_delete_makes_nothing() {
    let mut stack = Stack::new(7, 0);
    stack.status("CREATE_IN_PROGRESS");
    let request = stack.request("Create", &properties(0), None);
    stack.deliver(&request);
    let Some(Answer::Success { physical_id }) = stack.answer(&request) else {
        panic!("the Create was not answered well");
    };
    stack.status("DELETE_IN_PROGRESS");
    stack.ask("Delete", &properties(0), Some(&physical_id));
    for status in ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "ROLLBACK_COMPLETE"] {
        stack.status(status);
        stack.deliver(&request);
        stack.nothing_is_left();
    }
}

#[test]
fn row_96_roles_that_are_gone_are_deleted() {
    let mut stack = made(0);
    stack.world.now.borrow_mut().roles.clear();
    stack.world.now.borrow_mut().profiles.clear();
    stack.delete();
}

// Checks S28.
#[test]
fn row_97_an_id_that_we_never_issued_deletes_nothing() {
    let mut stack = made(0);
    let long = "x".repeat(2_048);
    for id in
        ["", "none", "../../muster/", "muster-roles:v1:00000000:/muster/:prod", &long, "Roles-1234"]
    {
        let answer = stack.ask("Delete", &properties(0), Some(id));
        assert!(matches!(answer, Answer::Success { .. }), "{id}: {answer:?}");
        assert_eq!(stack.world.writes.get(), 0, "{id}");
    }
    stack.is_as_asked(&properties(0));
}

#[test]
fn row_98_what_others_attached_is_detached_and_their_profile_is_named() {
    let name = Stack::name_of(&properties(0), "EC2Role");
    let mut stack = made(0);
    let quick = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore".to_owned();
    stack.world.now.borrow_mut().roles.get_mut(&name).unwrap().attached.insert(quick);
    stack.delete();
    stack.nothing_is_left();

    let mut stack = made(0);
    {
        let mut account = stack.world.now.borrow_mut();
        account.roles.get_mut(&name).unwrap().profiles.insert("theirs".to_owned());
        let mut profile = account.profiles[&name].clone();
        profile.tags.clear();
        account.profiles.insert("theirs".to_owned(), profile);
    }
    stack.status("DELETE_IN_PROGRESS");
    let id = stack.physical_id().to_owned();
    let answer = stack.ask("Delete", &properties(0), Some(&id));
    assert!(reason(&answer).contains("is in the instance profile theirs"), "{answer:?}");
}

#[test]
fn row_99_a_profile_that_instances_use_is_not_taken_from_them() {
    let mut stack = made(0);
    *stack.world.users.borrow_mut() = (1..8).map(|n| format!("i-0000000{n}")).collect();
    stack.status("DELETE_IN_PROGRESS");
    let id = stack.physical_id().to_owned();
    let answer = stack.ask("Delete", &properties(0), Some(&id));
    let told = reason(&answer);
    assert!(told.contains("i-00000001") && told.contains("and 2 more"), "{told}");
    assert_eq!(stack.world.writes.get(), 0);
    stack.is_as_asked(&properties(0));
    stack.world.users.borrow_mut().clear();
    stack.delete();
    stack.nothing_is_left();
}

#[test]
fn row_100_an_update_that_changes_nothing_writes_nothing() {
    let mut stack = made(3);
    let id = stack.physical_id().to_owned();
    assert_eq!(stack.update(properties(3)), Answer::Success { physical_id: id });
    assert_eq!(stack.world.writes.get(), 0);
}

#[test]
fn row_101_another_name_is_a_replacement() {
    let mut stack = made(0);
    let id = stack.physical_id().to_owned();
    // One that differs in its case only, too: IAM takes such names for the same.
    for which in [4, 5] {
        let answer = stack.update(properties(which));
        assert!(
            matches!(&answer, Answer::Success { physical_id } if *physical_id != id),
            "{answer:?}"
        );
        stack.is_as_asked(&properties(which));
    }
}

#[test]
fn row_102_another_path_is_a_replacement_and_another_boundary_is_none() {
    let mut stack = made(0);
    let id = stack.physical_id().to_owned();
    let mut bounded = properties(0);
    bounded["PermissionsBoundary"] = json!("arn:aws:iam::123456789012:policy/Bounds");
    assert_eq!(stack.update(bounded), Answer::Success { physical_id: id.clone() });
    let roles = stack.world.now.borrow().roles.clone();
    assert!(roles.values().all(|role| role.boundary.is_some()));
    let answer = stack.update(properties(6));
    assert!(matches!(&answer, Answer::Success { physical_id } if *physical_id != id), "{answer:?}");
    stack.is_as_asked(&properties(6));
}

#[test]
fn row_104_an_update_without_its_old_properties_or_with_strange_ones_is_an_update() {
    for old in [Value::Null, json!([]), json!({ "Version": 0 })] {
        let mut stack = made(0);
        stack.status("UPDATE_IN_PROGRESS");
        let id = stack.physical_id().to_owned();
        let mut request = stack.request("Update", &properties(3), Some(&id));
        request["OldResourceProperties"] = old;
        stack.deliver(&request);
        assert_eq!(stack.answer(&request), Some(Answer::Success { physical_id: id }));
        stack.is_as_asked(&properties(3));
    }
}

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
        json!({ "ClusterName": "x".repeat(40) }),
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
