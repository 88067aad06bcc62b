//! The hub: channels, publishing, and the way of a message from the log to everyone who watches.
//!
//! A message goes one way: [`Hub::publish`] hands it to the [`writer`], which keeps it in the [`log`] together with all
//! that waits, and then puts it into the rings of the [`audience`]s that want it. A [`cursor`] takes it from there, or
//! from the log where it has fallen behind.

pub mod audience;
pub mod cursor;
pub mod fnv;
pub mod frame;
#[cfg(test)]
mod gap_test;
pub mod log;
pub mod metrics;
#[cfg(test)]
mod model_test;
pub mod reader;
mod replay;
pub mod ring;
mod wildcards;
pub mod writer;

use crate::model::{
    EventId,
    channel::Channel,
    message::{Draft, Message},
    selection::Selection,
};
use audience::{Audiences, Interest};
use cursor::{Cursor, Place};
use frame::{Envelope, Form, Outgoing};
use log::{
    Arrived, ChannelSummary, Log, LogError, Millis, Publish, Receipt, Shared, Sink, Size, Standing,
    nodes::{Met, Own, People},
    words::Query,
};
use metrics::Metrics;
use reader::Reader;
use replay::Pages;
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use thiserror::Error;
use writer::{PublishError, Writer, now};

/// How far ahead of our clock an id may be. More than any clock is corrected by; less than a made-up number.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// How often what the retention rules do not keep is looked for.
const TRIM_EVERY: Duration = Duration::from_millis(500);

/// The hub.
pub struct Hub {
    log: Arc<dyn Log>,
    reader: Reader,
    pages: Arc<Pages>,
    audiences: Arc<Audiences>,
    // A std Mutex: held to clone or take what is in it.
    writer: Mutex<Option<(Writer, JoinHandle<()>)>>,
    /// What it counts and times.
    pub metrics: Arc<Metrics>,
}

/// What a subscriber wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The channels.
    pub selection: Selection,
    /// The form of the events.
    pub form: Form,
    /// Where to begin.
    pub start: Start,
}

/// Where a subscription begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With what is published from now on.
    #[default]
    Now,
    /// With the oldest message that is kept.
    Earliest,
    /// So many messages back.
    Last(usize),
    /// After the event with this id.
    After(EventId),
}

/// A subscription that has begun.
pub struct Subscribed {
    /// Where: who is cut off before the first event resumes after this id.
    pub tail: EventId,
    /// The events; the first says what is missing since then, if anything is.
    pub events: Cursor,
}

/// Why a subscription could not begin.
#[derive(Debug, Error)]
pub enum SubscribeError {
    /// The id is later than our clock.
    #[error("this id is from the future: no event had it yet")]
    FutureId,
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Hub {
    /// A hub on this log. It needs a runtime to trim the log by the way.
    ///
    /// # Errors
    /// When the system gives no thread for the writer.
    pub fn start(log: Arc<dyn Log>) -> io::Result<Arc<Self>> {
        let metrics = Arc::new(Metrics::default());
        let audiences = Arc::new(Audiences::new(log.newest()));
        if let Some(shared) = log.shared() {
            shared.follow(arrivals(audiences.clone(), metrics.clone()));
        }
        let (writer, thread) = Writer::start(log.clone(), audiences.clone(), metrics.clone())?;
        let reader = Reader::new(log.clone());
        let writer = Mutex::new(Some((writer, thread)));
        let pages = Arc::new(Pages::new(reader.clone(), metrics.pages.clone()));
        let hub = Arc::new(Self { log, reader, pages, audiences, writer, metrics });
        tokio::spawn(trim(Arc::downgrade(&hub)));
        Ok(hub)
    }

    /// Publishes a request's messages: all are kept, on disk, when this returns, or none is.
    ///
    /// # Errors
    /// When they were not published.
    pub async fn publish(&self, publish: Publish) -> Result<Vec<Receipt>, PublishError> {
        self.writer()?.keep(publish).await
    }

    /// Sends a message to those who watch now. It is not kept and has no id; the answer says when it was sent.
    ///
    /// # Errors
    /// When the hub is stopping.
    pub async fn publish_ephemeral(&self, channel: Channel, draft: Draft) -> Result<Millis, PublishError> {
        self.writer()?.send(channel, draft).await
    }

    /// Tells those who watch at this node. What other nodes have to say of this, they say themselves.
    pub fn tell(&self, channel: &Channel, draft: &Draft) {
        send(&self.audiences, &[Outgoing::new(Envelope::of(channel, None, now(), draft))]);
    }

    /// Begins a subscription.
    ///
    /// # Errors
    /// When the start cannot be, or the log cannot be read.
    pub async fn subscribe(&self, subscription: Subscription) -> Result<Subscribed, SubscribeError> {
        let Subscription { selection, form, start } = subscription;
        // First the seat, so that nothing is missed that is published while the log is looked at.
        let (seat, head) = self.audiences.join(Interest { selection: selection.clone(), form });
        let place = match start {
            Start::Now => Place::after(head),
            Start::After(id) => self.resume(id).await?,
            Start::Earliest => self.beginning(selection, head, None).await?,
            Start::Last(count) => self.beginning(selection, head, Some(count)).await?,
        };
        Ok(Subscribed { tail: place.after, events: Cursor::new(self.pages.clone(), seat, place, head) })
    }

    /// Where a subscriber begins who wants all that is kept, or the last so many messages.
    async fn beginning(
        &self,
        selection: Selection,
        head: EventId,
        count: Option<usize>,
    ) -> Result<Place, LogError> {
        let place = move |log: &dyn Log| {
            // What was forgotten by now they did not ask for.
            let told = log.forgotten_after(&selection, EventId::new(0, 0))?;
            let before = count.map(|count| log.nth_newest(&selection, count)).transpose()?.flatten();
            let oldest = log.coverage(&selection)?.oldest;
            let after = before.or(oldest.map(EventId::before)).unwrap_or(head);
            Ok(Place { told, ..Place::after(after) })
        };
        self.reader.read(place).await
    }

    /// Where a subscriber goes on that had `after` last.
    async fn resume(&self, after: EventId) -> Result<Place, SubscribeError> {
        let latest = now().saturating_add(CLOCK_TOLERANCE.as_millis().try_into().unwrap_or(Millis::MAX));
        let newest = self.log.newest();
        if after <= newest {
            return Ok(Place::beside(after, self.log.lost()));
        }
        if after.milliseconds() > latest {
            return Err(SubscribeError::FutureId);
        }
        // Another node may have given it, and this one not heard of it yet.
        let newest_of_all =
            |log: &dyn Log| log.shared().map_or_else(|| Ok(log.newest()), Shared::newest_of_all);
        match self.reader.read(newest_of_all).await {
            Ok(newest) if after > newest => {}
            // While the log is away nobody can say. If it comes back without this id, they are told then.
            Ok(_) | Err(LogError::Away(_)) => return Ok(Place::after(after)),
            Err(error) => return Err(error.into()),
        }
        // The log was lost, or restored from an older copy, and with it what came before this id.
        Ok(Place { lost: Some(after), ..Place::after(newest) })
    }

    /// The newest messages before `before`, or of all, at most `limit`; the oldest of them first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn before(
        &self,
        selection: Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.reader.read(move |log| log.read_before(&selection, before, limit)).await
    }

    /// How many selected messages come after `after`, counted up to `most`.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn count_after(
        &self,
        selection: Selection,
        after: EventId,
        most: usize,
    ) -> Result<usize, LogError> {
        self.reader.read(move |log| log.count_after(&selection, after, most)).await
    }

    /// The messages after `after`, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn after(
        &self,
        selection: Selection,
        after: EventId,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.reader.read(move |log| log.read_after(&selection, after, EventId::LAST, limit)).await
    }

    /// What a search finds: the newest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn search(
        &self,
        query: Query,
        selection: Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.reader.search(move |log| log.search(&query, &selection, before, limit)).await
    }

    /// Every channel that something was published to.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn channels(&self) -> Result<Vec<ChannelSummary>, LogError> {
        self.reader.read(Log::channels).await
    }

    /// The same, with how many watch each. To count them takes time where there are many channels and patterns, so it is
    /// done once at a time, and nothing else waits for it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn watched_channels(&self) -> Result<Vec<(ChannelSummary, usize)>, LogError> {
        let audiences = self.audiences.clone();
        let count = move |log: &dyn Log| {
            let (channels, watched) = (log.channels()?, audiences.watched());
            let counted = channels.into_iter().map(|summary| {
                let watching = watched.iter().filter(|(selection, _)| selection.matches(&summary.channel));
                let subscribers = watching.map(|(_, seats)| seats).sum();
                (summary, subscribers)
            });
            Ok(counted.collect())
        };
        self.reader.count(count).await
    }

    /// The newest id there is.
    pub fn newest(&self) -> EventId {
        self.log.newest()
    }

    /// How much is kept.
    pub fn size(&self) -> Size {
        self.log.size()
    }

    /// How this node is connected to a log that it shares; none where the log is its own.
    pub fn standing(&self) -> Option<Standing> {
        self.log.shared().map(Shared::standing)
    }

    /// Says what this node is like to those that share its log, and hears what they are.
    ///
    /// # Errors
    /// When the log is away, or this node's own.
    pub async fn meet(
        &self,
        node: &str,
        figures: String,
        people: People,
        known: HashMap<String, u64>,
    ) -> Result<Met, LogError> {
        let node = node.to_owned();
        let meet = move |log: &dyn Log| {
            let shared = log.shared().ok_or_else(|| LogError::Unavailable("it is not shared".into()))?;
            shared.meet(&Own { node: &node, figures: &figures, people: &people, known: &known })
        };
        self.reader.count(meet).await
    }

    /// Says that this node is no more.
    pub async fn leave(&self, node: String) {
        let leave = move |log: &dyn Log| log.shared().map_or(Ok(()), |shared| shared.leave(&node));
        if let Err(error) = self.reader.read(leave).await {
            tracing::debug!(%error, "the other nodes could not be told that this one stops");
        }
    }

    /// How many subscribers have something to take that they have not taken yet.
    pub fn behind(&self) -> usize {
        self.audiences.behind()
    }

    /// Whether it takes what is published.
    pub fn is_running(&self) -> bool {
        self.lock().as_ref().is_some_and(|(_, thread)| !thread.is_finished())
    }

    /// Finishes what waits for the writer, and takes nothing more.
    pub async fn stop(&self) {
        let writer = self.lock().take();
        if let Some((writer, thread)) = writer {
            drop(writer);
            // The thread ends when the requests that still have a writer do.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn writer(&self) -> Result<Writer, PublishError> {
        self.lock().as_ref().map(|(writer, _)| writer.clone()).ok_or(PublishError::Stopping)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Writer, JoinHandle<()>)>> {
        // It is there or it is not, so a panic elsewhere does not make it wrong.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what arrives from a log that several nodes share.
fn arrivals(audiences: Arc<Audiences>, metrics: Arc<Metrics>) -> Sink {
    Box::new(move |arrived| {
        let began = Instant::now();
        let mut outgoing = Vec::with_capacity(arrived.len());
        for one in &arrived {
            match one {
                Arrived::Kept(message) => outgoing.push(Outgoing::new(Envelope::from(message))),
                Arrived::Passing { channel, draft, time } => {
                    outgoing.push(Outgoing::new(Envelope::of(channel, None, *time, draft)));
                }
                Arrived::Anew(head) => {
                    for waker in audiences.go_on_after(*head) {
                        waker.wake();
                    }
                }
            }
        }
        if !outgoing.is_empty() {
            send(&audiences, &outgoing);
            metrics.fanned_out(began.elapsed());
        }
    })
}

/// Puts messages into the rings of their audiences, and wakes who waits for them.
fn send(audiences: &Audiences, outgoing: &[Outgoing<'_>]) {
    for waker in audiences.send(outgoing) {
        waker.wake();
    }
}

/// Trims the log, a little at a time, as long as there is a hub.
async fn trim(hub: Weak<Hub>) {
    let mut ticks = tokio::time::interval(TRIM_EVERY);
    loop {
        ticks.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        hub.pages.forget_old();
        let more = async { hub.writer()?.trim().await };
        match more.await {
            // The writer is for publishing first: what is left waits for its turn like everything else.
            Ok(true) => ticks.reset_immediately(),
            Ok(false) => {}
            Err(PublishError::Stopping) => return,
            Err(PublishError::Log(error)) if matches!(*error, LogError::Away(_)) => {}
            Err(error) => tracing::error!(%error, "the log could not be trimmed"),
        }
    }
}
