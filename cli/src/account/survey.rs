//! One look at the clusters of an account, and what the functions would make of it.

use super::Unsuitable;
use aws::Aws;
use domain::host::Seen;
use domain::told::Slice;
use domain::{ClusterName, Fault, HostView, Plan, Policy, sweep};
use jiff::Timestamp;
use ports::{Groups, Reads as _, Troubles, look};
use std::collections::BTreeMap;

/// A cluster as one look showed it, and what the reconciler would do.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) cluster: ClusterName,
    pub(crate) groups: Groups,
    pub(crate) hosts: Vec<HostView>,
    pub(crate) plan: Plan,
    /// AWS's time.
    pub(crate) now: Timestamp,
}

/// Looks at every cluster of ours, or at this one.
pub(crate) async fn surveys(
    aws: &Aws,
    settings: &Policy,
    only: Option<&ClusterName>,
) -> crate::Result<Vec<Survey>> {
    let mut clusters = clusters(aws, only).await?;
    let troubles = Seen::from(look::troubles_of(aws).await);
    let mut all = Vec::new();
    for (cluster, groups) in &mut clusters {
        all.push(survey(aws, settings, cluster, groups, &troubles).await?);
    }
    Ok(all)
}

/// The groups of every cluster of ours, or of this one.
pub(crate) async fn clusters(
    aws: &Aws,
    only: Option<&ClusterName>,
) -> crate::Result<BTreeMap<ClusterName, Groups>> {
    let mut clusters = look::by_cluster(look::groups(aws, &[]).await?);
    let Some(only) = only else {
        return if clusters.is_empty() {
            Err(Unsuitable::NothingOurs.into())
        } else {
            Ok(clusters)
        };
    };
    if !clusters.contains_key(only) {
        return Err(Unsuitable::no_such_cluster(only, clusters.keys()).into());
    }
    clusters.retain(|name, _| name == only);
    Ok(clusters)
}

async fn survey(
    aws: &Aws,
    settings: &Policy,
    cluster: &ClusterName,
    groups: &mut Groups,
    troubles: &Seen<Troubles>,
) -> Result<Survey, Fault> {
    let hosts = look::hosts(aws, cluster, groups, troubles, Slice::WHOLE).await?;
    let now = aws.now();
    let plan = sweep::judge(groups, &hosts, settings, now);
    Ok(Survey { cluster: cluster.clone(), groups: std::mem::take(groups), hosts, plan, now })
}
