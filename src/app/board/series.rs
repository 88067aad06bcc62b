//! Values over time, bounded by how long ago they were.

use std::collections::VecDeque;

/// The shortest time that is shown, in milliseconds.
const SHORTEST: u64 = 60_000;

/// The values of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// The values; none where there was nothing to measure.
    pub values: Vec<Option<f64>>,
}

impl Moment {
    /// One of the values.
    pub(super) fn value(&self, number: usize) -> Option<f64> {
        self.values.get(number).copied().flatten()
    }
}

/// From when to when a chart goes, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u64,
    pub end: u64,
}

impl Span {
    /// Which part of the span has passed by then.
    pub(super) fn part(self, time: u64) -> f64 {
        let length = self.end.saturating_sub(self.start).max(1) as f64;
        time.saturating_sub(self.start) as f64 / length
    }

    /// The moment when this part of it has passed.
    pub(super) fn at(self, part: f64) -> u64 {
        self.start + (self.end.saturating_sub(self.start) as f64 * part.clamp(0.0, 1.0)) as u64
    }
}

/// The moments, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    moments: VecDeque<Moment>,
    /// How long ago the oldest may be, in milliseconds.
    length: u64,
}

impl Series {
    /// One that goes back so many milliseconds.
    pub(super) fn new(length: u64) -> Self {
        Self { moments: VecDeque::new(), length }
    }

    /// Adds a moment. One that is not newer than the last has been here.
    pub(super) fn push(&mut self, moment: Moment) {
        if self.last().is_some_and(|last| last.time >= moment.time) {
            return;
        }
        let oldest = moment.time.saturating_sub(self.length);
        self.moments.push_back(moment);
        while self.moments.front().is_some_and(|first| first.time < oldest) {
            self.moments.pop_front();
        }
    }

    /// All of them.
    pub(super) fn moments(&self) -> impl DoubleEndedIterator<Item = &Moment> {
        self.moments.iter()
    }

    /// The newest.
    pub(super) fn last(&self) -> Option<&Moment> {
        self.moments.back()
    }

    /// The one that is nearest to this time.
    pub(super) fn nearest(&self, time: u64) -> Option<&Moment> {
        let next = self.moments.partition_point(|moment| moment.time < time);
        let around = self.moments.range(next.saturating_sub(1)..(next + 1).min(self.moments.len()));
        around.min_by_key(|moment| moment.time.abs_diff(time))
    }

    /// The highest of these values; 0 where there is none.
    pub(super) fn highest(&self, value: usize) -> f64 {
        self.moments.iter().filter_map(|moment| moment.value(value)).fold(0.0, f64::max)
    }

    /// From when to when it is shown: from the oldest to the newest, and a minute at least.
    pub(super) fn span(&self) -> Option<Span> {
        let (first, last) = self.moments.front().zip(self.last())?;
        let start = last.time.saturating_sub(self.length.min(SHORTEST));
        Some(Span { start: start.min(first.time), end: last.time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(times: &[u64]) -> Series {
        let mut series = Series::new(1_000);
        times.iter().for_each(|time| series.push(Moment { time: *time, values: vec![Some(*time as f64)] }));
        series
    }

    #[test]
    fn what_is_too_old_or_comes_again_is_left_out() {
        let series = series(&[0, 500, 500, 400, 1_200]);
        assert_eq!(series.moments().map(|moment| moment.time).collect::<Vec<_>>(), [500, 1_200]);
        assert_eq!(series.highest(0), 1_200.0);
        assert_eq!(series.span(), Some(Span { start: 200, end: 1_200 }));
    }

    #[test]
    fn the_nearest_is_found_on_either_side() {
        let series = series(&[100, 200, 300]);
        for (time, nearest) in [(0, 100), (140, 100), (160, 200), (240, 200), (999, 300)] {
            assert_eq!(series.nearest(time).map(|moment| moment.time), Some(nearest));
        }
        assert_eq!(Series::new(5).nearest(1), None);
    }

    #[test]
    fn parts_and_times_are_each_others_inverse() {
        let span = Span { start: 1_000, end: 3_000 };
        assert_eq!((span.part(2_000), span.at(0.5)), (0.5, 2_000));
        assert_eq!((span.at(-1.0), span.at(2.0)), (1_000, 3_000));
    }
}
