//! The port of the diagnosis.

use domain::diagnosis::Facts;
use domain::{ClusterName, InstanceId};

/// Reads what may tell why a host did not join its cluster. Some tens of calls: for hosts that are late, not for all.
///
/// The obligations are those of [`crate::Reads`], and:
///
/// * what one read may not see hides nothing else;
/// * neither user data nor console output leaves it, in no fact and in no fault (keeps S36).
pub trait Examine {
    /// What AWS knows of the instance, which should be in this cluster. EC2 forgets much of an instance that is
    /// terminated: examine a host before giving it up.
    fn facts(&self, instance: &InstanceId, cluster: &ClusterName) -> impl Future<Output = Facts>;
}
