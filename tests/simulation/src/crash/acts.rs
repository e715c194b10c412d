//! What the scenes are made of: how a world is set, what happens in it, and how it should end.

use crate::Stage;
use crate::secrets::canary;
use crate::versioned::Ms;
use crate::weather::{Controller, Event, Function};
use crate::world::make::TASK;
use crate::world::{
    HostNo, Kind, Life, Stage as Step, change, connect, disconnect, drain, launch, shut_down,
    tasks, terminate,
};
use domain::Policy;
use domain::group::BREAKER_TAG;
use domain::host::Maintenance;
use serde_json::json;

/// So many hosts with so many tasks, which take 50 seconds to stop.
pub(super) fn busy(hosts: u32, tasks: u32) -> Stage {
    let mut stage = Stage::with(hosts, Controller::Muster);
    stage.state().services[0].desired = tasks;
    stage.run_for(3);
    for task in &mut stage.state().tasks {
        task.stops_in = 50_000;
    }
    // Who is protected by chance would be another scene.
    let now = stage.see().now;
    for host in &mut stage.state().hosts {
        host.seat.change(now, |seat| seat.protected = false);
    }
    stage
}

/// So many hosts and no task.
pub(super) fn idle(hosts: u32) -> Stage {
    let mut stage = busy(hosts, 0);
    stage.run_for(2);
    stage
}

/// Whose events are all lost.
pub(super) fn silent(mut stage: Stage) -> Stage {
    // The chance is in thousandths of the class's own most: this is more than always.
    stage.state().swarm.drop_event = 2_500;
    stage
}

/// With these tags on our group.
pub(super) fn with(mut stage: Stage, settings: &[(&str, &str)]) -> Stage {
    {
        let mut state = stage.state();
        let now = state.now;
        let group = &mut state.groups[0];
        for (name, value) in settings {
            group.tags.change(now, |tags| {
                tags.insert(format!("muster:{name}"), (*value).to_owned());
            });
        }
        group.policy = Policy::default().overridden_by(group.tags.get()).0;
    }
    stage
}

/// Whose size may be anything between these.
pub(super) fn resized(mut stage: Stage, min: u32, max: u32) -> Stage {
    {
        let mut state = stage.state();
        (state.groups[0].min, state.groups[0].max) = (min, max);
    }
    stage
}

/// With a standalone task of so many minutes on host 2.
pub(super) fn runs(mut stage: Stage, minutes: i64) -> Stage {
    {
        let mut state = stage.state();
        let one = state.hosts[2].registrations[0];
        tasks::put(&mut state, one, Kind::Standalone, TASK, 20_000, minutes * 60_000);
    }
    stage.run_for(1);
    stage
}

/// Its group wants one host more.
pub(super) fn grow(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        let mut state = stage.state();
        let group = &mut state.groups[0];
        (group.min, group.max, group.desired) = (group.min + 1, group.max + 1, group.desired + 1);
        launch(&mut state, 0);
    }
}

/// EC2 schedules the end of host 2, and calls it off in this minute.
pub(super) fn retiring(stage: &mut Stage, minute: i64, off: i64) {
    let now = stage.see().now;
    let plan = match minute {
        0 => Some((Maintenance::Retirement, now + 600 * 60_000)),
        _ if minute == off => None,
        _ => return,
    };
    stage.state().hosts[2].trouble.change(now, |trouble| trouble.scheduled = plan);
    if plan.is_some() {
        stage.tell(Event::Health(2));
    }
}

/// The machine of host 1 goes, without its agent having said so.
pub(super) fn gone(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        let one = stage.see().hosts[1].registrations[0];
        disconnect(&mut stage.state(), one);
        change(&mut stage.state(), 1, Life::Gone);
        shut_down(&mut stage.state(), 1);
    }
}

/// The same, so long ago that EC2 has forgotten it.
pub(super) fn forgotten() -> Stage {
    let mut stage = silent(busy(5, 5));
    gone(&mut stage, 0);
    stage.run_for(20);
    stage
}

/// Host 1 left its group and lives, and EC2 does not find it for a minute and a half.
pub(super) fn detached() -> Stage {
    let mut stage = busy(5, 5);
    change(&mut stage.state(), 1, Life::Gone);
    let until: Ms = stage.see().now + 150_000;
    stage.state().hosts[1].hidden_until = until;
    stage
}

/// So many agents are lost at once, and come back in this minute, between two sweeps.
pub(super) fn agents(stage: &mut Stage, minute: i64, many: usize, back: i64) {
    if minute == back {
        stage.run_for_seconds(20);
    }
    for host in 1..=many {
        let one = stage.see().hosts[host].registrations[0];
        if minute == 0 {
            disconnect(&mut stage.state(), one);
        } else if minute == back {
            connect(&mut stage.state(), one);
        }
    }
}

/// The agent of host 1 is lost, and comes back in the second in which its host begins to leave.
pub(super) fn back_at_the_end(stage: &mut Stage, minute: i64) {
    if minute == 3 {
        stage.run_for_seconds(20);
        terminate(&mut stage.state(), 1);
        stage.run_for_seconds(1);
    }
    let one = stage.see().hosts[1].registrations[0];
    match minute {
        0 => disconnect(&mut stage.state(), one),
        3 => connect(&mut stage.state(), one),
        _ => (),
    }
}

/// EC2 retires host 2, whose tasks take their time, and somebody terminates it before they are gone.
pub(super) fn slow(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        for task in &mut stage.state().tasks {
            task.stops_in = 20 * 60_000;
        }
    }
    retiring(stage, minute, 99);
    if minute == 13 {
        stage.run_for_seconds(20);
        terminate(&mut stage.state(), 2);
    }
}

/// Host 2 leaves, and EC2 does not find it for a while.
pub(super) fn unseen(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        let until = stage.see().now + 90_000;
        stage.state().hosts[2].hidden_until = until;
        terminate(&mut stage.state(), 2);
    }
}

/// A person drains host 2.
pub(super) fn drained_by_hand(stage: &mut Stage, minute: i64) {
    if minute == 0 {
        let one = stage.see().hosts[2].registrations[0];
        drain(&mut stage.state(), one, false);
    }
}

/// The service wants so many tasks.
pub(super) fn returns(stage: &mut Stage, minute: i64, tasks: u32) {
    if minute == 0 {
        stage.state().services[0].desired = tasks;
    }
}

/// CloudFormation's request to the teardown of our group.
pub(super) fn stack(stage: &mut Stage, minute: i64, kind: &str) {
    if minute > 0 {
        return;
    }
    if kind == "Delete" {
        let mut state = stage.state();
        state.deleted_since = Some(state.now);
    }
    let mut payload = json!({
        "RequestType": kind, "RequestId": "1",
        "ResponseURL": format!("https://x?X-Amz-Signature={}", canary("response-url")),
        "StackId": "arn:aws:cloudformation:us-west-2:111122223333:stack/prod/1",
        "LogicalResourceId": "Teardown", "OldResourceProperties": { "x": canary("old-property") },
        "ResourceProperties": {
            "ServiceToken": "x", "ServiceTimeout": "3600",
            "ClusterName": "cluster-0", "AutoScalingGroups": ["group-0"], "DrainMinutes": "40",
        },
    });
    if kind == "Delete" {
        payload["PhysicalResourceId"] = json!("muster-teardown:v1:Teardown");
    }
    stage.send(Function::Teardown, payload);
}

/// More hosts than one invocation sweeps.
pub(super) fn sweep_of_many() -> Stage {
    let mut stage = Stage::with(1_010, Controller::Muster);
    stage.state().services[0].desired = 100;
    stage
}

fn told(is: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if is { Ok(()) } else { Err(what()) }
}

/// So many hosts are in service and no other is there; none is marked, and no breaker is open.
pub(super) fn at_rest(stage: &Stage, hosts: usize) -> Result<(), String> {
    let ours = stage.ours();
    let serving = ours.iter().all(|host| stage.life(*host) == Life::InService);
    told(serving && ours.len() == hosts, || format!("{} hosts: {ours:?}", ours.len()))?;
    let state = stage.see();
    for host in ours {
        for one in &state.hosts[host].registrations {
            let it = state.registrations[*one].told.get();
            let bare =
                it.status == "INACTIVE" || (it.status == "ACTIVE" && it.attributes.is_empty());
            told(bare, || format!("host {host} is {} with {:?}", it.status, it.attributes))?;
        }
    }
    told(!state.groups[0].tags.get().contains_key(BREAKER_TAG), || "the breaker is open".to_owned())
}

/// One more host is in service.
pub(super) fn let_in(stage: &Stage, hosts: usize) -> Result<(), String> {
    at_rest(stage, hosts)
}

/// A host is gone, and another is there instead.
pub(super) fn away(stage: &Stage, host: HostNo) -> Result<(), String> {
    is_away(stage, host)?;
    at_rest(stage, 5)
}

/// A host is gone, with its registration.
pub(super) fn is_away(stage: &Stage, host: HostNo) -> Result<(), String> {
    let life = stage.life(host);
    told(life == Life::Gone, || format!("host {host} is {life:?}"))?;
    struck(stage, host)
}

/// A host is in service as before.
pub(super) fn stays(stage: &Stage, host: HostNo) -> Result<(), String> {
    let life = stage.life(host);
    told(life == Life::InService, || format!("host {host} is {life:?}"))?;
    at_rest(stage, 5)
}

/// A host's registration has this status.
pub(super) fn part(stage: &Stage, host: HostNo, status: &str) -> Result<(), String> {
    let one = stage.see().hosts[host].registrations[0];
    let is = stage.see().registrations[one].told.get().clone();
    let bare = is.attributes.is_empty();
    told(is.status == status && bare, || format!("it is {} with {:?}", is.status, is.attributes))
}

/// A host's registration is struck off.
pub(super) fn struck(stage: &Stage, host: HostNo) -> Result<(), String> {
    let state = stage.see();
    let all = state.hosts[host].registrations.iter().map(|it| state.registrations[*it].told.get());
    let left = all.filter(|it| it.status != "INACTIVE").count();
    told(left == 0, || format!("{left} registrations of host {host} are left"))
}

/// All tasks run, on no more hosts than they need, which nothing holds.
pub(super) fn nothing_left(stage: &Stage, tasks: usize) -> Result<(), String> {
    let state = stage.see();
    let runs = |it: &&usize| state.tasks[**it].told.get().stage == Step::Running;
    let running = state.services[0].live.iter().filter(runs).count();
    told(running == tasks, || format!("{running} tasks run"))
}

/// The one answer that counts says that it is done, and no host is left.
pub(super) fn torn_down(stage: &Stage) -> Result<(), String> {
    let ours = stage.ours();
    told(ours.is_empty(), || format!("hosts are left: {ours:?}"))?;
    let state = stage.see();
    let answers: Vec<_> = state.answers.iter().map(|(_, answer)| answer).collect();
    let well = !answers.is_empty() && answers.iter().all(|one| one.is_ok());
    told(well, || format!("CloudFormation was answered {answers:?}"))
}
