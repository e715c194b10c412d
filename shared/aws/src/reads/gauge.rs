//! The reads of the capacity look.

use crate::config::Aws;
use domain::teardown::Provider;
use domain::{ClusterName, Fault, GroupName};
use ports::{Definition, Described, Gauge, InstanceType, Launch, Page, Placed, Wish};

// Boxed: what the SDK keeps for its calls is too large for every caller's stack.
impl Gauge for Aws {
    async fn service_arns(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Box::pin(self.listed_services(cluster, token)).await
    }

    async fn wishes(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Wish>, Fault> {
        Box::pin(self.described_wishes(cluster, arns)).await
    }

    async fn definition(&self, name: &str) -> Result<Definition, Fault> {
        Box::pin(self.definition_of(name)).await
    }

    async fn all_task_arns(
        &self,
        cluster: &ClusterName,
        token: Option<String>,
    ) -> Result<Page<String>, Fault> {
        Box::pin(self.all_listed_tasks(cluster, token)).await
    }

    async fn placed(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Described<Placed>, Fault> {
        Box::pin(self.placed_tasks(cluster, arns)).await
    }

    async fn protected(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Vec<String>, Fault> {
        Box::pin(self.protected_tasks(cluster, arns)).await
    }

    async fn groups_of(&self, providers: &[String]) -> Result<Vec<Provider>, Fault> {
        Box::pin(self.providers(providers.to_vec())).await
    }

    async fn latest_launch(&self, group: &GroupName) -> Result<Option<Launch>, Fault> {
        Box::pin(self.latest_launch_of(group)).await
    }

    async fn is_refreshing(&self, group: &GroupName) -> Result<bool, Fault> {
        Box::pin(self.refreshes(group)).await
    }

    async fn types_of(&self, group: &GroupName) -> Result<Vec<String>, Fault> {
        Box::pin(self.types_of_group(group)).await
    }

    async fn instance_types(&self, names: &[String]) -> Result<Vec<InstanceType>, Fault> {
        Box::pin(self.described_types(names)).await
    }
}
