//! The calls that a function makes for the bench's event, and nothing else: the SDK's clients with ring and with few features,
//! as `shared/aws` has them, on a runtime of one thread. No judgement, no record, no settings.

use aws_credential_types::Credentials;
use aws_sdk_ecs::types::{Attribute, ContainerInstanceStatus};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpClient,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

const TLS: Provider = Provider::Rustls(CryptoMode::Ring);
const CLUSTER: &str = "prod";
const GROUP: &str = "web";
/// The five codes of what EC2 plans.
const PLANS: [&str; 5] = [
    "instance-retirement",
    "instance-stop",
    "instance-reboot",
    "system-reboot",
    "system-maintenance",
];

/// The roles that AWS's own services have.
const LINKED: [&str; 2] =
    ["AWSServiceRoleForECS", "AWSServiceRoleForApplicationAutoScaling_ECSService"];

/// A client, made at init.
macro_rules! client {
    ($sdk:ident, $http:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region($sdk::config::Region::new(named("AWS_REGION")))
                .credentials_provider(Credentials::new(
                    named("AWS_ACCESS_KEY_ID"),
                    named("AWS_SECRET_ACCESS_KEY"),
                    Some(named("AWS_SESSION_TOKEN")),
                    None,
                    "environment",
                ))
                .endpoint_url(named("AWS_ENDPOINT_URL"))
                .http_client($http.clone())
                .build(),
        )
    };
}

fn named(variable: &str) -> String {
    std::env::var(variable).unwrap_or_default()
}

fn text<'a>(event: &'a Value, pointer: &str) -> &'a str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The clients that a host's look needs.
struct Host {
    ecs: aws_sdk_ecs::Client,
    ec2: aws_sdk_ec2::Client,
    autoscaling: aws_sdk_autoscaling::Client,
    events: Option<aws_sdk_eventbridge::Client>,
}

impl Host {
    fn new(http: &SharedHttpClient, writes: bool) -> Self {
        Self {
            ecs: client!(aws_sdk_ecs, http),
            ec2: client!(aws_sdk_ec2, http),
            autoscaling: client!(aws_sdk_autoscaling, http),
            events: writes.then(|| client!(aws_sdk_eventbridge, http)),
        }
    }

    /// Four calls: the seat and the machine at once, the group, the registration.
    async fn look(&self, host: &str) -> Result<Option<String>, Error> {
        let filter = aws_sdk_ec2::types::Filter::builder().name("instance-id").values(host).build();
        let (seat, machine) = tokio::join!(
            self.autoscaling.describe_auto_scaling_instances().instance_ids(host).send(),
            self.ec2.describe_instances().filters(filter).send(),
        );
        seat?;
        machine?;
        let groups = self.autoscaling.describe_auto_scaling_groups();
        groups.auto_scaling_group_names(GROUP).send().await?;
        let list = self.ecs.list_container_instances().cluster(CLUSTER).max_results(100);
        let filter = format!("ec2InstanceId == {host}");
        Ok(list.filter(filter).send().await?.container_instance_arns().first().cloned())
    }

    /// Four more: what is registered, the mark, the drain, and word of it.
    async fn drain(&self, registration: String) -> Result<(), Error> {
        let describe = self.ecs.describe_container_instances().cluster(CLUSTER);
        describe.container_instances(&registration).send().await?;
        let mark = Attribute::builder().name("muster.draining").value("2026-01-01 00:00:00Z");
        let mark = mark.target_id(&registration).build()?;
        self.ecs.put_attributes().cluster(CLUSTER).attributes(mark).send().await?;
        let drain = self.ecs.update_container_instances_state().cluster(CLUSTER);
        let drain = drain.container_instances(registration);
        drain.status(ContainerInstanceStatus::Draining).send().await?;
        let word = PutEventsRequestEntry::builder().source("muster").detail_type("Drain Begun");
        let word = word.event_bus_name("default").detail("{}").build();
        if let Some(events) = &self.events {
            events.put_events().entries(word).send().await?;
        }
        Ok(())
    }
}

/// The clients of the clock's functions.
struct Clock {
    ecs: aws_sdk_ecs::Client,
    ec2: aws_sdk_ec2::Client,
    autoscaling: aws_sdk_autoscaling::Client,
    /// A task definition's revision never changes: it is read once.
    defined: AtomicBool,
}

impl Clock {
    fn new(http: &SharedHttpClient) -> Self {
        Self {
            ecs: client!(aws_sdk_ecs, http),
            ec2: client!(aws_sdk_ec2, http),
            autoscaling: client!(aws_sdk_autoscaling, http),
            defined: AtomicBool::new(false),
        }
    }

    async fn groups(&self) -> Result<(), Error> {
        let ours = aws_sdk_autoscaling::types::Filter::builder().name("tag-key");
        let ours = ours.values("muster:cluster").build();
        let groups = self.autoscaling.describe_auto_scaling_groups().filters(ours);
        groups.max_records(100).send().await?;
        Ok(())
    }

    async fn roll(&self) -> Result<(), Error> {
        let list = self.ecs.list_container_instances().cluster(CLUSTER).max_results(100);
        let all = list.send().await?.container_instance_arns;
        let describe = self.ecs.describe_container_instances().cluster(CLUSTER);
        describe.set_container_instances(all).send().await?;
        Ok(())
    }

    async fn size(&self) -> Result<(), Error> {
        self.groups().await?;
        let list = self.ecs.list_services().cluster(CLUSTER).max_results(100);
        let services = list.send().await?.service_arns;
        let describe = self.ecs.describe_services().cluster(CLUSTER);
        describe.set_services(services).send().await?;
        let list = self.ecs.list_tasks().cluster(CLUSTER).max_results(100);
        let tasks = list.send().await?.task_arns;
        let describe = self.ecs.describe_tasks().cluster(CLUSTER);
        let described = describe.set_tasks(tasks.clone()).send().await?;
        self.roll().await?;
        let definition = described.tasks().first().and_then(|task| task.task_definition_arn());
        if let (Some(name), false) = (definition, self.defined.swap(true, Ordering::Relaxed)) {
            self.ecs.describe_task_definition().task_definition(name).send().await?;
        }
        let protection = self.ecs.get_task_protection().cluster(CLUSTER);
        protection.set_tasks(tasks).send().await?;
        Ok(())
    }

    async fn sweep(&self) -> Result<(), Error> {
        self.groups().await?;
        let status = |name: &str, values: &[&str]| {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            let filter = aws_sdk_ec2::types::Filter::builder().name(name).set_values(Some(values));
            self.ec2.describe_instance_status().filters(filter.build()).send()
        };
        let marked = aws_sdk_ec2::types::Filter::builder().name("status-code");
        let marked = marked.values("marked-for-termination").values("marked-for-stop").build();
        let (one, two, three, four) = tokio::join!(
            status("instance-status.status", &["impaired"]),
            status("system-status.status", &["impaired"]),
            status("event.code", &PLANS),
            self.ec2.describe_spot_instance_requests().filters(marked).send(),
        );
        one?;
        two?;
        three?;
        four?;
        self.roll().await
    }
}

/// The clients of a cluster's roles.
struct Roles {
    cloudformation: aws_sdk_cloudformation::Client,
    iam: aws_sdk_iam::Client,
}

impl Roles {
    fn new(http: &SharedHttpClient) -> Self {
        Self {
            cloudformation: client!(aws_sdk_cloudformation, http),
            iam: client!(aws_sdk_iam, http),
        }
    }

    /// Every role and profile, with all that is in it.
    async fn look(&self, path: &str) -> Result<(), Error> {
        let iam = &self.iam;
        let roles = iam.list_roles().path_prefix(path).send().await?;
        let profiles = iam.list_instance_profiles().path_prefix(path).send().await?;
        let roles = roles.roles().iter().map(|role| role.role_name().to_owned());
        let profiles = profiles.instance_profiles().iter();
        let profiles = profiles.map(|one| one.instance_profile_name().to_owned());
        for name in LINKED {
            iam.get_role().role_name(name).send().await?;
        }
        for name in roles.chain(profiles).collect::<BTreeSet<String>>() {
            if iam.get_role().role_name(&name).send().await.is_ok() {
                self.role(&name).await?;
            }
            // Of most names there is no profile.
            drop(iam.get_instance_profile().instance_profile_name(name).send().await);
        }
        Ok(())
    }

    async fn role(&self, name: &str) -> Result<(), Error> {
        let iam = &self.iam;
        let policies = iam.list_role_policies().role_name(name).send().await?;
        for policy in policies.policy_names() {
            iam.get_role_policy().role_name(name).policy_name(policy).send().await?;
        }
        iam.list_attached_role_policies().role_name(name).send().await?;
        let profiles = iam.list_instance_profiles_for_role().role_name(name).send().await?;
        for profile in profiles.instance_profiles() {
            let name = profile.instance_profile_name();
            iam.get_instance_profile().instance_profile_name(name).send().await?;
        }
        Ok(())
    }

    /// A stack's roles are there: that is seen twice.
    async fn update(&self, event: &Value) -> Result<(), Error> {
        let stack = text(event, "/StackId");
        self.cloudformation.describe_stacks().stack_name(stack).send().await?;
        for _ in 0..2 {
            self.look("/muster/").await?;
        }
        answered(event).await
    }
}

/// The answer to CloudFormation.
async fn answered(event: &Value) -> Result<(), Error> {
    let request = http::Request::put(text(event, "/ResponseURL")).header("content-type", "");
    let body = json!({ "Status": "SUCCESS", "RequestId": text(event, "/RequestId") }).to_string();
    let request = request.header("content-length", body.len()).body(SdkBody::from(body))?;
    let settings = HttpConnectorSettings::builder().build();
    let connector = Connector::builder().connector_settings(settings).tls_provider(TLS).build();
    connector.call(HttpRequest::try_from(request)?).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let http = Builder::new().tls_provider(TLS).build_https();
    match named("MUSTER_BENCH_CALLS").as_str() {
        "host-drainer" => {
            let host = &Host::new(&http, true);
            let handle = async |event: LambdaEvent<Value>| {
                let found = host.look(text(&event.payload, "/detail/EC2InstanceId")).await?;
                host.drain(found.unwrap_or_default()).await?;
                Ok::<_, Error>(json!({}))
            };
            lambda_runtime::run(service_fn(handle)).await
        }
        "capacity-adjuster" => {
            let clock = &Clock::new(&http);
            let handle = async |_: LambdaEvent<Value>| clock.size().await.map(|()| json!({}));
            lambda_runtime::run(service_fn(handle)).await
        }
        "reconciler" => {
            let clock = &Clock::new(&http);
            let handle =
                async |_: LambdaEvent<Value>| Box::pin(clock.sweep()).await.map(|()| json!({}));
            lambda_runtime::run(service_fn(handle)).await
        }
        "cluster-roles" => {
            let roles = &Roles::new(&http);
            let handle = async |event: LambdaEvent<Value>| {
                roles.update(&event.payload).await.map(|()| json!({}))
            };
            lambda_runtime::run(service_fn(handle)).await
        }
        "cluster-teardown" => {
            let autoscaling = &client!(aws_sdk_autoscaling, http);
            let handle = async |event: LambdaEvent<Value>| {
                let groups = autoscaling.describe_auto_scaling_groups();
                groups.auto_scaling_group_names(GROUP).send().await?;
                answered(&event.payload).await?;
                Ok::<_, Error>(json!({}))
            };
            lambda_runtime::run(service_fn(handle)).await
        }
        _ => {
            let host = &Host::new(&http, false);
            let handle = async |event: LambdaEvent<Value>| {
                let named = |name: &str| event.payload.pointer(name).and_then(Value::as_str);
                let id = named("/detail/EC2InstanceId").or_else(|| named("/detail/instance-id"));
                host.look(id.unwrap_or_default()).await?;
                Ok::<_, Error>(json!({}))
            };
            lambda_runtime::run(service_fn(handle)).await
        }
    }
}
