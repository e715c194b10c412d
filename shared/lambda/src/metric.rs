//! What is measured, by name.

/// A metric: the name of each is its own in CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Hosts in a phase, as a sweep saw them. By cluster and phase.
    Hosts,
    /// Launching hosts that were let into service. By cluster.
    HostsVerified,
    /// Launching hosts that were given up. By cluster; and by cluster and cause, where one was found.
    HostsAbandoned,
    /// Registrations that were set DRAINING. By cluster.
    HostsDraining,
    /// Terminating hosts that were let go. By cluster.
    HostsDrained,
    /// Hosts that were marked unhealthy. By cluster.
    HostsRepaired,
    /// Registrations struck off whose hosts are gone. By cluster.
    RegistrationsDeregistered,
    /// Seconds from a host's launch until it was let into service. By cluster.
    TimeToVerified,
    /// Seconds from the beginning of a host's end until it was let go. By cluster.
    TimeToDrained,
    /// Groups of which no host is taken away now. By cluster.
    BreakerOpen,
    /// 1 where a sweep could not read a cluster, else 0. By cluster.
    EcsUnreadable,
    /// How many hosts a group is asked to have. By cluster and group.
    CapacityAsked,
    /// How many hosts the work needs of a group, headroom included. By cluster and group.
    CapacityNeeded,
    /// Calls of AWS's API, each attempt counted. By function.
    Calls,
    /// Calls that AWS throttled. By function.
    CallsThrottled,
    /// Processes that began. By function.
    ColdStarts,
    /// Events that were not acted on, as nothing follows from them. By function.
    EventsRefused,
}

impl Metric {
    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}
