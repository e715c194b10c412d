//! What Muster tells others of what it did: the events that it puts on an event bus.
//!
//! The fields are a promise to whoever reads them (`infra/events`): one may be added, none changes its
//! meaning or goes away while the version is the same. No secret, no token and no payload is ever a part of one.

use crate::names::{ClusterName, GroupName, InstanceId, RegistrationArn};
use crate::plan::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// The `source` of every event that Muster puts on a bus.
pub const SOURCE: &str = "muster";

/// The version of the details.
pub const VERSION: &str = "1";

/// One event, before it is put on a bus. Serialized, it is the event's `detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A launching host was let into service.
    HostVerified(HostTold),
    /// A launching host was given up.
    HostAbandoned(HostTold),
    /// A registration was set DRAINING.
    HostDraining(HostTold),
    /// A terminating host was let go.
    HostDrained(HostTold),
    /// A registration that was left behind was struck off.
    RegistrationDeregistered(HostTold),
    /// A host was marked unhealthy, so that its group replaces it.
    HostRepaired(HostTold),
    /// From now on no host is taken away.
    BreakerOpened(BreakerTold),
    /// Hosts may be taken away again.
    BreakerClosed(BreakerTold),
    /// A part of the fleet should be swept: Muster's word to itself.
    SweepWanted(SweepTold),
}

/// What is told of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostTold {
    /// Its cluster.
    pub cluster: ClusterName,
    /// Its group; none where a registration outlived its host's seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// The host.
    pub instance_id: InstanceId,
    /// When it was done, by AWS's clock.
    pub at: Timestamp,
    /// Why, in words for people.
    pub because: String,
    /// The registration that it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationArn>,
    /// How long the host had been waited for, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_seconds: Option<u64>,
    /// What ailed it: the kebab-case word of a diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What a person can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What is told of a breaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakerTold {
    /// The cluster.
    pub cluster: ClusterName,
    /// The group; none if the breaker is the whole cluster's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// When it was found so, by AWS's clock.
    pub at: Timestamp,
    /// What opened it, also when it closes.
    pub reason: BreakerReason,
    /// How many hosts are in trouble.
    pub failing: u32,
    /// Of how many.
    pub hosts: u32,
}

/// What opens a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerReason {
    /// More hosts are in trouble than is bearable.
    TooManyFailing,
    /// As many hosts were taken away already as may be.
    BudgetSpent,
    /// Many hosts were lost at once: the fault is not theirs.
    CorrelatedLoss,
    /// Launches fail one after the other.
    LaunchLoop,
    /// ECS could not be read.
    EcsUnreadable,
}

/// A wish that a part of a fleet be swept: one cluster or a slice of it, or several clusters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepTold {
    /// The cluster; of several the first.
    pub cluster: ClusterName,
    /// Which part of it.
    pub slice: Slice,
    /// The values of the tag `muster:cluster` whose groups are meant; none means the cluster's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// One of the equal parts of a cluster. Read from outside, it lies within the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnySlice")]
pub struct Slice {
    /// The part's number, from 0.
    pub index: u32,
    /// How many parts there are, at least 1.
    pub of: u32,
}

impl Slice {
    /// All hosts.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether a host is in it. The last digits of an id are as good as random.
    #[must_use]
    pub fn has(self, instance: &InstanceId) -> bool {
        let text = instance.as_str();
        let tail = text.get(text.len().saturating_sub(6)..).unwrap_or_default();
        let number = u32::from_str_radix(tail, 16).unwrap_or(0);
        number.checked_rem(self.of).unwrap_or(0) == self.index
    }
}

#[derive(Deserialize)]
struct AnySlice {
    index: u32,
    of: u32,
}

impl TryFrom<AnySlice> for Slice {
    type Error = &'static str;

    fn try_from(AnySlice { index, of }: AnySlice) -> Result<Self, Self::Error> {
        if index < of { Ok(Self { index, of }) } else { Err("the slice is outside of the whole") }
    }
}

impl Told {
    /// The event's `detail-type`.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        match self {
            Self::HostVerified(_) => "Host Verified",
            Self::HostAbandoned(_) => "Host Abandoned",
            Self::HostDraining(_) => "Host Draining",
            Self::HostDrained(_) => "Host Drained",
            Self::RegistrationDeregistered(_) => "Registration Deregistered",
            Self::HostRepaired(_) => "Host Repaired",
            Self::BreakerOpened(_) => "Breaker Opened",
            Self::BreakerClosed(_) => "Breaker Closed",
            Self::SweepWanted(_) => "Sweep Wanted",
        }
    }

    /// What is told of a host, so that a caller can add what it alone knows: a cause, a remedy, a wait.
    pub const fn host_mut(&mut self) -> Option<&mut HostTold> {
        match self {
            Self::HostVerified(host)
            | Self::HostAbandoned(host)
            | Self::HostDraining(host)
            | Self::HostDrained(host)
            | Self::RegistrationDeregistered(host)
            | Self::HostRepaired(host) => Some(host),
            Self::BreakerOpened(_) | Self::BreakerClosed(_) | Self::SweepWanted(_) => None,
        }
    }
}

#[derive(Serialize)]
struct Detail<'a, T> {
    version: &'static str,
    #[serde(flatten)]
    told: &'a T,
}

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::HostVerified(told)
            | Self::HostAbandoned(told)
            | Self::HostDraining(told)
            | Self::HostDrained(told)
            | Self::RegistrationDeregistered(told)
            | Self::HostRepaired(told) => Detail { version: VERSION, told }.serialize(to),
            Self::BreakerOpened(told) | Self::BreakerClosed(told) => {
                Detail { version: VERSION, told }.serialize(to)
            }
            Self::SweepWanted(told) => Detail { version: VERSION, told }.serialize(to),
        }
    }
}

/// The host that an action was done for: not every action names it.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// Its cluster.
    pub cluster: &'a ClusterName,
    /// Its group, if it has one still.
    pub group: Option<&'a GroupName>,
    /// The host.
    pub instance: &'a InstanceId,
}

/// What there is to tell of an action that was done; nothing of those that are steps on the way.
///
/// `because` is the step's reason. Cause, remedy and wait are the caller's to add.
#[must_use]
pub fn told(action: &Action, whose: &Whose<'_>, at: Timestamp, because: &str) -> Option<Told> {
    let about = |group: Option<&GroupName>, registration: Option<&RegistrationArn>| HostTold {
        cluster: whose.cluster.clone(),
        group: group.or(whose.group).cloned(),
        instance_id: whose.instance.clone(),
        at,
        because: because.to_owned(),
        registration: registration.cloned(),
        waited_seconds: None,
        cause: None,
        remedy: None,
    };
    match action {
        Action::LetIn { group, .. } => Some(Told::HostVerified(about(Some(group), None))),
        Action::Abandon { group, .. } => Some(Told::HostAbandoned(about(Some(group), None))),
        Action::Drain { registration, .. } => {
            Some(Told::HostDraining(about(None, Some(registration))))
        }
        Action::LetGo { group, .. } => Some(Told::HostDrained(about(Some(group), None))),
        Action::Deregister { registration, .. } => {
            Some(Told::RegistrationDeregistered(about(None, Some(registration))))
        }
        Action::MarkUnhealthy { group, .. } | Action::Replace { group, .. } => {
            Some(Told::HostRepaired(about(Some(group), None)))
        }
        Action::MarkDraining { .. }
        | Action::ForgetDraining { .. }
        | Action::Activate { .. }
        | Action::StopTask { .. }
        | Action::Heartbeat { .. }
        | Action::MarkAgentLost { .. }
        | Action::MarkNotFound { .. }
        | Action::ForgetAgentLost { .. }
        | Action::ForgetNotFound { .. }
        | Action::Choose { .. }
        | Action::MarkBreaker { .. }
        | Action::Protect { .. }
        | Action::MarkProtected { .. }
        | Action::ForgetProtected { .. }
        | Action::MarkSpare { .. }
        | Action::ScaleIn { .. }
        | Action::Empty { .. }
        | Action::DetachProviders { .. }
        | Action::SetDesired { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_is_in_one_of_the_equal_parts() {
        for (instance, part) in [("i-00000007", 1), ("i-0000000b", 2), ("i-ff00000c", 0)] {
            let instance: InstanceId = instance.parse().unwrap();
            for index in 0..3 {
                assert_eq!(Slice { index, of: 3 }.has(&instance), index == part, "{instance}");
            }
            assert!(Slice::WHOLE.has(&instance));
        }
    }
}
