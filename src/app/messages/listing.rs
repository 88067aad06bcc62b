//! Which of the feed's events are rows of the list, and how high each is.

use super::heights::Heights;
use std::{collections::VecDeque, ops::Range};

/// The rows: the numbers of the events that pass the filter, oldest first.
///
/// Every event is looked at once. The newest come first, since they are what a person sees; older ones follow as there
/// is time for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    numbers: VecDeque<u64>,
    heights: Heights,
    looked_at: Range<u64>,
}

impl Listing {
    /// With another filter: looks at every event anew.
    pub(super) fn restart(&mut self) {
        *self = Self { looked_at: self.looked_at.end..self.looked_at.end, ..Self::default() };
    }

    /// Looks at those of `kept` that were not looked at yet, for as long as there is time, and forgets the rows that
    /// are kept no more. `look` has the height of an event's row; none where it is to be no row. Whether all are
    /// looked at now.
    pub(super) fn look(
        &mut self,
        kept: Range<u64>,
        mut look: impl FnMut(u64) -> Option<f64>,
        mut has_time: impl FnMut() -> bool,
    ) -> bool {
        while self.numbers.front().is_some_and(|number| *number < kept.start) {
            self.numbers.pop_front();
            self.heights.pop_front();
        }
        let seen = &mut self.looked_at;
        // Also after a clear in a pause, whose events are brought back only up to where the pause began.
        let end = kept.end.max(kept.start);
        *seen = seen.start.clamp(kept.start, end)..seen.end.clamp(kept.start, end);
        while seen.end < kept.end && has_time() {
            if let Some(height) = look(seen.end) {
                self.numbers.push_back(seen.end);
                self.heights.push_back(height);
            }
            seen.end += 1;
        }
        while seen.start > kept.start && seen.end >= kept.end && has_time() {
            seen.start -= 1;
            if let Some(height) = look(seen.start) {
                self.numbers.push_front(seen.start);
                self.heights.push_front(height);
            }
        }
        *seen == kept
    }

    /// The heights of the rows.
    pub(super) fn heights(&self) -> &Heights {
        &self.heights
    }

    /// Says how high a row is, and whether it is another height than was known.
    pub(super) fn set_height(&mut self, row: usize, height: f64) -> bool {
        self.heights.set(row, height)
    }

    /// Thinks all heights anew.
    pub(super) fn set_heights(&mut self, height: impl Fn(u64) -> Option<f64>) {
        for (row, number) in self.numbers.iter().enumerate() {
            self.heights.set(row, height(*number).unwrap_or_default());
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The events of these rows.
    pub(super) fn numbers(&self, rows: Range<usize>) -> impl Iterator<Item = u64> {
        self.numbers.iter().skip(rows.start).take(rows.len()).copied()
    }

    /// The event of this row.
    pub(super) fn number(&self, row: usize) -> Option<u64> {
        self.numbers.get(row).copied()
    }

    /// The row of this event, or where it is none, of the next one that is.
    pub(super) fn row(&self, number: u64) -> usize {
        self.numbers.partition_point(|there| *there < number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_newest_are_looked_at_first_and_each_once() {
        let mut listing = Listing::default();
        let mut seen = Vec::new();
        let even = |number: u64| number.is_multiple_of(2).then_some(1.0);
        assert!(listing.look(0..6, even, || true));
        listing.restart();
        for (kept, expected) in [(0..6, [5, 4, 3]), (0..8, [6, 7, 2]), (0..8, [1, 0, 0])] {
            let mut left = 3;
            let mut now = Vec::new();
            let look = |number| {
                now.push(number);
                even(number)
            };
            let is_done = listing.look(kept.clone(), look, || {
                left -= 1;
                left >= 0
            });
            assert_eq!(is_done, now.len() < 3);
            now.resize(3, 0);
            assert_eq!(now, expected);
            seen.extend(now);
        }
        assert_eq!(listing.numbers(0..9).collect::<Vec<_>>(), [0, 2, 4, 6]);
        assert_eq!((listing.row(2), listing.row(3), listing.row(9)), (1, 2, 4));
    }

    proptest! {
        /// Events come, go at the front and come back there; the filter changes; time runs out anywhere.
        #[test]
        fn in_the_end_the_rows_are_those_that_pass(
            steps in proptest::collection::vec((0..9u64, 0..6u64, 0..6u64, 1..5u64, 0..20usize), 1..40),
        ) {
            let mut listing = Listing::default();
            let (mut start, mut end, mut every) = (0u64, 0, 1);
            for (come, go, back, divisor, mut time) in steps {
                end += come;
                start = (start + go).min(end).saturating_sub(back);
                if divisor != every {
                    every = divisor;
                    listing.restart();
                }
                let look = |number: u64| number.is_multiple_of(every).then_some(number as f64);
                let is_done = listing.look(start..end, look, || {
                    time = time.saturating_sub(1);
                    time > 0
                });
                let numbers: Vec<_> = listing.numbers(0..listing.len()).collect();
                let expected: Vec<_> = (start..end).filter(|number| number.is_multiple_of(every)).collect();
                if is_done {
                    prop_assert_eq!(&numbers, &expected);
                }
                prop_assert!(numbers.iter().all(|number| expected.contains(number)));
                prop_assert!(numbers.is_sorted());
                prop_assert_eq!(listing.heights().total(), numbers.iter().sum::<u64>() as f64);
            }
        }
    }
}
