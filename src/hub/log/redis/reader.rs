//! What reads the log, in bounded pieces.

use super::{
    super::{LogError, merge::merge, page_of},
    entry::{Raw, message, parse},
    error::Failure,
    link::{Kept, Link, Session},
    scripts::SCRIPTS,
    state::{Known, State},
};
use crate::model::{EventId, channel::Channel, message::Message, selection::Selection};
use redis::Connection;
use std::{
    cell::RefCell,
    cmp::Reverse,
    sync::{Arc, Mutex, MutexGuard},
    vec,
};

/// How many ids are asked of a channel at once, at most.
const IDS: usize = 512;
/// How many channels are asked at once.
const CHANNELS: usize = 256;
/// How many messages are fetched at once: a message may have a mebibyte.
const MESSAGES: usize = 16;

/// Reads the log.
pub struct Reader {
    link: Arc<Link>,
    state: Arc<State>,
    // A std Mutex: held to take a connection or to put it back. There are as many as read at once.
    ready: Mutex<Vec<Kept>>,
}

/// Ids: those after `after`, up to and with `until`.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// From here on, without it; from the first of all where this is none.
    pub after: Option<EventId>,
    /// Up to here, with it.
    pub until: EventId,
}

/// Which come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The oldest.
    Oldest,
    /// The newest.
    Newest,
}

/// What is to be read: channels that have something in the range.
#[derive(Debug)]
pub struct Scope {
    channels: Vec<Channel>,
    range: Range,
}

impl Range {
    /// Everything.
    pub const ALL: Self = Self { after: None, until: EventId::LAST };
}

impl Reader {
    /// Without a connection yet.
    pub fn new(link: Arc<Link>, state: Arc<State>) -> Self {
        Self { link, state, ready: Mutex::default() }
    }

    fn with<R>(&self, work: impl Fn(&mut Connection) -> Result<R, Failure>) -> Result<R, LogError> {
        let work = |connection: &mut Connection, _: &Session| work(connection);
        let mut result = self.link.with(&self.ready, work);
        // One that lay ready may have been cut since then.
        if result.as_ref().is_err_and(Failure::ends_connection) {
            result = self.link.with(&self.ready, work);
        }
        result.map_err(LogError::from)
    }

    /// What this node knows, when it knows all that any node had done before this was asked.
    ///
    /// # Errors
    /// When Redis is away, or the feed is too far behind.
    pub fn known(&self) -> Result<MutexGuard<'_, Known>, LogError> {
        let log = self.link.address.key("log");
        let fed: Option<u64> =
            self.with(|connection| Ok(redis::cmd("HGET").arg(&log).arg("fed").query(connection)?))?;
        self.state.wait_for(fed.ok_or_else(|| LogError::Away("Redis has no log any more".into()))?)
    }

    /// The selected channels that have something in the range, and the range up to the newest message: what is published
    /// from now on is not read, so that a page has no holes.
    ///
    /// # Errors
    /// As [`Reader::known`].
    pub fn narrow(&self, selection: &Selection, range: Range) -> Result<Scope, LogError> {
        let known = self.known()?;
        let range = Range { until: range.until.min(known.head), ..range };
        let channels = known.catalog.selected(selection).into_iter().filter(|(_, kept)| {
            Some(kept.newest) > range.after && kept.oldest.is_some_and(|oldest| oldest <= range.until)
        });
        Ok(Scope { channels: channels.map(|(channel, _)| channel.clone()).collect(), range })
    }

    /// The messages of a page.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn page(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<Message>, LogError> {
        if scope.channels.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        self.with(|connection| {
            let places = self.places(connection, scope, from, limit)?;
            let pieces = places.chunks(MESSAGES).map(|piece| self.fetch(connection, scope, piece));
            // What was forgotten since then is not there.
            let messages = pieces.flat_map(|piece| match piece {
                Ok(messages) => messages.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            });
            page_of(messages)
        })
    }

    /// The ids of a page's messages.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn ids(&self, scope: &Scope, from: From, limit: usize) -> Result<Vec<EventId>, LogError> {
        if scope.channels.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let places = self.with(|connection| self.places(connection, scope, from, limit))?;
        Ok(places.into_iter().map(|(id, _)| id).collect())
    }

    /// The ids, and the number of the channel of each.
    fn places(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        from: From,
        limit: usize,
    ) -> Result<Vec<(EventId, usize)>, Failure> {
        let at_once = (limit / scope.channels.len()).saturating_add(1).min(IDS);
        let mut firsts = Vec::with_capacity(scope.channels.len());
        let numbers: Vec<usize> = (0..scope.channels.len()).collect();
        for numbers in numbers.chunks(CHANNELS) {
            let wanted: Vec<_> = numbers.iter().map(|number| (*number, scope.range)).collect();
            firsts.extend(self.some_ids(connection, scope, &wanted, from, at_once)?);
        }
        let connection = RefCell::new(connection);
        let sources = firsts.into_iter().enumerate().map(|(channel, ids)| Ids {
            reader: self,
            connection: &connection,
            scope,
            channel,
            from,
            at_once,
            rest: rest(&ids, at_once, from, scope.range),
            ready: ids.into_iter(),
        });
        let ranked = merge(sources, limit)?;
        Ok(ranked.into_iter().map(|(rank, channel)| (rank.id(), channel)).collect())
    }

    /// The first ids of each of these channels in its range.
    fn some_ids(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        wanted: &[(usize, Range)],
        from: From,
        limit: usize,
    ) -> Result<Vec<Vec<EventId>>, Failure> {
        let mut script = SCRIPTS.ids.prepare_invoke();
        script.arg(limit).arg(u8::from(from == From::Newest));
        for (channel, range) in wanted {
            let Some(channel) = scope.channels.get(*channel) else { continue };
            script.key(self.link.address.messages(channel.as_str()));
            script.arg(range.after.map_or_else(|| "-".to_owned(), |after| format!("({after}")));
            script.arg(range.until.to_string());
        }
        let lists: Vec<Vec<String>> = script.invoke(connection)?;
        let parsed = lists.iter().map(|ids| ids.iter().map(|id| parse(id)).collect::<Result<Vec<_>, _>>());
        Ok(parsed.collect::<Result<Vec<_>, _>>()?)
    }

    fn fetch(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        places: &[(EventId, usize)],
    ) -> Result<Vec<Message>, Failure> {
        let mut pipe = redis::pipe();
        let channels: Vec<&Channel> =
            places.iter().filter_map(|(_, channel)| scope.channels.get(*channel)).collect();
        for ((id, _), channel) in places.iter().zip(&channels) {
            let id = id.to_string();
            pipe.cmd("XRANGE").arg(self.link.address.messages(channel.as_str())).arg(&id).arg(&id);
        }
        let found: Vec<Vec<Raw>> = pipe.query(connection)?;
        let found = channels
            .into_iter()
            .zip(found)
            .flat_map(|(channel, raw)| raw.into_iter().map(move |raw| (channel, raw)));
        Ok(found.map(|(channel, raw)| message(channel, raw)).collect::<Result<_, _>>()?)
    }
}

/// Ids in the order in which they are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Oldest(EventId),
    Newest(Reverse<EventId>),
}

impl Rank {
    const fn id(self) -> EventId {
        match self {
            Self::Oldest(id) | Self::Newest(Reverse(id)) => id,
        }
    }
}

/// What is left of a range after these ids; nothing where they are the last.
fn rest(ids: &[EventId], at_once: usize, from: From, range: Range) -> Option<Range> {
    let last = *ids.last().filter(|_| ids.len() == at_once)?;
    Some(match from {
        From::Oldest => Range { after: Some(last), ..range },
        From::Newest => Range { until: last.before(), ..range },
    })
}

/// The ids of a channel, read in pieces.
struct Ids<'a> {
    reader: &'a Reader,
    connection: &'a RefCell<&'a mut Connection>,
    scope: &'a Scope,
    channel: usize,
    from: From,
    at_once: usize,
    /// What is not read yet.
    rest: Option<Range>,
    ready: vec::IntoIter<EventId>,
}

impl Ids<'_> {
    fn read(&mut self, range: Range) -> Result<(), Failure> {
        self.at_once = (self.at_once * 2).min(IDS);
        let mut connection = self.connection.borrow_mut();
        let lists = self.reader.some_ids(
            &mut connection,
            self.scope,
            &[(self.channel, range)],
            self.from,
            self.at_once,
        )?;
        let ids = lists.into_iter().next().unwrap_or_default();
        self.rest = rest(&ids, self.at_once, self.from, range);
        self.ready = ids.into_iter();
        Ok(())
    }
}

impl Iterator for Ids<'_> {
    type Item = Result<(Rank, usize), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.len() == 0
            && let Some(range) = self.rest.take()
            && let Err(error) = self.read(range)
        {
            return Some(Err(error));
        }
        let id = self.ready.next()?;
        let rank = match self.from {
            From::Oldest => Rank::Oldest(id),
            From::Newest => Rank::Newest(Reverse(id)),
        };
        Some(Ok((rank, self.channel)))
    }
}
