//! Every document that roles are made of, as reviewed files, and the table that people read.
//!
//! The samples are what the judges that are not ours are asked about: see `cargo xtask test`. To accept a change, look
//! at it first: `UPDATE_EXPECT=1 cargo test -p muster-domain --test documents`, then read the difference.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

mod managed;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use domain::roles::{Limits, Owner, Properties, Wanted, wanted};
use expect_test::expect_file;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

const ACCOUNT: &str = "123456789012";

fn roles(region: &str, asked: &Value) -> Wanted {
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.contains("-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let stack_id = format!("arn:{partition}:cloudformation:{region}:{ACCOUNT}:stack/prod/1");
    let owner = Owner {
        partition: partition.to_owned(),
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        stack_id,
        logical_id: "Roles".to_owned(),
        creating: None,
    };
    let boundary = format!("arn:{partition}:iam::{ACCOUNT}:policy/Boundary");
    let limits = Limits { boundary: Some(boundary), raw_statements: true };
    wanted(&Properties::read(asked).unwrap(), &owner, &limits).unwrap()
}

/// All that can be asked for at once.
fn everything() -> Value {
    json!({
        "ClusterName": "blue",
        "Capacity": ["EC2", "FARGATE"],
        "Infrastructure": ["Volumes", "LoadBalancers"],
        "ImageRepositories": ["web", "team/*"],
        "LogGroups": ["/ecs/blue", "/ecs/blue/*"],
        "TaskExecution": {
            "Secrets": ["prod/db"],
            "Parameters": ["/prod/url"],
            "Keys": ["11111111-2222-3333-4444-555555555555"],
        },
        "SessionManager": "true",
        "CloudWatchAgent": "true",
        "SpotDraining": "true",
        "TaskRoles": {
            "Worker": {
                "s3": { "read": ["in/new*"], "write": ["out"] },
                "sqs": { "receive": ["jobs"], "send": ["done"] },
                "sns": ["alerts"],
                "dynamodb": { "read": ["users"], "write": ["orders"] },
                "ssm": ["/prod/flags/*"],
                "secretsmanager": ["prod/key"],
                "kms": {
                    "decrypt": ["11111111-2222-3333-4444-555555555555"],
                    "encrypt": ["66666666-7777-8888-9999-000000000000"],
                },
                "exec": "true",
            },
        },
    })
}

/// What the documents are judged for: each sample with its region.
fn samples() -> BTreeMap<&'static str, (&'static str, Value)> {
    BTreeMap::from([
        ("least", ("us-west-2", json!({ "ClusterName": "blue" }))),
        ("fargate", ("us-west-2", json!({ "ClusterName": "blue", "Capacity": "FARGATE" }))),
        ("everything", ("us-west-2", everything())),
        ("everything-china", ("cn-north-1", everything())),
        ("everything-govcloud", ("us-gov-west-1", everything())),
    ])
}

/// The documents by role, and within it by name.
fn documents(wanted: &Wanted) -> Value {
    let role = |role: &domain::roles::WantedRole| {
        let mut documents = Map::from_iter([("trust".to_owned(), role.trust.clone())]);
        documents.extend(role.policies.clone());
        (role.attribute.clone(), Value::Object(documents))
    };
    Value::Object(wanted.roles.iter().map(role).collect())
}

#[test]
fn every_document_is_as_it_was_reviewed() {
    for (name, (region, asked)) in samples() {
        let documents = documents(&roles(region, &asked));
        let text = format!("{}\n", serde_json::to_string_pretty(&documents).unwrap());
        let file = format!("{}/tests/documents/samples/{name}.json", env!("CARGO_MANIFEST_DIR"));
        expect_file![file].assert_eq(&text);
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// A condition in one line.
fn condition(value: Option<&Value>) -> String {
    let operators = value.and_then(Value::as_object).into_iter().flatten();
    let keys = operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, value)| {
            format!("`{key}` {operator} {}", short(&texts(value).join(" or ")))
        })
    });
    keys.collect::<Vec<_>>().join("; ")
}

/// An ARN without what is the same in all.
fn short(text: &str) -> String {
    let text = text.replace("arn:aws:", "").replace(&format!("us-west-2:{ACCOUNT}:"), "");
    text.replace(&format!(":{ACCOUNT}:"), ":").replace('|', "\\|")
}

/// The golden table: a row for each action of each statement of each role.
fn table(wanted: &Wanted) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(["Role", "Action", "Resource", "Condition"]);
    for role in &wanted.roles {
        let statements = role.policies.values().flat_map(|it| it["Statement"].as_array().unwrap());
        for statement in statements {
            let resources: Vec<String> = texts(&statement["Resource"])
                .into_iter()
                .map(|it| format!("`{}`", short(it)))
                .collect();
            for action in texts(&statement["Action"]) {
                table.add_row([
                    role.attribute.clone(),
                    action.to_owned(),
                    resources.join(", "),
                    condition(statement.get("Condition")),
                ]);
            }
        }
    }
    table.to_string()
}

/// Who may assume each role.
fn trusts(wanted: &Wanted) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(["Role", "Assumed by", "Condition"]);
    for role in &wanted.roles {
        let statement = &role.trust["Statement"][0];
        let service = statement["Principal"]["Service"].as_str().unwrap();
        table.add_row([&role.attribute, service, &condition(statement.get("Condition"))]);
    }
    table.to_string()
}

const HEAD: &str = "\
# What each role may do

Written by `shared/domain/tests/documents`, which fails if a document changes; `UPDATE_EXPECT=1` accepts a change.
The cluster is `blue`; region and account are left out of the ARNs. Shown is all that can be asked for at once: what is
not asked for is not there. Sessions, the CloudWatch agent and draining on Spot warnings, for example, have their rows
only with `SessionManager`, `CloudWatchAgent` and `SpotDraining`. A `*` alone is an action that takes no resource in
the *Service Authorization Reference*.
";

#[test]
fn the_table_that_people_read_is_that_of_the_documents() {
    let wanted = roles("us-west-2", &everything());
    let mut text = HEAD.to_owned();
    writeln!(text, "\n## Who assumes them\n\n{}", trusts(&wanted)).unwrap();
    writeln!(text, "\n## What they may do\n\n{}", table(&wanted)).unwrap();
    writeln!(text, "\n## Beside AWS's own policies\n\n{}", managed::compared(&wanted)).unwrap();
    let file = format!("{}/../../docs/policies.md", env!("CARGO_MANIFEST_DIR"));
    expect_file![file].assert_eq(&text);
}
