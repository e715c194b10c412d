//! What a stack's template says, with its parameters and what was made so far.

use super::template_stack::{Fault, TemplateStack};
use super::{order, properties};
use crate::template::{Made, Resolver, TemplateError, exists, plain};
use serde_json::Value;
use std::collections::BTreeMap;

impl TemplateStack {
    /// The stack's outputs.
    ///
    /// # Errors
    /// Names the output that points at what is not there.
    pub fn outputs(&self) -> Result<BTreeMap<String, String>, TemplateError> {
        let made = self.made();
        let resolver = self.resolver(&made)?;
        let mut values = BTreeMap::new();
        let outputs = self.document.get("Outputs").and_then(Value::as_object);
        for (name, output) in outputs.into_iter().flatten() {
            let path = format!("Outputs.{name}");
            if exists(&resolver, name, output)? {
                let value = output.get("Value").unwrap_or(&Value::Null);
                values.insert(name.clone(), resolver.scalar(value, &path)?);
            }
        }
        Ok(values)
    }

    fn made(&self) -> BTreeMap<String, Made> {
        let all = self.resources.iter();
        all.map(|one| (one.logical_id.clone(), one.made.clone())).collect()
    }

    fn resolver<'t>(
        &'t self,
        made: &'t BTreeMap<String, Made>,
    ) -> Result<Resolver<'t>, TemplateError> {
        let exports = self.local.stacks().exports.clone();
        Ok(Resolver::new(&self.document, &self.parameters)?.among(made, exports))
    }

    /// The logical ids of the resources that should be, in the order in which they are made.
    pub(super) fn wanted(&self) -> Result<Vec<String>, TemplateError> {
        let made = BTreeMap::new();
        let resolver = self.resolver(&made)?;
        let mut all = BTreeMap::new();
        let resources = self.document.get("Resources").and_then(Value::as_object);
        for (id, resource) in resources.into_iter().flatten() {
            let kind = resource.get("Type").map(plain).unwrap_or_default();
            if !properties::is_known(&kind) {
                let path = format!("Resources.{id}.Type");
                return Err(TemplateError::new(&path, format!("{kind} is not modelled")));
            }
            if exists(&resolver, id, resource)? {
                all.insert(id.clone(), order::named(resource));
            }
        }
        order::order(&all, self.last_first).map_err(|circle| {
            let told = format!("Circular dependency between resources: {}", circle.join(", "));
            TemplateError::new("Resources", told)
        })
    }

    /// The type of a resource, and its properties with every reference worked out.
    pub(super) fn properties(&self, id: &str) -> Result<(String, Value), Fault> {
        let made = self.made();
        let resource = self.document.pointer(&format!("/Resources/{id}"));
        let member = |name: &str| resource.and_then(|resource| resource.get(name));
        let kind = member("Type").map(plain).unwrap_or_default();
        let given = member("Properties").cloned().unwrap_or_default();
        let path = format!("Resources.{id}.Properties");
        let properties = self.resolver(&made)?.resolve(&given, &path)?;
        Ok((kind, properties.unwrap_or_default()))
    }
}
