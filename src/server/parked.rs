//! Parked streams: those of plain HTTP/1.1. Once such a stream is allowed and its head is known, its socket is taken from
//! the connection's task and given to a thread that has nothing else to do: there is one for each core. What all streams of
//! an audience wait for is looked up once, and then written to one socket after the other, with nothing in between.
//!
//! Streams over TLS or HTTP/2 have bodies as other answers have: `event_stream`.

mod fan;
mod head;
mod member;
mod pace;
mod wheel;

use super::{connections::Held, limits::Place, telemetry::Record};
use crate::{hub::cursor::Cursor, streams::passes::Pass};
use axum::{http::response, response::Response};
use bytes::Bytes;
use fan::{BELL, Fan};
use mio::Poll;
use prometheus_client::metrics::counter::Counter;
use std::{
    io, mem,
    net::TcpStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{self, Waker},
    thread::JoinHandle,
    time::Duration,
};
use tokio::runtime::Handle;

/// A stream that is to be parked.
pub(super) struct Parked {
    /// What it begins with.
    pub preamble: Bytes,
    /// Its events.
    pub cursor: Cursor,
    /// Lets it be ended.
    pub pass: Pass,
    /// Its place among those who have a stream open.
    pub place: Place,
    /// Its line in the log.
    pub record: Arc<Record>,
}

/// Where a handler leaves a stream that its request's connection is to park.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<(Option<Parked>, Option<response::Parts>)>>);

impl Slot {
    /// Leaves a stream.
    pub fn put(&self, parked: Parked) {
        self.lock().0 = Some(parked);
    }

    /// Takes the head of the stream that was left; an answer without a stream is given back.
    pub fn take_head(&self, response: Response) -> Option<Response> {
        let mut left = self.lock();
        if left.0.is_none() {
            return Some(response);
        }
        left.1 = Some(response.into_parts().0);
        None
    }

    /// Whether there is a stream with its head.
    pub fn is_full(&self) -> bool {
        self.lock().1.is_some()
    }

    /// Takes the stream with its head.
    pub fn take(&self) -> Option<(Parked, response::Parts)> {
        let mut left = self.lock();
        left.0.take().zip(left.1.take())
    }

    fn lock(&self) -> MutexGuard<'_, (Option<Parked>, Option<response::Parts>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long streams may be silent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// After so long something is said.
    pub heartbeat: Duration,
    /// After so long a socket that takes nothing is closed.
    pub stalled: Duration,
}

/// A stream on its way to a thread.
struct Arrival {
    parked: Parked,
    head: response::Parts,
    socket: TcpStream,
    held: Held,
}

/// For whom there is something.
#[derive(Clone, Copy, Debug)]
enum Wake {
    /// For those of this audience.
    Audience(usize),
    /// For the stream with this key.
    Member(usize),
}

/// What a thread has to look at. Whatever is put into it wakes the thread.
struct Inbox {
    bell: mio::Waker,
    // A std Mutex: held to put something in, or to take everything.
    letters: Mutex<Letters>,
}

#[derive(Default)]
struct Letters {
    wakes: Vec<Wake>,
    arrivals: Vec<Arrival>,
    is_closed: bool,
}

impl Inbox {
    /// Puts something in, and rings if it is the first.
    fn put(&self, put: impl FnOnce(&mut Letters)) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = letters.wakes.is_empty() && letters.arrivals.is_empty() && !letters.is_closed;
        put(&mut letters);
        drop(letters);
        if was_empty && let Err(error) = self.bell.wake() {
            tracing::error!(%error, "a thread of parked streams cannot be woken");
        }
    }

    /// What came; nothing when it was closed.
    fn take(&self) -> Option<(Vec<Wake>, Vec<Arrival>)> {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        let Letters { wakes, arrivals, is_closed } = &mut *letters;
        (!*is_closed).then(|| (mem::take(wakes), mem::take(arrivals)))
    }

    fn waker(self: &Arc<Self>, wake: Wake) -> Waker {
        Arc::new(Bell { inbox: self.clone(), wake }).into()
    }
}

/// Wakes somebody in a thread.
struct Bell {
    inbox: Arc<Inbox>,
    wake: Wake,
}

impl task::Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.inbox.put(|letters| letters.wakes.push(self.wake));
    }
}

/// The threads.
pub(super) struct Fans {
    inboxes: Vec<Arc<Inbox>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    next: AtomicUsize,
}

impl Fans {
    /// A thread for each core. It needs a runtime, in which the log is read.
    ///
    /// # Errors
    /// When the system gives no thread, or no way to wait for sockets.
    pub fn start(timing: Timing, deliveries: &Counter) -> io::Result<Self> {
        let count = std::thread::available_parallelism()?.get();
        let (mut inboxes, mut threads) = (Vec::new(), Vec::new());
        for number in 0..count {
            let poll = Poll::new()?;
            let bell = mio::Waker::new(poll.registry(), BELL)?;
            let inbox = Arc::new(Inbox { bell, letters: Mutex::default() });
            let (fan, runtime) =
                (Fan::new(poll, inbox.clone(), timing, deliveries.clone()), Handle::current());
            let thread = std::thread::Builder::new().name(format!("fan-{number}"));
            threads.push(thread.spawn(move || {
                let _runtime = runtime.enter();
                fan.run();
            })?);
            inboxes.push(inbox);
        }
        Ok(Self { inboxes, threads: Mutex::new(threads), next: AtomicUsize::new(0) })
    }

    /// Parks a stream on this socket. `held` is what its connection has as long as it lives.
    pub fn park(&self, parked: Parked, head: response::Parts, socket: TcpStream, held: Held) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(inbox) = self.inboxes.get(turn % self.inboxes.len().max(1)) {
            inbox.put(|letters| letters.arrivals.push(Arrival { parked, head, socket, held }));
        }
    }

    /// Ends the threads, and with them whatever is still parked.
    pub fn stop(&self) {
        for inbox in &self.inboxes {
            inbox.put(|letters| letters.is_closed = true);
        }
        let threads = mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}
