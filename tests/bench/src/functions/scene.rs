//! What each function is handed, and the world in which that is the same work each time.

use super::door::{Certified, Door};
use super::runtime::bucket as open_bucket;
use axum::body::Bytes;
use end_to_end::acts::{
    define, hosts, ids, registrations, said_now, set_group, standalone, states, terminate,
};
use end_to_end::{Stage, sample};
use local_aws::template::Function;
use local_aws::world::Service;
use local_aws::{Happening, Stack, Template, Weather, environment};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// So many hosts are swept and sized.
pub(super) const HOSTS: u32 = 10;
/// So many tasks run on them.
const TASKS: u32 = 40;

/// A function's world, with an event for it.
#[derive(Debug)]
pub(super) struct Scene {
    /// What it is asked.
    pub(super) what: &'static str,
    /// The function's ARN.
    pub(super) arn: String,
    /// The event.
    pub(super) event: Bytes,
    function: Function,
    stage: Stage,
    door: Door,
    bucket: Door,
    roots: String,
    again: fn(&Stage),
}

/// Makes a function's scene; its world is set up by the binaries of a folder.
///
/// # Errors
/// No port can be had.
pub(super) async fn of(function: &str, binaries: &Path, trusted: &Certified) -> io::Result<Scene> {
    let stage = Stage::of(binaries.to_owned(), &[]).await;
    let address = stage.aws.endpoint();
    let address: SocketAddr =
        address.trim_start_matches("http://").parse().map_err(io::Error::other)?;
    let door = Door::open(address, trusted).await?;
    let bucket = Door::open(open_bucket().await?, trusted).await?;
    let (what, event, again) = match function {
        "agent-verifier" => launching(&stage).await,
        "host-drainer" => leaving(&stage).await,
        "host-deregisterer" => gone(&stage).await,
        "capacity-adjuster" => ticking(&stage, "sizes a settled cluster of 10 hosts").await,
        "reconciler" => ticking(&stage, "sweeps a settled cluster of 10 hosts").await,
        "cluster-roles" => roles(&stage, &bucket).await,
        _ => teardown(&stage, &bucket).await,
    };
    // From here on the world stands still, and nobody else answers.
    stage.aws.set_weather(Weather::DropAll);
    stage.aws.pause_schedules(true);
    let place = [("RolesSettleSeconds", "0"), ("TeardownWaitSeconds", "0")];
    let place = place.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let text = std::fs::read_to_string(end_to_end::root().join("template.yaml"))?;
    let template = Template::read(&text, &BTreeMap::from(place)).map_err(io::Error::other)?;
    let own = template.functions.into_iter().find(|one| one.name == function);
    let function = own.ok_or_else(|| io::Error::other(format!("there is no {function}")))?;
    let (arn, roots) = (function.arn.clone(), trusted.roots.display().to_string());
    Ok(Scene { what, arn, event: event.into(), function, stage, door, bucket, roots, again })
}

impl Scene {
    /// The environment of a function on Lambda, with TLS to this world.
    pub(super) fn environment(&self, runtime: SocketAddr) -> BTreeMap<String, String> {
        let mut all = environment(&self.function, &self.door.endpoint, runtime);
        let own = [
            ("AWS_ENDPOINT_URL_S3", &self.bucket.endpoint),
            ("SSL_CERT_FILE", &self.roots),
            ("AWS_CA_BUNDLE", &self.roots),
            ("MUSTER_BENCH_CALLS", &self.function.name),
        ];
        all.extend(own.map(|(name, value)| (name.to_owned(), value.clone())));
        all
    }

    /// From now on each call takes so much longer, in milliseconds.
    pub(super) fn late(&self, by: u64) {
        self.door.delay(Duration::from_millis(by));
        self.bucket.delay(Duration::from_millis(by));
    }

    /// Makes the world as it was before the event.
    pub(super) fn reset(&self) {
        (self.again)(&self.stage);
    }

    /// The calls that were made since this was last asked; those that failed with their error.
    pub(super) fn calls(&mut self) -> Vec<String> {
        let all = self.stage.heard().into_iter().filter_map(|one| match one {
            Happening::Call { service, operation, error: None, .. } => {
                Some(format!("{service}:{operation}"))
            }
            Happening::Call { service, operation, error: Some(error), .. } => {
                Some(format!("{service}:{operation} ({error})"))
            }
            _ => None,
        });
        all.collect()
    }
}

type Set = (&'static str, String, fn(&Stage));

fn stays(_: &Stage) {}

/// A host is launched, and its agent is not connected yet.
async fn launching(stage: &Stage) -> Set {
    hosts(stage, 2).await;
    stage.aws.set_weather(Weather::DropAll);
    let old = ids(stage);
    set_group(stage, &json!({ "MinSize": "3", "DesiredCapacity": "3" }));
    stage.until(20, |world| states(world).iter().any(|state| state == "Pending:Wait")).await;
    let new = ids(stage).into_iter().find(|id| !old.contains(id)).unwrap_or_default();
    let event = hooked(stage, "asg-launch-lifecycle-action.json", "muster-launch", &new);
    ("a host is launched whose agent is not connected", event, stays)
}

/// A host leaves on which a task runs; each time it is not DRAINING yet, and bears no mark.
async fn leaving(stage: &Stage) -> Set {
    hosts(stage, 2).await;
    standalone(stage);
    let busy = |one: &Value| one["runningTasksCount"] == 1;
    stage.until(5, |world| registrations(world).iter().any(busy)).await;
    stage.aws.set_weather(Weather::DropAll);
    let all = stage.aws.world(registrations);
    let host = all.iter().find(|one| busy(one)).and_then(|one| one["ec2InstanceId"].as_str());
    let host = host.unwrap_or_default().to_owned();
    set_group(stage, &json!({ "MinSize": "0" }));
    terminate(stage, &host, true);
    stage.until(5, |world| states(world).iter().any(|state| state == "Terminating:Wait")).await;
    let event = hooked(stage, "asg-terminate-lifecycle-action.json", "muster-terminate", &host);
    ("a host leaves on which a task runs", event, undrained)
}

fn undrained(stage: &Stage) {
    for one in stage.aws.world(registrations) {
        if one["status"] != "DRAINING" {
            continue;
        }
        let arn = &one["containerInstanceArn"];
        let active = json!({ "cluster": "prod", "containerInstances": [arn], "status": "ACTIVE" });
        stage.call(Service::Ecs, "UpdateContainerInstancesState", &active);
        let marks = one["attributes"].as_array().into_iter().flatten();
        for mark in marks
            .filter(|mark| mark["name"].as_str().is_some_and(|name| name.starts_with("muster.")))
        {
            let name = json!({ "name": mark["name"], "targetId": arn });
            let asked = json!({ "cluster": "prod", "attributes": [name] });
            stage.call(Service::Ecs, "DeleteAttributes", &asked);
        }
    }
}

/// An instance is terminated that left no registration behind.
async fn gone(stage: &Stage) -> Set {
    hosts(stage, 2).await;
    let host = ids(stage).pop().unwrap_or_default();
    set_group(stage, &json!({ "MinSize": "1" }));
    terminate(stage, &host, true);
    stage.until(60, |world| end_to_end::instances(world).len() == 1).await;
    let event = end_to_end::acts::terminated(stage, &host);
    ("a machine is terminated, and its registration is gone", event, stays)
}

/// The clock ticks in a cluster with nothing to do.
async fn ticking(stage: &Stage, what: &'static str) -> Set {
    hosts(stage, HOSTS).await;
    define(stage, "web");
    let service = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web",
        "desiredCount": TASKS, "launchType": "EC2",
    });
    stage.call(Service::Ecs, "CreateService", &service);
    end_to_end::acts::pass(stage, 30).await;
    let event = said_now(stage, sample("scheduler-default-payload.json"));
    (what, event, stays)
}

/// A stack's roles are there, and it is updated without a change.
async fn roles(stage: &Stage, bucket: &Door) -> Set {
    let asked =
        json!({ "ClusterName": "prod", "TaskRoles": { "Web": { "s3": { "read": ["assets"] } } } });
    let stack = Stack::new(&stage.aws, "cluster-roles", "Custom::ClusterRoles", "Roles");
    let mut event = wanted("Custom::ClusterRoles", "Roles", &asked, bucket);
    if let Ok(mut stack) = stack {
        drop(stack.create(asked.clone()).await);
        event["StackId"] = json!(stack.stack_id());
        event["PhysicalResourceId"] = json!(stack.physical_id());
    }
    event["RequestType"] = json!("Update");
    event["OldResourceProperties"] = asked;
    ("roles are asked for that are there", event.to_string(), stays)
}

async fn teardown(stage: &Stage, bucket: &Door) -> Set {
    hosts(stage, 1).await;
    let asked = json!({ "ClusterName": "prod", "AutoScalingGroups": ["web"], "DrainMinutes": "5" });
    let event = wanted("Custom::ClusterTeardown", "Teardown", &asked, bucket);
    ("a stack is made, and its groups are looked at", event.to_string(), stays)
}

/// A lifecycle action of a host.
fn hooked(stage: &Stage, name: &str, hook: &str, host: &str) -> String {
    let mut event = sample(name);
    let detail = json!({
        "AutoScalingGroupName": "web", "LifecycleHookName": hook, "EC2InstanceId": host,
    });
    if let (Some(all), Some(own)) = (event["detail"].as_object_mut(), detail.as_object()) {
        all.extend(own.clone());
    }
    said_now(stage, event)
}

/// A custom resource's request.
fn wanted(kind: &str, id: &str, properties: &Value, bucket: &Door) -> Value {
    let mut event = sample("cfn-create.json");
    event["ResourceType"] = json!(kind);
    event["LogicalResourceId"] = json!(id);
    event["StackId"] = json!(
        "arn:aws:cloudformation:us-west-2:123456789012:stack/local/5b918d10-cd98-11ea-90d5-0a9cd3354c10"
    );
    event["ResponseURL"] = json!(format!("{}/answers/1?X-Amz-Signature=EXAMPLE", bucket.endpoint));
    event["ResourceProperties"] = properties.clone();
    event
}
