//! Connections to Redis, each greeted before it is used.

use super::{
    super::LogError,
    address::Address,
    entry::{optional, parse},
    error::{Failure, reading},
    scripts::SCRIPTS,
    state::State,
};
use crate::{hub::log::Millis, model::EventId};
use redis::{Connection, RedisError, RedisResult};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an answer may take. Redis writes to its disk before it answers, and a disk may be slow.
const ANSWER: Duration = Duration::from_secs(5);

/// The format that is written and read here.
pub const FORMAT: &str = "1";

/// The oldest version that has what the scripts use: XTRIM up to an id, and XRANGE after one.
pub const LEAST: (u32, u32) = (6, 2);

/// A connection that is kept for the next who needs one.
pub struct Kept {
    connection: Connection,
    /// The log that it was greeted with.
    session: Session,
    /// How often the feed had been cut off when it was made: what cuts that cuts all of them.
    cuts: u64,
}

/// Makes connections.
pub struct Link {
    /// Where to.
    pub address: Address,
    state: Arc<State>,
    /// When the log begins if there is none, by the clock of who opens it; later, by the time then.
    begins: Millis,
    /// What the last connection found.
    // A std Mutex: held while a connection is greeted, so that only the first after a cut compares.
    session: Mutex<Option<Session>>,
}

/// What tells the log as it is from what it was: the run of Redis, and when the log was made, as the scripts have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(String);

impl Session {
    /// That of a log with this run and beginning.
    pub fn of(run: &str, beginning: impl fmt::Display) -> Self {
        Self(format!("{run} {beginning}"))
    }

    /// For the scripts that write: they refuse another.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What Redis answers to a greeting.
#[derive(Clone, Debug)]
pub struct Hello {
    /// The format of the log.
    pub format: String,
    /// What it is.
    pub session: Session,
    /// The newest id.
    pub newest: EventId,
    /// What was published between these is lost.
    pub lost: Option<(EventId, EventId)>,
    /// The number of the feed's last entry.
    pub fed: u64,
    /// Whether this node had seen what is lost, and nobody knew yet.
    pub is_loss: bool,
}

impl Link {
    /// Connections to this place.
    pub fn new(address: Address, state: Arc<State>, begins: Millis) -> Self {
        Self { address, state, begins, session: Mutex::default() }
    }

    /// A connection, and what Redis said.
    ///
    /// # Errors
    /// When there is none to be had.
    pub fn connect(&self) -> Result<(Connection, Hello), LogError> {
        self.greeted().map_err(|error| reading(&error))?
    }

    /// Its version. Valkey says that of the Redis which it is like.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub fn version(&self) -> Result<String, LogError> {
        let version = self.address.connect(CONNECT).and_then(|mut redis| said(&mut redis, "redis_version"));
        version.map_err(|error| reading(&error))
    }

    /// Does something with a connection to the log as it was when that was made; with one of these if it can be used still.
    ///
    /// # Errors
    /// When there is none, or it could not be done.
    pub fn with<R>(
        &self,
        place: &Mutex<Vec<Kept>>,
        work: impl FnOnce(&mut Connection, &Session) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let cuts = {
            let standing = &self.state.known().standing;
            if !standing.is_up {
                return Err(LogError::Away("there is no connection to Redis".into()).into());
            }
            standing.cuts.get()
        };
        let kept = {
            let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
            place.retain(|kept| kept.cuts == cuts);
            place.pop()
        };
        let mut kept = match kept {
            Some(kept) => kept,
            None => {
                let (connection, hello) = self.connect()?;
                Kept { connection, session: hello.session, cuts }
            }
        };
        let result = work(&mut kept.connection, &kept.session);
        if !result.as_ref().is_err_and(Failure::ends_connection) {
            place.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
        result
    }

    fn greeted(&self) -> RedisResult<Result<(Connection, Hello), LogError>> {
        let mut connection = self.address.connect(CONNECT)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        let run = said(&mut connection, "run_id")?;
        // Only this makes a session, so who holds it compares with what was seen before.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, seen) = match session.as_ref() {
            Some(known) => (known.as_str(), self.state.known().newest.to_string()),
            None => Default::default(),
        };
        let begins = if session.is_some() { crate::hub::writer::now() } else { self.begins };
        let answer: Vec<String> = SCRIPTS
            .hello
            .key(self.address.key("log"))
            .key(self.address.key("feed"))
            .arg(begins)
            .arg(&run)
            .arg(known)
            .arg(seen)
            .invoke(&mut connection)?;
        let hello = Hello::read(&run, answer);
        if let Ok(hello) = &hello {
            *session = Some(hello.session.clone());
            if hello.is_loss {
                let known = self.state.known();
                known.standing.losses.inc();
                tracing::error!(
                    seen = %known.newest, kept_until = %hello.lost.map_or(hello.newest, |(after, _)| after),
                    "Redis came back without messages that were seen here; who watches is told that there is a gap"
                );
            }
        }
        Ok(hello.map(|hello| (connection, hello)))
    }
}

/// What Redis says of itself: `run_id` tells this run from others, also from that of a replica which takes over.
fn said(connection: &mut Connection, field: &'static str) -> RedisResult<String> {
    let info: redis::InfoDict = redis::cmd("INFO").arg("server").query(connection)?;
    let missing = || RedisError::from((redis::ErrorKind::Client, "Redis does not say its", field.to_owned()));
    info.get(field).ok_or_else(missing)
}

/// Whether a version is older than what the log needs. One that is not readable is not.
pub fn is_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < LEAST,
        _ => false,
    }
}

impl Hello {
    fn read(run: &str, answer: Vec<String>) -> Result<Self, LogError> {
        let mut answer = answer.into_iter();
        let mut next = || answer.next().unwrap_or_default();
        let format = next();
        let session = Session::of(run, parse::<EventId>(&next())?);
        let newest = parse(&next())?;
        let (after, until) = (optional(&next())?, optional(&next())?);
        Ok(Self {
            format,
            session,
            newest,
            lost: after.zip(until),
            fed: parse(&next())?,
            is_loss: next() == "1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_redis_is_known_by_its_version() {
        for (version, expected) in [
            ("5.0.14", true),
            ("6.0.16", true),
            ("6.2.0", false),
            ("7.0.15", false),
            ("10.1.2", false),
            ("", false),
        ] {
            assert_eq!(is_old(version), expected, "{version}");
        }
    }
}
