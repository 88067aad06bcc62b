//! The log's file: how it is opened, what is in it, and how it came to be so.

use super::{
    super::Millis,
    error::OpenError,
    id::{MAX_MILLISECONDS, up_to},
};
use crate::model::EventId;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};
use std::{path::Path, time::Duration};

/// Marks the file as a log of Tidings: "TDLG" in ASCII.
const APPLICATION_ID: i64 = 0x5444_4c47;

/// The log's format: each step brings a file to the next version. What was released is never changed, only added to.
const MIGRATIONS: &[&str] = &[
    "
    -- One row: the id of the log's own beginning.
    CREATE TABLE log (beginning INTEGER NOT NULL) STRICT;
    -- What is kept of a channel; a channel stays when its last message is forgotten. Ids are as in messages.
    CREATE TABLE channels (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        newest INTEGER NOT NULL,
        forgotten INTEGER,
        messages INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT;
    -- The id is milliseconds << 20 | sequence.
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        channel INTEGER NOT NULL,
        event TEXT,
        data TEXT NOT NULL
    ) STRICT;
    -- Each row of an index ends with the row's id: this is (channel, id).
    CREATE INDEX messages_of_channel ON messages (channel);
    -- Idempotency keys, and the messages that they stand for.
    CREATE TABLE keys (
        channel INTEGER NOT NULL,
        key TEXT NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        fingerprint BLOB NOT NULL,
        PRIMARY KEY (channel, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_by_age ON keys (first);
",
    "
    -- 1 in a copy that no server has opened yet.
    ALTER TABLE log ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;
    -- What was published between these ids is not here: a copy was put in the log's place.
    ALTER TABLE log ADD COLUMN lost_after INTEGER;
    ALTER TABLE log ADD COLUMN lost_until INTEGER;
",
];

/// How many pages the write-ahead log has before they go to their places: 32 MiB.
const CHECKPOINT_PAGES: u32 = 8_192;

/// How long to wait for someone who looks into the file with a tool of their own.
const BUSY: Duration = Duration::from_secs(5);

/// Statements that a connection keeps compiled: all that it has.
const STATEMENTS: usize = 32;

/// The writing connection, to a file that is made if there is none and brought to the newest version.
///
/// # Errors
/// When it is not a log that this program knows. It is not changed then.
pub fn open(path: &Path, now: Millis) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let failed = |error| OpenError::new(path, error);
    let mut connection = connect(path, flags).map_err(failed)?;
    check(&connection, path)?;
    set("journal_mode", "WAL", &connection, path)?;
    // What is acknowledged is on disk, also after a power cut.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    let synchronous: i64 =
        connection.pragma_query_value(None, "synchronous", |row| row.get(0)).map_err(failed)?;
    if synchronous < 2 {
        return Err(OpenError::Unavailable {
            path: path.to_owned(),
            reason: "SQLite does not write it through to the disk".into(),
        });
    }
    // Who publishes waits while the log's pages go to their places. It is less work, and less often, the more of them there are:
    // with SQLite's own 1,000 one acknowledgement in a hundred was late.
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(failed)?;
    // A write-ahead log that grew while someone read for long gives the space back.
    connection.pragma_update(None, "journal_size_limit", 64 << 20).map_err(failed)?;
    migrate(&mut connection, now).map_err(failed)?;
    note_loss(&connection, now).map_err(failed)?;
    Ok(connection)
}

/// Makes this log a copy, which says so when it is opened in the place of the log.
///
/// # Errors
/// SQLite's.
pub fn mark_copied(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE log SET copied = 1", ())?;
    // One file again.
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
}

/// In a copy that is opened for the first time: notes that what was published after it was made is lost.
fn note_loss(connection: &Connection, now: Millis) -> rusqlite::Result<()> {
    let newest = "SELECT max(beginning, coalesce((SELECT max(newest) FROM channels), 0)) FROM log";
    let change = format!(
        "UPDATE log SET copied = 0, lost_after = min(coalesce(lost_after, ({newest})), ({newest})), lost_until = ?1 WHERE copied = 1"
    );
    let now = up_to(EventId::new(now.min(MAX_MILLISECONDS), 0));
    connection.execute(&change, [now]).map(drop)
}

/// A connection that only reads.
///
/// # Errors
/// SQLite's.
pub fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// A connection with the settings that all have. Each is used by one thread at a time, so SQLite need not lock it.
///
/// # Errors
/// SQLite's.
pub fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A file that someone prepared or that is damaged must not make SQLite run what is in its schema.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    Ok(connection)
}

/// Sets a setting of the file, which SQLite may leave as it was without an error.
fn set(pragma: &str, value: &str, connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let result: String = connection
        .pragma_update_and_check(None, pragma, value, |row| row.get(0))
        .map_err(|error| OpenError::new(path, error))?;
    if result.eq_ignore_ascii_case(value) {
        return Ok(());
    }
    let reason = format!("its {pragma} stays {result} where it must be {value}; is it on a network drive?");
    Err(OpenError::Unavailable { path: path.to_owned(), reason })
}

/// Whether a file is a log that this program knows, or an empty one.
///
/// # Errors
/// When it is not.
pub fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let number = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    let facts = || -> rusqlite::Result<_> {
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok((number("PRAGMA application_id")?, number("PRAGMA user_version")?, tables))
    };
    match facts() {
        Ok((0, 0, 0)) => Ok(()),
        Ok((APPLICATION_ID, version, _)) if version <= known() => Ok(()),
        Ok((APPLICATION_ID, found, _)) => {
            Err(OpenError::Newer { path: path.to_owned(), found, known: known() })
        }
        Ok(_) => Err(OpenError::Foreign(path.to_owned())),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            Err(OpenError::Foreign(path.to_owned()))
        }
        Err(error) => Err(OpenError::new(path, error)),
    }
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the file to the newest version, or leaves it as it is.
fn migrate(connection: &mut Connection, now: Millis) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == known() {
        return Ok(());
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        change.execute_batch(migration)?;
    }
    if version == 0 {
        begin(&change, now)?;
    }
    change.pragma_update(None, "user_version", known())?;
    change.commit()
}

/// Marks a new file as ours, and notes when it began.
fn begin(change: &Transaction<'_>, now: Millis) -> rusqlite::Result<()> {
    let beginning = up_to(EventId::new(now.min(MAX_MILLISECONDS), 0));
    change.execute("INSERT INTO log (beginning) VALUES (?1)", [beginning])?;
    change.pragma_update(None, "application_id", APPLICATION_ID)
}
