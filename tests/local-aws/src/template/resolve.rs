//! CloudFormation's intrinsic functions, worked out for a stack that is made here, or that exists only in name.

use super::TemplateError;
use super::parameter::parameter;
use super::yaml::join;
use crate::base64;
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;

/// A resource as references see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    /// What `Ref` gives.
    pub(crate) physical_id: String,
    /// What `Fn::GetAtt` gives.
    pub(crate) attributes: BTreeMap<String, String>,
}

/// What references can point at.
pub(crate) struct Resolver<'t> {
    template: &'t Value,
    parameters: BTreeMap<String, Value>,
    /// The resources that were made; if there is nothing of the kind, names are made up.
    made: Option<&'t BTreeMap<String, Made>>,
    /// What other stacks export.
    exports: BTreeMap<String, String>,
    /// How deep in references and conditions this is now.
    depth: Cell<usize>,
}

/// What goes deeper goes round in a circle: a condition that names itself, a function whose name is a reference to it.
const DEEPEST: usize = 200;

/// The pseudo parameters that a caller can override like any other.
const PSEUDO: [(&str, &str); 7] = [
    ("AWS::AccountId", "123456789012"),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "us-west-2"),
    ("AWS::StackId", "arn:aws:cloudformation:us-west-2:123456789012:stack/muster/local"),
    ("AWS::StackName", "muster"),
    ("AWS::URLSuffix", "amazonaws.com"),
    ("AWS::NotificationARNs", ""),
];

impl<'t> Resolver<'t> {
    /// The values of the template's own parameters.
    pub(crate) fn declared(&self) -> BTreeMap<String, String> {
        let own = self.parameters.iter().filter(|(name, _)| !name.starts_with("AWS::"));
        own.map(|(name, value)| (name.clone(), plain(value))).collect()
    }

    pub(crate) fn new(
        template: &'t Value,
        overrides: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let mut parameters: BTreeMap<String, Value> =
            PSEUDO.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        if let Some(declared) = template.get("Parameters").and_then(Value::as_object) {
            for (name, declaration) in declared {
                parameters.insert(name.clone(), parameter(name, declaration, overrides)?);
            }
        }
        for (name, given) in overrides {
            match parameters.get(name) {
                None => return Err(TemplateError::new("Parameters", format!("has no {name}"))),
                Some(_) if name.starts_with("AWS::") => {
                    parameters.insert(name.clone(), json!(given));
                }
                Some(_) => {}
            }
        }
        Ok(Self { template, parameters, made: None, exports: BTreeMap::new(), depth: Cell::new(0) })
    }

    /// The same, where references point at what was made, and at what other stacks export.
    pub(crate) fn among(
        self,
        made: &'t BTreeMap<String, Made>,
        exports: BTreeMap<String, String>,
    ) -> Self {
        Self { made: Some(made), exports, ..self }
    }

    /// A pseudo parameter's value.
    pub(super) fn pseudo(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The value with every intrinsic function worked out; nothing for `AWS::NoValue`.
    pub(crate) fn resolve(
        &self,
        value: &Value,
        path: &str,
    ) -> Result<Option<Value>, TemplateError> {
        self.deeper(path, || self.resolved(value, path))
    }

    fn deeper<T>(
        &self,
        path: &str,
        inner: impl FnOnce() -> Result<T, TemplateError>,
    ) -> Result<T, TemplateError> {
        let depth = self.depth.get();
        if depth >= DEEPEST {
            return Err(TemplateError::new(path, "refers to itself"));
        }
        self.depth.set(depth.saturating_add(1));
        let come = inner();
        self.depth.set(depth);
        come
    }

    fn resolved(&self, value: &Value, path: &str) -> Result<Option<Value>, TemplateError> {
        match value {
            Value::Object(members) => match single(members) {
                Some((name, argument)) if name == "Ref" || name.starts_with("Fn::") => {
                    self.intrinsic(name, argument, path)
                }
                _ => self.members(members, path).map(Some),
            },
            Value::Array(items) => {
                let mut resolved = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    resolved.extend(self.resolve(item, &join(path, &at.to_string()))?);
                }
                Ok(Some(Value::Array(resolved)))
            }
            other => Ok(Some(other.clone())),
        }
    }

    fn members(&self, members: &Map<String, Value>, path: &str) -> Result<Value, TemplateError> {
        let mut resolved = Map::new();
        for (name, member) in members {
            if let Some(member) = self.resolve(member, &join(path, name))? {
                resolved.insert(name.clone(), member);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn intrinsic(
        &self,
        name: &str,
        argument: &Value,
        path: &str,
    ) -> Result<Option<Value>, TemplateError> {
        if name == "Fn::If" {
            return self.choose(argument, path);
        }
        if name == "Ref" && argument == "AWS::NoValue" {
            return Ok(None);
        }
        let value = match name {
            "Ref" => self.reference(text_of(argument, path)?, path)?,
            "Fn::GetAtt" => match argument.as_array().map(Vec::as_slice) {
                Some([Value::String(resource), Value::String(attribute)]) => {
                    json!(self.attribute(resource, attribute, path)?)
                }
                _ => return Err(TemplateError::new(path, "GetAtt needs a resource and attribute")),
            },
            "Fn::Sub" => json!(self.substitute(argument, path)?),
            "Fn::Join" => self.join(argument, path)?,
            "Fn::Base64" => json!(base64::encode(self.scalar(argument, path)?.as_bytes())),
            "Fn::ImportValue" => json!(self.import(&self.scalar(argument, path)?, path)?),
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                json!(self.holds(&json!({ name: argument }), path)?)
            }
            other => return Err(TemplateError::new(path, format!("uses {other}: not modelled"))),
        };
        Ok(Some(value))
    }

    fn import(&self, name: &str, path: &str) -> Result<&str, TemplateError> {
        let found = self.exports.get(name).map(String::as_str);
        found.ok_or_else(|| TemplateError::new(path, format!("No export named {name} found.")))
    }

    /// A resource that was made; nothing if none is made at all.
    fn made(&self, name: &str, path: &str) -> Result<Option<&Made>, TemplateError> {
        let Some(made) = self.made else { return Ok(None) };
        let found = made.get(name);
        found.map(Some).ok_or_else(|| TemplateError::new(path, format!("{name} is not there")))
    }

    fn choose(&self, argument: &Value, path: &str) -> Result<Option<Value>, TemplateError> {
        match argument.as_array().map(Vec::as_slice) {
            Some([Value::String(condition), then, otherwise]) => {
                let holds = self.condition(condition, path)?;
                self.resolve(if holds { then } else { otherwise }, path)
            }
            _ => Err(TemplateError::new(path, "If needs a condition and two values")),
        }
    }

    /// Whether a named condition of the template holds.
    pub(crate) fn condition(&self, name: &str, path: &str) -> Result<bool, TemplateError> {
        match self.template.get("Conditions").and_then(|all| all.get(name)) {
            Some(condition) => self.holds(condition, &format!("Conditions.{name}")),
            None => Err(TemplateError::new(path, format!("there is no condition {name}"))),
        }
    }

    fn holds(&self, condition: &Value, path: &str) -> Result<bool, TemplateError> {
        self.deeper(path, || self.held(condition, path))
    }

    fn held(&self, condition: &Value, path: &str) -> Result<bool, TemplateError> {
        let wrong = || TemplateError::new(path, "is not a condition");
        let (name, argument) = condition.as_object().and_then(single).ok_or_else(wrong)?;
        if name == "Condition" {
            return self.condition(text_of(argument, path)?, path);
        }
        let arguments = argument.as_array().ok_or_else(wrong)?;
        match (name, arguments.as_slice()) {
            ("Fn::Equals", [a, b]) => Ok(self.scalar(a, path)? == self.scalar(b, path)?),
            ("Fn::Not", [inner]) => Ok(!self.holds(inner, path)?),
            ("Fn::And", all) => all.iter().try_fold(true, |so, c| Ok(so & self.holds(c, path)?)),
            ("Fn::Or", all) => all.iter().try_fold(false, |so, c| Ok(so | self.holds(c, path)?)),
            _ => Err(wrong()),
        }
    }

    fn reference(&self, name: &str, path: &str) -> Result<Value, TemplateError> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        let kind = self.kind(name, path)?;
        if let Some(made) = self.made(name, path)? {
            return Ok(json!(made.physical_id));
        }
        let (region, account) = (self.pseudo("AWS::Region"), self.pseudo("AWS::AccountId"));
        Ok(json!(match kind {
            "AWS::SQS::Queue" => format!("https://sqs.{region}.amazonaws.com/{account}/{name}"),
            "AWS::SNS::Topic" | "AWS::IAM::ManagedPolicy" => self.attribute(name, "Arn", path)?,
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => self.function_name(name),
            _ => name.to_owned(),
        }))
    }

    /// The name that a function has in Lambda: `FunctionName`, or one made from the logical id.
    pub(super) fn function_name(&self, logical_id: &str) -> String {
        let given =
            self.template.pointer(&format!("/Resources/{logical_id}/Properties/FunctionName"));
        let given = given.and_then(|name| self.scalar(name, logical_id).ok());
        given.unwrap_or_else(|| format!("{}-{logical_id}", self.pseudo("AWS::StackName")))
    }

    fn attribute(&self, name: &str, attribute: &str, path: &str) -> Result<String, TemplateError> {
        let kind = self.kind(name, path)?;
        if let Some(made) = self.made(name, path)? {
            return made.attributes.get(attribute).cloned().ok_or_else(|| {
                TemplateError::new(path, format!("{name} has no attribute {attribute}"))
            });
        }
        if !attribute.ends_with("Arn") {
            return Ok(format!("{name}.{attribute}"));
        }
        let service = kind.split("::").nth(1).unwrap_or_default().to_lowercase();
        let region = self.pseudo("AWS::Region");
        let (service, region, resource) = match kind {
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                ("lambda".to_owned(), region, format!("function:{}", self.function_name(name)))
            }
            "AWS::IAM::ManagedPolicy" => (service, "", format!("policy/{name}")),
            "AWS::IAM::Role" => (service, "", format!("role/{name}")),
            _ => (service, region, name.to_owned()),
        };
        let (partition, account) = (self.pseudo("AWS::Partition"), self.pseudo("AWS::AccountId"));
        Ok(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    fn kind(&self, name: &str, path: &str) -> Result<&str, TemplateError> {
        let kind = self.template.pointer(&format!("/Resources/{name}/Type"));
        kind.and_then(Value::as_str).ok_or_else(|| {
            TemplateError::new(path, format!("there is no parameter or resource {name}"))
        })
    }

    fn substitute(&self, argument: &Value, path: &str) -> Result<String, TemplateError> {
        let (text, own) = match argument {
            Value::String(text) => (text, None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), Value::Object(own)] => (text, Some(own)),
                _ => return Err(TemplateError::new(path, "Sub needs a text and a map")),
            },
            _ => return Err(TemplateError::new(path, "Sub needs a text")),
        };
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| TemplateError::new(path, "Sub has a ${ without its }"))?;
            out.push_str(before);
            out.push_str(&self.placeholder(name, own, path)?);
            rest = after;
        }
        Ok(out + rest)
    }

    fn placeholder(
        &self,
        name: &str,
        own: Option<&Map<String, Value>>,
        path: &str,
    ) -> Result<String, TemplateError> {
        if let Some(literal) = name.strip_prefix('!') {
            return Ok(format!("${{{literal}}}"));
        }
        if let Some(value) = own.and_then(|own| own.get(name)) {
            return self.scalar(value, path);
        }
        match name.split_once('.') {
            Some((resource, attribute)) => self.attribute(resource, attribute, path),
            None => self.scalar(&self.reference(name, path)?, path),
        }
    }

    fn join(&self, argument: &Value, path: &str) -> Result<Value, TemplateError> {
        let Some([Value::String(between), list]) = argument.as_array().map(Vec::as_slice) else {
            return Err(TemplateError::new(path, "Join needs a delimiter and a list"));
        };
        match self.resolve(list, path)? {
            Some(Value::Array(items)) => {
                let items: Vec<_> = items.iter().map(plain).collect();
                Ok(json!(items.join(between)))
            }
            _ => Err(TemplateError::new(path, "Join needs a list")),
        }
    }

    /// The resolved value as the string that CloudFormation makes of a scalar.
    pub(crate) fn scalar(&self, value: &Value, path: &str) -> Result<String, TemplateError> {
        match self.resolve(value, path)? {
            Some(Value::Array(items)) if items.iter().all(|item| !item.is_object()) => {
                Ok(items.iter().map(plain).collect::<Vec<_>>().join(","))
            }
            Some(Value::Object(_) | Value::Array(_)) | None => {
                Err(TemplateError::new(path, "must be a scalar"))
            }
            Some(scalar) => Ok(plain(&scalar)),
        }
    }
}

fn single(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut all = members.iter();
    let (name, value) = all.next()?;
    all.next().is_none().then_some((name.as_str(), value))
}

fn text_of<'v>(value: &'v Value, path: &str) -> Result<&'v str, TemplateError> {
    value.as_str().ok_or_else(|| TemplateError::new(path, "must be a name"))
}

/// A scalar as CloudFormation hands it on: everything is a string there.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
