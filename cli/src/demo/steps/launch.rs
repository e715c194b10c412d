//! Steps 2 and 3: hosts that join, and one that never does.

use super::{GROUP, Held, group, must, set_desired};
use crate::demo::stage::Stage;
use crate::demo::world;
use local_aws::world::Service;
use local_aws::world::ec2::Boot;
use serde_json::json;

pub(super) async fn launch(stage: &mut Stage) -> Held {
    stage.call(Service::Ecs, "CreateCluster", &json!({ "clusterName": "demo" }))?;
    stage.hand("creates the group demo with 3 hosts, under Muster by its tag and hooks");
    group(stage, GROUP, 3)?;

    let mut held = false;
    let mut early = None;
    stage
        .until("three hosts in service", 10, |world| {
            for seat in world::seats(world) {
                let connected =
                    world::registration(world, &seat.id).is_some_and(|one| one.connected);
                held |= seat.lifecycle == "Pending:Wait" && !connected;
                if seat.lifecycle == "InService" && !connected {
                    early = Some(seat.id);
                }
            }
            world::is_settled(world, GROUP, 3)
        })
        .await?;
    must(held, || "no host was ever held".to_owned())?;
    must(early.is_none(), || format!("{early:?} was in service before its agent was connected"))
}

pub(super) async fn never_joins(stage: &mut Stage) -> Held {
    stage.ask(|world| world.plan_next_boot(GROUP, Boot::NoRoute));
    stage.hand("(the next host's subnet has no route out)");
    set_desired(stage, GROUP, 4)?;

    let known = stage.ask(|world| world::in_service(world, GROUP));
    let mut bad = None;
    stage
        .until("the bad host's launch", 5, |world| {
            let seats = world::seats(world).into_iter();
            bad = seats.map(|seat| seat.id).find(|id| !known.contains(id));
            bad.is_some()
        })
        .await?;
    let bad = bad.unwrap_or_default();
    let mut served = false;
    stage
        .until("a replacement in service", 20, |world| {
            let serving = world::in_service(world, GROUP);
            served |= serving.contains(&bad);
            serving.len() == 4 && world::is_settled(world, GROUP, 4)
        })
        .await?;
    must(!served, || format!("{bad} entered service"))?;
    let told = stage.hosts.lives.get(&bad).is_some_and(|life| life.abandoned);
    must(told, || format!("no decision says that {bad} was abandoned"))?;
    let cause = stage.hosts.lives.get(&bad).and_then(|life| life.cause.clone());
    must(cause.as_deref() == Some("route"), || format!("the cause that is told is {cause:?}"))
}
