//! The thread that keeps the search index up with the log. It falls behind while much is published, and catches up by
//! itself, also after a restart.

use super::{
    super::{LogError, words::words},
    error::OpenError,
    id::{unpack, up_to},
    index::{self, Index, is_damage},
    schema,
    signal::Todo,
    state::{Indexed, State},
    writer::{read, write},
};
use crate::model::EventId;
use rusqlite::{Connection, ErrorCode, Transaction, params};
use std::{
    path::Path,
    sync::{Arc, RwLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tracing::warn;

/// The most messages, and about the most data, that are indexed in one transaction.
const MOST_MESSAGES: usize = 512;
const MOST_BYTES: usize = 1 << 20;

/// While something is published, it rests so many times as long as it works: publishing goes first, and search catches up
/// when there is less to do.
const REST: u32 = 15;

/// How long it waits after an error before it tries again, at first; each time longer, up to the most.
const RETRY: Duration = Duration::from_secs(1);
const MOST_RETRY: Duration = Duration::from_secs(60);

/// By how much other threads are preferred, as `nice` has it: 19 is a sixtieth of a core beside a busy one.
const NICE: i32 = 19;

/// How many messages are compared with the log at once.
const SWEEP: i64 = 4096;

/// The running thread. It ends when this is dropped.
pub struct Indexer {
    index: Arc<Index>,
    thread: Option<JoinHandle<()>>,
}

impl Indexer {
    /// Starts it.
    ///
    /// # Errors
    /// When the log cannot be opened once more, or there are no more threads.
    pub fn start(
        log: &Path,
        index: Arc<Index>,
        connection: Connection,
        state: Arc<RwLock<State>>,
    ) -> Result<Self, OpenError> {
        let reader = schema::open_reader(log).map_err(|error| OpenError::new(log, error))?;
        let work = Work { index: index.clone(), connection, log: reader, state };
        let thread = thread::Builder::new()
            .name("search-index".into())
            .spawn(move || work.run())
            .map_err(|error| OpenError::io(log, &error))?;
        Ok(Self { index, thread: Some(thread) })
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.index.signal.stop();
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            warn!("the search index's thread had panicked");
        }
    }
}

/// What went wrong, and where.
enum Failure {
    Log(rusqlite::Error),
    Index(rusqlite::Error),
}

struct Work {
    index: Arc<Index>,
    connection: Connection,
    log: Connection,
    state: Arc<RwLock<State>>,
}

/// A message to index.
struct Text {
    id: i64,
    channel: i64,
    words: String,
}

impl Work {
    fn run(mut self) {
        // Where there are more threads than cores, those who publish and watch do not wait for this one. Elsewhere than on Linux
        // this would be said of the whole process.
        if cfg!(target_os = "linux")
            && let Err(error) = rustix::process::nice(NICE)
        {
            warn!(%error, "the search index's thread has the priority of the others");
        }
        // What was trimmed, but not in the index, before the last stop.
        let mut todo = Todo { appended: true, sweep: true, ..Todo::default() };
        let mut retry = RETRY;
        while !todo.stop {
            match if todo.damaged { self.make_anew() } else { self.work(&todo) } {
                Ok(()) => retry = RETRY,
                Err(error) => {
                    warn!(%error, "the search index is behind");
                    self.index.signal.again(todo.damaged);
                    self.index.signal.rest(retry);
                    retry = (retry * 2).min(MOST_RETRY);
                }
            }
            todo = self.index.signal.wait();
        }
        if let Err(error) = index::close(&self.connection) {
            warn!(%error, "the search index may not all be on the disk");
        }
    }

    fn make_anew(&mut self) -> Result<(), LogError> {
        // Damage that comes again and again is not to keep a core busy.
        self.index.signal.rest(RETRY);
        warn!("the search index is made anew from the log");
        let beginning = {
            let mut state = write(&self.state);
            state.indexed = Indexed { to: EventId::new(0, 0), missing: state.catalog.messages() };
            state.beginning
        };
        self.connection = self.index.make(beginning)?;
        self.index.signal.made_anew();
        Ok(())
    }

    /// Does what there is to do. A damaged index is noted, to be made anew; a damaged log is not its fault.
    fn work(&mut self, todo: &Todo) -> Result<(), LogError> {
        let result = self
            .remove(&todo.trimmed)
            .and_then(|()| self.catch_up())
            .and_then(|()| if todo.sweep { self.sweep() } else { Ok(()) });
        match result {
            // Its statements are right, so if they are none to SQLite, a table is not what it was.
            Err(Failure::Index(error))
                if is_damage(&error) || error.sqlite_error_code() == Some(ErrorCode::Unknown) =>
            {
                warn!(%error, "the search index is damaged");
                self.index.signal.damaged();
                Ok(())
            }
            Err(Failure::Index(error) | Failure::Log(error)) => Err(error.into()),
            Ok(()) => Ok(()),
        }
    }

    fn remove(&mut self, trimmed: &[i64]) -> Result<(), Failure> {
        if trimmed.is_empty() {
            return Ok(());
        }
        let change = self.connection.transaction().map_err(Failure::Index)?;
        delete(&change, trimmed).and_then(|()| change.commit()).map_err(Failure::Index)
    }

    fn catch_up(&mut self) -> Result<(), Failure> {
        loop {
            let began = Instant::now();
            let (indexed_to, newest) = {
                let state = read(&self.state);
                (state.indexed.to, state.clock.last())
            };
            if indexed_to >= newest || self.index.signal.is_stopped() {
                return Ok(());
            }
            // The first of all may have the id zero.
            let after = if indexed_to == EventId::new(0, 0) { -1 } else { up_to(indexed_to) };
            let (texts, to) = self.read(after, up_to(newest)).map_err(Failure::Log)?;
            self.insert(&texts, to).map_err(Failure::Index)?;
            write(&self.state).advance(unpack(to), texts.len() as u64);
            if self.index.signal.was_busy() {
                self.index.signal.rest(began.elapsed() * REST);
            }
        }
    }

    /// Reads the next texts, and up to where.
    fn read(&self, after: i64, until: i64) -> rusqlite::Result<(Vec<Text>, i64)> {
        let mut statement = self.log.prepare_cached(
            "SELECT id, channel, data FROM messages NOT INDEXED WHERE id > ?1 AND id <= ?2 ORDER BY id",
        )?;
        let mut rows = statement.query(params![after, until])?;
        let (mut texts, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let (id, data) = (row.get(0)?, row.get_ref(2)?.as_str()?);
            let words = words(data).collect::<Vec<_>>().join(" ");
            texts.push(Text { id, channel: row.get(1)?, words });
            bytes += data.len();
            give_way();
            if bytes >= MOST_BYTES || texts.len() == MOST_MESSAGES {
                return Ok((texts, id));
            }
        }
        Ok((texts, until))
    }

    fn insert(&mut self, texts: &[Text], to: i64) -> rusqlite::Result<()> {
        let change = self.connection.transaction()?;
        {
            let mut insert =
                change.prepare_cached("INSERT INTO texts (rowid, words, channel) VALUES (?1, ?2, ?3)")?;
            for Text { id, channel, words } in texts {
                insert.execute(params![id, words, channel.to_string()])?;
                give_way();
            }
            change.prepare_cached("UPDATE progress SET indexed_to = ?1")?.execute([to])?;
        }
        change.commit()
    }

    /// Compares all of the index with the log, and removes what is no more.
    fn sweep(&mut self) -> Result<(), Failure> {
        let mut after = -1;
        while !self.index.signal.is_stopped() {
            let began = Instant::now();
            // SQLite's documentation names this table: it has a row for each text.
            let ids: Vec<i64> = self
                .connection
                .prepare_cached("SELECT id FROM texts_docsize WHERE id > ?1 ORDER BY id LIMIT ?2")
                .and_then(|mut statement| {
                    statement.query_map(params![after, SWEEP], |row| row.get(0))?.collect()
                })
                .map_err(Failure::Index)?;
            let Some(last) = ids.last() else { break };
            after = *last;
            let gone = self.gone(&ids).map_err(Failure::Log)?;
            self.remove(&gone)?;
            if self.index.signal.was_busy() {
                self.catch_up()?;
                self.index.signal.rest(began.elapsed() * REST);
            }
        }
        Ok(())
    }

    fn gone(&self, ids: &[i64]) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.log.prepare_cached("SELECT 1 FROM messages WHERE id = ?1")?;
        let mut gone = Vec::new();
        for id in ids {
            if !statement.exists([id])? {
                gone.push(*id);
            }
        }
        Ok(gone)
    }
}

/// Lets those who publish go first. The system would let this thread finish its slice of some milliseconds, whatever its priority,
/// before the writer that is woken meanwhile.
fn give_way() {
    thread::yield_now();
}

fn delete(change: &Transaction<'_>, ids: &[i64]) -> rusqlite::Result<()> {
    let mut delete = change.prepare_cached("DELETE FROM texts WHERE rowid = ?1")?;
    ids.iter().try_for_each(|id| delete.execute([id]).map(drop))
}
