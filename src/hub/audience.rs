//! Who is to get what: subscribers with the same selection and form are one audience, with one ring of blocks.
//!
//! A ring holds only what some subscriber of the audience has still to take, and not without bound: who falls behind
//! it reads the log. So a message costs one push for each audience, and memory does not grow with slow readers.

use super::frame::{Form, Outgoing};
use crate::model::{EventId, channel::Channel, selection::Selection};
use bytes::Bytes;
use slab::Slab;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// The most blocks in a ring.
pub(super) const RING_BLOCKS: usize = 1_024;
/// The most data in a ring, in bytes; one block may be larger.
const RING_BYTES: usize = 1 << 20;
/// A ring that has been emptied keeps room for this many blocks.
const RING_KEPT: usize = 16;

/// What an audience has in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interest {
    /// The channels.
    pub selection: Selection,
    /// The form of the blocks.
    pub form: Form,
}

/// All audiences.
#[derive(Debug)]
pub struct Audiences(Mutex<Index>);

// A std Mutex, here and in the ring: neither is held over an await or while something is woken.
#[derive(Debug)]
struct Index {
    /// The newest message that every ring has which should.
    head: EventId,
    all: HashMap<Interest, Arc<Audience>>,
    /// The audiences of a channel that name their channels one by one.
    named: HashMap<Channel, Vec<Arc<Audience>>>,
    /// The audiences that have a wildcard.
    wild: Vec<Arc<Audience>>,
}

impl Audiences {
    /// None yet. `head` is the newest message there is.
    pub fn new(head: EventId) -> Self {
        let index = Index { head, all: HashMap::new(), named: HashMap::new(), wild: Vec::new() };
        Self(Mutex::new(index))
    }

    /// Joins the audience with this interest: everything that is sent after the head is received, nothing before.
    pub fn join(self: &Arc<Self>, interest: Interest) -> (Seat, EventId) {
        let mut index = self.index();
        let audience = match index.all.get(&interest) {
            Some(audience) => audience.clone(),
            None => index.add(interest),
        };
        let next = audience.ring().admit();
        let seat = Seat { audiences: self.clone(), audience, next, waiting: None };
        (seat, index.head)
    }

    /// Puts messages into the rings of their audiences, in order, and returns those who wait for them.
    pub fn send(&self, messages: &[Outgoing<'_>]) -> Vec<Waker> {
        let mut index = self.index();
        let mut waiting = Vec::new();
        for message in messages {
            let named = index.named.get(message.channel()).into_iter().flatten();
            let wild = index.wild.iter().filter(|it| it.interest.selection.matches(message.channel()));
            for audience in named.chain(wild) {
                let block = message.block(audience.interest.form);
                audience.ring().push(Entry { id: message.id(), block }, &mut waiting);
            }
            if let Some(id) = message.id() {
                index.head = id;
            }
        }
        waiting
    }

    /// What is watched, and by how many.
    pub fn watched(&self) -> Vec<(Selection, usize)> {
        let audiences: Vec<_> = self.index().all.values().cloned().collect();
        audiences.iter().map(|it| (it.interest.selection.clone(), it.ring().seats)).collect()
    }

    /// How many have something to take that they have not taken yet.
    pub fn behind(&self) -> usize {
        self.index().all.values().map(|audience| audience.ring().behind).sum()
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // No operation leaves the index half changed, so a panic elsewhere does not make it wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn add(&mut self, interest: Interest) -> Arc<Audience> {
        let audience = Arc::new(Audience { interest: interest.clone(), ring: Mutex::default() });
        match interest.channels() {
            Some(channels) => {
                for channel in channels {
                    self.named.entry(channel).or_default().push(audience.clone());
                }
            }
            None => self.wild.push(audience.clone()),
        }
        self.all.insert(interest, audience.clone());
        audience
    }

    fn remove(&mut self, audience: &Arc<Audience>) {
        self.all.remove(&audience.interest);
        for channel in audience.interest.channels().unwrap_or_default() {
            if let Some(named) = self.named.get_mut(&channel) {
                named.retain(|other| !Arc::ptr_eq(other, audience));
                if named.is_empty() {
                    self.named.remove(&channel);
                }
            }
        }
        self.wild.retain(|other| !Arc::ptr_eq(other, audience));
    }
}

impl Interest {
    /// The channels one by one; none where there is a wildcard.
    fn channels(&self) -> Option<Vec<Channel>> {
        self.selection.patterns().iter().map(|pattern| pattern.channel()).collect()
    }
}

#[derive(Debug)]
struct Audience {
    interest: Interest,
    ring: Mutex<Ring>,
}

impl Audience {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A block in a ring.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The message's id; none for what is not kept.
    pub id: Option<EventId>,
    /// The encoded event.
    pub block: Bytes,
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

    fn admit(&mut self) -> u64 {
        self.seats += 1;
        self.end()
    }

    fn push(&mut self, entry: Entry, waiting: &mut Vec<Waker>) {
        self.bytes += entry.block.len();
        self.newest = entry.id.or(self.newest);
        self.entries.push_back(entry);
        while self.entries.len() > RING_BLOCKS || (self.bytes > RING_BYTES && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.block.len();
            self.first += 1;
        }
        self.behind = self.seats;
        waiting.extend(self.waiting.drain());
    }

    /// A seat has taken everything, or has gone: what nobody waits for is not kept.
    fn caught_up(&mut self) {
        self.behind -= 1;
        if self.behind == 0 {
            self.first = self.end();
            self.entries.clear();
            self.entries.shrink_to(RING_KEPT);
            self.bytes = 0;
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
    /// The form of the blocks.
    pub fn form(&self) -> Form {
        self.audience.interest.form
    }

    /// The channels.
    pub fn selection(&self) -> &Selection {
        &self.audience.interest.selection
    }

    /// Takes the next entry, or waits for it.
    ///
    /// # Errors
    /// When it is not in the ring any more. The seat is moved to the ring's end.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Entry, FellBehind>> {
        let mut ring = self.audience.ring();
        let end = ring.end();
        if self.next == end {
            Self::wait(&mut self.waiting, &mut ring, end, cx);
            return Poll::Pending;
        }
        self.waiting = None;
        let taken =
            self.next.checked_sub(ring.first).and_then(|at| ring.entries.get(usize::try_from(at).ok()?));
        let outcome = match taken.cloned() {
            Some(entry) => {
                self.next += 1;
                Ok(entry)
            }
            None => {
                self.next = end;
                Err(FellBehind { until: ring.newest })
            }
        };
        if self.next == end {
            ring.caught_up();
        }
        Poll::Ready(outcome)
    }

    fn wait(waiting: &mut Option<(u64, usize)>, ring: &mut Ring, end: u64, cx: &Context<'_>) {
        if let Some((number, key)) = *waiting
            && number == end
            && let Some(waker) = ring.waiting.get_mut(key)
        {
            waker.clone_from(cx.waker());
        } else {
            *waiting = Some((end, ring.waiting.insert(cx.waker().clone())));
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut index = self.audiences.index();
        let mut ring = self.audience.ring();
        let end = ring.end();
        if self.next != end {
            ring.caught_up();
        } else if let Some((number, key)) = self.waiting
            && number == end
        {
            ring.waiting.try_remove(key);
        }
        ring.seats -= 1;
        let is_last = ring.seats == 0;
        drop(ring);
        if is_last {
            index.remove(&self.audience);
        }
    }
}
