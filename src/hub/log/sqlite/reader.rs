//! Pages of messages, in a bounded amount of work, however many messages and channels there are.

use super::{
    super::{LogError, merge::merge, page_of},
    id::unpack,
};
use crate::model::{channel::Channel, message::Message};
use rusqlite::{Connection, params};
use std::{collections::HashMap, ops::ControlFlow, vec};

/// Up to so many channels are read one by one. More of them probably are a good part of the log, so the log is read
/// first.
const FEW_CHANNELS: usize = 32;

/// The most ids that are read of a channel at once.
const MOST_AT_ONCE: usize = 256;

/// The channels to read, by their numbers.
pub type Channels = HashMap<i64, Channel>;

/// Which end a page is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// The messages' numbers above `after` and up to `until`.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Below the first.
    pub after: i64,
    /// The last.
    pub until: i64,
}

impl From {
    /// A number that is the lower the sooner the message comes; and back.
    const fn rank(self, id: i64) -> i64 {
        match self {
            Self::Oldest => id,
            Self::Newest => !id,
        }
    }

    /// What of a range comes later than `id`.
    const fn later(self, range: Range, id: i64) -> Range {
        match self {
            Self::Oldest => Range { after: id, ..range },
            Self::Newest => Range { until: id.saturating_sub(1), ..range },
        }
    }
}

/// A page of messages, at most `limit`, in the order in which they are taken.
///
/// # Errors
/// When the file is not readable.
pub fn page(
    connection: &mut Connection,
    channels: &Channels,
    range: Range,
    from: From,
    limit: usize,
) -> Result<Vec<Message>, LogError> {
    // A transaction, so that the ids and the messages are of the same moment.
    let moment = connection.transaction()?;
    let ids = ids(&moment, channels, range, from, limit)?;
    page_of(ids.into_iter().map(|id| {
        fetch(&moment, channels, id)?.ok_or_else(|| LogError::Damaged(format!("{} is lost", unpack(id))))
    }))
}

/// The message with this number, if it is there and of one of the channels.
///
/// # Errors
/// When the file is not readable.
pub fn fetch(connection: &Connection, channels: &Channels, id: i64) -> Result<Option<Message>, LogError> {
    let mut statement =
        connection.prepare_cached("SELECT channel, event, data FROM messages WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let Some(channel) = channels.get(&row.get(0)?) else { return Ok(None) };
    let event = row
        .get::<_, Option<String>>(1)?
        .map(|event| event.parse())
        .transpose()
        .map_err(|error| LogError::Damaged(format!("the event of {}: {error}", unpack(id))))?;
    Ok(Some(Message { channel: channel.clone(), id: unpack(id), event, data: row.get(2)? }))
}

/// The numbers of a page's messages.
///
/// # Errors
/// When the file is not readable.
pub fn ids(
    connection: &Connection,
    channels: &Channels,
    range: Range,
    from: From,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    if channels.len() <= FEW_CHANNELS {
        return merged(connection, channels, range, from, limit);
    }
    let (mut ids, rest) = scan(connection, channels, range, from, limit)?;
    if let ControlFlow::Continue(range) = rest {
        let limit = limit.saturating_sub(ids.len());
        ids.extend(merged(connection, channels, range, from, limit)?);
    }
    Ok(ids)
}

/// Reads the log, all channels. If the channels are rare in it, it gives up after a while: with what it found, and the
/// range that it did not read.
fn scan(
    connection: &Connection,
    channels: &Channels,
    range: Range,
    from: From,
    limit: usize,
) -> rusqlite::Result<(Vec<i64>, ControlFlow<(), Range>)> {
    let most = limit.saturating_mul(8).saturating_add(1024);
    let mut statement = connection.prepare_cached(match from {
        From::Oldest => "SELECT id, channel FROM messages NOT INDEXED WHERE id > ?1 AND id <= ?2 ORDER BY id",
        From::Newest => {
            "SELECT id, channel FROM messages NOT INDEXED WHERE id > ?1 AND id <= ?2 ORDER BY id DESC"
        }
    })?;
    let mut rows = statement.query(params![range.after, range.until])?;
    let (mut ids, mut read) = (Vec::new(), 0);
    while ids.len() < limit
        && let Some(row) = rows.next()?
    {
        let id = row.get(0)?;
        if channels.contains_key(&row.get(1)?) {
            ids.push(id);
        }
        read += 1;
        if read == most {
            return Ok((ids, ControlFlow::Continue(from.later(range, id))));
        }
    }
    Ok((ids, ControlFlow::Break(())))
}

/// Reads each channel, and brings them in order.
fn merged(
    connection: &Connection,
    channels: &Channels,
    range: Range,
    from: From,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let at_once = (limit / channels.len().max(1)).saturating_add(1).min(MOST_AT_ONCE);
    let sources = channels.keys().map(|channel| Ids {
        connection,
        channel: *channel,
        from,
        rest: Some(range),
        at_once,
        ready: Vec::new().into_iter(),
    });
    Ok(merge(sources, limit)?.into_iter().map(|rank| from.rank(rank)).collect())
}

/// The ranks of a channel's messages, read in growing pieces.
struct Ids<'a> {
    connection: &'a Connection,
    channel: i64,
    from: From,
    /// What is not read yet.
    rest: Option<Range>,
    at_once: usize,
    ready: vec::IntoIter<i64>,
}

impl Ids<'_> {
    fn read(&mut self, range: Range) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(match self.from {
            From::Oldest => {
                "SELECT id FROM messages WHERE channel = ?1 AND id > ?2 AND id <= ?3 ORDER BY id LIMIT ?4"
            }
            From::Newest => {
                "SELECT id FROM messages WHERE channel = ?1 AND id > ?2 AND id <= ?3 ORDER BY id DESC LIMIT ?4"
            }
        })?;
        let limit = i64::try_from(self.at_once).unwrap_or(i64::MAX);
        let ids =
            statement.query_map(params![self.channel, range.after, range.until, limit], |row| row.get(0))?;
        let ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
        let is_last = ids.len() < self.at_once;
        self.rest = ids.last().filter(|_| !is_last).map(|last| self.from.later(range, *last));
        self.at_once = (self.at_once * 2).min(MOST_AT_ONCE);
        self.ready = ids.into_iter();
        Ok(())
    }
}

impl Iterator for Ids<'_> {
    type Item = rusqlite::Result<i64>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.len() == 0
            && let Some(range) = self.rest
            && let Err(error) = self.read(range)
        {
            return Some(Err(error));
        }
        self.ready.next().map(|id| Ok(self.from.rank(id)))
    }
}
