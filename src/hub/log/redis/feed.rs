//! The thread that follows the feed: what any node does comes to this one by it, in the order in which it happened.

use super::{
    super::LogError,
    entry::{self, Item, Raw, number, optional, parse},
    error::{OpenError, reading},
    link::{FORMAT, Hello, LEAST, Link, Session, is_old},
    scripts::SCRIPTS,
    state::{Loaded, State},
};
use crate::backoff::Backoff;
use redis::{Connection, RedisResult};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tracing::{info, warn};

/// How long Redis waits for something new before it says that there is nothing.
const WAIT: Duration = Duration::from_millis(500);
/// How many entries are taken at once. Each has some kilobytes, or one message.
const AT_ONCE: usize = 64;
/// How often it looks whether Redis has the same log still.
const LOOK: Duration = Duration::from_secs(1);
/// How long after a cut it tries again: at first so long at least and twice as long at most, later up to the most.
const RETRY: Duration = Duration::from_millis(50);
const MOST_RETRY: Duration = Duration::from_secs(2);
/// How many channels are read at once.
const CHANNELS: usize = 256;

/// The running thread. It ends, a moment later, when this is dropped.
pub struct Feed {
    is_stopped: Arc<AtomicBool>,
}

impl Feed {
    /// Reads what there is, and follows the feed from there.
    ///
    /// # Errors
    /// When Redis cannot be reached, or has something else under the log's name.
    pub fn start(link: Arc<Link>, state: Arc<State>) -> Result<Self, OpenError> {
        let is_stopped = Arc::new(AtomicBool::new(false));
        let address = link.address.to_string();
        let mut work = Work { link, state, is_stopped: is_stopped.clone(), at: None };
        let failed =
            |error: LogError| OpenError::Unavailable { address: address.clone(), reason: error.to_string() };
        // Nothing is written to one that cannot have it.
        let found = work.link.version().map_err(failed)?;
        if is_old(&found) {
            return Err(OpenError::Old { address: address.clone(), found, least: LEAST });
        }
        let (mut connection, hello) = work.link.connect().map_err(failed)?;
        if hello.format != FORMAT {
            return Err(OpenError::Format { address: address.clone(), found: hello.format, known: FORMAT });
        }
        work.begin(&mut connection, hello).map_err(failed)?;
        super::durability::say(&mut connection, &address);
        thread::Builder::new().name("log-feed".into()).spawn(move || work.run(connection))?;
        Ok(Self { is_stopped })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

struct Work {
    link: Arc<Link>,
    state: Arc<State>,
    is_stopped: Arc<AtomicBool>,
    /// What it follows: the log as the last greeting found it.
    at: Option<Hello>,
}

impl Work {
    fn run(mut self, mut connection: Connection) {
        while let Err(error) = self.follow(&mut connection) {
            self.state.cut();
            warn!(%error, "the log's feed is cut off; nothing can be published until it is back");
            let (began, mut backoff) = (Instant::now(), Backoff::new(RETRY, MOST_RETRY));
            connection = loop {
                thread::sleep(backoff.next(RETRY));
                if self.is_stopped() {
                    return;
                }
                match self.reconnect() {
                    Ok(connection) => break connection,
                    Err(error) => tracing::debug!(%error, "Redis is still away"),
                }
            };
            info!(after = ?began.elapsed(), "the log's feed is followed again");
        }
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    fn reconnect(&mut self) -> Result<Connection, LogError> {
        let (mut connection, hello) = self.link.connect()?;
        let position = self.state.known().position;
        let is_same = self.at.as_ref().is_some_and(|at| at.session == hello.session && at.lost == hello.lost);
        // Where the oldest entries are gone, some of them may not have been seen here.
        if is_same && self.has(&mut connection, position).map_err(|error| reading(&error))? {
            self.state.go_on();
        } else {
            self.begin(&mut connection, hello)?;
        }
        Ok(connection)
    }

    /// Whether the feed goes on right after this entry.
    fn has(&self, connection: &mut Connection, position: u64) -> RedisResult<bool> {
        let next: Vec<Vec<String>> = SCRIPTS
            .ids
            .key(self.link.address.key("feed"))
            .arg(1)
            .arg(0)
            .arg("-")
            .arg("+")
            .invoke(connection)?;
        let fed: Option<u64> =
            redis::cmd("HGET").arg(self.link.address.key("log")).arg("fed").query(connection)?;
        let first = next.first().and_then(|ids| ids.first()).and_then(|id| number(id).ok());
        Ok(fed == Some(position) || first.is_some_and(|first| first <= position + 1))
    }

    /// Reads all that is known of the channels, and follows the feed from there.
    fn begin(&mut self, connection: &mut Connection, hello: Hello) -> Result<(), LogError> {
        let channels = self.load(connection)?;
        self.state.begin(&hello, channels);
        self.at = Some(hello);
        Ok(())
    }

    fn load(&self, connection: &mut Connection) -> Result<Vec<Loaded>, LogError> {
        let address = &self.link.address;
        let (mut names, mut cursor) = (BTreeSet::new(), 0_u64);
        loop {
            let (next, some): (u64, Vec<String>) = redis::cmd("SSCAN")
                .arg(address.key("channels"))
                .arg(cursor)
                .arg("COUNT")
                .arg(CHANNELS)
                .query(connection)
                .map_err(|error| reading(&error))?;
            names.extend(some);
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        let names: Vec<String> = names.into_iter().collect();
        let mut loaded = Vec::with_capacity(names.len());
        for names in names.chunks(CHANNELS) {
            let mut script = SCRIPTS.channels.prepare_invoke();
            for name in names {
                script.key(address.channel(name)).key(address.messages(name));
            }
            let facts: Vec<[String; 5]> = script.invoke(connection).map_err(|error| reading(&error))?;
            for (name, [newest, forgotten, messages, bytes, oldest]) in names.iter().zip(facts) {
                // A channel is in the set a moment before it is anything else.
                let Some(newest) = optional(&newest)? else { continue };
                loaded.push(Loaded {
                    channel: parse(name)?,
                    newest,
                    forgotten: optional(&forgotten)?,
                    oldest: optional(&oldest)?,
                    messages: parse(&messages)?,
                    bytes: parse(&bytes)?,
                });
            }
        }
        Ok(loaded)
    }

    /// Follows the feed until it is cut off, or is another one.
    fn follow(&mut self, connection: &mut Connection) -> Result<(), LogError> {
        let feed = self.link.address.key("feed");
        let mut looked = Instant::now();
        while !self.is_stopped() {
            let position = self.state.known().position;
            // Nothing at all where the time is over.
            let streams: Option<Vec<(String, Vec<Raw>)>> = redis::cmd("XREAD")
                .arg("COUNT")
                .arg(AT_ONCE)
                .arg("BLOCK")
                .arg(WAIT.as_millis().to_string())
                .arg("STREAMS")
                .arg(&feed)
                .arg(format!("{position}-0"))
                .query(connection)
                .map_err(|error| reading(&error))?;
            let entries: Vec<Raw> = streams.into_iter().flatten().flat_map(|(_, entries)| entries).collect();
            let last = entries.last().map(|(id, _)| number(id)).transpose()?.unwrap_or(position);
            let is_torn = last != position + entries.len() as u64;
            let mut items = Vec::new();
            entries.into_iter().try_for_each(|entry| entry::read(entry, &mut items))?;
            if is_torn || items.contains(&Item::Lost) {
                if is_torn {
                    warn!("the log's feed does not go on where this node was; it reads the log anew");
                }
                let (_, hello) = self.link.connect()?;
                self.begin(connection, hello)?;
            } else if !items.is_empty() {
                self.state.take_in(items, last);
            }
            if looked.elapsed() > LOOK {
                looked = Instant::now();
                self.look(connection)?;
            }
        }
        Ok(())
    }

    /// Looks whether it is the same log still: it may have been removed under way, or the server been made a replica of another.
    fn look(&mut self, connection: &mut Connection) -> Result<(), LogError> {
        let (run, beginning): (Option<String>, Option<String>) = redis::cmd("HMGET")
            .arg(self.link.address.key("log"))
            .arg("run")
            .arg("beginning")
            .query(connection)
            .map_err(|error| reading(&error))?;
        let found = run.zip(beginning).map(|(run, beginning)| Session::of(&run, beginning));
        if self.at.as_ref().is_some_and(|at| Some(&at.session) == found.as_ref()) {
            Ok(())
        } else {
            Err(LogError::Away("Redis has another log than before".into()))
        }
    }
}
