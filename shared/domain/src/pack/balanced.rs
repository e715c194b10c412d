//! Host by host: of what a host has most, its next task takes most.
//!
//! Where some tasks want CPU and others memory, largest first puts like beside like, and leaves hosts full of the one
//! and empty of the other. This one mixes them; where tasks are alike in shape it is the worse of the two.

use super::places::fits;
use super::{Amount, Job};
use crate::host::Room;
use std::collections::{BTreeMap, BTreeSet};

/// How many tasks that are small enough in one thing are looked at for one that is small enough in all.
const LOOKED_AT: usize = 32;

/// Jobs by what they take most of, and by how much of it.
struct Waiting<'a> {
    jobs: &'a [Job],
    left: Vec<u32>,
    by_most: [BTreeSet<(u64, usize)>; 4],
    whole: Amount,
}

/// How many hosts it takes, and what is left; `None` where some job can only be placed with care for where its like is.
pub(super) fn pack(jobs: &[Job], places: &[Room], empty: &Room) -> Option<(u32, Vec<Amount>)> {
    let with_care = |job: &Job| !job.closed.is_empty() || job.kinds.is_some() || !fits(job, empty);
    if jobs.iter().any(with_care) {
        return None;
    }
    let mut waiting = Waiting::of(jobs, &empty.amount);
    // The fullest first: what is left there is the hardest to use.
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|at| places.get(*at).map(|place| place.amount.share(&empty.amount)));
    let mut rests: BTreeMap<usize, Amount> = BTreeMap::new();
    for at in order {
        let place = places.get(at)?.clone();
        rests.insert(at, waiting.fill(place));
    }
    let mut rests: Vec<Amount> = rests.into_values().collect();
    let mut hosts = 0_u32;
    while waiting.any() {
        rests.push(waiting.fill(empty.clone()));
        hosts = hosts.saturating_add(1);
    }
    Some((hosts, rests))
}

impl<'a> Waiting<'a> {
    fn of(jobs: &'a [Job], whole: &Amount) -> Self {
        let left = jobs.iter().map(|job| job.count).collect();
        let by_most = std::array::from_fn(|_| BTreeSet::new());
        let mut all = Self { jobs, left, by_most, whole: *whole };
        for (number, job) in jobs.iter().enumerate().filter(|(_, job)| job.count > 0) {
            let (most, part) = all.most(&job.each);
            if let Some(index) = all.by_most.get_mut(most) {
                index.insert((part, number));
            }
        }
        all
    }

    /// What a task takes most of, and its part.
    fn most(&self, each: &Amount) -> (usize, u64) {
        let parts = Amount::DIMENSIONS.iter().map(|of| each.part(&self.whole, *of)).enumerate();
        parts.max_by_key(|(_, part)| *part).unwrap_or((0, 0))
    }

    /// Whether a task still waits. Each fits an empty host, so each host that is opened takes one at least.
    fn any(&self) -> bool {
        self.by_most.iter().any(|index| !index.is_empty())
    }

    /// Fills a place as far as it goes; what is left of it.
    fn fill(&mut self, mut place: Room) -> Amount {
        let mut single: BTreeSet<usize> = BTreeSet::new();
        while let Some((most, part, number)) = self.next(&place, &single) {
            let Some(job) = self.jobs.get(number) else {
                break;
            };
            place.amount = place.amount.less(&job.each, 1);
            place.ports.extend(&job.ports);
            if job.apart {
                single.insert(number);
            }
            if let Some(left) = self.left.get_mut(number) {
                *left = left.saturating_sub(1);
                if *left == 0
                    && let Some(index) = self.by_most.get_mut(most)
                {
                    index.remove(&(part, number));
                }
            }
        }
        place.amount
    }

    /// Of the largest tasks that fit, the one that is most like what is left: the largest of their dot products.
    fn next(&self, place: &Room, single: &BTreeSet<usize>) -> Option<(usize, u64, usize)> {
        let part = |at: usize| {
            Amount::DIMENSIONS.get(at).map_or(0, |of| place.amount.part(&self.whole, *of))
        };
        let largest = |most: usize| {
            let small_enough = self.by_most.get(most)?.range(..=(part(most), usize::MAX)).rev();
            let mut looked_at = small_enough.take(LOOKED_AT);
            looked_at
                .find(|(_, number)| {
                    let job = self.jobs.get(*number);
                    job.is_some_and(|job| fits(job, place)) && !single.contains(number)
                })
                .map(|(part, number)| (most, *part, *number))
        };
        let alike = |(_, _, number): &(usize, u64, usize)| {
            let each = self.jobs.get(*number).map(|job| job.each).unwrap_or_default();
            each.dot(&place.amount, &self.whole)
        };
        (0..Amount::DIMENSIONS.len()).filter_map(largest).max_by_key(alike)
    }
}
