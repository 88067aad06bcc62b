//! A parked stream: a socket, and the place of its subscriber.

use super::{Parked, head::head, wheel::Tick};
use crate::{
    hub::{
        cursor::{Cursor, Next},
        frame::Frame,
        ring::Entry,
    },
    server::{connections::Held, limits::Place, telemetry::Record},
    sse::encode,
    streams::passes::Pass,
};
use axum::http::response;
use bytes::{Buf, Bytes};
use mio::net::TcpStream;
use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
    sync::{Arc, LazyLock},
    task::{Context, Poll, Waker},
};

/// What ends a body in chunks.
const LAST_CHUNK: Bytes = Bytes::from_static(b"0\r\n\r\n");

/// What fills silence.
static HEARTBEAT: LazyLock<Frame> = LazyLock::new(|| Frame::new(&encode::HEARTBEAT));

/// How much is collected of what waits, in bytes. When it is written it is another stream's turn.
const GATHER: usize = 16 * 1024;

/// The most events in one write.
const EVENTS: usize = 64;

/// A parked stream.
pub(super) struct Member {
    pub socket: TcpStream,
    pub cursor: Cursor,
    pass: Pass,
    tally: Tally,
    _places: (Place, Held),
    waker: Waker,
    /// What its socket is yet to take.
    backlog: Bytes,
    is_ending: bool,
    /// Whether it is among those whose turn comes.
    pub is_queued: bool,
    /// Where it stands in its crowd; none where it goes by itself.
    pub at: Option<usize>,
    /// When something was said last, or its socket took something.
    pub spoke: Tick,
    /// When its deadline is looked at.
    pub due: Tick,
}

/// How a stream goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has all there is.
    Live,
    /// It waits for its socket or for the log.
    Waits,
    /// It could go on, but others can, too.
    More,
    /// It is over.
    Over,
}

impl Member {
    /// The stream on its connection.
    pub fn new(
        parked: Parked,
        head_of: &response::Parts,
        socket: TcpStream,
        held: Held,
        waker: Waker,
        now: Tick,
    ) -> Self {
        let Parked { preamble, cursor, pass, place, record } = parked;
        let mut backlog = head(head_of.status, &head_of.headers);
        backlog.extend_from_slice(Frame::new(&preamble).chunk());
        Self {
            socket,
            cursor,
            pass,
            tally: Tally { record, bytes: preamble.len() as u64 },
            _places: (place, held),
            waker,
            backlog: backlog.into(),
            is_ending: false,
            is_queued: false,
            at: None,
            spoke: now,
            due: now,
        }
    }

    /// Whether its socket has not taken all that it was given.
    pub fn is_blocked(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether it must go by itself to its end: its ticket was ended, its token has expired, or the server drains.
    pub fn must_end(&mut self) -> bool {
        let Self { pass, waker, .. } = self;
        self.is_ending || pass.has_expired() || pass.poll_end(&mut Context::from_waker(waker)).is_ready()
    }

    /// Writes what comes next, by itself. The answer is how it goes on, and how many events it was given.
    pub fn advance(&mut self, now: Tick) -> (Turn, u64) {
        let mut events = 0;
        let turn = self.go_on(&mut events, now).unwrap_or(Turn::Over);
        (turn, events)
    }

    fn go_on(&mut self, events: &mut u64, now: Tick) -> io::Result<Turn> {
        if !self.flush(now)? {
            return Ok(Turn::Waits);
        }
        if !self.must_end() {
            let next = self.gather(events, now);
            if !self.flush(now)? {
                return Ok(Turn::Waits);
            }
            if let Some(turn) = next {
                return Ok(turn);
            }
        }
        if !self.is_ending {
            self.end();
            if !self.flush(now)? {
                return Ok(Turn::Waits);
            }
        }
        self.close();
        Ok(Turn::Over)
    }

    /// Collects what comes next, and says what it waits for after it; nothing, at the end of the events.
    fn gather(&mut self, events: &mut u64, now: Tick) -> Option<Turn> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut size = 0;
        let mut cx = Context::from_waker(&self.waker);
        let turn = loop {
            if size >= GATHER {
                break Some(Turn::More);
            }
            match self.cursor.poll_now(&mut cx) {
                Poll::Ready(Next::Event(frame)) => {
                    size += frame.chunk_len();
                    frames.push(frame);
                }
                Poll::Ready(Next::Live) => break Some(Turn::Live),
                Poll::Pending => break Some(Turn::Waits),
                Poll::Ready(Next::End) => break None,
            }
        };
        *events += frames.len() as u64;
        self.tally.bytes += frames.iter().map(|frame| frame.block_len() as u64).sum::<u64>();
        self.spoke = if frames.is_empty() { self.spoke } else { now };
        self.backlog = match &*frames {
            [frame] => frame.chunk().clone(),
            frames => frames.iter().map(|frame| &**frame.chunk()).collect::<Vec<_>>().concat().into(),
        };
        turn
    }

    /// Writes what came to the whole crowd; these are the entries that it has not had. The answer is how many it was given,
    /// or none where it is over. Whether its socket took all, [`Member::is_blocked`] and the seat say.
    pub fn give(&mut self, entries: &[Entry], end: u64, now: Tick) -> Option<u64> {
        if entries.is_empty() {
            self.cursor.given(end, None);
            return Some(0);
        }
        if self.pass.has_expired() {
            return Some(0);
        }
        let mut given = 0;
        while let Some(waiting) = entries.get(given..).filter(|waiting| !waiting.is_empty()) {
            let mut written = match write(&mut self.socket, waiting) {
                Ok(written) => written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return None,
            };
            self.spoke = now;
            for entry in waiting {
                if written == 0 {
                    break;
                }
                let size = entry.frame.chunk_len();
                self.tally.bytes += entry.frame.block_len() as u64;
                given += 1;
                if written < size {
                    self.backlog = entry.frame.chunk().slice(written..);
                    break;
                }
                written -= size;
            }
            if self.is_blocked() {
                break;
            }
        }
        let last = entries.get(..given).unwrap_or_default().iter().rev().find_map(|entry| entry.id);
        self.cursor.given(end - (entries.len() - given) as u64, last);
        Some(given as u64)
    }

    /// Says that the stream is alive.
    pub fn beat(&mut self, now: Tick) -> io::Result<()> {
        self.backlog = HEARTBEAT.chunk().clone();
        self.tally.bytes += encode::HEARTBEAT.len() as u64;
        self.spoke = now;
        self.flush(now).map(|_| ())
    }

    /// Whether the socket has taken all.
    fn flush(&mut self, now: Tick) -> io::Result<bool> {
        while !self.backlog.is_empty() {
            match self.socket.write(&self.backlog) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.backlog.advance(written);
                    self.spoke = now;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // What a large piece of the log took is not kept.
        self.backlog = Bytes::new();
        Ok(true)
    }

    fn end(&mut self) {
        self.is_ending = true;
        self.backlog = LAST_CHUNK;
        self.tally.record.is_complete();
    }

    fn close(&mut self) {
        // What the client has sent in the meantime is read, so that the system does not reset the connection for its sake.
        let _ = self.socket.read(&mut [0; 4096]);
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}

/// How much was written, which the record is told at the end.
struct Tally {
    record: Arc<Record>,
    bytes: u64,
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.record.sent(usize::try_from(self.bytes).unwrap_or(usize::MAX));
    }
}

/// Writes as much of these as the socket takes in one call.
fn write(socket: &mut TcpStream, entries: &[Entry]) -> io::Result<usize> {
    let written = loop {
        let written = match entries {
            [entry] => socket.write(entry.frame.chunk()),
            entries => {
                let slices: Vec<_> =
                    entries.iter().take(EVENTS).map(|entry| IoSlice::new(entry.frame.chunk())).collect();
                socket.write_vectored(&slices)
            }
        };
        match written {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            written => break written?,
        }
    };
    if written == 0 { Err(ErrorKind::WriteZero.into()) } else { Ok(written) }
}
