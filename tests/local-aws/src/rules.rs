//! EventBridge rules: which events go to which functions.
//!
//! Patterns are matched by `quamina`, a port of the automaton that one of Event Ruler's first authors
//! wrote. What a comparison showed (2026):
//!
//! * `event-ruler` 0.1.0 on crates.io is an empty crate that holds the name.
//! * `quamina` 0.7.0 does exact strings, booleans, numbers and null, several values, nesting, lists in
//!   the event, `prefix`, `suffix`, `wildcard`, `equals-ignore-case`, `numeric`, `exists` and
//!   `anything-but` as EventBridge does, also that members of a list of objects must belong to the
//!   same element, and that a missing field is not `anything-but`.
//! * It does not know `$or`, which is therefore spread out here into one pattern for each
//!   alternative. It refuses `anything-but` with `prefix` inside and `prefix` with
//!   `equals-ignore-case` inside: a template that uses these gets an error, never a rule that does
//!   not match.
//! * A list in which `exists` with false stands beside others it does not always match by the others, so that
//!   such a list is spread out too.
//! * It takes 2 and 2.0 for the same number, which EventBridge does not.

use crate::template::{Template, Wakeup};
use quamina::Quamina;
use serde_json::{Map, Value};
use std::fmt;

/// A pattern that cannot be matched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule}: {problem}")]
pub struct RuleError {
    /// The rule's name.
    pub rule: String,
    /// What is wrong with its pattern.
    pub problem: String,
}

/// Where a rule listens, and the function that it wakes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    bus: String,
    function: String,
}

/// The enabled rules of a template.
pub struct Rules {
    matcher: Quamina<usize>,
    targets: Vec<Target>,
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("targets", &self.targets).finish_non_exhaustive()
    }
}

impl Rules {
    /// The rules of all functions.
    ///
    /// # Errors
    /// Names the rule whose pattern cannot be matched.
    pub fn read(template: &Template) -> Result<Self, RuleError> {
        let mut rules = Self { matcher: Quamina::new(), targets: Vec::new() };
        for function in &template.functions {
            for wakeup in &function.wakeups {
                if let Wakeup::Rule { id, bus, pattern, enabled: true } = wakeup {
                    let target = Target { bus: bus.clone(), function: function.name.clone() };
                    rules.add(id, target, pattern)?;
                }
            }
        }
        Ok(rules)
    }

    fn add(&mut self, rule: &str, target: Target, pattern: &Value) -> Result<(), RuleError> {
        let error = |problem: String| RuleError { rule: rule.to_owned(), problem };
        let number = self.targets.len();
        for alternative in alternatives(pattern).map_err(error)? {
            let added = self.matcher.add_pattern(number, &alternative.to_string());
            added.map_err(|problem| error(problem.to_string()))?;
        }
        self.targets.push(target);
        Ok(())
    }

    /// The functions that an event goes to, whatever its bus: one entry for each rule that matches.
    #[must_use]
    pub fn targets(&self, event: &Value) -> Vec<String> {
        self.matching(event).map(|target| target.function.clone()).collect()
    }

    /// The functions that an event on a bus goes to: one entry for each rule that matches.
    #[must_use]
    pub fn targets_on(&self, bus: &str, event: &Value) -> Vec<String> {
        let here = self.matching(event).filter(|target| target.bus == bus);
        here.map(|target| target.function.clone()).collect()
    }

    fn matching(&self, event: &Value) -> impl Iterator<Item = &Target> {
        let event = event.to_string();
        let mut matched = self.matcher.matches_for_event(event.as_bytes()).unwrap_or_default();
        matched.sort_unstable();
        matched.dedup();
        matched.into_iter().filter_map(|number| self.targets.get(number))
    }
}

/// So many ways to fulfil a pattern EventBridge takes (*Using $or* in the EventBridge user guide).
const MOST_WAYS: usize = 1_000;

/// The pattern without `$or`: one pattern for each way to fulfil it.
fn alternatives(pattern: &Value) -> Result<Vec<Value>, String> {
    let members = match pattern {
        Value::Object(members) => members,
        Value::Array(values) => return Ok(with_or_without(values)),
        other => return Ok(vec![other.clone()]),
    };
    let mut all = vec![Map::new()];
    for (name, member) in members {
        let ways: Vec<Map<String, Value>> = if name == "$or" {
            either(member)?
        } else {
            let ways = alternatives(member)?.into_iter();
            ways.map(|way| Map::from_iter([(name.clone(), way)])).collect()
        };
        if all.len().saturating_mul(ways.len()) > MOST_WAYS {
            return Err(format!("there are more than {MOST_WAYS} ways to fulfil it"));
        }
        let mut spread = Vec::new();
        for so_far in &all {
            for way in &ways {
                spread.push(both(so_far, way)?);
            }
        }
        all = spread;
    }
    Ok(all.into_iter().map(Value::Object).collect())
}

/// A field's values: those that it may have, and that it may be missing.
fn with_or_without(values: &[Value]) -> Vec<Value> {
    let missing = |value: &&Value| value.get("exists") == Some(&Value::Bool(false));
    let (without, with): (Vec<&Value>, Vec<&Value>) = values.iter().partition(missing);
    let ways = [with, without].into_iter().filter(|way| !way.is_empty());
    ways.map(|way| way.into_iter().cloned().collect()).collect()
}

fn either(member: &Value) -> Result<Vec<Map<String, Value>>, String> {
    let parts = member.as_array().filter(|parts| parts.len() >= 2);
    let parts = parts.ok_or("$or needs at least two patterns")?;
    let mut ways = Vec::new();
    for part in parts {
        for way in alternatives(part)? {
            match way {
                Value::Object(way) => ways.push(way),
                _ => return Err("$or needs patterns".to_owned()),
            }
        }
    }
    Ok(ways)
}

fn both(a: &Map<String, Value>, b: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut all = a.clone();
    for (name, value) in b {
        let value = match (a.get(name), value) {
            (None, value) => value.clone(),
            (Some(Value::Object(a)), Value::Object(b)) => Value::Object(both(a, b)?),
            (Some(_), _) => return Err(format!("'{name}' stands both beside $or and inside it")),
        };
        all.insert(name.clone(), value);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
