//! A subscriber's place: behind the log as long as there is something to catch up with, then in its audience's ring.

use super::{
    frame::{Frame, Gap},
    log::LogError,
    replay::{FIRST_PAGE, Page, Pages, Reading},
    ring::{Entry, FellBehind, Seat},
};
use crate::model::EventId;
use futures::{FutureExt, Stream};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// The events of a subscription, one by one, without an end: replay and what is live, without a gap or a repeat. Where
/// messages are missing that were to come next, because they are not kept any more, an event says so in their place.
///
/// It ends only if the log cannot be read; the client comes back with its last id.
pub struct Cursor {
    pages: Arc<Pages>,
    seat: Seat,
    place: Place,
    /// Reads what comes before the ring's; none where there is nothing to catch up with.
    // In a box: there are many cursors, and few of them replay.
    replay: Option<Box<Replay>>,
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

    /// After this id, in a log that is without what was published between the ids of `lost`.
    pub fn beside(after: EventId, lost: Option<(EventId, EventId)>) -> Self {
        match lost {
            // Between the two there may have been something for them, which nobody knows any more. Whoever had all that
            // is left goes on behind it, so that they are told once.
            Some((from, until)) if after < until => {
                let at = if after < from { after } else { until };
                Self { lost: Some(after), ..Self::after(at) }
            }
            _ => Self::after(after),
        }
    }

    /// Whether an entry of the ring was read from the log already: it was kept when the seat was taken, but not yet sent.
    fn has(&self, entry: &Entry) -> bool {
        entry.id.is_some_and(|id| id <= self.after)
    }

    /// Whether this page can be another's, too: nothing is to be said of what is missing before it.
    const fn is_whole(&self, page: &Page) -> bool {
        self.lost.is_none() && page.forgotten <= self.told
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
    size: usize,
    /// The page that comes next, and whether it is read for this cursor alone.
    reading: Option<(Reading, bool)>,
    /// The page that is there, and how much of it has been taken.
    page: Option<(Arc<Page>, usize)>,
}

impl Cursor {
    /// A cursor at this place. The seat was taken when the newest message was `head`.
    pub(super) fn new(pages: Arc<Pages>, seat: Seat, place: Place, head: EventId) -> Self {
        let mut cursor = Self { pages, seat, place, replay: None };
        cursor.replay(head);
        cursor
    }

    /// Reads the log from where it is up to here.
    fn replay(&mut self, until: EventId) {
        // What is lost is said by the first page, also where there is nothing in it.
        let until = until.max(self.place.after);
        self.replay = if self.place.lost.is_some() {
            Some(Replay::until(until).into())
        } else {
            Replay::between(self.place.after, until)
        };
    }

    /// The next event that the log has; none where the ring goes on.
    fn poll_replay(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame>, Arc<LogError>>> {
        let Self { pages, seat, place, replay: Some(replay) } = self else { return Poll::Ready(Ok(None)) };
        loop {
            if let Some((page, taken)) = &mut replay.page {
                // What comes after `until` is in the ring, too, and there it has what is not kept before it.
                if let Some((id, frame)) = page.events.get(*taken).filter(|(id, _)| *id <= replay.until) {
                    *taken += 1;
                    place.after = *id;
                    return Poll::Ready(Ok(Some(frame.clone())));
                }
                place.after = place.after.max(page.through.min(replay.until));
                if place.after >= replay.until {
                    self.replay = None;
                    return Poll::Ready(Ok(None));
                }
                replay.size = page.next_size();
                replay.page = None;
            }
            let (reading, is_own) = replay.reading.get_or_insert_with(|| {
                let is_lost = place.lost.is_some();
                let read = if is_lost { Pages::read } else { Pages::page };
                (read(pages, seat.interest(), place.after, replay.size), is_lost)
            });
            let page = ready!(reading.poll_unpin(cx))?;
            // Another's may not reach so far, and does not say what this one missed.
            let serves = *is_own || page.has(place.after) && place.is_whole(&page);
            if !serves {
                replay.reading = Some((pages.read(seat.interest(), place.after, replay.size), true));
                continue;
            }
            replay.reading = None;
            let gap = place.gap(&page);
            let position = page.position(place.after);
            replay.page = Some((page, position));
            if let Some(gap) = gap {
                return Poll::Ready(Ok(Some(gap.frame())));
            }
        }
    }
}

impl Replay {
    fn between(last: EventId, until: EventId) -> Option<Box<Self>> {
        (last < until).then(|| Self::until(until).into())
    }

    const fn until(until: EventId) -> Self {
        Self { until, size: FIRST_PAGE, reading: None, page: None }
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
                Ok(Some(entry)) if self.place.has(&entry) => {}
                Ok(Some(entry)) => {
                    self.place.after = entry.id.unwrap_or(self.place.after);
                    return Poll::Ready(Next::Event(entry.frame));
                }
                Err(FellBehind { until }) => {
                    // Where several nodes share a log it may have lost something meanwhile.
                    let Place { after, lost, .. } = Place::beside(self.place.after, self.pages.lost());
                    self.place = Place { after, lost, ..self.place };
                    self.replay(until.unwrap_or(after));
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
        let had = entries.iter().take_while(|entry| self.place.has(entry));
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
