//! Where a time is drawn. A stretch that is much longer than most is drawn shorter, and marked.

use jiff::{SignedDuration, Timestamp};

/// A stretch is drawn at most so many times as long as one that is longer than three of four.
const LONGEST: i64 = 6;

/// Nothing under a minute is shortened.
const SHORTEST: i64 = 60;

/// Times, in order, each with its place.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    places: Vec<(Timestamp, i64)>,
    /// Where time was left out, and how long that stretch is.
    pub(super) cuts: Vec<(i64, SignedDuration)>,
}

impl Scale {
    /// Spreads times from one place to another.
    pub(super) fn of(mut times: Vec<Timestamp>, from: i64, to: i64) -> Self {
        times.sort();
        times.dedup();
        let next = times.iter().skip(1);
        let gaps: Vec<i64> =
            times.iter().zip(next).map(|(a, b)| b.duration_since(*a).as_secs().max(1)).collect();
        let most = most(&gaps);
        let total: i64 = gaps.iter().map(|gap| (*gap).min(most)).sum();
        let width = to.saturating_sub(from);
        let place = |sum: i64| {
            let at = sum.saturating_mul(width).checked_div(total).unwrap_or(0);
            from.saturating_add(at)
        };
        let mut sum = 0_i64;
        let mut cuts = Vec::new();
        let mut places: Vec<(Timestamp, i64)> =
            times.first().map(|at| (*at, from)).into_iter().collect();
        for (gap, at) in gaps.iter().zip(times.iter().skip(1)) {
            let drawn = (*gap).min(most);
            if *gap > most {
                let middle = sum.saturating_add(drawn / 2);
                cuts.push((place(middle), SignedDuration::from_secs(*gap)));
            }
            sum = sum.saturating_add(drawn);
            places.push((*at, place(sum)));
        }
        Self { places, cuts }
    }

    /// The place of a time; one that is none of the times has that of the last before it.
    pub(super) fn at(&self, time: Timestamp) -> i64 {
        let before = self.places.iter().rev().find(|(at, _)| *at <= time);
        before.or(self.places.first()).map_or(0, |(_, place)| *place)
    }
}

fn most(gaps: &[i64]) -> i64 {
    let mut sorted = gaps.to_vec();
    sorted.sort_unstable();
    let usual = sorted.get(sorted.len().saturating_mul(3) / 4).copied().unwrap_or(0);
    // Of few stretches the longest would be its own measure.
    let usual = if sorted.len() < 4 { sorted.first().copied().unwrap_or(0) } else { usual };
    usual.max(SHORTEST).saturating_mul(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(seconds: &[i64]) -> Vec<Timestamp> {
        seconds.iter().map(|one| Timestamp::from_second(*one).unwrap()).collect()
    }

    fn places(seconds: &[i64]) -> Vec<i64> {
        let scale = Scale::of(times(seconds), 0, 1_000);
        times(seconds).into_iter().map(|at| scale.at(at)).collect()
    }

    #[test]
    fn times_are_spread_evenly_and_a_long_quiet_stretch_is_cut() {
        assert_eq!(places(&[0, 50, 100]), [0, 500, 1_000]);
        let month = 30 * 86_400;
        let scale = Scale::of(times(&[0, 60, 90, month, month + 60, month + 90]), 0, 1_000);
        assert_eq!(scale.cuts.len(), 1);
        assert!(scale.at(times(&[60])[0]) > 50, "{scale:?}");
        assert_eq!(scale.at(times(&[month + 90])[0]), 1_000);
    }

    #[test]
    fn one_time_and_none_have_a_place() {
        assert_eq!(places(&[7]), [0]);
        assert_eq!(places(&[7, 7]), [0, 0]);
        assert_eq!(Scale::of(Vec::new(), 5, 9).at(Timestamp::UNIX_EPOCH), 0);
    }
}
