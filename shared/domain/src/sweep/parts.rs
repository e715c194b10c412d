//! In how many invocations a fleet is swept.
//!
//! A settled host costs a fiftieth of a call and 30 µs, so one invocation sees ten thousand. What takes time is to act, and to
//! look at the tasks of hosts that go: a cluster in which much moves is swept in slices.

use crate::group::GroupView;
use crate::names::{CLUSTER_TAG, ClusterName, GroupName};
use crate::told::{Slice, SweepTold};
use std::collections::{BTreeMap, BTreeSet};

/// Hosts that one invocation sweeps: 200 calls of ECS, some ten seconds of its sixty at the CPU share of 128 MB.
const AT_ONCE: usize = 10_000;
/// Hosts for which a slice is made at least.
const SLICE: usize = 1_000;
/// Hosts on their way in or out that one sweep gets on with in a minute: so many of them have their tasks looked at.
const MOVING: usize = 64;
/// How many values of the tag `muster:cluster` a part names at most.
pub const VALUES: usize = 100;

/// The parts in which all of it is to be swept; none if one invocation does it.
#[must_use]
pub fn parts(clusters: &BTreeMap<ClusterName, BTreeMap<GroupName, GroupView>>) -> Vec<SweepTold> {
    let hosts = |groups: &BTreeMap<GroupName, GroupView>| -> usize {
        groups.values().map(|group| group.seats.len()).sum()
    };
    let all: usize = clusters.values().map(hosts).sum();
    if all <= AT_ONCE && clusters.values().all(|groups| slices(groups, hosts(groups)) == 1) {
        return Vec::new();
    }
    let mut parts: Vec<SweepTold> = Vec::new();
    let mut open: Option<(SweepTold, usize)> = None;
    for (cluster, groups) in clusters {
        let (count, of, tags) = (hosts(groups), slices(groups, hosts(groups)), tags(groups));
        if of > 1 {
            parts.extend((0..of).map(|index| SweepTold {
                cluster: cluster.clone(),
                slice: Slice { index, of },
                tags: tags.clone(),
            }));
            continue;
        }
        match &mut open {
            Some((part, held))
                if held.saturating_add(count) <= AT_ONCE
                    && part.tags.len().saturating_add(tags.len()) <= VALUES =>
            {
                part.tags.extend(tags);
                *held = held.saturating_add(count);
            }
            _ => {
                let part = SweepTold { cluster: cluster.clone(), slice: Slice::WHOLE, tags };
                parts.extend(open.replace((part, count)).map(|(part, _)| part));
            }
        }
    }
    parts.extend(open.map(|(part, _)| part));
    parts
}

/// How many invocations a cluster needs.
fn slices(groups: &BTreeMap<GroupName, GroupView>, hosts: usize) -> u32 {
    let seats = groups.values().flat_map(|group| group.seats.values());
    let moves = seats.filter(|seat| seat.lifecycle.is_arriving() || seat.lifecycle.is_leaving());
    let wanted = moves.count().div_ceil(MOVING).min(hosts.div_ceil(SLICE));
    u32::try_from(wanted.max(1)).unwrap_or(u32::MAX)
}

/// How the groups' tags spell the cluster: by name or by ARN.
#[must_use]
pub fn tags(groups: &BTreeMap<GroupName, GroupView>) -> Vec<String> {
    let all = groups.values().filter_map(|group| group.tags.get(CLUSTER_TAG).cloned());
    all.collect::<BTreeSet<String>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Lifecycle, Seat};

    type Clusters = BTreeMap<ClusterName, BTreeMap<GroupName, GroupView>>;

    fn group(name: &str, tag: &str, hosts: usize, leaving: usize) -> GroupView {
        let name: GroupName = name.parse().unwrap();
        let seat = |number: usize| {
            let lifecycle =
                if number < leaving { Lifecycle::TerminatingWait } else { Lifecycle::InService };
            let seat = Seat { group: name.clone(), lifecycle, healthy: true, protected: false };
            (format!("i-{number:08x}").parse().unwrap(), seat)
        };
        GroupView {
            min: 0,
            max: 10_000,
            desired: 0,
            tags: BTreeMap::from([(CLUSTER_TAG.to_owned(), tag.to_owned())]),
            suspended: Vec::new(),
            warm_pool: false,
            weighted: false,
            seats: (0..hosts).map(seat).collect(),
            hooks: None,
            name,
        }
    }

    fn fleet(clusters: &[(&str, usize, usize)]) -> Clusters {
        let cluster = |(name, hosts, leaving): &(&str, usize, usize)| {
            let group = group(name, name, *hosts, *leaving);
            (ClusterName::of(name).unwrap(), BTreeMap::from([(group.name.clone(), group)]))
        };
        clusters.iter().map(cluster).collect()
    }

    fn told(clusters: &Clusters) -> Vec<String> {
        let one = |part: &SweepTold| {
            format!(
                "{} {}/{} {}",
                part.cluster,
                part.slice.index,
                part.slice.of,
                part.tags.join(",")
            )
        };
        parts(clusters).iter().map(one).collect()
    }

    #[test]
    fn what_one_invocation_can_do_is_not_divided() {
        assert_eq!(told(&fleet(&[])), Vec::<String>::new());
        assert_eq!(told(&fleet(&[("a", 5_000, 64)])), Vec::<String>::new());
        assert_eq!(told(&fleet(&[("a", 5_000, 0), ("b", 5_000, 0)])), Vec::<String>::new());
        // A small cluster stays whole, however much moves.
        assert_eq!(told(&fleet(&[("a", 1_000, 900)])), Vec::<String>::new());
    }

    #[test]
    fn settled_clusters_go_together_as_long_as_one_invocation_can_do_them() {
        let fleet = fleet(&[("a", 4_000, 0), ("b", 6_000, 0), ("c", 1, 0), ("d", 5_000, 0)]);
        assert_eq!(told(&fleet), ["a 0/1 a,b", "c 0/1 c,d"]);
    }

    #[test]
    fn a_cluster_in_which_much_moves_is_swept_in_slices_of_its_own() {
        let fleet = fleet(&[("a", 10, 0), ("b", 3_000, 129), ("c", 10, 0)]);
        assert_eq!(told(&fleet), ["b 0/3 b", "b 1/3 b", "b 2/3 b", "a 0/1 a,c"]);
        // No slice is smaller than a thousand hosts.
        assert_eq!(parts(&self::fleet(&[("b", 3_000, 3_000)])).len(), 3);
        assert_eq!(parts(&self::fleet(&[("b", 3_000, 65)])).len(), 2);
    }

    #[test]
    fn a_part_names_no_more_clusters_than_one_filter_takes() {
        let names: Vec<String> = (0..150).map(|number| format!("c{number:03}")).collect();
        let all: Vec<(&str, usize, usize)> = names.iter().map(|name| (&**name, 70, 0)).collect();
        let counts: Vec<usize> = parts(&fleet(&all)).iter().map(|part| part.tags.len()).collect();
        assert_eq!(counts, [100, 50]);
    }

    #[test]
    fn a_cluster_that_is_spelled_in_two_ways_is_read_by_both() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/a";
        let groups = [group("x", "a", 6_000, 0), group("y", arn, 6_000, 0)];
        let groups = groups.map(|group| (group.name.clone(), group));
        let fleet = BTreeMap::from([(ClusterName::of("a").unwrap(), BTreeMap::from(groups))]);
        assert_eq!(told(&fleet), [format!("a 0/1 a,{arn}")]);
    }
}
