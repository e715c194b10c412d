//! `MixedInstancesPolicy`: a group that launches several instance types.

use super::state::{Group, TemplateRef};
use super::{groups, render};
use crate::world::ApiError;
use crate::world::input::{self, invalid};
use serde_json::{Map, Value, json};

const DISTRIBUTION: [&str; 6] = [
    "OnDemandAllocationStrategy",
    "OnDemandBaseCapacity",
    "OnDemandPercentageAboveBaseCapacity",
    "SpotAllocationStrategy",
    "SpotInstancePools",
    "SpotMaxPrice",
];

/// What a group launches in place of the one type of its launch template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedInstancesPolicy {
    /// `LaunchTemplate.LaunchTemplateSpecification`.
    pub template: TemplateRef,
    /// `LaunchTemplate.Overrides`; if there are none, the launch template's own type is launched.
    pub overrides: Vec<Override>,
    /// `InstancesDistribution`. Its strategies choose nothing here: the types take turns.
    pub distribution: Value,
}

/// One of the types of a [`MixedInstancesPolicy`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// `InstanceType`.
    pub instance_type: String,
    /// `WeightedCapacity`: how much of the desired capacity one such instance is; none counts as 1.
    pub weight: Option<i64>,
    /// A launch template of its own.
    pub template: Option<TemplateRef>,
}

impl MixedInstancesPolicy {
    /// Reads the policy of a request; what a change does not name stays as it was.
    pub(super) fn read(given: &Value, old: Option<&Self>) -> Result<Self, ApiError> {
        input::only(given, &["LaunchTemplate", "InstancesDistribution"])?;
        let launch = input::member(given, "LaunchTemplate").unwrap_or(&Value::Null);
        input::only(launch, &["LaunchTemplateSpecification", "Overrides"])?;
        let template = match input::member(launch, "LaunchTemplateSpecification") {
            Some(specification) => groups::template(specification)?,
            None => old.map(|old| old.template.clone()).ok_or_else(|| {
                invalid("LaunchTemplate.LaunchTemplateSpecification is required.")
            })?,
        };
        let overrides = match (input::member(launch, "Overrides"), old) {
            (None, Some(old)) => old.overrides.clone(),
            _ => overrides(launch)?,
        };
        let distribution = match (input::member(given, "InstancesDistribution"), old) {
            (None, Some(old)) => old.distribution.clone(),
            (given, _) => distributed(given.unwrap_or(&Value::Null))?,
        };
        Ok(Self { template, overrides, distribution })
    }

    /// How many of so many instances are On-Demand; a part of one is a whole one.
    pub(super) fn on_demand_of(&self, all: i64) -> i64 {
        let number =
            |name| input::opt_int(&self.distribution, name).ok().flatten().unwrap_or_default();
        let base = number("OnDemandBaseCapacity").min(all);
        let beyond = all.saturating_sub(base);
        let percent = number("OnDemandPercentageAboveBaseCapacity");
        let part = beyond.saturating_mul(percent).saturating_add(99) / 100;
        base.saturating_add(part)
    }

    /// `DescribeAutoScalingGroups`' form of it.
    pub(super) fn written(&self) -> Value {
        let overrides = self.overrides.iter().map(|one| {
            json!({
                "InstanceType": one.instance_type,
                "WeightedCapacity": one.weight.map(|weight| weight.to_string()),
                "LaunchTemplateSpecification": one.template.as_ref().map(render::template),
            })
        });
        json!({
            "LaunchTemplate": {
                "LaunchTemplateSpecification": render::template(&self.template),
                "Overrides": overrides.collect::<Vec<_>>(),
            },
            "InstancesDistribution": self.distribution,
        })
    }
}

fn overrides(launch: &Value) -> Result<Vec<Override>, ApiError> {
    let mut read = Vec::new();
    for given in input::list(launch, "Overrides")? {
        let known = ["InstanceType", "WeightedCapacity", "LaunchTemplateSpecification"];
        input::only(given, &known)?;
        let weight = input::opt_int(given, "WeightedCapacity")?;
        if weight.is_some_and(|weight| !(1..=999).contains(&weight)) {
            return Err(invalid("WeightedCapacity must be between 1 and 999."));
        }
        let template = input::member(given, "LaunchTemplateSpecification");
        read.push(Override {
            instance_type: input::text(given, "InstanceType")?.to_owned(),
            weight,
            template: template.map(groups::template).transpose()?,
        });
    }
    if read.iter().any(|one| one.weight.is_some()) && read.iter().any(|one| one.weight.is_none()) {
        return Err(invalid("Either all of the Overrides must have a WeightedCapacity, or none."));
    }
    Ok(read)
}

/// The distribution with AWS's defaults for what is not given.
fn distributed(given: &Value) -> Result<Value, ApiError> {
    input::only(given, &DISTRIBUTION)?;
    let usual = json!({
        "OnDemandAllocationStrategy": "prioritized",
        "OnDemandBaseCapacity": 0,
        "OnDemandPercentageAboveBaseCapacity": 100,
        "SpotAllocationStrategy": "lowest-price",
    });
    let mut all: Map<String, Value> = usual.as_object().cloned().unwrap_or_default();
    all.extend(given.as_object().cloned().unwrap_or_default());
    Ok(all.into())
}

impl Group {
    /// The types that a launch may try, the one whose turn it is first: AWS lets price and capacity choose among
    /// them, and taking turns is a choice that a test can foresee.
    pub(super) fn wishes(&self) -> Vec<Override> {
        let Some(mixed) = self.mixed.as_ref().filter(|mixed| !mixed.overrides.is_empty()) else {
            return vec![Override::default()];
        };
        let turn = self.launches.checked_rem(mixed.overrides.len()).unwrap_or_default();
        let (later, first) = mixed.overrides.split_at(turn);
        [first, later].concat()
    }
}
