//! What changes the log.

use super::{
    super::{
        Import, KeyReused, LogError, Mark, Millis, Outcome, Publish, Receipt, Retention,
        nodes::{Met, Other, Own, People},
        plan::fingerprint,
    },
    entry::{damaged, optional, parse},
    error::{Failure, writing},
    link::{Kept, Link, Session},
    scripts::SCRIPTS,
    state::State,
};
use crate::model::{
    EventId, EventName,
    channel::Channel,
    message::{Draft, Message},
};
use redis::{Connection, FromRedisValue, RedisResult, ScriptInvocation};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// How many entries the feed has at least, and how many bytes at most: who is further behind reads the log.
const FEED_ENTRIES: usize = 16_384;
const FEED_BYTES: usize = 64 << 20;
/// For how long a node counts as there after it said so.
const NODE_HOLDS: Duration = Duration::from_secs(5);
/// How many messages and keys are forgotten at once, at most: Redis does nothing else meanwhile.
const MOST_TRIMMED: usize = 4_096;
/// The last millisecond of an id: what SQLite's log can have, so that one can be copied into the other.
const LAST_MILLISECOND: u64 = (1 << 43) - 1;

/// The connection that writes.
pub struct Writer {
    link: Arc<Link>,
    state: Arc<State>,
    /// One, as long as there is one: steps follow each other, the hub makes them all from one thread.
    connection: Mutex<Vec<Kept>>,
}

/// A channel that has more than its rule lets it.
pub struct Beyond {
    /// The channel.
    pub channel: Channel,
    /// Its rule.
    pub rule: Arc<Retention>,
}

impl Writer {
    /// Without a connection yet.
    pub fn new(link: Arc<Link>, state: Arc<State>) -> Self {
        Self { link, state, connection: Mutex::default() }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Connection) -> RedisResult<R>) -> Result<R, LogError> {
        self.with_session(|connection, _| work(connection))
    }

    /// What a script of these does is done in the log that this node knows, or not at all: in another, what it publishes would be
    /// taken for something that it had seen before and that is lost.
    fn invoke<R: FromRedisValue>(&self, mut script: ScriptInvocation<'_>) -> Result<R, LogError> {
        self.with_session(|connection, session| script.arg(session.as_str()).invoke(connection))
    }

    fn with_session<R>(
        &self,
        work: impl FnOnce(&mut Connection, &Session) -> RedisResult<R>,
    ) -> Result<R, LogError> {
        let result = self.link.with(&self.connection, |connection, session| Ok(work(connection, session)?));
        result.map_err(|failure| match failure {
            Failure::Redis(error) => writing(&error),
            Failure::Log(error) => error,
        })
    }

    /// Keeps what these requests publish.
    ///
    /// # Errors
    /// When nothing was kept, or it is not known.
    pub fn append(&self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let address = &self.link.address;
        let now = now.min(LAST_MILLISECOND);
        let mut script = SCRIPTS.append.prepare_invoke();
        for key in ["log", "feed", "channels", "keys", "keys:age"] {
            script.key(address.key(key));
        }
        script
            .arg(&address.prefix)
            .arg(now)
            .arg(self.state.settings.remembered(now))
            .arg(LAST_MILLISECOND)
            .arg(EventId::PER_MILLISECOND)
            .arg(FEED_ENTRIES)
            .arg(requests.len());
        for Publish { channel, entries } in requests {
            script.arg(channel.as_str()).arg(entries.len());
            for entry in entries {
                match &entry.key {
                    Some(key) => script.arg(key.as_str()).arg(format!("{:032x}", fingerprint(&entry.drafts))),
                    None => script.arg("").arg(""),
                };
                script.arg(entry.drafts.len());
                for draft in &entry.drafts {
                    script.arg(name(draft.event.as_ref())).arg(&draft.data);
                }
            }
        }
        let answers: Vec<String> = self.invoke(script)?;
        let outcomes = answers.iter().map(|answer| outcome(answer)).collect::<Result<Vec<_>, _>>()?;
        let receipts = outcomes.iter().flatten().flatten();
        if let Some(last) =
            receipts.filter(|receipt| !receipt.duplicate).filter_map(|receipt| receipt.ids().last()).max()
        {
            let mut known = self.state.known();
            known.newest = known.newest.max(last);
        }
        Ok(outcomes)
    }

    /// Keeps what another log has. `newest` is the newest id here.
    ///
    /// # Errors
    /// When nothing was kept, or it is not known.
    pub fn import(&self, import: &Import, newest: EventId) -> Result<(), LogError> {
        let last = import.last(newest)?;
        let address = &self.link.address;
        let mut script = SCRIPTS.import.prepare_invoke();
        for key in ["log", "feed", "channels"] {
            script.key(address.key(key));
        }
        script.arg(&address.prefix).arg(newest.to_string()).arg(last.to_string()).arg(FEED_ENTRIES);
        script.arg(import.messages.len());
        for Message { channel, id, event, data } in &import.messages {
            script.arg(channel.as_str()).arg(id.to_string()).arg(name(event.as_ref())).arg(data);
        }
        for Mark { channel, newest, forgotten } in &import.marks {
            let forgotten = forgotten.map_or_else(String::new, |id| id.to_string());
            script.arg(channel.as_str()).arg(newest.to_string()).arg(forgotten);
        }
        self.invoke(script)
    }

    /// Sends messages to every node that are not kept.
    ///
    /// # Errors
    /// When they were not sent, or it is not known.
    pub fn pass(&self, messages: &[(&Channel, &Draft)], now: Millis) -> Result<(), LogError> {
        let address = &self.link.address;
        let mut script = SCRIPTS.pass.key(address.key("log"));
        script.key(address.key("feed")).arg(now).arg(FEED_ENTRIES);
        for (channel, draft) in messages {
            script.arg(channel.as_str()).arg(name(draft.event.as_ref())).arg(&draft.data);
        }
        self.invoke(script)
    }

    /// Says what this node is like, and hears what the others are.
    ///
    /// # Errors
    /// When Redis is away.
    pub fn meet(&self, own: &Own<'_>) -> Result<Met, LogError> {
        let address = &self.link.address;
        let mut script = SCRIPTS.meet.key(address.key("nodes"));
        script
            .arg(&address.prefix)
            .arg(own.node)
            .arg(own.figures)
            .arg(own.people.version)
            .arg(own.people.list.as_deref().unwrap_or_default())
            .arg(NODE_HOLDS.as_millis().to_string());
        for (node, version) in own.known {
            script.arg(node).arg(*version);
        }
        let answers: Vec<String> = self.with(|connection| script.invoke(connection))?;
        let mut answers = answers.into_iter();
        let has = optional(&answers.next().unwrap_or_default())?;
        let mut others = Vec::new();
        while let (Some(node), Some(figures), Some(version), Some(list)) =
            (answers.next(), answers.next(), answers.next(), answers.next())
        {
            let version = optional(&version)?.unwrap_or_default();
            let people = People { version, list: (!list.is_empty()).then_some(list) };
            others.push(Other { node, figures, people });
        }
        Ok(Met { has, others })
    }

    /// Says that this node is no more.
    ///
    /// # Errors
    /// When Redis is away.
    pub fn leave(&self, node: &str) -> Result<(), LogError> {
        let address = &self.link.address;
        self.with(|connection| {
            let mut pipe = redis::pipe();
            pipe.cmd("DEL").arg(address.key(&format!("node:{node}")));
            pipe.cmd("ZREM").arg(address.key("nodes")).arg(node);
            pipe.exec(connection)
        })
    }

    /// Forgets at most `limit` messages of these channels, and old keys; how many it forgot.
    ///
    /// # Errors
    /// When the log cannot be changed.
    pub fn trim(&self, beyond: Vec<Beyond>, now: Millis, limit: usize) -> Result<usize, LogError> {
        let (address, limit) = (&self.link.address, limit.min(MOST_TRIMMED));
        let mut count = 0;
        for Beyond { channel, rule } in beyond {
            if count == limit {
                break;
            }
            let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
            let mut script = SCRIPTS.trim.key(address.channel(channel.as_str()));
            script
                .key(address.messages(channel.as_str()))
                .key(address.key("feed"))
                .key(address.key("log"))
                .arg(channel.as_str())
                .arg(number(rule.count))
                .arg(number(rule.oldest(now)))
                .arg(number(rule.bytes))
                .arg(limit - count)
                .arg(FEED_ENTRIES);
            count += self.with(|connection| script.invoke::<usize>(connection))?;
        }
        let mut script = SCRIPTS.keys.key(address.key("keys"));
        script
            .key(address.key("keys:age"))
            .key(address.key("feed"))
            .arg(self.state.settings.remembered(now))
            .arg(limit - count)
            .arg(FEED_BYTES);
        Ok(count + self.with(|connection| script.invoke::<usize>(connection))?)
    }
}

/// An event's name as the scripts have it: none is not an empty one.
fn name(event: Option<&EventName>) -> String {
    event.map_or_else(String::new, |event| format!("={}", event.as_str()))
}

/// What the script answers for a request.
fn outcome(answer: &str) -> Result<Outcome, LogError> {
    if let Some(key) = answer.strip_prefix('!') {
        return Ok(Err(KeyReused(key.to_owned())));
    }
    let receipts = answer.split(',').filter(|part| !part.is_empty()).map(|part| {
        let mut parts = part.split(' ');
        let (Some(first), Some(count), Some(duplicate)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(damaged("a receipt", part));
        };
        Ok(Receipt { first: parse(first)?, count: parse(count)?, duplicate: duplicate == "1" })
    });
    receipts.collect::<Result<Vec<_>, _>>().map(Ok)
}
