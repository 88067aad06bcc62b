//! How long to wait before the next attempt.

use std::time::Duration;

/// The widest wait of the first attempt of a client, and the widest of all.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// Counts attempts that failed in a row.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Default for Backoff {
    /// For a client that is one of many: half a second at first, half a minute at last.
    fn default() -> Self {
        Self::new(FIRST, LONGEST)
    }
}

impl Backoff {
    /// The widest wait of the first attempt, which doubles with each, and the widest of all.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// The next failure is the first again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// After a failure: what the server asks for, and on top of it a random part of a span that doubles ("full
    /// jitter"), so that clients that were cut together do not come back together.
    pub fn next(&mut self, floor: Duration) -> Duration {
        let dice = getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX));
        floor.saturating_add(self.span().mul_f64(dice))
    }

    fn span(&mut self) -> Duration {
        let span = self.first.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_doubles_up_to_the_longest_and_starts_again() {
        let mut backoff = Backoff::default();
        let spans: Vec<_> = std::iter::repeat_with(|| backoff.span().as_millis()).take(9).collect();
        assert_eq!(spans, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        backoff.reset();
        assert_eq!(backoff.span(), FIRST);
    }

    #[test]
    fn a_wait_is_at_least_what_the_server_asks_for() {
        let floor = Duration::from_secs(7);
        for _ in 0..100 {
            let wait = Backoff::default().next(floor);
            assert!((floor..=floor + FIRST).contains(&wait), "{wait:?}");
        }
    }
}
