//! The worst that a scheduler may do that knows nothing of what comes: the smallest task first, on the emptiest place.
//!
//! ECS places tasks one by one, by strategies of their own (spread, random, binpack). What fits even so fits with any of
//! them, as near as can be said without trying all.

use super::places::fits;
use super::{Amount, Job};
use crate::host::Room;
use std::collections::BTreeSet;

/// What is left on the places even so; `None` if a task finds none.
#[must_use]
pub fn fits_anyhow(jobs: &[Job], places: &[Room]) -> Option<Vec<Amount>> {
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
            let able = |at: usize, places: &[Room]| {
                !used.contains(&at) && places.get(at).is_some_and(|place| fits(job, place))
            };
            let emptiest = by_room.iter().rev().copied().find(|(_, at)| able(*at, &places));
            let (key, at) = emptiest?;
            by_room.remove(&(key, at));
            if let Some(place) = places.get_mut(at) {
                place.amount = place.amount.less(&job.each, 1);
                place.ports.extend(&job.ports);
                by_room.insert((Amount::least(&place.amount, &whole), at));
            }
            if job.apart {
                used.insert(at);
            }
        }
    }
    Some(places.into_iter().map(|place| place.amount).collect())
}
