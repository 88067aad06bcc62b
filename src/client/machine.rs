//! The status machine: what happens goes in, what is to be done comes out.
//!
//! Pure: the clock and the dice are handed in, so every path is tested without a browser. Time is in milliseconds
//! on any clock that does not step back.

use crate::model::{StreamAddress, Ticket, problem::Problem, query};

/// A time, or a span of it, in milliseconds.
pub type Millis = u64;

/// A connection that has lasted this long was a good one: the next loss starts with the shortest wait again.
const STABLE: Millis = 5_000;
/// An answer that has not come by then does not come.
const CONNECT_TIMEOUT: Millis = 15_000;
/// The widest wait of the first attempt, on top of what the server asks for. It doubles with each attempt.
const FIRST_BACKOFF: Millis = 1_000;
/// No wait is longer than this and what the server asks for.
const LONGEST_BACKOFF: Millis = 30_000;
/// The wait the server asks for, before it could be asked.
const DEFAULT_RETRY: Millis = 2_000;

/// What a person sees of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Never connected.
    #[default]
    Idle,
    /// On its way; also during a reconnect.
    Connecting,
    /// The server has answered and sends.
    Open {
        /// Since when.
        since: Millis,
    },
    /// The connection is gone and will be tried again.
    Waiting {
        /// Which attempt comes next, counted from one.
        attempt: u32,
        /// When.
        until: Millis,
        /// Why it is gone.
        reason: Reason,
    },
    /// Closed by the person.
    Closed,
    /// Closed by the server, for good.
    Ended,
    /// Given up.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// Why a connection is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No answer, or the connection broke.
    Network,
    /// The server answered with this HTTP status.
    Refused(u16),
    /// The answer was no event stream.
    NotAStream,
    /// The browser has no `EventSource`, or does not let it start.
    Unsupported,
}

impl Reason {
    /// Whether trying again can help: a server that is down or overloaded comes back, one that refuses does not.
    const fn is_passing(self) -> bool {
        match self {
            Self::Network => true,
            Self::Refused(status) => matches!(status, 408 | 425 | 429 | 500..),
            Self::NotAStream | Self::Unsupported => false,
        }
    }
}

impl From<&Problem> for Reason {
    fn from(problem: &Problem) -> Self {
        if problem.status == 0 { Self::Network } else { Self::Refused(problem.status) }
    }
}

/// Numbers the connections, so that what a superseded one still has to say is not heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection(u64);

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The person wants the stream.
    Connect,
    /// The person wants it no more.
    Disconnect,
    /// The server has named the stream's address, or has not.
    Addressed(Connection, Result<StreamAddress, Problem>),
    /// The stream is open.
    Opened(Connection),
    /// An event came, with this last event id.
    Received(Connection, String),
    /// The server has sent its last event.
    Finished(Connection),
    /// The connection is gone.
    Lost(Connection, Reason),
    /// The time of the last [`Command::WakeAt`] has come.
    Woken,
    /// The browser is online again.
    Online,
    /// The browser has no network. The connection's own end may not be known for minutes.
    Offline,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the server for the stream's address.
    FetchAddress(Connection),
    /// Open the stream at this URL, listening for these events.
    Open {
        /// The connection's number, to say it in what follows.
        connection: Connection,
        /// Where, with the last event id in it.
        url: String,
        /// The events' names.
        events: Vec<String>,
    },
    /// Close what is open.
    Close,
    /// Send [`Input::Woken`] then; earlier wishes are void.
    WakeAt(Millis),
    /// Tell the server that the ticket's stream is not wanted any more.
    EndOnServer(Ticket),
}

/// The machine. See the module.
#[derive(Debug, Default)]
pub struct Machine {
    status: Status,
    connection: Connection,
    address: Option<StreamAddress>,
    last_event_id: String,
    /// Whether a new Connect goes on after the last event.
    resumes: bool,
    attempts: u32,
    connect_by: Millis,
}

impl Machine {
    /// A machine whose stream is one over all runs: the first goes on after `last_event_id`, and each new one after the
    /// last event of the one before. With [`Machine::default`] each run starts anew.
    pub fn resuming(last_event_id: String) -> Self {
        Self { last_event_id, resumes: true, ..Self::default() }
    }

    /// What a person sees.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Takes what happened at the time `now` and says what to do. `dice` is random, from 0 up to but not 1.
    pub fn handle(&mut self, input: Input, now: Millis, dice: f64) -> Vec<Command> {
        match input {
            Input::Connect => self.connect(now),
            Input::Disconnect => self.disconnect(),
            Input::Woken => self.wake(now, dice),
            Input::Online => self.retry_now(now),
            Input::Offline => self.handle(Input::Lost(self.connection, Reason::Network), now, dice),
            Input::Addressed(connection, address) if self.hears(connection) => match address {
                Ok(address) => {
                    self.address = Some(address);
                    self.open()
                }
                Err(problem) => self.lose(Reason::from(&problem), now, dice),
            },
            Input::Opened(connection) if self.hears(connection) => {
                self.status = Status::Open { since: now };
                vec![]
            }
            Input::Received(connection, id) if self.hears(connection) => {
                self.last_event_id = id;
                vec![]
            }
            Input::Finished(connection) if self.hears(connection) => {
                self.status = Status::Ended;
                vec![Command::Close]
            }
            Input::Lost(connection, reason) if self.hears(connection) => self.lose(reason, now, dice),
            // From a connection that was superseded: its address is not used, so its stream is not opened.
            Input::Addressed(..)
            | Input::Opened(_)
            | Input::Received(..)
            | Input::Finished(_)
            | Input::Lost(..) => vec![],
        }
    }

    /// Whether what this connection has to say is still wanted.
    pub fn hears(&self, connection: Connection) -> bool {
        connection == self.connection && matches!(self.status, Status::Connecting | Status::Open { .. })
    }

    fn connect(&mut self, now: Millis) -> Vec<Command> {
        match self.status {
            Status::Connecting | Status::Open { .. } => vec![],
            Status::Waiting { .. } => self.retry_now(now),
            Status::Idle | Status::Closed | Status::Ended | Status::Failed { .. } => {
                let last_event_id = std::mem::take(&mut self.last_event_id);
                let anew = if self.resumes { Self::resuming(last_event_id) } else { Self::default() };
                *self = Self { connection: self.connection, ..anew };
                self.start(now)
            }
        }
    }

    fn disconnect(&mut self) -> Vec<Command> {
        if !matches!(self.status, Status::Connecting | Status::Open { .. } | Status::Waiting { .. }) {
            return vec![];
        }
        self.status = Status::Closed;
        let end = self.address.take().map(|address| Command::EndOnServer(address.ticket));
        [Command::Close].into_iter().chain(end).collect()
    }

    fn wake(&mut self, now: Millis, dice: f64) -> Vec<Command> {
        match self.status {
            Status::Waiting { until, .. } if now >= until => self.start(now),
            Status::Connecting if now >= self.connect_by => self.lose(Reason::Network, now, dice),
            // A timer may fire early: wait for the rest.
            Status::Waiting { until, .. } => vec![Command::WakeAt(until)],
            Status::Connecting => vec![Command::WakeAt(self.connect_by)],
            _ => vec![],
        }
    }

    fn retry_now(&mut self, now: Millis) -> Vec<Command> {
        if matches!(self.status, Status::Waiting { .. }) { self.start(now) } else { vec![] }
    }

    fn start(&mut self, now: Millis) -> Vec<Command> {
        self.status = Status::Connecting;
        self.connection.0 += 1;
        self.connect_by = now + CONNECT_TIMEOUT;
        let open =
            if self.address.is_some() { self.open() } else { vec![Command::FetchAddress(self.connection)] };
        // The time limit first: if the opening fails at once, what it wishes must not be overruled by this.
        [Command::WakeAt(self.connect_by)].into_iter().chain(open).collect()
    }

    fn open(&self) -> Vec<Command> {
        let Some(address) = &self.address else { return vec![] };
        let mut url = address.url.clone();
        if !self.last_event_id.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str("last_event_id=");
            query::encode(&self.last_event_id, &mut url);
        }
        vec![Command::Open { connection: self.connection, url, events: address.events.clone() }]
    }

    fn lose(&mut self, reason: Reason, now: Millis, dice: f64) -> Vec<Command> {
        if !reason.is_passing() {
            self.status = Status::Failed { reason };
            return vec![Command::Close];
        }
        if matches!(self.status, Status::Open { since } if now.saturating_sub(since) >= STABLE) {
            self.attempts = 0;
        }
        self.attempts += 1;
        let until = now + self.backoff(dice);
        self.status = Status::Waiting { attempt: self.attempts, until, reason };
        vec![Command::Close, Command::WakeAt(until)]
    }

    /// What the server asks for, and on top of it a random part of a span that doubles with each attempt ("full
    /// jitter"): clients that were cut together do not come back together.
    fn backoff(&self, dice: f64) -> Millis {
        let retry = self.address.as_ref().map_or(DEFAULT_RETRY, |address| address.retry_ms.into());
        let doublings = self.attempts.saturating_sub(1).min(16);
        let span = (FIRST_BACKOFF << doublings).min(LONGEST_BACKOFF);
        retry + (span as f64 * dice) as Millis
    }
}

#[cfg(test)]
mod tests;
