//! Cluster after cluster, each with groups that are young enough to act on.

use super::{Groups, by_cluster, groups};
use crate::Reads;
use domain::sweep::{FRESH, in_turn, tags};
use domain::{ClusterName, Fault};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Groups that were read longer ago are read again before their cluster is looked at: a third of [`FRESH`], so that the rest
/// of it is left for the look and for what follows from it.
const OLD: SignedDuration = SignedDuration::from_secs(FRESH.as_secs() / 3);

/// The clusters of one reading of groups; a different one first every minute.
#[derive(Debug)]
pub struct Fleet {
    left: std::vec::IntoIter<(ClusterName, Groups)>,
    read_at: Timestamp,
}

/// A cluster's turn.
#[derive(Debug)]
pub struct Turn {
    /// The cluster.
    pub cluster: ClusterName,
    /// Its groups, and when they were read.
    ///
    /// # Errors
    /// The fault of reading them again.
    pub groups: Result<(Groups, Timestamp), Fault>,
}

impl Fleet {
    /// The fleet of clusters whose groups were read just now.
    pub fn of<R: Reads>(reads: &R, clusters: BTreeMap<ClusterName, Groups>) -> Self {
        let read_at = reads.now();
        let mut clusters: Vec<(ClusterName, Groups)> = clusters.into_iter().collect();
        in_turn(&mut clusters, read_at);
        Self { left: clusters.into_iter(), read_at }
    }

    /// The next cluster. Keeps S20: where much was done for those before it, its groups are read again; one that has none
    /// of ours any more is passed over.
    pub async fn next<R: Reads>(&mut self, reads: &R) -> Option<Turn> {
        loop {
            let (cluster, read) = self.left.next()?;
            let now = reads.now();
            if now.duration_since(self.read_at) <= OLD {
                return Some(Turn { cluster, groups: Ok((read, self.read_at)) });
            }
            let groups = match groups(reads, &tags(&read)).await {
                Ok(all) => by_cluster(all).remove(&cluster).map(|ours| Ok((ours, now))),
                Err(fault) => Some(Err(fault)),
            };
            if let Some(groups) = groups {
                return Some(Turn { cluster, groups });
            }
        }
    }
}
