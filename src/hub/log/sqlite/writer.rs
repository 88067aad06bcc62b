//! What changes the log: one transaction for each step, and the state in memory only after it.

use super::{
    super::{
        Import, Key, LogError, Mark, Millis, Outcome, Publish, Settings,
        catalog::Kept,
        plan::{Plan, Row, Used},
    },
    id::{MAX_MILLISECONDS, below, count_from_sql, count_to_sql, fits, unpack, up_to},
    state::State,
};
use crate::model::{EventId, channel::Channel};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// The connection that writes, and the state that follows it. Only who has this changes the state.
pub struct Writer<'a> {
    /// The connection.
    pub connection: &'a mut Connection,
    /// The state.
    pub state: &'a RwLock<State>,
    /// The settings.
    pub settings: &'a Settings,
}

impl Writer<'_> {
    /// Keeps what these requests publish.
    ///
    /// # Errors
    /// When nothing was kept.
    pub fn append(&mut self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError> {
        let now = now.min(MAX_MILLISECONDS);
        let change = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (clock, remembered) = (read(self.state).clock, self.settings.remembered(now));
        let plan = Plan::new(requests, clock, now, remembered, |channel, key| {
            find_key(&change, read(self.state).catalog.get(channel), key)
        })?;
        carry_out(change, plan, &[], self.state)
    }

    /// Keeps what another log has.
    ///
    /// # Errors
    /// When nothing was kept.
    pub fn import(&mut self, import: &Import) -> Result<(), LogError> {
        let change = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last = import.last(read(self.state).clock.last())?;
        carry_out(change, Plan::to_import(&import.messages, last), &import.marks, self.state).map(drop)
    }

    /// Forgets at most `limit` messages and keys. Answers the numbers of the messages, and how many it forgot of both.
    ///
    /// # Errors
    /// When nothing was forgotten.
    pub fn trim(&mut self, now: Millis, limit: usize) -> Result<(Vec<i64>, usize), LogError> {
        let mut channels: Vec<(Channel, Kept<i64>)> = {
            let catalog = &read(self.state).catalog;
            let beyond = catalog.beyond_retention(now).into_iter().take(limit);
            beyond.filter_map(|channel| catalog.get(&channel).cloned().map(|kept| (channel, kept))).collect()
        };
        let change = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut forgotten = Vec::new();
        for (channel, kept) in &mut channels {
            let limit = limit - forgotten.len();
            forgotten.extend(trim_channel(&change, kept, now, limit)?);
            put_channel(&change, channel, kept)?;
        }
        let keys = trim_keys(&change, self.settings.remembered(now), limit - forgotten.len())?;
        // Under the lock, so that nobody misses a message and then is told that none was forgotten.
        let mut state = write(self.state);
        change.commit()?;
        for (channel, kept) in channels {
            state.catalog.put(channel, kept);
        }
        let indexed_to = up_to(state.indexed.to);
        let unindexed = forgotten.iter().filter(|id| **id > indexed_to).count() as u64;
        state.indexed.missing = state.indexed.missing.saturating_sub(unindexed);
        let count = forgotten.len() + keys;
        Ok((forgotten, count))
    }
}

/// The state, to look at. A panic while it is changed would be a bug here; it leaves what the next start corrects.
pub fn read(state: &RwLock<State>) -> RwLockReadGuard<'_, State> {
    state.read().unwrap_or_else(PoisonError::into_inner)
}

/// The state, to change.
pub fn write(state: &RwLock<State>) -> RwLockWriteGuard<'_, State> {
    state.write().unwrap_or_else(PoisonError::into_inner)
}

/// Carries a plan out, on disk and then in memory.
fn carry_out(
    change: Transaction<'_>,
    plan: Plan<'_>,
    marks: &[Mark],
    state: &RwLock<State>,
) -> Result<Vec<Outcome>, LogError> {
    if !fits(plan.clock.last()) {
        return Err(LogError::Unavailable("the last id that fits was given".into()));
    }
    let known = read(state);
    let mut channels = Channels { last: known.last_channel, state: known, changed: BTreeMap::new() };
    insert_messages(&change, &plan.rows, &mut channels)?;
    for mark in marks {
        channels.get(&mark.channel, mark.newest).mark(mark);
    }
    let Channels { changed, last: last_channel, state: known } = channels;
    drop(known);
    for (channel, kept) in &changed {
        put_channel(&change, channel, kept)?;
    }
    for ((channel, key), used) in &plan.keys {
        let Some(kept) = changed.get(channel) else { continue };
        put_key(&change, kept.handle, key, used)?;
    }
    change.commit()?;
    let mut state = write(state);
    for (channel, kept) in changed {
        state.catalog.put(channel.clone(), kept);
    }
    state.clock = plan.clock;
    state.last_channel = last_channel;
    state.indexed.missing += plan.rows.len() as u64;
    Ok(plan.outcomes)
}

/// What becomes of channels.
struct Channels<'a> {
    state: RwLockReadGuard<'a, State>,
    changed: BTreeMap<&'a Channel, Kept<i64>>,
    /// The highest number of a channel.
    last: i64,
}

impl<'a> Channels<'a> {
    /// A channel, which is made if it is not there; its first message has the id `first` then.
    fn get(&mut self, channel: &'a Channel, first: EventId) -> &mut Kept<i64> {
        self.changed.entry(channel).or_insert_with(|| {
            self.state.catalog.get(channel).cloned().unwrap_or_else(|| {
                self.last += 1;
                Kept::new(self.last, first, self.state.catalog.retention(channel))
            })
        })
    }
}

/// Inserts the messages.
fn insert_messages<'a>(
    change: &Transaction<'_>,
    rows: &[Row<'a>],
    channels: &mut Channels<'a>,
) -> rusqlite::Result<()> {
    let mut insert =
        change.prepare_cached("INSERT INTO messages (id, channel, event, data) VALUES (?1, ?2, ?3, ?4)")?;
    for Row { id, channel, event, data } in rows {
        let kept = channels.get(channel, *id);
        insert.execute(params![up_to(*id), kept.handle, event.map(|event| event.as_str()), data])?;
        kept.add(*id, data.len() as u64);
    }
    Ok(())
}

fn put_channel(change: &Transaction<'_>, channel: &Channel, kept: &Kept<i64>) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT INTO channels (id, name, newest, forgotten, messages, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET newest = ?3, forgotten = ?4, messages = ?5, bytes = ?6",
        )?
        .execute(params![
            kept.handle,
            channel.as_str(),
            up_to(kept.newest),
            kept.forgotten.map(up_to),
            count_to_sql(kept.messages),
            count_to_sql(kept.bytes)
        ])?;
    Ok(())
}

fn put_key(change: &Transaction<'_>, channel: i64, key: &Key, used: &Used) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO keys (channel, key, first, count, fingerprint) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            channel,
            key.as_str(),
            up_to(used.first),
            count_to_sql(used.count),
            used.fingerprint.to_be_bytes().as_slice()
        ])?;
    Ok(())
}

fn find_key(
    change: &Transaction<'_>,
    channel: Option<&Kept<i64>>,
    key: &Key,
) -> Result<Option<Used>, rusqlite::Error> {
    let Some(channel) = channel else { return Ok(None) };
    change
        .prepare_cached("SELECT first, count, fingerprint FROM keys WHERE channel = ?1 AND key = ?2")?
        .query_row(params![channel.handle, key.as_str()], |row| {
            Ok(Used {
                first: unpack(row.get(0)?),
                count: count_from_sql(row.get(1)?),
                fingerprint: u128::from_be_bytes(row.get(2)?),
            })
        })
        .optional()
}

/// Deletes a channel's oldest messages while its rule does not keep them.
fn trim_channel(
    change: &Transaction<'_>,
    kept: &mut Kept<i64>,
    now: Millis,
    limit: usize,
) -> Result<Vec<i64>, LogError> {
    let mut forgotten = Vec::new();
    {
        let mut statement = change
            .prepare_cached("SELECT id, octet_length(data) FROM messages WHERE channel = ?1 ORDER BY id")?;
        let mut rows =
            statement.query_map([kept.handle], |row| Ok((row.get(0)?, count_from_sql(row.get(1)?))))?;
        let mut next: Option<(i64, u64)> = rows.next().transpose()?;
        while forgotten.len() < limit && kept.beyond_retention(now).is_some() {
            let Some((id, bytes)) = next else {
                return Err(LogError::Damaged("a channel has fewer messages than were counted".into()));
            };
            next = rows.next().transpose()?;
            kept.forget(unpack(id), bytes, next.map(|(id, _)| unpack(id)));
            forgotten.push(id);
        }
    }
    if let Some(last) = forgotten.last() {
        change
            .prepare_cached("DELETE FROM messages WHERE channel = ?1 AND id <= ?2")?
            .execute([kept.handle, *last])?;
    }
    Ok(forgotten)
}

fn trim_keys(change: &Transaction<'_>, remembered: Millis, limit: usize) -> rusqlite::Result<usize> {
    let last = below(EventId::new(remembered, 0));
    change
        .prepare_cached(
            // No two keys have the same first message.
            "DELETE FROM keys WHERE first <=
                (SELECT max(first) FROM (SELECT first FROM keys WHERE first <= ?1 ORDER BY first LIMIT ?2))",
        )?
        .execute(params![last, i64::try_from(limit).unwrap_or(i64::MAX)])
}
