//! Services: create, update, describe, list, delete.

use super::events::{self, Action};
use super::filter::Expression;
use super::render::{self, Form};
use super::state::{Cluster, Deployment, Service, Task};
use super::{World, names, read, scheduler, task_definitions};
use crate::world::{Answer, ApiError};
use serde_json::{Map, Value, json};

/// Members that are stored and shown, and have no effect here.
const SHOWN: [&str; 12] = [
    "capacityProviderStrategy",
    "loadBalancers",
    "serviceRegistries",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
    "platformVersion",
];

pub(super) fn create(world: &mut World, input: &Value) -> Answer {
    let name = read::needed(input, "serviceName")?.to_owned();
    let definition = read::needed(input, "taskDefinition")?;
    let definition = task_definitions::find_active(world, definition)?;
    provided(world, input)?;
    let cluster = world.ecs.cluster_of(input)?;
    match cluster.services.get(&name).map(|service| service.status) {
        Some("ACTIVE") => return Err(read::invalid("Creation of service was not idempotent.")),
        Some("DRAINING") => {
            return Err(read::invalid("Unable to Start a service that is still Draining."));
        }
        _ => {}
    }
    let place = cluster.name.clone();
    let service = new_service(world, &place, input)?;
    world.ecs.cluster_of_mut(input)?.services.insert(name.clone(), service);
    deploy(world, &place, &name, &definition);
    Ok(answer(world, &place, &name))
}

fn new_service(world: &World, cluster: &str, input: &Value) -> Result<Service, ApiError> {
    let name = read::needed(input, "serviceName")?;
    let daemon = is_daemon(input)?;
    let desired = read::count(input, "desiredCount")?;
    if daemon && desired.is_some() {
        return Err(read::invalid("desiredCount cannot be given for a daemon service."));
    }
    let mut service = Service {
        arn: names::arn(&world.core, "service", &format!("{cluster}/{name}")),
        name: name.to_owned(),
        status: "ACTIVE",
        daemon,
        desired: desired.unwrap_or(0),
        minimum_percent: if daemon { 0 } else { 100 },
        maximum_percent: if daemon { 100 } else { 200 },
        constraints: constraints(input)?,
        shown: read::kept(input, &SHOWN),
        deployments: Vec::new(),
        events: Vec::new(),
        created_at: world.core.now(),
        deleted_at: None,
        steady: false,
        failure_said_at: None,
        tags: read::tags(input)?,
    };
    percents(&mut service, input)?;
    Ok(service)
}

/// A service may be bound to capacity providers of its cluster. Where its tasks go is not changed by that here: hosts of all
/// groups take them.
fn provided(world: &World, input: &Value) -> Result<(), ApiError> {
    let strategy = read::list(input, "capacityProviderStrategy")?;
    if strategy.is_empty() {
        return ec2_only(input);
    }
    if read::text(input, "launchType")?.is_some() {
        return Err(read::invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    let cluster = world.ecs.cluster_of(input)?;
    let named = strategy.iter().filter_map(|one| one.get("capacityProvider")?.as_str());
    match named.into_iter().find(|name| !cluster.providers.iter().any(|one| one == name)) {
        None => Ok(()),
        Some(name) => Err(read::invalid(format!(
            "The specified capacity provider '{name}' is not associated with the cluster."
        ))),
    }
}

/// Refuses what would need Fargate or capacity providers, rather than to take and ignore it.
pub(super) fn ec2_only(input: &Value) -> Result<(), ApiError> {
    let provided = !read::list(input, "capacityProviderStrategy")?.is_empty();
    if provided || read::text(input, "launchType")?.is_some_and(|kind| kind != "EC2") {
        return Err(read::invalid("Only the launch type EC2 is modelled."));
    }
    Ok(())
}

fn is_daemon(input: &Value) -> Result<bool, ApiError> {
    match read::text(input, "schedulingStrategy")? {
        None | Some("REPLICA") => Ok(false),
        Some("DAEMON") => Ok(true),
        Some(_) => Err(read::invalid("schedulingStrategy must be REPLICA or DAEMON.")),
    }
}

/// The placement constraints, with expressions that can be read.
pub(super) fn constraints(input: &Value) -> Result<Vec<Value>, ApiError> {
    let constraints = read::list(input, "placementConstraints")?;
    for constraint in constraints {
        if let Some(expression) = read::text(constraint, "expression")? {
            Expression::parse(expression).map_err(|why| {
                read::invalid(format!("Invalid placement constraint expression: {why}"))
            })?;
        }
    }
    Ok(constraints.to_vec())
}

fn percents(service: &mut Service, input: &Value) -> Result<(), ApiError> {
    let asked = read::object(input, "deploymentConfiguration")?;
    let minimum = read::count(asked, "minimumHealthyPercent")?.unwrap_or(service.minimum_percent);
    let maximum = read::count(asked, "maximumPercent")?.unwrap_or(service.maximum_percent);
    if minimum > 100 || maximum < 100 && !service.daemon || maximum > 200 {
        return Err(read::invalid(
            "minimumHealthyPercent must be 0 to 100 and maximumPercent 100 to 200.",
        ));
    }
    (service.minimum_percent, service.maximum_percent) = (minimum, maximum);
    Ok(())
}

/// A new PRIMARY deployment.
fn deploy(world: &mut World, cluster: &str, name: &str, definition: &str) {
    let (number, now) = (world.core.draw() % 10_000_000_000_000_000_000, world.core.now());
    let id = format!("ecs-svc/{number:019}");
    let Some(service) = service_mut(world, cluster, name) else { return };
    let deployment = Deployment {
        id: id.clone(),
        definition: definition.to_owned(),
        created_at: now,
        updated_at: now,
        complete: false,
    };
    service.deployments.insert(0, deployment);
    service.steady = false;
    events::deployment(world, cluster, name, &id, false);
    scheduler::wake(world, cluster);
}

fn service_mut<'a>(world: &'a mut World, cluster: &str, name: &str) -> Option<&'a mut Service> {
    world.ecs.clusters.get_mut(cluster)?.services.get_mut(name)
}

fn answer(world: &World, cluster: &str, name: &str) -> Value {
    let shown = scheduler::look(world, cluster, name).map(|(c, s)| shown(world, c, s, true));
    json!({ "service": shown })
}

pub(super) fn update(world: &mut World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let name = cluster.service_name(read::needed(input, "service")?)?;
    let place = cluster.name.clone();
    let not_active = || ApiError::client("ServiceNotActiveException", "Service was not ACTIVE.");
    let Some(service) = cluster.services.get(&name).filter(|s| s.status == "ACTIVE") else {
        return Err(not_active());
    };
    let current = service.deployments.first().map(|d| d.definition.clone()).unwrap_or_default();
    let definition = match read::text(input, "taskDefinition")? {
        Some(text) => task_definitions::find_active(world, text)?,
        None => current.clone(),
    };
    let desired = read::count(input, "desiredCount")?;
    let force = read::flag(input, "forceNewDeployment")?;
    let new_constraints = input.get("placementConstraints").map(|_| constraints(input));
    let new_constraints = new_constraints.transpose()?;
    let service = service_mut(world, &place, &name).ok_or_else(not_active)?;
    if desired.is_some() && service.daemon {
        return Err(read::invalid("The daemon scheduling strategy has no desired count."));
    }
    percents(service, input)?;
    service.shown.extend(read::kept(input, &SHOWN));
    if let Some(constraints) = new_constraints {
        service.constraints = constraints;
    }
    if let Some(desired) = desired {
        set_desired(world, &place, &name, desired);
    }
    if force || definition != current {
        deploy(world, &place, &name, &definition);
    }
    scheduler::wake(world, &place);
    Ok(answer(world, &place, &name))
}

fn set_desired(world: &mut World, cluster: &str, name: &str, desired: usize) {
    let Some(service) = service_mut(world, cluster, name) else { return };
    if service.desired == desired {
        return;
    }
    service.desired = desired;
    service.steady = false;
    let mut more = Map::new();
    more.insert("desiredCount".to_owned(), desired.into());
    let action = Action { kind: "INFO", name: "SERVICE_DESIRED_COUNT_UPDATED", more };
    events::service_action(world, cluster, name, action);
}

pub(super) fn describe(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let with_tags = read::texts(input, "include")?.contains(&"TAGS");
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in read::batch(input, "services", "Services", 10)? {
        let name = cluster.service_name(text).ok();
        match name.and_then(|name| cluster.services.get(&name)) {
            Some(service) => found.push(shown(world, cluster, service, with_tags)),
            None => failures.push(names::failure(
                &world.core,
                "service",
                &cluster.name,
                text,
                "MISSING",
            )),
        }
    }
    Ok(json!({ "services": found, "failures": failures }))
}

fn shown(world: &World, cluster: &Cluster, service: &Service, with_tags: bool) -> Value {
    let desired = scheduler::desired(world, cluster, service);
    let group = service.group();
    let own = || cluster.tasks.values().filter(|task| task.group == group);
    let lines = service.events.iter().map(|(id, at, message)| {
        json!({ "id": id, "createdAt": Form::Api.time(*at), "message": message })
    });
    let more = json!({
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": cluster.arn,
        "status": service.status,
        "desiredCount": desired,
        "runningCount": own().filter(|task| task.running()).count(),
        "pendingCount": own().filter(|task| task.pending()).count(),
        "launchType": launch_type(service),
        "taskDefinition": service.deployments.first().map(|d| d.definition.as_str()),
        "deploymentConfiguration": {
            "minimumHealthyPercent": service.minimum_percent,
            "maximumPercent": service.maximum_percent,
        },
        "deployments": deployments(cluster, service, desired),
        "events": lines.collect::<Vec<Value>>(),
        "createdAt": Form::Api.time(service.created_at),
        "placementConstraints": service.constraints,
        "schedulingStrategy": if service.daemon { "DAEMON" } else { "REPLICA" },
        "tags": if with_tags { render::tags(&service.tags) } else { json!([]) },
    });
    let mut all = service.shown.clone();
    for name in ["loadBalancers", "serviceRegistries", "placementStrategy"] {
        all.entry(name).or_insert_with(|| json!([]));
    }
    all.extend(more.as_object().cloned().unwrap_or_default());
    all.into()
}

/// A service with a capacity provider strategy has none.
fn launch_type(service: &Service) -> Option<&'static str> {
    (!service.shown.contains_key("capacityProviderStrategy")).then_some("EC2")
}

fn deployments(cluster: &Cluster, service: &Service, desired: usize) -> Vec<Value> {
    let group = service.group();
    let shown = service.deployments.iter().enumerate().map(|(place, deployment)| {
        let own = || {
            let of = |task: &&Task| task.started_by.as_deref() == Some(deployment.id.as_str());
            cluster.tasks.values().filter(|task| task.group == group).filter(of)
        };
        json!({
            "id": deployment.id,
            "status": if place == 0 { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": deployment.definition,
            "desiredCount": if place == 0 { desired } else { 0 },
            "runningCount": own().filter(|task| task.running()).count(),
            "pendingCount": own().filter(|task| task.pending()).count(),
            "failedTasks": 0,
            "launchType": launch_type(service),
            "capacityProviderStrategy": service.shown.get("capacityProviderStrategy"),
            "createdAt": Form::Api.time(deployment.created_at),
            "updatedAt": Form::Api.time(deployment.updated_at),
            "rolloutState": if deployment.complete { "COMPLETED" } else { "IN_PROGRESS" },
        })
    });
    shown.collect()
}

pub(super) fn list(world: &World, input: &Value) -> Answer {
    let cluster = world.ecs.cluster_of(input)?;
    let wanted = read::text(input, "schedulingStrategy")?;
    let own = |service: &&Service| {
        let kind = if service.daemon { "DAEMON" } else { "REPLICA" };
        service.status == "ACTIVE" && wanted.is_none_or(|wanted| wanted == kind)
    };
    let arns: Vec<String> =
        cluster.services.values().filter(own).map(|service| service.arn.clone()).collect();
    // Ten a page if the caller does not say, unlike the other lists.
    let mut input = input.clone();
    if let Some(members) = input.as_object_mut() {
        members.entry("maxResults").or_insert_with(|| json!(10));
    }
    Ok(read::page(&input, &arns, 100)?.answer("serviceArns"))
}

pub(super) fn delete(world: &mut World, input: &Value) -> Answer {
    let force = read::flag(input, "force")?;
    let cluster = world.ecs.cluster_of(input)?;
    let name = cluster.service_name(read::needed(input, "service")?)?;
    let place = cluster.name.clone();
    let now = world.core.now();
    let not_active = || ApiError::client("ServiceNotActiveException", "Service was not ACTIVE.");
    let service = service_mut(world, &place, &name).ok_or_else(not_active)?;
    if service.status == "INACTIVE" {
        return Err(not_active());
    }
    if service.desired > 0 && !service.daemon && !force {
        return Err(read::invalid("The service cannot be stopped while it is scaled above 0."));
    }
    service.status = "DRAINING";
    service.desired = 0;
    service.deleted_at = Some(now);
    let group = service.group();
    let tasks = world.ecs.cluster_of(input)?.tasks.iter().filter(|(_, t)| t.group == group);
    for id in tasks.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
        scheduler::stop(world, &place, &id, "Service was deleted");
    }
    scheduler::wake(world, &place);
    Ok(answer(world, &place, &name))
}
