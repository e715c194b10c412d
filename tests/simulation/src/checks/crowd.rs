//! How groups and clusters fare in truth, and since when.

use crate::versioned::Ms;
use crate::world::{GroupNo, HostNo, Life, State};

/// What is counted of a group or cluster.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    stays: u32,
    failing: u32,
    in_service: u32,
    lost: u32,
}

impl Count {
    const fn is_over(&self) -> bool {
        self.failing > bearable(self.stays)
    }

    const fn is_half(&self) -> bool {
        self.lost * 2 > self.in_service
    }
}

/// The fifth that is bearable, or one.
#[must_use]
pub(super) const fn bearable(of: u32) -> u32 {
    let fifth = of / 5;
    if fifth > 1 { fifth } else { 1 }
}

fn connected(state: &State, host: HostNo) -> bool {
    let home = state.groups[state.hosts[host].group].cluster;
    state.hosts[host].registrations.iter().any(|one| {
        let it = &state.registrations[*one];
        it.cluster == home && it.told.get().connected && it.told.get().status != "INACTIVE"
    })
}

/// Whether a host that stays is in trouble: without its agent, unhealthy, or late to join.
fn fails(state: &State, number: HostNo) -> bool {
    let host = &state.hosts[number];
    let seat = host.seat.get();
    let connected = connected(state, number);
    if seat.life == Life::InService {
        return !connected || !seat.healthy;
    }
    let patience = i64::try_from(state.groups[host.group].policy.join_patience.as_millis());
    seat.life.stays() && !connected && state.now - host.launched_at > patience.unwrap_or(i64::MAX)
}

/// The hosts in trouble of a host's cluster, for people.
pub(super) fn in_trouble(state: &State, of: HostNo) -> String {
    let cluster = |host: HostNo| state.groups[state.hosts[host].group].cluster;
    let all = (0..state.hosts.len()).filter(|it| cluster(*it) == cluster(of) && fails(state, *it));
    let told = |number: HostNo| {
        let host = &state.hosts[number];
        format!("{} in group-{} ({:?})", host.id, host.group, host.seat.get())
    };
    all.map(told).collect::<Vec<_>>().join(", ")
}

/// Counts anew, and notes since when too many are in trouble. Called at every change.
pub fn crowds(state: &mut State) {
    let now = state.now;
    let mut groups = vec![Count::default(); state.groups.len()];
    for (number, host) in state.hosts.iter().enumerate() {
        let seat = host.seat.get();
        if !seat.life.stays() {
            continue;
        }
        let count = &mut groups[host.group];
        count.stays += 1;
        let in_service = seat.life == Life::InService;
        count.in_service += u32::from(in_service);
        count.lost += u32::from(in_service && !connected(state, number));
        count.failing += u32::from(fails(state, number));
    }
    let mut clusters = vec![Count::default(); state.clusters.len()];
    for (number, count) in groups.iter().enumerate() {
        let sum = &mut clusters[state.groups[number].cluster];
        sum.stays += count.stays;
        sum.failing += count.failing;
        sum.in_service += count.in_service;
        sum.lost += count.lost;
        let group = &mut state.groups[number];
        group.alarm.note(now, count.is_over(), count.is_half());
        resize(&mut group.sizes, now, count.stays);
    }
    for (number, sum) in clusters.iter().enumerate() {
        let cluster = &mut state.clusters[number];
        cluster.alarm.note(now, sum.is_over(), sum.is_half());
        resize(&mut cluster.sizes, now, sum.stays);
    }
}

fn resize(sizes: &mut Vec<(Ms, u32)>, now: Ms, size: u32) {
    if sizes.last().is_none_or(|(_, last)| *last != size) {
        sizes.push((now, size));
    }
}

pub(super) fn size_at(sizes: &[(Ms, u32)], at: Ms) -> u32 {
    sizes
        .iter()
        .rev()
        .find(|(since, _)| *since <= at)
        .or(sizes.first())
        .map_or(0, |(_, size)| *size)
}

/// The quarter of an hour of S14.
const WINDOW: Ms = 15 * 60_000;
/// For so long something must have been so to be known: a look may be half a minute old, and lag behind.
const KNOWN: Ms = 60_000;

/// We took a host away with effect: the breaker's promises.
pub fn took(state: &mut State, host: HostNo, how: &str) {
    let group = state.hosts[host].group;
    let cluster = state.groups[group].cluster;
    let now = state.now;
    let id = state.hosts[host].id.clone();
    let long = |since: Option<Ms>| since.is_some_and(|since| now - since >= KNOWN);

    if long(state.groups[group].alarm.over_since) || long(state.clusters[cluster].alarm.over_since)
    {
        let told = format!("{id} is {how} while these are in trouble: {}", in_trouble(state, host));
        super::broken(state, "S13", told);
    }
    let lone = state.groups[group].policy.repair_lone_host;
    if (long(state.groups[group].alarm.half_since)
        || long(state.clusters[cluster].alarm.half_since))
        && !lone
    {
        super::broken(state, "S15", format!("{id} is {how} while half of the agents are lost"));
    }
    if state.groups[group].taken.iter().all(|(_, it)| *it != host) {
        state.groups[group].taken.push((now, host));
    }
    let in_window = |state: &State, group: GroupNo| {
        let taken = state.groups[group].taken.iter().filter(|(at, _)| now - *at < WINDOW);
        u32::try_from(taken.count()).unwrap_or(u32::MAX)
    };
    let of_group = in_window(state, group);
    let of_cluster: u32 = (0..state.groups.len())
        .filter(|it| state.groups[*it].cluster == cluster)
        .map(|it| in_window(state, it))
        .sum();
    let group_size = size_at(&state.groups[group].sizes, now - WINDOW);
    let cluster_size = size_at(&state.clusters[cluster].sizes, now - WINDOW);
    if of_group > bearable(group_size) {
        super::broken(
            state,
            "S14",
            format!("{id} is {how}, {of_group}. in its group of {group_size}"),
        );
    }
    if of_cluster > bearable(cluster_size) {
        super::broken(
            state,
            "S14",
            format!("{id} is {how}, {of_cluster}. in its cluster of {cluster_size}"),
        );
    }
}
