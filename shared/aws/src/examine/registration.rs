//! Where the instance is registered: in its own cluster, or in another one.

use super::partial;
use crate::config::Aws;
use crate::limits::{ECS_PAGE, OTHER_CLUSTERS};
use crate::reads::{listed, reasons};
use aws_sdk_ecs::types::ContainerInstance;
use domain::diagnosis::{Elsewhere, Registered};
use domain::host::RegistrationStatus;
use domain::{ClusterName, Fault, InstanceId};
use ports::look::{Read, lacking, read_again};
use ports::{Described, Page, pages};

const LIST: &str = "ecs:ListContainerInstances";
const DESCRIBE: &str = "ecs:DescribeContainerInstances";
const CLUSTERS: &str = "ecs:ListClusters";

/// Where an agent goes that is told nothing.
const DEFAULT: &str = "default";

impl Aws {
    /// The registration in this cluster, of any status but INACTIVE; the connected one where there are two.
    pub(super) async fn examined_registration(
        &self,
        cluster: &ClusterName,
        id: &InstanceId,
    ) -> Result<Option<Registered>, Fault> {
        let all = read_again(async || {
            let arns = self.arns_of(cluster, id).await?;
            if arns.is_empty() {
                return Ok(Read::Whole(Vec::new()));
            }
            let request = self.ecs.describe_container_instances().cluster(cluster.as_str());
            let sending = request.set_container_instances(Some(arns.clone())).send();
            let answer = self.send(DESCRIBE, sending).await?;
            let failures = reasons(answer.failures());
            let found = answer.container_instances.unwrap_or_default();
            let described = Described { found, failures };
            // Keeps S21.
            Ok(match lacking(DESCRIBE, arns.len(), &described) {
                Some(fault) => Read::Lacking(fault),
                None => Read::Whole(described.found),
            })
        })
        .await?;
        let ours = all.into_iter().filter(|one| one.ec2_instance_id() == Some(id.as_str()));
        let best = ours.max_by_key(|one| one.agent_connected);
        best.map(registered).transpose()
    }

    /// A registration in another cluster: the one that the user data names is asked first, then `default`.
    pub(super) async fn examined_elsewhere(
        &self,
        cluster: &ClusterName,
        id: &InstanceId,
        named: Option<&ClusterName>,
    ) -> Result<Vec<Elsewhere>, Fault> {
        let mut others = self.clusters().await?;
        others.retain(|other| other != cluster);
        // The sort is stable: `false` comes first.
        others.sort_by_key(|other| (Some(other) != named, other.as_str() != DEFAULT));

        let mut unread = None;
        for other in others.iter().take(OTHER_CLUSTERS) {
            match self.examined_registration(other, id).await {
                Ok(Some(one)) => {
                    let agent_connected = one.agent_connected;
                    return Ok(vec![Elsewhere { cluster: other.clone(), agent_connected }]);
                }
                Ok(None) => {}
                Err(fault) => unread = unread.or(Some(fault)),
            }
        }
        // Keeps S21: not found is not "in none" where not all was searched.
        match unread {
            Some(fault) => Err(fault),
            None if others.len() > OTHER_CLUSTERS => {
                let all = others.len();
                Err(partial(
                    CLUSTERS,
                    &format!("{OTHER_CLUSTERS} of {all} other clusters searched"),
                ))
            }
            None => Ok(Vec::new()),
        }
    }

    async fn clusters(&self) -> Result<Vec<ClusterName>, Fault> {
        let arns = pages::all(CLUSTERS, async |token| {
            let request = self.ecs.list_clusters().max_results(ECS_PAGE);
            let answer = self.send(CLUSTERS, request.set_next_token(token).send()).await?;
            let items = listed(CLUSTERS, "clusterArns", answer.cluster_arns)?;
            Ok(Page { items, next: answer.next_token })
        })
        .await?;
        let name = |arn: &String| {
            ClusterName::of(arn).map_err(|_| partial(CLUSTERS, "a cluster's ARN is none"))
        };
        arns.iter().map(name).collect()
    }

    async fn arns_of(&self, cluster: &ClusterName, id: &InstanceId) -> Result<Vec<String>, Fault> {
        pages::all(LIST, async |token| {
            let request = self.ecs.list_container_instances().cluster(cluster.as_str());
            let request = request.filter(format!("ec2InstanceId == {id}")).max_results(ECS_PAGE);
            let answer = self.send(LIST, request.set_next_token(token).send()).await?;
            let items = listed(LIST, "containerInstanceArns", answer.container_instance_arns)?;
            Ok(Page { items, next: answer.next_token })
        })
        .await
    }
}

fn registered(found: ContainerInstance) -> Result<Registered, Fault> {
    let status = found.status().ok_or_else(|| partial(DESCRIBE, "status is missing"))?;
    Ok(Registered {
        status: RegistrationStatus::read(status),
        agent_connected: found.agent_connected,
        reason: found.status_reason,
    })
}
