//! What a task takes, and a host has.

use serde::Serialize;

/// An amount of everything that hosts have and tasks take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Amount {
    /// CPU units, 1,024 for a vCPU.
    pub cpu: u32,
    /// Memory, MiB.
    pub memory: u32,
    /// GPUs.
    pub gpus: u32,
    /// Network interfaces: a task in `awsvpc` mode takes one.
    pub interfaces: u32,
}

impl Amount {
    /// Each of its dimensions.
    pub const DIMENSIONS: [fn(&Self) -> u64; 4] = [
        |it| u64::from(it.cpu),
        |it| u64::from(it.memory),
        |it| u64::from(it.gpus),
        |it| u64::from(it.interfaces),
    ];

    /// Whether it has room for another.
    #[must_use]
    pub const fn holds(&self, other: &Self) -> bool {
        self.cpu >= other.cpu
            && self.memory >= other.memory
            && self.gpus >= other.gpus
            && self.interfaces >= other.interfaces
    }

    /// How many of another it has room for.
    #[must_use]
    pub fn times(&self, other: &Self) -> u32 {
        let most = Self::DIMENSIONS.iter().filter(|of| of(other) > 0);
        let most = most.map(|of| of(self).checked_div(of(other)).unwrap_or(u64::MAX)).min();
        u32::try_from(most.unwrap_or(u64::MAX)).unwrap_or(u32::MAX)
    }

    /// What is left when so many of another are taken.
    #[must_use]
    pub const fn less(&self, other: &Self, times: u32) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(other.cpu.saturating_mul(times)),
            memory: self.memory.saturating_sub(other.memory.saturating_mul(times)),
            gpus: self.gpus.saturating_sub(other.gpus.saturating_mul(times)),
            interfaces: self.interfaces.saturating_sub(other.interfaces.saturating_mul(times)),
        }
    }

    /// This and another together.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            gpus: self.gpus.saturating_add(other.gpus),
            interfaces: self.interfaces.saturating_add(other.interfaces),
        }
    }

    /// The greater of the two in each dimension.
    pub(super) fn most(&self, other: &Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            gpus: self.gpus.max(other.gpus),
            interfaces: self.interfaces.max(other.interfaces),
        }
    }

    /// A dimension of it as a part of that of a whole, in millionths.
    pub(super) fn part(&self, whole: &Self, of: fn(&Self) -> u64) -> u64 {
        of(self).saturating_mul(1_000_000) / of(whole).max(1)
    }

    /// Its largest part of a whole: what decides how hard it is to place.
    #[must_use]
    pub fn share(&self, whole: &Self) -> u64 {
        Self::DIMENSIONS.iter().map(|of| self.part(whole, *of)).max().unwrap_or(0)
    }

    /// Its smallest part of a whole, of what the whole has at all.
    pub(super) fn least(&self, whole: &Self) -> u64 {
        let had = Self::DIMENSIONS.iter().filter(|of| of(whole) > 0);
        had.map(|of| self.part(whole, *of)).min().unwrap_or(0)
    }

    /// The dot product with another, each dimension as a part of a whole.
    pub(super) fn dot(&self, other: &Self, whole: &Self) -> u128 {
        let counted = Self::DIMENSIONS.iter().filter(|of| of(whole) < u64::from(u32::MAX));
        let product = |of: &fn(&Self) -> u64| {
            u128::from(self.part(whole, *of)).saturating_mul(u128::from(other.part(whole, *of)))
        };
        counted.map(product).fold(0, u128::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn amount(cpu: u32, memory: u32, gpus: u32, interfaces: u32) -> Amount {
        Amount { cpu, memory, gpus, interfaces }
    }

    #[test]
    fn there_is_room_for_as_many_as_each_dimension_holds() {
        let has = amount(100, 60, 2, 5);
        assert_eq!(has.times(&amount(10, 10, 0, 0)), 6);
        assert_eq!(has.times(&amount(10, 10, 1, 0)), 2);
        assert_eq!(has.times(&amount(101, 0, 0, 0)), 0);
        assert_eq!(has.times(&Amount::default()), u32::MAX, "nothing fits without end");
        for more in
            [amount(101, 0, 0, 0), amount(0, 61, 0, 0), amount(0, 0, 3, 0), amount(0, 0, 0, 6)]
        {
            assert!(has.holds(&has) && !has.holds(&more), "{more:?}");
        }
        assert_eq!(has.less(&amount(10, 10, 1, 1), 3), amount(70, 30, 0, 2));
    }

    #[test]
    fn two_are_added_and_the_greater_is_taken_in_each_dimension() {
        let (one, two) = (amount(1, 20, 3, 40), amount(10, 2, 30, 4));
        assert_eq!(one.plus(&two), amount(11, 22, 33, 44));
        assert_eq!(one.most(&two), amount(10, 20, 30, 40));
        assert_eq!(one.plus(&amount(u32::MAX, 0, 0, 0)).cpu, u32::MAX);
    }

    #[test]
    fn parts_of_a_whole_are_in_millionths_and_of_nothing_as_of_one() {
        let (one, whole) = (amount(25, 10, 1, 0), amount(100, 100, 0, 10));
        let parts = Amount::DIMENSIONS.map(|of| one.part(&whole, of));
        assert_eq!(parts, [250_000, 100_000, 1_000_000, 0]);
        assert_eq!(one.share(&whole), 1_000_000);
        assert_eq!(one.share(&amount(100, 100, 4, 10)), 250_000);
        // Of what the whole has none of, nothing is missing.
        assert_eq!(amount(25, 10, 0, 5).least(&whole), 100_000);
        assert_eq!(one.least(&Amount::default()), 0);
    }

    #[test]
    fn alike_are_those_whose_parts_are_large_together_and_what_has_no_end_does_not_count() {
        let whole = amount(100, 100, 0, u32::MAX);
        let (cpu, memory) = (amount(50, 0, 0, 9), amount(0, 50, 0, 9));
        assert_eq!(cpu.dot(&memory, &whole), 0);
        assert_eq!(cpu.dot(&cpu, &whole), 250_000_000_000);
        assert_eq!(amount(50, 50, 0, 0).dot(&amount(100, 100, 0, 0), &whole), 1_000_000_000_000);
    }
}
