//! What can go wrong between CloudFormation and us, rows 81 to 104; `tests/FAULTS.md` maps each row to its test.

use crate::cloudformation::{Answer, Stack};
use crate::properties;
use domain::Fault;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// A stack with its roles made, and nothing that goes wrong.
pub(crate) fn made(which: usize) -> Stack {
    let mut stack = Stack::new(7, 0);
    assert!(matches!(stack.create(properties(which)), Answer::Success { .. }));
    stack.world.writes.set(0);
    stack
}

pub(crate) fn reason(answer: &Answer) -> &str {
    match answer {
        Answer::Failed { reason, .. } => reason,
        Answer::Success { .. } => "",
    }
}

pub(crate) fn refused(properties: &Value) -> String {
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

// Checks S30: a Delete that is forged, or delivered again after the resource was made anew.
#[test]
fn a_delete_that_the_stack_does_not_ask_for_takes_nothing_away() {
    for status in ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"] {
        let mut stack = made(0);
        let id = stack.has_id();
        stack.status(status);
        let answer = stack.ask("Delete", &properties(0), Some(&id));
        assert!(reason(&answer).contains("asks for no delete now"), "{answer:?}");
        assert_eq!(stack.world.writes.get(), 0);
        stack.is_as_asked(&properties(0));
    }
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
