//! The hub's own figures: once a second they are sent to the channel `hub.stats`, to those who watch it now, and the last
//! ten minutes of them are kept in memory, so that who comes sees how it came to this.

mod process;

use super::nodes::Nodes;
use crate::{
    hub::{Hub, metrics::Metrics, writer::now},
    model::{EventName, channel::Channel, message::Draft},
};
use process::Usage;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::time::MissedTickBehavior;
use utoipa::ToSchema;

/// The channel's name.
const CHANNEL: &str = "hub.stats";

/// The channel.
pub fn channel() -> Channel {
    Channel::known(CHANNEL.to_owned())
}

/// The events' name.
const EVENT: &str = "stats";

/// How often.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// How many are kept: ten minutes.
pub const KEPT: usize = 600;

/// The figures of one second. Where several nodes share a log they are those of all together: sums, and of times the longest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// How many streams are open.
    pub subscribers: usize,
    /// Messages published in a second.
    pub published: f64,
    /// Events handed to subscribers' connections in a second.
    pub delivered: f64,
    /// From a commit until all who wait for it have been woken, in milliseconds: half of the times are shorter. None where
    /// nothing was published.
    pub fan_out_p50: Option<f64>,
    /// The same, of 99 in 100 times.
    pub fan_out_p99: Option<f64>,
    /// How long a step of the log takes, to the disk, in milliseconds: half of the times are shorter. None where nothing
    /// was kept.
    pub commit_p50: Option<f64>,
    /// The same, of 99 in 100 times.
    pub commit_p99: Option<f64>,
    /// The process' memory in bytes; none where the system does not say.
    pub memory: Option<u64>,
    /// How much of one core the process uses, from 0 on: 1.5 are one and a half. None where the system does not say.
    pub cpu: Option<f64>,
    /// How many nodes there are.
    pub nodes: usize,
    /// What the node is called that says this; none where its settings do not.
    pub node: Option<String>,
}

impl Sample {
    /// The same with another node's.
    fn with(self, other: &Self) -> Self {
        fn both<T: Copy>(one: Option<T>, other: Option<T>, join: impl Fn(T, T) -> T) -> Option<T> {
            match (one, other) {
                (Some(one), Some(other)) => Some(join(one, other)),
                _ => one.or(other),
            }
        }
        let longest = |one, other| both(one, other, f64::max);
        Self {
            time: self.time,
            subscribers: self.subscribers + other.subscribers,
            published: rounded(self.published + other.published),
            delivered: rounded(self.delivered + other.delivered),
            fan_out_p50: longest(self.fan_out_p50, other.fan_out_p50),
            fan_out_p99: longest(self.fan_out_p99, other.fan_out_p99),
            commit_p50: longest(self.commit_p50, other.commit_p50),
            commit_p99: longest(self.commit_p99, other.commit_p99),
            memory: both(self.memory, other.memory, |one, other| one + other),
            cpu: both(self.cpu, other.cpu, |one, other| rounded(one + other)),
            nodes: self.nodes + other.nodes,
            node: self.node,
        }
    }
}

/// The figures of the last ten minutes.
#[derive(Debug, Default)]
pub struct Stats {
    // A std Mutex: held to add one or to copy them.
    samples: Mutex<VecDeque<Sample>>,
}

/// What there was at the last look.
struct Look {
    at: Instant,
    published: u64,
    delivered: u64,
    usage: Option<Usage>,
}

impl Stats {
    /// What is kept, oldest first.
    pub fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Takes the figures once a second and sends them, until the hub is gone. `name` is what this node is called, and
    /// `subscribers` says how many streams are open.
    pub async fn run(
        self: Arc<Self>,
        hub: Weak<Hub>,
        mut nodes: Nodes,
        name: Option<String>,
        subscribers: impl Fn() -> usize + Send,
    ) {
        let Ok(event) = EVENT.parse::<EventName>() else { return };
        let channel = channel();
        let mut ticks = tokio::time::interval(INTERVAL);
        // After a pause of the machine there is one look, not one for each second that was missed.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let Some(mut last) = hub.upgrade().map(|hub| Look::at(&hub.metrics)) else { return };
        loop {
            ticks.tick().await;
            let Some(hub) = hub.upgrade() else { return };
            let now = Look::at(&hub.metrics);
            let own = Sample { node: name.clone(), ..now.since(&last, &hub.metrics, subscribers()) };
            last = now;
            let others = nodes.meet(&hub, &own).await;
            let sample = others.iter().fold(own, Sample::with);
            let data = serde_json::to_string(&sample).unwrap_or_default();
            self.keep(sample);
            let draft = Draft { event: Some(event.clone()), data };
            hub.tell(&channel, &draft);
        }
    }

    fn keep(&self, sample: Sample) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() >= KEPT {
            samples.pop_front();
        }
        samples.push_back(sample);
    }
}

impl Look {
    fn at(metrics: &Metrics) -> Self {
        Self {
            at: Instant::now(),
            published: metrics.published.get(),
            delivered: metrics.deliveries.get(),
            usage: Usage::now(),
        }
    }

    fn since(&self, last: &Self, metrics: &Metrics, subscribers: usize) -> Sample {
        let seconds = (self.at - last.at).as_secs_f64();
        let rate = |count: u64| if seconds > 0.0 { rounded(count as f64 / seconds) } else { 0.0 };
        let milliseconds = |time: Option<Duration>| time.map(|time| rounded(time.as_secs_f64() * 1_000.0));
        let mut recent = metrics.take_recent();
        let cpu = self.usage.as_ref().zip(last.usage.as_ref()).filter(|_| seconds > 0.0);
        Sample {
            time: now(),
            subscribers,
            published: rate(self.published - last.published),
            delivered: rate(self.delivered - last.delivered),
            fan_out_p50: milliseconds(recent.fan_outs.quantile(0.5)),
            fan_out_p99: milliseconds(recent.fan_outs.quantile(0.99)),
            commit_p50: milliseconds(recent.commits.quantile(0.5)),
            commit_p99: milliseconds(recent.commits.quantile(0.99)),
            memory: self.usage.as_ref().map(|usage| usage.memory),
            cpu: cpu
                .map(|(now, before)| rounded((now.cpu.saturating_sub(before.cpu)).as_secs_f64() / seconds)),
            nodes: 1,
            node: None,
        }
    }
}

/// To three digits after the point: more would be noise, and a message of it.
fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time: u64) -> Sample {
        let metrics = Metrics::default();
        let look = Look::at(&metrics);
        Sample { time, ..look.since(&look, &metrics, 3) }
    }

    #[test]
    fn nodes_are_added_up() {
        let one =
            Sample { subscribers: 2, published: 1.5, commit_p99: Some(3.0), memory: Some(5), ..sample(7) };
        let two = Sample { subscribers: 3, published: 2.0, commit_p99: None, memory: Some(6), ..sample(9) };
        let both = one.with(&Sample { fan_out_p50: Some(1.0), ..two });
        assert_eq!((both.time, both.subscribers, both.published, both.nodes), (7, 5, 3.5, 2));
        assert_eq!((both.commit_p99, both.fan_out_p50, both.memory), (Some(3.0), Some(1.0), Some(11)));
    }

    #[test]
    fn ten_minutes_are_kept() {
        let stats = Stats::default();
        (0..KEPT as u64 + 5).for_each(|time| stats.keep(sample(time)));
        let samples = stats.samples();
        assert_eq!(samples.len(), KEPT);
        assert_eq!(samples.first().map(|sample| sample.time), Some(5));
    }

    #[test]
    fn rates_are_of_a_second() {
        let metrics = Metrics::default();
        let before = Look::at(&metrics);
        metrics.published.inc_by(20);
        metrics.deliveries.inc_by(80);
        metrics.committed(Duration::from_micros(1_500));
        let now = Look { at: before.at + Duration::from_secs(2), ..Look::at(&metrics) };
        let sample = now.since(&before, &metrics, 7);
        assert_eq!((sample.subscribers, sample.published, sample.delivered), (7, 10.0, 40.0));
        assert_eq!((sample.commit_p50, sample.commit_p99, sample.fan_out_p50), (Some(1.5), Some(1.5), None));
    }
}
