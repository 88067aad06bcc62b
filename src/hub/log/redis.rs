//! The log that several nodes share: Redis, or Valkey. Whatever one of them keeps or sends comes to all.
//!
//! | key, after the name in braces | what it is |
//! |---|---|
//! | `:log` | a hash: the format, the clock of the ids, what is lost |
//! | `:feed` | a stream: everything that happens, in its order; each node follows it. Its oldest entries are forgotten |
//! | `:channels` | a set: the names of the channels |
//! | `:channel:<name>` | a hash: what is kept of a channel |
//! | `:messages:<name>` | a stream: a channel's messages, under their own ids |
//! | `:keys`, `:keys:age` | a hash and a sorted set: idempotency keys, and when they were used |
//! | `:nodes`, `:node:<id>` | a sorted set and hashes: what each node says of itself, for some seconds |
//!
//! All of them are in one slot of a cluster. What changes several is a script, so it happens whole or not at all.

mod address;
mod durability;
mod entry;
mod error;
mod feed;
mod link;
mod reader;
mod scripts;
mod state;
#[cfg(test)]
mod tests;
mod writer;

pub use address::{Address, AddressError};
pub use error::OpenError;

use super::{
    ChannelSummary, Coverage, Import, Log, LogError, Millis, Outcome, Publish, Settings, Shared, Sink, Size,
    Standing,
    nodes::{Met, Own},
};
use crate::model::{
    EventId,
    channel::Channel,
    message::{Draft, Message},
    selection::Selection,
};
use feed::Feed;
use link::Link;
use reader::{From, Range, Reader};
use state::State;
use std::sync::Arc;
use writer::Writer;

/// A log in Redis.
pub struct RedisLog {
    state: Arc<State>,
    _feed: Feed,
    reader: Reader,
    writer: Writer,
}

impl RedisLog {
    /// Opens the log at this address, or makes it: then it begins `now`.
    ///
    /// # Errors
    /// When Redis cannot be reached, is too old, or has something else under the log's name.
    pub fn open(address: &Address, settings: Settings, now: Millis) -> Result<Self, OpenError> {
        let state = Arc::new(State::new(settings));
        let link = Arc::new(Link::new(address.clone(), state.clone(), now));
        let feed = Feed::start(link.clone(), state.clone())?;
        let reader = Reader::new(link.clone(), state.clone());
        let writer = Writer::new(link, state.clone());
        Ok(Self { state, _feed: feed, reader, writer })
    }

    fn page(
        &self,
        selection: &Selection,
        range: Range,
        from: From,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.reader.page(&self.reader.narrow(selection, range)?, from, limit)
    }
}

impl Log for RedisLog {
    fn append(&self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError> {
        self.writer.append(requests, now)
    }

    fn newest(&self) -> EventId {
        self.state.known().newest
    }

    fn lost(&self) -> Option<(EventId, EventId)> {
        self.state.known().lost
    }

    fn read_after(
        &self,
        selection: &Selection,
        after: EventId,
        until: EventId,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.page(selection, Range { after: Some(after), until }, From::Oldest, limit)
    }

    fn read_before(
        &self,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        let range = before.map_or(Range::ALL, |before| Range { until: before.before(), ..Range::ALL });
        let mut messages = self.page(selection, range, From::Newest, limit)?;
        messages.reverse();
        Ok(messages)
    }

    fn nth_newest(&self, selection: &Selection, newer: usize) -> Result<Option<EventId>, LogError> {
        let scope = self.reader.narrow(selection, Range::ALL)?;
        Ok(self.reader.ids(&scope, From::Newest, newer + 1)?.get(newer).copied())
    }

    fn count_after(&self, selection: &Selection, after: EventId, most: usize) -> Result<usize, LogError> {
        let scope = self.reader.narrow(selection, Range { after: Some(after), ..Range::ALL })?;
        Ok(self.reader.ids(&scope, From::Oldest, most)?.len())
    }

    fn coverage(&self, selection: &Selection) -> Result<Coverage, LogError> {
        Ok(self.reader.known()?.catalog.coverage(selection))
    }

    fn forgotten_after(&self, selection: &Selection, after: EventId) -> Result<u64, LogError> {
        Ok(self.reader.known()?.catalog.forgotten_after(selection, after))
    }

    fn channels(&self) -> Result<Vec<ChannelSummary>, LogError> {
        Ok(self.reader.known()?.catalog.summaries())
    }

    fn trim(&self, now: Millis, limit: usize) -> Result<usize, LogError> {
        // Bound to a name: who writes looks at what is known, too.
        let beyond = self.reader.known()?.beyond(now);
        self.writer.trim(beyond, now, limit)
    }

    fn import(&self, import: &Import) -> Result<(), LogError> {
        let newest = self.reader.known()?.newest;
        self.writer.import(import, newest)
    }

    fn size(&self) -> Size {
        self.state.known().size()
    }

    fn shared(&self) -> Option<&dyn Shared> {
        Some(self)
    }
}

impl Shared for RedisLog {
    fn follow(&self, sink: Sink) {
        self.state.tell(sink);
    }

    fn pass(&self, messages: &[(&Channel, &Draft)], now: Millis) -> Result<(), LogError> {
        self.writer.pass(messages, now)
    }

    fn newest_of_all(&self) -> Result<EventId, LogError> {
        Ok(self.reader.known()?.newest)
    }

    fn meet(&self, own: &Own<'_>) -> Result<Met, LogError> {
        self.writer.meet(own)
    }

    fn leave(&self, node: &str) -> Result<(), LogError> {
        self.writer.leave(node)
    }

    fn standing(&self) -> Standing {
        self.state.known().standing.clone()
    }
}
