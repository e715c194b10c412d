//! A cluster's life under Muster's own functions, on a line that is bad for half an hour and then clear.

use crate::line::Weather;
use crate::net::Net;
use crate::ports::Clients;
use crate::stage::{found, in_state};
use crate::trial::{SECRETS, clients};
use agent_verifier::Verifier;
use capacity_adjuster::Adjuster;
use domain::Policy;
use fastrand::Rng;
use host_deregisterer::Deregisterer;
use host_drainer::Drainer;
use jiff::{SignedDuration, Timestamp};
use lambda::frame::records;
use lambda::{Function, Place};
use local_aws::Counter;
use local_aws::world::{Config, Service, World, ecs};
use ports::Session as _;
use reconciler::Reconciler;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What came of one life.
#[derive(Clone, Debug, Default)]
pub struct Lived {
    /// Invocations of functions.
    pub invocations: u64,
    /// Attempts of calls.
    pub attempts: u64,
    /// Of these, how many met a fault.
    pub met: u64,
    /// Hosts that left.
    pub left: u64,
    /// What is wrong.
    pub wrong: Vec<String>,
    /// A hash of all that went over the line.
    pub trace: u64,
}

/// Minutes on a bad line.
const BAD: i64 = 30;
/// Minutes until all must be well again: timers that an unreadable minute set back run once more.
const CLEAR: i64 = 45;

/// Lives one life.
pub async fn live(seed: u64) -> Lived {
    fastrand::seed(seed);
    let counter = Counter::open(Config { seed, ..Config::default() }).expect("it has no rules");
    let net = Net::new(Arc::new(counter));
    let clients = clients(&net);
    let mut life = Life { net, clients, lived: Lived::default(), policy: Policy::default() };
    life.net.line().guarded = true;
    let world = Arc::clone(&life.net.counter);
    world.world(|world| {
        found(world, 4);
        work(world);
    });
    life.pass(10).await;
    life.net.line().draw(seed);
    let mut rng = Rng::with_seed(!seed);
    for minute in 0..BAD {
        world.world(|world| happens(world, &mut rng, minute));
        life.pass(1).await;
    }
    life.net.line().weather = Weather::Clear;
    life.pass(CLEAR).await;
    life.lived.wrong.extend(world.world(unsettled));
    life.lived.left = world.world(|world| {
        let gone = |one: &&local_aws::world::ec2::Instance| one.state.code() == 48;
        u64::try_from(world.ec2.instances().filter(gone).count()).unwrap_or(0)
    });
    life.lived.trace = life.net.line().trace();
    life.lived
}

fn must(world: &mut World, service: Service, operation: &str, input: &Value) {
    world.call(service, operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"));
}

fn work(world: &mut World) {
    let container =
        json!({ "name": "main", "image": "web", "cpu": 256, "memory": 512, "essential": true });
    let definition = json!({ "family": "web", "containerDefinitions": [container] });
    must(world, Service::Ecs, "RegisterTaskDefinition", &definition);
    let service = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 4,
        "launchType": "EC2", "placementConstraints": [{ "type": "distinctInstance" }],
    });
    must(world, Service::Ecs, "CreateService", &service);
}

/// What people, EC2 and chance do.
fn happens(world: &mut World, rng: &mut Rng, minute: i64) {
    let hosts = in_state(world, "InService");
    let Some(host) = rng.choice(&hosts).cloned() else { return };
    match rng.u8(..16) {
        0 => {
            let going = json!({ "InstanceId": host, "ShouldDecrementDesiredCapacity": "false" });
            must(world, Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", &going);
        }
        1 => world.spot_warning(&host),
        2 => ecs::agent_lost(world, &host),
        3 | 4 => {
            for host in &hosts {
                ecs::agent_back(world, host);
            }
        }
        5 => world.crash(&host),
        6 if minute < BAD / 2 => {
            let more = json!({ "cluster": "prod", "service": "web", "desiredCount": 5 });
            must(world, Service::Ecs, "UpdateService", &more);
        }
        7 => {
            let less = json!({ "cluster": "prod", "service": "web", "desiredCount": 3 });
            must(world, Service::Ecs, "UpdateService", &less);
        }
        _ => {}
    }
    if minute == BAD - 1 {
        for host in &hosts {
            ecs::agent_back(world, host);
        }
    }
}

/// What is not as it should be, when the line has been clear for long.
fn unsettled(world: &mut World) -> Vec<String> {
    let mut wrong = Vec::new();
    for state in ["Pending:Wait", "Terminating:Wait"] {
        let held = in_state(world, state);
        wrong.extend(held.into_iter().map(|host| format!("{host} is still {state}")));
    }
    let serving = in_state(world, "InService");
    if serving.is_empty() {
        wrong.push("no host is in service".to_owned());
    }
    for one in world.ecs.container_instances() {
        let host = &one.ec2_instance_id;
        let lives = world.ec2.instance(host).is_some_and(|it| it.state.code() == 16);
        match one.status {
            "INACTIVE" => {}
            _ if !lives => wrong.push(format!("{host} is gone and still registered")),
            "DRAINING" if serving.contains(host) => {
                wrong.push(format!("{host} still drains in service"));
            }
            _ => {}
        }
    }
    let services = world.ecs.services();
    wrong.extend(
        services
            .iter()
            .filter(|one| one.running < one.desired)
            .map(|one| format!("{} of {} tasks of {} run", one.running, one.desired, one.name)),
    );
    wrong
}

struct Life {
    net: Net,
    clients: Clients,
    lived: Lived,
    policy: Policy,
}

impl Life {
    /// Lets so many minutes pass; what is said wakes who listens, and each minute the clock does.
    async fn pass(&mut self, minutes: i64) {
        for _ in 0..minutes {
            let now = self.now();
            let until = now + SignedDuration::from_mins(1);
            loop {
                let next = self.net.counter.world(|world| world.next_due());
                let next = next.filter(|next| *next <= until);
                let Some(next) = next else { break };
                self.net.counter.world(|world| world.advance_to(next));
                self.hear().await;
            }
            self.net.counter.world(|world| world.advance_to(until));
            self.hear().await;
            let tick = tick(until);
            self.hand("reconciler", &tick).await;
            self.hand("capacity-adjuster", &tick).await;
            self.hear().await;
        }
    }

    fn now(&self) -> Timestamp {
        self.net.counter.world(|world| world.core.now())
    }

    async fn hear(&mut self) {
        loop {
            let events = self.net.counter.events();
            if events.is_empty() {
                return;
            }
            for event in events {
                for function in
                    ["agent-verifier", "host-drainer", "host-deregisterer", "capacity-adjuster"]
                {
                    if wakes(function, &event) {
                        self.hand(function, &event).await;
                    }
                }
            }
        }
    }

    async fn hand(&mut self, name: &str, payload: &Value) {
        let (aws, settings) = (&self.clients.aws, self.policy.clone());
        let clock = self.net.clock.clone();
        match name {
            "agent-verifier" => {
                clock.run(answer(&Verifier { world: aws, settings }, aws, payload)).await
            }
            "host-drainer" => {
                clock.run(answer(&Drainer { world: aws, settings }, aws, payload)).await
            }
            "host-deregisterer" => {
                clock.run(answer(&Deregisterer { world: aws, settings }, aws, payload)).await
            }
            "capacity-adjuster" => {
                clock.run(answer(&Adjuster { world: aws, settings }, aws, payload)).await
            }
            _ => clock.run(answer(&Reconciler { world: aws, settings }, aws, payload)).await,
        }
        .into_iter()
        .for_each(|text| {
            if SECRETS.iter().any(|secret| text.contains(secret)) {
                self.lived.wrong.push(format!("{name} tells a secret: {text}"));
            }
        });
        self.lived.invocations += 1;
        let mut line = self.net.line();
        let attempts = line.take();
        self.lived.attempts += u64::try_from(attempts.len()).unwrap_or(0);
        let met = attempts.iter().filter(|one| one.class.is_some()).count();
        self.lived.met += u64::try_from(met).unwrap_or(0);
        let (wrong, now) = (std::mem::take(&mut line.wrong), line.trace());
        self.lived.wrong.extend(wrong.into_iter().map(|it| format!("{name}: {it} [{now:x}]")));
    }
}

async fn answer<F: Function>(function: &F, aws: &aws::Aws, payload: &Value) -> Vec<String> {
    let place = Place::of_function("arn:aws:lambda:us-west-2:123456789012:function:muster");
    let begin = || aws.begin(Instant::now() + Duration::from_hours(1));
    let all = records(function, aws, begin, payload.clone(), place.as_ref(), "request").await;
    all.into_iter().map(|(_, record)| format!("{record:?}")).collect()
}

/// Which events the rules of the template hand to a function.
fn wakes(function: &str, event: &Value) -> bool {
    let kind = event["detail-type"].as_str().unwrap_or_default();
    match function {
        "agent-verifier" => {
            kind == "EC2 Instance-launch Lifecycle Action"
                || kind == "ECS Container Instance State Change"
        }
        "host-drainer" => {
            matches!(
                kind,
                "EC2 Instance-terminate Lifecycle Action"
                    | "EC2 Spot Instance Interruption Warning"
                    | "EC2 Instance Rebalance Recommendation"
            ) || kind == "ECS Container Instance State Change"
                && event["detail"]["status"] == "DRAINING"
        }
        "host-deregisterer" => {
            kind == "EC2 Instance State-change Notification"
                && event["detail"]["state"] == "terminated"
        }
        _ => kind == "ECS Service Action",
    }
}

fn tick(at: Timestamp) -> Value {
    json!({
        "version": "0", "id": "00000000-0000-4000-8000-000000000000", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "123456789012", "region": "us-west-2",
        "time": Timestamp::from_second(at.as_second()).unwrap_or(at).to_string(),
        "resources": ["arn:aws:events:us-west-2:123456789012:rule/tick"], "detail": {},
    })
}
