//! Steps 4 and 5: the group follows the work, and a host leaves without hurting it.

use super::{GROUP, Held, SERVICE, must, set_tasks};
use crate::demo::stage::Stage;
use crate::demo::world;
use local_aws::world::Service;
use serde_json::json;

pub(super) async fn grow(stage: &mut Stage) -> Held {
    let definition = json!({
        "family": SERVICE,
        "containerDefinitions": [
            { "name": SERVICE, "image": SERVICE, "cpu": 512, "memory": 900, "essential": true },
        ],
    });
    stage.call(Service::Ecs, "RegisterTaskDefinition", &definition)?;
    let service = json!({
        "cluster": "demo",
        "serviceName": SERVICE,
        "taskDefinition": SERVICE,
        "desiredCount": 8,
        "launchType": "EC2",
    });
    stage.hand("creates the service web with 8 tasks");
    stage.call(Service::Ecs, "CreateService", &service)?;
    stage.until("8 tasks", 5, |world| world::tasks(world, SERVICE) == (8, 8)).await?;

    // Four hosts of two vCPU hold sixteen tasks of half a vCPU.
    set_tasks(stage, 20)?;
    stage.until("20 tasks", 15, |world| world::tasks(world, SERVICE) == (20, 20)).await?;
    let settled = |world: &mut _| world::is_settled(world, GROUP, 5);
    stage.until("five hosts in service", 5, settled).await?;
    let desired = stage.ask(|world| world::desired(world, GROUP));
    must(desired == 5, || format!("the work needs 5 hosts, and {desired} were asked for"))
}

pub(super) async fn scale_in(stage: &mut Stage) -> Held {
    set_tasks(stage, 12)?;
    stage.until("12 tasks", 5, |world| world::tasks(world, SERVICE) == (12, 12)).await?;

    // Nobody touches the group: twelve tasks fit on fewer hosts, and have for a while.
    let mut least = u64::MAX;
    let mut drained = false;
    stage
        .until("three hosts", 15, |world| {
            least = least.min(world::tasks(world, SERVICE).0);
            let all = world::registrations(world);
            drained |= all.iter().any(|one| one.status == "DRAINING");
            world::is_settled(world, GROUP, 3) && all.len() == 3
        })
        .await?;
    must(drained, || "no leaving host was drained".to_owned())?;
    let desired = stage.ask(|world| world::desired(world, GROUP));
    must(desired == 3, || format!("twelve tasks need 3 hosts, and {desired} are asked for"))?;
    must(least >= 12, || format!("only {least} of 12 tasks ran at one moment"))
}
