//! Who is connected. Every open stream holds a [`Pass`]; one that was opened with a ticket can be ended by it.

use super::presence::Stay;
use crate::{access::token::now, model::Ticket};
use futures::task::AtomicWaker;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// How many ended tickets are remembered, so that a late reconnect is told to stop. The oldest is forgotten first.
const ENDED_TICKETS: usize = 10_000;

/// The open streams. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Passes(Arc<Mutex<State>>);

// A std Mutex: it is never held over an await, and every operation under it is constant time.
#[derive(Debug, Default)]
struct State {
    issued: u64,
    open: HashMap<u64, Arc<End>>,
    by_ticket: HashMap<Ticket, u64>,
    draining: bool,
    ended: HashSet<Ticket>,
    ended_in_order: VecDeque<Ticket>,
}

impl State {
    fn end(&self, number: u64) {
        if let Some(end) = self.open.get(&number) {
            end.come();
        }
    }

    fn check(&self, ticket: Option<&Ticket>) -> Result<(), TicketEnded> {
        if ticket.is_some_and(|ticket| self.ended.contains(ticket)) { Err(TicketEnded) } else { Ok(()) }
    }
}

/// The ticket's stream was ended; it is not opened again.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this ticket's stream was ended")]
pub struct TicketEnded;

impl Passes {
    /// Registers a stream that is being opened.
    ///
    /// A ticket names one stream: what it had open before is ended, because a client that reconnects may be faster
    /// than the news of its broken connection. A ticket that is unknown is as good as a known one, since it may
    /// come from before a restart.
    ///
    /// # Errors
    /// When the ticket's stream was ended.
    pub fn enter(&self, ticket: Option<Ticket>) -> Result<Pass, TicketEnded> {
        let mut state = self.state();
        state.check(ticket.as_ref())?;
        state.issued += 1;
        let number = state.issued;
        let end = Arc::new(End::default());
        if state.draining {
            end.come();
        }
        state.open.insert(number, end.clone());
        if let Some(ticket) = &ticket
            && let Some(before) = state.by_ticket.insert(ticket.clone(), number)
        {
            state.end(before);
        }
        Ok(Pass { passes: self.clone(), ticket, number, end, stay: None, expiry: None })
    }

    /// Whether [`Passes::enter`] would take this ticket now.
    ///
    /// # Errors
    /// When the ticket's stream was ended.
    pub fn check(&self, ticket: Option<&Ticket>) -> Result<(), TicketEnded> {
        self.state().check(ticket)
    }

    /// Ends the ticket's stream now, and refuses its reconnects.
    pub fn end(&self, ticket: &Ticket) {
        let mut state = self.state();
        if let Some(number) = state.by_ticket.remove(ticket) {
            state.end(number);
        }
        if state.ended.insert(ticket.clone()) {
            state.ended_in_order.push_back(ticket.clone());
        }
        if state.ended_in_order.len() > ENDED_TICKETS
            && let Some(oldest) = state.ended_in_order.pop_front()
        {
            state.ended.remove(&oldest);
        }
    }

    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.state().open.len()
    }

    /// Ends every open stream, one after another over this time, so that their clients do not come back all at once.
    /// Streams that are opened from now on end at once.
    pub async fn drain(&self, over: Duration) {
        let open: Vec<_> = {
            let mut state = self.state();
            state.draining = true;
            state.open.values().cloned().collect()
        };
        let start = Instant::now();
        let count = u32::try_from(open.len()).unwrap_or(u32::MAX);
        for (index, end) in (0..).zip(open) {
            sleep_until(start + over * index / count).await;
            end.come();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No operation leaves the state half changed, so a panic elsewhere does not make it wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of one stream: whether it has come, and who waits for it. Smaller than a channel, since every stream has one.
#[derive(Debug, Default)]
struct End {
    has_come: AtomicBool,
    waiting: AtomicWaker,
}

impl End {
    fn come(&self) {
        self.has_come.store(true, Ordering::Release);
        self.waiting.wake();
    }
}

/// An open stream's registration, for as long as it lives.
#[derive(Debug)]
pub struct Pass {
    passes: Passes,
    ticket: Option<Ticket>,
    number: u64,
    end: Arc<End>,
    /// What it says of who is where.
    stay: Option<Box<Stay>>,
    /// When the token ends that it was opened with: by the clock, and what wakes the stream then.
    expiry: Option<Box<(Duration, Pin<Box<Sleep>>)>>,
}

impl Pass {
    /// The same, for a stream that says who is where.
    pub fn with(mut self, stay: Option<Stay>) -> Self {
        self.stay = stay.map(Box::new);
        self
    }

    /// The same, for a stream that ends at this time at the latest, in seconds since 1970.
    pub fn until(mut self, until: Option<u64>) -> Self {
        self.expiry = until.map(|until| {
            let until = Duration::from_secs(until);
            Box::new((until, Box::pin(sleep(until.saturating_sub(now())))))
        });
        self
    }

    /// Whether its token has expired.
    pub fn has_expired(&self) -> bool {
        // Not by the timer, which stands still while the machine sleeps.
        self.expiry.as_ref().is_some_and(|expiry| expiry.0 <= now())
    }

    /// Ready when the stream is to end: its ticket was ended or used to open another, its token has expired, or the
    /// server drains.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.expiry.as_mut().is_some_and(|expiry| expiry.1.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(());
        }
        // Registered before it is read: an end that comes in between wakes.
        self.end.waiting.register(cx.waker());
        if self.end.has_come.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = self.passes.state();
        state.open.remove(&self.number);
        if let Some(ticket) = &self.ticket
            && state.by_ticket.get(ticket) == Some(&self.number)
        {
            state.by_ticket.remove(ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ended(pass: &Pass) -> bool {
        pass.end.has_come.load(Ordering::Acquire)
    }

    fn ticket(n: u128) -> Option<Ticket> {
        Some(Ticket::new(n.to_be_bytes()))
    }

    #[test]
    fn a_pass_counts_until_it_is_dropped() {
        let passes = Passes::default();
        let (one, two) = (passes.enter(None).unwrap(), passes.enter(ticket(1)).unwrap());
        assert_eq!(passes.open(), 2);
        drop((one, two));
        assert_eq!(passes.open(), 0);
        assert!(passes.state().by_ticket.is_empty());
    }

    #[test]
    fn a_ticket_ends_its_stream_and_stays_ended() {
        let passes = Passes::default();
        let (pass, other) = (passes.enter(ticket(1)).unwrap(), passes.enter(ticket(2)).unwrap());
        passes.end(pass.ticket.as_ref().unwrap());
        assert!(is_ended(&pass) && !is_ended(&other));
        assert_eq!(passes.enter(ticket(1)).err(), Some(TicketEnded));
    }

    #[test]
    fn a_ticket_has_one_stream_and_the_newest_wins() {
        let passes = Passes::default();
        let first = passes.enter(ticket(1)).unwrap();
        let second = passes.enter(ticket(1)).unwrap();
        assert!(is_ended(&first) && !is_ended(&second));
        drop(first);
        assert_eq!(passes.state().by_ticket.len(), 1, "the end of the first leaves the second registered");
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_spreads_the_ends_and_lets_nobody_in() {
        let passes = Passes::default();
        let mut open: Vec<_> = (0..4).map(|_| passes.enter(None).unwrap()).collect();
        let start = Instant::now();
        let ends = open.iter_mut().map(async |pass| {
            std::future::poll_fn(|cx| pass.poll_end(cx)).await;
            start.elapsed().as_secs()
        });
        let (mut ends, ()) =
            futures::join!(futures::future::join_all(ends), passes.drain(Duration::from_secs(8)));
        ends.sort_unstable();
        assert_eq!(ends, [0, 2, 4, 6]);
        assert!(is_ended(&passes.enter(None).unwrap()));
    }

    #[test]
    fn what_was_ended_is_remembered_within_bounds() {
        let passes = Passes::default();
        for n in 0..=ENDED_TICKETS as u128 {
            passes.end(&ticket(n).unwrap());
            passes.end(&ticket(n).unwrap());
        }
        assert_eq!(passes.state().ended.len(), ENDED_TICKETS);
        assert!(passes.enter(ticket(0)).is_ok() && passes.enter(ticket(1)).is_err());
    }
}
