//! The log: where messages are kept. A trait, and its engines.
//!
//! Everything here blocks: the hub calls [`Log::append`] and [`Log::trim`] from its one writer thread, and the others
//! from threads that may block, many at a time, also while something is appended.

mod catalog;
pub mod copy;
pub mod memory;
mod merge;
#[cfg(test)]
mod model_test;
pub mod nodes;
mod plan;
pub mod redis;
mod request;
mod retention;
pub mod sqlite;
#[cfg(test)]
mod suite;
pub mod words;

pub use request::{Entry, Import, Key, KeyError, KeyReused, Mark, Outcome, Publish, Receipt};
pub use retention::{Retention, Settings};

use crate::model::{
    EventId,
    channel::Channel,
    message::{Draft, Message},
    selection::Selection,
};
use nodes::{Met, Own};
use prometheus_client::metrics::counter::Counter;
use thiserror::Error;
use words::Query;

/// The time, in milliseconds since the Unix epoch. It is handed in, so that tests have a clock of their own.
pub type Millis = u64;

/// Keeps messages in the order of their ids.
pub trait Log: Send + Sync + 'static {
    /// Keeps what these requests publish, in one step that is on disk when this returns. Each request is kept whole
    /// or not at all, and the outcome of each stands at its place. If the step fails, none is kept.
    ///
    /// Ids go up strictly over the whole log, also over a restart and when the clock steps back.
    ///
    /// # Errors
    /// When nothing could be kept: the disk is full, or fails.
    fn append(&self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError>;

    /// The newest id ever given; before the first message, the id of the log's own beginning.
    fn newest(&self) -> EventId;

    /// Two ids between which messages are lost, because the log was restored from an older copy. Whoever has one of them
    /// has missed what came after the first.
    fn lost(&self) -> Option<(EventId, EventId)> {
        None
    }

    /// The selected messages after `after` up to and with `until`, the oldest first: at most `limit`, and none after the
    /// one with which their data reaches [`PAGE_BYTES`].
    ///
    /// # Errors
    /// When the log cannot be read.
    fn read_after(
        &self,
        selection: &Selection,
        after: EventId,
        until: EventId,
        limit: usize,
    ) -> Result<Vec<Message>, LogError>;

    /// The newest selected messages before `before`, or of all, the oldest of them first: at most `limit`, and none
    /// before the one with which their data reaches [`PAGE_BYTES`].
    ///
    /// # Errors
    /// When the log cannot be read.
    fn read_before(
        &self,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError>;

    /// The id of the selected message that has `newer` selected ones after it; none if there are not so many.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn nth_newest(&self, selection: &Selection, newer: usize) -> Result<Option<EventId>, LogError>;

    /// How many selected messages come after `after`, counted up to `most`.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn count_after(&self, selection: &Selection, after: EventId, most: usize) -> Result<usize, LogError>;

    /// What is kept of the selected channels, and what no more.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn coverage(&self, selection: &Selection) -> Result<Coverage, LogError>;

    /// A number that goes up whenever a selected message after `after` is forgotten; zero if none was. Who reads between
    /// two calls with the same answer has read all that was not forgotten before the first.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn forgotten_after(&self, selection: &Selection, after: EventId) -> Result<u64, LogError>;

    /// The selected messages before `before`, or of all, that have what the query wants: the newest first, at most
    /// `limit`, and none after the one with which their data reaches [`PAGE_BYTES`]. A message may be found a moment later than it is kept.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn search(
        &self,
        query: &Query,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        // Without an index: back through the log, a piece at a time, so that others have it in between.
        let (mut before, mut found) = (before, Vec::new());
        loop {
            let step = self.read_before(selection, before, SEARCH_STEP)?;
            before = step.first().map(|message| message.id);
            let is_last = step.is_empty();
            let matching = step.into_iter().rev().filter(|message| query.matches(&message.data));
            found.extend(matching.take(limit - found.len()));
            if is_last || found.len() == limit || is_full(&found) {
                return Ok(found);
            }
        }
    }

    /// Every channel that something was published to, in alphabetical order.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn channels(&self) -> Result<Vec<ChannelSummary>, LogError>;

    /// Forgets messages that the retention rules do not keep, the oldest of each channel first, and idempotency keys
    /// that are too old: at most `limit` of both together. How many it forgot: fewer than `limit`, and there are no
    /// more.
    ///
    /// # Errors
    /// When the log cannot be changed.
    fn trim(&self, now: Millis, limit: usize) -> Result<usize, LogError>;

    /// Keeps what another log has, under the ids that it has there, in one step that is on disk when this returns.
    ///
    /// # Errors
    /// When nothing was kept: as for [`Log::append`], or where an id is not after all that were given here.
    fn import(&self, import: &Import) -> Result<(), LogError>;

    /// Its size.
    fn size(&self) -> Size;

    /// What it can do besides, if several nodes share it.
    fn shared(&self) -> Option<&dyn Shared> {
        None
    }
}

/// A log that several nodes write. What any of them keeps or sends comes to each of them, in the same order.
pub trait Shared: Log {
    /// From now on `sink` is told what arrives, from a thread of the log's own; at first, where it begins.
    fn follow(&self, sink: Sink);

    /// Sends messages that are not kept, to those who watch now, wherever they are.
    ///
    /// # Errors
    /// When they were not sent.
    fn pass(&self, messages: &[(&Channel, &Draft)], now: Millis) -> Result<(), LogError>;

    /// The newest id that any node was given.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn newest_of_all(&self) -> Result<EventId, LogError>;

    /// Says what this node is like, and hears what the others are. A node that says nothing for some seconds is no more.
    ///
    /// # Errors
    /// When the log is away.
    fn meet(&self, own: &Own<'_>) -> Result<Met, LogError>;

    /// Says that this node is no more.
    ///
    /// # Errors
    /// When the log is away.
    fn leave(&self, node: &str) -> Result<(), LogError>;

    /// How this node is connected.
    fn standing(&self) -> Standing;
}

/// Is told what arrives.
pub type Sink = Box<dyn FnMut(Vec<Arrived>) + Send>;

/// What arrives from a shared log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// A message that was kept.
    Kept(Message),
    /// One that is not to be.
    Passing {
        /// The channel.
        channel: Channel,
        /// The message.
        draft: Draft,
        /// When it was sent.
        time: Millis,
    },
    /// What was kept up to this id did not all arrive, or did and is lost: it is to be read.
    Anew(EventId),
}

/// How a node is connected to a shared log.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Whether it is at the moment.
    pub is_up: bool,
    /// How often it was cut off.
    pub cuts: Counter,
    /// How often messages were lost that this node had seen.
    pub losses: Counter,
}

/// How many messages a search without an index looks at at once.
const SEARCH_STEP: usize = 256;

/// How much data is read at once, in bytes; one message may have more. What a slow client holds in memory is no more.
pub const PAGE_BYTES: usize = 4 << 20;

/// Messages up to the one with which their data reaches [`PAGE_BYTES`].
fn page_of<E>(messages: impl Iterator<Item = Result<Message, E>>) -> Result<Vec<Message>, E> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    for message in messages {
        let message = message?;
        bytes += message.data.len();
        page.push(message);
        if bytes >= PAGE_BYTES {
            break;
        }
    }
    Ok(page)
}

/// Whether a page may have been ended by its data.
pub fn is_full(page: &[Message]) -> bool {
    page.iter().map(|message| message.data.len()).sum::<usize>() >= PAGE_BYTES
}

/// What is kept of some channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The newest message that was kept and is no more.
    pub forgotten: Option<EventId>,
    /// The oldest that is kept.
    pub oldest: Option<EventId>,
}

/// A channel, and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSummary {
    /// Its name.
    pub channel: Channel,
    /// The newest id published to it, kept or not.
    pub newest: EventId,
    /// How many messages are kept.
    pub messages: u64,
    /// Their data, in bytes.
    pub bytes: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Messages.
    pub messages: u64,
    /// Their data, in bytes.
    pub bytes: u64,
    /// Messages that search does not find yet.
    pub unindexed: u64,
}

/// Why a log could not do what it should.
#[derive(Debug, Error)]
pub enum LogError {
    /// It cannot be reached at the moment. Nothing was kept.
    #[error("the log is away: {0}")]
    Away(String),
    /// It was cut off before it answered: what was to be kept may be kept or not.
    #[error("the log did not answer: {0}")]
    Unsure(String),
    /// There is no room left.
    #[error("the log is full")]
    Full,
    /// The file is not readable any more.
    #[error("the log is damaged: {0}")]
    Damaged(String),
    /// The system does not let us.
    #[error("the log cannot be used: {0}")]
    Unavailable(String),
}

/// Gives ids.
#[derive(Clone, Copy, Debug)]
pub struct IdClock(EventId);

impl IdClock {
    /// No millisecond has more ids than this: an engine may store an id in 64 bits.
    pub const PER_MILLISECOND: u64 = EventId::PER_MILLISECOND;

    /// Continues after `last`.
    pub const fn after(last: EventId) -> Self {
        Self(last)
    }

    /// The last id given.
    pub const fn last(&self) -> EventId {
        self.0
    }

    /// The first of `count` new ids in a row, all of one millisecond. `count` is less than
    /// [`IdClock::PER_MILLISECOND`].
    pub fn next(&mut self, now: Millis, count: u64) -> EventId {
        let last = self.0;
        let first = if now > last.milliseconds() {
            EventId::new(now, 0)
        } else if last.sequence() + count < Self::PER_MILLISECOND {
            EventId::new(last.milliseconds(), last.sequence() + 1)
        } else {
            EventId::new(last.milliseconds() + 1, 0)
        };
        self.0 = EventId::new(first.milliseconds(), first.sequence() + count - 1);
        first
    }
}
