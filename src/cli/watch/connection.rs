//! One connection of a watch.

use super::printer::Printer;
use crate::{
    cli::{
        error::CliError,
        remote::{self, Failure, Remote},
        say,
    },
    model::EventName,
    sse::decode::{Decoder, Event, Item},
};
use reqwest::{Response, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use std::{io, time::Duration};

/// What is known over all connections.
#[derive(Debug)]
pub(super) struct Position {
    /// After what to resume, once the server has said it.
    pub(super) last_id: Option<String>,
    /// How long to wait before a reconnect.
    pub(super) retry: Duration,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The server has no more, or nobody reads what is printed.
    ForGood,
    /// Another connection would end in the same way.
    Failed(CliError),
    /// It may be there again later.
    Lost { reason: String, retry_after: Option<Duration> },
}

impl Ended {
    fn lost(reason: impl Into<String>) -> Self {
        Self::Lost { reason: reason.into(), retry_after: None }
    }

    fn strange(remote: &Remote, reason: impl Into<String>) -> Self {
        Self::Failed(CliError::Strange { url: remote.url(), reason: reason.into() })
    }
}

/// Where messages are that the subscription missed: `oldest` is the first after `after` that is still kept.
#[derive(Deserialize)]
struct Gap {
    after: String,
    oldest: Option<String>,
}

pub(super) struct Connection<'a> {
    remote: &'a Remote,
    response: Response,
    /// So much silence, and it is taken for dead.
    silence: Duration,
}

impl<'a> Connection<'a> {
    pub(super) async fn open(
        remote: &'a Remote,
        query: &[(&str, String)],
        silence: Duration,
    ) -> Result<Self, Ended> {
        let request = remote.get("/api/events", query).header("accept", "text/event-stream");
        let Ok(answer) = tokio::time::timeout(silence, remote::answer(request)).await else {
            return Err(Ended::lost(silent(silence)));
        };
        let response = answer.map_err(|failure| refused(remote, failure))?;
        if response.status() == StatusCode::NO_CONTENT {
            return Err(Ended::ForGood);
        }
        let media_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !media_type.starts_with("text/event-stream") {
            let reason = format!("it answers with {media_type:?} where text/event-stream is expected");
            return Err(Ended::strange(remote, reason));
        }
        Ok(Self { remote, response, silence })
    }

    /// Prints what comes until no more does.
    pub(super) async fn read(mut self, position: &mut Position, printer: &mut Printer) -> Ended {
        let (mut decoder, mut items) = (Decoder::default(), Vec::new());
        loop {
            let piece = match tokio::time::timeout(self.silence, self.response.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => return Ended::lost("the server closed the stream"),
                Ok(Err(error)) => return Ended::lost(Failure::from(error).reason()),
                Err(_) => return Ended::lost(silent(self.silence)),
            };
            let fed = decoder.feed(&piece, &mut items);
            for item in items.drain(..) {
                match item {
                    Item::Event(event) => {
                        if let Err(ended) = self.take(&event, printer) {
                            return ended;
                        }
                        remember(position, &event.last_event_id);
                    }
                    Item::Retry(after) => position.retry = after,
                    Item::Comment(_) => {}
                }
            }
            remember(position, decoder.last_event_id());
            if let Err(error) = fed {
                return Ended::Failed(error.into());
            }
        }
    }

    fn take(&self, event: &Event, printer: &mut Printer) -> Result<(), Ended> {
        // Messages first: somebody may well publish one whose event is called end.
        if let Ok(message) = serde_json::from_str(&event.data) {
            return match printer.print(&message, &event.data) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Ended::ForGood),
                Err(error) => Err(Ended::Failed(CliError::Output(error))),
            };
        }
        match event.name.as_str() {
            name if name == EventName::END.as_str() => Err(Ended::ForGood),
            name if name == EventName::GAP.as_str() => {
                say(&gap(&event.data));
                Ok(())
            }
            name => Err(Ended::strange(self.remote, format!("it sent an event {name:?} that is no message"))),
        }
    }
}

fn remember(position: &mut Position, id: &str) {
    if !id.is_empty() {
        position.last_id = Some(id.to_owned());
    }
}

fn gap(data: &str) -> String {
    match serde_json::from_str(data) {
        Ok(Gap { after, oldest: Some(oldest) }) => {
            format!("messages are missing: after {after} the oldest that is still kept is {oldest}")
        }
        Ok(Gap { after, oldest: None }) => {
            format!("messages are missing: none from after {after} is still kept")
        }
        Err(_) => "messages are missing: they are no longer kept".to_owned(),
    }
}

fn silent(silence: Duration) -> String {
    format!("nothing came for {}", humantime::format_duration(silence))
}

/// A stream outlives whatever passes; a refusal does not.
fn refused(remote: &Remote, failure: Failure) -> Ended {
    match &failure {
        Failure::Status { problem, .. } if problem.status < 500 && problem.status != 429 => {
            Ended::Failed(failure.into_error(remote, String::new()))
        }
        _ => Ended::Lost { reason: failure.reason(), retry_after: failure.retry_after() },
    }
}
