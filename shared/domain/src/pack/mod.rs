//! How many hosts does it take to give every task a place?
//!
//! Packing of vectors is hard to do best; this does it well: the largest tasks first, each where it leaves the least of
//! what it takes most (best fit decreasing; Panigrahy et al., *Heuristics for Vector Bin Packing*). Where that is far from the bound, a second way is tried, and the better one
//! taken. The bound tells how far from the best it can be at most.

mod amount;
mod balanced;
mod places;
mod worst;

pub use amount::Amount;
pub use worst::fits_anyhow;

use crate::host::Room;
use places::Places;

/// Tasks that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// What one takes.
    pub each: Amount,
    /// Ports of its host that each takes for itself.
    pub ports: Vec<u16>,
    /// How many there are.
    pub count: u32,
    /// Whether no two may be on one host (`distinctInstance`).
    pub apart: bool,
    /// Places, by their place in the list, that take none of them.
    pub closed: Vec<usize>,
    /// Kinds of new hosts, by their place in the list, that take them; any that holds one, if absent.
    pub kinds: Option<Vec<usize>>,
}

/// A kind of host that can be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What an empty one offers.
    pub room: Room,
    /// What one costs, compared with the others.
    pub weight: u32,
    /// How many can be added.
    pub most: u32,
}

impl Kind {
    /// The only kind there is, as many as it takes.
    #[must_use]
    pub fn only(room: &Room) -> Vec<Self> {
        vec![Self { room: room.clone(), weight: 1, most: u32::MAX }]
    }
}

/// What came of packing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Hosts that must be added.
    pub hosts: u32,
    /// How many of each kind.
    pub by_kind: Vec<u32>,
    /// No packing can do with fewer.
    pub bound: u32,
    /// Jobs, by their place in the list, that no host holds that can be added; with the number of their tasks that found
    /// no place.
    pub hopeless: Vec<(usize, u32)>,
    /// What is left then: of the places that there were, in their order, and of the new ones.
    pub rests: Vec<Amount>,
}

/// Packs jobs into what is left on hosts, and then into new ones: of the kinds that hold a task, the cheapest for the
/// tasks like it that are left.
#[must_use]
pub fn pack(jobs: &[Job], places: &[Room], kinds: &[Kind]) -> Packed {
    let whole = whole(places, kinds);
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(jobs.get(*at).map(|job| job.each.share(&whole))));
    let mut all = Places::new(places, kinds, whole);
    let (mut hopeless, mut given) = (Vec::new(), Vec::new());
    for at in order {
        let Some(job) = jobs.get(at) else {
            continue;
        };
        let without = all.place(job);
        given.push((job.each, u64::from(job.count.saturating_sub(without))));
        if without > 0 {
            hopeless.push((at, without));
        }
    }
    hopeless.sort_unstable();
    let bound = bound(&given, places, &whole);
    let (hosts, by_kind) = (all.added(), all.by_kind().to_vec());
    let largest_first = Packed { hosts, by_kind, bound, hopeless, rests: all.rests() };
    // Worth a second try only where the first is far from the bound, and placed everything: else the two would place
    // different tasks, and the second would count out one by one what the first gave up.
    let near = u64::from(bound).saturating_add(u64::from(bound) / 50).saturating_add(1);
    let worth_it = u64::from(hosts) > near && largest_first.hopeless.is_empty();
    let [kind] = kinds else {
        return largest_first;
    };
    match worth_it.then(|| balanced::pack(jobs, places, &kind.room)).flatten() {
        Some((fewer, rests)) if fewer < hosts => {
            Packed { hosts: fewer, by_kind: vec![fewer], rests, ..largest_first }
        }
        _ => largest_first,
    }
}

/// What everything is measured by: the largest of the kinds in each dimension, or of the places.
fn whole(places: &[Room], kinds: &[Kind]) -> Amount {
    let of_kinds = kinds.iter().map(|kind| kind.room.amount).reduce(|one, two| one.most(&two));
    let of_places = || places.iter().map(|place| place.amount).reduce(|one, two| one.most(&two));
    of_kinds.or_else(of_places).unwrap_or_default()
}

/// Two bounds, each for every dimension: by volume, what is left over divided by what a host holds; and by size, where
/// there is no place yet: two tasks over half a host share none.
fn bound(given: &[(Amount, u64)], places: &[Room], empty: &Amount) -> u32 {
    let volume = |of: fn(&Amount) -> u64| {
        let wanted = given.iter().map(|(each, count)| of(each).saturating_mul(*count));
        let there = places.iter().map(|place| of(&place.amount)).fold(0, u64::saturating_add);
        wanted.fold(0, u64::saturating_add).saturating_sub(there).div_ceil(of(empty).max(1))
    };
    let large = |of: fn(&Amount) -> u64| {
        let half = of(empty) / 2;
        let tasks: u64 = given.iter().filter(|(each, _)| of(each) > half).map(|it| it.1).sum();
        let room = places.iter().filter(|place| of(&place.amount) > half).count();
        // A place of a larger kind than the new hosts may hold more than one of them.
        let larger = places.iter().any(|place| of(&place.amount) > of(empty));
        if larger { 0 } else { tasks.saturating_sub(u64::try_from(room).unwrap_or(u64::MAX)) }
    };
    let least = Amount::DIMENSIONS.iter().map(|of| volume(*of).max(large(*of))).max();
    u32::try_from(least.unwrap_or(0)).unwrap_or(u32::MAX)
}
