//! What search looks into: the words of all messages, in a file of its own, so that writing it never keeps a publish
//! waiting. It follows the log (see `indexer`), and everything in it can be made again.

use super::{
    super::{LogError, words::Query},
    error::OpenError,
    id::{unpack, up_to},
    lock::beside,
    pool::Pool,
    reader::Channels,
    schema,
    signal::Signal,
    state::{Indexed, State, messages_after},
};
use crate::model::EventId;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi, params};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use tracing::debug;

/// Marks the file as ours: "TDLS" in ASCII.
const APPLICATION_ID: i64 = 0x5444_4c53;

/// The version of the file's format, and of what counts as a word. A file of another version is made anew.
const VERSION: i64 = 2;

const SCHEMA: &str = "
    -- Words with spaces between them, and the number of the channel; the row's id is the message's. It holds no text:
    -- that is in the log.
    CREATE VIRTUAL TABLE texts USING fts5(words, channel, content='', contentless_delete=1, tokenize='ascii');
    -- One row: the beginning of the log that this is of, up to where it was read, and, where not all of the file may be on
    -- the disk yet, since which start of the system.
    CREATE TABLE progress (beginning INTEGER NOT NULL, indexed_to INTEGER NOT NULL, unsynced_since TEXT,
        -- How often the file was brought to the disk as a whole: a row that stays the same would not be written.
        syncs INTEGER NOT NULL) STRICT;
";

/// Says which start of the system this is.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// How many may search at the same time.
const SEARCHERS: usize = 2;

/// Up to so many channels are looked for in the index. Of more, what is found is compared with them.
const FEW_CHANNELS: usize = 32;

/// The words of all messages.
pub struct Index {
    path: PathBuf,
    /// Which file it is, counted in twos: a connection to an earlier one has a file that is no more. Odd while the next
    /// one is made.
    generation: AtomicU64,
    searchers: Pool<Option<(u64, Connection)>>,
    /// Says what there is to do.
    pub signal: Signal,
}

impl Index {
    /// Opens the index of a log, or makes it. Also answers the connection that writes it. How far it is stands in
    /// `state` then.
    ///
    /// # Errors
    /// When there is none and none can be made.
    pub fn open(log: &Path, writer: &Connection, state: &mut State) -> Result<(Self, Connection), OpenError> {
        let path = beside(log, ".search");
        let index = Self {
            path,
            generation: AtomicU64::new(0),
            searchers: Pool::new((0..SEARCHERS).map(|_| None).collect()),
            signal: Signal::default(),
        };
        if let Ok((connection, indexed_to)) = index.open_existing(state.beginning, state.clock.last()) {
            // If that part of the log is damaged, the rest can still be used, and a guess will do.
            let missing = messages_after(writer, indexed_to).unwrap_or(state.catalog.messages());
            state.indexed = Indexed { to: unpack(indexed_to), missing };
            return Ok((index, connection));
        }
        let connection = index.make(state.beginning).map_err(|error| OpenError::new(&index.path, error))?;
        Ok((index, connection))
    }

    /// Opens the file, if it is usable, and up to where it is.
    fn open_existing(&self, beginning: EventId, newest: EventId) -> rusqlite::Result<(Connection, i64)> {
        let connection = schema::connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let number = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
        let is_ours = number("PRAGMA application_id")? == APPLICATION_ID
            && number("PRAGMA user_version")? == VERSION
            && number("SELECT beginning FROM progress")? == up_to(beginning);
        let indexed_to = number("SELECT indexed_to FROM progress")?;
        let unsynced_since: Option<String> =
            connection.query_row("SELECT unsynced_since FROM progress", (), |row| row.get(0))?;
        // The system went on since, so all that was written is there.
        let is_whole = unsynced_since.is_none() || unsynced_since == boot();
        // A log that ends before that was put back from a backup, and has given the same ids to other messages since.
        if !is_ours || !is_whole || indexed_to > up_to(newest) {
            return Err(rusqlite::Error::InvalidQuery);
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        stop_syncing(&connection)?;
        Ok((connection, indexed_to))
    }

    /// Makes the file anew, in the place of what is there.
    ///
    /// # Errors
    /// When the system does not let us, or the disk is full.
    pub fn make(&self, beginning: EventId) -> Result<Connection, LogError> {
        // If this fails it stays odd: only the thread that keeps the index makes it, and it tries again.
        let generation = self.generation.fetch_or(1, Ordering::AcqRel) | 1;
        for suffix in ["", "-wal", "-shm"] {
            match fs::remove_file(beside(&self.path, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(LogError::Unavailable(format!("{}: {error}", self.path.display())));
                }
                _ => {}
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = schema::connect(&self.path, flags)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let change = connection.transaction()?;
        change.execute_batch(SCHEMA)?;
        change.execute("INSERT INTO progress VALUES (?1, -1, NULL, 0)", [up_to(beginning)])?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", VERSION)?;
        change.commit()?;
        stop_syncing(&connection)?;
        self.generation.store(generation + 1, Ordering::Release);
        Ok(connection)
    }

    /// The numbers of messages that an expression finds, up to `until`, the highest first. Some may be trimmed.
    ///
    /// # Errors
    /// When the file is not readable. If it is damaged, it is made anew.
    pub fn search(&self, expression: &str, until: i64, limit: usize) -> Result<Vec<i64>, LogError> {
        let generation = self.generation.load(Ordering::Acquire);
        let made_anew = || LogError::Unavailable("search is being made anew from the log".into());
        if generation % 2 == 1 {
            return Err(made_anew());
        }
        let search = |searcher: &mut _| search(searcher, generation, &self.path, expression, until, limit);
        self.searchers.with(search).map_err(|error| {
            if self.generation.load(Ordering::Acquire) != generation {
                return made_anew();
            }
            if !is_damage(&error) {
                return error.into();
            }
            self.signal.damaged();
            made_anew()
        })
    }
}

fn search(
    searcher: &mut Option<(u64, Connection)>,
    generation: u64,
    path: &Path,
    expression: &str,
    until: i64,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let connection = match searcher.take() {
        Some((of, connection)) if of == generation => connection,
        _ => schema::open_reader(path)?,
    };
    let (_, connection) = searcher.insert((generation, connection));
    let mut statement = connection.prepare_cached(
        "SELECT rowid FROM texts WHERE texts MATCH ?1 AND rowid <= ?2 ORDER BY rowid DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement.query_map(params![expression, until, limit], |row| row.get(0))?.collect()
}

/// From now on the file is not written through to the disk: those who publish would wait for it, on the same disk. What is
/// in it after a power cut is not to be relied on then, and the file says so itself, on the disk.
fn stop_syncing(connection: &Connection) -> rusqlite::Result<()> {
    let says_so = boot().is_some_and(|boot| {
        sync(connection, Some(&boot))
            .inspect_err(|error| debug!(%error, "the search index stays synced"))
            .is_ok()
    });
    // Otherwise the last of it may be missing after a power cut, and is read from the log again.
    connection.pragma_update(None, "synchronous", if says_so { "OFF" } else { "NORMAL" })
}

/// Brings all of the file to the disk, and has it say so: then it is used again, whatever happens to the system meanwhile.
///
/// # Errors
/// SQLite's. The file is used again unless the system is started before.
pub fn close(connection: &Connection) -> rusqlite::Result<()> {
    // Only what is on the disk may be said to be there.
    sync(connection, boot().as_deref())?;
    sync(connection, None)
}

/// Brings all of the file to the disk, with this in it.
fn sync(connection: &Connection, unsynced_since: Option<&str>) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("UPDATE progress SET unsynced_since = ?1, syncs = syncs + 1", [unsynced_since])?;
    // Out of the write-ahead log, whose beginning is written over later.
    match connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))? {
        0 => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None)),
    }
}

/// Which start of the system this is, where it tells (Linux).
fn boot() -> Option<String> {
    fs::read_to_string(BOOT).ok().map(|id| id.trim().to_owned())
}

/// Whether an error says that the file is damaged.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// A query in the index's language. Words have no quotes in them.
pub fn expression(query: &Query, channels: &Channels, all_channels: bool) -> String {
    let phrases: Vec<String> =
        query.phrases().iter().map(|words| format!("words : \"{}\"", words.join(" "))).collect();
    let phrases = phrases.join(" AND ");
    if all_channels || channels.len() > FEW_CHANNELS {
        return phrases;
    }
    let channels: Vec<String> = channels.keys().map(|channel| format!("\"{channel}\"")).collect();
    format!("{phrases} AND channel : ({})", channels.join(" OR "))
}
