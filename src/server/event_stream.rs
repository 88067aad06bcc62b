//! An event stream as an HTTP response: what every stream of the server has in common.

use crate::{
    model::{EventId, EventIdError, problem::Problem},
    sse::encode,
    streams::passes::Pass,
};
use axum::{
    body::Body,
    extract::{FromRequestParts, Query},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use std::{convert::Infallible, time::Duration};
use tokio_util::sync::CancellationToken;

/// The header that a reconnecting client resumes by.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The same as a query parameter, in the spellings that clients and polyfills use.
pub(super) const LAST_EVENT_ID_PARAMETERS: [&str; 3] = ["last_event_id", "lastEventId", "lastEventID"];

/// What every stream has in common.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// The `retry:` that it begins with.
    pub retry: Duration,
    /// The silence after which a comment is sent.
    pub heartbeat: Duration,
    /// Ends every stream.
    pub shutdown: CancellationToken,
}

impl Wire {
    /// The response that sends `events`. The `pass` lives as long as the stream and can end it.
    pub(super) fn respond(
        &self,
        tail: EventId,
        events: impl Stream<Item = Bytes> + Send + 'static,
        pass: Pass,
    ) -> Response {
        let preamble = [encode::retry(self.retry), encode::id_only(tail)];
        let blocks = stream::iter(preamble).chain(self.clone().keep_alive(events, pass));
        (Self::headers(), Body::from_stream(blocks.map(Ok::<_, Infallible>))).into_response()
    }

    /// The headers of every stream, also the answer to HEAD.
    pub(super) fn headers() -> [(HeaderName, HeaderValue); 3] {
        [
            (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            // no-transform: some proxies compress, and a compressor holds back what it has until it has enough.
            (CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform")),
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ]
    }

    /// The answer to a client that comes back after the end: an `EventSource` takes 204 as "do not reconnect".
    pub(super) fn over() -> Response {
        (StatusCode::NO_CONTENT, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response()
    }

    /// Ends with the events, the shutdown or the pass, whichever is first, and fills silence with heartbeats.
    fn keep_alive(
        self,
        events: impl Stream<Item = Bytes> + Send + 'static,
        pass: Pass,
    ) -> impl Stream<Item = Bytes> + Send + 'static {
        stream::unfold((self, Box::pin(events), pass), |(wire, mut events, pass)| async move {
            let block = tokio::select! {
                biased;
                () = wire.shutdown.cancelled() => None,
                () = pass.ended() => None,
                block = events.next() => block,
                () = tokio::time::sleep(wire.heartbeat) => Some(encode::HEARTBEAT),
            };
            block.map(|block| (block, (wire, events, pass)))
        })
    }
}

/// The last event id of a request: from the header, which wins, or from the query.
#[derive(Debug, Default)]
pub(super) struct LastEventId {
    /// The id; none where the client has had no event yet.
    pub id: Option<EventId>,
    /// The header or parameter that it came in, to name it in a refusal.
    pub field: String,
}

impl LastEventId {
    fn parse(field: &str, text: Result<&str, EventIdError>) -> Result<Self, Problem> {
        let id = text.and_then(str::parse).map_err(|error| Problem::bad_request(field, error))?;
        Ok(Self { id: Some(id), field: field.to_owned() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Some(header) = parts.headers.get(LAST_EVENT_ID).filter(|header| !header.is_empty()) {
            return Self::parse("Last-Event-ID", header.to_str().map_err(|_| EventIdError::NotAscii));
        }
        let mut last = Self::default();
        for (name, value) in query(parts)? {
            if value.is_empty() || !LAST_EVENT_ID_PARAMETERS.contains(&name.as_str()) {
                continue;
            }
            let next = Self::parse(&name, Ok(&value))?;
            if last.id.is_some() && last.id != next.id {
                return Err(Problem::bad_request(
                    &name,
                    "the last event id is given twice, and not the same",
                ));
            }
            last = next;
        }
        Ok(last)
    }
}

/// The query as it was sent: every pair, in order.
pub(super) fn query(parts: &Parts) -> Result<Vec<(String, String)>, Problem> {
    match Query::try_from_uri(&parts.uri) {
        Ok(Query(pairs)) => Ok(pairs),
        Err(error) => Err(Problem::bad_request("query", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::passes::Passes;
    use tokio::time::Instant;

    fn wire() -> Wire {
        Wire {
            retry: Duration::from_secs(2),
            heartbeat: Duration::from_secs(15),
            shutdown: CancellationToken::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_comment_fills_every_silence_and_only_silence() {
        let pass = Passes::default().enter(None).unwrap();
        let pauses = [10, 10, 40];
        let events = stream::iter(pauses).then(|pause| async move {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            Bytes::from_static(b"event")
        });
        let start = Instant::now();
        let came = wire().keep_alive(events, pass).map(|block| (start.elapsed().as_secs(), block));
        let expected = [(10, "event"), (20, "event"), (35, ":\n\n"), (50, ":\n\n"), (60, "event")];
        assert_eq!(
            came.collect::<Vec<_>>().await,
            expected.map(|(at, text)| (at, Bytes::from_static(text.as_bytes())))
        );
    }
}
