//! Pages of the log for those who catch up. Many come back at once, to the same place, when a server starts anew or a
//! network heals: what one of them has the log read and encoded serves those who come in the next seconds, too.

use super::{
    audience::Interest,
    frame::{Envelope, Frame, Outgoing},
    log::{Log, LogError, is_full},
    reader::Reader,
};
use crate::{backoff::Backoff, model::EventId};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use prometheus_client::metrics::counter::Counter;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many messages are read from the log at first; how many the next time depends on their size.
pub(super) const FIRST_PAGE: usize = 8;
/// The most messages that are read at once.
const LARGEST_PAGE: usize = 256;
/// How much data a page should have, in bytes.
const PAGE_BYTES: usize = 64 * 1024;

/// How long a replay waits for a log that is away, at first; each time longer, up to the most.
const RETRY: Duration = Duration::from_millis(100);
const MOST_RETRY: Duration = Duration::from_secs(2);

/// How long a page is kept for others.
const SHELF_TIME: Duration = Duration::from_secs(10);
/// How many pages are kept for others, and how many bytes they may have before the oldest is given up.
const SHELF_PAGES: usize = 32;
const SHELF_BYTES: usize = 16 << 20;

/// Messages that follow each other, encoded.
#[derive(Debug)]
pub(super) struct Page {
    /// It has all that comes after this.
    from: EventId,
    /// It has all that was kept up to this.
    pub through: EventId,
    pub events: Vec<(EventId, Frame)>,
    /// The latest forgetting of a message that should be among them.
    pub forgotten: u64,
    /// The oldest message of the channels that is kept.
    pub oldest: Option<EventId>,
}

impl Page {
    /// Whether somebody who has everything up to `after` goes on in it.
    pub fn has(&self, after: EventId) -> bool {
        self.from <= after && after < self.through
    }

    /// Where that is.
    pub fn position(&self, after: EventId) -> usize {
        self.events.partition_point(|(id, _)| *id <= after)
    }

    /// How many messages of this kind make a page of a good size.
    pub fn next_size(&self) -> usize {
        let mean = self.bytes() / self.events.len().max(1);
        (PAGE_BYTES / mean.max(1)).clamp(1, LARGEST_PAGE)
    }

    fn bytes(&self) -> usize {
        self.events.iter().map(|(_, frame)| frame.block_len()).sum()
    }
}

/// A page on its way. Whoever waits for it has it read on.
pub(super) type Reading = Shared<BoxFuture<'static, Result<Arc<Page>, Arc<LogError>>>>;

/// Reads pages of the log.
pub(super) struct Pages {
    reader: Reader,
    read: Counter,
    // A std Mutex: held to look a page up or to put one there.
    shelf: Mutex<VecDeque<Loan>>,
}

/// A page for whoever comes next.
struct Loan {
    interest: Interest,
    from: EventId,
    since: Instant,
    reading: Reading,
}

impl Pages {
    /// Pages that this reader reads. How many it reads is counted.
    pub fn new(reader: Reader, read: Counter) -> Self {
        Self { reader, read, shelf: Mutex::default() }
    }

    /// A page with what comes after `after`, at most `size` messages if it must be read. It may be another's, which is still
    /// on its way, and then may not reach so far.
    pub fn page(&self, interest: &Interest, after: EventId, size: usize) -> Reading {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        forget_old(&mut shelf);
        let serves = |loan: &&Loan| {
            loan.interest == *interest
                && match loan.reading.peek() {
                    None => loan.from <= after,
                    Some(Ok(page)) => page.has(after),
                    Some(Err(_)) => false,
                }
        };
        if let Some(loan) = shelf.iter().rev().find(serves) {
            return loan.reading.clone();
        }
        let reading = self.read(interest, after, size);
        let bytes =
            |loan: &Loan| loan.reading.peek().map_or(0, |page| page.as_ref().map_or(0, |page| page.bytes()));
        while shelf.len() >= SHELF_PAGES || shelf.iter().map(bytes).sum::<usize>() > SHELF_BYTES {
            shelf.pop_front();
        }
        let loan =
            Loan { interest: interest.clone(), from: after, since: Instant::now(), reading: reading.clone() };
        shelf.push_back(loan);
        reading
    }

    /// The same for one alone.
    pub fn read(&self, interest: &Interest, after: EventId, size: usize) -> Reading {
        let (reader, interest) = (self.reader.clone(), interest.clone());
        self.read.inc();
        let page = async move {
            let mut backoff = Backoff::new(RETRY, MOST_RETRY);
            loop {
                let interest = interest.clone();
                match reader.read(move |log| page(log, &interest, after, size)).await {
                    // It comes back, and who waits has a stream that need not be opened anew.
                    Err(LogError::Away(reason)) => {
                        tracing::debug!(%reason, "a replay waits for the log");
                        tokio::time::sleep(backoff.next(RETRY)).await;
                    }
                    read => return read.map(Arc::new).map_err(Arc::new),
                }
            }
        };
        page.boxed().shared()
    }

    /// What was published between these is lost.
    pub fn lost(&self) -> Option<(EventId, EventId)> {
        self.reader.lost()
    }

    /// Gives up what nobody came for.
    pub fn forget_old(&self) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        forget_old(&mut shelf);
        if shelf.is_empty() {
            shelf.shrink_to_fit();
        }
    }
}

/// The oldest are at the front.
fn forget_old(shelf: &mut VecDeque<Loan>) {
    while shelf.front().is_some_and(|loan| loan.since.elapsed() > SHELF_TIME) {
        shelf.pop_front();
    }
}

/// Reads a page while nothing of it is forgotten: what is not in it was forgotten before.
fn page(log: &dyn Log, interest: &Interest, from: EventId, size: usize) -> Result<Page, LogError> {
    let Interest { selection, form } = interest;
    let mut forgotten = log.forgotten_after(selection, from)?;
    loop {
        let newest = log.newest().max(from);
        let messages = log.read_after(selection, from, newest, size)?;
        let now = log.forgotten_after(selection, from)?;
        if now == forgotten {
            let is_last = messages.len() < size && !is_full(&messages);
            let last = messages.last().map_or(newest, |message| message.id);
            let encode = |message| Outgoing::new(Envelope::from(message)).frame(*form);
            return Ok(Page {
                from,
                through: if is_last { newest } else { last },
                events: messages.iter().map(|message| (message.id, encode(message))).collect(),
                forgotten,
                oldest: log.coverage(selection)?.oldest,
            });
        }
        forgotten = now;
    }
}
