//! The way of a reply's events into its channel: a few commits for many pieces, and no piece held back for long.

use super::event::{Delta, Event, Status};
use crate::{
    hub::{
        Hub,
        log::{Entry, Publish},
        writer::PublishError,
    },
    model::{channel::Channel, reply::ReplyId},
};
use futures::future::BoxFuture;
use std::{future::pending, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// The time from one publish to the next: what comes in between is put together into one message. So long is a piece held
/// back at most, beside the time that the log takes to keep it.
const PACE: Duration = Duration::from_millis(40);

/// How long to wait before another try, when the log could not keep the end.
const RETRY: Duration = Duration::from_secs(1);

/// Publishes the events of one reply, in order, one publish at a time.
pub(super) struct Outbox {
    hub: Arc<Hub>,
    channel: Channel,
    reply: ReplyId,
    /// The text so far, in bytes.
    length: usize,
    /// What is not handed over yet.
    waiting: Vec<Event>,
    /// What is on its way to the log, as it was handed over.
    under_way: Option<UnderWay>,
    /// When the next may be handed over.
    next: Instant,
}

struct UnderWay {
    events: Vec<Event>,
    kept: BoxFuture<'static, Result<(), PublishError>>,
}

impl Outbox {
    pub(super) fn new(hub: Arc<Hub>, channel: Channel, reply: ReplyId) -> Self {
        Self { hub, channel, reply, length: 0, waiting: Vec::new(), under_way: None, next: Instant::now() }
    }

    /// The text that it was given, in bytes.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Takes the next piece of the text.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Event::Delta(last)) = self.waiting.last_mut() {
            last.text.push_str(text);
        } else {
            let delta = Delta { reply: self.reply, at: self.length, text: text.to_owned() };
            self.waiting.push(Event::Delta(delta));
        }
        self.length += text.len();
    }

    /// Takes what the answerer does now.
    pub(super) fn status(&mut self, status: Status) {
        let status = Event::Status(status);
        if self.waiting.last() != Some(&status) {
            self.waiting.push(status);
        }
    }

    /// Hands over what waits, as soon as that may be, and returns when the log has kept something. Without anything to do
    /// it waits for ever. It may be dropped at any moment, and nothing is lost.
    ///
    /// # Errors
    /// When the log could not keep it. It waits again.
    pub(super) async fn work(&mut self) -> Result<(), PublishError> {
        if self.under_way.is_none() {
            if self.waiting.is_empty() {
                return pending().await;
            }
            sleep_until(self.next).await;
            self.next = Instant::now() + PACE;
            self.hand_over();
        }
        self.kept().await
    }

    /// Publishes all that waits, and the end after it: again and again until the log keeps it, or the server stops. What
    /// has no end then gets one at the next start.
    pub(super) async fn end(mut self, end: Event, shutdown: &CancellationToken) {
        // What could not be kept waits again, and there is another try.
        let _ = self.kept().await;
        self.waiting.push(end);
        loop {
            self.hand_over();
            match self.kept().await {
                Ok(()) | Err(PublishError::Stopping) => return,
                Err(error) => {
                    tracing::error!(%error, reply = %self.reply, "the end of a reply could not be kept");
                    if timeout(RETRY, shutdown.cancelled()).await.is_ok() {
                        return;
                    }
                }
            }
        }
    }

    fn hand_over(&mut self) {
        let events = std::mem::take(&mut self.waiting);
        let entry = Entry { key: None, drafts: events.iter().map(Event::draft).collect() };
        let publish = Publish { channel: self.channel.clone(), entries: vec![entry] };
        let hub = self.hub.clone();
        let kept = Box::pin(async move { hub.publish(publish).await.map(drop) });
        self.under_way = Some(UnderWay { events, kept });
    }

    /// Waits for what is under way, if anything is. What the log could not keep waits again.
    async fn kept(&mut self) -> Result<(), PublishError> {
        let Some(under_way) = &mut self.under_way else { return Ok(()) };
        let kept = (&mut under_way.kept).await;
        let events = self.under_way.take().map(|under_way| under_way.events);
        if kept.is_err() {
            self.waiting.splice(..0, events.unwrap_or_default());
        }
        kept
    }
}

#[cfg(test)]
mod tests;
