//! How many events came in each of the last seconds, and their line.

use std::{collections::VecDeque, fmt::Write};

/// How many seconds are shown.
pub(in crate::app::console) const SECONDS: usize = 60;

/// The width and the height in which the line is drawn.
pub(in crate::app::console) const SIZE: (f64, f64) = (240.0, 40.0);

/// The events of the last seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::app::console) struct Rate {
    /// Per second, the newest last.
    samples: VecDeque<f64>,
    last: Option<(u64, u64)>,
}

impl Rate {
    /// Notes that `received` events have come, all together, by the time `now`, in milliseconds. Meant to be called each
    /// second; what came in a longer span, as in a page that was not seen, is spread over it.
    pub(in crate::app::console) fn sample(&mut self, now: u64, received: u64) {
        if let Some((before, had)) = self.last.replace((now, received)) {
            let seconds = now.saturating_sub(before) as f64 / 1000.0;
            let count = received.saturating_sub(had) as f64;
            let spans = (seconds.round() as usize).clamp(1, SECONDS);
            self.samples.extend((0..spans).map(|_| count / seconds.max(0.001)));
        }
        let beyond = self.samples.len().saturating_sub(SECONDS);
        self.samples.drain(..beyond);
    }

    /// The events in the last second.
    pub(in crate::app::console) fn now(&self) -> f64 {
        self.samples.back().copied().unwrap_or_default()
    }

    /// The most in a second.
    pub(in crate::app::console) fn peak(&self) -> f64 {
        self.samples.iter().copied().fold(0.0, f64::max)
    }

    /// The line as the data of an SVG path, with the newest second at the right and the peak at the top; empty before
    /// there are two seconds.
    pub(in crate::app::console) fn line(&self) -> String {
        let (width, height) = SIZE;
        let (step, peak) = (width / (SECONDS - 1) as f64, self.peak().max(1.0));
        let mut path = String::new();
        if self.samples.len() < 2 {
            return path;
        }
        for (age, sample) in self.samples.iter().rev().enumerate() {
            let command = if age == 0 { 'M' } else { 'L' };
            // A line of one unit is not cut in half at the edges.
            let y = (height - 1.0) - sample / peak * (height - 2.0);
            let x = width - age as f64 * step;
            // Writing to a string does not fail.
            let _ = write!(path, "{command}{x:.1} {y:.1}");
        }
        path
    }

    /// The area under [`Rate::line`].
    pub(in crate::app::console) fn area(&self) -> String {
        let (width, height) = SIZE;
        let line = self.line();
        if line.is_empty() {
            return line;
        }
        let left = width - (self.samples.len() - 1) as f64 * width / (SECONDS - 1) as f64;
        format!("{line}L{left:.1} {height}L{width} {height}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(samples: &[(u64, u64)]) -> Rate {
        let mut rate = Rate::default();
        samples.iter().for_each(|(now, received)| rate.sample(*now, *received));
        rate
    }

    #[test]
    fn a_sample_is_what_came_since_the_last() {
        let rate = rate(&[(0, 10), (1_000, 15), (2_000, 15), (3_500, 18)]);
        assert_eq!((rate.now(), rate.peak()), (2.0, 5.0));
        assert_eq!(rate.samples, [5.0, 0.0, 2.0, 2.0]);
    }

    #[test]
    fn only_the_last_minute_is_kept_however_long_the_page_was_not_seen() {
        let mut rate = rate(&[(0, 0), (1_000, 60)]);
        rate.sample(1_000_000, 60 + 999_000);
        assert_eq!((rate.samples.len(), rate.now()), (SECONDS, 1_000.0));
        // Two samples at the same time divide by no zero.
        rate.sample(1_000_000, 60 + 999_000);
        assert_eq!(rate.now(), 0.0);
    }

    #[test]
    fn the_line_ends_at_the_right_with_the_peak_at_the_top() {
        assert_eq!(rate(&[(0, 0), (1_000, 4)]).line(), "");
        let rate = rate(&[(0, 0), (1_000, 4), (2_000, 4)]);
        assert_eq!(rate.line(), "M240.0 39.0L235.9 1.0");
        assert_eq!(rate.area(), "M240.0 39.0L235.9 1.0L235.9 40L240 40Z");
    }
}
