//! What may be asked of the roles, and what the operator's limits make of it.

use crate::roles::{asked, owner, wanted};
use domain::roles::{Limits, Properties};
use serde_json::json;

fn read(name: &str, value: serde_json::Value) -> Result<Properties, String> {
    let mut all = json!({ "ClusterName": "prod" });
    all.as_object_mut().unwrap().insert(name.to_owned(), value);
    Properties::read(&all).map_err(|bad| bad.to_string())
}

// Checks S30: the function's own role may write under this path only.
#[test]
fn a_path_begins_with_muster_and_has_plain_folders() {
    assert_eq!(read("Path", json!(null)).unwrap().path, "/muster/");
    let longest = format!("/muster/{}/", "a".repeat(119));
    for fits in ["/muster/", "/muster/a/b-c_d.e/", &longest] {
        assert_eq!(read("Path", json!(fits)).unwrap().path, fits);
    }
    for bad in [
        "",
        "/",
        "muster/",
        "/other/",
        "/muster/a",
        "/muster//",
        "/muster/../",
        "/muster/a b/",
        "/muster/é/",
        &format!("/muster/{}/", "a".repeat(120)),
    ] {
        assert!(read("Path", json!(bad)).unwrap_err().starts_with("Path must be"), "{bad}");
    }
    assert!(read("Path", json!(1)).is_err());
}

#[test]
fn a_boundary_is_the_arn_of_a_managed_policy() {
    let arn = |length: usize| format!("{:x<length$}", "arn:aws:iam::111122223333:policy/");
    for fits in
        ["arn:aws:iam::111122223333:policy/a/B=c", "arn:aws-cn:iam::aws:policy/B", &arn(2_048)]
    {
        let boundary = read("PermissionsBoundary", json!(fits)).unwrap().boundary;
        assert_eq!(boundary.as_deref(), Some(fits));
    }
    assert_eq!(read("PermissionsBoundary", json!(null)).unwrap().boundary, None);
    for bad in [
        "",
        "Boundary",
        "arn:other:iam::111122223333:policy/B",
        "arn:aws:iam:::policy/B",
        "arn:aws:iam::111122223333:policy/",
        "arn:aws:iam::111122223333:role/B",
        "arn:aws:iam::111122223333:policy/a b",
        "arn:aws:sts::111122223333:policy/B",
        "arn:aws:iam:x:111122223333:policy/B",
        &arn(2_049),
    ] {
        let told = read("PermissionsBoundary", json!(bad)).unwrap_err();
        assert!(told.starts_with("PermissionsBoundary must be"), "{bad}: {told}");
    }
}

#[test]
fn tags_are_as_iam_takes_them_and_not_ours_or_amazons() {
    let one = |key: &str, value: &str| read("Tags", json!([{ "Key": key, "Value": value }]));
    let (key, value) = ("k".repeat(128), "v".repeat(256));
    for (key, value) in [("team", "a b_c.d:e/f=g+h-i@j"), ("x", ""), (key.as_str(), value.as_str())]
    {
        let tags = one(key, value).unwrap().tags;
        assert_eq!(tags, [(key.to_owned(), value.to_owned())].into());
    }
    for (key, value) in [
        ("", "x"),
        ("aws:x", "y"),
        ("AWS:x", "y"),
        ("muster:x", "y"),
        ("Muster:x", "y"),
        ("a#b", "y"),
        ("a", "x#y"),
        (&"k".repeat(129), "v"),
        ("k", &"v".repeat(257)),
    ] {
        assert!(one(key, value).unwrap_err().starts_with("Tags must be"), "{key}={value}");
    }
    let twice = json!([{ "Key": "a", "Value": "1" }, { "Key": "A", "Value": "2" }]);
    assert_eq!(
        read("Tags", twice).unwrap_err(),
        "Tags must be keys once each, not a text of 1 characters"
    );
    let many = |count: u32| {
        let all: Vec<_> =
            (0..count).map(|n| json!({ "Key": format!("k{n}"), "Value": "" })).collect();
        read("Tags", json!(all))
    };
    assert_eq!(many(40).unwrap().tags.len(), 40);
    assert!(many(41).is_err() && read("Tags", json!("x")).is_err());
}

#[test]
fn task_roles_are_at_most_twenty_with_names_that_fit() {
    let many = |count: u32| {
        let all: serde_json::Map<_, _> = (0..count).map(|n| (format!("r{n}"), json!({}))).collect();
        read("TaskRoles", json!(all))
    };
    assert_eq!(many(20).unwrap().task_roles.len(), 20);
    assert!(many(21).is_err());
    let named = |name: &str| read("TaskRoles", json!({ name: {} })).map(|_| ());
    // `prod-Task-` and `-12345678` go with it.
    assert_eq!(named(&"a".repeat(45)), Ok(()));
    let long = named(&"a".repeat(46)).unwrap_err();
    assert!(long.contains("65") && long.contains("64"), "{long}");
    assert!(named(&"a".repeat(64)).unwrap_err().contains("83"), "named in full up to 64");
    for bad in ["", "a b", "a/b", &"a".repeat(65)] {
        assert!(named(bad).unwrap_err().starts_with("TaskRoles must be named by"), "{bad}");
    }
}

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/Boundary";

// Checks S31.
#[test]
fn the_operators_boundary_is_every_roles_and_a_stack_may_only_ask_for_the_same() {
    let boundary = |asked: Option<&str>, given: Option<&str>| {
        let properties = read("PermissionsBoundary", json!(asked)).unwrap();
        let limits = Limits { boundary: given.map(str::to_owned), raw_statements: false };
        let wanted = domain::roles::wanted(&properties, &owner(), &limits);
        let wanted = wanted.map_err(|bad| bad.to_string())?;
        let first = wanted.roles[0].boundary.clone();
        assert!(wanted.roles.iter().all(|role| role.boundary == first));
        Ok::<_, String>(first)
    };
    let some = |arn: &str| Ok(Some(arn.to_owned()));
    assert_eq!(boundary(None, None), Ok(None));
    assert_eq!(boundary(None, Some(BOUNDARY)), some(BOUNDARY));
    assert_eq!(boundary(Some(BOUNDARY), Some(BOUNDARY)), some(BOUNDARY));
    assert_eq!(boundary(Some(BOUNDARY), None), some(BOUNDARY));
    let of_aws = "arn:aws:iam::aws:policy/PowerUserAccess";
    assert_eq!(boundary(Some(of_aws), None), some(of_aws));
    let told = |asked: &str, given| boundary(Some(asked), given).unwrap_err();
    assert!(
        told(of_aws, Some(BOUNDARY)).contains("the boundary that this function is told to use")
    );
    for foreign in ["arn:aws:iam::210987654321:policy/B", "arn:aws-cn:iam::123456789012:policy/B"] {
        assert!(told(foreign, None).contains("a managed policy of this account or of AWS"));
    }
}

fn with_statements(resources: &[String]) -> Properties {
    let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": resources });
    read("TaskRoles", json!({ "web": { "statements": [statement] } })).unwrap()
}

// Checks S31.
#[test]
fn statements_need_the_operators_word_and_a_boundary() {
    let properties = with_statements(&["*".to_owned()]);
    let taken = |raw_statements, boundary: Option<&str>| {
        let limits = Limits { raw_statements, boundary: boundary.map(str::to_owned) };
        domain::roles::wanted(&properties, &owner(), &limits).is_ok()
    };
    assert!(taken(true, Some(BOUNDARY)));
    assert!(!taken(true, None) && !taken(false, Some(BOUNDARY)) && !taken(false, None));
    let without = read("TaskRoles", json!({ "web": {} })).unwrap();
    assert!(domain::roles::wanted(&without, &owner(), &Limits::default()).is_ok());
}

#[test]
fn a_role_has_as_many_characters_of_inline_policies_as_iam_takes_and_not_one_more() {
    let limits = Limits { raw_statements: true, boundary: Some(BOUNDARY.to_owned()) };
    let long = |last: usize| {
        let arn = |length: usize| format!("{:x<length$}", "arn:aws:s3:::");
        let resources: Vec<String> = (0..5).map(|_| arn(2_000)).chain([arn(last)]).collect();
        let wanted = domain::roles::wanted(&with_statements(&resources), &owner(), &limits);
        wanted.map(|wanted| {
            let role = wanted.roles.into_iter().find(|role| role.attribute == "TaskRole.web");
            role.unwrap().policies.values().map(|it| it.to_string().len()).sum::<usize>()
        })
    };
    let rest = 10_240 - long(20).unwrap();
    assert_eq!(long(20 + rest), Ok(10_240));
    let told = long(21 + rest).unwrap_err().to_string();
    assert!(
        told.starts_with("TaskRole.web comes to characters of its inline policies: 10241"),
        "{told}"
    );
}

#[test]
fn the_attributes_are_each_roles_arn_and_name_and_what_may_be_made_besides() {
    let wanted = wanted(&asked(), &owner());
    let attributes = wanted.attributes(&owner());
    let name = |word: &str| {
        let role = wanted.roles.iter().find(|role| role.attribute == word);
        role.unwrap().name.clone()
    };
    let host = name("EC2Role");
    for (attribute, value) in [
        ("EC2RoleArn", format!("arn:aws:iam::123456789012:role/muster/{host}")),
        ("EC2RoleName", host.clone()),
        (
            "EC2InstanceProfileArn",
            format!("arn:aws:iam::123456789012:instance-profile/muster/{host}"),
        ),
        ("EC2InstanceProfileName", host),
        (
            "TaskRoleArn.web",
            format!("arn:aws:iam::123456789012:role/muster/{}", name("TaskRole.web")),
        ),
        ("ECSRoleName", name("ECSRole")),
    ] {
        assert_eq!(attributes.get(attribute), Some(&value), "{attribute}");
    }
    // Two of each of the four roles of the cluster and of the profile, one of a task's, one of what is shared.
    assert_eq!(attributes.len(), 12, "{attributes:?}");
    assert!(attributes.values().any(|it| it.contains("AWSServiceRoleForECS,")));
}
