use crate::world::trial::Trial;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/ecsInstanceRole";
const CLUSTER: &str = "arn:aws:ecs:us-west-2:123456789012:cluster/web";

fn with_role() -> Trial {
    let mut trial = Trial::new();
    trial.world.make_instance_role();
    trial
}

fn put(trial: &mut Trial, name: &str, statement: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let input =
        json!({"RoleName": "ecsInstanceRole", "PolicyName": name, "PolicyDocument": document});
    trial.iam("PutRolePolicy", &input);
}

fn decision(trial: &mut Trial, action: &str, resource: &str) -> String {
    let input =
        json!({"PolicySourceArn": ROLE, "ActionNames": [action], "ResourceArns": [resource]});
    let answer = trial.iam("SimulatePrincipalPolicy", &input);
    let result = &answer["EvaluationResults"][0];
    assert_eq!(result["EvalActionName"], action);
    assert_eq!(result["EvalResourceName"], resource);
    result["EvalDecision"].as_str().unwrap().to_owned()
}

#[test]
fn the_usual_role_may_do_what_an_agent_does_and_no_more() {
    let mut trial = with_role();
    for action in ["ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange", "ECS:poll"] {
        assert_eq!(decision(&mut trial, action, CLUSTER), "allowed", "{action}");
    }
    assert_eq!(decision(&mut trial, "ecs:RunTask", CLUSTER), "implicitDeny");
    let profile = json!({"InstanceProfileName": "ecsInstanceRole"});
    let profile = trial.iam("GetInstanceProfile", &profile);
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["Arn"], ROLE);
    trial.world.make_instance_role();
    assert_eq!(trial.world.iam.roles().count(), 1);
}

#[test]
fn an_explicit_deny_wins_over_every_allow() {
    let mut trial = with_role();
    put(&mut trial, "a", &json!({"Effect": "Deny", "Action": "ecs:Poll", "Resource": CLUSTER}));
    put(&mut trial, "b", &json!([{"Effect": "Allow", "Action": ["ecs:*"], "Resource": ["*"]}]));
    assert_eq!(decision(&mut trial, "ecs:Poll", CLUSTER), "explicitDeny");
    assert_eq!(decision(&mut trial, "ecs:Poll", &CLUSTER.replace("web", "api")), "allowed");
    assert_eq!(decision(&mut trial, "ecs:RunTask", CLUSTER), "allowed");
}

#[test]
fn what_is_not_named_is_what_not_action_and_not_resource_mean() {
    let mut trial = with_role();
    let all_but = json!({"Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::*"});
    put(&mut trial, "a", &all_but);
    assert_eq!(decision(&mut trial, "ecs:RunTask", CLUSTER), "allowed");
    assert_eq!(decision(&mut trial, "s3:GetObject", CLUSTER), "implicitDeny");
    assert_eq!(decision(&mut trial, "ecs:RunTask", "arn:aws:s3:::x"), "implicitDeny");
}

#[test]
fn a_boundary_takes_away_what_it_does_not_allow() {
    let mut trial = with_role();
    let document = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "ecs:Poll", "Resource": "*",
    }});
    let policy = json!({"PolicyName": "edge", "PolicyDocument": document.to_string()});
    let arn = trial.iam("CreatePolicy", &policy)["Policy"]["Arn"].clone();
    let input = json!({"RoleName": "ecsInstanceRole", "PermissionsBoundary": arn});
    trial.iam("PutRolePermissionsBoundary", &input);
    assert_eq!(decision(&mut trial, "ecs:Poll", CLUSTER), "allowed");
    let register = "ecs:RegisterContainerInstance";
    assert_eq!(decision(&mut trial, register, CLUSTER), "implicitDeny");
}

#[test]
fn own_and_detached_policies_count_as_they_are_attached() {
    let mut trial = with_role();
    let arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
    let input = json!({"RoleName": "ecsInstanceRole", "PolicyArn": arn});
    trial.iam("DetachRolePolicy", &input);
    assert_eq!(decision(&mut trial, "ecs:Poll", CLUSTER), "implicitDeny");
    let document = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "ecs:P?ll", "Resource": "*",
    }});
    let policy = json!({"PolicyName": "own", "PolicyDocument": document.to_string()});
    let arn = trial.iam("CreatePolicy", &policy)["Policy"]["Arn"].clone();
    let input = json!({"RoleName": "ecsInstanceRole", "PolicyArn": arn});
    trial.iam("AttachRolePolicy", &input);
    assert_eq!(decision(&mut trial, "ecs:Poll", CLUSTER), "allowed");
}

#[test]
fn results_come_for_every_pair_in_pages() {
    let mut trial = with_role();
    let mut input = json!({
        "PolicySourceArn": ROLE,
        "ActionNames": ["ecs:Poll", "ecs:RunTask"],
        "ResourceArns": [CLUSTER, "*"],
        "MaxItems": "3",
    });
    let first = trial.iam("SimulatePrincipalPolicy", &input);
    assert_eq!(first["IsTruncated"], true);
    input["Marker"] = first["Marker"].clone();
    let second = trial.iam("SimulatePrincipalPolicy", &input);
    assert_eq!(second["IsTruncated"], false);
    let pairs: Vec<String> = [first, second]
        .iter()
        .flat_map(|page| page["EvaluationResults"].as_array().unwrap().clone())
        .map(|one| format!("{} {}", one["EvalActionName"], one["EvalDecision"]))
        .collect();
    let (poll, run) = (r#""ecs:Poll" "allowed""#, r#""ecs:RunTask" "implicitDeny""#);
    assert_eq!(pairs, [poll, poll, run, run]);
}

#[test]
fn an_unknown_role_is_no_such_entity_and_nonsense_is_invalid() {
    let mut trial = with_role();
    let unknown = json!({"PolicySourceArn": format!("{ROLE}s"), "ActionNames": ["ecs:Poll"]});
    let error = trial.iam_error("SimulatePrincipalPolicy", &unknown);
    assert_eq!(error, ("NoSuchEntity".to_owned(), 404));
    let nonsense = json!({"PolicySourceArn": "role", "ActionNames": ["ecs:Poll"]});
    let error = trial.iam_error("SimulatePrincipalPolicy", &nonsense);
    assert_eq!(error, ("InvalidInput".to_owned(), 400));
    let gone = json!({"InstanceProfileName": "nobody"});
    assert_eq!(trial.iam_error("GetInstanceProfile", &gone), ("NoSuchEntity".to_owned(), 404));
}
