//! Events, and the weather on their way: lost, doubled, late, forged, foreign.

use crate::secrets::{self, canary};
use crate::versioned::Ms;
use crate::world::{
    ClusterNo, Due, HostNo, Life, Machine, RegistrationNo, Stage, State, timestamp,
};
use domain::Told;
use domain::marks::{AGENT_LOST, DRAINING};
use domain::names::{LAUNCH_HOOK, TERMINATE_HOOK};
use serde_json::{Value, json};
use std::rc::Rc;

/// Who is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// `agent-verifier`
    Verifier,
    /// `host-drainer`
    Drainer,
    /// `host-deregisterer`
    Deregisterer,
    /// `reconciler`
    Reconciler,
    /// `capacity-adjuster`
    Adjuster,
    /// `cluster-teardown`
    Teardown,
    /// A controller that is not ours.
    Baseline,
}

/// Whose controller lives in the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controller {
    /// Muster.
    #[default]
    Muster,
    /// The decisions of the drain-hook Lambda of the AWS CDK.
    Cdk,
    /// The decisions of the queue processor of aws-node-termination-handler.
    Nth,
}

/// Something that AWS tells.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A launch hook of ours holds a host.
    Launch(HostNo),
    /// A terminate hook of ours holds a host.
    Terminate(HostNo),
    /// AWS's own hook holds a host.
    ManagedHook(HostNo),
    /// Spot takes a host back.
    Spot(HostNo),
    /// EC2 recommends to replace a host.
    Rebalance(HostNo),
    /// EC2 has plans for a host.
    Health(HostNo),
    /// A machine reached a state.
    Machine(HostNo, Machine),
    /// A registration changed.
    Registration(RegistrationNo),
    /// Tasks of a registration changed.
    Tasks(RegistrationNo),
    /// A service's task found no place in a cluster.
    Placement(ClusterNo),
}

/// One delivery.
#[derive(Clone, Debug)]
pub struct Wake {
    /// To whom.
    pub function: Function,
    /// What Lambda hands over.
    pub payload: Value,
    /// When it happened; absent for the clock and for what is no event.
    pub at: Option<Ms>,
    /// Which attempt this is.
    pub attempt: u32,
    /// For a baseline: the host that it is about.
    pub host: Option<HostNo>,
}

/// Tells an event to whom its rule names.
pub fn emit(state: &mut State, event: Event) {
    if let Event::Placement(cluster) = event {
        return refused(state, cluster);
    }
    let Some((function, payload, host)) = render(state, event) else {
        return;
    };
    if state.controller != Controller::Muster {
        let hooked = matches!(event, Event::Terminate(_));
        let nth = state.controller == Controller::Nth;
        let wanted = hooked || (nth && matches!(event, Event::Spot(_) | Event::Rebalance(_)));
        if wanted {
            send(state, Function::Baseline, &payload, Some(host));
        }
        return;
    }
    send(state, function, &payload, Some(host));
}

/// ECS says it once a minute or so of a service.
fn refused(state: &mut State, cluster: ClusterNo) {
    if state.controller != Controller::Muster
        || (state.town.is_none() && state.weather_rng.u32(0..6) > 0)
    {
        return;
    }
    let arn =
        format!("arn:aws:ecs:us-west-2:111122223333:cluster/{}", state.clusters[cluster].name);
    let detail = json!({ "eventType": "ERROR", "eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "clusterArn": arn, "overrides": canary("environment") });
    let payload = envelope(state, "aws.ecs", "ECS Service Action", &detail);
    send(state, Function::Adjuster, &payload, None);
}

fn send(state: &mut State, function: Function, payload: &Value, host: Option<HostNo>) {
    let at = state.now;
    let wake =
        |attempt| Rc::new(Wake { function, payload: payload.clone(), at: Some(at), attempt, host });
    let rates = state.swarm;
    if state.fault("drop_event", rates.drop_event, 400_000) {
        return;
    }
    secrets::handed(state, payload);
    let copies = 1 + u32::from(state.fault("double_event", rates.double_event, 300_000));
    for _ in 0..copies {
        let late = if state.fault("delay_event", rates.delay_event, 300_000) {
            state.weather_rng.i64(1_000..120_000)
        } else if state.fault("stale_event", rates.stale_event, 50_000) {
            state.weather_rng.i64(16 * 60_000..30 * 60_000)
        } else {
            state.weather_rng.i64(100..1_500)
        };
        state.due(at + late, Due::Deliver(wake(0)));
    }
}

fn envelope(state: &State, source: &str, kind: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": format!("{:032x}", state.hash), "detail-type": kind, "source": source,
        "account": "111122223333", "time": format!("{:.0}", timestamp(state.now)),
        "region": "us-west-2", "resources": [], "detail": detail, "unknown": canary("unknown"),
    })
}

fn hooked(state: &State, host: HostNo, hook: &str, launching: bool) -> Value {
    let transition = if launching { "LAUNCHING" } else { "TERMINATING" };
    let kind = if launching { "launch" } else { "terminate" };
    let detail = json!({
        "LifecycleActionToken": format!("{}{host}", canary("token")),
        "AutoScalingGroupName": state.groups[state.hosts[host].group].name,
        "LifecycleHookName": hook, "EC2InstanceId": state.hosts[host].id,
        "LifecycleTransition": format!("autoscaling:EC2_INSTANCE_{transition}"),
        "NotificationMetadata": canary("metadata"),
    });
    envelope(state, "aws.autoscaling", &format!("EC2 Instance-{kind} Lifecycle Action"), &detail)
}

fn render(state: &mut State, event: Event) -> Option<(Function, Value, HostNo)> {
    Some(match event {
        Event::Launch(host) => (Function::Verifier, hooked(state, host, LAUNCH_HOOK, true), host),
        Event::Terminate(host) => {
            (Function::Drainer, hooked(state, host, TERMINATE_HOOK, false), host)
        }
        // Our rule names our hook; now and then somebody's wider rule hands the other on.
        Event::ManagedHook(host) if state.weather_rng.u32(0..10) == 0 => {
            let hook = "ecs-managed-draining-termination-hook";
            (Function::Drainer, hooked(state, host, hook, false), host)
        }
        Event::Spot(host) => (Function::Drainer, spot(state, host), host),
        Event::Rebalance(host) => {
            let detail = json!({ "instance-id": state.hosts[host].id });
            let kind = "EC2 Instance Rebalance Recommendation";
            (Function::Drainer, envelope(state, "aws.ec2", kind, &detail), host)
        }
        Event::Health(host) => {
            let detail = json!({
                "service": "EC2", "eventTypeCode": "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
                "eventTypeCategory": "scheduledChange", "statusCode": "upcoming",
                "affectedEntities": [{ "entityValue": state.hosts[host].id }],
            });
            let payload = envelope(state, "aws.health", "AWS Health Event", &detail);
            (Function::Drainer, payload, host)
        }
        Event::Machine(host, Machine::Terminated) => {
            (Function::Deregisterer, terminated(state, host), host)
        }
        Event::ManagedHook(_) | Event::Machine(..) | Event::Placement(_) => return None,
        Event::Registration(one) => registration(state, one)?,
        // ECS tells every change of every task; a tenth of them is enough of that noise.
        Event::Tasks(one) => {
            let drains = state.registrations[one].told.get().status == "DRAINING";
            if !drains && state.town.is_none() && state.weather_rng.u32(0..10) > 0 {
                return None;
            }
            registration(state, one)?
        }
    })
}

fn spot(state: &State, host: HostNo) -> Value {
    let detail = json!({ "instance-id": state.hosts[host].id, "instance-action": "terminate" });
    envelope(state, "aws.ec2", "EC2 Spot Instance Interruption Warning", &detail)
}

fn terminated(state: &State, host: HostNo) -> Value {
    let detail = json!({ "instance-id": state.hosts[host].id, "state": "terminated" });
    envelope(state, "aws.ec2", "EC2 Instance State-change Notification", &detail)
}

fn registration(state: &State, one: RegistrationNo) -> Option<(Function, Value, HostNo)> {
    let registration = &state.registrations[one];
    let told = registration.told.get();
    // As the patterns of the rules have it.
    let counts = |task: &usize| {
        let told = state.tasks[*task].told.get();
        !told.told_to_stop && matches!(told.stage, Stage::Pending | Stage::Running)
    };
    let runs = registration.tasks.iter().any(counts);
    let marked = [AGENT_LOST, DRAINING].iter().any(|mark| told.attributes.contains_key(*mark));
    let function = match (told.status, told.connected) {
        ("ACTIVE", true) if !runs || marked => Function::Verifier,
        ("DRAINING", _) if !runs => Function::Drainer,
        _ => return None,
    };
    let attributes: Vec<Value> = told
        .attributes
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let detail = json!({
        "agentConnected": told.connected, "status": told.status, "version": 7,
        "clusterArn": format!("arn:aws:ecs:us-west-2:111122223333:cluster/{}", state.clusters[registration.cluster].name),
        "containerInstanceArn": registration.arn, "ec2InstanceId": state.hosts[registration.host].id,
        "attributes": attributes, "overrides": canary("environment"),
    });
    let payload = envelope(state, "aws.ecs", "ECS Container Instance State Change", &detail);
    Some((function, payload, registration.host))
}

/// Tells what is not so of some host; `None` if there is none.
pub fn forge(state: &mut State) -> Option<()> {
    let alive = |host: &HostNo| state.hosts[*host].seat.get().life != Life::Gone;
    let all: Vec<HostNo> = (0..state.hosts.len()).filter(alive).collect();
    let host = state.weather_rng.choice(all)?;
    let (function, payload) = match state.weather_rng.u32(0..4) {
        0 => (Function::Drainer, hooked(state, host, TERMINATE_HOOK, false)),
        1 => (Function::Drainer, spot(state, host)),
        2 => (Function::Deregisterer, terminated(state, host)),
        _ => (Function::Verifier, hooked(state, host, LAUNCH_HOOK, true)),
    };
    let function = match state.controller {
        Controller::Muster => function,
        Controller::Cdk | Controller::Nth if function == Function::Drainer => Function::Baseline,
        Controller::Cdk | Controller::Nth => return Some(()),
    };
    send(state, function, &payload, Some(host));
    Some(())
}

/// Tells what is of elsewhere, or is no event.
pub fn foreign(state: &mut State) {
    if state.controller != Controller::Muster {
        return;
    }
    let host = state.weather_rng.usize(0..state.hosts.len());
    let mut payload = hooked(state, host, TERMINATE_HOOK, false);
    match state.weather_rng.u32(0..7) {
        0 => payload["account"] = json!("999999999999"),
        1 => payload["region"] = json!("eu-west-1"),
        2 => payload["detail"]["LifecycleHookName"] = json!("somebody-elses"),
        3 => payload["detail"]["EC2InstanceId"] = json!("i-\n; drop"),
        4 => payload["detail"] = json!("{}"),
        5 => payload["source"] = json!("com.evil"),
        _ => payload = json!([canary("payload")]),
    }
    secrets::handed(state, &payload);
    let functions =
        [Function::Verifier, Function::Drainer, Function::Deregisterer, Function::Reconciler];
    let function = functions[state.weather_rng.usize(0..functions.len())];
    let wake = Wake { function, payload, at: Some(state.now), attempt: 0, host: None };
    state.due(state.now + 500, Due::Deliver(Rc::new(wake)));
}

/// What Muster tells itself comes back to it by its own rule.
pub(crate) fn wanted(state: &mut State, told: &[Told]) {
    for one in told.iter().filter(|one| matches!(one, Told::SweepWanted(_))) {
        let detail = serde_json::to_value(one).unwrap_or_default();
        let payload = envelope(state, domain::told::SOURCE, one.detail_type(), &detail);
        send(state, Function::Reconciler, &payload, None);
    }
}
