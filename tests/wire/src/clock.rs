//! Time that passes only when nobody has anything else to do.

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

#[derive(Debug, Default)]
struct State {
    now: Duration,
    set: u64,
    waits: BTreeMap<(Duration, u64), Option<Waker>>,
}

/// The clock that the clients' pauses and time-outs go by.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<State>>);

impl Clock {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much time has passed.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.lock().now
    }

    /// A wait that is over when so much time has passed.
    #[must_use]
    pub fn wait(&self, long: Duration) -> Wait {
        let mut state = self.lock();
        state.set = state.set.saturating_add(1);
        let key = (state.now.saturating_add(long), state.set);
        state.waits.insert(key, None);
        Wait { clock: self.clone(), key }
    }

    /// Goes on to the end of the shortest wait; not if nobody waits.
    fn advance(&self) -> bool {
        let next = self.lock().waits.pop_first();
        let Some(((at, _), waker)) = next else { return false };
        let mut state = self.lock();
        state.now = state.now.max(at);
        drop(state);
        waker.inspect(Waker::wake_by_ref);
        true
    }

    /// Runs something to its end; whenever it waits, time goes on.
    pub async fn run<T>(&self, what: impl Future<Output = T>) -> T {
        let mut what = pin!(what);
        let all = poll_fn(|context| {
            loop {
                if let Poll::Ready(value) = what.as_mut().poll(context) {
                    return Poll::Ready(value);
                }
                if !self.advance() {
                    return Poll::Pending;
                }
            }
        });
        // All of it is one turn of Tokio's, which would else have it yield.
        tokio::task::unconstrained(all).await
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(self.wait(duration))
    }
}

/// See [`Clock::wait`].
#[derive(Debug)]
pub struct Wait {
    clock: Clock,
    key: (Duration, u64),
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.clock.lock().waits.get_mut(&self.key) {
            Some(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.clock.lock().waits.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_shorter_wait_is_over_first_and_no_real_time_passes() {
        let clock = Clock::default();
        let (long, short) = (Duration::from_mins(15), Duration::from_secs(2));
        let first = clock.run(async {
            tokio::select! {
                biased;
                () = clock.wait(long) => "long",
                () = clock.wait(short) => "short",
            }
        });
        assert_eq!((first.await, clock.now()), ("short", short));
        clock.run(clock.wait(long)).await;
        assert_eq!(clock.now(), short + long);
    }
}
