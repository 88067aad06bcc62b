//! A subscriber's place: behind the log as long as there is something to catch up with, then in its audience's ring.

use super::{
    audience::{FellBehind, Seat},
    frame::{Envelope, Outgoing},
    log::LogError,
    reader::Reader,
};
use crate::model::{EventId, message::Message};
use bytes::Bytes;
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
const PAGE_BYTES: usize = 64 * 1024;

/// The blocks of a subscription, one by one, without an end: replay and what is live, without a gap or a repeat.
///
/// It ends only if the log cannot be read; the client comes back with its last id.
pub struct Cursor {
    reader: Reader,
    seat: Seat,
    /// Everything up to here has been taken.
    last: EventId,
    /// Reads what comes before the ring's; none where there is nothing to catch up with.
    replay: Option<Replay>,
}

/// Reading the log up to `until`.
struct Replay {
    until: EventId,
    page_size: usize,
    reading: Option<BoxFuture<'static, Result<Vec<Message>, LogError>>>,
    page: VecDeque<Message>,
    is_last_page: bool,
}

impl Cursor {
    /// A cursor after `last`. The seat was taken when the newest message was `head`.
    pub(super) fn new(reader: Reader, seat: Seat, last: EventId, head: EventId) -> Self {
        Self { reader, seat, last, replay: Replay::between(last, head) }
    }

    /// The next block that the log has; none where the ring goes on.
    fn poll_replay(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, LogError>> {
        let Some(replay) = &mut self.replay else { return Poll::Ready(Ok(None)) };
        loop {
            if let Some(message) = replay.page.pop_front() {
                self.last = message.id;
                return Poll::Ready(Ok(Some(
                    Outgoing::new(Envelope::from(&message)).block(self.seat.form()),
                )));
            }
            if replay.is_last_page {
                self.replay = None;
                return Poll::Ready(Ok(None));
            }
            let reading = replay.reading.get_or_insert_with(|| {
                let (reader, selection) = (self.reader.clone(), self.seat.selection().clone());
                let (last, until, limit) = (self.last, replay.until, replay.page_size);
                async move { reader.read(move |log| log.read_after(&selection, last, until, limit)).await }
                    .boxed()
            });
            let page = ready!(reading.poll_unpin(cx))?;
            replay.reading = None;
            replay.turn(page);
        }
    }
}

impl Replay {
    fn between(last: EventId, until: EventId) -> Option<Self> {
        (last < until).then(|| Self {
            until,
            page_size: FIRST_PAGE,
            reading: None,
            page: VecDeque::new(),
            is_last_page: false,
        })
    }

    fn turn(&mut self, page: Vec<Message>) {
        self.is_last_page = page.len() < self.page_size;
        let bytes: usize = page.iter().map(|message| message.data.len()).sum();
        let mean = bytes / page.len().max(1);
        self.page_size = (PAGE_BYTES / mean.max(1)).clamp(1, LARGEST_PAGE);
        self.page = page.into();
    }
}

impl Stream for Cursor {
    type Item = Bytes;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.get_mut();
        loop {
            match ready!(this.poll_replay(cx)) {
                Ok(Some(block)) => return Poll::Ready(Some(block)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "a subscriber's replay failed; its stream ends");
                    return Poll::Ready(None);
                }
            }
            match ready!(this.seat.poll_next(cx)) {
                // Read from the log already: it was kept when the seat was taken, but not yet sent.
                Ok(entry) if entry.id.is_some_and(|id| id <= this.last) => {}
                Ok(entry) => {
                    this.last = entry.id.unwrap_or(this.last);
                    return Poll::Ready(Some(entry.block));
                }
                Err(FellBehind { until }) => {
                    this.replay = until.and_then(|until| Replay::between(this.last, until));
                }
            }
        }
    }
}
