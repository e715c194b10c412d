//! Requests that make, change and delete groups.

use super::MixedInstancesPolicy;
use super::state::{Group, Place, Size, TemplateRef};
use super::{hook, hooks, reconcile, tags, terminate};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CREATE: [&str; 18] = [
    "AutoScalingGroupName",
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "AvailabilityZones",
    "VPCZoneIdentifier",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
    "Tags",
    "LifecycleHookSpecificationList",
    // These change nothing that is modelled.
    "ServiceLinkedRoleARN",
    "TerminationPolicies",
    "DefaultInstanceWarmup",
];

/// `CreateAutoScalingGroup`.
pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    input::only(input, &CREATE)?;
    let name = input::text(input, "AutoScalingGroupName")?.to_owned();
    if world.autoscaling.group(&name).is_some() {
        return Err(ApiError::client(
            "AlreadyExists",
            format!(
                "AutoScalingGroup by this name already exists - A group with the name {name} already exists"
            ),
        ));
    }
    let given = |name| input::member(input, name).is_some();
    if !given("LaunchTemplate") && !given("MixedInstancesPolicy") {
        return Err(one_launch());
    }
    let min = input::int(input, "MinSize")?;
    let max = input::int(input, "MaxSize")?;
    let desired = input::opt_int(input, "DesiredCapacity")?.unwrap_or(min);
    let (core, size) = (&mut world.core, checked(Size { min, max, desired })?);
    let (region, account) = (core.region().to_owned(), core.account().to_owned());
    let mut group = Group {
        arn: format!(
            "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{}:autoScalingGroupName/{name}",
            core.uuid()
        ),
        name: name.clone(),
        size,
        places: Vec::new(),
        subnets: String::new(),
        template: TemplateRef::default(),
        mixed: None,
        launches: 0,
        shunned: BTreeMap::new(),
        cooldown: 300,
        health_check_type: "EC2".to_owned(),
        grace: 0,
        created: core.now(),
        protects_new: false,
        rebalances: false,
        tags: tags::of_new_group(input)?,
        suspended: BTreeMap::new(),
        hooks: hooks::of_new_group(input)?,
        warm: None,
        members: BTreeMap::new(),
        activities: Vec::new(),
        cools_until: None,
        deleting: false,
    };
    settle(&mut group, input, &region)?;
    if group.places.is_empty() {
        return Err(invalid("At least one Availability Zone or VPC Subnet is required."));
    }
    world.autoscaling.refreshes.remove(&name);
    world.autoscaling.groups.insert(name.clone(), group);
    reconcile::soon(world, &name);
    Ok(json!({}))
}

/// Takes over the members that can be both given and changed.
fn settle(group: &mut Group, input: &Value, region: &str) -> Result<(), ApiError> {
    launches(group, input)?;
    places(group, input, region)?;
    group.cooldown = input::opt_int(input, "DefaultCooldown")?.unwrap_or(group.cooldown);
    group.grace = input::opt_int(input, "HealthCheckGracePeriod")?.unwrap_or(group.grace);
    if let Some(kind) = input::opt_text(input, "HealthCheckType")? {
        kind.clone_into(&mut group.health_check_type);
    }
    let protects = input::opt_bool(input, "NewInstancesProtectedFromScaleIn")?;
    group.protects_new = protects.unwrap_or(group.protects_new);
    let rebalances = input::opt_bool(input, "CapacityRebalance")?;
    group.rebalances = rebalances.unwrap_or(group.rebalances);
    Ok(())
}

fn one_launch() -> ApiError {
    invalid(
        "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or \
         MixedInstancesPolicy parameter.",
    )
}

/// What the group launches: a launch template, or a policy around one.
fn launches(group: &mut Group, input: &Value) -> Result<(), ApiError> {
    let one = input::member(input, "LaunchTemplate");
    match (one, input::member(input, "MixedInstancesPolicy")) {
        (Some(_), Some(_)) => return Err(one_launch()),
        (Some(given), None) => {
            group.template = template(given)?;
            group.mixed = None;
        }
        (None, Some(given)) => {
            let mixed = MixedInstancesPolicy::read(given, group.mixed.as_ref())?;
            group.template = mixed.template.clone();
            group.mixed = Some(mixed);
        }
        (None, None) => {}
    }
    Ok(())
}

/// Reads a `LaunchTemplateSpecification`.
pub(super) fn template(given: &Value) -> Result<TemplateRef, ApiError> {
    input::only(given, &["LaunchTemplateId", "LaunchTemplateName", "Version"])?;
    let text = |name| Ok(input::opt_text(given, name)?.map(str::to_owned));
    let template = TemplateRef {
        id: text("LaunchTemplateId")?,
        name: text("LaunchTemplateName")?,
        version: text("Version")?,
    };
    if template.key().is_empty() {
        return Err(invalid(
            "Valid requests must contain either launchTemplateId or LaunchTemplateName",
        ));
    }
    Ok(template)
}

fn places(group: &mut Group, input: &Value, region: &str) -> Result<(), ApiError> {
    let zones = input::texts(input, "AvailabilityZones")?;
    let subnets = input::opt_text(input, "VPCZoneIdentifier")?.unwrap_or_default();
    let subnets: Vec<&str> =
        subnets.split(',').map(str::trim).filter(|subnet| !subnet.is_empty()).collect();
    if zones.is_empty() && subnets.is_empty() {
        return Ok(());
    }
    group.subnets = subnets.join(",");
    // A subnet without a zone is in the zone of its place in the list: a, b, c.
    let letters = ('a'..='f').cycle();
    let count = zones.len().max(subnets.len());
    group.places = letters
        .take(count)
        .enumerate()
        .map(|(index, letter)| Place {
            zone: zones
                .get(index)
                .map_or_else(|| format!("{region}{letter}"), |&zone| zone.to_owned()),
            subnet: subnets
                .get(index)
                .map_or_else(|| format!("subnet-{index:017x}"), |&subnet| subnet.to_owned()),
        })
        .collect();
    Ok(())
}

/// More hosts than any cluster takes are a mistake, and are not launched one by one.
const MOST_HOSTS: i64 = 10_000;

fn launchable(desired: i64) -> Result<(), ApiError> {
    if desired <= MOST_HOSTS {
        return Ok(());
    }
    let told = format!("This local AWS launches at most {MOST_HOSTS} instances in a group.");
    Err(ApiError::client("LimitExceeded", told))
}

fn checked(size: Size) -> Result<Size, ApiError> {
    let Size { min, max, desired } = size;
    launchable(desired)?;
    if min < 0 {
        return Err(invalid("MinSize must not be negative."));
    }
    if min > max {
        return Err(invalid(format!(
            "Min bound, {min}, must be less than or equal to max bound, {max}"
        )));
    }
    if !(min..=max).contains(&desired) {
        return Err(invalid(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max \
             size:{max}"
        )));
    }
    Ok(size)
}

/// `UpdateAutoScalingGroup`: new bounds draw the desired capacity with them, unless it is given.
pub(super) fn update(world: &mut World, input: &Value) -> Answer {
    let known: Vec<&str> = CREATE
        .into_iter()
        .filter(|name| !matches!(*name, "Tags" | "LifecycleHookSpecificationList"))
        .collect();
    input::only(input, &known)?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let region = world.core.region().to_owned();
    // On a copy, so that an error changes nothing.
    let mut group = world.autoscaling.known(name)?.clone();
    let min = input::opt_int(input, "MinSize")?.unwrap_or(group.size.min);
    let max = input::opt_int(input, "MaxSize")?.unwrap_or(group.size.max);
    let desired = input::opt_int(input, "DesiredCapacity")?
        .unwrap_or_else(|| group.size.desired.min(max).max(min));
    group.size = checked(Size { min, max, desired })?;
    settle(&mut group, input, &region)?;
    world.autoscaling.groups.insert(name.to_owned(), group);
    reconcile::soon(world, name);
    Ok(json!({}))
}

/// `DeleteAutoScalingGroup`.
pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "ForceDelete"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let force = input::opt_bool(input, "ForceDelete")?.unwrap_or_default();
    let group = world.autoscaling.known_mut(name)?;
    if group.members.is_empty() {
        world.autoscaling.groups.remove(name);
        return Ok(json!({}));
    }
    if !force {
        return Err(ApiError::client(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot \
             instance request(s) still in the group.",
        ));
    }
    group.deleting = true;
    group.hooks.clear();
    group.size = Size { min: 0, max: 0, desired: 0 };
    let members: Vec<String> = group.members.keys().cloned().collect();
    for id in members {
        terminate::by_force(world, name, &id);
    }
    Ok(json!({}))
}

/// `SetDesiredCapacity`.
pub(super) fn set_desired(world: &mut World, input: &Value) -> Answer {
    input::only(input, &["AutoScalingGroupName", "DesiredCapacity", "HonorCooldown"])?;
    let name = input::text(input, "AutoScalingGroupName")?;
    let desired = input::int(input, "DesiredCapacity")?;
    let honour = input::opt_bool(input, "HonorCooldown")?.unwrap_or_default();
    let now = world.core.now();
    let group = world.autoscaling.known_mut(name)?;
    let Size { min, max, .. } = group.size;
    let refusal = |side: &str, bound: i64| {
        let text = format!(
            "New SetDesiredCapacity value {desired} is {side} value {bound} for the AutoScalingGroup."
        );
        Err(invalid(text))
    };
    if desired > max {
        return refusal("above max", max);
    }
    if desired < min {
        return refusal("below min", min);
    }
    launchable(desired)?;
    if honour && group.cools_until.is_some_and(|until| until > now) {
        return Err(ApiError::client(
            "ScalingActivityInProgress",
            format!("Auto Scaling group {name} is in its cooldown period."),
        ));
    }
    if group.size.desired != desired {
        group.size.desired = desired;
        group.cools_until = Some(hook::after(now, group.cooldown));
    }
    reconcile::soon(world, name);
    Ok(json!({}))
}
