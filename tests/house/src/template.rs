//! The template against the folders and the settings.

use crate::tree::{files, functions, template, text};
use domain::Policy;
use domain::policy::Known;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the template gives besides the settings: the event bus, whose name has no bounds, the collector of traces, and the
/// root certificates.
const BESIDES: [&str; 3] = ["MUSTER_EVENT_BUS", "OTEL_EXPORTER_OTLP_ENDPOINT", "SSL_CERT_FILE"];

/// Variables and the parameters that they are given from. One that is chosen on a condition is of none.
fn environment(template: &Value) -> BTreeMap<String, String> {
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    let variables = variables.as_object().unwrap().iter();
    variables.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
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
fn the_template_and_the_workspace_are_of_one_version() {
    let told = &template()["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"];
    let version = format!("version = \"{}\"", told.as_str().unwrap());
    assert!(text("Cargo.toml").lines().any(|line| line == version), "{version}");
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
    let known: BTreeSet<String> =
        Policy::known().into_iter().map(|one| one.variable.to_owned()).collect();
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
    for Known { variable, bounds, is_switch, .. } in Policy::known() {
        let parameter = &template["Parameters"][&environment[variable]];
        if let Some((least, most)) = bounds {
            assert_eq!(parameter["MinValue"], least, "{variable}");
            assert_eq!(parameter["MaxValue"], most, "{variable}");
        }
        let switch = parameter["AllowedValues"] == serde_json::json!(["false", "true"]);
        assert_eq!(switch, is_switch, "{variable}");
    }
}

/// A parameter's default, as a function is given it.
fn default_of(template: &Value, parameter: &str) -> String {
    match &template["Parameters"][parameter]["Default"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn a_parameters_default_is_its_settings_default() {
    let template = template();
    let environment = environment(&template);
    let default = |name: &str| Some(default_of(&template, environment.get(name)?));
    assert_eq!(Policy::read(default).unwrap(), Policy::default());
}

#[test]
fn the_manual_tells_every_setting_with_its_default_and_bounds() {
    let (template, manual) = (template(), text("docs/settings.md"));
    let environment = environment(&template);
    for Known { variable, tag, bounds, is_switch } in Policy::known() {
        let parameter = &environment[variable];
        let takes = match bounds {
            Some((least, most)) => format!("{} to {}", grouped(least.into()), grouped(most.into())),
            None if is_switch => "true or false".to_owned(),
            None => "text".to_owned(),
        };
        let end = format!("| `{tag}` | {} | {takes} |", told_default(&template, parameter));
        let row = row_of(&manual, parameter);
        assert!(row.is_some_and(|row| row.ends_with(&end)), "{parameter}: {end}");
    }
}

#[test]
fn the_manual_tells_every_other_parameter_with_its_default_and_what_it_takes() {
    let (template, manual) = (template(), text("docs/settings.md"));
    let environment = environment(&template);
    let settings: BTreeSet<&String> =
        Policy::known().iter().map(|known| &environment[known.variable]).collect();
    let parameters = template["Parameters"].as_object().unwrap();
    let others: Vec<_> = parameters.iter().filter(|(name, _)| !settings.contains(name)).collect();
    assert!(others.len() > 5, "{others:?}");
    for (name, parameter) in others {
        let (least, most) = (&parameter["MinValue"], &parameter["MaxValue"]);
        let takes = match parameter["AllowedValues"].as_array() {
            _ if least.is_number() => {
                format!("{} to {}", grouped(number(least)), grouped(number(most)))
            }
            Some(words) => {
                let texts = words.iter().map(Value::to_string);
                texts.map(|text| text.replace('"', "")).collect::<Vec<String>>().join(", ")
            }
            None => String::new(),
        };
        // Two words have an "or" between them, whichever is told first.
        let takes = match takes.as_str() {
            "false, true" => "true or false".to_owned(),
            "arm64, x86_64" => "arm64 or x86_64".to_owned(),
            _ => takes,
        };
        let row = row_of(&manual, name).unwrap_or_else(|| panic!("{name} is not told of"));
        let default = format!("| {} | ", told_default(&template, name));
        let (_, told) = row.rsplit_once(&default).unwrap_or_else(|| panic!("{name}: {default}"));
        let told = told.strip_suffix(" |").unwrap();
        assert!(
            if takes.is_empty() { told.starts_with('a') } else { told == takes },
            "{name}: {takes}"
        );
    }
}

#[test]
fn the_manual_tells_everything_that_is_written_on_groups_and_hosts() {
    use domain::{capacity, group, marks, names, taking};
    let manual = text("docs/settings.md");
    let tags = [names::CLUSTER_TAG, taking::TAG, group::BREAKER_TAG, capacity::SPARE_TAG];
    let attributes = [marks::DRAINING, marks::AGENT_LOST, marks::NOT_FOUND, marks::PROTECTED];
    for (names, on) in [(tags, "group"), (attributes, "registration")] {
        for name in names {
            assert!(manual.contains(&format!("\n| `{name}` | {on} | ")), "{name}");
            let may = manual.lines().filter(|line| line.starts_with("* `muster"));
            let may = may.filter_map(|line| line.split_once(": ")).any(|(of, _)| of.contains(name));
            assert!(may, "what a person may do with {name}");
        }
    }
}

/// The row of a table that tells a parameter.
fn row_of<'a>(manual: &'a str, parameter: &str) -> Option<&'a str> {
    manual.lines().find(|line| line.starts_with(&format!("| `{parameter}`: ")))
}

/// A parameter's default, as the manual tells it.
fn told_default(template: &Value, parameter: &str) -> String {
    let default = default_of(template, parameter);
    let default = default.parse().map(grouped).unwrap_or(default);
    if default.is_empty() { "none".to_owned() } else { default }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
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
    assert_eq!(seen, 12);
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

/// What is measured, by name.
fn metrics() -> BTreeSet<String> {
    let names = text("shared/lambda/src/metric.rs");
    let names = names.split("pub enum Metric {").nth(1).unwrap().split('}').next().unwrap();
    let names = names.lines().map(str::trim).filter(|line| !line.starts_with("///"));
    names.filter_map(|line| line.strip_suffix(',')).map(str::to_owned).collect()
}

#[test]
fn the_alarms_and_the_dashboard_name_metrics_that_there_are() {
    let (template, metrics) = (template(), metrics());
    assert!(metrics.len() > 10, "{metrics:?}");
    let resources = template["Resources"].as_object().unwrap();
    let of_type = |kind: &'static str| resources.values().filter(move |one| one["Type"] == kind);
    let mut named = BTreeSet::new();
    for alarm in of_type("AWS::CloudWatch::Alarm").map(|it| &it["Properties"]) {
        assert!(alarm["AlarmDescription"].is_string() && alarm["TreatMissingData"].is_string());
        match alarm["Metrics"][0]["Expression"].as_str() {
            Some(query) => {
                assert!(query.ends_with("FROM SCHEMA(Muster, Cluster)"), "{query}");
                named.insert(query.split(['(', ')']).nth(1).unwrap().to_owned());
            }
            None if alarm["Namespace"] == "Muster" => {
                named.insert(alarm["MetricName"].as_str().unwrap().to_owned());
            }
            None => assert_eq!(alarm["Namespace"], "AWS/SQS"),
        }
    }
    assert!(named.len() > 3 && named.is_subset(&metrics), "{named:?}");
    let boards: Vec<String> =
        of_type("AWS::CloudWatch::Dashboard").map(|it| it["Properties"].to_string()).collect();
    let [board] = boards.as_slice() else { panic!("one dashboard") };
    for words in board.split("MetricName=").skip(1) {
        let words = words.split('\'').next().unwrap().split(|c: char| !c.is_alphanumeric());
        for name in words.filter(|word| !["", "OR", "n"].contains(word)) {
            assert!(metrics.contains(name), "{name}");
        }
    }
}

#[test]
fn every_metric_and_every_alarm_is_told_of_in_the_docs() {
    let docs = text("docs/watching.md");
    for name in metrics() {
        assert!(docs.contains(&format!("\n| `{name}` |")), "{name}");
    }
    for (id, resource) in template()["Resources"].as_object().unwrap() {
        if resource["Type"] == "AWS::CloudWatch::Alarm" {
            assert!(docs.contains(&format!("\n### {id}\n")), "{id}");
        }
    }
}

/// cargo-lambda, which SAM builds with, chooses what the root manifest's profile does not say; and for panics it chooses `abort`
/// (*Build configuration* in the cargo-lambda guide). A custom resource that panics would then never answer.
#[test]
fn nothing_of_the_release_profile_is_left_to_the_packager() {
    let manifest = text("Cargo.toml");
    let profile = manifest.split("[profile.release]\n").nth(1).unwrap();
    let profile: Vec<&str> = profile.lines().take_while(|line| !line.starts_with('[')).collect();
    assert!(profile.contains(&"panic = \"unwind\""), "{profile:?}");
    for name in ["strip", "lto", "codegen-units"] {
        let said = |line: &&str| line.split_once(" = ").is_some_and(|(key, _)| key == name);
        assert!(profile.iter().any(said), "{name}: {profile:?}");
    }
}
