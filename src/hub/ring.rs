//! An audience's ring: what its subscribers have still to take.
//!
//! A ring is not without bound: who falls behind it reads the log. So a message costs one push for each audience, and
//! memory does not grow with slow readers.

use super::{
    audience::{Audiences, Interest},
    frame::Frame,
};
use crate::model::EventId;
use slab::Slab;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// The most events in a ring.
pub(super) const RING_EVENTS: usize = 1_024;
/// The most data in a ring, in bytes; one event may be larger.
const RING_BYTES: usize = 1 << 20;
/// A ring that has been emptied keeps room for this many events.
const RING_KEPT: usize = 16;

/// Subscribers with the same interest.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) interest: Interest,
    // A std Mutex: it is not held over an await or while something is woken.
    ring: Mutex<Ring>,
}

impl Audience {
    pub(super) fn new(interest: Interest) -> Self {
        Self { interest, ring: Mutex::default() }
    }

    /// Adds an event, and those who wait for it to `waiting`.
    pub(super) fn push(&self, entry: Entry, waiting: &mut Vec<Waker>) {
        self.ring().push(entry, waiting);
    }

    /// Leaves something out: all of them read the log up to this message. Adds those who wait to `waiting`.
    pub(super) fn go_on_after(&self, newest: EventId, waiting: &mut Vec<Waker>) {
        self.ring().go_on_after(newest, waiting);
    }

    /// How many are in it.
    pub(super) fn seats(&self) -> usize {
        self.ring().seats
    }

    /// How many of them have not taken all.
    pub(super) fn behind(&self) -> usize {
        self.ring().behind
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // No operation leaves the ring half changed, so a panic elsewhere does not make it wrong.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event in a ring.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The message's id; none for what is not kept.
    pub id: Option<EventId>,
    /// The encoded event.
    pub frame: Frame,
}

#[derive(Debug, Default)]
struct Ring {
    /// The number of the first entry; entries are numbered from the ring's beginning.
    first: u64,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The newest id that was ever here.
    newest: Option<EventId>,
    seats: usize,
    /// How many seats have not taken all.
    behind: usize,
    waiting: Slab<Waker>,
}

impl Ring {
    /// The number of the next entry to come.
    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn push(&mut self, entry: Entry, waiting: &mut Vec<Waker>) {
        self.bytes += entry.frame.chunk_len();
        self.newest = entry.id.or(self.newest);
        self.entries.push_back(entry);
        while self.entries.len() > RING_EVENTS || (self.bytes > RING_BYTES && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.frame.chunk_len();
            self.first += 1;
        }
        self.behind = self.seats;
        waiting.extend(self.waiting.drain());
    }

    fn go_on_after(&mut self, newest: EventId, waiting: &mut Vec<Waker>) {
        // An entry that is there no more: whoever wants it is told that it fell behind.
        self.first = self.end() + 1;
        self.entries.clear();
        self.bytes = 0;
        self.newest = Some(newest);
        self.behind = self.seats;
        waiting.extend(self.waiting.drain());
    }

    /// The place of an entry in the ring, if it is there.
    fn at(&self, number: u64) -> Option<usize> {
        number.checked_sub(self.first).and_then(|at| usize::try_from(at).ok())
    }

    /// So many seats have taken everything, or have gone: what nobody waits for is not kept.
    fn caught_up(&mut self, seats: usize) {
        self.behind = self.behind.saturating_sub(seats);
        if self.behind == 0 {
            self.first = self.end();
            self.entries.clear();
            self.entries.shrink_to(RING_KEPT);
            self.bytes = 0;
        }
    }

    fn wait(&mut self, waiting: &mut Option<(u64, usize)>, cx: &Context<'_>) {
        let end = self.end();
        if let Some((number, key)) = *waiting
            && number == end
            && let Some(waker) = self.waiting.get_mut(key)
        {
            waker.clone_from(cx.waker());
        } else {
            *waiting = Some((end, self.waiting.insert(cx.waker().clone())));
        }
    }

    fn wait_no_more(&mut self, waiting: Option<(u64, usize)>) {
        // Whoever waited for an earlier entry was woken, and its place may be another's by now.
        if let Some((number, key)) = waiting
            && number == self.end()
        {
            self.waiting.try_remove(key);
        }
    }
}

/// A place in an audience: where a subscriber stands in its ring.
#[derive(Debug)]
pub struct Seat {
    audiences: Arc<Audiences>,
    audience: Arc<Audience>,
    next: u64,
    /// Where its waker waits, and for the entry of which number.
    waiting: Option<(u64, usize)>,
}

/// The ring has gone on without this seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FellBehind {
    /// The seat is now after this message; what is between must be read from the log.
    pub until: Option<EventId>,
}

impl Seat {
    /// A new one, which takes what comes from now on.
    pub(super) fn new(audiences: Arc<Audiences>, audience: Arc<Audience>) -> Self {
        let mut ring = audience.ring();
        ring.seats += 1;
        let next = ring.end();
        drop(ring);
        Self { audiences, audience, next, waiting: None }
    }

    /// What its audience wants.
    pub fn interest(&self) -> &Interest {
        &self.audience.interest
    }

    /// Takes the next entry; none where there is none yet.
    ///
    /// # Errors
    /// When it is not in the ring any more. The seat is moved to the ring's end.
    pub fn try_next(&mut self) -> Result<Option<Entry>, FellBehind> {
        let mut ring = self.audience.ring();
        let end = ring.end();
        if self.next == end {
            return Ok(None);
        }
        let taken = ring.at(self.next).and_then(|at| ring.entries.get(at)).cloned();
        let outcome = match taken {
            Some(entry) => {
                self.next += 1;
                Ok(Some(entry))
            }
            None => {
                self.next = end;
                Err(FellBehind { until: ring.newest })
            }
        };
        if self.next == end {
            ring.caught_up(1);
        }
        outcome
    }

    /// Ready when there is something to take.
    pub fn poll_ready(&mut self, cx: &Context<'_>) -> Poll<()> {
        let mut ring = self.audience.ring();
        if self.next == ring.end() {
            ring.wait(&mut self.waiting, cx);
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// What tells its audience from others, as long as somebody is in it.
    pub fn audience(&self) -> usize {
        Arc::as_ptr(&self.audience).addr()
    }

    /// What those of its audience have in common who take together. The seat must have taken all there is.
    pub fn crowd(&self) -> Crowd {
        Crowd { audience: self.audience.clone(), next: self.next, waiting: None }
    }

    /// The number of the entry that it takes next.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// It was given everything before this entry by its crowd, which says so to the ring.
    pub const fn given(&mut self, next: u64) {
        self.next = next;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.audiences.leave(&self.audience, |audience| {
            let mut ring = audience.ring();
            if self.next != ring.end() {
                ring.caught_up(1);
            }
            ring.wait_no_more(self.waiting);
            ring.seats -= 1;
        });
    }
}

/// Seats of one audience that are given what comes together, so that the ring is asked once for all of them.
#[derive(Debug)]
pub struct Crowd {
    audience: Arc<Audience>,
    /// The number of the entry that they take next, if they have not taken it already.
    next: u64,
    waiting: Option<(u64, usize)>,
}

impl Crowd {
    /// The number of the entry that they take next.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Puts what came into `entries`, or waits for it.
    ///
    /// # Errors
    /// When some of it is not in the ring any more: each seat must take for itself.
    pub fn poll_take(&mut self, entries: &mut Vec<Entry>, cx: &Context<'_>) -> Poll<Result<(), Outrun>> {
        entries.clear();
        let mut ring = self.audience.ring();
        if self.next == ring.end() {
            ring.wait(&mut self.waiting, cx);
            return Poll::Pending;
        }
        self.waiting = None;
        let Some(at) = ring.at(self.next) else {
            self.next = ring.end();
            return Poll::Ready(Err(Outrun));
        };
        entries.extend(ring.entries.range(at.min(ring.entries.len())..).cloned());
        Poll::Ready(Ok(()))
    }

    /// So many more have everything before the entry of this number.
    pub fn gave(&self, end: u64, seats: usize) {
        let mut ring = self.audience.ring();
        // If more has come in the meantime, nobody has taken everything.
        if end == ring.end() {
            ring.caught_up(seats);
        }
    }

    /// All have it, or go by themselves.
    pub const fn go_on(&mut self, end: u64) {
        self.next = end;
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.audience.ring().wait_no_more(self.waiting);
    }
}

/// The ring has gone on without a crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outrun;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::{
            audience::Interest,
            frame::{Envelope, Form, Outgoing},
        },
        model::{channel::Channel, message::Draft},
    };

    fn send(audiences: &Audiences, number: u64) -> usize {
        let (channel, draft): (Channel, _) =
            ("a".parse().unwrap(), Draft { event: None, data: number.to_string() });
        let envelope = Envelope::of(&channel, Some(EventId::new(1, number)), 1, &draft);
        audiences.send(&[Outgoing::new(envelope)]).len()
    }

    #[test]
    fn a_crowd_takes_for_all_of_its_seats_and_is_woken_once() {
        let audiences = Arc::new(Audiences::new(EventId::new(0, 0)));
        let interest = Interest { selection: "a".parse::<Channel>().unwrap().into(), form: Form::Plain };
        let mut seats: Vec<Seat> = (0..3).map(|_| audiences.join(interest.clone()).0).collect();
        let (mut crowd, mut entries, cx) = (seats[0].crowd(), Vec::new(), Context::from_waker(Waker::noop()));
        assert!(crowd.poll_take(&mut entries, &cx).is_pending());
        assert_eq!((send(&audiences, 1), send(&audiences, 2)), (1, 0));
        assert_eq!(audiences.behind(), 3);
        // One of them takes for itself before the crowd does.
        assert!(seats[2].try_next().unwrap().is_some() && seats[2].try_next().unwrap().is_some());
        assert_eq!(audiences.behind(), 2);
        assert!(matches!(crowd.poll_take(&mut entries, &cx), Poll::Ready(Ok(()))));
        assert_eq!(
            entries.iter().map(|entry| entry.id).collect::<Vec<_>>(),
            [1, 2].map(|n| Some(EventId::new(1, n)))
        );
        // More comes before they have it: nobody has everything then.
        send(&audiences, 3);
        let end = crowd.next() + 2;
        seats.iter_mut().for_each(|seat| seat.given(end));
        crowd.gave(end, 2);
        crowd.go_on(end);
        assert_eq!(audiences.behind(), 3);
        assert!(crowd.poll_take(&mut entries, &cx).is_ready());
        // It gives them to some, and then to the others.
        let end = crowd.next() + 1;
        seats.iter_mut().for_each(|seat| seat.given(end));
        crowd.gave(end, 1);
        assert_eq!(audiences.behind(), 2);
        crowd.gave(end, 2);
        crowd.go_on(end);
        assert_eq!((audiences.behind(), entries.len()), (0, 1));
        assert!(seats.iter_mut().all(|seat| seat.try_next().unwrap().is_none()));
        drop(seats);
        assert_eq!(audiences.watched(), []);
    }

    #[test]
    fn a_crowd_that_is_outrun_says_so_and_each_seat_is_told_where_it_is() {
        let audiences = Arc::new(Audiences::new(EventId::new(0, 0)));
        let interest = Interest { selection: "a".parse::<Channel>().unwrap().into(), form: Form::Plain };
        let mut seat = audiences.join(interest).0;
        let (mut crowd, mut entries, cx) = (seat.crowd(), Vec::new(), Context::from_waker(Waker::noop()));
        let count = RING_EVENTS as u64 + 1;
        (1..=count).for_each(|number| {
            send(&audiences, number);
        });
        assert_eq!(crowd.poll_take(&mut entries, &cx), Poll::Ready(Err(Outrun)));
        assert_eq!(seat.try_next().unwrap_err(), FellBehind { until: Some(EventId::new(1, count)) });
        assert!(crowd.poll_take(&mut entries, &cx).is_pending() && seat.try_next().unwrap().is_none());
    }
}
