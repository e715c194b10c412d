//! `infra/boundary.yaml` against every document that the cluster's roles are made of.

use super::{Asked, Decision, decide, many, statements};
use crate::template::{Resolver, document};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The boundary's document in a partition.
fn boundary(partition: &str) -> Value {
    let text = std::fs::read_to_string(root().join("infra/boundary.yaml")).unwrap();
    let template = document(&text).unwrap();
    let place = BTreeMap::from([("AWS::Partition".to_owned(), partition.to_owned())]);
    let resolver = Resolver::new(&template, &place).unwrap();
    let given = template.pointer("/Resources/Boundary/Properties/PolicyDocument").unwrap();
    resolver.resolve(given, "PolicyDocument").unwrap().unwrap()
}

/// All samples, as `shared/domain` keeps them: by name, the roles with their documents.
fn samples() -> BTreeMap<String, Value> {
    let folder = root().join("shared/domain/tests/documents/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).unwrap())
    };
    files.map(read).collect()
}

/// The permissions of a sample's roles, without who may assume them.
fn documents(sample: &Value) -> Vec<Value> {
    let roles = sample.as_object().unwrap().values();
    let all = roles.flat_map(|role| role.as_object().unwrap());
    all.filter(|(name, _)| *name != "trust").map(|(_, document)| document.clone()).collect()
}

/// Each action of each statement on each of its resources.
fn granted(documents: &[Value]) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for statement in statements(documents) {
        assert_eq!(statement["Effect"], "Allow");
        for action in many(statement.get("Action")) {
            for resource in many(statement.get("Resource")) {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                all.insert((text(action), text(resource)));
            }
        }
    }
    all
}

/// A star in a resource is a letter like any other here, which only a star of the boundary matches: so what matches allows
/// all that the star stands for.
fn outside(boundary: &Value, documents: &[Value]) -> Vec<(String, String)> {
    let within = |(action, resource): &(String, String)| {
        let asked = Asked { action, resource, context: None };
        decide(std::slice::from_ref(boundary), asked) == Decision::Allowed
    };
    granted(documents).into_iter().filter(|one| !within(one)).collect()
}

#[test]
fn the_boundary_allows_all_that_any_role_of_a_cluster_may_do() {
    for (name, sample) in samples() {
        let partition = match name.rsplit('-').next() {
            Some("china") => "aws-cn",
            Some("govcloud") => "aws-us-gov",
            _ => "aws",
        };
        let documents = documents(&sample);
        assert!(!documents.is_empty(), "{name}");
        assert_eq!(outside(&boundary(partition), &documents), [], "{name}");
    }
}

#[test]
fn the_boundary_has_no_condition_and_no_action_or_resource_that_no_role_needs() {
    let boundary = boundary("aws");
    let needed = granted(&documents(&samples()["everything"]));
    for statement in statements(std::slice::from_ref(&boundary)) {
        assert_eq!(statement.get("Condition"), None, "the test above holds no condition");
        for action in many(statement.get("Action")) {
            let one = |resource: &Value| json!({ "Statement": [{ "Effect": "Allow", "Action": action, "Resource": resource }] });
            let used = |resource: &Value| {
                let only = [one(resource)];
                needed.iter().any(|(action, resource)| {
                    let asked = Asked { action, resource, context: None };
                    decide(&only, asked) == Decision::Allowed
                })
            };
            let some = many(statement.get("Resource")).iter().any(used);
            assert!(some, "no role needs {action}");
        }
        for resource in many(statement.get("Resource")) {
            let actions = statement.get("Action");
            let one = json!({ "Statement": [
                { "Effect": "Allow", "Action": actions, "Resource": resource },
            ] });
            let used = |(action, resource): &(String, String)| {
                let asked = Asked { action, resource, context: None };
                decide(std::slice::from_ref(&one), asked) == Decision::Allowed
            };
            assert!(needed.iter().any(used), "no role needs {resource} in {}", statement["Sid"]);
        }
    }
}

#[test]
fn what_is_outside_of_the_boundary_is_found() {
    let document = |action: &str, resource: &str| json!({ "Statement": [{ "Effect": "Allow", "Action": action, "Resource": resource }] });
    let cases = [
        ("ecs:DeleteCluster", "arn:aws:ecs:us-west-2:123456789012:cluster/blue"),
        ("s3:GetObject", "*"),
        ("sqs:SendMessage", "arn:aws:sqs:us-west-2:999999999999:jobs"),
        ("sqs:*", "arn:aws:sqs:us-west-2:123456789012:jobs"),
    ];
    for (action, resource) in cases {
        let found = outside(&boundary("aws"), &[document(action, resource)]);
        assert_eq!(found, [(action.to_owned(), resource.to_owned())]);
    }
}
