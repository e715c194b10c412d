//! The SAM template: which functions there are, what wakes them, and with which settings.
//!
//! Only what the local AWS needs is read; what it would need but does not model is an error, so that
//! a rule can not silently go missing.

mod function;
mod parameter;
mod resolve;
mod yaml;

pub(crate) use function::DEFAULT_BUS;
pub use function::{EventInvokeConfig, Function, Schedule, ScheduleKind, Wakeup};
pub(crate) use resolve::{Made, Resolver, plain};
pub(crate) use yaml::read as document;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A template that cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {path}: {problem}")]
pub struct TemplateError {
    /// The place in the template, for example `Resources.AgentVerifier.Properties.Timeout`.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
}

impl TemplateError {
    pub(crate) fn new(path: &str, problem: impl Into<String>) -> Self {
        let path = if path.is_empty() { "(document)" } else { path };
        Self { path: path.to_owned(), problem: problem.into() }
    }
}

/// The functions of a SAM template, with every reference worked out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The functions in the order of their logical ids.
    pub functions: Vec<Function>,
    /// The logical ids of the queues.
    pub queues: BTreeSet<String>,
    /// What other stacks can import, by name.
    pub exports: BTreeMap<String, String>,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
    /// What its stack tells others, as far as it can be worked out here.
    pub outputs: BTreeMap<String, String>,
}

impl Template {
    /// Reads a template with the parameters' defaults, or `overrides` where given. The pseudo
    /// parameters (`AWS::Region`, `AWS::AccountId`, …) can be overridden too.
    ///
    /// # Errors
    /// Names the place in the template: YAML that is none, a parameter without a value, a reference
    /// to nothing, or something that the local AWS does not model (an `SQS` event, a `cron` schedule).
    pub fn read(text: &str, overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let document = yaml::read(text)?;
        let resolver = Resolver::new(&document, overrides)?;
        let resources = document.get("Resources").and_then(Value::as_object);
        let resources =
            resources.ok_or_else(|| TemplateError::new("Resources", "must be a mapping"))?;
        let globals = document.pointer("/Globals/Function").cloned().unwrap_or_else(|| json!({}));
        let mut template = Self {
            exports: exports(&resolver, &document)?,
            outputs: outputs(&document, &resolver),
            parameters: resolver.declared(),
            ..Self::default()
        };
        for (logical_id, resource) in resources {
            if !exists(&resolver, logical_id, resource)? {
                continue;
            }
            match resource.get("Type").and_then(Value::as_str) {
                Some("AWS::Serverless::Function") => {
                    let function = Function::read(&resolver, logical_id, resource, &globals)?;
                    template.functions.push(function);
                }
                Some("AWS::SQS::Queue") => {
                    template.queues.insert(logical_id.clone());
                }
                _ => {}
            }
        }
        template.functions.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        template.unique_names()?;
        Ok(template)
    }

    /// The function with this binary name, logical id or name in Lambda.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| {
            function.name == name || function.logical_id == name || function.function_name == name
        })
    }

    fn unique_names(&self) -> Result<(), TemplateError> {
        let mut seen = BTreeSet::new();
        match self.functions.iter().find(|function| !seen.insert(&function.name)) {
            None => Ok(()),
            Some(twice) => Err(TemplateError::new(
                &format!("Resources.{}.Properties.CodeUri", twice.logical_id),
                format!("two functions have the binary {}", twice.name),
            )),
        }
    }
}

fn exports(
    resolver: &Resolver<'_>,
    document: &Value,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut exports = BTreeMap::new();
    for (id, output) in document.get("Outputs").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("Outputs.{id}");
        if let Some(name) = output.pointer("/Export/Name") {
            let value = output.get("Value").unwrap_or(&Value::Null);
            exports.insert(resolver.scalar(name, &path)?, resolver.scalar(value, &path)?);
        }
    }
    Ok(exports)
}

fn outputs(document: &Value, resolver: &Resolver<'_>) -> BTreeMap<String, String> {
    let all = document.get("Outputs").and_then(Value::as_object);
    let output = |(key, output): (&String, &Value)| {
        let value = resolver.scalar(output.get("Value")?, &format!("Outputs.{key}.Value")).ok()?;
        Some((key.clone(), value))
    };
    all.into_iter().flatten().filter_map(output).collect()
}

/// Whether a resource's condition holds.
pub(crate) fn exists(
    resolver: &Resolver<'_>,
    id: &str,
    resource: &Value,
) -> Result<bool, TemplateError> {
    match resource.get("Condition").and_then(Value::as_str) {
        Some(condition) => resolver.condition(condition, &format!("Resources.{id}.Condition")),
        None => Ok(true),
    }
}

#[cfg(test)]
mod tests;
