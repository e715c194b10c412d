//! The template against the folders and the settings.

use crate::tree::{files, functions, template, text};
use domain::Policy;
use domain::policy::Complaint;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the template gives besides the settings: the event bus, whose name has no bounds, and the root
/// certificates.
const BESIDES: [&str; 2] = ["MUSTER_EVENT_BUS", "SSL_CERT_FILE"];

/// Every setting that the functions know, with its bounds: each complains about a value like this.
fn settings() -> Vec<Complaint> {
    Policy::read(|_| Some("none".to_owned())).unwrap_err()
}

fn environment(template: &Value) -> BTreeMap<String, String> {
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    let variables = variables.as_object().unwrap().iter();
    variables.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

#[test]
fn every_functions_folder_has_a_function_and_every_function_a_folder() {
    let template = template();
    let in_template: BTreeSet<String> = functions(&template)
        .iter()
        .map(|(_, function)| function["CodeUri"].as_str().unwrap().trim_end_matches('/').to_owned())
        .collect();
    let folders: BTreeSet<String> = files(&["toml"])
        .iter()
        .filter_map(|file| file.strip_suffix("/Cargo.toml"))
        .filter(|folder| folder.starts_with("functions/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(in_template, folders);
}

#[test]
fn a_function_is_named_after_its_folder_and_built_by_cargo_lambda() {
    let template = template();
    for (id, function) in functions(&template) {
        let folder = function["CodeUri"].as_str().unwrap();
        let words = folder.trim_start_matches("functions/").trim_end_matches('/').split('-');
        let name: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(id, name);
        assert_eq!(template["Resources"][id]["Metadata"]["BuildMethod"], "rust-cargolambda");
    }
}

#[test]
fn the_templates_variables_are_the_settings_and_no_others() {
    let known: BTreeSet<String> = settings().into_iter().map(|one| one.name).collect();
    let given: BTreeSet<String> = environment(&template())
        .into_keys()
        .filter(|name| !BESIDES.contains(&name.as_str()))
        .collect();
    assert_eq!(given, known);
}

#[test]
fn a_parameter_has_the_bounds_of_its_setting() {
    let template = template();
    let environment = environment(&template);
    for Complaint { name, least, most, .. } in settings() {
        let parameter = &template["Parameters"][&environment[&name]];
        assert_eq!(parameter["MinValue"], least, "{name}");
        assert_eq!(parameter["MaxValue"], most, "{name}");
    }
}

#[test]
fn a_parameters_default_is_its_settings_default() {
    let template = template();
    let environment = environment(&template);
    let default = |name: &str| {
        let parameter = environment.get(name)?;
        Some(template["Parameters"][parameter]["Default"].to_string())
    };
    assert_eq!(Policy::read(default).unwrap(), Policy::default());
}

#[test]
fn the_readme_tells_every_setting_with_its_default_and_bounds() {
    let (template, readme) = (template(), text("README.md"));
    let environment = environment(&template);
    for Complaint { name, least, most, .. } in settings() {
        let parameter = &environment[&name];
        let default = template["Parameters"][parameter]["Default"].as_u64().unwrap();
        let tag = name.to_lowercase().replace('_', "-").replacen('-', ":", 1);
        let (least, most) = (grouped(least.into()), grouped(most.into()));
        let end = format!("| `{tag}` | {} | {least} to {most} |", grouped(default));
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{parameter}`: ")));
        assert!(row.is_some_and(|row| row.ends_with(&end)), "{parameter}: {end}");
    }
}

/// A number with commas between the thousands.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

#[test]
fn every_event_that_cannot_be_handed_on_is_kept() {
    let template = template();
    let mut seen = 0;
    for (id, function) in functions(&template) {
        let Some(events) = function["Events"].as_object() else { continue };
        for (name, event) in events {
            let properties = &event["Properties"];
            assert_eq!(properties["DeadLetterConfig"]["Arn"], "RuleFailures.Arn", "{id} {name}");
            assert!(properties["RetryPolicy"].is_object(), "{id} {name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 10);
    let invoke = &template["Globals"]["Function"]["EventInvokeConfig"];
    assert_eq!(invoke["DestinationConfig"]["OnFailure"]["Destination"], "AsyncFailures.Arn");
}

#[test]
fn only_our_hooks_wake_a_function() {
    let template = template();
    let mut hooks = BTreeSet::new();
    for (_, function) in functions(&template) {
        for event in function["Events"].as_object().into_iter().flat_map(|events| events.values()) {
            let pattern = &event["Properties"]["Pattern"];
            if pattern["source"] == serde_json::json!(["aws.autoscaling"]) {
                let names = pattern["detail"]["LifecycleHookName"].as_array().unwrap();
                hooks.extend(names.iter().map(|name| name.as_str().unwrap()));
            }
        }
    }
    assert_eq!(hooks, BTreeSet::from([domain::names::LAUNCH_HOOK, domain::names::TERMINATE_HOOK]));
}
