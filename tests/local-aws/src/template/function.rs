//! One `AWS::Serverless::Function`.

use super::TemplateError;
use super::resolve::{Resolver, plain};
use super::yaml::join;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// The event bus that AWS's own services speak on.
pub(crate) const DEFAULT_BUS: &str = "default";

/// A function of the template.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its logical id.
    pub logical_id: String,
    /// The name of its binary: the last part of `CodeUri`.
    pub name: String,
    /// Its name in Lambda.
    pub function_name: String,
    /// Its ARN, without a version.
    pub arn: String,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Memory in MB.
    pub memory_size: u32,
    /// `ReservedConcurrentExecutions`, if set.
    pub reserved_concurrency: Option<u32>,
    /// `LoggingConfig.ApplicationLogLevel`, if set.
    pub log_level: Option<String>,
    /// The environment variables.
    pub environment: BTreeMap<String, String>,
    /// What happens to events that it fails on.
    pub event_invoke: EventInvokeConfig,
    /// The policies of its role.
    pub policies: Vec<Value>,
    /// What wakes it.
    pub wakeups: Vec<Wakeup>,
}

/// How asynchronous invocations are retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInvokeConfig {
    /// 0 to 2 further attempts.
    pub maximum_retry_attempts: u32,
    /// How old an event may become before it is given up.
    pub maximum_event_age: SignedDuration,
    /// The logical id of the queue that keeps what was given up.
    pub on_failure: Option<String>,
}

/// One entry of a function's `Events`.
#[derive(Clone, Debug, PartialEq)]
pub enum Wakeup {
    /// A rule on an event bus.
    Rule {
        /// The entry's name.
        id: String,
        /// The bus's name.
        bus: String,
        /// The event pattern.
        pattern: Value,
        /// Whether `State` is not `DISABLED`.
        enabled: bool,
    },
    /// A clock.
    Schedule(Schedule),
}

/// A function's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The schedule's name.
    pub id: String,
    /// Which service runs it, and so what it says by default.
    pub kind: ScheduleKind,
    /// The time between two ticks.
    pub rate: SignedDuration,
    /// The payload, if not the service's default.
    pub input: Option<String>,
    /// Whether `State` is not `DISABLED`.
    pub enabled: bool,
}

/// The two services that have clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// EventBridge Scheduler (`ScheduleV2`).
    Scheduler,
    /// An EventBridge rule with a schedule (`Schedule`).
    Rule,
}

impl Function {
    pub(super) fn read(
        resolver: &Resolver<'_>,
        logical_id: &str,
        resource: &Value,
        globals: &Value,
    ) -> Result<Self, TemplateError> {
        let path = format!("Resources.{logical_id}.Properties");
        let own = resource.get("Properties").cloned().unwrap_or_default();
        let place = Place { resolver, value: merged(globals, &own), path };
        let function_name = resolver.function_name(logical_id);
        let (region, account) = (resolver.pseudo("AWS::Region"), resolver.pseudo("AWS::AccountId"));
        Ok(Self {
            logical_id: logical_id.to_owned(),
            name: place.binary()?,
            arn: format!("arn:aws:lambda:{region}:{account}:function:{function_name}"),
            function_name,
            timeout: Duration::from_secs(u64::from(place.number("Timeout", 1, 900)?.unwrap_or(3))),
            memory_size: place.number("MemorySize", 128, 10_240)?.unwrap_or(128),
            reserved_concurrency: place.number("ReservedConcurrentExecutions", 0, 1000)?,
            log_level: place.within("LoggingConfig").text("ApplicationLogLevel")?,
            environment: place.within("Environment").within("Variables").environment()?,
            event_invoke: place.within("EventInvokeConfig").event_invoke()?,
            policies: place.policies()?,
            wakeups: place.wakeups(logical_id)?,
        })
    }
}

/// A value of the template and where it stands.
struct Place<'r, 't> {
    resolver: &'r Resolver<'t>,
    value: Value,
    path: String,
}

impl Place<'_, '_> {
    fn within(&self, name: &str) -> Self {
        let value = self.value.get(name).cloned().unwrap_or_default();
        Place { resolver: self.resolver, value, path: join(&self.path, name) }
    }

    fn error<T>(&self, problem: impl Into<String>) -> Result<T, TemplateError> {
        Err(TemplateError::new(&self.path, problem))
    }

    fn text(&self, name: &str) -> Result<Option<String>, TemplateError> {
        let resolved = match self.value.get(name) {
            Some(value) => self.resolver.resolve(value, &join(&self.path, name))?,
            None => None,
        };
        Ok(resolved.as_ref().map(plain))
    }

    fn number(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>, TemplateError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => self.within(name).error(format!("must be {least} to {most}, not {text}")),
        }
    }

    fn members(&self) -> Map<String, Value> {
        self.value.as_object().cloned().unwrap_or_default()
    }

    fn binary(&self) -> Result<String, TemplateError> {
        let uri = self.text("CodeUri")?.unwrap_or_default();
        let last = uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        match last {
            "" | "." => self.within("CodeUri").error("must name the function's folder"),
            name => Ok(name.to_owned()),
        }
    }

    fn environment(&self) -> Result<BTreeMap<String, String>, TemplateError> {
        let mut variables = BTreeMap::new();
        for name in self.members().keys() {
            variables.extend(self.text(name)?.map(|value| (name.clone(), value)));
        }
        Ok(variables)
    }

    fn event_invoke(&self) -> Result<EventInvokeConfig, TemplateError> {
        let age = self.number("MaximumEventAgeInSeconds", 60, 21_600)?.unwrap_or(21_600);
        Ok(EventInvokeConfig {
            maximum_retry_attempts: self.number("MaximumRetryAttempts", 0, 2)?.unwrap_or(2),
            maximum_event_age: SignedDuration::from_secs(i64::from(age)),
            on_failure: self.within("DestinationConfig").within("OnFailure").destination()?,
        })
    }

    /// The logical id behind `Destination: !GetAtt Queue.Arn`, or behind the ARN that it gives.
    fn destination(&self) -> Result<Option<String>, TemplateError> {
        let named = self.value.pointer("/Destination/Fn::GetAtt/0").and_then(Value::as_str);
        let text = self.text("Destination")?;
        let last = text.as_deref().and_then(|arn| arn.rsplit(':').next());
        Ok(named.or(last).map(str::to_owned))
    }

    fn policies(&self) -> Result<Vec<Value>, TemplateError> {
        let policies = self.within("Policies");
        match self.resolver.resolve(&policies.value, &policies.path)? {
            None | Some(Value::Null) => Ok(Vec::new()),
            // A managed policy is attached for what a layer does, and layers are not modelled.
            Some(Value::Array(all)) if all.iter().all(|one| one.is_object() || is_policy(one)) => {
                Ok(all.into_iter().filter(Value::is_object).collect())
            }
            Some(_) => policies.error("must be a list of policy documents and managed policies"),
        }
    }

    fn wakeups(&self, logical_id: &str) -> Result<Vec<Wakeup>, TemplateError> {
        let events = self.within("Events");
        let names = events.members();
        names.keys().map(|name| events.within(name).wakeup(logical_id, name)).collect()
    }

    fn wakeup(&self, logical_id: &str, name: &str) -> Result<Wakeup, TemplateError> {
        let properties = self.within("Properties");
        let id = format!("{logical_id}{name}");
        let enabled = properties.enabled()?;
        let kind = self.text("Type")?.unwrap_or_default();
        let kind = match kind.as_str() {
            "EventBridgeRule" | "CloudWatchEvent" => {
                return properties.rule(id, enabled);
            }
            "ScheduleV2" => ScheduleKind::Scheduler,
            "Schedule" => ScheduleKind::Rule,
            other => return self.error(format!("events of type '{other}' are not modelled")),
        };
        let id = properties.text("Name")?.unwrap_or(id);
        let rate = properties.rate()?;
        Ok(Wakeup::Schedule(Schedule { id, kind, rate, input: properties.text("Input")?, enabled }))
    }

    fn enabled(&self) -> Result<bool, TemplateError> {
        match self.text("State")?.as_deref() {
            None | Some("ENABLED") => Ok(self.text("Enabled")?.as_deref() != Some("false")),
            Some("DISABLED") => Ok(false),
            Some(other) => self.within("State").error(format!("cannot be '{other}'")),
        }
    }

    fn rule(&self, id: String, enabled: bool) -> Result<Wakeup, TemplateError> {
        let shaped = ["Input", "InputPath", "InputTransformer"];
        if let Some(name) = shaped.iter().find(|name| self.value.get(**name).is_some()) {
            return self.within(name).error("is not modelled");
        }
        let bus = self.text("EventBusName")?.unwrap_or_else(|| DEFAULT_BUS.to_owned());
        let pattern = self.within("Pattern");
        match self.resolver.resolve(&pattern.value, &pattern.path)? {
            Some(resolved) if resolved.is_object() => {
                Ok(Wakeup::Rule { id, bus, pattern: resolved, enabled })
            }
            _ => pattern.error("must be an event pattern"),
        }
    }

    fn rate(&self) -> Result<SignedDuration, TemplateError> {
        let text = self.text("ScheduleExpression")?.unwrap_or_default();
        let inner = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
        let parts = inner.and_then(|inner| inner.trim().split_once(' '));
        let rate = parts.and_then(|(number, unit)| {
            let seconds: i64 = match unit.trim().trim_end_matches('s') {
                "minute" => 60,
                "hour" => 3600,
                "day" => 86_400,
                _ => return None,
            };
            let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
            seconds.checked_mul(number).map(SignedDuration::from_secs)
        });
        let place = self.within("ScheduleExpression");
        rate.map_or_else(|| place.error(format!("'{text}' is not modelled")), Ok)
    }
}

/// The function's own properties over those of `Globals`: mappings are merged, the rest replaced.
fn merged(globals: &Value, own: &Value) -> Value {
    match (globals, own) {
        (Value::Object(globals), Value::Object(own)) => {
            let mut all = globals.clone();
            for (name, value) in own {
                let value = merged(globals.get(name).unwrap_or(&Value::Null), value);
                all.insert(name.clone(), value);
            }
            Value::Object(all)
        }
        (globals, Value::Null) => globals.clone(),
        (_, own) => own.clone(),
    }
}

fn is_policy(value: &Value) -> bool {
    value.as_str().is_some_and(|arn| arn.starts_with("arn:") && arn.contains(":policy/"))
}
