//! Steps 1 and 9: the stack.

use super::{GROUP, Held, SERVICE, SPOT_GROUP, Story, must, set_desired, set_tasks};
use crate::demo::stage::Stage;
use crate::demo::world;
use crate::error::Trouble;
use local_aws::Stack;
use local_aws::world::Service;
use serde_json::{Value, json};

const PATH: &str = "/muster/";
const FOREIGN: &str = "someone-elses-EC2Role";
const ATTRIBUTES: [&str; 6] = [
    "EC2RoleArn",
    "EC2InstanceProfileArn",
    "ECSRoleArn",
    "ECSTaskExecutionRoleArn",
    "AutoScalingRoleArn",
    "TaskRoleArn.web",
];

impl Story {
    pub(super) async fn create_roles(&mut self, stage: &mut Stage) -> Held {
        foreign_role(stage)?;
        self.foreign = stage.ask(|world| world::role(world, FOREIGN)).unwrap_or_default();

        let mut stack = Stack::new(&stage.aws, "cluster-roles", "Custom::ClusterRoles", "Roles")?;
        stage.hand("creates the stack with Custom::ClusterRoles for the cluster demo");
        let data = stack
            .create(json!({
                "ClusterName": "demo",
                "Capacity": ["EC2"],
                "TaskRoles": { "web": { "s3": { "read": ["demo-assets/*"] }, "exec": true } },
            }))
            .await?;
        stage.catch_up();
        let data = data.get("Data").cloned().unwrap_or_default();
        let missing: Vec<&str> =
            ATTRIBUTES.into_iter().filter(|name| data.get(name).is_none()).collect();
        must(missing.is_empty(), || format!("the stack did not get {missing:?}: {data}"))?;
        let arn = data.get("EC2RoleArn").and_then(Value::as_str).unwrap_or_default();
        arn.rsplit('/').next().unwrap_or_default().clone_into(&mut stage.role);

        let (roles, profiles) = stage.ask(made);
        must(roles.len() == 5 && profiles.len() == 1, || {
            format!("there are the roles {roles:?} and the profiles {profiles:?}")
        })?;
        second_create(stage, &stack).await?;
        self.stack = Some(stack);
        Ok(())
    }

    pub(super) async fn delete(&mut self, stage: &mut Stage) -> Held {
        set_tasks(stage, 0)?;
        set_desired(stage, GROUP, 0)?;
        set_desired(stage, SPOT_GROUP, 0)?;
        stage.until("the end of every host", 20, |world| world::seats(world).is_empty()).await?;
        let input = json!({ "cluster": "demo", "service": SERVICE, "force": true });
        stage.call(Service::Ecs, "DeleteService", &input)?;
        for group in [GROUP, SPOT_GROUP] {
            let input = json!({ "AutoScalingGroupName": group, "ForceDelete": "true" });
            stage.call(Service::AutoScaling, "DeleteAutoScalingGroup", &input)?;
        }
        let ghosts = stage.ask(world::registrations);
        must(ghosts.is_empty(), || format!("{} registrations are left", ghosts.len()))?;

        stage.hand("deletes the stack");
        let stack = self.stack.as_mut();
        let stack = stack.ok_or_else(|| Trouble::Wrong("there is no stack".to_owned()))?;
        stack.delete().await?;
        let (roles, profiles) = stage.ask(made);
        must(roles.is_empty() && profiles.is_empty(), || {
            format!("left behind: the roles {roles:?} and the profiles {profiles:?}")
        })?;
        let foreign = stage.ask(|world| world::role(world, FOREIGN)).unwrap_or_default();
        must(foreign == self.foreign, || format!("{FOREIGN} was touched"))
    }
}

fn made(world: &mut local_aws::world::World) -> (Vec<String>, Vec<String>) {
    let mut roles = world::roles(world, PATH);
    roles.retain(|name| name != FOREIGN);
    (roles, world::profiles(world, PATH))
}

/// A role of someone else's, under the same path and with a name of our kind.
fn foreign_role(stage: &mut Stage) -> Held {
    stage.hand(&format!("has a role of their own, {FOREIGN}"));
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "ec2.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    });
    let input = json!({
        "RoleName": FOREIGN,
        "Path": PATH,
        "AssumeRolePolicyDocument": trust.to_string(),
        "Tags": [{ "Key": "muster:stack", "Value": "arn:of:another:stack" }],
    });
    stage.call(Service::Iam, "CreateRole", &input)?;
    Ok(())
}

async fn second_create(stage: &mut Stage, stack: &Stack) -> Held {
    stage.hand("(Lambda delivers the same Create a second time)");
    let before = stage.ask(whole);
    stack.redeliver().await?;
    stage.catch_up();
    let after = stage.ask(whole);
    must(before == after, || "the second Create changed something".to_owned())
}

fn whole(world: &mut local_aws::world::World) -> Vec<Option<Value>> {
    let names = world::roles(world, PATH);
    names.iter().map(|name| world::role(world, name)).collect()
}
