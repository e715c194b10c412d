//! What the functions call in the simulation's worlds, against what their roles in `template.yaml` allow.
#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

use simulation::weather::Function;
use simulation::{Setup, run};
use std::collections::{BTreeMap, BTreeSet};

/// The functions, as the template names their binaries.
const NAMES: [(Function, &str); 5] = [
    (Function::Verifier, "agent-verifier"),
    (Function::Drainer, "host-drainer"),
    (Function::Deregisterer, "host-deregisterer"),
    (Function::Reconciler, "reconciler"),
    (Function::Adjuster, "capacity-adjuster"),
];

/// What each function's role allows.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let template = local_aws::Template::read(&text, &BTreeMap::new()).unwrap();
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for function in &template.functions {
        let statements =
            function.policies.iter().flat_map(|it| it["Statement"].as_array().unwrap());
        let actions = statements.flat_map(|one| match &one["Action"] {
            serde_json::Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        });
        let actions = actions.map(|one| one.as_str().unwrap().to_owned());
        all.entry(function.name.clone()).or_default().extend(actions);
    }
    all
}

// Of resources and conditions the local AWS judges, in the end-to-end tests: there is no wire here.
#[test]
fn every_call_of_every_world_is_one_that_the_functions_role_allows() {
    let allowed = allowed();
    let mut used = BTreeSet::new();
    for seed in 0..200 {
        used.extend(run(&Setup { seed, ..Setup::default() }).used);
    }
    for (function, name) in NAMES {
        let calls = used.iter().filter(|(one, _)| *one == function).map(|(_, method)| method.call);
        let calls: BTreeSet<&str> = calls.collect();
        assert!(calls.len() > 3, "{name}: {calls:?}");
        for call in calls {
            // What is no call of AWS's is named in words.
            let is_call = !call.contains(' ');
            assert!(!is_call || allowed[name].contains(call), "{name} may not {call}");
        }
    }
}
