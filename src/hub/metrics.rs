//! The hub's figures, for Prometheus and for the board. Counting a delivery is one atomic addition, and nothing is
//! allocated for it.

use prometheus_client::{
    metrics::{
        counter::Counter,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The most times that are kept between two looks: of more in a second the newest say as much.
const MAX_TIMES: usize = 4_096;

/// What the hub counts and times.
#[derive(Debug)]
pub struct Metrics {
    /// Messages published, kept or not; a repeated idempotency key publishes nothing.
    pub published: Counter,
    /// Blocks handed to subscribers' connections, replayed and live.
    pub deliveries: Counter,
    /// Pages of the log that were read for subscribers who catch up.
    pub pages: Counter,
    commit_seconds: Histogram,
    fan_out_seconds: Histogram,
    // A std Mutex: held to note one time, or to take them all.
    recent: Mutex<Recent>,
}

/// The times since the last look.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// How long the log's steps took, to the disk.
    pub commits: Times,
    /// From a step's commit to the moment when all who wait for it have been woken.
    pub fan_outs: Times,
}

/// Some times, of which the newest are kept.
#[derive(Clone, Debug, Default)]
pub struct Times {
    kept: Vec<Duration>,
    noted: usize,
}

impl Times {
    fn note(&mut self, time: Duration) {
        if let Some(oldest) = self.kept.get_mut(self.noted % MAX_TIMES) {
            *oldest = time;
        } else {
            self.kept.push(time);
        }
        self.noted += 1;
    }

    /// The time that this part of them, from 0 to 1, does not exceed; none where there are none.
    pub fn quantile(&mut self, part: f64) -> Option<Duration> {
        let last = self.kept.len().checked_sub(1)?;
        let (_, time, _) = self.kept.select_nth_unstable((last as f64 * part).round() as usize);
        Some(*time)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        // 50 µs to 1.6 s.
        let seconds = || Histogram::new(exponential_buckets(50e-6, 2.0, 16));
        Self {
            published: Counter::default(),
            deliveries: Counter::default(),
            pages: Counter::default(),
            commit_seconds: seconds(),
            fan_out_seconds: seconds(),
            recent: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Notes how long a step of the log took, to the disk.
    pub fn committed(&self, time: Duration) {
        self.commit_seconds.observe(time.as_secs_f64());
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).commits.note(time);
    }

    /// Notes how long it took from a step's commit until all who wait for it had been woken.
    pub fn fanned_out(&self, time: Duration) {
        self.fan_out_seconds.observe(time.as_secs_f64());
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).fan_outs.note(time);
    }

    /// The times since this was last asked for.
    pub fn take_recent(&self) -> Recent {
        std::mem::take(&mut self.recent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts them into a registry, with their names and what they mean.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("published", "Messages published", self.published.clone());
        registry.register("deliveries", "Events handed to subscribers' connections", self.deliveries.clone());
        registry.register(
            "replay_pages",
            "Pages of the log read for subscribers who catch up",
            self.pages.clone(),
        );
        registry.register_with_unit(
            "commit",
            "Time that a step of the log takes, to the disk",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        registry.register_with_unit(
            "fan_out",
            "Time from a commit until all who wait for it have been woken",
            Unit::Seconds,
            self.fan_out_seconds.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_newest() {
        let mut times = Times::default();
        assert_eq!(times.quantile(0.5), None);
        for milliseconds in 0..MAX_TIMES as u64 + 101 {
            times.note(Duration::from_millis(milliseconds));
        }
        assert_eq!(times.quantile(0.0), Some(Duration::from_millis(101)));
        assert_eq!(times.quantile(1.0), Some(Duration::from_millis(MAX_TIMES as u64 + 100)));
    }

    #[test]
    fn what_was_taken_is_not_there_again() {
        let metrics = Metrics::default();
        metrics.committed(Duration::from_millis(2));
        assert_eq!(metrics.take_recent().commits.quantile(0.99), Some(Duration::from_millis(2)));
        assert_eq!(metrics.take_recent().commits.quantile(0.99), None);
    }
}
