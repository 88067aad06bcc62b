//! What an engine knows of its channels without reading a message: small enough to be in memory, and exact.

use super::{ChannelSummary, Coverage, Mark, Millis, Retention, Settings};
use crate::model::{EventId, channel::Channel, selection::Selection};
use std::{collections::BTreeMap, sync::Arc};

/// What is known of one channel.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    /// What the engine finds its messages by.
    pub handle: T,
    /// The newest id published to it.
    pub newest: EventId,
    /// The oldest that is kept.
    pub oldest: Option<EventId>,
    /// The newest that was kept and is no more.
    pub forgotten: Option<EventId>,
    /// How many messages are kept.
    pub messages: u64,
    /// Their data, in bytes.
    pub bytes: u64,
    /// Its rule.
    pub retention: Option<Arc<Retention>>,
    /// When `forgotten` became what it is, by the catalog's count.
    pub forgotten_at: Forgetting,
}

/// The place of a forgetting among all of a log since it was opened; zero where nothing was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgetting {
    number: u64,
    of: Option<EventId>,
}

impl<T> Kept<T> {
    /// A channel with nothing in it, whose first message will have the id `first`.
    pub fn new(handle: T, first: EventId, retention: Option<Arc<Retention>>) -> Self {
        let forgotten_at = Forgetting::default();
        Self {
            handle,
            newest: first,
            oldest: None,
            forgotten: None,
            messages: 0,
            bytes: 0,
            retention,
            forgotten_at,
        }
    }

    /// Counts a new message in.
    pub fn add(&mut self, id: EventId, bytes: u64) {
        self.newest = id;
        self.oldest = self.oldest.or(Some(id));
        self.messages += 1;
        self.bytes += bytes;
    }

    /// Counts the oldest message out; `next` is the oldest after it.
    pub fn forget(&mut self, id: EventId, bytes: u64, next: Option<EventId>) {
        self.forgotten = Some(id);
        self.oldest = next;
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Notes how far the channel had come elsewhere.
    pub fn mark(&mut self, mark: &Mark) {
        self.newest = self.newest.max(mark.newest);
        self.forgotten = self.forgotten.max(mark.forgotten);
    }

    /// The oldest message, if the channel's rule does not keep it.
    pub fn beyond_retention(&self, now: Millis) -> Option<EventId> {
        let (rule, oldest) = (self.retention.as_ref()?, self.oldest?);
        (!rule.keeps(now, oldest, self.messages, self.bytes)).then_some(oldest)
    }
}

/// All channels.
#[derive(Debug)]
pub struct Catalog<T> {
    channels: BTreeMap<Channel, Kept<T>>,
    rules: Vec<Arc<Retention>>,
    messages: u64,
    bytes: u64,
    forgettings: u64,
}

impl<T> Catalog<T> {
    /// No channel yet.
    pub fn new(settings: &Settings) -> Self {
        let rules = settings.retention.iter().cloned().map(Arc::new).collect();
        Self { channels: BTreeMap::new(), rules, messages: 0, bytes: 0, forgettings: 0 }
    }

    /// Numbers of forgettings go on after those of an earlier catalog of the same log.
    pub fn go_on_after(&mut self, earlier: &Self) {
        self.forgettings = self.forgettings.max(earlier.forgettings);
    }

    /// The channel.
    pub fn get(&self, channel: &Channel) -> Option<&Kept<T>> {
        self.channels.get(channel)
    }

    /// How many channels there are.
    pub fn len(&self) -> usize {
        self.channels.len()
    }

    /// The rule for a new channel.
    pub fn retention(&self, channel: &Channel) -> Option<Arc<Retention>> {
        self.rules.iter().find(|rule| rule.channels.matches(channel)).cloned()
    }

    /// Notes a channel's new state.
    pub fn put(&mut self, channel: Channel, mut kept: Kept<T>) {
        if kept.forgotten != kept.forgotten_at.of {
            self.forgettings += 1;
            kept.forgotten_at = Forgetting { number: self.forgettings, of: kept.forgotten };
        }
        self.messages += kept.messages;
        self.bytes += kept.bytes;
        if let Some(before) = self.channels.insert(channel, kept) {
            self.messages = self.messages.saturating_sub(before.messages);
            self.bytes = self.bytes.saturating_sub(before.bytes);
        }
    }

    /// Takes a channel out, to be put back changed.
    pub fn take(&mut self, channel: &Channel) -> Option<Kept<T>> {
        let kept = self.channels.remove(channel)?;
        self.messages = self.messages.saturating_sub(kept.messages);
        self.bytes = self.bytes.saturating_sub(kept.bytes);
        Some(kept)
    }

    /// The channels that have messages which their rules do not keep, in alphabetical order.
    pub fn beyond_retention(&self, now: Millis) -> Vec<Channel> {
        let beyond = self.channels.iter().filter(|(_, kept)| kept.beyond_retention(now).is_some());
        beyond.map(|(channel, _)| channel.clone()).collect()
    }

    /// The selected channels, in alphabetical order.
    pub fn selected(&self, selection: &Selection) -> Vec<(&Channel, &Kept<T>)> {
        let names: Option<Vec<Channel>> =
            selection.patterns().iter().map(|pattern| pattern.channel()).collect();
        match names {
            // Named channels are looked up, so that many other channels cost nothing.
            Some(names) => names.iter().filter_map(|name| self.channels.get_key_value(name)).collect(),
            None => self.channels.iter().filter(|(channel, _)| selection.matches(channel)).collect(),
        }
    }

    /// What is kept of the selected channels, and what no more.
    pub fn coverage(&self, selection: &Selection) -> Coverage {
        let selected = self.selected(selection);
        Coverage {
            forgotten: selected.iter().filter_map(|(_, kept)| kept.forgotten).max(),
            oldest: selected.iter().filter_map(|(_, kept)| kept.oldest).min(),
        }
    }

    /// The number of the latest forgetting of a selected message after `after`; zero if there was none.
    pub fn forgotten_after(&self, selection: &Selection, after: EventId) -> u64 {
        let selected = self.selected(selection).into_iter();
        let later = selected.filter(|(_, kept)| kept.forgotten > Some(after));
        later.map(|(_, kept)| kept.forgotten_at.number).max().unwrap_or_default()
    }

    /// A line for each channel.
    pub fn summaries(&self) -> Vec<ChannelSummary> {
        let summary = |(channel, kept): (&Channel, &Kept<T>)| ChannelSummary {
            channel: channel.clone(),
            newest: kept.newest,
            messages: kept.messages,
            bytes: kept.bytes,
        };
        self.channels.iter().map(summary).collect()
    }

    /// How many messages are kept.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Their data, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
