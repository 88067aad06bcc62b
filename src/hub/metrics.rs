//! The hub's figures, for Prometheus. Counting is one atomic addition; nothing is allocated for a delivery.

use prometheus_client::{
    metrics::{
        counter::Counter,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// What the hub counts and times.
#[derive(Debug)]
pub struct Metrics {
    /// Messages published, kept or not; a repeated idempotency key publishes nothing.
    pub published: Counter,
    /// Blocks handed to subscribers' connections, replayed and live.
    pub deliveries: Counter,
    /// How long a step of the log took, to the disk.
    pub commit_seconds: Histogram,
    /// From the commit of a step to the moment when all who wait for it have been woken.
    pub fan_out_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        // 50 µs to 1.6 s.
        let seconds = || Histogram::new(exponential_buckets(50e-6, 2.0, 16));
        Self {
            published: Counter::default(),
            deliveries: Counter::default(),
            commit_seconds: seconds(),
            fan_out_seconds: seconds(),
        }
    }
}

impl Metrics {
    /// Puts them into a registry, with their names and what they mean.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("published", "Messages published", self.published.clone());
        registry.register("deliveries", "Events handed to subscribers' connections", self.deliveries.clone());
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
