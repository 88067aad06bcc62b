//! Replies: streamed answers, as AI applications have them.
//!
//! A prompt starts a reply. What its [`engine`] says becomes ordinary messages of the channel `replies.{thread}`, through
//! [`Hub::publish`] like all others; whoever watches the channel, late or again, has the answer by the ordinary replay.
//! What was said before in the thread is read from there, too. So nothing of a reply is kept here but that it runs.

pub mod engine;
pub mod event;
pub mod openai;
pub mod quoting;

mod outbox;
mod run;
mod running;
mod thread;

use crate::{
    access::{Forbidden, Visitor},
    hub::{
        Hub,
        fnv::Fnv,
        log::{Entry, Key, KeyReused, LogError, Publish},
        writer::PublishError,
    },
    model::{
        EventId,
        channel::Channel,
        reply::{ReplyId, Thread},
    },
};
use engine::{Engine, Failure, Question};
use event::{Error as Broken, Event, Prompt};
use outbox::Outbox;
use run::{Ending, Stops, run};
use running::{Running, Seat};
use std::{sync::Arc, time::Duration};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// What a reply may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many run at once.
    pub concurrent: usize,
    /// The longest prompt, in bytes.
    pub prompt: usize,
    /// The longest answer, in bytes.
    pub length: usize,
    /// How much of what was said before an engine is given, in characters.
    pub history: usize,
    /// How long an answer may take.
    pub time: Duration,
}

/// What somebody asks.
#[derive(Clone)]
pub struct Ask {
    /// What.
    pub prompt: String,
    /// In which thread; without one it begins one of its own.
    pub thread: Option<Thread>,
    /// The same key starts one reply only.
    pub key: Option<Key>,
    /// Who. They may watch the thread and publish to it.
    pub asker: Visitor,
}

/// A reply that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its thread.
    pub thread: Thread,
    /// Itself.
    pub reply: ReplyId,
    /// Right before its first message: who watches the channel from here on gets all of it.
    pub before: EventId,
    /// Whether it was started before, by an earlier request with the same key, and not now.
    pub duplicate: bool,
}

/// Why no reply was started.
#[derive(Debug, Error)]
pub enum StartError {
    /// There is nothing to answer.
    #[error("a prompt has something in it besides spaces")]
    Empty,
    /// There is too much.
    #[error("a prompt may have {0} bytes here")]
    TooLarge(usize),
    /// The thread has a reply that is not over.
    #[error("the reply {0} is not over in this thread; wait for its end, or stop it")]
    Busy(ReplyId),
    /// As many run as may.
    #[error("{0} replies run, and no more do at once; try again when one is over")]
    Full(usize),
    /// The prompt could not be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The thread could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Who asks may not do so in this thread.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The system has no random bits to give.
    #[error("the system has no random bits to give: {0}")]
    Random(#[from] getrandom::Error),
}

/// The replies of a hub.
pub struct Replies {
    hub: Arc<Hub>,
    engine: Box<dyn Engine>,
    limits: Limits,
    /// One start after another: whether a key was used must not change between the look and the publish.
    starting: Mutex<()>,
    running: Running,
    shutdown: CancellationToken,
}

impl Replies {
    /// The replies of this engine.
    pub fn new(hub: Arc<Hub>, engine: Box<dyn Engine>, limits: Limits) -> Arc<Self> {
        let (starting, shutdown) = (Mutex::new(()), CancellationToken::new());
        Arc::new(Self { hub, engine, limits, starting, running: Running::default(), shutdown })
    }

    /// The limits.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Starts a reply. When this returns its prompt is on disk. What is started goes on, whoever waits for this.
    ///
    /// # Errors
    /// When nothing was started; and nothing was published then.
    pub async fn start(self: &Arc<Self>, ask: Ask) -> Result<Started, StartError> {
        if ask.prompt.trim().is_empty() {
            return Err(StartError::Empty);
        }
        if ask.prompt.len() > self.limits.prompt {
            return Err(StartError::TooLarge(self.limits.prompt));
        }
        let this = self.clone();
        // A task of its own: a client that goes away between the prompt and its reply must not leave the one without the
        // other.
        let starting = tokio::spawn(async move { this.start_now(ask).await });
        starting.await.unwrap_or(Err(StartError::Publish(PublishError::Stopping)))
    }

    async fn start_now(self: Arc<Self>, ask: Ask) -> Result<Started, StartError> {
        let _one_after_another = self.starting.lock().await;
        let Ask { prompt, thread, key, asker } = ask;
        let (thread, reply) = names(thread, key.as_ref())?;
        let channel = Channel::from(&thread);
        // What was said before goes to who answers, and so to who asks.
        asker.watch(&channel.clone().into())?;
        asker.publish_to(channel)?;
        if let Some(key) = &key
            && let Some((id, asked)) = thread::prompt(&self.hub, &thread, reply).await?
        {
            let same = asked == prompt;
            let reused = || PublishError::KeyReused(KeyReused(key.as_str().to_owned()));
            return same.then(|| started(thread, reply, id, true)).ok_or_else(|| reused().into());
        }
        if self.shutdown.is_cancelled() {
            return Err(PublishError::Stopping.into());
        }
        let seat = self.running.enter(&thread, reply, self.limits.concurrent).await?;
        let draft = Event::Prompt(Prompt { reply, prompt: prompt.clone() }).draft();
        let publish =
            Publish { channel: Channel::from(&thread), entries: vec![Entry { key, drafts: vec![draft] }] };
        let receipt = self.hub.publish(publish).await?.into_iter().next();
        // The log keeps a message and says where, or fails.
        let receipt = receipt.ok_or(PublishError::Stopping)?;
        let started = started(thread.clone(), reply, receipt.first, receipt.duplicate);
        if !receipt.duplicate {
            tokio::spawn(self.clone().reply(seat, thread, receipt.first, prompt, asker));
        }
        Ok(started)
    }

    /// Answers the prompt that is the message `asked`.
    async fn reply(
        self: Arc<Self>,
        seat: Seat,
        thread: Thread,
        asked: EventId,
        prompt: String,
        asker: Visitor,
    ) {
        let (reply, channel) = (seat.reply, Channel::from(&thread));
        let mut outbox = Outbox::new(self.hub.clone(), channel.clone(), reply);
        let stops = Stops { stop: seat.stop.clone(), shutdown: self.shutdown.clone() };
        let ending = match thread::history(&self.hub, &thread, asked, self.limits.history).await {
            Ok(history) => {
                let answer = self.engine.answer(Question { channel, history, prompt }, asker);
                run(reply, answer, &mut outbox, &self.limits, &stops).await
            }
            Err(error) => {
                tracing::error!(%error, %reply, "a thread could not be read");
                Ending::Failed(Failure::Log)
            }
        };
        let length = outbox.length();
        if let Ending::Failed(failure) = &ending {
            tracing::warn!(%reply, kind = failure.kind(), "a reply failed");
        }
        seat.ends();
        outbox.end(ending.event(reply, length), &self.shutdown).await;
    }

    /// Stops a reply, if it runs and whoever wants that may publish to its thread. Its `done` says when it is over.
    pub fn stop(&self, reply: ReplyId, who: &Visitor) -> Option<Thread> {
        self.running.stop(reply, |thread| who.may_publish(&Channel::from(thread)))
    }

    /// Ends, with an `error`, the replies that ran when the server died. To be called once, before the first start.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub async fn recover(&self) -> Result<(), StartError> {
        for summary in self.hub.channels().await? {
            let Some(thread) = Thread::of(&summary.channel) else { continue };
            let Some(reply) = thread::unfinished(&self.hub, &thread).await? else { continue };
            tracing::warn!(%reply, "a reply was not over when the server ended");
            let draft = Event::Error(Broken::of(reply, &Failure::Interrupted, None)).draft();
            let entries = vec![Entry { key: None, drafts: vec![draft] }];
            self.hub.publish(Publish { channel: summary.channel, entries }).await?;
        }
        Ok(())
    }

    /// Takes no more prompts, ends every reply that runs, and returns when their last events are kept.
    pub async fn end(&self) {
        self.shutdown.cancel();
        // A start that is under way is over then.
        drop(self.starting.lock().await);
        self.running.are_over().await;
    }
}

fn started(thread: Thread, reply: ReplyId, id: EventId, duplicate: bool) -> Started {
    Started { thread, reply, before: id.before(), duplicate }
}

/// The names of the thread and the reply. With a key they are made of it, so that the same request has the same.
fn names(thread: Option<Thread>, key: Option<&Key>) -> Result<(Thread, ReplyId), getrandom::Error> {
    let bits = |what: &str, within: &str| match key {
        Some(key) => {
            let mut hash = Fnv::new();
            [what, within, key.as_str()].into_iter().for_each(|text| hash.text(text));
            Ok(hash.value())
        }
        None => {
            let mut bits = [0; 16];
            getrandom::fill(&mut bits)?;
            Ok(u128::from_be_bytes(bits))
        }
    };
    let thread = match thread {
        Some(thread) => thread,
        None => Thread::of_bits(bits("thread", "")?),
    };
    let reply = ReplyId::of_bits(bits("reply", thread.as_str())?);
    Ok((thread, reply))
}
