//! Posts messages, again and again where that helps, and none twice.

use crate::{
    backoff::Backoff,
    cli::remote::{self, Failure, Remote},
    model::channel::Channel,
};
use reqwest::header::CONTENT_TYPE;
use std::time::{Duration, Instant};

/// How long to try when nothing else is said, and the server has been there.
const PATIENCE: Duration = Duration::from_secs(30);
/// What has no answer by then has none.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// One request.
pub(super) struct Outgoing {
    pub(super) content: Content,
    /// By this the server knows a request that it has seen.
    pub(super) key: Option<String>,
    /// Whether it may be sent again when nobody knows if it arrived.
    pub(super) is_repeatable: bool,
    pub(super) body: Vec<u8>,
}

/// What a request has in it.
pub(super) enum Content {
    Message,
    Batch,
}

pub(super) struct Sender<'a> {
    remote: &'a Remote,
    path: String,
    patience: Option<Duration>,
    /// Whether it has ever taken a connection: if not, its address may be wrong.
    is_there: bool,
    /// Makes the keys of this run unlike those of any other.
    run: u64,
    keys: u64,
}

impl<'a> Sender<'a> {
    /// `patience` is how long a request is tried again; without one it depends on whether the server is there.
    pub(super) fn new(remote: &'a Remote, channel: &Channel, patience: Option<Duration>) -> Self {
        // Where the system has no randomness the time must do.
        let since_epoch = || std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        let run = getrandom::u64()
            .unwrap_or_else(|_| u64::from(since_epoch().subsec_nanos()) ^ since_epoch().as_secs());
        let path = format!("/api/channels/{channel}/messages");
        Self { remote, path, patience, is_there: false, run, keys: 0 }
    }

    /// A key that no other request has.
    pub(super) fn next_key(&mut self) -> String {
        self.keys += 1;
        format!("cli-{:016x}-{}", self.run, self.keys)
    }

    /// Posts it; the server's answer. The first failure that is not the last is told to `say`.
    pub(super) async fn post(&mut self, request: Outgoing, say: impl Fn(&str)) -> Result<String, Failure> {
        let (start, mut backoff, mut is_told) = (Instant::now(), Backoff::default(), false);
        loop {
            let failure = match self.attempt(&request).await {
                Ok(answer) => {
                    self.is_there = true;
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            self.is_there |= !matches!(failure, Failure::Network { was_connected: false, .. });
            let patience = self.patience.unwrap_or(if self.is_there { PATIENCE } else { Duration::ZERO });
            let wait = backoff.next(failure.retry_after().unwrap_or_default());
            if !may_pass(&failure, request.is_repeatable) || start.elapsed() + wait > patience {
                return Err(failure);
            }
            if !std::mem::replace(&mut is_told, true) {
                say(&format!("{}: {}; trying again", self.remote.url(), failure.reason()));
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, request: &Outgoing) -> Result<String, Failure> {
        let media_type = match request.content {
            Content::Message => "application/json",
            Content::Batch => "application/x-ndjson",
        };
        let mut post = self.remote.post(&self.path).header(CONTENT_TYPE, media_type).timeout(ANSWER_TIMEOUT);
        if let Some(key) = &request.key {
            post = post.header("Idempotency-Key", key);
        }
        Ok(remote::answer(post.body(request.body.clone())).await?.text().await?)
    }
}

/// Whether trying again may help, and can do no harm.
fn may_pass(failure: &Failure, is_repeatable: bool) -> bool {
    match failure {
        Failure::Network { was_connected, .. } => is_repeatable || !was_connected,
        // A gateway that gave up does not know what the server did.
        Failure::Status { problem, .. } => match problem.status {
            429 | 503 => true,
            502 | 504 => is_repeatable,
            _ => false,
        },
    }
}
