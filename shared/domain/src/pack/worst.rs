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
    let mut chance = Chance(seed);
    let mut order: BinaryHeap<(u64, usize)> =
        (0..jobs.len()).map(|number| (chance.draw(), number)).collect();
    while let Some((_, number)) = order.pop() {
        let Some(job) = jobs.get(number) else {
            continue;
        };
        let mut used: BTreeSet<usize> = job.closed.iter().copied().collect();
        for _ in 0..job.count {
            let from = usize::try_from(chance.draw() >> 1).unwrap_or(0).checked_rem(places.len());
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

/// `SplitMix64` (Steele et al., *Fast splittable pseudorandom number generators*): the same everywhere for a seed.
struct Chance(u64);

impl Chance {
    const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(cpu: u32, memory: u32) -> Room {
        let amount = Amount { cpu, memory, gpus: 0, interfaces: u32::MAX };
        Room { amount, ports: Vec::new() }
    }

    fn job(cpu: u32, memory: u32, count: u32) -> Job {
        let each = Amount { cpu, memory, ..Amount::default() };
        Job { each, count, ..Job::default() }
    }

    #[test]
    fn chance_draws_what_others_draw_from_the_same_seed() {
        // The first outputs that are published for this seed.
        let mut chance = Chance(1_234_567);
        let drawn = [(); 3].map(|()| chance.draw());
        let known =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(drawn, known);
    }

    #[test]
    fn what_fits_only_if_it_is_placed_with_care_does_not_fit_anyhow() {
        let two = [place(100, 100), place(100, 100)];
        // With care, 60 and 40 on each; both of 40 on one leave no host for the second of 60.
        assert!(fits_anyhow(&[job(60, 1, 2), job(40, 1, 2)], &two).is_none());
        // Two of 50 on one host leave room for the one of 100, and one of them on each host does not.
        assert!(fits_anyhow(&[job(50, 1, 2), job(100, 1, 1)], &two).is_none());
        assert!(fits_anyhow(&[job(50, 1, 4)], &two).is_some());
        assert!(fits_anyhow(&[job(50, 1, 5)], &two).is_none());
        assert_eq!(fits_anyhow(&[], &two).map(|rests| rests.len()), Some(2));
    }

    #[test]
    fn the_smallest_task_goes_to_the_emptiest_place_first() {
        let places = [place(100, 100), place(50, 100)];
        let rests = smallest_on_emptiest(&[job(80, 1, 1), job(10, 1, 1)], &places);
        assert!(rests.is_some_and(|rests| rests.iter().map(|it| it.cpu).eq([10, 50])));
        let rests = smallest_on_emptiest(&[job(30, 1, 2)], &[place(100, 100), place(90, 100)]);
        assert!(rests.is_some_and(|rests| rests.iter().map(|it| it.cpu).eq([70, 60])));
    }

    #[test]
    fn tasks_that_must_be_apart_or_are_shut_out_fit_only_on_other_places() {
        let two = [place(100, 100), place(100, 100)];
        let apart = |count| Job { apart: true, ..job(10, 1, count) };
        assert!(
            fits_anyhow(&[apart(2)], &two).is_some() && fits_anyhow(&[apart(3)], &two).is_none()
        );
        let closed = |count| Job { closed: vec![0], ..job(50, 1, count) };
        let rests = fits_anyhow(&[closed(2)], &two);
        assert!(rests.is_some_and(|rests| rests.iter().map(|it| it.cpu).eq([100, 0])));
        assert!(fits_anyhow(&[closed(3)], &two).is_none());
        let port = Job { ports: vec![80], ..job(10, 1, 2) };
        assert!(fits_anyhow(std::slice::from_ref(&port), &two).is_some());
        assert!(fits_anyhow(&[port], &two[..1]).is_none());
    }
}
