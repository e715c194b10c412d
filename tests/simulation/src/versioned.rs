//! A value and its recent past: what a read that lags behind may still show.

use std::collections::VecDeque;

/// Virtual time: milliseconds since the world began.
pub type Ms = i64;

/// How long a past is kept.
const KEPT: Ms = 60_000;

/// A value with its past of the last minute.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    now: T,
    /// Until when each earlier value held, the oldest first.
    past: VecDeque<(Ms, T)>,
}

impl<T> Versioned<T> {
    /// A value without a past.
    pub const fn new(value: T) -> Self {
        Self { now: value, past: VecDeque::new() }
    }

    /// The truth.
    pub const fn get(&self) -> &T {
        &self.now
    }

    /// Changes the truth.
    pub fn set(&mut self, at: Ms, value: T) {
        let before = std::mem::replace(&mut self.now, value);
        self.past.push_back((at, before));
        while self.past.front().is_some_and(|(until, _)| *until < at - KEPT) {
            self.past.pop_front();
        }
    }

    /// What held at that time.
    pub fn as_of(&self, at: Ms) -> &T {
        self.past.iter().find(|(until, _)| at < *until).map_or(&self.now, |(_, value)| value)
    }

    /// Whether it held at any time since then.
    pub fn held_since(&self, then: Ms, is: impl Fn(&T) -> bool) -> bool {
        is(&self.now) || self.past.iter().any(|(until, value)| *until >= then && is(value))
    }

    /// Whether it held all the time since then.
    pub fn holds_since(&self, then: Ms, is: impl Fn(&T) -> bool) -> bool {
        !self.held_since(then, |value| !is(value))
    }
}

impl<T: Clone> Versioned<T> {
    /// Changes a part of the truth.
    pub fn change(&mut self, at: Ms, change: impl FnOnce(&mut T)) {
        let mut value = self.now.clone();
        change(&mut value);
        self.set(at, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_what_held_then() {
        let mut one = Versioned::new('a');
        one.set(10, 'b');
        one.set(20, 'c');
        assert_eq!([5, 10, 19, 20].map(|at| *one.as_of(at)), ['a', 'b', 'b', 'c']);
        assert!(one.held_since(15, |it| *it == 'b') && !one.held_since(15, |it| *it == 'a'));
        assert!(one.holds_since(20, |it| *it != 'a') && !one.holds_since(20, |it| *it == 'c'));
    }
}
