//! Writes on a group, and on a cluster's capacity providers.

use super::partial;
use crate::config::Aws;
use aws_sdk_ecs::types::CapacityProviderStrategyItem;
use domain::teardown::Share;
use domain::{ClusterName, Fault, GroupName, InstanceId};

impl Aws {
    pub(super) async fn set_desired(
        &self,
        call: &str,
        group: &GroupName,
        to: u32,
    ) -> Result<(), Fault> {
        let to = i32::try_from(to).map_err(|_| Fault::Refused {
            call: call.to_owned(),
            code: "DesiredCapacity".to_owned(),
            told: "it is beyond what AWS takes".to_owned(),
        })?;
        let sending = self
            .autoscaling
            .set_desired_capacity()
            .auto_scaling_group_name(group.as_str())
            .desired_capacity(to)
            .honor_cooldown(false)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    pub(super) async fn protect(
        &self,
        call: &str,
        group: &GroupName,
        instances: Vec<String>,
        protected: bool,
    ) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .set_instance_protection()
            .auto_scaling_group_name(group.as_str())
            .set_instance_ids(Some(instances))
            .protected_from_scale_in(protected)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    /// Terminates a host through its group's hooks; `decrement` lowers the desired capacity by it, and AWS refuses that below
    /// Min.
    pub(super) async fn terminate(
        &self,
        call: &str,
        instance: &InstanceId,
        decrement: bool,
    ) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .terminate_instance_in_auto_scaling_group()
            .instance_id(instance.as_str())
            .should_decrement_desired_capacity(decrement)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    pub(super) async fn empty(&self, call: &str, group: &GroupName) -> Result<(), Fault> {
        let sending = self
            .autoscaling
            .update_auto_scaling_group()
            .auto_scaling_group_name(group.as_str())
            .min_size(0)
            .desired_capacity(0)
            .send();
        self.send(call, sending).await.map(|_| ())
    }

    /// The call replaces the whole list (`PutClusterCapacityProviders` in the ECS API reference).
    pub(super) async fn attach_only(
        &self,
        call: &str,
        cluster: &ClusterName,
        keep: &[String],
        strategy: &[Share],
    ) -> Result<(), Fault> {
        let mut items = Vec::new();
        for share in strategy {
            let item = CapacityProviderStrategyItem::builder()
                .capacity_provider(&share.provider)
                .base(share.base)
                .weight(share.weight);
            let item = item
                .build()
                .map_err(|bad| Fault::Partial { call: call.to_owned(), told: bad.to_string() })?;
            items.push(item);
        }
        let sending = self
            .ecs
            .put_cluster_capacity_providers()
            .cluster(cluster.as_str())
            .set_capacity_providers(Some(keep.to_vec()))
            .set_default_capacity_provider_strategy(Some(items))
            .send();
        let answer = self.send(call, sending).await?;
        answer.cluster().map(|_| ()).ok_or_else(|| partial(call, "it is empty"))
    }
}
