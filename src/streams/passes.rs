//! Who is connected. Every open stream holds a [`Pass`]; one that was opened with a ticket can be ended by it.

use crate::model::Ticket;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// How many ended tickets are remembered, so that a late reconnect is told to stop. The oldest is forgotten first.
const ENDED_TICKETS: usize = 10_000;

/// The open streams. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Passes(Arc<Mutex<State>>);

// A std Mutex: it is never held over an await, and every operation under it is constant time.
#[derive(Debug, Default)]
struct State {
    open: usize,
    issued: u64,
    by_ticket: HashMap<Ticket, (u64, CancellationToken)>,
    ended: HashSet<Ticket>,
    ended_in_order: VecDeque<Ticket>,
}

impl State {
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
        state.open += 1;
        state.issued += 1;
        let number = state.issued;
        let ended = CancellationToken::new();
        if let Some(ticket) = &ticket
            && let Some((_, before)) = state.by_ticket.insert(ticket.clone(), (number, ended.clone()))
        {
            before.cancel();
        }
        Ok(Pass { passes: self.clone(), ticket, number, ended })
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
        if let Some((_, ended)) = state.by_ticket.remove(ticket) {
            ended.cancel();
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
        self.state().open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No operation leaves the state half changed, so a panic elsewhere does not make it wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open stream's registration, for as long as it lives.
#[derive(Debug)]
pub struct Pass {
    passes: Passes,
    ticket: Option<Ticket>,
    number: u64,
    ended: CancellationToken,
}

impl Pass {
    /// Resolves when the stream is to end: its ticket was ended, or was used to open another.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = self.passes.state();
        state.open -= 1;
        if let Some(ticket) = &self.ticket
            && state.by_ticket.get(ticket).is_some_and(|(number, _)| *number == self.number)
        {
            state.by_ticket.remove(ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(pass.ended.is_cancelled() && !other.ended.is_cancelled());
        assert_eq!(passes.enter(ticket(1)).err(), Some(TicketEnded));
    }

    #[test]
    fn a_ticket_has_one_stream_and_the_newest_wins() {
        let passes = Passes::default();
        let first = passes.enter(ticket(1)).unwrap();
        let second = passes.enter(ticket(1)).unwrap();
        assert!(first.ended.is_cancelled() && !second.ended.is_cancelled());
        drop(first);
        assert_eq!(passes.state().by_ticket.len(), 1, "the end of the first leaves the second registered");
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
