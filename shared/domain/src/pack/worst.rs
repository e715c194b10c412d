//! What fits even if it is placed badly.
//!
//! ECS places tasks one by one, by strategies of their own (spread, random, binpack), and knows nothing of what comes. What
//! fits when the smallest task goes first to the emptiest place, and in some orders at random, fits with any of them, as
//! near as can be said without trying all.

use super::places::fits;
use super::{Amount, Job};
use crate::host::Room;
use std::collections::{BTreeSet, BinaryHeap};

/// Orders that are tried beside the worst.
const TRIES: u64 = 6;

/// What is left on the places in the worst order; `None` if in some order a task finds no place.
#[must_use]
pub fn fits_anyhow(jobs: &[Job], places: &[Room]) -> Option<Vec<Amount>> {
    let at_random = (1..=TRIES).all(|seed| fits_at_random(jobs, places, seed));
    if at_random { smallest_on_emptiest(jobs, places) } else { None }
}

fn smallest_on_emptiest(jobs: &[Job], places: &[Room]) -> Option<Vec<Amount>> {
    let most = places.iter().map(|place| place.amount).reduce(|one, two| one.most(&two));
    let whole = most.unwrap_or_default();
    let mut places = places.to_vec();
    let mut by_room: BTreeSet<(u64, usize)> =
        places.iter().enumerate().map(|(at, place)| (place.amount.least(&whole), at)).collect();
    let mut order: Vec<&Job> = jobs.iter().collect();
    order.sort_by_key(|job| job.each.share(&whole));
    for job in order {
        let mut used: BTreeSet<usize> = job.closed.iter().copied().collect();
        for _ in 0..job.count {
            let able = |at: usize| {
                !used.contains(&at) && places.get(at).is_some_and(|place| fits(job, place))
            };
            let emptiest = by_room.iter().rev().copied().find(|(_, at)| able(*at));
            let (key, at) = emptiest?;
            by_room.remove(&(key, at));
            if let Some(place) = places.get_mut(at) {
                put(job, place);
                by_room.insert((place.amount.least(&whole), at));
            }
            if job.apart {
                used.insert(at);
            }
        }
    }
    Some(places.into_iter().map(|place| place.amount).collect())
}

fn put(job: &Job, place: &mut Room) {
    place.amount = place.amount.less(&job.each, 1);
    place.ports.extend(&job.ports);
}

/// Jobs in an order, each task on the first place that holds it from somewhere on: all by chance, and the same for a seed.
fn fits_at_random(jobs: &[Job], places: &[Room], seed: u64) -> bool {
    let mut places = places.to_vec();
    let mut chance = seed;
    let mut draw = || {
        // SplitMix64 (Steele et al., *Fast splittable pseudorandom number generators*).
        chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (chance ^ (chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut order: BinaryHeap<(u64, usize)> =
        (0..jobs.len()).map(|number| (draw(), number)).collect();
    while let Some((_, number)) = order.pop() {
        let Some(job) = jobs.get(number) else {
            continue;
        };
        let mut used: BTreeSet<usize> = job.closed.iter().copied().collect();
        for _ in 0..job.count {
            let from = usize::try_from(draw() >> 1).unwrap_or(0).checked_rem(places.len());
            let all = places.iter().enumerate();
            let mut turned = all.clone().skip(from.unwrap_or(0)).chain(all.take(from.unwrap_or(0)));
            let able = turned.find(|(at, place)| !used.contains(at) && fits(job, place));
            let Some(at) = able.map(|(at, _)| at) else {
                return false;
            };
            if let Some(place) = places.get_mut(at) {
                put(job, place);
            }
            if job.apart {
                used.insert(at);
            }
        }
    }
    true
}
