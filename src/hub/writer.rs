//! The one writer: a thread that keeps everything that waits in one step, sends it to those who watch, and answers.

use super::{
    audience::Audiences,
    frame::{Envelope, Outgoing},
    log::{Entry, KeyReused, Log, LogError, Millis, Publish, Receipt},
    metrics::Metrics,
};
use crate::model::{channel::Channel, message::Draft, problem::Problem};
use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

/// How many requests may wait for the writer; those beyond wait for their turn to wait.
const QUEUE: usize = 1_024;
/// The most data that is kept in one step, in bytes; one request may have more.
const STEP_BYTES: usize = 4 << 20;
/// What a message counts besides its data, in bytes: many empty ones are work, too.
const MESSAGE_BYTES: usize = 1 << 10;
/// How many messages are forgotten in one step, so that no publish waits long for it; twice as many as were kept in the
/// step, if that is more, so that the log stays within its rules however much is published.
const TRIM_STEP: usize = 256;

/// Why a message was not published.
#[derive(Clone, Debug, Error)]
pub enum PublishError {
    /// The log could not keep it. Nothing of it was kept or sent.
    #[error("{0}")]
    Log(Arc<LogError>),
    /// Its idempotency key was used for something else.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The hub is at its end.
    #[error("the hub is stopping")]
    Stopping,
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::KeyReused(error) => {
                Self::new(422, "key-reused", "The idempotency key was used before", error).at("key")
            }
            PublishError::Stopping => {
                Self::unavailable("the server is stopping; send this again in a moment")
            }
            PublishError::Log(error) => match error.as_ref() {
                LogError::Away(_) => Self::unavailable(
                    "the message was not published: the log cannot be reached at the moment",
                ),
                LogError::Unsure(_) => Self::unavailable(
                    "the log did not answer, so nobody knows whether the message was published; send it again with \
                     the same idempotency key, and it is published once",
                ),
                LogError::Full => Self::new(
                    507,
                    "disk-full",
                    "The disk is full",
                    "the message was not published: there is no room to keep it. An operator must make some",
                ),
                LogError::Damaged(_) | LogError::Unavailable(_) => Self::unavailable(
                    "the message was not published: the log cannot be written at the moment",
                ),
            },
        }
    }
}

type Outcome<T> = Result<T, PublishError>;
type Answer<T> = oneshot::Sender<Outcome<T>>;
type Answered<T> = (Answer<T>, Outcome<T>);

enum Job {
    Keep(Publish, Answer<Vec<Receipt>>),
    Send(Channel, Draft, Answer<Millis>),
    Trim(Answer<bool>),
}

impl Job {
    fn bytes(&self) -> usize {
        match self {
            Self::Keep(publish, _) => {
                let drafts = publish.entries.iter().flat_map(|entry| &entry.drafts);
                drafts.map(|draft| draft.data.len() + MESSAGE_BYTES).sum()
            }
            Self::Send(_, draft, _) => draft.data.len() + MESSAGE_BYTES,
            Self::Trim(_) => 0,
        }
    }
}

/// The writer's end that hands it work. When all are dropped, it finishes what waits and stops.
#[derive(Clone, Debug)]
pub struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the thread. It needs a runtime, in which the answers are given.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(
        log: Arc<dyn Log>,
        audiences: Arc<Audiences>,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        let (answers, mut answered) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(answers) = answered.recv().await {
                Answers::give(answers);
            }
        });
        let work = Work { log, audiences, metrics, answers };
        let thread = thread::Builder::new().name("log-writer".into()).spawn(move || work.run(jobs))?;
        Ok((Self(sender), thread))
    }

    /// Keeps a request's messages and sends them. When this returns they are on disk.
    ///
    /// # Errors
    /// When they were not published.
    pub async fn keep(&self, publish: Publish) -> Result<Vec<Receipt>, PublishError> {
        self.hand_over(|answer| Job::Keep(publish, answer)).await
    }

    /// Sends a message to those who watch now, without keeping it; when it was sent.
    ///
    /// # Errors
    /// When the hub is stopping.
    pub async fn send(&self, channel: Channel, draft: Draft) -> Result<Millis, PublishError> {
        self.hand_over(|answer| Job::Send(channel, draft, answer)).await
    }

    /// Forgets some of what the retention rules do not keep; whether there may be more.
    ///
    /// # Errors
    /// When the log cannot be changed.
    pub async fn trim(&self) -> Result<bool, PublishError> {
        self.hand_over(Job::Trim).await
    }

    async fn hand_over<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, PublishError> {
        let (answer, answered) = oneshot::channel();
        self.0.send(job(answer)).await.map_err(|_| PublishError::Stopping)?;
        answered.await.map_err(|_| PublishError::Stopping)?
    }
}

struct Work {
    log: Arc<dyn Log>,
    audiences: Arc<Audiences>,
    metrics: Arc<Metrics>,
    answers: mpsc::UnboundedSender<Answers>,
}

/// What a step has for those who wait for it. Each answer wakes one of them, and where there is one core for all the first who
/// is woken takes it from the writer. So the writer hands all of them over at once, to where they are woken in turn.
struct Answers {
    kept: Vec<Answered<Vec<Receipt>>>,
    passed: Vec<Answered<Millis>>,
}

impl Answers {
    /// Nobody reads an answer whose request has gone away.
    fn give(self) {
        for (answer, outcome) in self.kept {
            let _ = answer.send(outcome);
        }
        for (answer, outcome) in self.passed {
            let _ = answer.send(outcome);
        }
    }
}

impl Work {
    fn run(self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            // On a busy machine the first request wakes this thread before the next can be handed over. Those that are
            // about to come cost nothing more in the same step; where no thread waits for the core, this is nothing.
            thread::yield_now();
            let mut bytes = first.bytes();
            let mut step = Step::default();
            step.add(first);
            while bytes < STEP_BYTES && step.len() < QUEUE {
                let Ok(next) = jobs.try_recv() else { break };
                bytes += next.bytes();
                step.add(next);
            }
            self.take(step);
        }
    }

    fn take(&self, step: Step) {
        let now = now();
        let start = Instant::now();
        let outcomes = if step.keep.is_empty() { Ok(Vec::new()) } else { self.log.append(&step.keep, now) };
        let committed = Instant::now();
        let outcomes = match outcomes {
            Ok(outcomes) => outcomes.into_iter().map(|outcome| outcome.map_err(PublishError::from)).collect(),
            Err(error) => {
                // A log that is away says so itself, once.
                if !matches!(error, LogError::Away(_)) {
                    tracing::error!(%error, "messages could not be kept");
                }
                let error = Arc::new(error);
                vec![Err(PublishError::Log(error)); step.keep.len()]
            }
        };
        let outgoing = step.outgoing(&outcomes, now);
        // From a log that is shared it comes back to this node as to the others, in the order of all.
        let waiting = if self.log.shared().is_none() { self.audiences.send(&outgoing) } else { Vec::new() };
        let sent = self.pass(&step.send, now);
        if !step.keep.is_empty() {
            self.metrics.committed(committed - start);
        }
        self.metrics.published.inc_by(outgoing.len() as u64);
        let (is_empty, trim_step) = (outgoing.is_empty(), TRIM_STEP.max(2 * outgoing.len()));
        drop(outgoing);
        if !(step.kept.is_empty() && step.send.is_empty()) {
            let kept = step.kept.into_iter().zip(outcomes).collect();
            let passed = step.send.into_iter().map(|(.., answer)| (answer, sent.clone())).collect();
            // Nobody waits any more where the runtime is at its end.
            let _ = self.answers.send(Answers { kept, passed });
        }
        for waker in waiting {
            waker.wake();
        }
        if !is_empty && self.log.shared().is_none() {
            self.metrics.fanned_out(committed.elapsed());
        }
        for answer in step.trim {
            let trimmed = self.log.trim(now, trim_step).map_err(|error| PublishError::Log(Arc::new(error)));
            let _ = answer.send(trimmed.map(|trimmed| trimmed == trim_step));
        }
    }

    /// Sends what is not kept to the nodes that share the log; when it was sent.
    fn pass(&self, messages: &[(Channel, Draft, Answer<Millis>)], now: Millis) -> Outcome<Millis> {
        match self.log.shared() {
            Some(shared) if !messages.is_empty() => {
                let messages: Vec<_> = messages.iter().map(|(channel, draft, _)| (channel, draft)).collect();
                shared.pass(&messages, now).map_err(|error| PublishError::Log(Arc::new(error)))?;
                Ok(now)
            }
            _ => Ok(now),
        }
    }
}

/// What is done in one step: all that waited.
#[derive(Default)]
struct Step {
    keep: Vec<Publish>,
    kept: Vec<Answer<Vec<Receipt>>>,
    send: Vec<(Channel, Draft, Answer<Millis>)>,
    trim: Vec<Answer<bool>>,
}

impl Step {
    fn add(&mut self, job: Job) {
        match job {
            Job::Keep(publish, answer) => {
                self.keep.push(publish);
                self.kept.push(answer);
            }
            Job::Send(channel, draft, answer) => self.send.push((channel, draft, answer)),
            Job::Trim(answer) => self.trim.push(answer),
        }
    }

    fn len(&self) -> usize {
        self.keep.len() + self.send.len() + self.trim.len()
    }

    /// What was kept, in the order of the ids, and then what was not to be.
    fn outgoing(&self, outcomes: &[Outcome<Vec<Receipt>>], now: Millis) -> Vec<Outgoing<'_>> {
        let requests = self.keep.iter().zip(outcomes);
        let receipts = requests.filter_map(|(publish, outcome)| Some((publish, outcome.as_ref().ok()?)));
        let entries = receipts.flat_map(|(publish, receipts)| {
            publish.entries.iter().zip(receipts).map(|(entry, receipt)| (&publish.channel, entry, *receipt))
        });
        let new = entries.filter(|(.., receipt)| !receipt.duplicate);
        let kept = new.flat_map(|(channel, Entry { drafts, .. }, receipt)| {
            let ids = receipt.ids();
            drafts
                .iter()
                .zip(ids)
                .map(move |(draft, id)| Envelope::of(channel, Some(id), id.milliseconds(), draft))
        });
        let passing = self.send.iter().map(|(channel, draft, _)| Envelope::of(channel, None, now, draft));
        kept.chain(passing).map(Outgoing::new).collect()
    }
}

/// The time now, in milliseconds since the Unix epoch.
pub fn now() -> Millis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_millis().try_into().unwrap_or(Millis::MAX)
}
