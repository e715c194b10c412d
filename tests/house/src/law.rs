//! The dependency law: `functions`, `cli` → `lambda`, `aws` → `ports` → `domain`, and never back.

use crate::tree::root;
use serde_json::Value;
use std::process::Command;

/// A room, the rooms that it may build on, and those that its tests may use besides.
struct Room {
    folder: &'static str,
    builds_on: &'static [&'static str],
    tested_with: &'static [&'static str],
    /// Beginnings of the names of crates of others that it must not know.
    knows_no: &'static [&'static str],
}

const SDK: &[&str] = &["aws-sdk-", "aws-config"];
const SDK_OR_RUNTIME: &[&str] =
    &["aws-", "aws_", "lambda_", "tokio", "reqwest", "hyper", "tracing"];

/// What a room is, by its folder; the first that fits holds.
const ROOMS: &[Room] = &[
    Room {
        folder: "shared/domain",
        builds_on: &[],
        tested_with: &[],
        knows_no: &[
            "aws-",
            "aws_",
            "lambda_",
            "tokio",
            "futures",
            "async-",
            "reqwest",
            "hyper",
            "axum",
            "tracing",
            "log",
            "rand",
            "getrandom",
            "chrono",
            "time",
        ],
    },
    Room {
        folder: "shared/ports",
        builds_on: &["shared/domain"],
        tested_with: &[],
        knows_no: SDK_OR_RUNTIME,
    },
    Room {
        folder: "shared/aws",
        builds_on: &["shared/domain", "shared/ports"],
        tested_with: &["tests/local-aws"],
        knows_no: &["lambda_", "aws_lambda_events", "reqwest"],
    },
    Room {
        folder: "shared/lambda",
        builds_on: &["shared/domain", "shared/ports"],
        tested_with: &[],
        knows_no: SDK,
    },
    Room {
        folder: "functions/",
        builds_on: &["shared/domain", "shared/ports", "shared/aws", "shared/lambda"],
        tested_with: &["tests/local-aws"],
        knows_no: SDK,
    },
    Room {
        folder: "cli",
        builds_on: &[
            "shared/domain",
            "shared/ports",
            "shared/aws",
            "shared/lambda",
            "tests/local-aws",
            "tests/simulation",
        ],
        tested_with: &[],
        knows_no: SDK,
    },
    Room { folder: "tests/local-aws", builds_on: &[], tested_with: &[], knows_no: SDK },
    Room { folder: "tests/house", builds_on: &[], tested_with: &["shared/domain"], knows_no: SDK },
    // What it costs is measured on the end-to-end tests' stage.
    Room {
        folder: "tests/bench",
        builds_on: &["shared/", "functions/", "cli", "tests/local-aws", "tests/end-to-end"],
        tested_with: &["tests/"],
        knows_no: &[],
    },
    // Without the SDK, which libFuzzer's build would compile once more; what the towns' file says is the simulation's.
    Room {
        folder: "tests/fuzz",
        builds_on: &["shared/", "functions/", "tests/local-aws", "tests/simulation"],
        tested_with: &["tests/"],
        knows_no: SDK,
    },
    // What tests the whole may use the whole.
    Room {
        folder: "tests/",
        builds_on: &["shared/", "functions/", "cli", "tests/local-aws"],
        tested_with: &["tests/"],
        knows_no: &[],
    },
    Room { folder: "xtask", builds_on: &[], tested_with: &[], knows_no: SDK_OR_RUNTIME },
];

/// One crate's dependency: the folder if it is ours, the name if not.
struct Arrow {
    from: String,
    to: Result<String, String>,
    only_in_tests: bool,
}

/// What cargo answers, without the network.
pub(crate) fn cargo(arguments: &[&str]) -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn arrows() -> Vec<Arrow> {
    let metadata = cargo(&["metadata", "--no-deps"]);
    let mut arrows = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let from = folder(manifest.strip_suffix("/Cargo.toml").unwrap());
        for dependency in package["dependencies"].as_array().unwrap() {
            arrows.push(Arrow {
                from: from.clone(),
                to: match dependency["path"].as_str() {
                    Some(path) => Ok(folder(path)),
                    None => Err(dependency["name"].as_str().unwrap().to_owned()),
                },
                only_in_tests: dependency["kind"] == "dev",
            });
        }
    }
    arrows
}

fn folder(path: &str) -> String {
    let path = std::path::Path::new(path);
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

/// What is wrong with an arrow, if anything.
fn breach(arrow: &Arrow) -> Option<String> {
    let Arrow { from, to, only_in_tests } = arrow;
    let Some(room) = ROOMS.iter().find(|room| from.starts_with(room.folder)) else {
        return Some(format!("{from} is no room of the house"));
    };
    let fits = |list: &[&str], name: &str| list.iter().any(|one| name.starts_with(one));
    match to {
        Ok(to) if fits(room.builds_on, to) => None,
        Ok(to) if *only_in_tests && fits(room.tested_with, to) => None,
        Ok(to) => Some(format!("{from} must not depend on {to}")),
        Err(name) if fits(room.knows_no, name) => Some(format!("{from} must not know {name}")),
        Err(_) => None,
    }
}

#[test]
fn every_arrow_points_the_way_it_may() {
    let arrows = arrows();
    assert!(arrows.iter().any(|one| one.from == "shared/ports" && one.to.is_ok()));
    let breaches: Vec<String> = arrows.iter().filter_map(breach).collect();
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn an_arrow_that_points_back_is_found() {
    let found = |from: &str, to: Result<&str, &str>, only_in_tests| {
        let to = to.map(str::to_owned).map_err(str::to_owned);
        breach(&Arrow { from: from.to_owned(), to, only_in_tests }).is_some()
    };
    for (from, to) in [
        ("shared/domain", Ok("shared/ports")),
        ("shared/domain", Err("tokio")),
        ("shared/domain", Err("rand")),
        ("shared/ports", Ok("shared/aws")),
        ("shared/lambda", Err("aws-sdk-ecs")),
        ("functions/reconciler", Ok("functions/host-drainer")),
        ("functions/reconciler", Ok("tests/local-aws")),
        ("cli", Ok("functions/reconciler")),
        ("tests/local-aws", Ok("shared/domain")),
        ("attic", Ok("shared/domain")),
    ] {
        assert!(found(from, to, false), "{from} {to:?}");
    }
    assert!(!found("shared/aws", Ok("tests/local-aws"), true));
    assert!(found("shared/domain", Ok("tests/local-aws"), true));
    assert!(!found("shared/aws", Err("aws-sdk-ecs"), false));
}
