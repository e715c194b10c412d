//! Hooks and tags of a group that a person puts under Muster.

use crate::config::Aws;
use domain::plan::HookOf;
use domain::{Fault, GroupName};
use ports::Enrol;
use std::time::Duration;

impl Enrol for Aws {
    async fn put_hook(
        &self,
        group: &GroupName,
        hook: HookOf,
        heartbeat: Duration,
    ) -> Result<(), Fault> {
        const CALL: &str = "autoscaling:PutLifecycleHook";
        let (transition, default) = match hook {
            HookOf::Launch => ("autoscaling:EC2_INSTANCE_LAUNCHING", "ABANDON"),
            HookOf::Terminate => ("autoscaling:EC2_INSTANCE_TERMINATING", "CONTINUE"),
        };
        let seconds = i32::try_from(heartbeat.as_secs()).map_err(|_| Fault::Refused {
            call: CALL.to_owned(),
            code: "HeartbeatTimeout".to_owned(),
            told: "it is beyond what AWS takes".to_owned(),
        })?;
        let sending = self
            .autoscaling
            .put_lifecycle_hook()
            .auto_scaling_group_name(group.as_str())
            .lifecycle_hook_name(hook.name())
            .lifecycle_transition(transition)
            .heartbeat_timeout(seconds)
            .default_result(default)
            .send();
        self.send(CALL, sending).await.map(|_| ())
    }

    async fn delete_hook(&self, group: &GroupName, hook: HookOf) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .delete_lifecycle_hook()
            .auto_scaling_group_name(group.as_str())
            .lifecycle_hook_name(hook.name())
            .send();
        self.send("autoscaling:DeleteLifecycleHook", sending).await.map(|_| ())
    }

    async fn set_tag(&self, group: &GroupName, key: &str, value: &str) -> Result<(), Fault> {
        self.tag("autoscaling:CreateOrUpdateTags", group, key, value.to_owned()).await
    }

    async fn delete_tag(&self, group: &GroupName, key: &str) -> Result<(), Fault> {
        self.untag("autoscaling:DeleteTags", group, key).await
    }
}
