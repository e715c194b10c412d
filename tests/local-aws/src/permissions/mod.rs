//! What each function's role allows, as the template grants it: a call that it does not allow is denied as AWS denies it,
//! and what was used of it is remembered.

#[cfg(test)]
mod boundary;
mod evaluate;
mod needs;

pub(crate) use evaluate::{Asked, decide, many};
pub(crate) use needs::Call;

use crate::template::Template;
use crate::world::{ApiError, World};
use evaluate::{Decision, action_is, applies, like, statements};
use needs::{Need, needs};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// The environment variable that names the folder for what was used of the permissions.
const FOLDER: &str = "LOCAL_AWS_PERMISSIONS";

/// An action on a resource, by a function's logical id. Of what is granted and used, the resource is the policy's pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The function's logical id.
    pub function: String,
    /// The action, for example `ecs:StopTask`.
    pub action: String,
    /// The resource.
    pub resource: String,
}

/// What functions may do, and what came of it so far.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// By a function's binary: its logical id and its policies.
    policies: BTreeMap<String, (String, Vec<Value>)>,
    /// What was allowed at least once.
    pub used: BTreeSet<Grant>,
    /// What was denied.
    pub denied: BTreeSet<Grant>,
}

impl Permissions {
    pub(crate) fn of(template: &Template) -> Self {
        let policies = template.functions.iter().map(|function| {
            let own = (function.logical_id.clone(), function.policies.clone());
            (function.name.clone(), own)
        });
        Self { policies: policies.collect(), ..Self::default() }
    }

    /// All that the template grants.
    #[must_use]
    pub fn granted(&self) -> BTreeSet<Grant> {
        let mut granted = BTreeSet::new();
        for (function, policies) in self.policies.values() {
            for statement in statements(policies) {
                granted.extend(grants(function, statement, |_| true, |_| true));
            }
        }
        granted
    }

    /// Writes what was granted, used and denied into the folder that `LOCAL_AWS_PERMISSIONS` names, if it names one: lines
    /// of a word, a function, an action and a resource. `cargo xtask test permissions` compares those of all tests.
    pub(crate) fn tell(&self) {
        static TOLD: AtomicU32 = AtomicU32::new(0);
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
        let granted = self.granted();
        let all = [("granted", &granted), ("used", &self.used), ("denied", &self.denied)];
        let lines = all.into_iter().flat_map(|(word, grants)| {
            grants.iter().map(move |one| {
                format!("{word} {} {} {}\n", one.function, one.action, one.resource)
            })
        });
        let number = TOLD.fetch_add(1, Ordering::Relaxed);
        let file = folder.join(format!("{}-{number}.txt", std::process::id()));
        // Whoever compares them finds it missing.
        let _ = std::fs::write(file, lines.collect::<String>());
    }

    /// That a caller may make a call. Whoever is no function of the template is the operator, who may do all.
    pub(crate) fn check(
        &mut self,
        world: &World,
        caller: &str,
        call: Call<'_>,
    ) -> Result<(), ApiError> {
        let Some((function, policies)) = self.policies.get(caller) else { return Ok(()) };
        for need in needs(world, call) {
            let asked = asked(&need);
            if decide(policies, asked) == Decision::Allowed {
                for statement in statements(policies).filter(|one| applies(one, asked)) {
                    let by = |action: &str| action_is(action, &need.action);
                    let on = |resource: &str| like(resource, &need.resource);
                    self.used.extend(grants(function, statement, by, on));
                }
                continue;
            }
            let Need { action, resource, .. } = need;
            let account = world.core.account();
            let who = format!("arn:aws:sts::{account}:assumed-role/{function}/{caller}");
            let told = format!(
                "User: {who} is not authorized to perform: {action} on resource: {resource} because no \
                 identity-based policy allows the {action} action"
            );
            self.denied.insert(Grant { function: function.clone(), action, resource });
            return Err(denied(call.service, told));
        }
        Ok(())
    }
}

fn asked(need: &Need) -> Asked<'_> {
    Asked { action: &need.action, resource: &need.resource, context: Some(&need.context) }
}

/// What a statement grants, of those actions on those resources.
fn grants(
    function: &str,
    statement: &Value,
    by: impl Fn(&str) -> bool,
    on: impl Fn(&str) -> bool,
) -> Vec<Grant> {
    let texts = |name: &str| many(statement.get(name)).iter().filter_map(Value::as_str);
    let resources: Vec<&str> = texts("Resource").filter(|resource| on(resource)).collect();
    let actions = texts("Action").filter(|action| by(action));
    let all = actions.flat_map(|action| resources.iter().map(move |resource| (action, *resource)));
    let grant = |(action, resource): (&str, &str)| Grant {
        function: function.to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
    };
    all.map(grant).collect()
}

/// Each service has its own word for it.
fn denied(service: &str, told: String) -> ApiError {
    match service {
        "ec2" => ApiError::client("UnauthorizedOperation", told).with_status(403),
        "ecs" | "events" | "logs" => ApiError::client("AccessDeniedException", told),
        _ => ApiError::client("AccessDenied", told).with_status(403),
    }
}

#[cfg(test)]
mod tests;
