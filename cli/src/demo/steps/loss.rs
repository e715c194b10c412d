//! Steps 6 to 8: hosts that are taken away, hosts that die, events that never arrive.

use super::{GROUP, Held, SERVICE, SPOT_GROUP, group, must, set_desired, set_tasks};
use crate::demo::stage::Stage;
use crate::demo::world;
use crate::error::Trouble;
use local_aws::Weather;
use local_aws::world::Service;
use local_aws::world::ec2::LaunchTemplate;
use serde_json::json;

/// What a Spot warning leaves (*Spot Instance interruption notices* in the EC2 user guide).
const TWO_MINUTES: i64 = 120;
/// How soon the drain must have begun.
const TEN_SECONDS: i64 = 10;

fn first(hosts: Vec<String>) -> Result<String, Trouble> {
    hosts.into_iter().next().ok_or_else(|| Trouble::Wrong("there is no host".to_owned()))
}

pub(super) async fn spot(stage: &mut Stage) -> Held {
    stage.hand("creates the Spot group demo-spot with 1 host");
    stage.ask(|world| {
        let template = LaunchTemplate { spot: true, ..LaunchTemplate::default() };
        world.define_launch_template(SPOT_GROUP, template);
    });
    group(stage, SPOT_GROUP, 1)?;
    stage.until("a Spot host", 10, |world| world::is_settled(world, SPOT_GROUP, 1)).await?;
    // Twenty tasks fill all five hosts; a sixth host leaves room for what the Spot host must give up.
    set_tasks(stage, 20)?;
    stage.until("20 tasks", 10, |world| world::tasks(world, SERVICE) == (20, 20)).await?;
    set_desired(stage, GROUP, 5)?;
    stage.until("room", 10, |world| world::is_settled(world, GROUP, 5)).await?;

    let host = first(stage.ask(|world| world::in_service(world, SPOT_GROUP)))?;
    let busy = stage.ask(|world| world::registration(world, &host)).map_or(0, |one| one.tasks);
    must(busy > 0, || format!("{host} has no tasks to lose"))?;
    let warned = stage.now();
    stage.hand(&format!("(EC2 takes back {host}, with {busy} tasks on it)"));
    stage.ask(|world| world.spot_warning(&host));

    let draining = |world: &mut _| {
        world::registration(world, &host).is_none_or(|one| one.status == "DRAINING")
    };
    stage.until("its drain", 2, draining).await?;
    let begun = stage.now().duration_since(warned).as_secs();
    must(begun <= TEN_SECONDS, || format!("its drain began after {begun} s"))?;
    let empty = |world: &mut _| world::registration(world, &host).is_none_or(|one| one.tasks == 0);
    stage.until("its last task", 5, empty).await?;
    let emptied = stage.now().duration_since(warned).as_secs();
    must(emptied < TWO_MINUTES, || format!("it was empty only after {emptied} s"))?;
    replaced(stage, SPOT_GROUP, 1, &host).await
}

/// Waits until a group is whole again without this host, and the host's registration is gone.
async fn replaced(stage: &mut Stage, group: &str, hosts: usize, lost: &str) -> Held {
    stage
        .until("a replacement", 20, |world| {
            world::registration(world, lost).is_none()
                && !world::in_service(world, group).iter().any(|id| id == lost)
                && world::is_settled(world, group, hosts)
        })
        .await
}

pub(super) async fn ghost(stage: &mut Stage) -> Held {
    let host = first(stage.ask(|world| world::in_service(world, GROUP)))?;
    stage.hand(&format!("({host} loses its agent and dies)"));
    stage.ask(|world| world.crash(&host));
    let mut ghost =
        stage.ask(|world| world::registration(world, &host).is_some_and(|one| !one.connected));
    stage
        .until("the ghost's end", 5, |world| {
            let found = world::registration(world, &host);
            ghost |= found.as_ref().is_some_and(|one| !one.connected);
            found.is_none()
        })
        .await?;
    must(ghost, || format!("{host} left no ghost"))?;
    replaced(stage, GROUP, 5, &host).await?;
    stage.until("20 tasks", 10, |world| world::tasks(world, SERVICE) == (20, 20)).await
}

pub(super) async fn lost_events(stage: &mut Stage) -> Held {
    stage.hand("(from now on, EventBridge loses every event)");
    stage.aws.set_weather(Weather::DropAll);
    let hosts = stage.ask(|world| world::in_service(world, GROUP));
    let (leaves, dies) = match hosts.as_slice() {
        [leaves, dies, ..] => (leaves.clone(), dies.clone()),
        _ => return Err(Trouble::Wrong("there are too few hosts".to_owned())),
    };
    stage.hand(&format!("terminates {leaves}; its replacement launches"));
    let input = json!({ "InstanceId": leaves, "ShouldDecrementDesiredCapacity": "false" });
    stage.call(Service::AutoScaling, "TerminateInstanceInAutoScalingGroup", &input)?;
    stage.hand(&format!("({dies} loses its agent and dies)"));
    stage.ask(|world| world.crash(&dies));

    stage
        .until("the reconciler's repairs", 30, |world| {
            world::is_settled(world, GROUP, 5)
                && world::no_ghosts(world)
                && world::registration(world, &leaves).is_none()
                && world::registration(world, &dies).is_none()
                && world::tasks(world, SERVICE) == (20, 20)
        })
        .await?;
    let dropped = stage.aws.dropped_events();
    stage.aws.set_weather(Weather::Fair);
    stage.hand(&format!("({dropped} events were lost; the weather is fair again)"));
    must(dropped > 0, || "no event was lost".to_owned())
}
