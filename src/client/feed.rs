//! What was received, kept for the list: a ring that forgets its oldest events when it is full.

mod tally;
#[cfg(test)]
mod tests;

pub use tally::Tally;

use crate::model::EventId;
use std::{collections::VecDeque, ops::Range, sync::Arc};

/// How many events are kept: as many rows as a browser lays out without a pause.
pub const MAX_EVENTS: usize = 1_000;

/// How much text is kept, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// An event that was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The last event id when it came; empty where the stream sent none.
    pub id: String,
    /// Its type; `message` where the stream named none.
    pub name: String,
    /// Its data.
    pub data: String,
    /// The channel of the hub that it was published to; empty where the stream is none of channels.
    pub channel: String,
    /// When it was published, or where the stream does not say, when it came: in milliseconds since the Unix epoch.
    pub time: u64,
    /// When it came, in milliseconds since the Unix epoch; none where it was in the page from the beginning.
    pub arrived: Option<u64>,
    /// Its block as it came, where the transport has it.
    pub raw: Option<Box<str>>,
    /// Whether it is no message but says that messages before it are not kept any more.
    pub is_gap: bool,
}

impl Event {
    /// How much text it holds, in bytes.
    pub fn bytes(&self) -> usize {
        let raw = self.raw.as_ref().map_or(0, |raw| raw.len());
        self.id.len() + self.name.len() + self.data.len() + self.channel.len() + raw
    }

    /// The id, where it is known to be the event's own and ids are known to go up: that of a hub's message.
    fn hub_id(&self) -> Option<EventId> {
        if self.channel.is_empty() { None } else { self.id.parse().ok() }
    }
}

/// A clear that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// Its number since the feed began.
    pub number: u64,
    /// How many events it took that are still to be had.
    pub events: usize,
}

/// The events, and what was cleared last.
///
/// Each has a number: how many there were before it. Of a hub's messages none is taken twice, however often it is
/// sent: their ids go up, so one that is not newer than all before has been here. Nothing else is left out for its
/// id: an `EventSource` does not tell an id that an event has from one that it inherited, and a server may well use
/// one twice. Who watches such a stream wants to see what was sent.
///
/// Every event that came is counted once: `received` of them were taken and `doubled` were not.
#[derive(Clone, Debug)]
pub struct Feed {
    max_events: usize,
    max_bytes: usize,
    /// What was cleared and may come back, then what is shown. Their numbers follow each other.
    events: VecDeque<Arc<Event>>,
    /// How many of them were cleared.
    cleared: usize,
    /// The number of the first of them.
    first: u64,
    bytes: usize,
    clears: u64,
    dropped: u64,
    doubled: u64,
    newest: Option<EventId>,
    names: Tally,
    channels: Tally,
}

impl Default for Feed {
    fn default() -> Self {
        Self::bounded(MAX_EVENTS, MAX_BYTES)
    }
}

impl FromIterator<Event> for Feed {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut feed = Self::default();
        for event in events {
            feed.push(event);
        }
        feed
    }
}

impl Feed {
    /// A feed that keeps so many events with so many bytes of text at most. The newest is kept whatever its size.
    pub fn bounded(max_events: usize, max_bytes: usize) -> Self {
        Self {
            max_events,
            max_bytes,
            events: VecDeque::new(),
            cleared: 0,
            first: 0,
            bytes: 0,
            clears: 0,
            dropped: 0,
            doubled: 0,
            newest: None,
            names: Tally::default(),
            channels: Tally::default(),
        }
    }

    /// Adds an event at the end, and whether it did: a hub's message that was here before is left out. The oldest go
    /// when the feed is full, those that were cleared first.
    pub fn push(&mut self, event: Event) -> bool {
        let id = event.hub_id();
        if id.is_some() && id <= self.newest {
            self.doubled += 1;
            return false;
        }
        self.newest = id.or(self.newest);
        self.bytes += event.bytes();
        self.names.add(&event.name);
        self.channels.add(&event.channel);
        self.events.push_back(Arc::new(event));
        while self.events.len() > self.max_events || (self.bytes > self.max_bytes && self.events.len() > 1) {
            self.forget_first();
            self.dropped += 1;
        }
        true
    }

    /// Takes all events out. Until [`Feed::forget_cleared`] they can be brought back, with those of an earlier clear.
    pub fn clear(&mut self) {
        self.cleared = self.events.len();
        self.clears += 1;
        self.names = Tally::default();
        self.channels = Tally::default();
    }

    /// Brings back what was cleared last, before what came since.
    pub fn undo_clear(&mut self) {
        for event in self.events.iter().take(self.cleared) {
            self.names.add(&event.name);
            self.channels.add(&event.channel);
        }
        self.cleared = 0;
    }

    /// Gives up what was cleared.
    pub fn forget_cleared(&mut self) {
        for _ in 0..self.cleared {
            self.forget_first();
        }
    }

    /// The numbers of the events that are kept.
    pub fn numbers(&self) -> Range<u64> {
        self.first + self.cleared as u64..self.received()
    }

    /// The event with this number, if it is kept.
    pub fn get(&self, number: u64) -> Option<&Arc<Event>> {
        if !self.numbers().contains(&number) {
            return None;
        }
        self.events.get(usize::try_from(number - self.first).ok()?)
    }

    /// The events that are kept, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        self.events.iter().skip(self.cleared)
    }

    /// The newest event.
    pub fn last(&self) -> Option<&Arc<Event>> {
        self.events().next_back()
    }

    /// How many events are kept.
    pub fn len(&self) -> usize {
        self.events.len() - self.cleared
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much text is held, in bytes, with that of what was cleared and may come back.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// What [`Feed::undo_clear`] would bring back, if anything.
    pub fn cleared(&self) -> Option<Cleared> {
        (self.cleared > 0).then_some(Cleared { number: self.clears, events: self.cleared })
    }

    /// How many events were taken, all together.
    pub fn received(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    /// How many were dropped because the feed was full.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many were left out because they had been here before.
    pub fn doubled(&self) -> u64 {
        self.doubled
    }

    /// The types of the events that are kept, each with how many there are.
    pub fn names(&self) -> &Tally {
        &self.names
    }

    /// The channels of the events that are kept, each with how many there are.
    pub fn channels(&self) -> &Tally {
        &self.channels
    }

    fn forget_first(&mut self) {
        let Some(event) = self.events.pop_front() else { return };
        self.first += 1;
        self.bytes -= event.bytes();
        if self.cleared > 0 {
            self.cleared -= 1;
        } else {
            self.names.remove(&event.name);
            self.channels.remove(&event.channel);
        }
    }
}
