//! Settled clusters, and the functions' own binaries at work on them.
#![expect(clippy::expect_used, clippy::panic, reason = "a yard that cannot be set ends the bench")]

use super::Size;
use super::bound::GROUP;
use crate::cost::processes;
use end_to_end::{binaries, root, sample};
use jiff::SignedDuration;
use local_aws::world::{Config, Service};
use local_aws::{Happening, LocalAws, Pace, Setup, Template, template::Wakeup};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a function did.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Its calls, by operation.
    calls: BTreeMap<String, u64>,
    /// How often it was woken.
    pub(super) invocations: u64,
    /// Its CPU time, in milliseconds.
    pub(super) cpu: f64,
    /// The most resident memory that a process of it had, in MB.
    pub(super) memory: f64,
}

impl Done {
    pub(super) fn calls(&self) -> u64 {
        self.calls.values().sum()
    }

    pub(super) fn of(&self, operation: &str) -> u64 {
        self.calls.get(operation).copied().unwrap_or_default()
    }
}

/// By function.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) events: BTreeMap<String, Done>,
    pub(super) ticks: BTreeMap<String, Done>,
}

/// An account whose hosts are all in service, registered and idle. Nothing wakes the functions but what they are handed, and
/// the reconciler's word to itself.
pub(super) struct Yard {
    aws: LocalAws,
    folder: PathBuf,
}

const SETTLES: i64 = 30;

impl Yard {
    pub(super) async fn settled(size: Size) -> Self {
        let text = std::fs::read_to_string(root().join("template.yaml")).unwrap_or_default();
        let mut template = Template::read(&text, &BTreeMap::new()).unwrap_or_default();
        for function in &mut template.functions {
            let own = function.name == "reconciler";
            function.wakeups.retain(|one| own && matches!(one, Wakeup::Rule { .. }));
        }
        let folder = binaries();
        let folder = folder.canonicalize().unwrap_or(folder);
        let setup = Setup {
            world: Config::default(),
            template,
            binaries: folder.clone(),
            port: None,
            pace: Pace::Unbounded,
        };
        let aws = LocalAws::start(setup).await.expect("the local AWS starts");
        let yard = Self { aws, folder };
        for number in 0..size.clusters {
            yard.cluster(&format!("c{number:03}"), size.hosts);
        }
        yard.aws.run_for(SignedDuration::from_mins(SETTLES)).await;
        for number in 0..size.clusters {
            let input = json!({ "clusters": [format!("c{number:03}")] });
            let answer = yard.call(Service::Ecs, "DescribeClusters", &input);
            let registered = &answer["clusters"][0]["registeredContainerInstancesCount"];
            assert_eq!(registered, &json!(size.hosts), "all hosts are registered");
        }
        yard
    }

    fn cluster(&self, name: &str, hosts: u32) {
        self.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": name }));
        for (number, from) in (0..hosts).step_by(usize::try_from(GROUP).unwrap_or(1)).enumerate() {
            let size = (hosts - from).min(GROUP).to_string();
            let group = json!({
                "AutoScalingGroupName": format!("{name}-{number}"),
                "MinSize": size, "MaxSize": (2 * GROUP).to_string(), "DesiredCapacity": size,
                "AvailabilityZones": ["us-west-2a", "us-west-2b"],
                "LaunchTemplate": { "LaunchTemplateName": "hosts", "Version": "1" },
                "Tags": [{ "Key": "muster:cluster", "Value": name, "PropagateAtLaunch": "true" }],
            });
            self.call(Service::AutoScaling, "CreateAutoScalingGroup", &group);
        }
    }

    fn call(&self, service: Service, operation: &str, input: &Value) -> Value {
        let answer = self.aws.world(|world| world.call(service, operation, input));
        answer.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// Hands over what is measured: an event about a host, and a tick.
    pub(super) async fn measured(self) -> Measured {
        let mut measured = Measured::default();
        for (function, event) in self.events() {
            // The first one starts the process.
            self.done(function, &event).await;
            measured.events.insert(function.to_owned(), self.done(function, &event).await);
        }
        for function in ["capacity-adjuster", "reconciler"] {
            let tick = self.said("scheduled-rate-rule.json", &json!({}));
            self.done(function, &tick).await;
            measured.ticks.insert(function.to_owned(), self.done(function, &tick).await);
        }
        self.aws.stop().await;
        measured
    }
}

impl Yard {
    /// An event about a host for each function that events about hosts wake: what is said in it is not so, and so all that
    /// follows is looks.
    fn events(&self) -> Vec<(&'static str, String)> {
        let host = self.aws.world(end_to_end::instances).first().cloned().unwrap_or_default();
        let (id, group) = (&host["InstanceId"], &host["AutoScalingGroupName"]);
        let hook = |name: &str, hook: &str| {
            let detail = json!({ "EC2InstanceId": id, "AutoScalingGroupName": group, "LifecycleHookName": hook });
            self.said(name, &detail)
        };
        vec![
            ("agent-verifier", hook("asg-launch-lifecycle-action.json", "muster-launch")),
            ("host-drainer", hook("asg-terminate-lifecycle-action.json", "muster-terminate")),
            (
                "host-deregisterer",
                self.said("ec2-state-change-terminated.json", &json!({ "instance-id": id })),
            ),
        ]
    }

    /// A sample, as if it were said here and now.
    fn said(&self, name: &str, detail: &Value) -> String {
        let mut event = sample(name);
        event["region"] = json!("us-west-2");
        event["account"] = json!("123456789012");
        event["time"] = self.aws.world(|world| json!(world.core.now_text()));
        if let (Some(all), Some(own)) = (event["detail"].as_object_mut(), detail.as_object()) {
            all.extend(own.clone());
        }
        event.to_string()
    }

    /// What a function does with a payload, and what it asks itself to do then.
    async fn done(&self, function: &str, payload: &str) -> Done {
        let mut heard = self.aws.subscribe();
        let before = processes::of(&self.folder, function);
        let handed = self.aws.invoke(function, payload.as_bytes().to_vec()).await;
        let handed = handed.expect("the function is there");
        assert!(handed.result.is_ok(), "{function}: {handed:?}");
        self.aws.run_for(SignedDuration::from_secs(1)).await;
        let after = processes::of(&self.folder, function);
        let mut done =
            Done { cpu: after.cpu - before.cpu, memory: after.memory, ..Done::default() };
        while let Ok(one) = heard.try_recv() {
            match one {
                Happening::Call { service, operation, caller, .. } if caller == function => {
                    *done.calls.entry(format!("{service}:{operation}")).or_default() += 1;
                }
                Happening::Invoked { function: who, .. } if who == function => {
                    done.invocations += 1;
                }
                _ => {}
            }
        }
        done
    }
}
