//! The status machine: what happens goes in, what is to be done comes out.
//!
//! Pure: the clock and the dice are handed in, so every path is tested without a browser. Time is in milliseconds
//! on any clock that does not step back.

mod status;
mod words;

use crate::model::StreamAddress;
pub use status::{Reason, Status};
pub use words::{Command, Connection, Input, Loss, News};

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
/// A timer that is later than this means that the scripts stood still: the computer slept, or the browser saves power.
/// What came meanwhile may not have been read yet.
const LATE: Millis = 3_000;
/// How long what came meanwhile may take to be read.
const GRACE: Millis = 5_000;

/// The machine. See the module.
#[derive(Debug, Default)]
pub struct Machine {
    status: Status,
    /// The connection that is open, or being opened; the last one, where there is none.
    current: Connection,
    /// Where the stream goes on. None where the server has to be asked.
    address: Option<StreamAddress>,
    last_event_id: String,
    /// Whether a new Connect goes on after the last event.
    resumes: bool,
    /// The wait that the server asks for, as it said last.
    retry: Option<Millis>,
    attempts: u32,
    /// Whether the address was asked for again after a 401 that nothing has made good since.
    is_readdressed: bool,
    is_frozen: bool,
    /// When an answer is given up.
    answer_by: Millis,
    /// When something was heard last.
    heard_at: Millis,
    /// The longest silence that the open connection may keep, where it can be heard.
    silence: Option<Millis>,
    /// When the grace after a late timer ends.
    grace: Option<Millis>,
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
            Input::Reopen if self.is_active() => self.restart(now),
            Input::From(connection, news) if self.hears(connection) => self.hear(connection, news, now, dice),
            Input::Woken => self.wake(now, dice),
            Input::Online if !self.is_frozen => self.retry_now(now),
            Input::Offline if self.is_active() => self.lose(Reason::Network.into(), now, dice),
            Input::Frozen => self.freeze(now),
            Input::Thawed if self.is_frozen => self.start(now),
            // What a superseded connection says is among these: its address is not used, so its stream is not opened.
            Input::Reopen | Input::From(..) | Input::Online | Input::Offline | Input::Thawed => vec![],
        }
    }

    /// Whether what this connection has to say is still wanted.
    pub fn hears(&self, connection: Connection) -> bool {
        self.is_active() && connection == self.current
    }

    fn is_active(&self) -> bool {
        matches!(self.status, Status::Connecting | Status::Open { .. })
    }

    fn connect(&mut self, now: Millis) -> Vec<Command> {
        match self.status {
            Status::Connecting | Status::Open { .. } => vec![],
            Status::Waiting { .. } => self.start(now),
            Status::Idle | Status::Closed | Status::Ended | Status::Failed { .. } => {
                let Self { current, resumes, .. } = *self;
                let last_event_id =
                    if resumes { std::mem::take(&mut self.last_event_id) } else { String::new() };
                *self = Self { current, resumes, last_event_id, ..Self::default() };
                self.start(now)
            }
        }
    }

    fn disconnect(&mut self) -> Vec<Command> {
        if !self.is_active() && !matches!(self.status, Status::Waiting { .. }) {
            return vec![];
        }
        let ticket = self.address.as_ref().and_then(|address| address.ticket.clone());
        let close = self.finish(Status::Closed);
        close.into_iter().chain(ticket.map(Command::EndOnServer)).collect()
    }

    /// The stream is over, one way or another. The next run asks for an address of its own.
    fn finish(&mut self, status: Status) -> Vec<Command> {
        (self.address, self.is_frozen) = (None, false);
        vec![self.close(status)]
    }

    fn close(&mut self, status: Status) -> Command {
        self.status = status;
        Command::Close
    }

    fn hear(&mut self, connection: Connection, news: News, now: Millis, dice: f64) -> Vec<Command> {
        match news {
            News::Addressed(Ok(address)) => {
                self.retry = Some(address.retry_ms.into());
                self.address = Some(address);
                self.open(connection).into_iter().collect()
            }
            News::Addressed(Err(problem)) => self.lose(Reason::from(&problem).into(), now, dice),
            News::Opened { hears_all } => self.opened(hears_all, now),
            News::Alive => self.alive(now),
            News::LastEventId(id) => {
                self.last_event_id = id;
                self.alive(now)
            }
            News::Retry(retry) => {
                self.retry = Some(retry);
                vec![]
            }
            News::Finished => self.finish(Status::Ended),
            News::Lost(Loss { reason: Reason::Refused(401), .. }) if !self.is_readdressed => {
                self.is_readdressed = true;
                self.address = None;
                self.restart(now)
            }
            News::Lost(loss) => self.lose(loss, now, dice),
        }
    }

    fn alive(&mut self, now: Millis) -> Vec<Command> {
        self.heard_at = now;
        if matches!(self.status, Status::Open { .. }) {
            self.grace = None;
        }
        vec![]
    }

    fn opened(&mut self, hears_all: bool, now: Millis) -> Vec<Command> {
        let heartbeat = self.address.as_ref().and_then(|address| address.heartbeat_ms);
        // Two heartbeats may be lost on the way, and the third may be a little late.
        self.silence = heartbeat.filter(|_| hears_all).map(|span| Millis::from(span) * 5 / 2 + 1_000);
        (self.heard_at, self.grace, self.is_readdressed) = (now, None, false);
        if !matches!(self.status, Status::Open { .. }) {
            self.status = Status::Open { since: now };
        }
        self.wake_call().into_iter().collect()
    }

    fn wake(&mut self, now: Millis, dice: f64) -> Vec<Command> {
        match (&self.status, self.deadline()) {
            // A timer may fire early: wait for the rest.
            (_, Some(deadline)) if now < deadline => self.wake_call().into_iter().collect(),
            (Status::Waiting { .. }, Some(_)) => self.start(now),
            (_, Some(deadline)) if self.grace.is_none() && now > deadline + LATE => {
                self.grace = Some(now + GRACE);
                self.wake_call().into_iter().collect()
            }
            (Status::Connecting, Some(_)) => self.lose(Reason::Network.into(), now, dice),
            (Status::Open { .. }, Some(_)) => self.lose(Reason::Silence.into(), now, dice),
            _ => vec![],
        }
    }

    /// When something is to be done though nothing happens.
    fn deadline(&self) -> Option<Millis> {
        let deadline = match self.status {
            Status::Waiting { until, .. } => return (!self.is_frozen).then_some(until),
            Status::Connecting => self.answer_by,
            Status::Open { .. } => self.heard_at + self.silence?,
            _ => return None,
        };
        Some(self.grace.map_or(deadline, |grace| grace.max(deadline)))
    }

    fn wake_call(&self) -> Option<Command> {
        self.deadline().map(Command::WakeAt)
    }

    fn freeze(&mut self, now: Millis) -> Vec<Command> {
        if self.is_frozen || !(self.is_active() || matches!(self.status, Status::Waiting { .. })) {
            return vec![];
        }
        self.is_frozen = true;
        let attempt = self.attempts + 1;
        vec![self.close(Status::Waiting { attempt, until: now, reason: Reason::Frozen })]
    }

    fn retry_now(&mut self, now: Millis) -> Vec<Command> {
        if matches!(self.status, Status::Waiting { .. }) { self.start(now) } else { vec![] }
    }

    fn restart(&mut self, now: Millis) -> Vec<Command> {
        [Command::Close].into_iter().chain(self.start(now)).collect()
    }

    fn start(&mut self, now: Millis) -> Vec<Command> {
        (self.status, self.grace, self.is_frozen) = (Status::Connecting, None, false);
        self.current = Connection(self.current.0 + 1);
        self.answer_by = now + CONNECT_TIMEOUT;
        let open = self.open(self.current).unwrap_or(Command::FetchAddress(self.current));
        // The time limit first: if the opening fails at once, what it wishes must not be overruled by this.
        self.wake_call().into_iter().chain([open]).collect()
    }

    fn open(&self, connection: Connection) -> Option<Command> {
        let (address, last_event_id) = (self.address.clone()?, self.last_event_id.clone());
        Some(Command::Open { connection, address, last_event_id })
    }

    fn lose(&mut self, loss: Loss, now: Millis, dice: f64) -> Vec<Command> {
        let Loss { reason, retry_after } = loss;
        if !reason.is_passing() {
            return self.finish(Status::Failed { reason });
        }
        if matches!(self.status, Status::Open { since } if now.saturating_sub(since) >= STABLE) {
            self.attempts = 0;
        }
        self.attempts += 1;
        let asked = self.retry.unwrap_or(DEFAULT_RETRY).max(retry_after);
        let until = now.saturating_add(asked).saturating_add(self.backoff(dice));
        let attempt = self.attempts;
        vec![self.close(Status::Waiting { attempt, until, reason }), Command::WakeAt(until)]
    }

    /// On top of what the server asks for, a random part of a span that doubles with each attempt ("full jitter"):
    /// clients that were cut together do not come back together.
    fn backoff(&self, dice: f64) -> Millis {
        let doublings = self.attempts.saturating_sub(1).min(16);
        let span = (FIRST_BACKOFF << doublings).min(LONGEST_BACKOFF);
        (span as f64 * dice) as Millis
    }
}

#[cfg(test)]
mod tests;
