//! How the groups of a cluster, and the cluster, fare.

use crate::breaker::{Crowd, Open};
use crate::group::GroupView;
use crate::host::{HostView, Lifecycle};
use crate::join;
use crate::names::{GroupName, InstanceId};
use crate::policy::Policy;
use crate::taking::{Taking, WINDOW, Way};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a sweep knows of a cluster before it judges any host of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// How each group fares.
    pub groups: BTreeMap<GroupName, Crowd>,
    /// How the cluster fares.
    pub cluster: Crowd,
    /// What was chosen to be taken away, of each group.
    pub takings: BTreeMap<GroupName, Vec<Taking>>,
    /// Groups whose launches fail one after another, with the number given up.
    pub looping: BTreeMap<GroupName, u32>,
    /// The policy that holds for each group: the settings, with the overrides of its tags.
    pub policies: BTreeMap<GroupName, Policy>,
}

impl Stand {
    /// Counts.
    #[must_use]
    pub fn of(
        groups: &BTreeMap<GroupName, GroupView>,
        hosts: &[HostView],
        settings: &Policy,
        now: Timestamp,
    ) -> Self {
        let mut stand = Self::default();
        for (name, group) in groups {
            let policy = settings.overridden_by(&group.tags).0;
            let takings = group.takings();
            let own: Vec<&HostView> =
                hosts.iter().filter(|host| group.seats.contains_key(&host.instance)).collect();
            let crowd = crowd(&own, &takings, &policy, now);
            stand.cluster = sum(stand.cluster, crowd);
            if let Some(abandoned) = launch_loop(&own, &takings, &policy, now) {
                stand.looping.insert(name.clone(), abandoned);
            }
            stand.groups.insert(name.clone(), crowd);
            stand.takings.insert(name.clone(), takings);
            stand.policies.insert(name.clone(), policy);
        }
        stand
    }

    /// Why nothing may be taken away from this group, if so: for its own sake or its cluster's. Keeps S13, S15.
    #[must_use]
    pub fn open(&self, group: &GroupName, policy: &Policy) -> Option<Open> {
        let own = self.groups.get(group)?.open(policy.repair_lone_host);
        own.or_else(|| self.cluster.open(policy.repair_lone_host))
    }

    /// Why no launch of this group may be given up, if so.
    #[must_use]
    pub fn launches_open(&self, group: &GroupName, policy: &Policy) -> Option<Open> {
        let looping =
            self.looping.get(group).map(|abandoned| Open::LaunchLoop { abandoned: *abandoned });
        self.open(group, policy).or(looping)
    }
}

fn sum(a: Crowd, b: Crowd) -> Crowd {
    Crowd {
        hosts: a.hosts.saturating_add(b.hosts),
        failing: a.failing.saturating_add(b.failing),
        in_service: a.in_service.saturating_add(b.in_service),
        lost: a.lost.saturating_add(b.lost),
        settled: a.settled.saturating_add(b.settled),
        leaving: a.leaving.saturating_add(b.leaving),
    }
}

fn crowd(own: &[&HostView], takings: &[Taking], policy: &Policy, now: Timestamp) -> Crowd {
    let taken: BTreeSet<_> =
        takings.iter().filter(|one| one.counts(now)).map(|one| &one.instance).collect();
    let mut crowd = Crowd::default();
    for host in own {
        let Some(lifecycle) = host.lifecycle() else {
            continue;
        };
        let in_service = *lifecycle == Lifecycle::InService;
        let healthy =
            host.seat.known().is_ok_and(|seat| seat.as_ref().is_some_and(|it| it.healthy));
        let connected = host.standing().any(|one| one.agent_connected);
        let add = |count: &mut u32, one: bool| *count = count.saturating_add(u32::from(one));

        add(&mut crowd.hosts, in_service || lifecycle.is_arriving());
        add(&mut crowd.in_service, in_service);
        add(&mut crowd.lost, in_service && !connected);
        add(&mut crowd.settled, in_service && is_settled(host, now));
        let failing = (in_service && (!connected || !healthy)) || is_late(host, policy, now);
        add(&mut crowd.failing, failing);
        let leaves = lifecycle.is_leaving() || (in_service && !healthy);
        add(&mut crowd.leaving, leaves && !taken.contains(&host.instance));
    }
    crowd
}

/// There before the window began, so that it counts in the size that the window began with.
fn is_settled(host: &HostView, now: Timestamp) -> bool {
    let old = |at: Timestamp| now.duration_since(at) >= WINDOW;
    host.standing().filter_map(|one| one.registered_at).any(old)
}

/// Held by its launch hook, without an agent, and not known to be in time: when it was launched may be unreadable,
/// and what cannot be read must not close the breaker (keeps S21).
fn is_late(host: &HostView, policy: &Policy, now: Timestamp) -> bool {
    let held = host.lifecycle() == Some(&Lifecycle::PendingWait);
    let connected = host.standing().any(|one| one.agent_connected);
    let launched_at = host.machine.known().ok().and_then(|machine| machine.launched_at);
    let in_time = launched_at.is_some_and(|at| now < join::deadline(at, policy));
    held && !connected && (!in_time || host.machine_is_off())
}

/// How many launches were given up in the last hour, if that is a loop: none joined since the first of them.
fn launch_loop(
    own: &[&HostView],
    takings: &[Taking],
    policy: &Policy,
    now: Timestamp,
) -> Option<u32> {
    // A choice that lapsed is none that was carried out: its host is still held, or joined after all.
    let held: BTreeSet<&InstanceId> = own
        .iter()
        .filter(|host| {
            matches!(host.lifecycle(), Some(Lifecycle::PendingWait | Lifecycle::InService))
        })
        .map(|host| &host.instance)
        .collect();
    let given_up: BTreeMap<&InstanceId, Timestamp> = takings
        .iter()
        .filter(|one| one.way == Way::Launch && !one.stands(now))
        .filter(|one| now.duration_since(one.at) < crate::taking::REMEMBERED)
        .filter(|one| !held.contains(&one.instance))
        .map(|one| (&one.instance, one.at))
        .collect();
    let first = *given_up.values().min()?;
    let joined = own
        .iter()
        .flat_map(|host| host.standing())
        .any(|one| one.agent_connected && one.registered_at.is_some_and(|at| at > first));
    let count = u32::try_from(given_up.len()).unwrap_or(u32::MAX);
    (count >= policy.abandons_an_hour && !joined).then_some(count)
}
