//! An event stream as an HTTP response: what every stream of the server has in common.

use super::{State, caller::Caller, header, limits::Place, query, telemetry::Record};
use crate::{
    access::Visitor,
    model::{EventId, EventIdError, Ticket, person::Person, problem::Problem, selection::Selection},
    sse::encode,
    streams::passes::Pass,
};
use axum::{
    Extension,
    body::Body,
    extract::FromRequestParts,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
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

/// The header that a reconnecting client resumes by.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// The same as a query parameter, in the spellings that clients and polyfills use.
const LAST_EVENT_ID_PARAMETERS: [&str; 3] = ["last_event_id", "lastEventId", "lastEventID"];

/// What every stream has in common.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// The `retry:` that it begins with.
    pub retry: Duration,
    /// The silence after which a comment is sent.
    pub heartbeat: Duration,
    /// Counts what is sent.
    pub deliveries: Counter,
}

impl Wire {
    /// The response that sends `events`. The `pass` lives as long as the stream and can end it.
    fn respond(
        &self,
        tail: EventId,
        events: impl Stream<Item = Bytes> + Send + Unpin + 'static,
        pass: Pass,
        place: Option<Place>,
    ) -> Response {
        let preamble = [encode::retry(self.retry), encode::id_only(tail)].concat();
        let record = Arc::new(Record::default());
        let body = Outlet {
            record: record.clone(),
            preamble: Some(preamble.into()),
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

    /// The headers of every stream, also the answer to HEAD.
    fn headers() -> [(HeaderName, HeaderValue); 3] {
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
    _place: Option<Place>,
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

/// Who asks for a stream, whichever it is.
pub(super) struct Watcher {
    /// GET, or HEAD to know what GET would be answered; POST where the stream is asked for by a body.
    pub method: Method,
    /// What it has had.
    pub last: LastEventId,
    /// The stream's name, by which it can be ended.
    pub ticket: Option<Ticket>,
    /// Who it is, and what they watch, where they say so.
    pub person: Option<(Person, Selection)>,
    /// Who asks, and what they may watch.
    pub caller: Caller,
    /// Their place among those who have a stream open.
    place: Place,
}

impl Watcher {
    /// The query parameters that every stream takes.
    pub(super) const PARAMETERS: [&'static str; 5] = [
        "ticket",
        "permit",
        LAST_EVENT_ID_PARAMETERS[0],
        LAST_EVENT_ID_PARAMETERS[1],
        LAST_EVENT_ID_PARAMETERS[2],
    ];

    /// The stream that was asked for; to HEAD, only its headers. 204 where it was ended for good.
    pub(super) fn open(
        self,
        state: &State,
        tail: EventId,
        events: impl Stream<Item = Bytes> + Send + Unpin + 'static,
    ) -> Response {
        let passes = &state.streams.passes;
        if self.method == Method::HEAD {
            // Not a stream, so it does not take the ticket from the stream that has it.
            let asked = passes.check(self.ticket.as_ref());
            return asked.map_or_else(|_| Wire::over(), |()| Wire::headers().into_response());
        }
        let Ok(pass) = passes.enter(self.ticket) else { return Wire::over() };
        let stay = self.person.and_then(|(person, watched)| state.streams.presence.enter(person, &watched));
        let until = self.caller.visitor.grant().until;
        state.wire.respond(tail, events, pass.with(stay).until(until), Some(self.place))
    }
}

impl FromRequestParts<State> for Watcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let mut caller = Caller::from_request_parts(parts, state).await?;
        let query = query::pairs(&parts.uri)?;
        if let Some(permit) = same(&query, "permit")? {
            let grant = state.access.of_permit(permit).map_err(|error| Problem::from(error).at("permit"))?;
            caller.visitor = Visitor::new(state.hub.clone(), grant);
        }
        // Also for HEAD, which opens none, but takes the same work up to there.
        let place = state.gate.connect(caller.party())?;
        let ticket = same(&query, "ticket")?.map(|text| text.parse()).transpose();
        Ok(Self {
            caller,
            place,
            method: parts.method.clone(),
            last: LastEventId::of(parts, &query)?,
            ticket: ticket.map_err(|error| Problem::bad_request("ticket", error))?,
            person: None,
        })
    }
}

/// A parameter that may be given twice if it is the same.
fn same<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = query.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let value = values.next();
    if values.any(|other| Some(other) != value) {
        return Err(Problem::bad_request(name, format!("the {name} is given twice, and not the same")));
    }
    Ok(value)
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
    /// The id in this text, which came in `field`.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn parse(field: &str, text: Result<&str, EventIdError>) -> Result<Self, Problem> {
        let id = text.and_then(str::parse).map_err(|error| Problem::bad_request(field, error))?;
        Ok(Self { id: Some(id), field: field.to_owned() })
    }

    /// Each must be an id or empty, also where another one wins.
    fn of(parts: &Parts, query: &[(String, String)]) -> Result<Self, Problem> {
        let mut last = Self::default();
        for (name, value) in query {
            if value.is_empty() || !LAST_EVENT_ID_PARAMETERS.contains(&name.as_str()) {
                continue;
            }
            let next = Self::parse(name, Ok(value))?;
            if last.id.is_some() && last.id != next.id {
                return Err(Problem::bad_request(name, "the last event id is given twice, and not the same"));
            }
            last = next;
        }
        match header::once(&parts.headers, LAST_EVENT_ID)?.filter(|header| !header.is_empty()) {
            Some(header) => Self::parse(LAST_EVENT_ID, header.to_str().map_err(|_| EventIdError::NotAscii)),
            None => Ok(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::passes::Passes;
    use futures::stream;

    #[tokio::test(start_paused = true)]
    async fn a_comment_fills_every_silence_and_only_silence() {
        let wire = Wire {
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
        let body =
            wire.respond(EventId::new(7, 0), Box::pin(events), pass, None).into_body().into_data_stream();
        let came = body.map(|block| (start.elapsed().as_secs(), block.unwrap()));
        let expected = [
            (0, "retry: 2000\n\nid: 7-0\n\n"),
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
