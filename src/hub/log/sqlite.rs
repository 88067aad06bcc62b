//! The log on disk: SQLite, in one file that any SQLite tool can open, with search in a second one beside it.
//!
//! | file | what it is |
//! |---|---|
//! | `<path>` | the log, with `-wal` and `-shm`, SQLite's own, while it is open |
//! | `<path>.search` | the words of the messages; made anew from the log if it is missing or not usable |
//! | `<path>.lock` | is locked while a process has the log |

mod backup;
mod error;
mod id;
mod index;
mod indexer;
mod lock;
mod pool;
mod reader;
mod schema;
mod signal;
mod state;
#[cfg(test)]
mod tests;
mod writer;

pub use backup::{Copied, backup};
pub use error::OpenError;

use super::{
    ChannelSummary, Coverage, Import, Log, LogError, Millis, Outcome, Publish, Settings, Size, is_full,
    words::Query,
};
use crate::model::{EventId, message::Message, selection::Selection};
use id::{below, unpack, up_to};
use index::Index;
use indexer::Indexer;
use pool::Pool;
use reader::{Channels, From, Range};
use rusqlite::Connection;
use state::State;
use std::{
    fs::File,
    path::{self, Path},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use writer::{Writer, read};

/// How many may read at the same time.
const READERS: usize = 4;

/// How many messages a search looks at, at least, before it lets others have the connection.
const SEARCH_STEP: usize = 256;

/// A log in a file.
pub struct SqliteLog {
    // Fields are dropped from top to bottom: the writing connection is the last one to the file, since only it can put
    // what is in the write-ahead log in its place; after that another process may have the log.
    _indexer: Indexer,
    index: Arc<Index>,
    readers: Pool<Connection>,
    state: Arc<RwLock<State>>,
    settings: Settings,
    /// The one connection that writes. Steps follow each other; the hub makes them all from one thread.
    writer: Mutex<Connection>,
    _lock: File,
}

impl SqliteLog {
    /// Opens the log in the file `path`, or makes it and the folders above it: then it begins `now`.
    ///
    /// # Errors
    /// When another process has it, it is no log of ours, a newer version of the program wrote it, or it cannot be
    /// read. It is left as it is.
    pub fn open(path: &Path, settings: Settings, now: Millis) -> Result<Self, OpenError> {
        // SQLite takes a relative name that begins with `file:` for a URI.
        let path = path::absolute(path).map_err(|error| OpenError::io(path, &error))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| OpenError::io(&path, &error))?;
        }
        let path = &lock::real(&path)?;
        let failed = |error: LogError| OpenError::new(path, error);
        let lock = lock::lock(path)?;
        let writer = schema::open(path, now)?;
        let mut state = State::load(&writer, &settings).map_err(failed)?;
        let readers = (0..READERS)
            .map(|_| schema::open_reader(path))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(error.into()))?;
        let (index, connection) = Index::open(path, &writer, &mut state)?;
        let (index, state) = (Arc::new(index), Arc::new(RwLock::new(state)));
        let indexer = Indexer::start(path, index.clone(), connection, state.clone())?;
        let (readers, writer) = (Pool::new(readers), Mutex::new(writer));
        Ok(Self { _indexer: indexer, index, readers, state, settings, writer, _lock: lock })
    }

    // After a panic the connection is whole: an open transaction was rolled back.
    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<R>(&self, change: impl FnOnce(Writer<'_>) -> Result<R, LogError>) -> Result<R, LogError> {
        let mut connection = self.writer();
        change(Writer { connection: &mut connection, state: &self.state, settings: &self.settings })
    }

    /// Reads a page.
    fn page(
        &self,
        selection: &Selection,
        range: Range,
        from: From,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        let (channels, range) = self.narrow(selection, range);
        if channels.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        self.readers.with(|connection| reader::page(connection, &channels, range, from, limit))
    }

    /// The selected channels that have something in the range, and the range up to the newest message: what is published
    /// from now on is not read, so that a page has no holes.
    fn narrow(&self, selection: &Selection, range: Range) -> (Channels, Range) {
        let state = read(&self.state);
        let range = Range { until: range.until.min(up_to(state.clock.last())), ..range };
        let selected = state.catalog.selected(selection).into_iter();
        let channels = selected
            .filter(|(_, kept)| {
                up_to(kept.newest) > range.after && kept.oldest.is_some_and(|id| up_to(id) <= range.until)
            })
            .map(|(channel, kept)| (kept.handle, channel.clone()))
            .collect();
        (channels, range)
    }
}

impl Log for SqliteLog {
    fn append(&self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError> {
        let outcomes = self.change(|mut writer| writer.append(requests, now))?;
        self.index.signal.appended();
        Ok(outcomes)
    }

    fn newest(&self) -> EventId {
        read(&self.state).clock.last()
    }

    fn lost(&self) -> Option<(EventId, EventId)> {
        read(&self.state).lost
    }

    fn read_after(
        &self,
        selection: &Selection,
        after: EventId,
        until: EventId,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.page(selection, Range { after: up_to(after), until: up_to(until) }, From::Oldest, limit)
    }

    fn read_before(
        &self,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        let range = Range { after: -1, until: before.map_or(i64::MAX, below) };
        let mut messages = self.page(selection, range, From::Newest, limit)?;
        messages.reverse();
        Ok(messages)
    }

    fn nth_newest(&self, selection: &Selection, newer: usize) -> Result<Option<EventId>, LogError> {
        let (channels, range) = self.narrow(selection, Range { after: -1, until: i64::MAX });
        let ids = self.readers.with(|connection| {
            Ok::<_, LogError>(reader::ids(connection, &channels, range, From::Newest, newer + 1)?)
        })?;
        Ok(ids.get(newer).map(|id| unpack(*id)))
    }

    fn count_after(&self, selection: &Selection, after: EventId, most: usize) -> Result<usize, LogError> {
        let (channels, range) = self.narrow(selection, Range { after: up_to(after), until: i64::MAX });
        if channels.is_empty() || most == 0 {
            return Ok(0);
        }
        let ids = self.readers.with(|connection| {
            Ok::<_, LogError>(reader::ids(connection, &channels, range, From::Oldest, most)?)
        })?;
        Ok(ids.len())
    }

    fn coverage(&self, selection: &Selection) -> Result<Coverage, LogError> {
        Ok(read(&self.state).catalog.coverage(selection))
    }

    fn forgotten_after(&self, selection: &Selection, after: EventId) -> Result<u64, LogError> {
        Ok(read(&self.state).catalog.forgotten_after(selection, after))
    }

    fn search(
        &self,
        query: &Query,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        let (channels, all) = {
            let state = read(&self.state);
            let selected = state.catalog.selected(selection).into_iter();
            let channels: Channels = selected.map(|(channel, kept)| (kept.handle, channel.clone())).collect();
            let all = channels.len() == state.catalog.len();
            (channels, all)
        };
        if channels.is_empty() {
            return Ok(Vec::new());
        }
        let expression = index::expression(query, &channels, all);
        let (mut until, mut found) = (before.map_or(i64::MAX, below), Vec::new());
        while found.len() < limit && !is_full(&found) {
            let step = limit.max(SEARCH_STEP);
            let ids = self.index.search(&expression, until, step)?;
            let messages = self.readers.with(|connection| {
                let messages = ids.iter().map(|id| reader::fetch(connection, &channels, *id));
                let wanted = messages.filter_map(Result::transpose).take(limit - found.len());
                wanted.collect::<Result<Vec<_>, _>>()
            })?;
            found.extend(messages);
            match ids.last() {
                Some(last) if ids.len() == step => until = last - 1,
                _ => break,
            }
        }
        Ok(found)
    }

    fn channels(&self) -> Result<Vec<ChannelSummary>, LogError> {
        Ok(read(&self.state).catalog.summaries())
    }

    fn trim(&self, now: Millis, limit: usize) -> Result<usize, LogError> {
        let (messages, count) = self.change(|mut writer| writer.trim(now, limit))?;
        self.index.signal.trimmed(messages);
        Ok(count)
    }

    fn import(&self, import: &Import) -> Result<(), LogError> {
        self.change(|mut writer| writer.import(import))?;
        self.index.signal.appended();
        Ok(())
    }

    fn size(&self) -> Size {
        read(&self.state).size()
    }
}
