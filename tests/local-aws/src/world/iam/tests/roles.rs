use crate::world::trial::Trial;
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:Poll","Resource":"*"}]}"#;
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

fn role(name: &str) -> Value {
    json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST, "Path": "/muster/"})
}

fn with_role() -> Trial {
    let mut trial = Trial::new();
    trial.iam("CreateRole", &role("host"));
    trial
}

fn named(more: &Value) -> Value {
    let mut input = json!({"RoleName": "host"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn error(code: &str, status: u16) -> (String, u16) {
    (code.to_owned(), status)
}

#[test]
fn a_role_is_created_whole_and_read_back() {
    let mut trial = Trial::new();
    let mut input = role("host");
    input["Tags"] = json!([{"Key": "a", "Value": "b"}]);
    input["PermissionsBoundary"] = json!(MANAGED);
    input["MaxSessionDuration"] = json!("7200");
    trial.iam("CreateRole", &input);
    let found = trial.iam("GetRole", &json!({"RoleName": "host"}));
    let found = &found["Role"];
    assert_eq!(found["Arn"], "arn:aws:iam::123456789012:role/muster/host");
    let id = found["RoleId"].as_str().unwrap();
    assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
    assert_eq!(found["Tags"], json!([{"Key": "a", "Value": "b"}]));
    assert_eq!(found["PermissionsBoundary"]["PermissionsBoundaryArn"], MANAGED);
    assert_eq!(found["MaxSessionDuration"], 7200);
    let document = found["AssumeRolePolicyDocument"].as_str().unwrap();
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
}

#[test]
fn role_names_are_unique_whatever_their_case() {
    let mut trial = with_role();
    assert_eq!(trial.iam_error("CreateRole", &role("HOST")), error("EntityAlreadyExists", 409));
    assert_eq!(trial.iam_error("GetRole", &json!({"RoleName": "x"})), error("NoSuchEntity", 404));
    let long = role(&"x".repeat(65));
    assert_eq!(trial.iam_error("CreateRole", &long), error("ValidationError", 400));
}

#[test]
fn a_role_that_would_be_wrong_is_not_created() {
    let mut trial = Trial::new();
    for (member, value, expected) in [
        ("AssumeRolePolicyDocument", "{}", error("MalformedPolicyDocument", 400)),
        ("AssumeRolePolicyDocument", POLICY, error("MalformedPolicyDocument", 400)),
        ("PermissionsBoundary", "arn:aws:iam::aws:policy/None", error("NoSuchEntity", 404)),
        ("MaxSessionDuration", "60", error("ValidationError", 400)),
        ("Path", "muster", error("ValidationError", 400)),
        ("Colour", "red", error("UnknownParameter", 400)),
    ] {
        let mut input = role("host");
        input[member] = json!(value);
        assert_eq!(trial.iam_error("CreateRole", &input), expected, "{member}");
    }
    assert_eq!(trial.world.iam.roles().count(), 0);
}

#[test]
fn a_role_is_deleted_only_when_nothing_hangs_on_it() {
    let mut trial = with_role();
    let inline = named(&json!({"PolicyName": "p", "PolicyDocument": POLICY}));
    trial.iam("PutRolePolicy", &inline);
    trial.iam("AttachRolePolicy", &named(&json!({"PolicyArn": MANAGED})));
    trial.iam("CreateInstanceProfile", &json!({"InstanceProfileName": "host"}));
    let member = named(&json!({"InstanceProfileName": "host"}));
    trial.iam("AddRoleToInstanceProfile", &member);
    for (operation, input) in [
        ("DetachRolePolicy", named(&json!({"PolicyArn": MANAGED}))),
        ("DeleteRolePolicy", named(&json!({"PolicyName": "p"}))),
        ("RemoveRoleFromInstanceProfile", member),
    ] {
        let left = trial.iam_error("DeleteRole", &json!({"RoleName": "host"}));
        assert_eq!(left, error("DeleteConflict", 409), "{operation}");
        trial.iam(operation, &input);
        assert_eq!(trial.iam_error(operation, &input), error("NoSuchEntity", 404));
    }
    trial.iam("DeleteRole", &json!({"RoleName": "host"}));
    let gone = trial.iam_error("DeleteRole", &json!({"RoleName": "host"}));
    assert_eq!(gone, error("NoSuchEntity", 404));
}

#[test]
fn roles_are_listed_by_path_and_in_pages() {
    let mut trial = Trial::new();
    for name in ["a", "b", "c"] {
        trial.iam("CreateRole", &role(name));
    }
    let other = json!({"RoleName": "other", "AssumeRolePolicyDocument": TRUST});
    trial.iam("CreateRole", &other);
    let mut input = json!({"PathPrefix": "/muster/", "MaxItems": "2"});
    let first = trial.iam("ListRoles", &input);
    assert_eq!(
        (first["Roles"].as_array().unwrap().len(), &first["IsTruncated"]),
        (2, &json!(true))
    );
    input["Marker"] = first["Marker"].clone();
    let second = trial.iam("ListRoles", &input);
    assert_eq!(
        (&second["Roles"][0]["RoleName"], &second["IsTruncated"]),
        (&json!("c"), &json!(false))
    );
}

#[test]
fn a_role_is_changed_in_all_its_parts() {
    let mut trial = with_role();
    trial.iam("UpdateRole", &named(&json!({"Description": "d"})));
    trial.iam("UpdateRole", &named(&json!({"MaxSessionDuration": "3601"})));
    trial.iam(
        "UpdateAssumeRolePolicy",
        &named(&json!({"PolicyDocument": TRUST.replace("ec2", "ecs")})),
    );
    trial.iam(
        "TagRole",
        &named(&json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]})),
    );
    trial.iam("UntagRole", &named(&json!({"TagKeys": ["a", "x"]})));
    trial.iam("PutRolePermissionsBoundary", &named(&json!({"PermissionsBoundary": MANAGED})));
    let role = trial.world.iam.role("host").unwrap().clone();
    assert_eq!((role.description.as_deref(), role.max_session), (Some("d"), 3601));
    assert!(role.trust.contains("ecs.amazonaws.com"));
    assert_eq!(role.boundary.as_deref(), Some(MANAGED));
    let tags = trial.iam("ListRoleTags", &named(&json!({})));
    assert_eq!(tags["Tags"], json!([{"Key": "b", "Value": "2"}]));
    trial.iam("DeleteRolePermissionsBoundary", &named(&json!({})));
    assert_eq!(trial.world.iam.role("host").unwrap().boundary, None);
}

#[test]
fn inline_policies_are_encoded_in_answers_and_limited_in_size() {
    let mut trial = with_role();
    let put = |name: &str, text: &str| named(&json!({"PolicyName": name, "PolicyDocument": text}));
    trial.iam("PutRolePolicy", &put("p", POLICY));
    let found = trial.iam("GetRolePolicy", &named(&json!({"PolicyName": "p"})));
    assert!(found["PolicyDocument"].as_str().unwrap().starts_with("%7B"));
    let names = trial.iam("ListRolePolicies", &named(&json!({})));
    assert_eq!(names["PolicyNames"], json!(["p"]));
    let large = POLICY.replace("ecs:Poll", &"x".repeat(10_200));
    assert_eq!(trial.iam_error("PutRolePolicy", &put("q", &large)), error("LimitExceeded", 409));
    let wrong = trial.iam_error("PutRolePolicy", &put("q", TRUST));
    assert_eq!(wrong, error("MalformedPolicyDocument", 400));
}

#[test]
fn managed_policies_are_attached_if_they_exist() {
    let mut trial = with_role();
    let attach = |arn: &str| named(&json!({"PolicyArn": arn}));
    trial.iam("AttachRolePolicy", &attach(MANAGED));
    trial.iam("AttachRolePolicy", &attach(MANAGED));
    let unknown = trial.iam_error("AttachRolePolicy", &attach("arn:aws:iam::aws:policy/None"));
    assert_eq!(unknown, error("NoSuchEntity", 404));
    let linked = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
    let linked = trial.iam_error("AttachRolePolicy", &attach(linked));
    assert_eq!(linked, error("PolicyNotAttachable", 400));
    let own = json!({"PolicyName": "own", "Path": "/muster/", "PolicyDocument": POLICY});
    let own = trial.iam("CreatePolicy", &own)["Policy"]["Arn"].clone();
    assert_eq!(own, "arn:aws:iam::123456789012:policy/muster/own");
    trial.iam("AttachRolePolicy", &attach(own.as_str().unwrap()));
    let used = trial.iam_error("DeletePolicy", &json!({"PolicyArn": own}));
    assert_eq!(used, error("DeleteConflict", 409));
    let found = trial.iam("GetPolicy", &json!({"PolicyArn": own}));
    assert_eq!(found["Policy"]["AttachmentCount"], 1);
    let input = named(&json!({"PathPrefix": "/service-role/"}));
    let listed = trial.iam("ListAttachedRolePolicies", &input);
    let expected =
        json!([{"PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": MANAGED}]);
    assert_eq!(listed["AttachedPolicies"], expected);
}

#[test]
fn an_instance_profile_has_one_role() {
    let mut trial = with_role();
    trial.iam("CreateRole", &role("second"));
    let profile = json!({"InstanceProfileName": "host", "Path": "/muster/"});
    let made = trial.iam("CreateInstanceProfile", &profile);
    assert!(made["InstanceProfile"]["InstanceProfileId"].as_str().unwrap().starts_with("AIPA"));
    let taken = trial.iam_error("CreateInstanceProfile", &profile);
    assert_eq!(taken, error("EntityAlreadyExists", 409));
    let add = |role: &str| json!({"InstanceProfileName": "host", "RoleName": role});
    trial.iam("AddRoleToInstanceProfile", &add("host"));
    let second = trial.iam_error("AddRoleToInstanceProfile", &add("second"));
    assert_eq!(second, error("LimitExceeded", 409));
    let found = trial.iam("GetInstanceProfile", &json!({"InstanceProfileName": "host"}));
    assert_eq!(found["InstanceProfile"]["Roles"][0]["RoleName"], "host");
    let of_role = trial.iam("ListInstanceProfilesForRole", &json!({"RoleName": "host"}));
    assert_eq!(of_role["InstanceProfiles"].as_array().unwrap().len(), 1);
    let delete = json!({"InstanceProfileName": "host"});
    assert_eq!(trial.iam_error("DeleteInstanceProfile", &delete), error("DeleteConflict", 409));
    trial.iam("RemoveRoleFromInstanceProfile", &add("host"));
    trial.iam("DeleteInstanceProfile", &delete);
    let listed = trial.iam("ListInstanceProfiles", &json!({"PathPrefix": "/muster/"}));
    assert_eq!(listed["InstanceProfiles"], json!([]));
}

#[test]
fn instance_profiles_have_tags() {
    let mut trial = Trial::new();
    let mut input = json!({"InstanceProfileName": "host", "Tags": [{"Key": "a", "Value": "1"}]});
    trial.iam("CreateInstanceProfile", &input);
    input["Tags"] = json!([{"Key": "b", "Value": "2"}]);
    trial.iam("TagInstanceProfile", &input);
    let tags = trial.iam("ListInstanceProfileTags", &json!({"InstanceProfileName": "host"}));
    assert_eq!(tags["Tags"].as_array().unwrap().len(), 2);
}

#[test]
fn a_service_linked_role_is_made_once_and_belongs_to_its_service() {
    let mut trial = Trial::new();
    let input = json!({"AWSServiceName": "ecs.amazonaws.com"});
    let made = trial.iam("CreateServiceLinkedRole", &input);
    assert_eq!(made["Role"]["RoleName"], "AWSServiceRoleForECS");
    let again = trial.world.call(crate::world::Service::Iam, "CreateServiceLinkedRole", &input);
    let again = again.unwrap_err();
    assert_eq!((again.code.as_str(), again.status), ("InvalidInput", 400));
    assert!(again.message.contains("has been taken in this account"));
    let change = json!({"RoleName": "AWSServiceRoleForECS", "PermissionsBoundary": MANAGED});
    let change = trial.iam_error("PutRolePermissionsBoundary", &change);
    assert_eq!(change, error("UnmodifiableEntity", 400));
}

#[test]
fn an_unknown_operation_is_an_invalid_action() {
    assert_eq!(Trial::new().iam_error("CreateUser", &json!({})), error("InvalidAction", 400));
}

#[test]
fn a_write_shows_only_after_so_many_reads_and_another_write_knows_it_at_once() {
    let mut trial = Trial::new();
    trial.world.iam.is_late_by(2);
    trial.iam("CreateRole", &role("late"));
    let get = json!({ "RoleName": "late" });
    for _ in 0..2 {
        assert_eq!(trial.iam_error("GetRole", &get), error("NoSuchEntity", 404));
    }
    trial.iam("GetRole", &get);
    assert_eq!(trial.iam_error("CreateRole", &role("late")), error("EntityAlreadyExists", 409));
}

#[test]
fn what_aws_demands_is_demanded() {
    let mut trial = Trial::new();
    trial.iam("CreateRole", &role("host"));
    trial.iam("CreateInstanceProfile", &json!({"InstanceProfileName": "host"}));
    for (thing, name) in [("Role", "RoleName"), ("InstanceProfile", "InstanceProfileName")] {
        for operation in [format!("Tag{thing}"), format!("Untag{thing}")] {
            let refused = trial.iam_error(&operation, &json!({name: "host"}));
            assert_eq!(refused, error("ValidationError", 400), "{operation}");
        }
    }
}
