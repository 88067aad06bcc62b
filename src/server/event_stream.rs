//! An event stream as an HTTP response: what every stream of the server has in common.

use super::{
    header,
    limits::Place,
    parked::{Parked, Slot},
    telemetry::Record,
};
use crate::{hub::cursor::Cursor, model::EventId, sse::encode, streams::passes::Pass};
use axum::{
    Extension,
    body::Body,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body::{Body as HttpBody, Frame};
use prometheus_client::metrics::counter::Counter;
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// What every stream has in common.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// What the server is called, where that is said: a comment at the beginning.
    pub name: Option<String>,
    /// The `retry:` that it begins with.
    pub retry: Duration,
    /// The silence after which a comment is sent.
    pub heartbeat: Duration,
    /// Counts what is sent.
    pub deliveries: Counter,
}

impl Wire {
    /// The response that sends `events` as its body. The `pass` lives as long as the stream and can end it.
    pub(super) fn respond(
        &self,
        tail: EventId,
        events: impl Stream<Item = Bytes> + Send + Unpin + 'static,
        pass: Pass,
        place: Place,
    ) -> Response {
        let record = Arc::new(Record::default());
        let body = Outlet {
            record: record.clone(),
            preamble: Some(self.preamble(tail)),
            events,
            pass,
            _place: place,
            heartbeat: self.heartbeat,
            spoke: Instant::now(),
            silence: Box::pin(tokio::time::sleep(self.heartbeat)),
            deliveries: self.deliveries.clone(),
        };
        (Self::headers(), Extension(record), Body::new(body)).into_response()
    }

    /// The response whose body is sent by a thread of parked streams, which gets it by this slot.
    pub(super) fn park(
        &self,
        tail: EventId,
        cursor: Cursor,
        pass: Pass,
        place: Place,
        slot: &Slot,
    ) -> Response {
        let record = Arc::new(Record::default());
        slot.put(Parked { preamble: self.preamble(tail), cursor, pass, place, record: record.clone() });
        // Of an unknown length, as the stream is.
        let body = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
        (Self::headers(), Extension(record), body).into_response()
    }

    fn preamble(&self, tail: EventId) -> Bytes {
        let name = self.name.as_deref().map(encode::comment).unwrap_or_default();
        [name, encode::retry(self.retry), encode::id_only(tail)].concat().into()
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
        (StatusCode::NO_CONTENT, [header::NO_STORE]).into_response()
    }
}

/// Where a stream's blocks go: the body of its response. It ends with the events or the pass, whichever is first, and
/// fills silence with heartbeats.
struct Outlet<S> {
    preamble: Option<Bytes>,
    events: S,
    pass: Pass,
    _place: Place,
    heartbeat: Duration,
    /// When something was sent last.
    spoke: Instant,
    /// Set again only when it fires, not at every event.
    silence: Pin<Box<Sleep>>,
    deliveries: Counter,
    record: Arc<Record>,
}

impl<S: Stream<Item = Bytes> + Unpin> Outlet<S> {
    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(preamble) = self.preamble.take() {
            return Poll::Ready(Some(preamble));
        }
        // However fast events come, none is for who may not see it any more.
        if self.pass.has_expired() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(block) = self.events.poll_next_unpin(cx) {
            self.spoke = Instant::now();
            self.deliveries.inc_by(block.is_some().into());
            return Poll::Ready(block);
        }
        if self.pass.poll_end(cx).is_ready() {
            return Poll::Ready(None);
        }
        loop {
            ready!(self.silence.as_mut().poll(cx));
            let now = Instant::now();
            let is_silent = self.spoke + self.heartbeat <= now;
            if is_silent {
                self.spoke = now;
            }
            let next = self.spoke + self.heartbeat;
            self.silence.as_mut().reset(next);
            if is_silent {
                return Poll::Ready(Some(encode::HEARTBEAT));
            }
        }
    }
}

impl<S: Stream<Item = Bytes> + Unpin> HttpBody for Outlet<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let block = ready!(this.poll_block(cx));
        match &block {
            Some(block) => this.record.sent(block.len()),
            None => this.record.is_complete(),
        }
        Poll::Ready(block.map(|block| Ok(Frame::data(block))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        server::{
            config::Config,
            limits::{Gate, Party},
        },
        streams::passes::Passes,
    };

    #[tokio::test(start_paused = true)]
    async fn a_comment_fills_every_silence_and_only_silence() {
        let wire = Wire {
            name: Some("node-1".to_owned()),
            retry: Duration::from_secs(2),
            heartbeat: Duration::from_secs(15),
            deliveries: Counter::default(),
        };
        let pass = Passes::default().enter(None).unwrap();
        let pauses = [10, 10, 40];
        let events = stream::iter(pauses).then(|pause| async move {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            Bytes::from_static(b"event")
        });
        let start = Instant::now();
        let gate = Gate::new(&Config::load(None, []).unwrap().limits);
        let place = gate.connect(Party::Everyone).unwrap();
        let body =
            wire.respond(EventId::new(7, 0), Box::pin(events), pass, place).into_body().into_data_stream();
        let came = body.map(|block| (start.elapsed().as_secs(), block.unwrap()));
        let expected = [
            (0, ": node-1\n\nretry: 2000\n\nid: 7-0\n\n"),
            (10, "event"),
            (20, "event"),
            (35, ":\n\n"),
            (50, ":\n\n"),
            (60, "event"),
        ];
        assert_eq!(
            came.collect::<Vec<_>>().await,
            expected.map(|(at, text)| (at, Bytes::from_static(text.as_bytes())))
        );
        assert_eq!(wire.deliveries.get(), 3);
    }
}
