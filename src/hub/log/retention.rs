//! How long messages and idempotency keys are kept.

use super::Millis;
use crate::model::{EventId, channel::ChannelPattern};
use std::time::Duration;

/// How a log is to keep things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The first rule whose pattern matches a channel is the channel's. A channel without one keeps everything.
    pub retention: Vec<Retention>,
    /// How long an idempotency key is remembered.
    pub key_window: Duration,
}

/// A retention rule: what goes beyond any of its limits is forgotten, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The channels that it is for.
    pub channels: ChannelPattern,
    /// The most messages of a channel.
    pub count: Option<u64>,
    /// The age of the oldest.
    pub age: Option<Duration>,
    /// The most data of a channel, in bytes.
    pub bytes: Option<u64>,
}

impl Settings {
    /// Since when idempotency keys are remembered.
    pub fn remembered(&self, now: Millis) -> Millis {
        ago(now, self.key_window)
    }
}

impl Retention {
    /// Whether a channel's oldest message may stay, where the channel has this many messages with so much data.
    pub fn keeps(&self, now: Millis, oldest: EventId, messages: u64, bytes: u64) -> bool {
        self.count.is_none_or(|most| messages <= most)
            && self.bytes.is_none_or(|most| bytes <= most)
            && self.oldest(now).is_none_or(|first| oldest.milliseconds() >= first)
    }

    /// Since when messages are kept.
    pub fn oldest(&self, now: Millis) -> Option<Millis> {
        self.age.map(|most| ago(now, most))
    }
}

fn ago(now: Millis, age: Duration) -> Millis {
    now.saturating_sub(age.as_millis().try_into().unwrap_or(Millis::MAX))
}
