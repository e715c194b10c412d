//! A stage for the real binaries: the local AWS with the real template, and a small cluster on it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::must_use_candidate,
    reason = "this crate is for tests only, and a stage that cannot be set fails them"
)]

pub mod acts;
pub mod life;
pub mod stacks;
pub mod tally;
mod terminal;

pub use terminal::Said;

use jiff::SignedDuration;
use local_aws::world::{Config, Service, World};
use local_aws::{Happening, Invocation, LocalAws, Pace, Setup, Template};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// The functions, as the template and their binaries name them.
pub const FUNCTIONS: [&str; 7] = [
    "cluster-roles",
    "cluster-teardown",
    "agent-verifier",
    "host-drainer",
    "host-deregisterer",
    "capacity-adjuster",
    "reconciler",
];

/// Operations that change the world; any other is a read.
const READS: [&str; 4] = ["Describe", "Get", "List", "Simulate"];

/// The project's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder with the binaries: a test lies in a folder of it, a bench beside them.
#[must_use]
pub fn binaries() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let beside = own.parent().unwrap();
    let folder = if beside.ends_with("deps") { beside.parent().unwrap() } else { beside };
    let folder = folder.to_owned();
    for function in FUNCTIONS {
        let binary = folder.join(function);
        assert!(binary.is_file(), "{} is not built: run `cargo xtask test`", binary.display());
    }
    folder
}

/// A sample event of `tests/events`.
#[must_use]
pub fn sample(name: &str) -> Value {
    let path = root().join("tests/events").join(name);
    let text = std::fs::read_to_string(&path).expect("the sample is there");
    serde_json::from_str(&text).expect("the sample is JSON")
}

/// The local AWS with the real template and the real binaries.
#[derive(Debug)]
pub struct Stage {
    /// The local AWS.
    pub aws: LocalAws,
    heard: Receiver<Happening>,
}

impl Stage {
    /// An empty account.
    pub async fn empty() -> Self {
        Self::with(&[]).await
    }

    /// An account whose Muster has these parameters.
    pub async fn with(parameters: &[(&str, &str)]) -> Self {
        Self::of(binaries(), parameters).await
    }

    /// The same, with the binaries of a folder.
    pub async fn of(binaries: PathBuf, parameters: &[(&str, &str)]) -> Self {
        let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
        // The world stands still while a function runs: nothing comes of waiting in it.
        let now = [("RolesSettleSeconds", "0"), ("TeardownWaitSeconds", "0")];
        let all = now.iter().chain(parameters);
        let place = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let template = Template::read(&text, &place).unwrap();
        let aws = LocalAws::start(Setup {
            world: Config::default(),
            template,
            binaries,
            port: None,
            pace: Pace::Unbounded,
        })
        .await
        .unwrap();
        let heard = aws.subscribe();
        Self { aws, heard }
    }

    /// An account with the cluster `prod`, and the group `web` with this many hosts in service.
    pub async fn with_hosts(count: u32) -> Self {
        let stage = Self::empty().await;
        stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "prod" }));
        stage.group("web", count);
        stage.until(20, |world| in_service(world) == usize::try_from(count).unwrap()).await;
        stage
    }

    /// Makes a group under Muster, with both hooks.
    pub fn group(&self, name: &str, desired: u32) {
        let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value, "PropagateAtLaunch": "true" });
        // The name of every stack of one resource.
        let tags = [tag("muster:cluster", "prod"), tag("muster:teardown", "local")];
        let hook = |name: &str, transition: &str, default: &str| {
            json!({
                "LifecycleHookName": name,
                "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
                "HeartbeatTimeout": "900",
                "DefaultResult": default,
            })
        };
        self.call(
            Service::AutoScaling,
            "CreateAutoScalingGroup",
            &json!({
                "AutoScalingGroupName": name,
                "MinSize": "0",
                "MaxSize": "10",
                "DesiredCapacity": desired.to_string(),
                "AvailabilityZones": ["us-west-2a", "us-west-2b"],
                "LaunchTemplate": { "LaunchTemplateName": "hosts", "Version": "1" },
                "Tags": tags,
                "LifecycleHookSpecificationList": [
                    hook("muster-launch", "LAUNCHING", "ABANDON"),
                    hook("muster-terminate", "TERMINATING", "CONTINUE"),
                ],
            }),
        );
    }

    /// An API call of the operator's.
    pub fn call(&self, service: Service, operation: &str, input: &Value) -> Value {
        self.aws.world(|world| world.call(service, operation, input)).unwrap_or_else(|fault| {
            panic!("{operation}: {fault}");
        })
    }

    /// Lets time pass until the condition holds, for at most so many minutes of world time.
    pub async fn until(&self, minutes: i64, condition: impl FnMut(&mut World) -> bool) {
        let limit = SignedDuration::from_mins(minutes);
        self.aws.run_until(limit, condition).await.expect("it comes in time");
    }

    /// Hands a payload to a function and returns the invocation with its decision records.
    pub async fn hand(&self, function: &str, payload: impl Into<Vec<u8>>) -> Handed {
        let invocation = self.aws.invoke(function, payload.into()).await.unwrap();
        let records = decisions(&invocation.log);
        Handed { invocation, records }
    }

    /// What happened since the last time this was asked.
    pub fn heard(&mut self) -> Vec<Happening> {
        let mut all = Vec::new();
        loop {
            match self.heard.try_recv() {
                Ok(one) => all.push(one),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return all,
                Err(TryRecvError::Lagged(missed)) => panic!("{missed} happenings were not kept"),
            }
        }
    }

    /// The operations that functions called since the last time, and that change the world.
    pub fn writes(&mut self) -> Vec<String> {
        let writes = self.heard().into_iter().filter_map(|happening| match happening {
            Happening::Call { operation, .. } => Some(operation),
            _ => None,
        });
        writes.filter(|name| !READS.iter().any(|read| name.starts_with(read))).collect()
    }
}

/// What came of handing over a payload.
#[derive(Debug)]
pub struct Handed {
    /// The invocation.
    pub invocation: Invocation,
    /// Its decision records.
    pub records: Vec<Value>,
}

impl Handed {
    /// The only record.
    #[must_use]
    pub fn record(&self) -> &Value {
        assert_eq!(self.records.len(), 1, "one record: {:?}", self.invocation);
        &self.records[0]
    }
}

/// The decision records among a function's lines.
#[must_use]
pub fn decisions(log: &[Value]) -> Vec<Value> {
    log.iter().filter(|line| line["record"] == "decision").cloned().collect()
}

/// The hosts in service of all groups.
pub fn in_service(world: &mut World) -> usize {
    instances(world).iter().filter(|one| one["LifecycleState"] == "InService").count()
}

/// All hosts of all groups, as `DescribeAutoScalingInstances` shows them.
pub fn instances(world: &mut World) -> Vec<Value> {
    let answer = world.call(Service::AutoScaling, "DescribeAutoScalingInstances", &json!({}));
    answer.unwrap()["AutoScalingInstances"].as_array().cloned().unwrap_or_default()
}
