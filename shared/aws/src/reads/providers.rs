//! A cluster's capacity providers, from ECS.

use super::complete::listed;
use crate::config::Aws;
use aws_sdk_ecs::types::{CapacityProvider, CapacityProviderStrategyItem, Cluster};
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
        let is_it = |one: &Cluster| one.cluster_name() == Some(cluster.as_str());
        let Some(found) = clusters.into_iter().find(is_it) else {
            // Keeps S21: one that is not there is told as a failure.
            let mut reasons = answer.failures.iter().flatten().filter_map(|one| one.reason());
            let gone = reasons.any(|reason| reason == "MISSING");
            return if gone { Ok(None) } else { Err(partial(CLUSTERS, "nothing is said of it")) };
        };
        if found.status().ok_or_else(|| partial(CLUSTERS, "status is missing"))? == "INACTIVE" {
            return Ok(None);
        }
        let names = listed(CLUSTERS, "capacityProviders", found.capacity_providers)?;
        let strategy = found.default_capacity_provider_strategy;
        let strategy = listed(CLUSTERS, "defaultCapacityProviderStrategy", strategy)?;
        let strategy = strategy.iter().map(share).collect::<Result<_, _>>()?;
        let providers = if names.is_empty() { Vec::new() } else { self.providers(names).await? };
        Ok(Some(Attached { providers, strategy }))
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
        let failed = |name: &str| {
            let mut told = answer.failures.iter().flatten().filter_map(|one| one.arn());
            told.any(|arn| arn.rsplit('/').next() == Some(name))
        };
        let of = |name: String| {
            let found = described.iter().find(|one| one.name() == Some(name.as_str()));
            // Keeps S21: one that is gone is told as a failure; of one of which nothing is told nothing is known.
            if found.is_none() && !failed(&name) {
                return Err(partial(PROVIDERS, &format!("nothing is said of {name}")));
            }
            let group = found.map(group).transpose()?.flatten();
            Ok(Provider { group, name })
        };
        names.into_iter().map(of).collect()
    }
}

fn partial(call: &str, told: &str) -> Fault {
    Fault::Partial { call: call.to_owned(), told: told.to_owned() }
}

/// The group's name is the end of its ARN: `…:autoScalingGroup:<uuid>:autoScalingGroupName/<name>`; some people give
/// the name alone. AWS's own providers have no group; one whose group cannot be read is none of them.
fn group(provider: &CapacityProvider) -> Result<Option<GroupName>, Fault> {
    let Some(of) = provider.auto_scaling_group_provider() else { return Ok(None) };
    let arn = of.auto_scaling_group_arn();
    let name = arn.split_once("autoScalingGroupName/").map_or(arn, |(_, name)| name);
    let name = GroupName::try_from(name.to_owned()).ok();
    name.map(Some).ok_or_else(|| partial(PROVIDERS, "autoScalingGroupArn is missing or no name"))
}

/// The SDK puts an empty text in the place of a provider that is not there.
fn share(one: &CapacityProviderStrategyItem) -> Result<Share, Fault> {
    let provider = one.capacity_provider().to_owned();
    if provider.is_empty() {
        return Err(partial(CLUSTERS, "capacityProvider of the strategy is missing"));
    }
    Ok(Share { provider, base: one.base(), weight: one.weight() })
}
