//! A cluster's capacity providers, from ECS.

use super::complete::listed;
use crate::config::Aws;
use aws_sdk_ecs::types::CapacityProvider;
use domain::teardown::{Attached, Provider, Share};
use domain::{ClusterName, Fault, GroupName};
use ports::Providers;

const CLUSTERS: &str = "ecs:DescribeClusters";
const PROVIDERS: &str = "ecs:DescribeCapacityProviders";

impl Providers for Aws {
    async fn attached(&self, cluster: &ClusterName) -> Result<Option<Attached>, Fault> {
        let sending = self.ecs.describe_clusters().clusters(cluster.as_str()).send();
        let answer = self.send(CLUSTERS, sending).await?;
        // A deleted cluster is described as INACTIVE for a while.
        let clusters = listed(CLUSTERS, "clusters", answer.clusters)?;
        let Some(found) = clusters.into_iter().find(|one| {
            one.cluster_name() == Some(cluster.as_str()) && one.status() != Some("INACTIVE")
        }) else {
            return Ok(None);
        };
        let strategy = found.default_capacity_provider_strategy().iter().map(|one| Share {
            provider: one.capacity_provider().to_owned(),
            base: one.base(),
            weight: one.weight(),
        });
        let names = found.capacity_providers();
        let providers =
            if names.is_empty() { Vec::new() } else { self.providers(names.to_vec()).await? };
        Ok(Some(Attached { providers, strategy: strategy.collect() }))
    }
}

impl Aws {
    /// The capacity providers of these names: a cluster has 20 at most, and one call describes 100.
    pub(super) async fn providers(&self, names: Vec<String>) -> Result<Vec<Provider>, Fault> {
        let sending = self
            .ecs
            .describe_capacity_providers()
            .set_capacity_providers(Some(names.clone()))
            .send();
        let answer = self.send(PROVIDERS, sending).await?;
        let described = listed(PROVIDERS, "capacityProviders", answer.capacity_providers)?;
        let of = |name: String| {
            let found = described.iter().find(|one| one.name() == Some(name.as_str()));
            Provider { group: found.and_then(group), name }
        };
        Ok(names.into_iter().map(of).collect())
    }
}

/// The group's name is the end of its ARN: `…:autoScalingGroup:<uuid>:autoScalingGroupName/<name>`; some people give
/// the name alone.
fn group(provider: &CapacityProvider) -> Option<GroupName> {
    let arn = provider.auto_scaling_group_provider()?.auto_scaling_group_arn();
    let name = arn.split_once("autoScalingGroupName/").map_or(arn, |(_, name)| name);
    GroupName::try_from(name.to_owned()).ok()
}
