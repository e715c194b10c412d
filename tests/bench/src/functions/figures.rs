//! What was measured: medians of runs, so that what else the machine did counts little.

use super::Line;
use super::size::Size;
use super::subject::{Run, Terms};
use std::collections::BTreeMap;

/// All runs, by what ran and how.
#[derive(Debug, Default)]
pub(super) struct Figures {
    runs: BTreeMap<(Line, Terms), Vec<Run>>,
    /// What each called for two events, sorted.
    pub(super) calls: BTreeMap<Line, Vec<String>>,
    pub(super) sizes: BTreeMap<Line, Size>,
}

/// The value that so large a part of them does not exceed.
pub(super) fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(sorted.len()).ok()?);
    let wanted = (count * part).ceil().max(1.0);
    let mut rank = 1.0;
    sorted.into_iter().find(|_| {
        let found = rank >= wanted;
        rank += 1.0;
        found
    })
}

impl Figures {
    pub(super) fn add(&mut self, line: &Line, terms: Terms, run: Run) {
        self.runs.entry((line.clone(), terms)).or_default().push(run);
    }

    fn of(&self, line: &Line, terms: Terms) -> &[Run] {
        self.runs.get(&(line.clone(), terms)).map_or(&[], Vec::as_slice)
    }

    /// The median of a figure.
    pub(super) fn median(
        &self,
        line: &Line,
        terms: Terms,
        figure: impl Fn(&Run) -> f64,
    ) -> Option<f64> {
        let all: Vec<f64> = self.of(line, terms).iter().map(figure).collect();
        quantile(&all, 0.5)
    }

    /// How long later events took.
    pub(super) fn warm(&self, line: &Line, terms: Terms, part: f64) -> Option<f64> {
        let all: Vec<f64> = self.of(line, terms).iter().flat_map(|run| run.warm.clone()).collect();
        quantile(&all, part)
    }

    /// The median of what one costs for each that the other does in the same round.
    pub(super) fn ratio(
        &self,
        one: &Line,
        other: &Line,
        terms: Terms,
        figure: impl Fn(&Run) -> f64,
    ) -> Option<f64> {
        let pairs = self.of(one, terms).iter().zip(self.of(other, terms));
        let all: Vec<f64> = pairs.map(|(one, other)| figure(one) / figure(other)).collect();
        quantile(&all, 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values = [4.0, 1.0, 3.0, 2.0, 5.0];
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 0.99), Some(5.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
