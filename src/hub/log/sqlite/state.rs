//! What is in memory of a log on disk. It changes only after the disk did.

use super::{
    super::{
        IdClock, LogError, Settings, Size,
        catalog::{Catalog, Forgetting, Kept},
    },
    id::{count_from_sql, unpack},
};
use crate::model::{EventId, channel::Channel};
use rusqlite::{Connection, Row};

/// What is known without reading the file.
#[derive(Debug)]
pub struct State {
    /// Gives the ids.
    pub clock: IdClock,
    /// The channels; their handles are their numbers in the file.
    pub catalog: Catalog<i64>,
    /// The highest number of a channel.
    pub last_channel: i64,
    /// The id of the log's beginning, which tells it from others.
    pub beginning: EventId,
    /// What was published between these is lost.
    pub lost: Option<(EventId, EventId)>,
    /// What search has read.
    pub indexed: Indexed,
}

/// How far search has come.
#[derive(Clone, Copy, Debug)]
pub struct Indexed {
    /// Up to here it has read all.
    pub to: EventId,
    /// How many messages are after that. While it is behind and some of those are trimmed, this may be too few; it is
    /// exact when it has caught up.
    pub missing: u64,
}

impl State {
    /// Reads it from the file.
    ///
    /// # Errors
    /// When the file is not readable.
    pub fn load(connection: &Connection, settings: &Settings) -> Result<Self, LogError> {
        let (beginning, lost) =
            connection.query_row("SELECT beginning, lost_after, lost_until FROM log", (), |row| {
                let id = |at| row.get::<_, Option<i64>>(at).map(|id| id.map(unpack));
                Ok((row.get(0).map(unpack)?, id(1)?.zip(id(2)?)))
            })?;
        let mut catalog = Catalog::new(settings);
        // Ids go on after all that were given before.
        let (mut newest, mut last_channel) = (lost.map_or(beginning, |(_, until)| beginning.max(until)), 0);
        let mut statement = connection.prepare(
            "SELECT id, newest, forgotten, messages, bytes, name,
                (SELECT min(messages.id) FROM messages WHERE messages.channel = channels.id)
            FROM channels",
        )?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let (channel, kept) = kept(row, &catalog)?;
            newest = newest.max(kept.newest);
            last_channel = last_channel.max(kept.handle);
            catalog.put(channel, kept);
        }
        let indexed = Indexed { to: EventId::new(0, 0), missing: catalog.messages() };
        Ok(Self { clock: IdClock::after(newest), catalog, last_channel, beginning, lost, indexed })
    }

    /// Its size.
    pub fn size(&self) -> Size {
        Size {
            messages: self.catalog.messages(),
            bytes: self.catalog.bytes(),
            unindexed: self.indexed.missing,
        }
    }

    /// Notes that search has read `messages` more and is at `to`.
    pub fn advance(&mut self, to: EventId, messages: u64) {
        let missing = if to >= self.clock.last() { 0 } else { self.indexed.missing.saturating_sub(messages) };
        self.indexed = Indexed { to, missing };
    }
}

fn kept(row: &Row<'_>, catalog: &Catalog<i64>) -> Result<(Channel, Kept<i64>), LogError> {
    let channel: Channel = row
        .get_ref(5)?
        .as_str()
        .map_err(rusqlite::Error::from)?
        .parse()
        .map_err(|error| LogError::Damaged(format!("a channel's name: {error}")))?;
    let retention = catalog.retention(&channel);
    let kept = Kept {
        handle: row.get(0)?,
        newest: unpack(row.get(1)?),
        forgotten: row.get::<_, Option<i64>>(2)?.map(unpack),
        messages: count_from_sql(row.get(3)?),
        bytes: count_from_sql(row.get(4)?),
        oldest: row.get::<_, Option<i64>>(6)?.map(unpack),
        retention,
        forgotten_at: Forgetting::default(),
    };
    Ok((channel, kept))
}

/// How many messages are after a number.
///
/// # Errors
/// When the file is not readable.
pub fn messages_after(connection: &Connection, number: i64) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM messages NOT INDEXED WHERE id > ?1";
    connection.query_row(sql, [number], |row| row.get(0).map(count_from_sql))
}
