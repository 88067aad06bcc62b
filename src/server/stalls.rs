//! Who takes nothing over HTTP/2. There a client can keep its connection lively and still take nothing of an answer, so the
//! time limits of the connection do not see it. What waits for it is kept in memory as long.

use super::observed::observed;
use axum::body::Body;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

/// The answers of one connection that wait for their client.
#[derive(Debug)]
pub(super) struct Stalls {
    opened: Instant,
    was_asked: AtomicBool,
    next: AtomicU64,
    // A std Mutex: never held over an await.
    waiting: Mutex<HashMap<u64, Instant>>,
}

impl Stalls {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            was_asked: AtomicBool::new(false),
            next: AtomicU64::new(0),
            waiting: Mutex::default(),
        })
    }

    /// Notes that a request has come.
    pub fn asked(&self) {
        self.was_asked.store(true, Ordering::Relaxed);
    }

    /// Whether nothing was asked for `first`, or an answer has waited for `longest`.
    pub fn are_too_long(&self, first: Duration, longest: Duration) -> bool {
        let is_idle = !self.was_asked.load(Ordering::Relaxed) && self.opened.elapsed() > first;
        is_idle || self.waiting().values().any(|since| since.elapsed() > longest)
    }

    /// The same body, watched. It is asked for its next piece only when there is room for one. So it waits for its client
    /// from the beginning on, and after each piece, until it is asked and has none.
    pub fn watch(self: &Arc<Self>, body: Body) -> Body {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting().insert(number, Instant::now());
        let answer = Answer { stalls: self.clone(), number };
        observed(body, move |polled, _| {
            let Answer { stalls, number } = &answer;
            let mut waiting = stalls.waiting();
            if matches!(polled, Poll::Ready(Some(_))) {
                waiting.insert(*number, Instant::now());
            } else {
                waiting.remove(number);
            }
        })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer on its way.
struct Answer {
    stalls: Arc<Stalls>,
    number: u64,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.stalls.waiting().remove(&self.number);
    }
}
