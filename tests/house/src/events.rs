//! What Muster emits against what `infra/events` promises of it.
//!
//! The schemas are checked here with the few keywords that they use. One that is not known here is found, so
//! that none goes unchecked.

use crate::tree::{files, functions, template, text};
use domain::told::{BreakerReason, BreakerTold, HostTold, SOURCE, Slice, SweepTold, Told};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const HOST: &str = "i-0123456789abcdef0";
const ARN: &str = "arn:aws:ecs:eu-west-1:111122223333:container-instance/web/abc";
const AT: &str = "2026-03-04T05:06:07.123456789Z";

/// Keywords that say nothing about a value.
const NOTES: [&str; 5] = ["$schema", "$id", "title", "description", "examples"];

/// What is wrong with a value. `strict` also finds members that the schema does not name.
fn complaints(schema: &Value, value: &Value, strict: bool) -> Vec<String> {
    let mut found = Vec::new();
    for (keyword, wanted) in schema.as_object().unwrap() {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let length = || {
            let length = value.as_str().map_or(0, |text| text.chars().count());
            u64::try_from(length).unwrap()
        };
        let holds = match keyword.as_str() {
            note if NOTES.contains(&note) => true,
            "type" => match wanted.as_str().unwrap() {
                "object" => value.is_object(),
                "string" => value.is_string(),
                "array" => value.is_array(),
                "integer" => value.is_u64(),
                _ => false,
            },
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => number(value) >= number(wanted),
            "minLength" => length() >= number(wanted),
            "maxLength" => length() <= number(wanted),
            "format" => {
                wanted == "date-time" && value.as_str().unwrap().parse::<jiff::Timestamp>().is_ok()
            }
            "required" => wanted
                .as_array()
                .unwrap()
                .iter()
                .all(|one| value.get(one.as_str().unwrap()).is_some()),
            "properties" => {
                found.extend(members(wanted.as_object().unwrap(), value, strict));
                true
            }
            "minItems" => {
                let count = value.as_array().map_or(0, Vec::len);
                u64::try_from(count).unwrap() >= number(wanted)
            }
            "items" => {
                let all = value.as_array().into_iter().flatten();
                found.extend(all.flat_map(|one| complaints(wanted, one, strict)));
                true
            }
            "additionalProperties" => wanted == true,
            _ => false,
        };
        if !holds {
            found.push(format!("{value} is not as {keyword}: {wanted}"));
        }
    }
    found
}

fn members(known: &Map<String, Value>, value: &Value, strict: bool) -> Vec<String> {
    let mut found = Vec::new();
    for (name, member) in value.as_object().into_iter().flatten() {
        match known.get(name) {
            Some(schema) => found.extend(complaints(schema, member, strict)),
            None if strict => found.push(format!("{name} is not promised")),
            None => {}
        }
    }
    found
}

/// The schemas, by the detail-type that they are of.
fn schemas() -> BTreeMap<String, Value> {
    let files = files(&["json"]).into_iter().filter(|file| file.starts_with("infra/events/"));
    let schemas = files.map(|file| {
        let schema: Value = serde_json::from_str(&text(&file)).unwrap();
        let title = schema["title"].as_str().unwrap().to_owned();
        let name = title.to_lowercase().replace(' ', "-");
        assert_eq!(file, format!("infra/events/{name}.schema.json"));
        assert_eq!(schema["$id"], format!("urn:muster:event:{name}:{}", domain::told::VERSION));
        (title, schema)
    });
    schemas.collect()
}

fn host(full: bool) -> HostTold {
    HostTold {
        cluster: "web".parse().unwrap(),
        group: full.then(|| "web-blue".parse().unwrap()),
        instance_id: HOST.parse().unwrap(),
        at: AT.parse().unwrap(),
        because: "so it is".to_owned(),
        registration: full.then(|| ARN.parse().unwrap()),
        waited_seconds: full.then_some(600),
        cause: full.then(|| "agent-stopped".to_owned()),
        remedy: full.then(|| "look at its log".to_owned()),
    }
}

/// What is told of an action that names the group.
fn hooked(full: bool) -> HostTold {
    HostTold { group: Some("web-blue".parse().unwrap()), ..host(full) }
}

/// What is told of an action that names the registration.
fn registered(full: bool) -> HostTold {
    HostTold { registration: Some(ARN.parse().unwrap()), ..host(full) }
}

fn breaker(full: bool, reason: BreakerReason) -> BreakerTold {
    BreakerTold {
        cluster: "web".parse().unwrap(),
        group: full.then(|| "web-blue".parse().unwrap()),
        at: AT.parse().unwrap(),
        reason,
        failing: 4,
        hosts: 10,
    }
}

const REASONS: [BreakerReason; 5] = [
    BreakerReason::TooManyFailing,
    BreakerReason::BudgetSpent,
    BreakerReason::CorrelatedLoss,
    BreakerReason::LaunchLoop,
    BreakerReason::EcsUnreadable,
];

/// Everything that can be told, with all fields or with as few as there can be.
fn all(full: bool) -> Vec<Told> {
    let mut all = vec![
        Told::HostVerified(hooked(full)),
        Told::HostAbandoned(hooked(full)),
        Told::HostDraining(registered(full)),
        Told::HostDrained(hooked(full)),
        Told::RegistrationDeregistered(registered(full)),
        Told::HostRepaired(hooked(full)),
        Told::SweepWanted(SweepTold {
            cluster: "web".parse().unwrap(),
            slice: Slice { index: 0, of: 1 },
            tags: if full { vec!["web".to_owned()] } else { Vec::new() },
        }),
    ];
    all.extend(REASONS.map(|reason| Told::BreakerOpened(breaker(full, reason))));
    all.extend(REASONS.map(|reason| Told::BreakerClosed(breaker(full, reason))));
    all
}

/// A new event, or a new reason, does not compile until it stands here, and so in `all` or `REASONS`.
fn place(told: &Told) -> (usize, usize) {
    let reason = |breaker: &BreakerTold| match breaker.reason {
        BreakerReason::TooManyFailing => 0,
        BreakerReason::BudgetSpent => 1,
        BreakerReason::CorrelatedLoss => 2,
        BreakerReason::LaunchLoop => 3,
        BreakerReason::EcsUnreadable => 4,
    };
    match told {
        Told::HostVerified(_) => (0, 0),
        Told::HostAbandoned(_) => (1, 0),
        Told::HostDraining(_) => (2, 0),
        Told::HostDrained(_) => (3, 0),
        Told::RegistrationDeregistered(_) => (4, 0),
        Told::HostRepaired(_) => (5, 0),
        Told::SweepWanted(_) => (6, 0),
        Told::BreakerOpened(breaker) => (7, reason(breaker)),
        Told::BreakerClosed(breaker) => (8, reason(breaker)),
    }
}

#[test]
fn everything_that_can_be_told_has_an_example_here() {
    let places: BTreeSet<_> = all(true).iter().map(place).collect();
    let alone = (0..7).map(|event| (event, 0));
    let breakers = [7, 8].into_iter().flat_map(|event| (0..5).map(move |reason| (event, reason)));
    assert_eq!(places, alone.chain(breakers).collect());
}

#[test]
fn what_is_emitted_is_exactly_what_its_schema_promises() {
    let schemas = schemas();
    for told in all(true).into_iter().chain(all(false)) {
        let detail = serde_json::to_value(&told).unwrap();
        let found = complaints(&schemas[told.detail_type()], &detail, true);
        assert!(found.is_empty(), "{}: {found:#?}", told.detail_type());
    }
}

#[test]
fn every_field_that_is_promised_can_be_emitted() {
    let schemas = schemas();
    let told: BTreeSet<&str> = all(true).iter().map(Told::detail_type).collect();
    assert_eq!(schemas.keys().map(String::as_str).collect::<BTreeSet<_>>(), told);
    for told in all(true) {
        let detail = serde_json::to_value(&told).unwrap();
        let emitted: BTreeSet<&String> = detail.as_object().unwrap().keys().collect();
        let properties = &schemas[told.detail_type()]["properties"];
        let promised: BTreeSet<&String> = properties.as_object().unwrap().keys().collect();
        assert_eq!(emitted, promised, "{}", told.detail_type());
    }
}

#[test]
fn every_field_is_described_and_every_schema_has_an_example_that_fits() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["additionalProperties"], true, "{name}");
        for (field, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name}: {field}");
        }
        let examples = schema["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let found = complaints(&schema, example, true);
            assert!(found.is_empty(), "{name}: {found:#?}");
        }
    }
}

#[test]
fn a_detail_that_breaks_its_promise_is_found() {
    let schema = &schemas()["Breaker Opened"];
    let good = serde_json::to_value(&all(true)[7]).unwrap();
    assert!(complaints(schema, &good, true).is_empty());
    for (field, bad) in [
        ("version", "2".into()),
        ("cluster", Value::Null),
        ("cluster", "".into()),
        ("group", "x".repeat(256).into()),
        ("at", "yesterday".into()),
        ("reason", "TooManyFailing".into()),
        ("failing", "4".into()),
        ("hosts", (-1).into()),
        ("token", "sesame".into()),
    ] {
        let mut broken = good.clone();
        broken[field] = bad;
        assert!(!complaints(schema, &broken, true).is_empty(), "{broken}");
    }
    let mut lacking = good.clone();
    lacking.as_object_mut().unwrap().remove("reason");
    assert!(!complaints(schema, &lacking, true).is_empty());

    // Whoever reads by the schema lets new fields pass; a keyword that is not checked here does not.
    let mut more = good;
    more["new"] = 1.into();
    assert!(complaints(schema, &more, false).is_empty());
    assert!(!complaints(&serde_json::json!({ "pattern": "^a" }), &"b".into(), false).is_empty());
}

#[test]
fn the_readme_names_every_event_and_its_examples_are_true() {
    let (schemas, readme) = (schemas(), text("infra/events/README.md"));
    for name in schemas.keys() {
        let file = name.to_lowercase().replace(' ', "-");
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` | ")));
        let link = format!("| [{file}]({file}.schema.json) |");
        assert!(row.is_some_and(|row| row.ends_with(&link)), "{name}");
    }

    let blocks = readme.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let blocks: Vec<Value> = blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    let [event, pattern] = blocks.as_slice() else { panic!("{} examples", blocks.len()) };
    assert_eq!((&event["source"], &pattern["source"][0]), (&SOURCE.into(), &SOURCE.into()));
    let schema = &schemas[event["detail-type"].as_str().unwrap()];
    assert_eq!(complaints(schema, &event["detail"], true), Vec::<String>::new());
    for name in pattern["detail-type"].as_array().unwrap() {
        assert!(schemas.contains_key(name.as_str().unwrap()), "{name}");
    }
}

#[test]
fn only_our_own_wish_for_a_sweep_wakes_a_function() {
    let template = template();
    let mut heard = Vec::new();
    for (id, function) in functions(&template) {
        for event in function["Events"].as_object().into_iter().flat_map(|events| events.values()) {
            let pattern = &event["Properties"]["Pattern"];
            if pattern["source"] == serde_json::json!([SOURCE]) {
                heard.push((id, pattern["detail-type"].clone()));
            }
        }
    }
    let wish = all(true).into_iter().find(|told| matches!(told, Told::SweepWanted(_))).unwrap();
    assert_eq!(heard, [("Reconciler", serde_json::json!([wish.detail_type()]))]);
}
