//! The places that there are, found by how much is left.

use super::{Amount, Job, Kind};
use crate::host::Room;
use std::collections::BTreeSet;

/// How many places with enough of its scarcest are looked at for a task until a new host is opened: so that the work
/// grows with the number of tasks, not with that of tasks times hosts.
const LOOKED_AT: usize = 64;
/// More hosts than any cluster may have (5,000; *Amazon ECS service quotas*): what asks for more is a mistake, and is not
/// counted out one by one.
const MOST_HOSTS: u32 = 20_000;
/// How many that hold it are weighed against each other.
const WEIGHED: usize = 16;

pub(super) struct Places<'a> {
    kinds: &'a [Kind],
    by_kind: Vec<u32>,
    whole: Amount,
    all: Vec<Room>,
    had: usize,
    /// By what is left of each dimension, with the place's number.
    left: [BTreeSet<(u64, usize)>; 4],
    /// By what is left of what is left least, as a part of an empty host.
    tightest: BTreeSet<(u64, usize)>,
}

impl<'a> Places<'a> {
    pub(super) fn new(places: &[Room], kinds: &'a [Kind], whole: Amount) -> Self {
        let mut all = Self {
            kinds,
            by_kind: vec![0; kinds.len()],
            whole,
            all: Vec::new(),
            had: places.len(),
            left: std::array::from_fn(|_| BTreeSet::new()),
            tightest: BTreeSet::new(),
        };
        for place in places {
            all.add(place.clone());
        }
        all
    }

    /// How many were added to those that there were.
    pub(super) fn added(&self) -> u32 {
        u32::try_from(self.all.len().saturating_sub(self.had)).unwrap_or(u32::MAX)
    }

    pub(super) fn by_kind(&self) -> &[u32] {
        &self.by_kind
    }

    pub(super) fn rests(self) -> Vec<Amount> {
        self.all.into_iter().map(|place| place.amount).collect()
    }

    fn add(&mut self, place: Room) {
        let number = self.all.len();
        self.all.push(place);
        self.enter(number);
    }

    fn enter(&mut self, number: usize) {
        let Some(left) = self.all.get(number).map(|place| place.amount) else {
            return;
        };
        for (index, of) in self.left.iter_mut().zip(Amount::DIMENSIONS) {
            index.insert((of(&left), number));
        }
        self.tightest.insert((left.least(&self.whole), number));
    }

    fn leave(&mut self, number: usize) {
        let Some(left) = self.all.get(number).map(|place| place.amount) else {
            return;
        };
        for (index, of) in self.left.iter_mut().zip(Amount::DIMENSIONS) {
            index.remove(&(of(&left), number));
        }
        self.tightest.remove(&(left.least(&self.whole), number));
    }

    /// Places the tasks of a job; how many find no place.
    pub(super) fn place(&mut self, job: &Job) -> u32 {
        let single = job.apart || !job.ports.is_empty();
        let mut left = job.count;
        // Places that can take no more of the job are not to be found while it is placed.
        let mut aside: Vec<usize> = job.closed.clone();
        for number in &aside {
            self.leave(*number);
        }
        while left > 0 {
            let number = match self.best(job) {
                Some(number) => number,
                None => match self.open(job, left) {
                    Some(number) => number,
                    None => break,
                },
            };
            left = left.saturating_sub(self.fill(number, job, if single { 1 } else { left }));
            if single {
                self.leave(number);
                aside.push(number);
            }
        }
        for number in aside {
            self.enter(number);
        }
        left
    }

    /// Adds a host of the kind that is the cheapest for so many tasks of the job.
    fn open(&mut self, job: &Job, left: u32) -> Option<usize> {
        let single = job.apart || !job.ports.is_empty();
        let takes = |at: usize, kind: &Kind| {
            let asked = job.kinds.as_ref().is_none_or(|kinds| kinds.contains(&at));
            let added = self.by_kind.get(at).copied().unwrap_or(u32::MAX);
            asked && fits(job, &kind.room) && added < kind.most.min(MOST_HOSTS)
        };
        let cost = |kind: &Kind| {
            let each = if single { 1 } else { kind.room.amount.times(&job.each).max(1) };
            u64::from(kind.weight).saturating_mul(left.div_ceil(each).into())
        };
        let able = self.kinds.iter().enumerate().filter(|(at, kind)| takes(*at, kind));
        let (at, kind) = able.min_by_key(|(_, kind)| cost(kind))?;
        if let Some(added) = self.by_kind.get_mut(at) {
            *added = added.saturating_add(1);
        }
        self.add(kind.room.clone());
        Some(self.all.len().saturating_sub(1))
    }

    /// Puts as many into a place as it holds, at most so many.
    fn fill(&mut self, number: usize, job: &Job, most: u32) -> u32 {
        self.leave(number);
        let mut times = most;
        if let Some(place) = self.all.get_mut(number) {
            times = place.amount.times(&job.each).min(most).max(1);
            place.amount = place.amount.less(&job.each, times);
            place.ports.extend(&job.ports);
        }
        self.enter(number);
        times
    }

    /// The place that holds a task of the job and is left with the least of what the task takes most.
    fn best(&self, job: &Job) -> Option<usize> {
        let whole = &self.whole;
        let holds = |number: usize| self.all.get(number).filter(|place| fits(job, place));
        // Those with just enough of one thing may lack another, so each thing is tried; the tightest comes last and
        // cannot miss: who has enough of what is left least has enough of all.
        let mut by_thing: Vec<_> = self.left.iter().zip(Amount::DIMENSIONS).collect();
        by_thing.retain(|(_, of)| of(&job.each) > 0);
        by_thing.sort_by_key(|(_, of)| std::cmp::Reverse(job.each.part(whole, *of)));
        let just_enough = by_thing.into_iter().flat_map(|(index, of)| {
            index.range((of(&job.each), 0)..).take(LOOKED_AT).map(|(_, number)| *number)
        });
        let enough = self.tightest.range((job.each.share(whole), 0)..).map(|(_, number)| *number);
        let rest = |number: usize| {
            holds(number)
                .map(|place| (place.amount.less(&job.each, 1).dot(&job.each, whole), number))
        };
        let best = just_enough.filter_map(rest).take(WEIGHED).min();
        let any = || enough.take(LOOKED_AT).find_map(rest);
        best.or_else(any).map(|(_, number)| number)
    }
}

pub(super) fn fits(job: &Job, place: &Room) -> bool {
    place.amount.holds(&job.each) && !job.ports.iter().any(|port| place.ports.contains(port))
}
