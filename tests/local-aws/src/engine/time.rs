//! The passing of time.
//!
//! While a function works, the world's time stands still. When all are idle it jumps to the next
//! instant at which something is due: so a story is as quick as its functions, and a slow machine
//! does not change it. One story at a time: two callers that both let time pass share one clock.

use super::agenda::Entry;
use super::shared::{Shared, lock};
use super::{LocalAws, NotInTime, Pace};
use crate::world::World;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// How often a slowed-down clock moves.
const SLICE: Duration = Duration::from_millis(50);

impl Shared {
    fn next_due(self: &Arc<Self>) -> Option<Timestamp> {
        let world = self.world(|world| world.next_due());
        let agenda = lock(&self.agenda).next_due();
        world.into_iter().chain(agenda).min()
    }

    /// Moves the clock; what is due happens.
    fn advance_to(self: &Arc<Self>, until: Timestamp) {
        self.world(|world| world.advance_to(until));
        loop {
            // The lock must not be held while the entry is handled, which may set another.
            let due = lock(&self.agenda).take_due(until);
            let Some((due, entry)) = due else { return };
            match entry {
                Entry::Event { bus, event } => self.deliver_event(&bus, event),
                Entry::Retry(attempt) => self.attempt(attempt),
                Entry::Tick(tick) => {
                    let payload = tick.payload(due, &self.ids.uuid());
                    // A schedule's function is of the same template.
                    drop(self.deliver(&tick.function, Bytes::from(payload)));
                }
            }
        }
    }

    async fn settle(&self) {
        // The sender is ours, so that this cannot fail.
        drop(self.busy.subscribe().wait_for(|count| *count == 0).await);
    }

    /// Moves the clock to `until` through everything that is due on the way.
    async fn pass_to(self: &Arc<Self>, until: Timestamp) {
        loop {
            self.settle().await;
            match self.next_due().filter(|due| *due <= until) {
                Some(due) => self.advance_to(due),
                None => break,
            }
        }
        self.advance_to(until);
    }

    /// Moves the clock to `due` at the pace; stops short when something comes up on the way.
    async fn walk_to(self: &Arc<Self>, due: Timestamp, pace: Pace) {
        if let Pace::AtMost(rate) = pace {
            let step = SLICE.saturating_mul(rate.max(1));
            let step = SignedDuration::try_from(step).unwrap_or(SignedDuration::MAX);
            loop {
                let next = self.news.clock.now().saturating_add(step).unwrap_or(Timestamp::MAX);
                tokio::time::sleep(SLICE).await;
                if self.is_busy() || self.next_due().is_some_and(|earlier| earlier < due) {
                    return;
                }
                if next >= due {
                    break;
                }
                self.advance_to(next);
            }
        }
        self.advance_to(due);
    }
}

impl LocalAws {
    /// Waits until no invocation is in flight and nothing is queued at this instant.
    pub async fn settle(&self) {
        self.shared().settle().await;
    }

    /// Lets time pass until the condition holds; it is asked whenever all is settled. It has the
    /// world in its hands and so must not ask for it through [`LocalAws::world`].
    ///
    /// # Errors
    /// When it does not hold within `limit` of world time.
    pub async fn run_until(
        &self,
        limit: SignedDuration,
        mut condition: impl FnMut(&mut World) -> bool,
    ) -> Result<(), NotInTime> {
        let shared = self.shared();
        let end = shared.news.clock.now().saturating_add(limit).unwrap_or(Timestamp::MAX);
        loop {
            shared.settle().await;
            if shared.world(&mut condition) {
                return Ok(());
            }
            let now = shared.news.clock.now();
            match shared.next_due().filter(|due| *due <= end) {
                Some(due) => shared.walk_to(due, self.running.pace).await,
                None if now < end => shared.walk_to(end, self.running.pace).await,
                None => return Err(NotInTime { limit, now }),
            }
        }
    }

    /// Lets this much world time pass.
    pub async fn run_for(&self, how_long: SignedDuration) {
        // Nothing is waited for but the time.
        drop(self.run_until(how_long, |_| false).await);
    }

    /// Lets world time follow real time from now on, until this future is dropped.
    pub async fn run_live(&self) {
        let shared = self.shared();
        let _live = Live::begin(shared);
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(SLICE).await;
            let elapsed = SignedDuration::try_from(last.elapsed()).unwrap_or_default();
            last = Instant::now();
            let until = shared.news.clock.now().saturating_add(elapsed);
            shared.pass_to(until.unwrap_or(Timestamp::MAX)).await;
        }
    }

    /// Whether somebody lets world time follow real time.
    pub(crate) fn is_live(&self) -> bool {
        self.shared().live.load(Ordering::SeqCst)
    }
}

struct Live<'a>(&'a Shared);

impl<'a> Live<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.live.store(true, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.0.live.store(false, Ordering::SeqCst);
    }
}
