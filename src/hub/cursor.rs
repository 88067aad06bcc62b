//! A subscriber's place: behind the log as long as there is something to catch up with, then in its audience's ring.

use super::{
    frame::{Envelope, Frame, Gap, Outgoing},
    log::{Log, LogError, is_full},
    reader::Reader,
    ring::{Entry, FellBehind, Seat},
};
use crate::model::{EventId, message::Message, selection::Selection};
use futures::{FutureExt, Stream, future::BoxFuture};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How many messages are read from the log at first; how many the next time depends on their size.
const FIRST_PAGE: usize = 8;
/// The most messages that are read at once.
const LARGEST_PAGE: usize = 256;
/// How much data a page should have, in bytes: what a slow reader holds in memory.
const REPLAY_BYTES: usize = 64 * 1024;

/// The events of a subscription, one by one, without an end: replay and what is live, without a gap or a repeat. Where
/// messages are missing that were to come next, because they are not kept any more, an event says so in their place.
///
/// It ends only if the log cannot be read; the client comes back with its last id.
pub struct Cursor {
    reader: Reader,
    seat: Seat,
    place: Place,
    /// Reads what comes before the ring's; none where there is nothing to catch up with.
    replay: Option<Replay>,
}

/// Where a subscriber stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Everything up to here has been taken.
    pub after: EventId,
    /// An id that the subscriber had and the log has not: what was around it is lost.
    pub lost: Option<EventId>,
    /// The latest forgetting of which it need not be told: it was, or did not ask for it.
    pub told: u64,
}

impl Place {
    /// After this id.
    pub const fn after(after: EventId) -> Self {
        Self { after, lost: None, told: 0 }
    }

    /// What is missing before the messages of this page. It is said once.
    fn gap(&mut self, page: &Page) -> Option<Gap> {
        let lost = self.lost.take();
        let is_forgotten = page.forgotten > self.told;
        self.told = self.told.max(page.forgotten);
        let after = lost.or(is_forgotten.then_some(self.after))?;
        Some(Gap { after, oldest: page.oldest })
    }
}

/// Reading the log up to `until`.
struct Replay {
    until: EventId,
    page_size: usize,
    reading: Option<BoxFuture<'static, Result<Page, LogError>>>,
    messages: VecDeque<Message>,
    is_last_page: bool,
}

/// What was read.
struct Page {
    messages: Vec<Message>,
    /// The latest forgetting of a message that should be among them.
    forgotten: u64,
    /// The oldest message of the channels that is kept.
    oldest: Option<EventId>,
}

impl Cursor {
    /// A cursor at this place. The seat was taken when the newest message was `head`.
    pub(super) fn new(reader: Reader, seat: Seat, place: Place, head: EventId) -> Self {
        // What is lost is said by the first page, also where there is none.
        let until = head.max(place.lost.unwrap_or(head)).max(place.after);
        let replay = if place.lost.is_some() {
            Some(Replay::until(until))
        } else {
            Replay::between(place.after, until)
        };
        Self { reader, seat, place, replay }
    }

    /// The next event that the log has; none where the ring goes on.
    fn poll_replay(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, LogError>> {
        let Some(replay) = &mut self.replay else { return Poll::Ready(Ok(None)) };
        loop {
            if let Some(message) = replay.messages.pop_front() {
                self.place.after = message.id;
                let frame = Outgoing::new(Envelope::from(&message)).frame(self.seat.form());
                return Poll::Ready(Ok(Some(frame)));
            }
            if replay.is_last_page {
                self.replay = None;
                return Poll::Ready(Ok(None));
            }
            let reading = replay.reading.get_or_insert_with(|| {
                let (reader, selection) = (self.reader.clone(), self.seat.selection().clone());
                let (last, until, limit) = (self.place.after, replay.until, replay.page_size);
                async move { reader.read(move |log| page(log, &selection, last, until, limit)).await }.boxed()
            });
            let page = ready!(reading.poll_unpin(cx))?;
            replay.reading = None;
            let gap = self.place.gap(&page);
            replay.turn(page.messages);
            if let Some(gap) = gap {
                return Poll::Ready(Ok(Some(gap.frame())));
            }
        }
    }
}

/// Reads a page while nothing of it is forgotten: what is not in it was forgotten before.
fn page(
    log: &dyn Log,
    selection: &Selection,
    after: EventId,
    until: EventId,
    limit: usize,
) -> Result<Page, LogError> {
    let mut forgotten = log.forgotten_after(selection, after)?;
    loop {
        let messages = log.read_after(selection, after, until, limit)?;
        let now = log.forgotten_after(selection, after)?;
        if now == forgotten {
            return Ok(Page { messages, forgotten, oldest: log.coverage(selection)?.oldest });
        }
        forgotten = now;
    }
}

impl Replay {
    fn between(last: EventId, until: EventId) -> Option<Self> {
        (last < until).then(|| Self::until(until))
    }

    fn until(until: EventId) -> Self {
        Self { until, page_size: FIRST_PAGE, reading: None, messages: VecDeque::new(), is_last_page: false }
    }

    fn turn(&mut self, messages: Vec<Message>) {
        self.is_last_page = messages.len() < self.page_size && !is_full(&messages);
        let bytes: usize = messages.iter().map(|message| message.data.len()).sum();
        let mean = bytes / messages.len().max(1);
        self.page_size = (REPLAY_BYTES / mean.max(1)).clamp(1, LARGEST_PAGE);
        self.messages = messages.into();
    }
}

/// What a cursor has at the moment.
#[derive(Debug)]
pub enum Next {
    /// The next event.
    Event(Frame),
    /// Nothing more: it has taken all there is.
    Live,
    /// The end: the log cannot be read.
    End,
}

impl Cursor {
    /// The next event, or that there is none yet; this waits only for the log.
    pub fn poll_now(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        loop {
            match ready!(self.poll_replay(cx)) {
                Ok(Some(frame)) => return Poll::Ready(Next::Event(frame)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "a subscriber's replay failed; its stream ends");
                    return Poll::Ready(Next::End);
                }
            }
            match self.seat.try_next() {
                Ok(None) => return Poll::Ready(Next::Live),
                // Read from the log already: it was kept when the seat was taken, but not yet sent.
                Ok(Some(entry)) if entry.id.is_some_and(|id| id <= self.place.after) => {}
                Ok(Some(entry)) => {
                    self.place.after = entry.id.unwrap_or(self.place.after);
                    return Poll::Ready(Next::Event(entry.frame));
                }
                Err(FellBehind { until }) => {
                    self.replay = until.and_then(|until| Replay::between(self.place.after, until));
                }
            }
        }
    }

    /// Its seat. A cursor that is [`Next::Live`] may be given what comes next by its seat's crowd.
    pub const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Those of its crowd's entries, of which the first has this number, that it has not had.
    pub fn fresh<'a>(&self, entries: &'a [Entry], first: u64) -> &'a [Entry] {
        let taken = usize::try_from(self.seat.next().saturating_sub(first)).unwrap_or(usize::MAX);
        let entries = entries.get(taken..).unwrap_or_default();
        // As above, what was read from the log already.
        let had = entries.iter().take_while(|entry| entry.id.is_some_and(|id| id <= self.place.after));
        entries.get(had.count()..).unwrap_or_default()
    }

    /// It was given everything before the entry of this number by the crowd; `last` is the id of the last of them that has one.
    pub fn given(&mut self, next: u64, last: Option<EventId>) {
        self.seat.given(next);
        self.place.after = last.unwrap_or(self.place.after);
    }
}

impl Stream for Cursor {
    type Item = Frame;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        let this = self.get_mut();
        loop {
            match ready!(this.poll_now(cx)) {
                Next::Event(frame) => return Poll::Ready(Some(frame)),
                Next::End => return Poll::Ready(None),
                Next::Live => ready!(this.seat.poll_ready(cx)),
            }
        }
    }
}
