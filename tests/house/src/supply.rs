//! What is built in: every crate comes from the default registry, under a licence of `deny.toml`.

use crate::law::cargo;
use crate::tree::text;
use serde_json::Value;
use std::process::Command;

/// The licences that `deny.toml` allows: the quoted lines of its first list.
fn allowed() -> Vec<String> {
    let text = text("deny.toml");
    let (_, list) = text.split_once("allow = [").unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    let quoted = list.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
    quoted.map(str::to_owned).collect()
}

/// Whether an SPDX expression of the form `(A OR B) AND C` can be fulfilled with these licences.
fn fulfilled(expression: &str, allowed: &[String]) -> bool {
    let bare = expression.replace(['(', ')'], "").replace('/', " OR ");
    bare.split(" AND ")
        .all(|all| all.split(" OR ").any(|one| allowed.iter().any(|licence| licence == one.trim())))
}

/// The platform that cargo builds for here: the crates of others need not be downloaded.
fn platform() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn every_crate_is_of_the_default_registry_and_of_an_allowed_licence() {
    let platform = platform();
    let metadata = cargo(&["metadata", "--all-features", "--filter-platform", &platform]);
    let allowed = allowed();
    let mut found = Vec::new();
    let packages = metadata["packages"].as_array().unwrap();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let source = package["source"].as_str();
        // Ours have no source; the default registry's is the lock file's "registry+".
        if source.is_some_and(|source| !source.starts_with("registry+")) {
            found.push(format!("{name} comes from {source:?}"));
        }
        match package["license"].as_str() {
            Some(licence) if fulfilled(licence, &allowed) => {}
            other => found.push(format!("{name} has the licence {other:?}")),
        }
    }
    assert!(packages.len() > 50, "only {} crates", packages.len());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn one_registry_is_used() {
    let lock = text("Cargo.lock");
    let mut sources: Vec<&str> =
        lock.lines().filter(|line| line.starts_with("source = ")).collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len(), 1, "{sources:?}");
}

#[test]
fn a_licence_that_is_not_allowed_is_found() {
    let allowed = allowed();
    for good in ["MIT", "MIT/Apache-2.0", "(MIT OR GPL-3.0) AND Unicode-3.0", "LGPL-2.1 OR MIT"] {
        assert!(fulfilled(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0", "AGPL-3.0-only", "MIT AND GPL-2.0", "", "BUSL-1.1"] {
        assert!(!fulfilled(bad, &allowed), "{bad}");
    }
    assert!(!allowed.iter().any(|one| one.contains("GPL")));
}

#[test]
fn a_crate_of_ours_is_never_published_by_mistake() {
    let metadata = cargo(&["metadata", "--no-deps"]);
    for package in metadata["packages"].as_array().unwrap() {
        assert_eq!(package["publish"], Value::Array(Vec::new()), "{}", package["name"]);
    }
}
